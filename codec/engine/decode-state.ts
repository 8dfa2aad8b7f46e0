/**
 * The state of readers: their position in the input, and how they report errors.
 *
 * @module
 */

import { MISMATCH } from "../error.ts";
import { truncated } from "../failures.ts";
import { LIMITS, type Limits } from "../limits.ts";
import { formatPath, type PathStep } from "../path.ts";
import type { Input, Node, Scope, SpanKind, SpanRole, SpanSink } from "../schema/mod.ts";
import { readText } from "../text/mod.ts";

/** What a reader knows about the input. */
export interface DecodeState extends Input {
  depth: number;
  /** Kept by traced readers only. */
  readonly trace: Trace | undefined;
}

/** What a traced reader keeps so that it can say what is wrong, and what the bytes mean. */
export interface Trace {
  /** The way from the message to the value that is being read. */
  readonly steps: PathStep[];
  /** How many bytes may follow after the end of the input: 0 unless the input is only a beginning. */
  more: number;
  /** How many frames are open. */
  frames: number;
  /** What takes the parts of the message, if anything does. */
  readonly sink: SpanSink | undefined;
}

/** Options of {@link traceState}. */
export interface TraceOptions {
  readonly limits?: Limits;
  /** Whether the bytes are only the beginning of an input whose end is not known. */
  readonly partial?: boolean;
  /** What takes the parts of the message. */
  readonly sink?: SpanSink;
}

/** Reads one value and moves `state.pos` past it; `index` is that of the element that the value is. */
export type Read = (state: DecodeState, scope: Scope, index?: number) => unknown;

/** How readers are built: plain, or with what keeps a trace around them. */
export interface Build {
  readonly traced: boolean;
  /** The reader of a schema. */
  read(node: Node): Read;
  /** Around what reads one part of the message, which ends where it has read to. */
  part<R extends Read>(role: SpanRole, read: R, kind?: SpanKind): R;
  /** Around the reader of a field. */
  field<R extends Read>(name: string, read: R): R;
  /** Around the reader of elements, which is called with the index of each. */
  item(read: Read): Read;
}

/** The state in which `bytes[pos, end)` is read. */
export function startState(bytes: Uint8Array, pos: number, end: number, limits: Limits, trace?: Trace): DecodeState {
  return { bytes, buffer: undefined, bufferStart: 0, pos, end, depth: 0, elements: 0, copy: false, limits, trace };
}

/** The state in which a traced reader reads `bytes[pos, end)`. */
export function traceState(bytes: Uint8Array, pos: number, end: number, options: TraceOptions = {}): DecodeState {
  const { limits = LIMITS, partial = false, sink } = options;
  return startState(bytes, pos, end, limits, { steps: [], more: partial ? Infinity : 0, frames: 0, sink });
}

/**
 * Throws for what does not fit: a plain reader only {@link MISMATCH}, which costs nothing; a traced one the error that
 * `say` throws for the path, the offset and the facts.
 */
export function fail<Facts extends unknown[]>(
  { trace }: DecodeState,
  say: (path: string, offset: number, ...facts: Facts) => never,
  offset: number,
  ...facts: Facts
): never {
  if (trace === undefined) throw MISMATCH;
  say(formatPath(trace.steps), offset, ...facts);
}

/** Throws because the next `needed` bytes are not all there. */
export function failShort(s: DecodeState, needed: number): never {
  fail(s, truncated, s.pos, needed, s.end - s.pos);
}

/** Reads `count` bytes, as a view of the input unless a copy is asked for. */
export function readView(s: Input, count: number): Uint8Array {
  const { pos } = s;
  if (count > s.end - pos) throw MISMATCH;
  s.pos = pos + count;
  let { buffer } = s;
  if (buffer === undefined) {
    buffer = s.buffer = s.bytes.buffer;
    s.bufferStart = s.bytes.byteOffset;
  }
  const view = new Uint8Array(buffer, s.bufferStart + pos, count);
  return s.copy ? view.slice() : view;
}

/** Bytes that are the value. */
export const BYTES: SpanKind = { role: "value", read: (bytes, start, end) => bytes.subarray(start, end) };

/** Bytes that are text. */
export const TEXT: SpanKind = { role: "value", read: (bytes, start, end) => readText(bytes, start, end) };

/** Texts were held against the limits when they were found. */
const UNLIMITED: Limits = { ...LIMITS, stringBytesMax: Infinity };

/** What a reader reads, and nothing else. */
export function kindOf(role: SpanRole, read: Read): SpanKind {
  return { role, read: (bytes, start, end) => read(startState(bytes, start, end, UNLIMITED), undefined) };
}
