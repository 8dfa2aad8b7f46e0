/**
 * A guest of 2023: a token, one command, one answer; then the connection ends, is a stream, or holds a registration.
 *
 * What differs from astrald, on purpose: a query that nobody here takes is answered with `rejected`, and one that a
 * program leaves unanswered with `timeout`, where astrald ends the connection without a byte; a caller in whose name
 * this node cannot ask others gets `unauthorized` instead of such an end; addresses outside this machine cannot be
 * registered; no programs are started.
 *
 * @module
 */

import { encode } from "../../../codec/mod.ts";
import {
  answer,
  authAnswer,
  authRequest,
  type CommandAnswers,
  commandRequest2023,
  type QueryParameters,
  type RegisterParameters,
  type ResultCode,
  ZERO_IDENTITY,
} from "../../../codec/protocols/astral/mod.ts";
import { HostError } from "../../host/mod.ts";
import { pipe } from "../channels/mod.ts";
import type { ServiceContext } from "../service-context.ts";
import type { Guest } from "./guests.ts";

/** The longest token with its length. */
const AUTH_BYTES_MAX = 256;
/** What a guest that holds a registration may send, in bytes; it has nothing to say. */
const SURPLUS_BYTES_MAX = 4096;

/** A guest whose identity is known. */
interface Session {
  readonly guest: Guest;
  readonly context: ServiceContext;
  /** Zero for a guest without a token. */
  readonly identity: string;
}

/**
 * Serves a guest until its connection has ended.
 *
 * @throws CodecError or HostError if the guest breaks the protocol or its connection; it is to be cut off then
 */
export async function serve2023(guest: Guest, context: ServiceContext): Promise<void> {
  const { connection } = guest;
  const auth = await connection.nextMessage(authRequest, { bytesMax: AUTH_BYTES_MAX });
  if (auth === null) return await connection.close();
  const identity = context.tokens.login(auth.token);
  if (identity === null) {
    context.emit({ type: "refused", guest: guest.slot.number, reason: "The token is unknown" });
    await connection.stream.write(encode(authAnswer, { code: "unauthorized" }));
    return await connection.close();
  }
  context.emit({ type: "authenticated", guest: guest.slot.number, identity });
  await connection.stream.write(encode(authAnswer, { code: "ok" }));
  await serveCommand({ guest, context, identity });
}

async function serveCommand(session: Session): Promise<void> {
  const { guest, context } = session;
  const request = await guest.connection.nextMessage(commandRequest2023, { bytesMax: context.limits.commandBytesMax });
  guest.clearDeadline();
  if (request === null) return await guest.connection.close();
  switch (request.command) {
    case "query":
      return await query(session, request);
    case "register":
      return await register(session, request);
    case "resolve": {
      const identity = context.names.resolve(request.name);
      return await end(session, "resolve", identity === null ? failed : { code: "ok", data: { identity } });
    }
    case "nodeInfo": {
      const identity = request.identity === ZERO_IDENTITY ? context.identity : request.identity;
      return await end(session, "nodeInfo", { code: "ok", data: { identity, name: context.names.display(identity) } });
    }
    case "exec":
      return await end(session, "exec", { code: "failed" });
    case "unknown":
      return await end(session, "unknown", { code: "unknownCommand" });
  }
}

const failed = Object.freeze({ code: "failed", data: null });

async function query(session: Session, { target, query }: QueryParameters): Promise<void> {
  const { guest: { slot, connection }, context, identity } = session;
  slot.settle();
  const leaving = new AbortController();
  connection.watch(() => leaving.abort());
  const whom = target === ZERO_IDENTITY ? context.identity : target;
  const call = { origin: "guest", caller: identity, target: whom, query, network: true } as const;
  let far;
  try {
    far = await context.router.ask(call, { signal: leaving.signal });
  } catch (error) {
    if (leaving.signal.aborted) return await connection.close();
    return await end(session, "query", { code: codeOf(error) });
  }
  try {
    await say(session, "query", { code: "ok" });
  } catch (error) {
    far.abort(error);
    throw error;
  }
  await pipe(connection, far);
}

async function register(session: Session, { service, target }: RegisterParameters): Promise<void> {
  const { guest: { slot, connection }, context } = session;
  const { registeredNames: names } = context;
  if (names.has(service) || context.host.has(service) || context.isOperation(service)) {
    return await end(session, "register", { code: "alreadyRegistered" });
  }
  const address = context.sockets.target(target);
  if (address === null || !context.hasRoom()) return await end(session, "register", { code: "failed" });
  const registration = names.add(service, address);
  context.emit({ type: "registered", registration });
  slot.settle();
  try {
    await say(session, "register", { code: "ok" });
    // The registration lives as long as the connection.
    for (let surplus = 0; surplus <= SURPLUS_BYTES_MAX;) {
      const piece = await connection.piece();
      if (piece === null) break;
      surplus += piece.length;
    }
  } finally {
    names.remove(registration);
    context.emit({ type: "unregistered", registration });
  }
  await connection.close();
}

/** The result code of a query that failed. */
function codeOf(error: unknown): ResultCode {
  if (!(error instanceof HostError)) return "unexpected";
  switch (error.code) {
    case "rejected":
    case "unknown-protocol":
    case "busy":
      return "rejected";
    case "timeout":
      return "timeout";
    case "unsupported":
      return "unauthorized";
    default:
      return "unexpected";
  }
}

async function say<N extends keyof CommandAnswers>(session: Session, name: N, value: CommandAnswers[N]): Promise<void> {
  await session.guest.connection.stream.write(encode(answer(name), value));
}

async function end<N extends keyof CommandAnswers>(session: Session, name: N, value: CommandAnswers[N]): Promise<void> {
  await say(session, name, value);
  await session.guest.connection.close();
}
