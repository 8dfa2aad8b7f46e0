/**
 * What a call is: one row of the tables of calls.
 *
 * @module
 */

import type { MsgpackShape, NamedNode } from "../../msgpack/mod.ts";
import type { Era } from "./wire.ts";

/** One call. */
export interface Rpc<A = unknown, R = unknown> {
  /** The eras whose nodes know the call; the first one is the era in which it is sent unless another is named. */
  readonly eras: readonly Era[];
  /** Other names that mean the same call. */
  readonly aliases: readonly string[];
  /** Arguments in order. `nodeId` is who the caller says it is; nothing proves it. */
  readonly args: NamedNode & MsgpackShape<A>;
  readonly reply: MsgpackShape<R>;
  /** Whether there is no answer, so that it may get lost without anybody noticing. */
  readonly oneWay: boolean;
  /** What else must be known. */
  readonly note: string;
}

interface Spec<A, R> {
  readonly eras: readonly Era[];
  readonly aliases?: readonly string[];
  readonly args: NamedNode & MsgpackShape<A>;
  readonly reply: MsgpackShape<R>;
  readonly oneWay?: boolean;
  readonly note: string;
}

/** A row of a table. */
export function rpc<A, R>({ eras, aliases = [], args, reply, oneWay = false, note }: Spec<A, R>): Rpc<A, R> {
  return Object.freeze({ eras: Object.freeze(eras), aliases: Object.freeze(aliases), args, reply, oneWay, note });
}

/** Calls of both eras. */
export const BOTH: readonly Era[] = ["storjrpcudp", "rpcudp"];

/** Calls of storjnode, up to the beginning of 2016. */
export const FIRST: readonly Era[] = ["rpcudp"];

/** Calls of storjnet, 2016. */
export const SECOND: readonly Era[] = ["storjrpcudp"];
