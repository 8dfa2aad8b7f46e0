/**
 * Finding the service that commands talk to, and asking it about itself.
 *
 * @module
 */

import process from "node:process";
import { CodecError, escapeText } from "../../../codec/mod.ts";
import {
  decodeJson,
  jsonArray,
  jsonBool,
  type JsonInfer,
  jsonInt,
  jsonObject,
  type JsonShape,
  jsonString,
} from "../../../codec/json/mod.ts";
import { type AstralHost, newAstralHost } from "../../host/astral/mod.ts";
import { HostError, type PeerInfo } from "../../host/mod.ts";
import { type Arguments, type CommandOptions, textOption } from "../command.ts";
import { lowerCased } from "../terminal/mod.ts";
import { DATA_OPTION, dataFolder, loadToken, ServiceError } from "./data-folder.ts";
import { findService } from "./service-file.ts";

/** Options of all commands that talk to a service. */
export const CONNECTION_OPTIONS: CommandOptions = { data: DATA_OPTION };

/** Their help. */
export const CONNECTION_HELP = `The command talks to the service in the data folder, by default the user's own. If
ASTRALD_APPHOST_ADDR or ASTRALD_APPHOST_TOKEN is set and --data is not given, it talks to the astral node there.`;

/** What a command talks to. */
export interface Connected {
  readonly host: AstralHost;
  /** The addresses of the node, if the service of the data folder is the guest of an astral node. */
  readonly guestAt: readonly string[] | null;
}

/**
 * Does something with the service of this machine.
 *
 * @throws ServiceError `not-running`, `folder`; HostError `unreachable`
 */
export async function withService<T>(
  args: Arguments,
  work: (host: AstralHost, connected: Connected) => Promise<T>,
): Promise<T> {
  const connected = await connection(textOption(args, "data"));
  await using host = connected.host;
  await host.start();
  return await work(host, connected);
}

async function connection(data: string | undefined): Promise<Connected> {
  const { ASTRALD_APPHOST_ADDR: address = "", ASTRALD_APPHOST_TOKEN: given = "" } = process.env;
  if (data === undefined && (address !== "" || given !== "")) return { host: newAstralHost(), guestAt: null };
  const folder = dataFolder(data);
  const { addresses, guest } = await findService(folder);
  if (guest !== undefined) {
    const protocol = guest.protocol === "2023" ? "2023" : "2026";
    return { host: newAstralHost({ address: addresses, token: guest.token, protocol }), guestAt: addresses };
  }
  const token = await loadToken(folder) ?? "";
  // A guest of 2023 need not wait to be greeted, and can ask for names. WebSockets speak that of 2026 all the same.
  return { host: newAstralHost({ address: addresses, token, protocol: "2023" }), guestAt: null };
}

/** Who a program's own service is: at a node of 2026 it has the identity of the token, which need not be the node's. */
export function ownPeer({ peerId, nodeId }: AstralHost): PeerInfo {
  return { peerId: peerId === nodeId ? LOCAL_NODE : peerId };
}

/** Text from the network in quotation marks, harmless for a terminal. */
export function quoted(text: string): string {
  return `"${escapeText(text)}"`;
}

/** The longest answer that is read, in bytes: room for thousands of peers. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
const ANSWER_TIMEOUT_MS = 10_000;
/** Under this name every node knows itself. */
export const LOCAL_NODE = "localnode";
const NEWLINE = 10;

/** Another node, as the service knows it. */
export const PeerAnswer = jsonObject({
  identity: jsonString,
  name: jsonString,
  queriesIn: jsonInt,
  queriesOut: jsonInt,
  streams: jsonInt,
  seenMs: jsonInt,
});
/** Another node, as the service knows it. */
export type PeerAnswer = JsonInfer<typeof PeerAnswer>;

/** The state of the service. */
export const StatusAnswer = jsonObject({
  identity: jsonString,
  alias: jsonString,
  started: jsonBool,
  addresses: jsonArray(jsonString),
  linkAddresses: jsonArray(jsonString),
  guests: jsonInt,
  registrations: jsonArray(jsonObject({ kind: jsonString, name: jsonString, address: jsonString })),
  peers: jsonArray(PeerAnswer),
});
/** The state of the service. */
export type StatusAnswer = JsonInfer<typeof StatusAnswer>;

/** Why the service could not ask a peer. */
const FailureAnswer = jsonObject({ peer: jsonString, code: jsonString, reason: jsonString });

/**
 * Opens something through the service. Guests of 2023 get no more than a byte that says that it failed; our service tells
 * the reason, which the error has then.
 */
export async function withReason<T>(host: AstralHost, peer: string, path: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof HostError) || !["unreachable", "rejected", "timeout"].includes(error.code)) throw error;
    const query = `warpwire.failure?peer=${encodeURIComponent(peer)}`;
    const [failure] = await askService(host, query, FailureAnswer).catch(() => []);
    if (failure === undefined) throw error;
    throw new HostError(error.code, `Opening "${path}" failed: ${lowerCased(failure.reason)}`, {
      cause: error,
      ...(error.code === "rejected" && { rejectCode: error.rejectCode }),
    });
  }
}

/**
 * The lines with which the service answers a query for its own state.
 *
 * @throws ServiceError `answer` if the node is not a warpwire service; HostError `timeout`, `unreachable`, `reset`
 */
export async function askService<T>(host: AstralHost, query: string, shape: JsonShape<T>): Promise<T[]> {
  const bytes = await readAnswer(host, query);
  const lines = [];
  for (let start = 0, end; start < bytes.length; start = end + 1) {
    end = bytes.indexOf(NEWLINE, start);
    if (end < 0) throw new ServiceError("answer", `The answer to "${query}" ends in the middle`);
    lines.push(bytes.subarray(start, end));
  }
  try {
    return lines.map((line) => decodeJson(shape, line));
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    throw new ServiceError("answer", `The answer to "${query}" is not understood: ${cause.message}`, { cause });
  }
}

async function readAnswer(host: AstralHost, query: string): Promise<Uint8Array> {
  await using stream = await openOwn(host, query);
  let bytes = new Uint8Array(64 * 1024);
  for (let length = 0;;) {
    if (length === ANSWER_BYTES_MAX) throw new ServiceError("answer", `The answer to "${query}" is too long`);
    if (length === bytes.length) {
      const larger = new Uint8Array(Math.min(2 * length, ANSWER_BYTES_MAX));
      larger.set(bytes);
      bytes = larger;
    }
    const read = await stream.read(bytes.subarray(length), { timeoutMs: ANSWER_TIMEOUT_MS });
    if (read === null) return bytes.subarray(0, length);
    length += read;
  }
}

async function openOwn(host: AstralHost, query: string) {
  try {
    return await host.openStream({ peerId: LOCAL_NODE }, query);
  } catch (cause) {
    if (!(cause instanceof HostError) || !["rejected", "unknown-protocol", "unreachable"].includes(cause.code)) {
      throw cause;
    }
    const why = "it is not a warpwire service, or the token is not the node's own";
    throw new ServiceError("answer", `The node does not answer "${query}": ${why}`, { cause });
  }
}
