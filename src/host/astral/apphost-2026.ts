/**
 * A guest's half of the apphost protocol of 2026: the node greets, then objects go both ways until the connection
 * becomes a stream.
 *
 * Source: astrald at commit `6e2b8bbd`; the types are in `codec/protocols/astral`.
 *
 * @module
 */

import type { Schema } from "../../../codec/mod.ts";
import {
  ALL_ZONES,
  type AstralObject,
  formatQuery,
  type HostInfo,
  type IncomingQuery,
  objectSchema,
  type RouteQuery,
  SESSION_LIMITS,
  ZERO_IDENTITY,
} from "../../../codec/protocols/astral/mod.ts";
import { readMessage, writeMessage } from "./connection.ts";
import { HostError, type HostErrorCode } from "../error.ts";
import type { HostStream } from "../streams/mod.ts";
import { type Refusal, refusalError } from "../connect/mod.ts";

const sessionObject: Schema<AstralObject> = objectSchema(SESSION_LIMITS);

/** What the codes of the node's own errors mean; others are `unreachable` too. */
const NODE_ERRORS: Readonly<Record<string, HostErrorCode>> = { timeout: "timeout", canceled: "aborted" };

/**
 * The numbers with which this host rejects for reasons of its own. The protocol has none for them; these are outside
 * the ones that the node's library names (0 to 7).
 */
export const REJECT_CODES = { "unknown-protocol": 254, busy: 253 } as const;

/** Reads the greeting that every connection begins with. Throws HostError `protocol`, `reset`. */
export async function readGreeting(stream: HostStream): Promise<HostInfo> {
  const object = await readMessage(stream, sessionObject);
  if (object.type === "mod.apphost.host_info_msg") return object.value;
  throw unexpected(object, "a greeting");
}

/**
 * Asks for the rights of a token's identity, which is returned.
 *
 * @throws HostError `unreachable` if the node does not accept it; `protocol`, `reset`
 */
export async function authenticate(stream: HostStream, token: string): Promise<string> {
  const object = await ask(stream, { type: "mod.apphost.auth_token_msg", value: { token } });
  if (object.type === "mod.apphost.error_msg") {
    throw new HostError("unreachable", `The node does not accept the token: it answers "${object.value.code}"`);
  }
  if (object.type !== "mod.apphost.auth_success_msg") throw unexpected(object, "the answer to a token");
  const { guestId } = object.value;
  if (guestId !== null && guestId !== ZERO_IDENTITY) return guestId;
  throw new HostError("protocol", "The node accepts the token, but gives it no identity");
}

/**
 * Asks for a stream; on success the connection is that stream.
 *
 * @throws HostError `rejected`, `unknown-protocol`, `busy`, `timeout`, `aborted`, `unreachable`; `protocol`, `reset`
 */
export async function routeQuery(
  stream: HostStream,
  { nonce, caller, target, query }: Pick<RouteQuery, "nonce" | "caller" | "target" | "query">,
): Promise<void> {
  const value: RouteQuery = { nonce, caller, target, query, zone: ALL_ZONES, filters: [] };
  const object = await ask(stream, { type: "mod.apphost.route_query_msg", value });
  switch (object.type) {
    case "mod.apphost.query_accepted_msg":
      return;
    case "mod.apphost.query_rejected_msg":
      throw refusalError(refusalOf(object.value.code), query);
    case "mod.apphost.error_msg": {
      const { code } = object.value;
      const errorCode = Object.hasOwn(NODE_ERRORS, code) ? NODE_ERRORS[code] : "unreachable";
      throw new HostError(errorCode, `Opening "${query}" failed: the node answers "${code}"`);
    }
    default:
      throw unexpected(object, "the answer to a query");
  }
}

/** The query that asks a node whose identity a name is. */
export function resolveQuery(name: string): string {
  return formatQuery("dir.resolve", { name });
}

/**
 * Reads the answer to {@link resolveQuery} from its stream.
 *
 * @throws HostError `protocol`, `reset`
 */
export async function readResolved(stream: HostStream, name: string): Promise<string> {
  const object = await readMessage(stream, sessionObject);
  if (object.type === "identity" && object.value !== ZERO_IDENTITY) return object.value;
  throw unexpected(object, `the identity of "${name}"`);
}

/**
 * Asks for all queries to an identity; from then on {@link readIncoming} reads them.
 *
 * @throws HostError `unsupported` if the node does not allow it; `protocol`, `reset`
 */
export async function registerService(stream: HostStream, identity: string): Promise<void> {
  const object = await ask(stream, { type: "mod.apphost.register_service_msg", value: { identity } });
  if (object.type === "ack") return;
  if (object.type !== "mod.apphost.error_msg") throw unexpected(object, "the answer to a registration");
  throw new HostError("unsupported", `The node gives no queries to this program: it answers "${object.value.code}"`);
}

/** Reads the next query on a connection of {@link registerService}. Throws HostError `protocol`, `reset`. */
export async function readIncoming(stream: HostStream): Promise<IncomingQuery> {
  const object = await readMessage(stream, sessionObject);
  if (object.type === "mod.apphost.incoming_query_msg") return object.value;
  throw unexpected(object, "a query");
}

/** Refuses a query, on the connection on which it came. */
export async function rejectIncoming(stream: HostStream, queryId: string, refusal: Refusal): Promise<void> {
  const code = refusal.answer === "rejected" ? refusal.code : REJECT_CODES[refusal.answer];
  await writeMessage(stream, sessionObject, { type: "mod.apphost.reject_incoming_msg", value: { queryId, code } });
}

/**
 * Takes a query, on a connection of its own, which is the stream then.
 *
 * @throws HostError `reset` if the node does not have the query any more; `protocol`
 */
export async function attachQuery(stream: HostStream, queryId: string): Promise<void> {
  const object = await ask(stream, { type: "mod.apphost.attach_query_msg", value: { queryId } });
  if (object.type === "ack") return;
  if (object.type !== "mod.apphost.error_msg") throw unexpected(object, "the answer to an attachment");
  throw new HostError("reset", `The query is gone: the node answers "${object.value.code}"`);
}

async function ask(stream: HostStream, object: AstralObject): Promise<AstralObject> {
  await writeMessage(stream, sessionObject, object);
  return await readMessage(stream, sessionObject);
}

/** What the number of a rejection means. Services may send 0, which the interface of hosts has no place for. */
function refusalOf(code: number): Refusal {
  if (code === REJECT_CODES["unknown-protocol"]) return { answer: "unknown-protocol" };
  if (code === REJECT_CODES.busy) return { answer: "busy" };
  return { answer: "rejected", code: Math.max(1, code) };
}

function unexpected({ type }: AstralObject, expected: string): HostError {
  return new HostError("protocol", `The node sends "${type}" in place of ${expected}`);
}
