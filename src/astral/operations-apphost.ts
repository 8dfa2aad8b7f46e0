/**
 * The operations that a host of 2026 has for its guests: identities, names, tokens, handlers of queries.
 *
 * @module
 */

import { parseNonce } from "../../codec/protocols/astral/mod.ts";
import { Identity } from "../identity/mod.ts";
import type { Operation, OperationCall, OperationStream, Runner } from "./service-context.ts";
import type { Token } from "./tokens.ts";

/** How many handlers an identity may have, so that one guest cannot take all the room that there is. */
const HANDLERS_MAX = 32;
const MS_PER_UNIT: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 3.6e6 };

/** The operations by name. */
export const GUEST_OPERATIONS: readonly (readonly [name: string, operation: Operation])[] = [
  [
    "apphost.whoami",
    {
      permission: "guests",
      prepare: ({ call }) => ({ channel }) => channel.write({ type: "identity", value: call.caller }),
    },
  ],
  ["dir.resolve", { permission: "guests", prepare: prepareResolve }],
  ["apphost.register", { permission: "guests", prepare: prepareRegister }],
  ["apphost.create_token", { permission: "node", prepare: prepareToken }],
  ["apphost.list_tokens", { permission: "node", prepare: prepareTokens }],
  ["apphost.cancel", { permission: "guests", prepare: prepareCancel }],
  ["apphost.register_handler", { permission: "known guests", prepare: prepareHandler }],
  ["apphost.bind", { permission: "known guests", prepare: bind }],
];

function prepareResolve({ context, params }: OperationCall): Runner | string {
  const value = context.names.resolve(params.get("name") ?? "");
  if (value === null) return "The parameter name is unknown";
  return ({ channel }) => channel.write({ type: "identity", value });
}

/** A new identity for an app, with a token. Only its name is kept: it has no key with which it could sign. */
function prepareRegister({ context }: OperationCall): Runner | string {
  // Anybody may ask for one; the other half of the room is the node's.
  if (context.tokens.count >= context.limits.tokensMax / 2) return "There are too many tokens";
  const random = (count: number) => context.random.bytes(count);
  return tokenRunner(() => context.tokens.add(Identity.generate({ random }).astralIdentity));
}

function prepareToken({ context, params }: OperationCall): Runner | string {
  const identity = context.names.resolve(params.get("id") ?? "");
  if (identity === null) return "The parameter id is neither an identity nor a known name";
  const duration = params.get("duration");
  const lifeMs = duration === undefined ? undefined : parseDurationMs(duration);
  if (lifeMs === null) return "The parameter duration is not a duration";
  return tokenRunner(() => context.tokens.add(identity, lifeMs === undefined ? {} : { lifeMs }));
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

/** The tokens of one identity, or all; those that are over open nothing, and clients take the first of the answer. */
function prepareTokens({ context, params }: OperationCall): Runner | string {
  const id = params.get("id");
  const identity = id === undefined ? undefined : context.names.resolve(id);
  if (identity === null) return "The parameter id is neither an identity nor a known name";
  return async ({ channel }) => {
    for (const value of context.tokens.list(identity)) await channel.write({ type: "apphost.access_token", value });
    await channel.write({ type: "eos", value: {} });
  };
}

function prepareCancel({ context, call, params }: OperationCall): Runner | string {
  const id = nonceOf(params.get("id"));
  const controller = id === null ? undefined : context.running.get(`${call.caller} ${id}`);
  if (controller === undefined) return "No query of this caller has this number";
  return async ({ channel }) => {
    controller.abort(new Error("The guest cancelled the query"));
    await channel.write({ type: "ack", value: {} });
  };
}

function prepareHandler({ context, call, params }: OperationCall): Runner | string {
  const address = context.sockets.target(params.get("endpoint") ?? "");
  const token = nonceOf(params.get("token"));
  if (address === null || token === null) return "The endpoint or the token cannot be used";
  const isFull = context.handlers.count(call.caller) >= HANDLERS_MAX || !context.hasRoom();
  if (isFull) return "There are too many registrations";
  const registration = context.handlers.add(call.caller, address, token);
  context.emit({ type: "registered", registration });
  return ({ channel }) => channel.write({ type: "ack", value: {} });
}

/** Ties the handlers of a token to the life of this stream. */
function bind({ context, call }: OperationCall): Runner {
  return async ({ connection, channel }: OperationStream) => {
    await channel.write({ type: "ack", value: {} });
    const object = await channel.read();
    if (object?.type !== "mod.apphost.bind_msg") return;
    // A stream that breaks ends as well as one that is closed.
    for (let open = true; open;) open = await connection.piece().then((piece) => piece !== null, () => false);
    context.handlers.removeBound(call.caller, object.value.token);
  };
}

function nonceOf(text: string | undefined): string | null {
  try {
    return parseNonce(text ?? "");
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
