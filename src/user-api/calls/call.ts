/**
 * What a call of the user API is: a row of the table.
 *
 * @module
 */

import type { StorjNode } from "../../storj/mod.ts";
import type { UserErrorName } from "../errors.ts";
import type { NodeFacts } from "../wire.ts";
import type { Kind, Result } from "./kinds.ts";

/** The node that calls are of. */
export interface CalledNode {
  readonly node: StorjNode;
  readonly facts: NodeFacts;
  /** The folder for files that calls write. */
  readonly folder: string;
}

/** What a call knows besides its parameters. */
export interface CallContext extends CalledNode {
  /** Fires when nobody wants the answer any more. */
  readonly signal: AbortSignal;
  /** Tells the caller something before the answer, where that is possible. */
  progress(value: unknown): void;
  /** Has what comes told to the caller from now on. Throws UserError where nothing can be told. */
  listen(wanted: Wanted): void;
  /** The OpenRPC document. */
  discover(): unknown;
}

/** What a caller wants to be told. */
export interface Wanted {
  readonly messages: boolean;
  readonly streams: boolean;
  readonly topics: readonly (string | number | Uint8Array)[];
  readonly schemas: Parameters<StorjNode["content"]>[0][];
}

/** A parameter. */
export interface Param<N extends string = string, V = unknown> {
  readonly name: N;
  /** Names that mean the same. */
  readonly otherNames: readonly string[];
  readonly kind: Kind<V>;
  /** The value of one that is left out, or null; undefined for one that has to be given. */
  readonly otherwise: V | undefined;
  readonly about: string;
}

/** The parameters of a call by name, as it gets them. */
export type Args<P extends readonly Param[]> = { readonly [E in P[number] as E["name"]]: Value<E> };
type Value<E> = E extends Param<string, infer V> ? V : never;

/** A call with its answer, as JSON. */
export interface Example {
  readonly params: readonly unknown[];
  readonly result: unknown;
}

/** What is the same for every call. */
interface Said {
  readonly name: string;
  readonly otherNames?: readonly string[];
  readonly about: string;
  /** Where it comes from: the documents of the user API, the original program, or this one. */
  readonly from: "v1" | "v0" | "program" | "ours" | "JSON-RPC";
  readonly result: Result;
  readonly errors?: readonly UserErrorName[];
  /** How long it may take where the caller is told how it goes on, in milliseconds. Default: as every call. */
  readonly timeoutMs?: number;
  readonly example: Example;
  /** Whether the answer of the example has more than is said. */
  readonly partial?: boolean;
}

/** A call. */
export interface Call extends Required<Omit<Said, "timeoutMs">> {
  readonly params: readonly Param[];
  readonly timeoutMs: number | null;
  run(context: CallContext, args: Readonly<Record<string, unknown>>): unknown;
}

/** A row of the table. */
export function call<const P extends readonly Param[]>(
  row: Said & { readonly params: P; run(context: CallContext, args: Args<P>): unknown },
): Call {
  const run = row.run as Call["run"];
  return Object.freeze({ otherNames: [], errors: [], timeoutMs: null, partial: false, ...row, run });
}

interface Naming {
  readonly otherNames?: readonly string[];
}

/** A parameter that has to be given. */
export function param<const N extends string, V>(
  name: N,
  kind: Kind<V>,
  about: string,
  { otherNames = [] }: Naming = {},
): Param<N, V> {
  return Object.freeze({ name, kind, about, otherNames, otherwise: undefined });
}

/** A parameter that can be left out. */
export function optional<const N extends string, V, D extends V | null>(
  name: N,
  kind: Kind<V>,
  otherwise: D,
  about: string,
  { otherNames = [] }: Naming = {},
): Param<N, V | D> {
  return Object.freeze({ name, kind: kind as Kind<V | D>, about, otherNames, otherwise });
}
