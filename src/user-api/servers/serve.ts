/**
 * Offering the user API of a node at addresses.
 *
 * @module
 */

import { HostError } from "../../host/mod.ts";
import type { StorjNode } from "../../storj/mod.ts";
import type { UserApiAccess } from "./access.ts";
import type { UserApi } from "../api.ts";
import { serveHttp, type UserApiServer } from "./http-server.ts";
import type { UserApiLimits } from "./limits.ts";
import { metricsText } from "./metrics.ts";
import { openRpcDocument } from "../openrpc.ts";
import { serveUnix } from "./unix-server.ts";

/** Where and to whom a user API is offered. */
export interface ServeOptions {
  /**
   * As `http://127.0.0.1:5000`, where it is offered over WebSockets, too; port 0 takes a free one. Or `unix:/folder/file`, in
   * a folder that only the owner may enter.
   */
  readonly addresses: readonly string[];
  readonly access: UserApiAccess;
  readonly limits?: Partial<UserApiLimits>;
}

/** Servers that listen. */
export interface UserApiServers {
  /** Where, with the ports that were given instead of 0. */
  readonly addresses: readonly string[];
  /** Listens no more, and cuts off everything that is connected. The API stays as it is. */
  close(): Promise<void>;
}

/**
 * Begins to listen at all addresses, or at none.
 *
 * @throws HostError `address` for what is no address or cannot be listened on; for one that other machines reach, if there is
 * no token; and for origins and names that are none; `unsupported` without the package `ws`
 */
export async function serveUserApi(
  node: Pick<StorjNode, "stats">,
  api: UserApi,
  { addresses, access, limits = {} }: ServeOptions,
): Promise<UserApiServers> {
  const servers: Pick<UserApiServer, "address" | "close">[] = [];
  const close = async () => void await Promise.all(servers.map((server) => server.close()));
  try {
    for (const where of addresses.map(parseAddress)) {
      servers.push(
        typeof where === "string" ? { address: `unix:${where}`, ...await serveUnix(where, api) } : await serveHttp({
          ...{ api, url: where, access, limits },
          openRpc: () => JSON.stringify(openRpcDocument()),
          metrics: () => metricsText(node.stats()),
        }),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { addresses: servers.map(({ address }) => address), close };
}

/** The URL of an address, or the path of a unix socket. */
function parseAddress(text: string): URL | string {
  if (/^unix:./.test(text)) return text.slice("unix:".length);
  const url = /^http:\/\/[^\s/?#@]+\/?$/.test(text) && URL.canParse(text) ? new URL(text) : null;
  if (url !== null && url.hostname !== "") return url;
  const forms = "http://127.0.0.1:5000 or unix:PATH";
  throw new HostError("address", `Cannot listen on ${JSON.stringify(text)}: it is not as ${forms}`);
}
