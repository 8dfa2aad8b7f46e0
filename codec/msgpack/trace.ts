/**
 * What tracing adds to readers and writers, so that each is defined once: the plain build only rejects what
 * is invalid; the traced build records paths and parts and reports why.
 *
 * @module
 */

import { MISMATCH } from "../error.ts";
import { type MessageOutput, startState, type Trace } from "../engine/mod.ts";
import { truncated } from "../failures.ts";
import { LIMITS } from "../limits.ts";
import { formatPath, type PathStep } from "../path.ts";
import type { Input, SpanKind } from "../schema/mod.ts";
import { readText } from "../text/mod.ts";
import { notAByte, notShortest, otherType } from "./failures.ts";
import { type Head, isShortest, type Kind, readHead } from "./format.ts";

/** Reads one value and moves `input.pos` past it; `step` is where the value is inside the one around it. */
export type Read<T = unknown> = (input: Input, step?: PathStep) => T;

/** Writes one value and moves `output.pos` past it; `step` is where the value is inside the one around it. */
export type Write<T = unknown> = (output: MessageOutput, value: T, step?: PathStep) => void;

/** What is kept while a value is read. */
export interface ReadTrace extends Trace {
  /** Where the value begins: offsets count from there. */
  readonly start: number;
  readonly canonical: boolean;
  /** The head read last. */
  head?: Head;
  /** The key read last. */
  key: string;
}

function traceOf(s: Input): ReadTrace {
  const { trace } = s as { readonly trace?: ReadTrace };
  if (trace === undefined) throw MISMATCH;
  return trace;
}

/** The function of an error: its name says what is wrong; `facts` are what the error shows. */
type Failure<Facts extends unknown[]> = (path: string, offset: number, ...facts: Facts) => never;

/** Throws what a failure throws for the offset `at`; in a plain reader only MISMATCH. */
export function fail<Facts extends unknown[]>(
  s: Input,
  failure: Failure<Facts>,
  at: number,
  ...facts: Facts
): never {
  const { steps, start } = traceOf(s);
  failure(formatPath(steps), at - start, ...facts);
}

/** As {@link fail}, at the beginning of the value whose head was read last. */
export function failAtHead<Facts extends unknown[]>(s: Input, failure: Failure<Facts>, ...facts: Facts): never {
  fail(s, failure, lastHead(s).start, ...facts);
}

/** The head that was read last; MISMATCH in plain readers, which have none. */
export function lastHead(s: Input): Head {
  return traceOf(s).head!;
}

/** Throws because the bytes that are left cannot be `needed`, unless more may follow. */
export function failFew(s: Input, needed: number): void {
  const { head, more } = traceOf(s);
  const left = s.end - s.pos;
  if (needed > left + more) fail(s, truncated, head!.start, needed, left);
}

/** Throws because a map has the key that was read last, and should not. */
export function failKey<Facts extends unknown[]>(
  s: Input,
  failure: Failure<[...Facts, string]>,
  ...facts: Facts
): never {
  failAtHead(s, failure, ...facts, traceOf(s).key);
}

/** Throws because no value of these kinds begins here. */
export function failKind(s: Input, kinds: readonly Kind[]): never {
  fail(s, otherType, s.pos, kinds.join(" or "), headOf(s).kind);
}

function headOf(s: Input): Head {
  const { bytes, pos, end } = s;
  traceOf(s);
  const head = readHead(bytes, pos, end);
  if (typeof head === "number") fail(s, truncated, pos, head, end - pos);
  if (head.kind === "never") fail(s, notAByte, pos);
  return head;
}

/** Looks at the head of a value of some kinds, whose content must be there unless it consists of other values. */
function begin(s: Input, kinds: readonly Kind[], expected = (text: string) => text): ReadTrace {
  const trace = traceOf(s);
  const head = trace.head = headOf(s);
  const { kind, start, body, size } = head;
  if (kind !== "array" && kind !== "map") {
    const needed = body - start + size;
    if (needed > s.end - start) fail(s, truncated, start, needed, s.end - start);
  }
  if (trace.canonical && !isShortest(s.bytes, head)) fail(s, notShortest, start, kind);
  if (!kinds.includes(kind)) fail(s, otherType, start, expected(kinds.join(" or ")), kind);
  return trace;
}

