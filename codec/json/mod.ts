/**
 * JSON documents in a byte stream, with limits, as Go's encoding/json writes and accepts them.
 *
 * A shape describes a document as data and has its TypeScript type. `JSON.parse` is not a replacement if the other
 * side uses Go: here 64-bit integers are exact, keys match as in Go, errors have a path and an offset, and the end of
 * a document is found in bytes that arrive in chunks.
 *
 * @module
 */

export { compareCodePoints, orderedKeys } from "../key-order.ts";
export type { Infer as JsonInfer, Typed as JsonTyped } from "../schema/mod.ts";
export { decodeJson, decodeJsonPrefix } from "./decode.ts";
export { document } from "./document.ts";
export { encodeJson, jsonText } from "./encode.ts";
export { exactJson } from "./exact.ts";
export { JSON_DEPTH_CEILING, JSON_LIMITS, type JsonLimits } from "./limits.ts";
export { type JsonScanner, jsonScanner } from "./scan.ts";
export {
  type ExactJson,
  jsonAny,
  type JsonAnyNode,
  jsonArray,
  type JsonArrayNode,
  jsonBool,
  type JsonBoolNode,
  type JsonField,
  type JsonFields,
  jsonInt,
  jsonInt64,
  jsonInt64Big,
  type JsonIntNode,
  type JsonNode,
  JsonNumber,
  jsonObject,
  type JsonObjectNode,
  type JsonObjectValue,
  type JsonOptional,
  jsonOptional,
  type JsonShape,
  jsonString,
  type JsonStringNode,
  jsonUint32,
  type JsonValue,
} from "./shape.ts";
