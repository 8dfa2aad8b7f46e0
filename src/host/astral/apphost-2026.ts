/**
 * A guest's half of the apphost protocol of 2026: the node greets, then objects go both ways until the connection
 * becomes a stream.
 *
 * Source: astrald at commit `6e2b8bbd`; the types are in `codec/protocols/astral`.
 *
 * @module
 */

import { formatHex, type Schema } from "../../../codec/mod.ts";
import {
  ALL_ZONES,
  type AstralObject,
  formatQuery,
  type HandleQuery,
  type HostInfo,
  type IncomingQuery,
  objectSchema,
  type RouteQuery,
  SESSION_LIMITS,
  ZERO_IDENTITY,
} from "../../../codec/protocols/astral/mod.ts";
import type { NodeAddress } from "./address.ts";
import { type NodeConnection, readMessage, writeMessage } from "./connection.ts";
import { HostError, type HostErrorCode } from "../error.ts";
import type { Random } from "../host.ts";
import type { HostStream } from "../streams/mod.ts";
import { type Refusal, refusalError } from "../connect/mod.ts";

/** A connection on which the next thing can be asked for. */
export interface Session2026 {
  readonly protocol: "2026";
  readonly address: NodeAddress;
  readonly connection: NodeConnection;
  readonly node: HostInfo;
  /** The identity of the token; `null` without one. */
  readonly guest: string | null;
}

const sessionObject: Schema<AstralObject> = objectSchema(SESSION_LIMITS);

/** What the codes of the node's own errors mean; others are `unreachable` too. */
const NODE_ERRORS: Readonly<Record<string, HostErrorCode>> = { timeout: "timeout", canceled: "aborted" };
/** The code for a query that nobody takes: nobody leads to the peer, or has the path. Handlers say it for "not mine". */
const NO_ROUTE = "route_not_found";
/** How queries are refused by a node, or in its place. */
const REFUSED: ReadonlySet<HostErrorCode> = new Set(["unknown-protocol", "rejected", "busy"]);
/** How connections end without an answer. */
const BROKEN: ReadonlySet<HostErrorCode> = new Set(["protocol", "reset", "closed"]);
/**
 * An operation that only the service of this project has, for the owner of its node. Where it is accepted, the node
 * answers its own operations before it asks programs.
 */
const OWN_OPERATION = "warpwire.failure";
/** How long the node waits for a program to take or to refuse a query, in milliseconds. */
export const ANSWER_MS = 5000;
/** How many random bytes name a query, or prove that it is the node that dials. */
const NONCE_BYTES = 8;

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

/** Random bits by which something is recognised: 16 hex digits. */
export function randomNonce(random: Random): string {
  return formatHex(random.bytes(NONCE_BYTES));
}

/**
 * Asks for a stream; on success the connection is that stream. Where nobody takes a query to the node itself, or to
 * this program's own identity, the path is missing, for the peer cannot be.
 *
 * @throws HostError `rejected`, `unknown-protocol`, `busy`, `timeout`, `aborted`, `unreachable`; `protocol`, `reset`
 */
export async function routeQuery(session: Session2026, target: string, query: string, random: Random): Promise<void> {
  const { connection: { stream }, guest, node } = session;
  const value: RouteQuery = {
    nonce: randomNonce(random),
    caller: guest,
    target,
    query,
    zone: ALL_ZONES,
    filters: [],
  };
  const object = await ask(stream, { type: "mod.apphost.route_query_msg", value });
  switch (object.type) {
    case "mod.apphost.query_accepted_msg":
      return;
    case "mod.apphost.query_rejected_msg":
      throw refusalError(refusalOf(object.value.code), query);
    case "mod.apphost.error_msg": {
      const { code } = object.value;
      if (code === NO_ROUTE && (target === node.identity || target === guest)) {
        throw refusalError({ answer: "unknown-protocol" }, query);
      }
      const errorCode = Object.hasOwn(NODE_ERRORS, code) ? NODE_ERRORS[code] : "unreachable";
      throw new HostError(errorCode, `Opening "${query}" failed: the node answers "${code}"`);
    }
    default:
      throw unexpected(object, "the answer to a query");
  }
}

/**
 * Whether programs that are asked for the node's identity leave its own operations alone. An astral node asks programs
 * first; over a WebSocket these have no way to say that something is not for them.
 *
 * @throws HostError `protocol`, `reset`
 */
export async function asksItselfFirst(session: Session2026, random: Random): Promise<boolean> {
  if (session.node.identity === null) return false;
  try {
    await routeQuery(session, session.node.identity, OWN_OPERATION, random);
    return true;
  } catch (error) {
    if (error instanceof HostError && !BROKEN.has(error.code)) return false;
    throw error;
  }
}

/**
 * Asks the node for something that it does, and confirms on the stream of the query.
 *
 * @throws HostError `unsupported` if the node does not do it; as {@link routeQuery}
 */
export async function askNode(
  session: Session2026,
  operation: string,
  params: Readonly<Record<string, string>>,
  random: Random,
): Promise<void> {
  const { connection: { stream }, node } = session;
  if (node.identity === null) throw new HostError("protocol", "The node does not give its identity");
  try {
    await routeQuery(session, node.identity, formatQuery(operation, params), random);
  } catch (error) {
    if (!(error instanceof HostError) || !REFUSED.has(error.code)) throw error;
    throw new HostError("unsupported", `The node refuses "${operation}" to this program`, { cause: error });
  }
  const object = await readMessage(stream, sessionObject);
  switch (object.type) {
    case "ack":
      return;
    case "error_message":
      throw refused(operation, object.value);
    case "mod.apphost.error_msg":
      throw refused(operation, object.value.code);
    default:
      throw unexpected(object, `the answer to "${operation}"`);
  }
}

/** Says which handlers end with this stream, which is that of `apphost.bind`. */
export async function bindHandlers(stream: HostStream, token: string): Promise<void> {
  await writeMessage(stream, sessionObject, { type: "mod.apphost.bind_msg", value: { token } });
}

/** Reads the query for which the node has dialled. Throws HostError `protocol`, `reset`. */
export async function readHandled(stream: HostStream): Promise<HandleQuery> {
  const object = await readMessage(stream, sessionObject);
  if (object.type === "mod.apphost.handle_query_msg") return object.value;
  throw unexpected(object, "a query");
}

/** Takes a query for which the node has dialled: the connection is its stream then. */
export async function acceptHandled(stream: HostStream): Promise<void> {
  await writeMessage(stream, sessionObject, { type: "ack", value: {} });
}

/** Refuses such a query. Of a path that is not mounted here, the node asks the next program, and at last itself. */
export async function refuseHandled(stream: HostStream, refusal: Refusal): Promise<void> {
  await writeMessage<AstralObject>(
    stream,
    sessionObject,
    refusal.answer === "unknown-protocol"
      ? { type: "mod.apphost.error_msg", value: { code: NO_ROUTE } }
      : { type: "mod.apphost.query_rejected_msg", value: { code: codeOf(refusal) } },
  );
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
  const value = { queryId, code: codeOf(refusal) };
  await writeMessage(stream, sessionObject, { type: "mod.apphost.reject_incoming_msg", value });
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

function codeOf(refusal: Refusal): number {
  return refusal.answer === "rejected" ? refusal.code : REJECT_CODES[refusal.answer];
}

function refused(operation: string, answer: string): HostError {
  return new HostError("unsupported", `The node refuses "${operation}" to this program: it answers "${answer}"`);
}

function unexpected({ type }: AstralObject, expected: string): HostError {
  return new HostError("protocol", `The node sends "${type}" in place of ${expected}`);
}
