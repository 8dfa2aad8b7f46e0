/**
 * The TypeScript types of a pattern's values, read from the text of the pattern by the compiler.
 *
 * The types follow `parsePattern` and `buildPattern` step by step. They recurse in tail position only, where TypeScript
 * allows 1000 steps, or about 900 characters of a pattern.
 *
 * @module
 */

import type { Infer, Schema } from "../schema/mod.ts";

/** The options of `cslq` that decide about types. */
export interface TypeOptions {
  readonly q?: "bigint" | "number";
  readonly bytes?: boolean;
  readonly v?: readonly Schema[];
}

/**
 * The values of a pattern, one for each argument, such as `[string, number, bigint]` for `"[c]c c q"`. A pattern that the
 * compiler does not know, or not all of it, has `unknown[]`, a wrong one `never`.
 */
export type CslqValues<Text extends string, Options extends TypeOptions = Record<never, never>> = IsKnown<Text> extends
  true ? Scan<Text, Leaves<Options>, ValueTypes<Options>, "top", [], [], []> : unknown[];

/** Whether a text is known to its last character: `string` and templates with a `string` in them need no property here. */
type IsKnown<Text extends string> = Record<never, never> extends Record<Text, unknown> ? false : true;

/** What `q` and `[x]c` are. */
interface LeafTypes {
  q: unknown;
  text: unknown;
}

interface Leaves<Options extends TypeOptions> extends LeafTypes {
  q: Options extends { readonly q: infer Q } ? Q extends "number" ? number : bigint
    : "q" extends keyof Options ? bigint | number
    : bigint;
  text: Options extends { readonly bytes: infer B } ? B extends true ? Uint8Array : string
    : "bytes" extends keyof Options ? string | Uint8Array
    : string;
}

/** The types for `v`, in order; without the option there are none, and `cslq` throws. */
type ValueTypes<Options extends TypeOptions> = Options extends { readonly v: infer V extends readonly Schema[] }
  ? { [Index in keyof V]: Infer<V[Index]> }
  : [];

/** Where an operation is: at the top level, in a struct, or in a const group. */
type Place = "top" | "struct" | "const";

/** Arrays that wait for their element, outermost first: with a length written before it, or with a fixed one. */
type Waiting = readonly ("prefix" | "fixed")[];

/**
 * Reads one operation after the other. `Place`, `Values` and `Arrays` belong to the innermost open bracket; `Stack` has
 * those of the brackets around it.
 */
type Scan<
  Text extends string,
  Leaf extends LeafTypes,
  V extends readonly unknown[],
  At extends Place,
  Values extends readonly unknown[],
  Arrays extends Waiting,
  Stack extends readonly unknown[],
