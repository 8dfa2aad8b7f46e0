/**
 * The parts of a message: the start, end, kind and path of each.
 *
 * @module
 */

import type { PathStep } from "../path.ts";

/** What a span of bytes is to the value at its path. */
export type SpanRole = "value" | "length" | "tag" | "presence" | "literal";

/** A run of bytes and what it means. */
export interface Span {
  /** Path of the value that the bytes belong to; empty for the message itself. */
  readonly path: string;
  /** Offset of the first byte. */
  readonly start: number;
  /** Offset after the last byte. */
  readonly end: number;
  readonly role: SpanRole;
  /** What the bytes say. */
  readonly value: unknown;
}

/** What parts have in common, so that nothing needs to be kept of each: how the bytes are read once more. */
export interface SpanKind {
  readonly role: SpanRole;
  /** What `bytes[start, end)` say. */
  read(bytes: Uint8Array, start: number, end: number): unknown;
}

/** Takes the parts of a value in the order of its bytes: each begins where the one before it ended. */
export interface SpanSink {
  /** Goes down to a field (its name) or an element (its index). */
  enter(step: PathStep): void;
  /** Goes down to what the next part names: a key that comes from the bytes. */
  enterNext(): void;
  /** Goes up again. */
  leave(): void;
  /** Adds the part that ends before the offset `end`. There should be few kinds: make them once, not for each part. */
  part(end: number, kind: SpanKind): void;
}

/**
 * Adds the parts of what lies inside a message, whose offsets count from `start`.
 *
 * @returns where the last of them ends
 */
export function addShifted(parts: SpanSink, start: number, add: (parts: SpanSink) => void): number {
  let last = start;
  let depth = 0;
  add({
    enter(step) {
      depth++;
      parts.enter(step);
    },
    enterNext() {
      depth++;
      parts.enterNext();
    },
    leave() {
      depth--;
      parts.leave();
    },
    part(end, kind) {
      last = start + end;
      parts.part(last, kind);
    },
  });
  // What breaks off does not come up again by itself.
  for (; depth > 0; depth--) parts.leave();
  return last;
}
