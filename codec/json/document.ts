/**
 * JSON documents as parts of a binary message.
 *
 * @module
 */

import { extension, type ExtensionNode, type Infer, type Scanner, type Schema } from "../schema/mod.ts";
import { decodeJson } from "./decode.ts";
import { encodeJson } from "./encode.ts";
import { arbitraryJson } from "./arbitrary.ts";
import type { JsonLimits } from "./limits.ts";
import { jsonScanner } from "./scan.ts";
import { checkJsonShape, type JsonShape } from "./shape.ts";

/**
 * One JSON document in a message. It ends with its last byte: what follows, such as the newline that Go's encoder
 * writes, is another part of the message. An object, an array, a string, `true`, `false` or `null` may be anywhere; a
 * number ends before a byte that cannot continue it, or with the input.
 *
 * ```ts
 * import { encode, formatHex, literal, string, struct, u8 } from "warpwire/codec";
 * import { document, jsonArray, jsonString } from "warpwire/json";
 *
 * const Names = struct({ id: string(u8), names: document(jsonArray(jsonString)), newline: literal("\n") });
 * console.log(formatHex(encode(Names, { id: "a", names: ["b"] }))); // 01615b2262225d0a
 * ```
 *
 * @param limits bounds on the cost of the document
 */
export function document<S extends JsonShape>(
  shape: S,
  limits?: Partial<JsonLimits>,
): ExtensionNode & Schema<Infer<S>> {
  checkJsonShape(shape, "build document: the shape");
  return extension<Infer<S>>({
    name: "JSON document",
    bytesMin: 1,
    bytesMax: Infinity,
    decode(cursor) {
      const { bytes, pos, end } = cursor;
      const scanner = jsonScanner(limits);
      const stop = scanner.push(bytes, pos, end);
      // A number ends with the input, too: what is given here is all there is.
      const after = stop < 0 ? pos + scanner.finish() : stop;
      const value = decodeJson(shape, bytes, pos, after, limits) as Infer<S>;
      cursor.pos = after;
      return value;
    },
    encode: (value) => encodeJson(shape, value, limits),
    scanner: (): Scanner => jsonScanner(limits),
    generate: (choose) => arbitraryJson<unknown>(shape, choose) as Infer<S>,
    source: { language: "json", shape, options: limits },
  });
}
