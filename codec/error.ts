/**
 * The error class of the codec, the table of its codes, and the signal of an error in compiled code.
 *
 * @module
 */

import { joinPath } from "./path.ts";

/**
 * Every code a {@link CodecError} can carry, with its meaning. The codes are stable: programs may compare them, and
 * `docs/errors.md` lists the same ones.
 */
export const ERROR_CODES = {
  /** Decoding: the input ends before the value does. */
  truncated: "The input ends before the value does",
  /** Decoding: bytes are left after the value. */
  trailing: "Bytes are left after the value",
  /** Encoding: the value has the wrong JavaScript type, or a field is missing. */
  type: "The value has the wrong type",
  /** Encoding: a number does not fit its width. Decoding: an integer is above 2^53-1, or outside a stated range. */
  range: "The number is outside its range",
  /** Encoding: a string, byte string or array has a length that cannot be written. */
  length: "The length does not fit",
  /** A text is not valid UTF-8 (decoding) or has a lone surrogate (encoding). */
  utf8: "The text is not valid UTF-8",
  /** Literal bytes, or a constant value, are not the expected ones. */
  literal: "The bytes are not the expected ones",
  /** A bool or presence byte is neither 00 nor 01. */
  bool: "The byte is neither 00 nor 01",
  /** A value is not in the enumeration. */
  enum: "The value is not in the enumeration",
  /** The tag of a union names no case. */
  tag: "The tag names no case",
  /** An integer or length is not written in its shortest form. */
  canonical: "The form is not the shortest one",
  /** A length, count or presence does not agree with the earlier field it refers to. */
  reference: "The value does not agree with the field it refers to",
  /** A refinement or mapping of the schema refused the value. */
  refused: "The schema refused the value",
  /** A limit (bytes, elements, depth) was exceeded. */
  limit: "A limit was exceeded",
  /** Encoding into a given buffer: the buffer is too small. */
  space: "The target has no room for the value",
  /** A JSON document is malformed, or has a value of the wrong type. */
  json: "The JSON document is malformed",
  /** A msgpack value has another type than the schema says. */
  msgpack: "The msgpack value is not the expected one",
  /** Text that stands for a value (hex, a pattern, a query) cannot be parsed. */
  syntax: "The text cannot be parsed",
  /** A schema is not usable: it could never end, or it cannot be expressed as asked. */
  schema: "The schema is not usable",
  /** A stream of messages broke its protocol. */
  protocol: "The bytes do not follow the protocol",
} as const;

/** One of the stable error codes of {@link ERROR_CODES}. */
export type CodecErrorCode = keyof typeof ERROR_CODES;

/** Where and around what a {@link CodecError} happened. */
export interface CodecErrorDetails {
  /** Path of the value inside the message, as in `files[2].size`; empty for the message itself. */
  readonly path?: string;
  /** Offset in bytes from the start of the message (decoding: of the input; encoding: of the output). */
  readonly offset?: number;
  /** Facts that belong to the code, such as `needed` and `left`. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** The error that caused this one. */
  readonly cause?: unknown;
}

/**
 * Thrown for every input or value that does not fit its schema.
 *
 * ```ts
 * import { CodecError, decode, u32 } from "warpwire/codec";
 *
 * try {
 *   decode(u32, new Uint8Array(3));
 * } catch (error) {
 *   if (!(error instanceof CodecError)) throw error;
 *   console.log(error.code, error.offset); // truncated 0
 * }
 * ```
 */
export class CodecError extends Error {
  override readonly name: string = "CodecError";
  /** Stable code, see {@link ERROR_CODES}. */
  readonly code: CodecErrorCode;
  /** Path of the value inside the message; empty for the message itself. */
  readonly path: string;
  /** Offset in bytes from the start of the message, or -1 where no bytes are involved. */
  readonly offset: number;
  /** Facts that belong to the code. */
  readonly context: Readonly<Record<string, unknown>>;
  /** What is wrong, without the place. */
  readonly reason: string;

  constructor(code: CodecErrorCode, reason: string, details: CodecErrorDetails = {}) {
    const { path = "", offset = -1, context = {}, cause } = details;
    super(withPlace(reason, path, offset), cause === undefined ? undefined : { cause });
    this.code = code;
    this.reason = reason;
    this.path = path;
    this.offset = offset;
    this.context = context;
  }
}

function withPlace(reason: string, path: string, offset: number): string {
  const place = [];
  if (path !== "") place.push(`at ${path}`);
  if (offset >= 0) place.push(`offset ${offset}`);
  return place.length === 0 ? reason : `${reason} (${place.join(", ")})`;
}

/**
 * Thrown by compiled readers and writers for everything that does not fit; made once, because making errors is slow. What
 * is wrong is found by going over the same bytes or the same value once more.
 */
export const MISMATCH: unique symbol = /* @__PURE__ */ Symbol("does not fit");

/** The error for a value, or shared bytes, that did not fit at first but does when looked at again to say why not. */
export function changedMeanwhile(thrown: unknown): unknown {
  return thrown === MISMATCH ? new CodecError("type", "Value or bytes changed while they were in use") : thrown;
}

/** An error found inside a part of a message, seen from the whole message. */
export function relocated(error: CodecError, path: string, start: number): CodecError {
  return new CodecError(error.code, error.reason, {
    path: joinPath(path, error.path),
    offset: start + Math.max(error.offset, 0),
    context: error.context,
    cause: error.cause,
  });
}

/** The error for a function of the schema that threw. */
export function refused(name: string, cause: unknown, path: string, offset: number): CodecError {
  const why = cause instanceof CodecError ? cause.reason : cause instanceof Error ? cause.message : String(cause);
  return new CodecError("refused", `Value is refused by ${name}: ${why}`, { path, offset, cause });
}
