/**
 * Typed objects as JSON messages: `{"Type":"...","Object":...}`, byte for byte as a node writes them.
 *
 * @module
 */

import { CodecError } from "../../mod.ts";
import { textBytes } from "../../text/mod.ts";
import {
  decodeJson,
  type JsonLimits,
  jsonObject,
  jsonOptional,
  type JsonShape,
  jsonString,
  jsonText,
} from "../../json/mod.ts";
import type { JsonForm } from "./object-form.ts";
import { OBJECT_LIMITS, type ObjectLimits } from "./object-frame.ts";
import { checkObject, unknownType } from "./object.ts";
import { type AstralObject, isObjectType, OBJECT_TYPES, type ObjectType } from "./object-types.ts";
import { emptyForm } from "./object-values.ts";

/** What {@link decodeObjectJson} found. */
export interface ObjectJsonReading {
  readonly object: AstralObject;
  /**
   * Whether `Object` was `null`, as Go and the JavaScript library write it for objects without a payload. A Go process
   * reads such a message as no object at all.
   */
  readonly nullObject: boolean;
}

interface Message {
  Type: string;
  Object?: unknown;
}

const TYPE_ONLY: JsonShape<{ Type: string }> = jsonObject({ Type: jsonString });

/** The shapes of whole messages by the shape of their object; made on first use. */
const messageShapes = new WeakMap<JsonShape, JsonShape<Message>>();

/**
 * The object of a JSON message, with white space around it. Keys match without regard to case, unknown ones are
 * ignored, missing and null ones are zero. What is read could also be sent as a binary object: lengths and ranges are
 * checked.
 *
 * ```ts
 * import { decodeObjectJson } from "warpwire/protocols/astral";
 *
 * const { object } = decodeObjectJson('{"Type":"mod.apphost.query_rejected_msg","Object":{"Code":7}}\n');
 * console.log(object); // { type: "mod.apphost.query_rejected_msg", value: { code: 7 } }
 * ```
 *
 * @throws CodecError `tag` for an unknown type and for an untyped blob, `refused` for a type without a JSON form, `json`,
 * `syntax`, `range`, `length`, `truncated`, `trailing`, `limit`; paths are those of the document (`Object.Nonce`), or
 * begin with `value` when only the binary form has a place for the error
 */
export function decodeObjectJson(text: string | Uint8Array, limits: Partial<ObjectLimits> = {}): ObjectJsonReading {
  const jsonLimits = jsonLimitsOf(limits);
  const bytes = typeof text === "string" ? bytesOf(text, jsonLimits) : text;
  // What shape the object has is known only when its type is, which may be after it.
  const { Type: type } = decodeJson(TYPE_ONLY, bytes, 0, bytes.length, jsonLimits);
  const form = jsonFormOf(type);
  if (type === "") {
    throw new CodecError("tag", "Cannot read an untyped blob from JSON: without a type its meaning is unknown", {
      path: "Type",
      context: { type },
    });
  }
  const document = readMessage(form, bytes, jsonLimits);
  const { Object: json } = document;
  if (json === undefined && form !== emptyForm.json) {
    throw new CodecError("json", `Message of type "${type}" has no object`, { path: "Object" });
  }
  const value = json === undefined ? {} : form.read(json, "Object");
  const object = { type, value } as AstralObject;
  checkObject(object, limits);
  return { object, nullObject: json === null };
}

/**
 * The JSON message of an object, without a newline after it. An object without a payload is written as `{}`, which a Go
 * process can read, other than the `null` that it writes itself.
 *
 * @throws CodecError `refused` for a type without a JSON form: an `error_message`, which would end a Go process that reads
 * it, or a blueprint; and the errors of `encodeObject`
 */
export function encodeObjectJson(object: AstralObject, limits: Partial<ObjectLimits> = {}): string {
  checkObject(object, limits);
  const { type, value } = object;
  const form = jsonFormOf(type);
  const shape = messageShape(form.wideShape ?? form.shape);
  return jsonText(shape, { Type: type, Object: form.write(value) }, jsonLimitsOf(limits));
}

function jsonFormOf(type: string): JsonForm<unknown> {
  if (!isObjectType(type)) throw unknownType(type, { path: "Type" });
  const form = OBJECT_TYPES[type as ObjectType].json as JsonForm<unknown> | null;
  if (form !== null) return form;
  const why = type === "error_message" ? "a Go process that reads one dies" : "nodes cannot read what they write of it";
  throw new CodecError("refused", `Object type "${type}" does not exist in JSON: ${why}`, {
    path: "Type",
    context: { type },
  });
}

function readMessage(form: JsonForm<unknown>, bytes: Uint8Array, limits: Partial<JsonLimits>): Message {
  const read = (shape: JsonShape) => decodeJson(messageShape(shape), bytes, 0, bytes.length, limits);
  if (form.wideShape === undefined) return read(form.shape);
  try {
    return read(form.shape);
  } catch (error) {
    if (error instanceof CodecError && error.code === "range") return read(form.wideShape);
    throw error;
  }
}

function messageShape(object: JsonShape): JsonShape<Message> {
  const known = messageShapes.get(object);
  if (known !== undefined) return known;
  const shape: JsonShape<Message> = jsonObject({ Type: jsonString, Object: jsonOptional(object) });
  messageShapes.set(object, shape);
  return shape;
}

function jsonLimitsOf(limits: Partial<ObjectLimits>): Partial<JsonLimits> {
  return { bytesMax: limits.jsonBytesMax ?? OBJECT_LIMITS.jsonBytesMax };
}

function bytesOf(text: string, { bytesMax = OBJECT_LIMITS.jsonBytesMax }: Partial<JsonLimits>): Uint8Array {
  // A code unit takes at least one byte, so that a text that is too long is refused before it is copied.
  if (text.length > bytesMax) {
    throw new CodecError("limit", `Cannot read JSON: more than ${bytesMax} bytes`, { context: { bytesMax } });
  }
  const bytes = textBytes(text);
  if (bytes === undefined) throw new CodecError("utf8", "Cannot read JSON: the text has a lone surrogate");
  return bytes;
}
