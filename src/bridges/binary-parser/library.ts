/**
 * What is used of binary-parser, with types.
 *
 * The declarations of the package cannot be found from modules: its `exports` name a `.mjs` file, next to which there
 * is a `.d.ts` where a `.d.mts` would be needed.
 *
 * @module
 */

// @ts-ignore: the package's own declarations are found by some compilers only
import { Parser as LibraryParser } from "binary-parser";

/** The object that a parser fills. Its fields are named as ours; names that begin with `$` are the parser's own. */
export type Vars = Record<string, unknown>;

/** A number, the name of a field, or a function of the object that is being filled. */
export type LengthOption = number | string | ((this: Vars) => number);

/** Options of one field. */
export interface FieldOptions {
  /** Makes the field's value out of what was read. */
  readonly formatter?: (this: Vars, read: never) => unknown;
}

/** Options of fields that have a length. */
export type SizedOptions = FieldOptions & ({ readonly length: LengthOption } | { readonly readUntil: "eof" });

/** The names of integers and other numbers, which are also the names of the methods that add them. */
export type NumberType =
  | `${"uint" | "int"}8`
  | `${"uint" | "int"}${16 | 32 | 64}${"be" | "le"}`
  | `${"float" | "double"}${"be" | "le"}`;

/** A number's name, a parser, or a parser's alias. */
export type ItemType = string | Parser;

/** A parser of binary-parser. It is built by methods that add a field and return the parser itself. */
export interface Parser extends Record<NumberType, (name: string, options?: FieldOptions) => Parser> {
  /** The value of the bytes. Bytes that follow are ignored. */
  parse(bytes: Uint8Array): unknown;
  buffer(name: string, options: SizedOptions): Parser;
  array(name: string, options: SizedOptions & { readonly type: ItemType }): Parser;
  nest(name: string, options: { readonly type: ItemType }): Parser;
  choice(options: { readonly tag: (this: Vars) => number; readonly choices: Record<number, ItemType> }): Parser;
  wrapped(
    options: {
      readonly length: LengthOption;
      readonly wrapper: (bytes: Uint8Array) => Uint8Array;
      readonly type: Parser;
    },
  ): Parser;
  saveOffset(name: string, options?: FieldOptions): Parser;
  seek(count: LengthOption): Parser;
  namely(alias: string): Parser;
  useContextVars(): Parser;
}

const ParserClass = LibraryParser as unknown as new () => Parser;

/** A parser without fields. */
export function emptyParser(): Parser {
  return new ParserClass();
}
