/**
 * Finds the end of a message in bytes that arrive in chunks.
 *
 * The scanner is a state machine with an explicit stack: it can stop at any byte and continue from there, builds no
 * values (except for fields that others refer to), and never looks at a byte twice.
 *
 * @module
 */

import { compileRead } from "./read.ts";
import { startState } from "./decode-state.ts";
import {
  type ArrayNode,
  type ExtensionNode,
  type IntNode,
  isPresent,
  type LimitNode,
  type Node,
  refuseEmptyItems,
  resolve,
  type Size,
  sizeMin,
  VARINT_BYTES_MAX,
  type VarintNode,
} from "../schema/mod.ts";
import type { Limits } from "../limits.ts";
import { type Frame, type Scope, smallestRest, structFrame } from "./scan-frames.ts";
import { fixedSize, INCOMPLETE, skipOf } from "./skip.ts";

/** What {@link MessageScanner.scan} returns when the message continues. */
export const MORE = -1;
/** What {@link MessageScanner.scan} returns when the bytes cannot be a message: decoding them shows why. */
export const MALFORMED = -2;
/** What {@link MessageScanner.scan} returns when the message is larger than allowed. */
export const TOO_LARGE = -3;

/** Up to this many bytes it costs less to look at an element again than to remember how far it was looked at. */
const AGAIN_BYTES_MAX = 256;

/** Finds the ends of the messages of a schema. */
export class MessageScanner {
  readonly #node: Node;
  readonly #limits: Limits;
  readonly #bytesMax: number;
  #stack: Frame[] = [];
  #pos = 0;
  #elements = 0;
  #depth = 0;
  /** What a function of the schema or another language threw, if that is why the bytes are malformed. */
  refusal: unknown;
  /**
   * How many bytes of the message showed that it exceeds a limit inside it, if that is why it is malformed. What is
   * wrong is found in these bytes, so that it does not depend on how many more have come already.
   */
  exceededAt: number | undefined;

  /** @param bytesMax the largest message in bytes */
  constructor(node: Node, limits: Limits, bytesMax: number) {
    this.#node = node;
    this.#limits = limits;
    this.#bytesMax = bytesMax;
    this.reset();
  }

  /** Begins with a new message. */
  reset(): void {
    this.#stack = [{ kind: "nodes", nodes: [this.#node], index: 0, scope: undefined }];
    this.#pos = 0;
    this.#elements = 0;
    this.#depth = 0;
    this.exceededAt = undefined;
  }

  /**
   * Looks at the message that begins at `bytes[start]`, of which the bytes up to `end` are there. What was looked at in
   * an earlier call must be there again, in whatever memory; it is not looked at again. After the end of a message the
   * next call begins with the next one.
   *
   * @returns the length of the message, {@link MORE}, {@link MALFORMED} or {@link TOO_LARGE}
   */
  scan(bytes: Uint8Array, start: number, end: number): number {
    const input = { bytes, start, end };
    try {
      while (this.#stack.length > 0) {
        const signal = this.#step(input);
        if (signal < 0) return signal;
      }
    } catch (error) {
      this.refusal = error;
      // Whatever a function of the schema or another language throws here, it throws again when the bytes are decoded.
      return MALFORMED;
    }
    const length = this.#pos;
    this.reset();
    return length;
  }

  /** How many bytes more than the `there` ones of the message are needed at least, after {@link MORE}. */
  needed(there: number): number {
    let end = this.#pos;
    for (const frame of this.#stack) end += smallestRest(frame, this.#pos);
    return Math.max(1, end - there);
  }

  #step(input: Input): number {
    const frame = this.#stack.at(-1)!;
    switch (frame.kind) {
      case "nodes":
        if (frame.index === frame.nodes.length) return this.#pop();
        return this.#enter(frame.nodes[frame.index++], frame.scope, input);
      case "fields":
        return this.#field(frame, input);
      case "repeat":
        return this.#repeat(frame, input);
      case "skip":
        return this.#skip(frame, input);
      case "rest":
        return this.#advance(input.end - input.start, MORE);
      case "value":
        return this.#value(frame, input);
      case "limit":
        return this.#pop();
      case "lazy":
        this.#depth--;
        return this.#pop();
    }
  }

