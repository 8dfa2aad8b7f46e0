/**
 * Frames of objects: the type's name, the length of the payload, the payload.
 *
 * @module
 */

import {
  CodecError,
  type Cursor,
  extension,
  type Scanner,
  type Schema,
  type SpanKind,
  type SpanSink,
  u32,
} from "../../mod.ts";
import { BYTES, valueKind } from "../../engine/mod.ts";
import { truncated } from "../../failures.ts";
import { arbitraryBytes, arbitraryText } from "../../arbitrary/mod.ts";
import { readText, textBytes } from "../../text/mod.ts";

/** Bounds on what one object may cost. */
export interface ObjectLimits {
  /** Bytes of the payload of a binary frame, or that a JSON message would have as one. */
  readonly payloadBytesMax: number;
  /** Bytes of a JSON message. */
  readonly jsonBytesMax: number;
}

/**
 * The limits that hold unless others are given. 8 MiB is far above any message here, leaves room for the blobs that
 * services send, and fits with its frame into what a stream of messages holds by default.
 */
export const OBJECT_LIMITS: ObjectLimits = Object.freeze({
  payloadBytesMax: 8 * 1024 * 1024,
  jsonBytesMax: 16 * 1024 * 1024,
});

/**
 * Limits for a session before it becomes the stream of a query: the longest query takes 64 KiB, which leaves as much
 * for its filters.
 */
export const SESSION_LIMITS: ObjectLimits = Object.freeze({
  payloadBytesMax: 128 * 1024,
  jsonBytesMax: 512 * 1024,
});

/** A frame whose payload is not looked into. */
export interface ObjectFrame {
  readonly type: string;
  readonly payload: Uint8Array;
}

/** What is checked while a frame is being read. */
export interface FrameRules {
  readonly payloadBytesMax: number;
  /** Throws a CodecError for a type that is refused; called as soon as the name is complete. */
  readonly checkType: (type: string) => void;
}

/** The part of a frame before its payload. */
export interface FrameHeader {
  readonly type: string;
  /** Bytes before the payload. */
  readonly headerBytes: number;
  readonly payloadBytes: number;
}

const LENGTH_BYTES = 4;
const TYPE_BYTES_MAX = 255;
const HEADER_BYTES_MAX = 1 + TYPE_BYTES_MAX + LENGTH_BYTES;
/** Bytes of a type or payload that is made up for tests. */
const GENERATED_BYTES_MAX = 20;

/**
 * The schema of frames of any type, for programs that forward objects. The payload has its own memory.
 *
 * ```ts
 * import { formatHex, encode } from "warpwire/codec";
 * import { objectFrame } from "warpwire/protocols/astral";
 *
 * console.log(formatHex(encode(objectFrame(), { type: "ack", payload: new Uint8Array(0) }))); // 0361636b00000000
 * ```
 */
export function objectFrame(limits: Partial<ObjectLimits> = {}): Schema<ObjectFrame> {
  const rules: FrameRules = { payloadBytesMax: payloadBytesMaxOf(limits), checkType: () => {} };
  return extension<ObjectFrame>({
    name: "astral frame",
    ...frameSizes(rules),
    decode(cursor) {
      const { type, payload } = readFrame(cursor, rules);
      return { type, payload: payload.slice() };
    },
    encode: ({ type, payload }) => writeFrame(type, payload, rules),
    scanner: () => frameScanner(rules),
    spans(bytes, parts) {
      addHeaderParts(bytes, rules, parts);
      addField(parts, "payload", bytes.length, BYTES);
    },
    generate: (choose) => ({
      type: arbitraryText(choose, choose(GENERATED_BYTES_MAX)),
      payload: arbitraryBytes(choose, choose(GENERATED_BYTES_MAX)),
    }),
  });
}

/** The limit that holds for payloads. */
export function payloadBytesMaxOf(limits: Partial<ObjectLimits>): number {
  const payloadBytesMax = limits.payloadBytesMax ?? OBJECT_LIMITS.payloadBytesMax;
  if (!Number.isInteger(payloadBytesMax) || payloadBytesMax < 0) {
    throw new RangeError(`Cannot use ${payloadBytesMax} as payloadBytesMax: it must be a whole number from 0`);
  }
  return payloadBytesMax;
}

/** The sizes of the smallest and the largest frame. */
export function frameSizes(rules: FrameRules): { readonly bytesMin: number; readonly bytesMax: number } {
  return { bytesMin: 1 + LENGTH_BYTES, bytesMax: HEADER_BYTES_MAX + rules.payloadBytesMax };
}

