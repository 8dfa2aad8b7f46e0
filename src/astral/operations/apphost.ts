/**
 * The operations that a host of 2026 has for its guests: tokens, handlers of queries, queries to give up.
 *
 * @module
 */

import { parseNonce, ZERO_IDENTITY, ZERO_NONCE } from "../../../codec/protocols/astral/mod.ts";
import { Identity } from "../../identity/mod.ts";
import type { Token } from "../tokens.ts";
import { directoryIdentity, unknownIdentity } from "./dir.ts";
import {
  acknowledge,
  type Failure,
  type Operation,
  type OperationCall,
  type OperationStream,
  param,
  type Runner,
} from "./operation.ts";

/** How many handlers an identity may have, so that one guest cannot take all the room that there is. */
const HANDLERS_MAX = 32;
/** How long a token of `apphost.create_token` holds unless said otherwise, in milliseconds: a year, as in astrald. */
const CREATED_LIFE_MS = 365 * 24 * 3600 * 1000;
const MS_PER_UNIT: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 3.6e6 };

/** The operations. */
export const APPHOST_OPERATIONS: readonly Operation[] = [
  {
    name: "apphost.whoami",
    permission: "guests",
    params: [],
    answer: "the `identity` of the guest",
    prepare: ({ call }) => ({ channel }) => channel.write({ type: "identity", value: call.caller }),
  },
  {
    name: "apphost.register",
    permission: "guests",
    params: [],
    answer: "an `apphost.access_token` for a new identity, good for ten years",
    prepare: prepareRegister,
  },
  {
    name: "apphost.create_token",
    permission: "node",
    params: [param("id", "identity"), param("duration", "duration")],
    answer: "an `apphost.access_token` for an identity; without `duration`, such as `1h`, good for a year",
    prepare: prepareToken,
  },
  {
    name: "apphost.list_tokens",
    permission: "node",
    params: [param("id", "identity")],
    answer: "each valid `apphost.access_token` of an identity, without `id` of all, those of the node last; then `eos`",
    prepare: prepareTokens,
  },
  {
    name: "apphost.cancel",
    permission: "guests",
    params: [param("id", "nonce64")],
    answer: "`ack`; the guest's query with that nonce is given up",
    prepare: prepareCancel,
  },
  {
    name: "apphost.register_handler",
    permission: "known guests",
    params: [param("endpoint", "string8"), param("token", "nonce64")],
    answer: "`ack`; queries to the guest's identity are sent to that address",
    prepare: prepareHandler,
  },
  {
    name: "apphost.bind",
    permission: "known guests",
    params: [],
    answer: "`ack`, then reads `mod.apphost.bind_msg`; at the end of the stream the handlers of those tokens go",
    prepare: bind,
  },
];

/** A new identity for an app, with a token. Only its name is kept: it has no key with which it could sign. */
function prepareRegister({ context }: OperationCall): Runner | string {
  // Anybody may ask for one; the other half of the room is the node's.
  if (context.tokens.count >= context.limits.tokensMax / 2) return "There are too many tokens";
  const random = (count: number) => context.random.bytes(count);
  return tokenRunner(() => context.tokens.add(Identity.generate({ random }).astralIdentity));
}

function prepareToken({ context, params }: OperationCall): Runner | Failure | string {
  const id = params.get("id") ?? ZERO_IDENTITY;
  if (id === "") return "The parameter id is empty";
  const identity = directoryIdentity(context, id);
  if (identity === null) return unknownIdentity(id);
  if (identity === ZERO_IDENTITY) return { failure: "missing identity" };
  const duration = params.get("duration");
  const lifeMs = duration === undefined ? CREATED_LIFE_MS : parseDurationMs(duration);
  if (lifeMs === null) return "The parameter duration is not a duration";
  return tokenRunner(() => context.tokens.add(identity, { lifeMs }));
}

function tokenRunner(make: () => Token): Runner | string {
  try {
    const value = make();
    return ({ channel }) => channel.write({ type: "apphost.access_token", value });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return error.message;
  }
}

/**
 * The tokens of one identity, or all. Those that are over open nothing. Clients take the first of the answer, so that
 * those that open everything come last.
 */
function prepareTokens({ context, params }: OperationCall): Runner | Failure | string {
  const id = params.get("id") ?? ZERO_IDENTITY;
  if (id === "") return "The parameter id is empty";
  const identity = directoryIdentity(context, id);
  if (identity === null) return unknownIdentity(id);
  const tokens = context.tokens.list(identity === ZERO_IDENTITY ? undefined : identity);
  const isOwn = ({ identity }: Token) => identity === context.identity;
  return async ({ channel }) => {
    for (const value of [...tokens.filter((token) => !isOwn(token)), ...tokens.filter(isOwn)]) {
      await channel.write({ type: "apphost.access_token", value });
    }
    await channel.write({ type: "eos", value: {} });
  };
}

function prepareCancel({ context, call, params }: OperationCall): Runner | Failure | string {
  const id = nonceOf(params.get("id") ?? ZERO_NONCE);
  if (id === null) return "The parameter id is not a nonce";
  const controller = context.running.get(`${call.caller} ${id}`);
  if (controller === undefined) return { failure: "query not found" };
  return async (stream) => {
    controller.abort(new Error("The guest cancelled the query"));
    await acknowledge(stream);
  };
}

function prepareHandler({ context, call, params }: OperationCall): Runner | string {
  const address = context.sockets.target(params.get("endpoint") ?? "");
  const token = nonceOf(params.get("token") ?? "");
  if (address === null || token === null) return "The endpoint or the token cannot be used";
  const isFull = context.handlers.count(call.caller) >= HANDLERS_MAX || !context.hasRoom();
  if (isFull) return "There are too many registrations";
  const registration = context.handlers.add(call.caller, address, token);
  context.emit({ type: "registered", registration });
  return acknowledge;
}

/** Ties the handlers of each token that comes to the life of this stream, which ends with anything else. */
function bind({ context, call }: OperationCall): Runner {
  return async (stream: OperationStream) => {
    const tokens = new Set<string>();
    try {
      await acknowledge(stream);
      for (;;) {
        const object = await stream.channel.read();
        if (object?.type !== "mod.apphost.bind_msg" || tokens.size >= HANDLERS_MAX) break;
        tokens.add(object.value.token);
      }
    } finally {
      // A stream that breaks ends as well as one that is closed.
      for (const token of tokens) context.handlers.removeBound(call.caller, token);
    }
  };
}

function nonceOf(text: string): string | null {
  try {
    return parseNonce(text);
  } catch {
    return null;
  }
}

/** Milliseconds of a duration as Go writes it, such as `1h30m`, or of a number of nanoseconds; `null` if it is neither. */
export function parseDurationMs(text: string): number | null {
  if (/^\d{1,20}$/.test(text)) return Number(text) * 1e-6;
  if (!/^(\d{1,12}(\.\d{1,9})?(ns|us|µs|ms|s|m|h)){1,7}$/.test(text)) return null;
  let sumMs = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    sumMs += Number(count) * MS_PER_UNIT[unit];
  }
  return sumMs;
}
