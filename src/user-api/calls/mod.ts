/**
 * The table of the calls of the user API: what they are called and take, what they answer, and what they do.
 *
 * @module
 */

import { type Call } from "./call.ts";
import { HASH_TABLE_CALLS } from "./hash-table.ts";
import { MESSAGE_CALLS } from "./messages.ts";
import { API_CALLS, NODE_CALLS } from "./node.ts";
import { STREAM_CALLS } from "./streams.ts";
import { CONTENT_CALLS, TOPIC_CALLS } from "./topics.ts";

export type { Call, CallContext, CalledNode, Param, Wanted } from "./call.ts";
export type { JsonSchema } from "./kinds.ts";
export type { DatasetNotice, MapAnswer } from "./node.ts";
export { readParams } from "./params.ts";

/** How long a call may take by default, in milliseconds. */
export const CALL_MS = 120_000;

/** The calls by subject. */
export const CALLS_BY_SUBJECT: Readonly<Record<string, readonly Call[]>> = {
  "The hash table": HASH_TABLE_CALLS,
  "Topics": TOPIC_CALLS,
  "Content by schema": CONTENT_CALLS,
  "Messages": MESSAGE_CALLS,
  "Streams": STREAM_CALLS,
  "The node and the network": NODE_CALLS,
  "The user API itself": API_CALLS,
};

/** All calls. */
export const CALLS: readonly Call[] = Object.values(CALLS_BY_SUBJECT).flat();

const BY_NAME: ReadonlyMap<string, Call> = new Map(
  CALLS.flatMap((call) => [call.name, ...call.otherNames].map((name) => [name, call] as const)),
);

/** The call of a name. */
export function findCall(name: string): Call | undefined {
  return BY_NAME.get(name);
}

/** How long a call may take, in milliseconds, where that is not set otherwise; an unknown one takes as long as saying so. */
export function callTimeoutMs(name: string): number {
  return findCall(name)?.timeoutMs ?? CALL_MS;
}
