/**
 * Describes the bytes of a message part by part, also of invalid messages, and finds the differences of two.
 *
 * @module
 */

import { checkSchema, type Schema, type Span, type SpanSink } from "../schema/mod.ts";
import { readTraced, traceState } from "../engine/mod.ts";
import { type Limits, limitsOf } from "../limits.ts";
import { CodecError } from "../error.ts";
import { trailing } from "../failures.ts";
import { equalValues } from "../values.ts";
import { ENOUGH, SpanRecorder } from "./span-recorder.ts";

/** What {@link inspect} found. */
export interface Inspection<T> {
  /**
   * The parts that were understood, in the order of the bytes. This array cannot be changed, and takes few bytes for
   * each part: path and value are made from the message whenever one is looked at, so the message must stay as it is.
   */
  readonly spans: readonly Span[];
  /** How many bytes were understood. */
  readonly length: number;
  /** The value, when there is no error and nothing was left out. */
  readonly value?: T;
  /** Why the bytes stop making sense. */
  readonly error?: CodecError;
  /** Whether there are more parts than were asked for: what follows was not looked at, and may be wrong. */
  readonly stopped?: true;
}

/** Options of {@link inspect}. */
export interface InspectOptions {
  /** Bounds on the cost of the message. */
  readonly limits?: Partial<Limits>;
  /** Whether bytes may be left after the value. By default they are an error, as for `decode`. */
  readonly prefix?: boolean;
  /** How many parts are kept before the rest is left out. Default {@link SPANS_MAX}. */
  readonly spansMax?: number;
}

/** The default of {@link InspectOptions.spansMax}: 10 million parts take some 200 MB. */
export const SPANS_MAX = 10_000_000;

/**
 * Reads bytes and says what each of them means. It never throws for bad bytes: what was understood and the
 * error come back together.
 *
 * ```ts
 * import { inspect, string, struct, u16, u8 } from "warpwire/codec";
 *
 * const Hello = struct({ name: string(u8), port: u16 });
 * const { spans, error } = inspect(Hello, Uint8Array.of(2, 0x68, 0x69, 0x1f));
 * console.log(spans.map((span) => span.path)); // [ "name", "name" ]
 * console.log(error?.message); // Needs 2 bytes, 1 left (at port, offset 3)
 * ```
 */
export function inspect<T>(schema: Schema<T>, bytes: Uint8Array, options: InspectOptions = {}): Inspection<T> {
  checkSchema(schema, "inspect: the schema");
  const recorder = new SpanRecorder(bytes, spansMaxOf(options));
  const state = traceState(bytes, 0, bytes.length, { limits: limitsOf(options), sink: recorder });
  const found = (length: number, outcome: Pick<Inspection<T>, "value" | "error" | "stopped">): Inspection<T> => {
    return { spans: lazyArray(recorder.length, (index) => recorder.span(index)), length, ...outcome };
  };
  try {
    const value = readTraced(schema, state) as T;
    const left = bytes.length - state.pos;
    if (left > 0 && options.prefix !== true) trailing(left, state.pos);
    return found(state.pos, { value });
  } catch (error) {
    if (error === ENOUGH) return found(recorder.end, { stopped: true });
    if (!(error instanceof CodecError)) throw error;
    return found(recorder.end, { error });
  }
}

function spansMaxOf({ spansMax = SPANS_MAX }: InspectOptions): number {
  if (spansMax >= 0) return spansMax;
  throw new RangeError(`Limit spansMax is ${spansMax}, which is not a number from 0`);
}

/**
 * Adds the parts of a value of a schema that lies inside the value of an extension.
 *
 * @returns where the value ends and, for bytes that are not a value, what is wrong with them
 */
export function addParts(
  schema: Schema,
  bytes: Uint8Array,
  parts: SpanSink,
): { readonly length: number; readonly error?: CodecError } {
  const state = traceState(bytes, 0, bytes.length, { sink: parts });
  try {
    readTraced(schema, state);
    return { length: state.pos };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { length: state.pos, error };
  }
}

/** How Node and Deno ask a value what to print; of a proxy they ask the target. */
const PRINTED = Symbol.for("nodejs.util.inspect.custom");
const PRINTED_MAX = 100;

/**
 * What behaves as an array that cannot be changed, and holds none of its elements: each is made again whenever it is
 * looked at.
 */
function lazyArray<T>(length: number, make: (index: number) => T): readonly T[] {
  const target: T[] = [];
  const indexOf = (key: string | symbol) => {
    const index = typeof key === "string" ? Number(key) : NaN;
    return Number.isInteger(index) && index >= 0 && index < length && String(index) === key ? index : -1;
  };
  const all: readonly T[] = new Proxy(target, {
    get(target, key, receiver) {
      if (key === "length") return length;
      const index = indexOf(key);
      return index < 0 ? Reflect.get(target, key, receiver) : make(index);
    },
    has: (target, key) => indexOf(key) >= 0 || Reflect.has(target, key),
    ownKeys: () => [...Array.from({ length }, (_, index) => String(index)), "length"],
    getOwnPropertyDescriptor(target, key) {
      if (key === "length") return { ...Reflect.getOwnPropertyDescriptor(target, key), value: length };
      const index = indexOf(key);
      if (index < 0) return undefined;
      return { value: make(index), writable: false, enumerable: true, configurable: true };
    },
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  });
  const printed = () => Object.assign(all.slice(0, PRINTED_MAX), { length });
  Object.defineProperty(target, PRINTED, { value: printed, configurable: true });
  return all;
}

/** One part that is not the same in two messages; a part that one of them does not have is `undefined` there. */
export interface Difference {
  readonly path: string;
  readonly left: Span | undefined;
  readonly right: Span | undefined;
}

/**
 * The parts in which two messages differ, in the order of their paths. Broken messages are compared as far as they make
 * sense.
 */
export function diff<T>(schema: Schema<T>, left: Uint8Array, right: Uint8Array): Difference[] {
  const leftParts = comparedParts(inspect(schema, left).spans);
  const rightParts = comparedParts(inspect(schema, right).spans);
  const keys = new Set([...leftParts.keys(), ...rightParts.keys()]);
  const differences: Difference[] = [];
  for (const key of keys) {
    const a = leftParts.get(key);
    const b = rightParts.get(key);
    if (a !== undefined && b !== undefined && equalValues(a.value, b.value)) continue;
    differences.push({ path: (a ?? b)!.path, left: a, right: b });
  }
  return differences;
}

/** Spans by path and role; literals have no value that could differ. */
function comparedParts(spans: readonly Span[]): Map<string, Span> {
  const parts = spans.filter((span) => span.role !== "literal");
  return new Map(parts.map((span) => [`${span.path} ${span.role}`, span]));
}
