/**
 * Finding the warpdrive node that commands talk to.
 *
 * @module
 */

import { HostError } from "../../host/mod.ts";
import type { AstralHost } from "../../host/astral/mod.ts";
import { warpdriveClient } from "../../warpdrive/mod.ts";
import type { Arguments, CommandOptions } from "../command.ts";
import { type DriveNode, driveNode } from "./drive-node.ts";
import { DrivePeople } from "./peer-names.ts";
import { ServiceFailure } from "../service-error.ts";
import { CONNECTION_OPTIONS, withService } from "../service/mod.ts";

/** Under this name every node knows itself. */
const LOCAL_NODE = "localnode";

/** Options of all commands that talk to warpdrive. */
export const DRIVE_COMMAND_OPTIONS: CommandOptions = {
  ...CONNECTION_OPTIONS,
  json: { type: "boolean", about: "prints lines of JSON" },
};

/** What commands work with. */
export interface Drive {
  readonly host: AstralHost;
  readonly node: DriveNode;
  readonly people: DrivePeople;
}

/**
 * Does something with the warpdrive of this machine's service.
 *
 * @throws ServiceFailure `not-running`, also where the service has no warpdrive; `folder`; HostError `unreachable`
 */
export async function withDrive<T>(args: Arguments, work: (drive: Drive) => Promise<T>): Promise<T> {
  return await withService(args, async (host) => {
    const node = await driveNode(warpdriveClient({ host, peer: { peerId: LOCAL_NODE } }));
    try {
      return await work({ host, node, people: new DrivePeople(host, node) });
    } catch (cause) {
      const missing = cause instanceof HostError && (cause.code === "rejected" || cause.code === "unknown-protocol");
      if (!missing) throw cause;
      throw new ServiceFailure("not-running", "The node has no warpdrive", { cause });
    }
  });
}
