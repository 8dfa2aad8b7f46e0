/**
 * Hosts that use an astral node on this machine: peers are identities, and the node makes the links between
 * them. The apphost protocols of 2023 and 2026 over TCP and unix sockets, that of 2026 over WebSockets too. On Node and
 * Deno; browsers have `warpwire/host/astral-web`.
 *
 * @module
 */

import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { NODE_ADDRESS, splitNodeAddresses } from "./address.ts";
import { AstralHost, type AstralHostOptions } from "./host.ts";
import { socketConnector } from "./sockets.ts";

export { AstralHost, type AstralHostOptions } from "./host.ts";
export type { AstralProtocol } from "./node.ts";
export type { RegistrationNews } from "./registration.ts";

/** The environment variable with the addresses of the node, with semicolons between them. */
const ADDRESS_VARIABLE = "ASTRALD_APPHOST_ADDR";
/** The environment variable with the token. */
const TOKEN_VARIABLE = "ASTRALD_APPHOST_TOKEN";

/** Options of {@link astralHost}: those of {@link AstralHost}, with the environment's as defaults. */
export interface NodeAstralHostOptions extends Omit<AstralHostOptions, "address"> {
  /**
   * Where the node takes its guests; of several addresses the first one that works is used. The path of a unix socket
   * may begin with `~/`. Default: those in `ASTRALD_APPHOST_ADDR`, with semicolons between them, else
   * `tcp:127.0.0.1:8625`.
   */
  readonly address?: string | readonly string[] | undefined;
  /** The token that the node has given this program. Default: the one in `ASTRALD_APPHOST_TOKEN`, else none. */
  readonly token?: string | undefined;
}

/**
 * A started host that uses the astral node of this machine.
 *
 * ```ts
 * import { astralService } from "warpwire/astral";
 * import { astralHost } from "warpwire/host/astral";
 *
 * // A node for the example; mostly one is there, at its usual address.
 * const identity = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";
 * const listen = ["tcp:127.0.0.1:0"];
 * await using node = await astralService({ identity, alias: "home", listen, tokens: { secret: "localnode" } });
 *
 * await using host = await astralHost({ address: node.addresses(), token: "secret" });
 * const greeting = host.mountStreams("greeting");
 * await host.ready();
 * const [stream, incoming] = await Promise.all([host.openStream({ peerId: "home" }, "greeting"), greeting.acceptStream()]);
 * console.log(incoming.peerInfo.peerId === stream.peerInfo.peerId); // true
 * ```
 *
 * @throws HostError `address`; and as `AstralHost.start`
 */
export async function astralHost(options: NodeAstralHostOptions = {}): Promise<AstralHost> {
  const host = newAstralHost(options);
  await host.start();
  return host;
}

/** A host as {@link astralHost} makes it, not started yet: protocols can be mounted before. Throws HostError `address`. */
export function newAstralHost(options: NodeAstralHostOptions = {}): AstralHost {
  const { token = environment(TOKEN_VARIABLE) } = options;
  return new AstralHost({ ...options, address: nodeAddresses(options.address), token }, socketConnector);
}

/** Where the node of this machine is: where it is said to be, else where the environment says, else the usual place. */
export function nodeAddresses(address?: string | readonly string[]): readonly string[] {
  const given = address ?? splitNodeAddresses(environment(ADDRESS_VARIABLE));
  const list = typeof given === "string" ? [given] : given;
  return list.length === 0 ? [NODE_ADDRESS] : list.map(withHome);
}

/** A variable of the environment; empty if there is none, or if it may not be read. */
function environment(name: string): string {
  try {
    return process.env[name] ?? "";
  } catch {
    // Deno denies programs without the permission.
    return "";
  }
}

function withHome(address: string): string {
  return address.startsWith("unix:~/") ? `unix:${join(homedir(), address.slice("unix:~/".length))}` : address;
}
