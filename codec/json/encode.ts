/**
 * Writes a value as a JSON document, byte for byte as Go's `json.Marshal` does.
 *
 * @module
 */

import { compareCodePoints } from "../key-order.ts";
import { type JsonLimits, jsonLimits } from "./limits.ts";
import {
  checkJsonShape,
  intRange,
  type JsonArrayNode,
  type JsonIntNode,
  type JsonNode,
  type JsonObjectNode,
  type JsonShape,
} from "./shape.ts";
import {
  closeContainer,
  countOne,
  openContainer,
  refuse,
  refuseLimit,
  refuseType,
  startWriter,
  write,
  type Writer,
  writeString,
  writtenText,
} from "./writer.ts";

/**
 * The document of a value as UTF-8, without white space and without a newline; see {@link jsonText}.
 *
 * @throws CodecError as {@link jsonText} does
 */
export function encodeJson<T>(shape: JsonShape<T>, value: T, limits?: Partial<JsonLimits>): Uint8Array {
  return new TextEncoder().encode(jsonText(shape, value, limits));
}

/**
 * The document of a value as text: the fields of a shape in its order, `<`, `>`, `&`, U+2028 and U+2029 escaped, and
 * control characters as Go wrote them before version 1.22.
 *
 * ```ts
 * import { jsonArray, jsonString, jsonText } from "warpwire/json";
 *
 * console.log(jsonText(jsonArray(jsonString), ["R&B", "\b"])); // ["R\u0026B","\u0008"]
 * console.log(jsonText(jsonArray(jsonString), null)); // null
 * ```
 *
 * @param before ASCII text to put in front, which costs less than adding it to a long document
 * @throws CodecError `type` or `range` for a value that is not the shape's, `utf8` for a string with a lone surrogate,
 * `limit` for a document that {@link decodeJson} would refuse with the same limits; with the path of the value
 */
export function jsonText<T>(shape: JsonShape<T>, value: T, limits?: Partial<JsonLimits>, before = ""): string {
  checkJsonShape(shape, "encode JSON: the shape");
  const writer = startWriter(jsonLimits(limits), before);
  writeValue(writer, shape, value);
  const text = writtenText(writer);
  const bytesMax = writer.limits.bytesMax + before.length;
  // A code unit takes at most three bytes.
  if (text.length * 3 > bytesMax && utf8Bytes(text) > bytesMax) refuseLimit(writer, "bytesMax");
  return text;
}

function writeValue(writer: Writer, shape: JsonNode, value: unknown): void {
  if (shape.kind === "any") return writeAny(writer, value);
  countOne(writer);
  switch (shape.kind) {
    case "string":
      if (typeof value !== "string") refuseType(writer, value, "a string");
      return writeString(writer, value);
    case "bool":
      if (typeof value !== "boolean") refuseType(writer, value, "a bool");
      return write(writer, value ? "true" : "false");
    case "int":
      return writeInt(writer, shape, value);
    case "array":
      return writeArray(writer, shape, value);
    case "object":
      return writeObject(writer, shape, value);
  }
}

function writeInt(writer: Writer, shape: JsonIntNode, value: unknown): void {
  const name = shape.big ? `${shape.type} (bigint)` : shape.type;
  if (shape.big ? typeof value !== "bigint" : typeof value !== "number") refuseType(writer, value, name);
  const int = value as number | bigint;
  const { min, max } = intRange(shape);
  if (!(int >= min && int <= max) || !(shape.big || Number.isInteger(int))) {
    refuse(writer, "range", `Cannot write ${int} as ${name}: it must be an integer from ${min} to ${max}`, {
      min,
      max,
    });
  }
  write(writer, String(int));
}

function writeArray(writer: Writer, shape: JsonArrayNode, value: unknown): void {
  if (value === null) {
    return write(writer, "null");
  }
  if (!Array.isArray(value)) refuseType(writer, value, "an array");
  openContainer(writer, "[");
  writer.path.push(0);
  for (let index = 0; index < value.length; index++) {
    if (index > 0) write(writer, ",");
    writer.path[writer.path.length - 1] = index;
    writeValue(writer, shape.item, value[index]);
  }
  writer.path.pop();
  closeContainer(writer, "]");
}

