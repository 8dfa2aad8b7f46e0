/**
 * A guest's half of the apphost protocol of 2023: a token, then one command on each connection.
 *
 * Source: astrald at commit `6e235622`; the tables are in `codec/protocols/astral`.
 *
 * @module
 */

import {
  answer,
  authAnswer,
  authRequest,
  type CommandAnswers,
  type CommandRequest,
  commandRequest2023,
  type ResultCode,
  ZERO_IDENTITY,
} from "../../../codec/protocols/astral/mod.ts";
import { readMessage, writeMessage } from "./connection.ts";
import { HostError, type HostErrorCode } from "../error.ts";
import type { HostStream } from "../streams/mod.ts";

/** What the result of a query means. A node does not distinguish a missing service from one that rejects. */
const QUERY_ERRORS: { readonly [C in Exclude<ResultCode, "ok">]: readonly [HostErrorCode, string] } = {
  rejected: ["rejected", "the peer refuses it, or has no such service"],
  failed: ["unreachable", "the node reports a failure"],
  timeout: ["timeout", "the node reports that the peer took too long"],
  alreadyRegistered: ["unreachable", "the node gives an answer that has nothing to do with it"],
  unauthorized: ["unreachable", "the node does not allow it"],
  unknownCommand: ["unreachable", "the node does not know queries"],
  unexpected: ["unreachable", "the node has no link to the peer"],
};

/** The number of a rejection; the node does not pass on which one the service gave. */
const REJECT_CODE = 1;

/**
 * Sends the token, which may be empty.
 *
 * @throws HostError `unreachable` if the node does not accept it; `protocol`, `reset`
 */
export async function authenticate(stream: HostStream, token: string): Promise<void> {
  await writeMessage(stream, authRequest, { token });
  const { code } = await readMessage(stream, authAnswer);
  if (code !== "ok") throw new HostError("unreachable", `The node does not accept the token: it answers "${code}"`);
}

/**
 * Asks whose identity a name is: `localnode`, an alias, or 66 hex digits.
 *
 * @throws HostError `unreachable` for a name that the node does not know; `protocol`, `reset`
 */
export async function resolveName(stream: HostStream, name: string): Promise<string> {
  const { code, data } = await command(stream, { command: "resolve", name });
  if (code === "ok" && data !== null && data.identity !== ZERO_IDENTITY) return data.identity;
  throw new HostError("unreachable", `The node does not know the name "${name}": it answers "${code}"`);
}

/**
 * Asks for a stream; on success the connection is that stream.
 *
 * @param target Identity of the peer; zero is the local node
 * @throws HostError `rejected`, `timeout`, `unreachable`; `protocol`; `reset` if the node closes without an answer
 */
export async function query(stream: HostStream, target: string, path: string): Promise<void> {
  const { code } = await command(stream, { command: "query", target, query: path });
  if (code === "ok") return;
  const [errorCode, why] = QUERY_ERRORS[code];
  throw new HostError(
    errorCode,
    `Opening "${path}" failed: ${why}`,
    code === "rejected" ? { rejectCode: REJECT_CODE } : {},
  );
}

/**
 * Asks for the queries to a service, for as long as the connection stays open.
 *
 * @param target Address that the node dials for every query
 * @throws HostError `mounted` if another program has the service; `unreachable`, `protocol`, `reset`
 */
export async function register(stream: HostStream, service: string, target: string): Promise<void> {
  const { code } = await command(stream, { command: "register", service, target });
  if (code === "ok") return;
  if (code === "alreadyRegistered") {
    throw new HostError("mounted", `Cannot mount "${service}": another program has registered it with the node`);
  }
  throw new HostError("unreachable", `Cannot mount "${service}": the node answers "${code}"`);
}

async function command<R extends Exclude<CommandRequest, { command: "unknown" }>>(
  stream: HostStream,
  request: R,
): Promise<CommandAnswers[R["command"]]> {
  await writeMessage<CommandRequest>(stream, commandRequest2023, request);
  return await readMessage(stream, answer<R["command"]>(request.command));
}
