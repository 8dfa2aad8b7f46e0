/**
 * cslq: bytes described by short patterns such as `"[c]c q {s l}"`, the language of astral's protocols of 2022 to 2025.
 *
 * A pattern becomes a schema with typed values, and can be used like every other schema:
 *
 * ```ts
 * import { decode, hexdump, parseHex } from "warpwire/codec";
 * import { cslq } from "warpwire/cslq";
 *
 * const Download = cslq("c [c]c q q");
 * const bytes = parseHex("65 02 6869 0000000000000002 0000000000100000");
 * const [opcode, offerId, index, offset] = decode(Download, bytes);
 * console.log(opcode, offerId, index, offset); // 101 hi 2n 1048576n
 * console.log(hexdump(Download, bytes));
 * ```
 *
 * @module
 */

export { cslq, type CslqOptions } from "./cslq.ts";
export { EMPTY_ELEMENTS_MAX } from "./empty-array.ts";
export type { CslqValues } from "./infer.ts";
export { type CslqJsonOptions, decodeCslqJson } from "./json-decode.ts";
export { encodeCslqJson } from "./json-encode.ts";
export type { ValueJson } from "./json-forms.ts";
export { parsePattern } from "./parse.ts";
export {
  type ArrayOperation,
  type ConstOperation,
  type IntLetter,
  type IntOperation,
  type LiteralOperation,
  type Operation,
  type Pattern,
  PATTERN_CHARACTERS_MAX,
  PATTERN_DEPTH_MAX,
  type StructOperation,
  type ValueOperation,
} from "./pattern.ts";
export { formatPattern, toPattern } from "./to-pattern.ts";
