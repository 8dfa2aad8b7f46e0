/**
 * binary-parser (version 2): parsers made from our schemas.
 *
 * @module
 */

import { CodecError, type Schema } from "../../../codec/mod.ts";
import { checkSchema } from "../../../codec/schema/mod.ts";
import { plural } from "../../../codec/text/mod.ts";
import { buildParser, END } from "./build.ts";
import type { Parser, Vars } from "./library.ts";

/** A `Parser` of binary-parser. To nest it in others where that class has a type, write `parser as Parser`. */
export interface LibraryParser {
  parse(bytes: Uint8Array): unknown;
}

/** A schema as a parser of binary-parser. */
export interface BinaryParser<T> {
  /**
   * Decodes bytes that hold exactly one message, as `decode` does.
   *
   * @throws CodecError with a code, but without path and offset, which binary-parser does not know
   */
  parse(bytes: Uint8Array): T;
  /**
   * The parser itself, to be nested in others. What it gives has fields of its own besides those of the value, whose
   * names begin with `$`, and it ignores bytes that are left.
   */
  readonly parser: LibraryParser;
}

/**
 * Makes a parser of binary-parser that reads what `encode` writes.
 *
 * The library makes a function out of text (`new Function`), which pages with a content security policy may forbid.
 *
 * ```ts
 * import { encode, string, struct, u64, u8 } from "warpwire/codec";
 * import { toBinaryParser } from "warpwire/bridges/binary-parser";
 *
 * const Download = struct({ offerId: string(u8), index: u64, offset: u64 });
 * const download = toBinaryParser(Download);
 * const bytes = encode(Download, { offerId: "6b036f4a", index: 0, offset: 1_000_000 });
 * console.log(download.parse(bytes).offset); // 1000000
 * ```
 *
 * @throws CodecError `schema`, with the path of the part, for what binary-parser cannot express: variable-length
 * integers, mappings and tests, values in other languages
 */
export function toBinaryParser<T>(schema: Schema<T>): BinaryParser<T> {
  checkSchema(schema, "bridge to binary-parser: the schema");
  const { parser, get } = buildParser(schema);
  return {
    parser,
    parse(bytes) {
      const vars = run(parser, bytes);
      const left = bytes.length - (vars[END] as number);
      if (left > 0) {
        throw new CodecError("trailing", `${plural(left, "byte")} left after the value`, { context: { left } });
      }
      return get(vars) as T;
    },
  };
}

/** What the parser gives; its errors get codes. */
function run(parser: Parser, bytes: Uint8Array): Vars {
  try {
    return parser.parse(bytes) as Vars;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    if (/call stack/i.test(error.message)) {
      throw new CodecError("limit", "Value has too many levels", { cause: error });
    }
    // All numbers are read through a DataView, which throws this when they are not there.
    throw new CodecError("truncated", "The input ends before the value does", { cause: error });
  }
}