/** Reads a frame and moves the cursor past it; the payload is a view of the input. */
export function readFrame(cursor: Cursor, rules: FrameRules): FrameHeader & { readonly payload: Uint8Array } {
  const { bytes, pos, end } = cursor;
  const header = parseHeader(bytes, pos, end, rules);
  if ("needed" in header) failCut(header, pos, end);
  const start = pos + header.headerBytes;
  if (end - start < header.payloadBytes) {
    failCut({ needed: header.payloadBytes, at: header.headerBytes, path: "payload" }, pos, end);
  }
  cursor.pos = start + header.payloadBytes;
  return { ...header, payload: bytes.subarray(start, cursor.pos) };
}

/** The bytes of a frame. */
export function writeFrame(type: string, payload: Uint8Array, rules: FrameRules): Uint8Array {
  rules.checkType(type);
  const name = textBytes(type);
  if (name === undefined) throw new CodecError("utf8", "Type has a lone surrogate", { path: "type" });
  if (name.length > TYPE_BYTES_MAX) {
    throw new CodecError("length", `Type of ${name.length} bytes is longer than ${TYPE_BYTES_MAX}`, { path: "type" });
  }
  checkPayload(payload.length, rules);
  const frame = new Uint8Array(1 + name.length + LENGTH_BYTES + payload.length);
  frame[0] = name.length;
  frame.set(name, 1);
  new DataView(frame.buffer).setUint32(1 + name.length, payload.length);
  frame.set(payload, 1 + name.length + LENGTH_BYTES);
  return frame;
}

/** Finds the end of a frame; keeps the header, never the payload. */
export function frameScanner(rules: FrameRules): Scanner {
  const head = new Uint8Array(HEADER_BYTES_MAX);
  let headBytes = 0;
  let left = -1;
  return {
    push(bytes, start, end) {
      let pos = start;
      while (left < 0) {
        const header = parseHeader(head, 0, headBytes, rules);
        if (!("needed" in header)) {
          left = header.payloadBytes;
          break;
        }
        // Never more than the header needs, so that the payload begins at the next byte.
        const count = Math.min(header.at + header.needed - headBytes, end - pos);
        if (count === 0) return -1;
        head.set(bytes.subarray(pos, pos + count), headBytes);
        headBytes += count;
        pos += count;
      }
      const count = Math.min(left, end - pos);
      left -= count;
      return left === 0 ? pos + count : -1;
    },
  };
}

const TYPE: SpanKind = { role: "value", read: (bytes, start, end) => readText(bytes, start + 1, end) };
const PAYLOAD_BYTES: SpanKind = valueKind(u32);

/** Adds the parts of a whole frame before its payload. */
export function addHeaderParts(bytes: Uint8Array, rules: FrameRules, parts: SpanSink): FrameHeader {
  const header = readFrame({ bytes, pos: 0, end: bytes.length }, rules);
  addField(parts, "type", header.headerBytes - LENGTH_BYTES, TYPE);
  addField(parts, "payloadBytes", header.headerBytes, PAYLOAD_BYTES);
  return header;
}

/** Adds a part with a name. */
export function addField(parts: SpanSink, name: string, end: number, kind: SpanKind): void {
  parts.enter(name);
  parts.part(end, kind);
  parts.leave();
}

/** What is missing: `needed` bytes from `at` (counted from the frame's first byte) on. */
interface Missing {
  readonly needed: number;
  readonly at: number;
  readonly path: string;
}

function parseHeader(bytes: Uint8Array, start: number, end: number, rules: FrameRules): FrameHeader | Missing {
  const left = end - start;
  if (left < 1) return { needed: 1, at: 0, path: "type" };
  const typeBytes = bytes[start];
  if (left < 1 + typeBytes) return { needed: typeBytes, at: 1, path: "type" };
  const lengthAt = 1 + typeBytes;
  const type = readText(bytes, start + 1, start + lengthAt);
  if (type === undefined) throw new CodecError("utf8", "Type is not valid UTF-8", { path: "type", offset: 1 });
  rules.checkType(type);
  if (left < lengthAt + LENGTH_BYTES) return { needed: LENGTH_BYTES, at: lengthAt, path: "payloadBytes" };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const payloadBytes = view.getUint32(start + lengthAt);
  checkPayload(payloadBytes, rules, lengthAt);
  return { type, headerBytes: lengthAt + LENGTH_BYTES, payloadBytes };
}

function checkPayload(payloadBytes: number, { payloadBytesMax }: FrameRules, offset = -1): void {
  if (payloadBytes <= payloadBytesMax) return;
  throw new CodecError("limit", `Payload of ${payloadBytes} bytes is longer than ${payloadBytesMax}`, {
    path: "payload",
    offset,
    context: { payloadBytes, payloadBytesMax },
  });
}

function failCut({ needed, at, path }: Missing, start: number, end: number): never {
  truncated(path, at, needed, end - start - at);
}