  /** Passes over the elements that are all there, then enters the one that is not. */
  #repeat(frame: Extract<Frame, { kind: "repeat" }>, input: Input): number {
    const skip = skipOf(frame.item);
    if (skip !== null) {
      // An element that is too long is entered: where in it the limit is exceeded does not depend on what has come.
      const limitEnd = this.#limitEnd();
      const endMax = input.start + Math.min(this.#bytesMax, limitEnd);
      let at = input.start + this.#pos;
      let after = at;
      for (; frame.left > 0; frame.left--) {
        after = skip(input.bytes, at, input.end);
        if (after < 0 || after > endMax) break;
        at = after;
      }
      this.#pos = at - input.start;
      // What little there is of the next element is looked at again when there is more of it, unless that may be
      // refused.
      if (after === INCOMPLETE && input.end - at < AGAIN_BYTES_MAX && limitEnd === Infinity) return MORE;
    }
    if (frame.left === 0) return this.#pop();
    frame.left--;
    return this.#enter(frame.item, frame.scope, input);
  }

  #pop(): number {
    this.#stack.pop();
    return 0;
  }

  #push(frame: Frame): number {
    this.#stack.push(frame);
    return 0;
  }

  /** Moves on to `pos`, up to which everything was looked at byte by byte. */
  #advance(pos: number, signal: number): number {
    this.#pos = pos;
    // Of the first byte beyond the limit it is the last one.
    const pastLimit = this.#limitEnd() + 1;
    return this.#overLimit(Math.min(pos, pastLimit), pastLimit) ?? signal;
  }

  /** Where the limits that are open end, as an offset in the message. */
  #limitEnd(): number {
    let end = Infinity;
    for (const frame of this.#stack) {
      if (frame.kind === "limit") end = Math.min(end, frame.start + frame.bytesMax);
    }
    return end;
  }

  /**
   * Whether a message that will reach up to `pos`, as its first `looked` bytes say, is too large, for itself or for a
   * limit inside it.
   */
  #overLimit(pos: number, looked = this.#pos): number | undefined {
    if (pos > this.#bytesMax) return TOO_LARGE;
    if (pos <= this.#limitEnd()) return undefined;
    this.exceededAt = looked;
    return MALFORMED;
  }

  #skip(frame: Extract<Frame, { kind: "skip" }>, { start, end }: Input): number {
    const over = this.#overLimit(this.#pos + frame.left);
    if (over !== undefined) return over;
    const there = Math.min(frame.left, end - start - this.#pos);
    this.#pos += there;
    frame.left -= there;
    return frame.left > 0 ? MORE : this.#pop();
  }

  #field(frame: Extract<Frame, { kind: "fields" }>, input: Input): number {
    const { fields, referred } = frame;
    const last = fields[frame.index - 1];
    if (last !== undefined && referred.has(last.name) && !Object.hasOwn(frame.scope!, last.name)) {
      frame.scope![last.name] = this.#decode(last.schema, frame, input);
    }
    if (frame.index === fields.length) return this.#pop();
    frame.start = this.#pos;
    return this.#enter(fields[frame.index++].schema, frame.scope, input);
  }

  /** The value of a field that is complete. */
  #decode(schema: Node, frame: Extract<Frame, { kind: "fields" }>, { bytes, start }: Input): unknown {
    const state = startState(bytes, start + frame.start, start + this.#pos, this.#limits);
    state.depth = this.#depth;
    state.copy = true;
    return compileRead(schema)(state, frame.scope);
  }

  #value(frame: Extract<Frame, { kind: "value" }>, { bytes, start, end }: Input): number {
    const from = start + frame.start + frame.pushed;
    const after = frame.scanner.push(bytes, from, end);
    if (after < 0) {
      frame.pushed += end - from;
      return this.#advance(end - start, MORE);
    }
    this.#stack.pop();
    return this.#advance(after - start, 0);
  }

  /** Begins with a node: what has a fixed size is skipped, everything else gets a frame. */
  #enter(node: Node, scope: Scope, input: Input): number {
    const fixed = fixedSize(node);
    if (fixed >= 0) return fixed === 0 ? 0 : this.#skipNew(fixed, input);
    switch (node.kind) {
      case "varint":
        return this.#int(node, input, () => 0);
      case "bytes":
      case "string":
        return this.#sized(node, scope, input);
      case "array":
        return this.#array(node, scope, input);
      case "struct":
        return this.#push(structFrame(node));
      case "tuple":
        return this.#push({ kind: "nodes", nodes: node.items, index: 0, scope });
      case "enum":
        return this.#int(node.int, input, () => 0);
      case "union":
        return this.#int(node.tag, input, (tag) => {
          const found = node.cases.find((one) => one.tag === tag);
          return found === undefined ? MALFORMED : this.#push(structFrame(found.schema));
        });
      case "optional":
        return this.#optional(node, scope, input);
      case "lazy":
        if (this.#depth >= this.#limits.depthMax) return MALFORMED;
        this.#depth++;
        this.#push({ kind: "lazy" });
        return this.#push({ kind: "nodes", nodes: [node.get()], index: 0, scope: undefined });
      case "limit":
        return this.#limit(node, scope);
      case "framed":
        return this.#int(node.int, input, (count) => this.#skipNew(count, input));
      case "extension":
        return this.#begin(node.extension);
      case "constant":
      case "map":
      case "refine":
        return this.#push({ kind: "nodes", nodes: [node.schema], index: 0, scope });
      default:
        return MALFORMED;
    }
  }

  #skipNew(count: number, input: Input): number {
    this.#push({ kind: "skip", left: count });
    return this.#step(input);
  }

  #begin({ bytesMin, scanner }: ExtensionNode["extension"]): number {
    return this.#push({ kind: "value", scanner: scanner(), bytesMin, pushed: 0, start: this.#pos });
  }

  #limit(node: LimitNode, scope: Scope): number {
    this.#push({ kind: "limit", bytesMax: node.bytesMax, start: this.#pos });
    return this.#push({ kind: "nodes", nodes: [node.schema], index: 0, scope });
  }

  /**
   * Reads an integer that says how the message continues; when it is not all there, the node is entered again later.
   */
  #int(node: IntNode | VarintNode, input: Input, then: (value: number) => number): number {
    const at = input.start + this.#pos;
    const size = node.kind === "varint" ? varintSize(input.bytes, at, input.end) : node.bytes;
    if (size < 0 || input.end - at < size) {
      if (node.kind === "varint" && input.end - at >= VARINT_BYTES_MAX) return MALFORMED;
      this.#again();
      return MORE;
    }
    const value = this.#decodeInt(node, input, at, size);
    const over = this.#overLimit(this.#pos + size);
    if (over !== undefined) return over;
    this.#pos += size;
    return then(value);
  }

  #decodeInt(node: Node, { bytes }: Input, at: number, size: number): number {
    return compileRead(node)(startState(bytes, at, at + size, this.#limits), undefined) as number;
  }

  /** Takes back that the current node was entered. */
  #again(): void {
    const frame = this.#stack.at(-1)!;
    if (frame.kind === "nodes" || frame.kind === "fields") frame.index--;
    else if (frame.kind === "repeat") frame.left++;
  }

  #count(size: Size, scope: Scope, input: Input, then: (count: number) => number): number {
    switch (size.kind) {
      case "fixed":
        return then(size.count);
      case "prefix":
        return this.#int(size.int, input, then);
      case "ref":
        return then(resolve(size, scope) as number);
      case "rest":
        return this.#push({ kind: "rest" });
    }
  }

  #sized(node: Extract<Node, { kind: "bytes" | "string" }>, scope: Scope, input: Input): number {
    return this.#count(node.size, scope, input, (count) => {
      if (!(count >= 0) || (node.kind === "string" && count > this.#limits.stringBytesMax)) return MALFORMED;
      return this.#skipNew(count, input);
    });
  }

  #array(node: ArrayNode, scope: Scope, input: Input): number {
    refuseEmptyItems(node);
    return this.#count(node.size, scope, input, (count) => {
      this.#elements += count;
      if (!(count >= 0) || this.#elements > this.#limits.elementsMax) return MALFORMED;
      const over = this.#overLimit(this.#pos + count * sizeMin(node.item));
      if (over !== undefined) return over;
      const item = fixedSize(node.item);
      return item >= 0
        ? this.#skipNew(count * item, input)
        : this.#push({ kind: "repeat", item: node.item, left: count, scope });
    });
  }

  #optional(node: Extract<Node, { kind: "optional" }>, scope: Scope, input: Input): number {
    const go = (present: boolean) => present ? this.#push({ kind: "nodes", nodes: [node.schema], index: 0, scope }) : 0;
    if (node.presence.kind !== "byte") return go(isPresent(node.presence, scope));
    return this.#int(PRESENCE, input, (byte) => byte > 1 ? MALFORMED : go(byte === 1));
  }
}

interface Input {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

const PRESENCE: IntNode = { kind: "int", bytes: 1, signed: false, littleEndian: false, big: false };

/** The size of a varint, or -1 when its last byte is not there. */
function varintSize(bytes: Uint8Array, at: number, end: number): number {
  for (let index = at; index < Math.min(end, at + VARINT_BYTES_MAX); index++) {
    if (bytes[index] < 128) return index - at + 1;
  }
  return -1;
}
