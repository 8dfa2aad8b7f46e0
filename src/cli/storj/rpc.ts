/**
 * Offering the user API of a node to other programs: on the socket in the data folder, and at the addresses of `--rpc`.
 *
 * @module
 */

import { resolve } from "node:path";
import process from "node:process";
import type { StorjNode } from "../../storj/mod.ts";
import { serveUserApi, USER_API_LIMITS, type UserApi, type UserApiServers } from "../../user-api/mod.ts";
import { type Arguments, type CommandOptions, numberOption, textOptions, UsageError } from "../command.ts";
import { type DataFolder, loadOrMakeToken } from "../service/mod.ts";
import { UNREACHABLE } from "./own-node.ts";

/** The longest path of a unix socket in bytes: 108 on Linux and 104 elsewhere, one of which ends it. */
const SOCKET_PATH_BYTES_MAX = process.platform === "linux" ? 107 : 103;
const RATE_MAX = 1_000_000;

/** The options that say where and to whom the user API is offered. */
export const RPC_OPTIONS: CommandOptions = {
  rpc: {
    type: "string",
    multiple: true,
    value: "ADDR",
    about: "where programs call the node: http://127.0.0.1:5000 or unix:PATH (repeatable); default nowhere else",
  },
  "rpc-open": { type: "boolean", about: "let all programs of this machine call, without the token" },
  "rpc-host": {
    type: "string",
    multiple: true,
    value: "NAME",
    about: "a name by which the node may be called, besides those of this machine (repeatable)",
  },
  "rpc-origin": {
    type: "string",
    multiple: true,
    value: "ORIGIN",
    about: "a web page that may call, as https://example.org (repeatable); default none",
  },
  "rpc-rate": {
    type: "string",
    value: "CALLS",
    about: `calls a second of one connection; default ${USER_API_LIMITS.callsPerSecond}`,
  },
};

/** What the options say. */
export interface RpcConfig {
  /** Empty where only commands call. */
  readonly addresses: readonly string[];
  readonly open: boolean;
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
  readonly callsPerSecond: number | undefined;
}

/**
 * Reads the options.
 *
 * @throws UsageError
 */
export function rpcConfig(args: Arguments): RpcConfig {
  const config = {
    addresses: textOptions(args, "rpc").map(absolutePath),
    open: args.options["rpc-open"] === true,
    hosts: textOptions(args, "rpc-host"),
    origins: textOptions(args, "rpc-origin"),
    callsPerSecond: numberOption(args, "rpc-rate", { min: 1, max: RATE_MAX, whole: true }),
  };
  const { addresses, open, hosts, origins, callsPerSecond } = config;
  if (addresses.length === 0 && (open || hosts.length + origins.length > 0 || callsPerSecond !== undefined)) {
    throw new UsageError("Options --rpc-… need an address: --rpc http://127.0.0.1:5000");
  }
  return config;
}

/** Where a node is offered, and what cannot be. */
export interface Offered {
  readonly servers: UserApiServers;
  /** The addresses of `--rpc`. */
  readonly addresses: readonly string[];
  /** Where the token is that programs show there; null if they need none. */
  readonly token: string | null;
  /** What to publish as the address for commands. */
  readonly published: string;
  /** Why commands do not reach it. */
  readonly warning: string | null;
}

/**
 * Begins to listen.
 *
 * @throws HostError `address`; ServiceError `folder`
 */
export async function offerNode(
  { node, api }: { readonly node: Pick<StorjNode, "stats">; readonly api: UserApi },
  folder: DataFolder,
  { addresses, open, hosts, origins, callsPerSecond }: RpcConfig,
): Promise<Offered> {
  const warning = whyNoSocket(folder.socket);
  const own = `unix:${folder.socket}`;
  const isShown = !open && addresses.some((address) => !address.startsWith("unix:"));
  const servers = await serveUserApi(node, api, {
    addresses: [...(warning === null ? [own] : []), ...addresses],
    access: { token: isShown ? await loadOrMakeToken(folder) : null, hosts, origins },
    ...(callsPerSecond !== undefined && { limits: { callsPerSecond } }),
  });
  return {
    ...{ servers, warning },
    addresses: servers.addresses.slice(warning === null ? 1 : 0),
    token: isShown ? folder.token : null,
    published: warning === null ? own : UNREACHABLE,
  };
}

function whyNoSocket(path: string): string | null {
  if (process.platform === "win32") {
    return "Other commands cannot use this node, as there are no unix sockets here; give them another --data";
  }
  const { length } = new TextEncoder().encode(path);
  if (length <= SOCKET_PATH_BYTES_MAX) return null;
  return `Other commands cannot use this node: the path ${JSON.stringify(path)} of its socket has ${length} bytes, ` +
    `and at most ${SOCKET_PATH_BYTES_MAX} work; choose a shorter --data`;
}

function absolutePath(address: string): string {
  return /^unix:./.test(address) ? `unix:${resolve(address.slice("unix:".length))}` : address;
}
