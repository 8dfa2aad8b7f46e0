/**
 * Finding the warpdrive node that commands talk to.
 *
 * @module
 */

import { HostError } from "../../host/mod.ts";
import type { AstralHost } from "../../host/astral/mod.ts";
import { warpdriveClient } from "../../warpdrive/mod.ts";
import type { Arguments, CommandOptions } from "../command.ts";
import { type WarpdriveNode, warpdriveNode } from "./warpdrive-node.ts";
import { PeerNames } from "./peer-names.ts";
import { CONNECTION_OPTIONS, ownPeer, ServiceError, withService } from "../service/mod.ts";

/** Options of all commands that talk to warpdrive. */
export const WARPDRIVE_COMMAND_OPTIONS: CommandOptions = {
  ...CONNECTION_OPTIONS,
  json: { type: "boolean", about: "print lines of JSON" },
};

/** What commands work with. */
export interface Warpdrive {
  readonly host: AstralHost;
  readonly node: WarpdriveNode;
  readonly names: PeerNames;
}

/**
 * Does something with the warpdrive of this machine's service.
 *
 * @throws ServiceError `not-running`, also where the service has no warpdrive; `folder`; HostError `unreachable`
 */
export async function withWarpdrive<T>(args: Arguments, work: (warpdrive: Warpdrive) => Promise<T>): Promise<T> {
  return await withService(args, (host) => useWarpdrive(host, work));
}

/**
 * Does something with the warpdrive of a node.
 *
 * @throws ServiceError `not-running` where there is none
 */
export async function useWarpdrive<T>(host: AstralHost, work: (warpdrive: Warpdrive) => Promise<T>): Promise<T> {
  const node = await warpdriveNode(warpdriveClient({ host, peer: ownPeer(host) }));
  try {
    return await work({ host, node, names: new PeerNames(host, node) });
  } catch (cause) {
    const missing = cause instanceof HostError && (cause.code === "rejected" || cause.code === "unknown-protocol");
    if (!missing) throw cause;
    throw new ServiceError("not-running", "The node has no warpdrive", { cause });
  }
}
