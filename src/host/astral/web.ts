/**
 * Hosts that use an astral node, for browsers: the apphost protocol of 2026 over the platform's WebSocket.
 *
 * @module
 */

import { formatNodeAddress, type NodeAddress } from "./address.ts";
import { connectionOver, type Connector, type NodeConnection } from "./connection.ts";
import { AstralHost, type AstralHostOptions } from "./host.ts";
import { platformSocket } from "./websocket-platform.ts";
import { HostError } from "../error.ts";
import type { Clock } from "../host.ts";

export { AstralHost, type AstralHostOptions } from "./host.ts";
export type { AstralProtocol } from "./node.ts";
export type { RegistrationNews } from "./registration.ts";

/** Where a node has its WebSocket unless it is configured otherwise. */
const NODE_URL = "ws://127.0.0.1:8624/.ws";

const webConnector: Connector = Object.freeze({
  // deno-lint-ignore require-await -- What is thrown is to be a rejection.
  async connect(address: NodeAddress, clock: Clock, closeTimeoutMs: number): Promise<NodeConnection> {
    if (address.kind === "websocket") return connectionOver(platformSocket(address.url), clock, closeTimeoutMs);
    const message = `Cannot connect to "${formatNodeAddress(address)}": browsers have only WebSockets`;
    throw new HostError("unsupported", message);
  },
});

/** Options of {@link webAstralHost}. */
export interface WebAstralHostOptions extends Omit<AstralHostOptions, "address" | "protocol" | "greetingMs"> {
  /** The node's WebSocket. Default: `ws://127.0.0.1:8624/.ws`. */
  readonly address?: string | readonly string[] | undefined;
}

/**
 * A started host that uses the astral node of this machine, in a browser. What arrives faster than it is read is kept
 * in memory, since browsers cannot slow a WebSocket down; a stream with more than 16 MiB unread breaks.
 *
 * ```ts
 * import { astralService } from "warpwire/astral";
 * import { webAstralHost } from "warpwire/host/astral-web";
 *
 * // A node for the example; mostly one is there, at its usual address.
 * const identity = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";
 * const listen = ["ws://127.0.0.1:0/.ws"];
 * await using node = await astralService({ identity, listen, tokens: { secret: "localnode" } });
 *
 * await using host = await webAstralHost({ address: node.addresses(), token: "secret" });
 * console.log(host.peerId === identity); // true
 * ```
 *
 * @throws HostError `address`; and as `AstralHost.start`
 */
export async function webAstralHost(options: WebAstralHostOptions = {}): Promise<AstralHost> {
  const host = new AstralHost({ ...options, address: options.address ?? NODE_URL, protocol: "2026" }, webConnector);
  await host.start();
  return host;
}