/** How readers are made: with tracing, or with nothing. */
export interface ReadHow {
  readonly traced: boolean;
  /** Around what reads a value without parts. */
  readonly leaf: <T>(kinds: readonly Kind[], read: Read<T>) => Read<T>;
  /** Around what reads the header of an array or a map. */
  readonly header: (kinds: readonly Kind[], read: Read<number>) => Read<number>;
  /** Around what reads a key; see {@link ReadHow.keyed}. */
  readonly key: <T>(kinds: readonly Kind[], read: Read<T>) => Read<T>;
  /** Around what reads the value of the key that was read last. */
  readonly keyed: (read: Read) => Read;
  /** Around what reads the value at the step that the reader is called with. */
  readonly inside: (read: Read) => Read;
}

const same = <T>(read: T): T => read;
const sameFor = <T>(_: readonly Kind[], read: Read<T>): Read<T> => read;

/** Nothing is added. */
export const PLAIN: ReadHow = {
  traced: false,
  leaf: sameFor,
  header: sameFor,
  key: sameFor,
  keyed: same,
  inside: same,
};

/** Texts were held against the limits when they were found. */
const UNLIMITED = { ...LIMITS, stringBytesMax: Infinity };

/** Elements of an array or pairs of a map. */
const LENGTH: SpanKind = { role: "length", read: (bytes, start, end) => (readHead(bytes, start, end) as Head).size };
/** A key of a map. */
const KEY: SpanKind = {
  role: "tag",
  read(bytes, start, end) {
    const { body, size } = readHead(bytes, start, end) as Head;
    return readText(bytes, body, body + size);
  },
};

/** Paths and parts are kept. */
export const TRACED: ReadHow = {
  traced: true,
  leaf(kinds, read) {
    const kind: SpanKind = {
      role: "value",
      read: (bytes, start, end) => read(startState(bytes, start, end, UNLIMITED)),
    };
    return (s) => {
      const trace = begin(s, kinds);
      const value = read(s);
      trace.sink?.part(s.pos - trace.start, kind);
      return value;
    };
  },
  header: (kinds, read) => (s) => {
    const trace = begin(s, kinds);
    const count = read(s);
    trace.sink?.part(s.pos - trace.start, LENGTH);
    return count;
  },
  key: (kinds, read) => (s, step) => {
    const trace = begin(s, kinds, (text) => `a ${text} as a key`);
    const found = read(s, step);
    const { body, size } = trace.head!;
    trace.key = readText(s.bytes, body, body + size)!;
    trace.sink?.enterNext();
    trace.sink?.part(s.pos - trace.start, KEY);
    return found;
  },
  keyed: (read) => (s) => {
    const { steps, sink, key } = traceOf(s);
    steps.push(key);
    const value = read(s);
    sink?.leave();
    steps.pop();
    return value;
  },
  inside: (read) => (s, step) => {
    const { steps, sink } = traceOf(s);
    steps.push(step!);
    sink?.enter(step!);
    const value = read(s);
    sink?.leave();
    steps.pop();
    return value;
  },
};

/** How writers are made: around each that is called with a step, the path with that step, or nothing. */
export interface WriteHow {
  readonly traced: boolean;
  readonly inside: <T>(write: Write<T>) => Write<T>;
}

/** Nothing is added. */
export const PLAIN_WRITE: WriteHow = { traced: false, inside: same };

/** Paths are kept. */
export const TRACED_WRITE: WriteHow = {
  traced: true,
  inside: (write) => (o, value, step) => {
    o.steps!.push(step!);
    write(o, value, step);
    o.steps!.pop();
  },
};
