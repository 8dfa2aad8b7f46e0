/**
 * Writes a value as a JSON document, byte for byte as Go's `json.Marshal` does.
 *
 * @module
 */

import { type JsonLimits, jsonLimits } from "./limits.ts";
import { intRange } from "./numbers.ts";
import {
  checkJsonShape,
  type JsonArrayNode,
  type JsonIntNode,
  type JsonNode,
  type JsonObjectNode,
  type JsonShape,
} from "./shape.ts";
import { writeAny } from "./write-any.ts";
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
  if (text.length * 3 > bytesMax && utf8Bytes(text) > bytesMax) refuseLimit(writer, "bytesMax", "bytes");
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
  writer.trail.push(0);
  for (let index = 0; index < value.length; index++) {
    if (index > 0) write(writer, ",");
    writer.trail[writer.trail.length - 1] = index;
    writeValue(writer, shape.item, value[index]);
  }
  writer.trail.pop();
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
    writer.trail.push(field.key);
    writeValue(writer, field.shape, item);
    writer.trail.pop();
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