function writeObject(writer: Writer, shape: JsonObjectNode, value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) refuseType(writer, value, "an object");
  openContainer(writer, "{");
  let first = true;
  for (let index = 0; index < shape.fields.length; index++) {
    const field = shape.fields[index];
    const item = Object.hasOwn(value, field.key) ? (value as Readonly<Record<string, unknown>>)[field.key] : undefined;
    if (field.optional && item === undefined) continue;
    write(writer, first ? field.label : field.nextLabel);
    first = false;
    countOne(writer);
    writer.path.push(field.key);
    writeValue(writer, field.shape, item);
    writer.path.pop();
  }
  closeContainer(writer, "}");
}

/** Bytes of a text without lone surrogates in UTF-8. */
function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) bytes++;
    // Each half of a pair takes two bytes.
    if (unit >= 0x800 && (unit < 0xd800 || unit > 0xdfff)) bytes++;
  }
  return bytes;
}

/** A container whose items are being written; the place of the present item is the last step of the path. */
interface Open {
  readonly value: Readonly<Record<string, unknown>> | readonly unknown[];
  /** Keys of an object in the order in which they are written; null for an array. */
  readonly keys: readonly string[] | null;
  readonly length: number;
  /** Items written so far. */
  done: number;
}

/** Integers beyond these digits would not be read again: float64 has no larger ones. */
const FLOAT_MAX = BigInt(Number.MAX_VALUE);

/** Writes a value; its objects with their keys sorted as Go sorts them. */
export function writeAny(writer: Writer, value: unknown): void {
  const stack: Open[] = [];
  let present = value;
  for (;;) {
    countOne(writer);
    if (typeof present === "object" && present !== null) stack.push(beginContainer(writer, present));
    else writeScalar(writer, present);
    let open = stack[stack.length - 1];
    while (open !== undefined && open.done === open.length) {
      endContainer(writer, open);
      stack.pop();
      open = stack[stack.length - 1];
    }
    if (open === undefined) return;
    present = nextItem(writer, open);
  }
}

function writeScalar(writer: Writer, value: unknown): void {
  switch (typeof value) {
    case "string":
      return writeString(writer, value);
    case "boolean":
      return write(writer, value ? "true" : "false");
    case "number":
      if (!Number.isFinite(value)) refuse(writer, "range", `Cannot write ${value} as a number of JSON`);
      // Go writes float64 in the digits and with the exponents of ECMAScript, except for the sign of zero.
      return write(writer, Object.is(value, -0) ? "-0" : String(value));
    case "bigint":
      if (value > FLOAT_MAX || value < -FLOAT_MAX) refuse(writer, "range", "Cannot write an integer beyond float64");
      return write(writer, String(value));
    default:
      if (value !== null) refuseType(writer, value, "a JSON value");
      write(writer, "null");
  }
}

function beginContainer(writer: Writer, value: object): Open {
  if (Array.isArray(value)) {
    openContainer(writer, "[");
    writer.path.push(0);
    return { value, keys: null, length: value.length, done: 0 };
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) refuseType(writer, value, "a plain object");
  openContainer(writer, "{");
  writer.path.push("");
  const keys = Object.keys(value).sort(compareCodePoints);
  return { value: value as Record<string, unknown>, keys, length: keys.length, done: 0 };
}

function endContainer(writer: Writer, open: Open): void {
  writer.path.pop();
  closeContainer(writer, open.keys === null ? "]" : "}");
}

/** Writes what comes before the next item, and returns the item. */
function nextItem(writer: Writer, open: Open): unknown {
  const index = open.done++;
  if (index > 0) write(writer, ",");
  const place = open.keys === null ? index : open.keys[index];
  writer.path[writer.path.length - 1] = place;
  if (typeof place === "string") {
    countOne(writer);
    writeString(writer, place);
    write(writer, ":");
  }
  return (open.value as Record<string | number, unknown>)[place];
}