> = Text extends `${infer Character}${infer Rest}`
  ? Character extends " " | "\t" | "\n" ? Scan<Rest, Leaf, V, At, Values, Arrays, Stack>
  : Character extends "c" ? Scan<Rest, Leaf, V, At, [...Values, ArrayOfC<Arrays, Leaf["text"]>], [], Stack>
  : Character extends "s" | "l" ? Scan<Rest, Leaf, V, At, [...Values, ArrayOf<Arrays, number>], [], Stack>
  : Character extends "q" ? Scan<Rest, Leaf, V, At, [...Values, ArrayOf<Arrays, Leaf["q"]>], [], Stack>
  : Character extends "v"
    ? V extends readonly [infer Value, ...infer Others]
      ? Scan<Rest, Leaf, Others, At, [...Values, ArrayOf<Arrays, Value>], [], Stack>
    : number extends V["length"] ? Scan<Rest, Leaf, V, At, [...Values, ArrayOf<Arrays, V[number]>], [], Stack>
    : never
  : Character extends "x"
    ? Rest extends `${infer High}${infer Low}${infer Others}`
      ? [High, Low] extends [HexDigit, HexDigit]
        ? Scan<Others, Leaf, V, At, [...Values, ...Literal<At, Arrays>], [], Stack>
      : never
    : IsCutLiteral<Rest, At, Arrays> extends true ? [...Values]
    : never
  : Character extends "["
    ? Rest extends `${infer Length}]${infer Others}`
      ? LengthKind<Trim<Length>> extends infer Kind extends Waiting[number]
        ? Scan<Others, Leaf, V, At, Values, [...Arrays, Kind], Stack>
      : never
    : never
  : Character extends "{" ? Scan<Rest, Leaf, V, "struct", [], [], [At, Values, Arrays, Stack]>
  : Character extends "<" ? Scan<Rest, Leaf, V, "const", [], [], [At, Values, Arrays, Stack]>
  : Character extends "}" | ">" ? Closes<Character, At, Arrays> extends true ? Stack extends [
        infer OuterAt extends Place,
        infer OuterValues extends readonly unknown[],
        infer OuterArrays extends Waiting,
        infer OuterStack extends readonly unknown[],
      ] ? Scan<Rest, Leaf, V, OuterAt, [...OuterValues, ...Group<At, Values, OuterAt, OuterArrays>], [], OuterStack>
      : never
    : never
  : never
  : [At, Arrays] extends ["top", readonly []] ? V extends readonly [unknown, ...unknown[]] ? never : [...Values]
  : never;

/** The values that a closed bracket adds to those around it. */
type Group<At extends Place, Values extends readonly unknown[], OuterAt extends Place, OuterArrays extends Waiting> =
  At extends "struct" ? [ArrayOf<OuterArrays, Values>]
    : OuterArrays extends readonly [] ? Values extends readonly [] ? OuterAt extends "struct" ? [null] : [] : Values
    : [ArrayOf<OuterArrays, Values extends readonly [] ? null : Values extends readonly [infer Only] ? Only : Values>];

/** A literal has a value, which is not looked at, where it is a field or an element. */
type Literal<At extends Place, Arrays extends Waiting> = Arrays extends readonly [] ? At extends "struct" ? [null] : []
  : [ArrayOf<Arrays, null>];

/** A value inside the arrays that waited for it. */
type ArrayOf<Arrays extends Waiting, Value> = Arrays extends readonly [...infer Outer extends Waiting, unknown]
  ? ArrayOf<Outer, Value[]>
  : Value;

/** `c`, which makes text or bytes out of the innermost array. */
type ArrayOfC<Arrays extends Waiting, Text> = Arrays extends readonly [...infer Outer extends Waiting, infer Innermost]
  ? ArrayOf<Outer, Innermost extends "fixed" ? Uint8Array : Text>
  : number;

type Closes<Closer, At extends Place, Arrays extends Waiting> = [Closer, At, Arrays] extends
  ["}", "struct", readonly []] | [">", "const", readonly []] ? true : false;

type IsCutLiteral<Rest extends string, At extends Place, Arrays extends Waiting> = [At, Arrays] extends
  ["top", readonly []] ? (Rest extends "" | HexDigit ? true : false) : false;

type Digit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9";

type HexDigit = Digit | "a" | "b" | "c" | "d" | "e" | "f" | "A" | "B" | "C" | "D" | "E" | "F";

type LengthKind<Text extends string> = Text extends "c" | "s" | "l" | "q" ? "prefix"
  : IsPositive<Text> extends true ? "fixed"
  : "wrong";

/** Whether a text is digits, not all of them zero. */
type IsPositive<Text extends string, Positive extends boolean = false> = Text extends `${infer Character}${infer Rest}`
  ? Character extends Digit ? IsPositive<Rest, Character extends "0" ? Positive : true>
  : false
  : Positive;

type Trim<Text extends string> = Text extends `${" " | "\t" | "\n"}${infer Rest}` ? Trim<Rest>
  : Text extends `${infer Rest}${" " | "\t" | "\n"}` ? Trim<Rest>
  : Text;
