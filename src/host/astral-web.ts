/**
 * Hosts behind an astral node for browsers: the apphost protocol of 2026 over the platform's WebSocket.
 *
 * @module
 */

import { AstralHost, type AstralHostOptions } from "./astral-host.ts";
import { connectWebSocket, platformSocket } from "./astral-websocket.ts";
import type { Ways } from "./astral-connection.ts";
import { HostError } from "./error.ts";
import { formatNodeAddress } from "./astral-address.ts";

export { AstralHost, type AstralHostOptions } from "./astral-host.ts";
export type { AstralProtocol } from "./astral-node.ts";

/** Where a node has its WebSocket unless it is configured otherwise. */
const NODE_URL = "ws://127.0.0.1:8624/.ws";

const webWays: Ways = Object.freeze({
  connect(address, clock, closeTimeoutMs) {
    if (address.kind !== "websocket") {
      const message = `Cannot connect to "${formatNodeAddress(address)}": browsers have only WebSockets`;
      return Promise.reject(new HostError("unsupported", message));
    }
    return Promise.resolve(connectWebSocket(platformSocket(address.url), clock, closeTimeoutMs));
  },
} as Ways);

/** Options of {@link webAstralHost}. */
export interface WebAstralHostOptions extends Omit<AstralHostOptions, "address" | "protocol" | "greetingMs"> {
  /** The node's WebSocket. Default: `ws://127.0.0.1:8624/.ws`. */
  readonly address?: string | readonly string[] | undefined;
}

/**
 * A started host behind the astral node of this machine, in a browser. What arrives faster than it is read is kept in
 * memory, since browsers cannot slow a WebSocket down; a stream with more than 16 MiB unread breaks.
 *
 * ```ts no_run
 * import { webAstralHost } from "warpwire/host/astral-web";
 *
 * await using host = await webAstralHost({ token: "secret" });
 * const stream = await host.openStream({ peerId: "alice" }, "warpdrive");
 * ```
 *
 * @throws HostError `address`; and as `AstralHost.start`
 */
export async function webAstralHost(options: WebAstralHostOptions = {}): Promise<AstralHost> {
  const host = new AstralHost({ ...options, address: options.address ?? NODE_URL, protocol: "2026" }, webWays);
  await host.start();
  return host;
}
