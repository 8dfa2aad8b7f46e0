/**
 * msgpack values as parts of a binary message.
 *
 * @module
 */

import { bytesWritten, startState } from "../engine/mod.ts";
import { changedMeanwhile, CodecError, MISMATCH } from "../error.ts";
import { LIMITS, type Limits } from "../limits.ts";
import { type Cursor, extension, type ExtensionNode, type Infer, type Schema, type SpanSink } from "../schema/mod.ts";
import { arbitraryShape } from "./arbitrary.ts";
import { compileRead, compileTracedRead } from "./read.ts";
import { msgpackScanner } from "./scan.ts";
import { checkMsgpackShape, formatShape, type MsgpackNode, type MsgpackShape } from "./shape.ts";
import { hasUnknown, shapeBytesMax, shapeBytesMin, shapeDepth, shapeWidth } from "./sizes.ts";
import type { Read, ReadTrace, Write } from "./trace.ts";
import { compileWrite, writeTraced } from "./write.ts";

/** How deep a value of unknown shape may be at most, whatever the limits say: reading and writing it is recursive. */
export const MSGPACK_DEPTH_CEILING = 512;

/**
 * The limits that hold for a value; those not named are the codec's. Here `depthMax` counts the arrays and maps around a
 * value inside a value of unknown shape (a known shape bounds itself), and `elementsMax` counts the elements of arrays and
 * the keys and values of maps, but not those of tuples.
 */
function msgpackLimits(limits: Partial<Limits> | undefined): Limits {
  const { depthMax, elementsMax, stringBytesMax } = { ...LIMITS, ...limits };
  return Object.freeze({ depthMax: Math.min(depthMax, MSGPACK_DEPTH_CEILING), elementsMax, stringBytesMax });
}

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
): ExtensionNode & Schema<Infer<S>> {
  checkMsgpackShape(shape, "build msgpack: the shape");
  const node: MsgpackNode = shape;
  const { canonical = false } = options;
  const limits = msgpackLimits(options.limits);
  const functions = functionsOf(shape, limits, canonical);
  return extension<Infer<S>>({
    name: `msgpack ${formatShape(node)}`,
    bytesMin: shapeBytesMin(node),
    bytesMax: shapeBytesMax(node),
    decode: (cursor) => functions.decode(cursor) as Infer<S>,
    get read() {
      return functions.read as Read<Infer<S>>;
    },
    encode: functions.encode,
    get write() {
      return functions.write;
    },
    scanner() {
      const depthMax = shapeDepth(node) + (hasUnknown(node) ? limits.depthMax : 0);
      return msgpackScanner({ depthMax, elementsMax: Math.max(limits.elementsMax, shapeWidth(node)) });
    },
    endsItself: true,
    source: { language: "msgpack", shape: node, options: { limits, canonical } },
    generate: (choose) => arbitraryShape(node, choose) as Infer<S>,
    spans: functions.spans,
  });
}

/** What reads and writes the values of a shape; made when it is needed: a program that only reads needs no writer. */
function functionsOf(node: MsgpackNode, limits: Limits, canonical: boolean) {
  let reader: Read | undefined;
  let tracedReader: Read | undefined;
  let writer: Write | undefined;
  const read = () => reader ??= compileRead(node, limits, canonical);
  const write = () => writer ??= compileWrite(node, limits);
  const readTraced = (cursor: Cursor, sink?: SpanSink): unknown => {
    const { pos: start, partial = false } = cursor;
    tracedReader ??= compileTracedRead(node);
    const more = partial ? Infinity : 0;
    const trace: ReadTrace = { steps: [], start, more, frames: 0, canonical, sink, key: "" };
    return readFrom(cursor, limits, tracedReader, trace);
  };
  return {
    get read(): Read {
      return read();
    },
    get write(): Write {
      return write();
    },
    decode(cursor: Cursor): unknown {
      // Of the beginning of a value, counts cannot be held against the bytes that are there.
      if (cursor.partial === true) return readTraced(cursor);
      try {
        return readFrom(cursor, limits, read());
      } catch (thrown) {
        if (thrown === MISMATCH) readTraced(cursor);
        throw changedMeanwhile(thrown);
      }
    },
    encode(value: unknown): Uint8Array {
      try {
        return bytesWritten((o) => write()(o, value));
      } catch (thrown) {
        if (thrown === MISMATCH) writeTraced(node, limits, value);
        throw changedMeanwhile(thrown);
      }
    },
    /** Adds the parts of a value; of a broken one, those before the break. */
    spans(bytes: Uint8Array, sink: SpanSink): void {
      try {
        readTraced({ bytes, pos: 0, end: bytes.length }, sink);
      } catch (error) {
        if (!(error instanceof CodecError)) throw error;
      }
    },
  };
}

function readFrom(cursor: Cursor, limits: Limits, read: Read, trace?: ReadTrace): unknown {
  const state = startState(cursor.bytes, cursor.pos, cursor.end, limits, trace);
  state.copy = cursor.copy === true;
  const value = read(state);
  cursor.pos = state.pos;
  return value;
}
