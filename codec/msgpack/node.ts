/**
 * msgpack values as parts of a binary message.
 *
 * @module
 */

import { startState } from "../engine/mod.ts";
import { CodecError, MISMATCH } from "../error.ts";
import { type Cursor, extension, type ExtensionNode, type Input, type Schema } from "../schema/mod.ts";
import type { Limits } from "../limits.ts";
import { compileWhole } from "./compile-read.ts";
import { compileWrite } from "./compile-write.ts";
import { formatShape } from "./format-shape.ts";
import { generateShape } from "./generate.ts";
import { msgpackLimits } from "./limits.ts";
import { checkMsgpackShape, type MsgpackInfer, type MsgpackNode, type MsgpackShape } from "./nodes.ts";
import type { Read } from "./read-scalars.ts";
import { msgpackScanner } from "./scan.ts";
import { hasUnknown, shapeBytesMax, shapeBytesMin, shapeDepth, shapeWidth } from "./sizes.ts";
import { ReadWalk, type ReadWalkOptions } from "./walk-read.ts";
import { WriteWalk } from "./walk-write.ts";
import type { Write } from "./write-scalars.ts";

/** Options of {@link msgpack}. */
export interface MsgpackOptions {
  /** Bounds on the cost of a value; those not named keep their defaults. */
  readonly limits?: Partial<Limits>;
  /**
   * Whether only the forms that u-msgpack writes are accepted: the shortest ones, and floats of 8 bytes. By default every
   * form is, as u-msgpack does it.
   */
  readonly canonical?: boolean;
}

/**
 * One msgpack value in a message.
 *
 * ```ts
 * import { encode, formatHex, struct, u8 } from "warpwire/codec";
 * import { msgpack, str, tupleOf, uint } from "warpwire/msgpack";
 *
 * const Frame = struct({ type: u8, call: msgpack(tupleOf([str, uint])) });
 * console.log(formatHex(encode(Frame, { type: 2, call: ["ping", 300] }))); // 0292a470696e67cd012c
 * ```
 */
export function msgpack<S extends MsgpackShape>(
  shape: S,
  options: MsgpackOptions = {},
): ExtensionNode & Schema<MsgpackInfer<S>> {
  checkMsgpackShape(shape, "build msgpack: the shape");
  const node: MsgpackNode = shape;
  const { canonical = false } = options;
  const limits = msgpackLimits(options.limits);
  // A program that only reads needs no writer, and the other way round.
  let reader: Read | undefined;
  let writer: Write | undefined;
  const read = () => reader ??= compileWhole(node, limits, canonical);
  return extension<MsgpackInfer<S>>({
    name: `msgpack ${formatShape(node)}`,
    bytesMin: shapeBytesMin(node),
    bytesMax: shapeBytesMax(node),
    decode: (cursor) => decodeValue(node, read(), cursor, { limits, canonical }) as MsgpackInfer<S>,
    get read() {
      return read() as (input: Input) => MsgpackInfer<S>;
    },
    encode(value) {
      const walk = new WriteWalk(limits);
      walk.write(node, value);
      return walk.bytes;
    },
    get write() {
      return writer ??= compileWrite(node, limits);
    },
    scanner() {
      const depthMax = shapeDepth(node) + (hasUnknown(node) ? limits.depthMax : 0);
      return msgpackScanner({ depthMax, elementsMax: Math.max(limits.elementsMax, shapeWidth(node)) });
    },
    endsItself: true,
    source: { language: "msgpack", shape: node, options: { limits, canonical } },
    generate: (choose) => generateShape(node, choose) as MsgpackInfer<S>,
    spans: (bytes, parts) => addParts(node, bytes, { limits, canonical, copy: false, parts }),
  });
}

function decodeValue(
  node: MsgpackNode,
  read: Read,
  cursor: Cursor,
  { limits, canonical }: { readonly limits: Limits; readonly canonical: boolean },
): unknown {
  if (cursor.partial === true) return decodePartial(node, cursor, { limits, canonical });
  const { bytes, pos, end } = cursor;
  const state = startState(bytes, pos, end, limits);
  state.copy = cursor.copy === true;
  try {
    const value = read(state);
    cursor.pos = state.pos;
    return value;
  } catch (thrown) {
    if (thrown !== MISMATCH) throw thrown;
    new ReadWalk(bytes, pos, end, { limits, canonical, copy: false }).read(node);
    throw new Error("The compiled msgpack reader and the plain walk disagree");
  }
}

/** Reads the beginning of a value whose other bytes are still to come: counts cannot be held against those that are there. */
function decodePartial(
  node: MsgpackNode,
  cursor: Cursor,
  options: { readonly limits: Limits; readonly canonical: boolean },
): unknown {
  const { bytes, pos, end, copy = false } = cursor;
  const walk = new ReadWalk(bytes, pos, end, { ...options, copy, partial: true });
  const value = walk.read(node);
  cursor.pos = walk.pos;
  return value;
}

/** Adds the parts of a value; of a broken one, those before the break. */
function addParts(node: MsgpackNode, bytes: Uint8Array, options: ReadWalkOptions): void {
  try {
    new ReadWalk(bytes, 0, bytes.length, options).read(node);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
  }
}
