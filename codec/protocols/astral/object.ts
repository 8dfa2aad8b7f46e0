/**
 * Typed objects in their binary form.
 *
 * @module
 */

import { CodecError, type Cursor, decodePrefix, encode, extension, type Schema, type SpanSink } from "../../mod.ts";
import { arbitraryValue, pick } from "../../arbitrary/mod.ts";
import { addShifted, type RandomSource } from "../../schema/mod.ts";
import { addParts } from "../../inspect/mod.ts";
import { joinPath } from "../../path.ts";
import { BYTES } from "../../engine/mod.ts";
import { show } from "../../text/mod.ts";
import {
  addField,
  addHeaderParts,
  type FrameRules,
  frameScanner,
  frameSizes,
  type ObjectLimits,
  payloadBytesMaxOf,
  readFrame,
  writeFrame,
} from "./object-frame.ts";
import { type AstralObject, isObjectType, OBJECT_TYPES, type ObjectType } from "./object-types.ts";

/** What {@link decodeObject} found. */
export interface ObjectReading {
  readonly object: AstralObject;
  /** Bytes of the payload after the value. Nodes ignore them, so that types can grow at their end. */
  readonly ignoredBytes: number;
}

/**
 * The schema of objects under limits of one's own; {@link astralObject} is the one with the defaults.
 *
 * It is for `decodePrefix`, `stream` and `inspect`; the errors are those of {@link decodeObject}. An error in the value
 * has a path that begins with `value`.
 */
export function objectSchema(limits: Partial<ObjectLimits> = {}): Schema<AstralObject> {
  const rules = rulesOf(limits);
  return extension<AstralObject>({
    name: "astral object",
    ...frameSizes(rules),
    decode: (cursor) => readObject(cursor, rules).object,
    encode: (object) => writeObject(object, rules),
    scanner: () => frameScanner(rules),
    spans: (bytes, parts) => addObjectParts(bytes, rules, parts),
    generate: generateObject,
  });
}

/** An object of any type; its payload is far below any limit. */
function generateObject(choose: RandomSource): AstralObject {
  const type = pick(choose, Object.keys(OBJECT_TYPES) as ObjectType[]);
  return { type, value: arbitraryValue<unknown>(OBJECT_TYPES[type].schema, choose) } as AstralObject;
}

/** The schema of objects: a frame whose payload is the value of its type. */
export const astralObject: Schema<AstralObject> = objectSchema();

/**
 * The object of one whole frame, and how many bytes of its payload nobody reads.
 *
 * ```ts
 * import { parseHex } from "warpwire/codec";
 * import { decodeObject } from "warpwire/protocols/astral";
 *
 * const { object } = decodeObject(parseHex("05 75696e7438 00000001 ff"));
 * console.log(object); // { type: "uint8", value: 255 }
 * ```
 *
 * @throws CodecError `tag` for an unknown type, which its context names; `truncated` when the frame is not complete;
 * `protocol` when the payload is complete and ends before its value does; `trailing`; `limit`; and the errors of values
 */
export function decodeObject(bytes: Uint8Array, limits: Partial<ObjectLimits> = {}): ObjectReading {
  const cursor: Cursor = { bytes, pos: 0, end: bytes.length };
  const reading = readObject(cursor, rulesOf(limits));
  const left = bytes.length - cursor.pos;
  if (left > 0) {
    throw new CodecError("trailing", `${left} bytes left after the object`, { offset: cursor.pos, context: { left } });
  }
  return reading;
}

/**
 * The frame of an object.
 *
 * @throws CodecError `tag` for an unknown type; `limit`; and the errors of values, whose path begins with `value`
 */
export function encodeObject(object: AstralObject, limits: Partial<ObjectLimits> = {}): Uint8Array {
  return writeObject(object, rulesOf(limits));
}

/** Throws unless an object could be sent as a binary one. */
export function checkObject(object: AstralObject, limits: Partial<ObjectLimits>): void {
  const payload = writePayload(object);
  const { payloadBytesMax } = rulesOf(limits);
  if (payload.length > payloadBytesMax) {
    throw new CodecError("limit", `Payload of ${payload.length} bytes is longer than ${payloadBytesMax}`, {
      path: "value",
      context: { payloadBytes: payload.length, payloadBytesMax },
    });
  }
}

/** The error for a type that is not in the table. */
export function unknownType(type: unknown, place: { readonly path?: string; readonly offset?: number }): CodecError {
  return new CodecError("tag", `Object type ${show(type)} is unknown`, {
    ...place,
    context: { type },
  });
}

function rulesOf(limits: Partial<ObjectLimits>): FrameRules {
  return { payloadBytesMax: payloadBytesMaxOf(limits), checkType };
}

function checkType(type: string): void {
  if (!isObjectType(type)) throw unknownType(type, { path: "type", offset: 1 });
}

function readObject(cursor: Cursor, rules: FrameRules): ObjectReading {
  const { type, headerBytes, payload } = readFrame(cursor, rules);
  const schema: Schema = OBJECT_TYPES[type as ObjectType].schema;
  try {
    const { value, length } = decodePrefix(schema, payload, 0, { copy: true });
    return { object: { type, value } as AstralObject, ignoredBytes: payload.length - length };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw payloadError(error, headerBytes, payload.length);
  }
}

/** More input cannot mend a payload that is too short for its value, so that this is not `truncated`. */
function payloadError(error: CodecError, headerBytes: number, payloadBytes: number): CodecError {
  const short = error.code === "truncated";
  const reason = short ? `Payload of ${payloadBytes} bytes ends before its value does` : error.reason;
  return new CodecError(short ? "protocol" : error.code, reason, {
    path: joinPath("value", error.path),
    offset: headerBytes + Math.max(error.offset, 0),
    context: error.context,
    cause: error,
  });
}

function writeObject(object: AstralObject, rules: FrameRules): Uint8Array {
  const payload = writePayload(object);
  return writeFrame(object.type, payload, rules);
}

function writePayload(object: AstralObject): Uint8Array {
  if (typeof object !== "object" || object === null) {
    throw new CodecError("type", "An object has a type and a value");
  }
  const { type, value } = object;
  if (typeof type !== "string" || !isObjectType(type)) throw unknownType(type, { path: "type" });
  const schema: Schema = OBJECT_TYPES[type].schema;
  try {
    return encode(schema, value);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const { code, reason, path, context } = error;
    throw new CodecError(code, reason, { path: joinPath("value", path), context, cause: error });
  }
}

function addObjectParts(bytes: Uint8Array, rules: FrameRules, parts: SpanSink): void {
  const { type, headerBytes } = addHeaderParts(bytes, rules, parts);
  const schema = OBJECT_TYPES[type as ObjectType].schema as Schema;
  parts.enter("value");
  let length = 0;
  addShifted(parts, headerBytes, (inner) => {
    ({ length } = addParts(schema, bytes.subarray(headerBytes), inner));
  });
  parts.leave();
  if (headerBytes + length < bytes.length) addField(parts, "ignored", bytes.length, BYTES);
}
