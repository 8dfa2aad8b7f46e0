/**
 * The parts of what a walk reads, for {@link inspect}. It stands apart because programs that only decode walk, too, to say
 * what is wrong, and have no use for parts.
 *
 * @module
 */

import { CodecError } from "../error.ts";
import {
  addShifted,
  type Cursor,
  type ExtensionNode,
  type IntNode,
  type Node,
  type SpanKind,
  type SpanSink,
  type UnionNode,
  type VarintNode,
} from "../schema/mod.ts";
import type { PathStep } from "../path.ts";
import { BYTES, extensionKind, lengthKind, LITERAL, PRESENCE, tagKind, TEXT, valueKind } from "./span-kinds.ts";

type Extension = ExtensionNode["extension"];

/** What a part is: its kind, and the node that says more about it, where there is more. */
export type Part =
  | readonly [what: "bytes" | "text" | "literal" | "presence"]
  | readonly [what: "value", node: Node]
  | readonly [what: "length", node: IntNode | VarintNode]
  | readonly [what: "tag", node: UnionNode];

/** Adds the parts that a walk meets to a sink. */
export class WalkParts {
  readonly #sink: SpanSink;

  constructor(sink: SpanSink) {
    this.#sink = sink;
  }

  /** Goes down to a field or an element. */
  enter(step: PathStep): void {
    this.#sink.enter(step);
  }

  /** Goes up again. */
  leave(): void {
    this.#sink.leave();
  }

  /** Adds the part that ends before the offset `end`. */
  add(end: number, part: Part): void {
    this.#sink.part(end, kindOf(part));
  }

  /**
   * Begins with a value in another language.
   *
   * @returns what must be called when it was decoded, with its end, or when it was refused, with that of the input
   */
  extension(extension: Extension, cursor: Readonly<Cursor>): (end: number, isWhole: boolean) => void {
    const { bytes, pos: start } = cursor;
    // The value is not needed to find its parts: where these are enough, it is not made.
    const found = endOf(extension, cursor);
    let added = found < 0 ? start : this.#inside(extension, bytes, start, found);
    return (end, isWhole) => {
      if (found < 0) added = this.#inside(extension, bytes, start, end);
      if (isWhole && added !== end) this.#sink.part(end, added === start ? extensionKind(extension) : BYTES);
    };
  }

  /** Adds the parts of the bytes that an extension can tell apart; returns where the last of them ends. */
  #inside({ spans }: Extension, bytes: Uint8Array, start: number, end: number): number {
    if (spans === undefined) return start;
    return addShifted(this.#sink, start, (parts) => {
      try {
        spans(bytes.subarray(start, end), parts);
      } catch (error) {
        // What is wrong with the value is found when it is decoded.
        if (!(error instanceof CodecError)) throw error;
      }
    });
  }
}

function kindOf(part: Part): SpanKind {
  switch (part[0]) {
    case "bytes":
      return BYTES;
    case "text":
      return TEXT;
    case "literal":
      return LITERAL;
    case "presence":
      return PRESENCE;
    case "value":
      return valueKind(part[1]);
    case "length":
      return lengthKind(part[1]);
    case "tag":
      return tagKind(part[1]);
  }
}

/** Where the value ends that begins at a cursor, or -1 where that is not sure. */
function endOf(extension: Extension, { bytes, pos, end }: Readonly<Cursor>): number {
  if (extension.spans === undefined) return -1;
  try {
    return extension.scanner().push(bytes, pos, end);
  } catch {
    return -1;
  }
}
