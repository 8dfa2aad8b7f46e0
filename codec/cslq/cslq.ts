/**
 * Schemas from cslq patterns.
 *
 * @module
 */

import { bytes, checkArgument, checkSchema, isNode, type Schema, string, u64, u64big } from "../schema/mod.ts";
import { encode } from "../engine/mod.ts";
import { CodecError } from "../error.ts";
import { plural, textBytes } from "../text/mod.ts";
import { buildPattern, type Leaves } from "./build.ts";
import type { CslqValues, TypeOptions } from "./infer.ts";
import { parsePattern } from "./parse.ts";
import type { Operation } from "./pattern.ts";

/** What a pattern does not say. */
export interface CslqOptions extends TypeOptions {
  /** What `q` is: a bigint (the default), or a number, for which more than 2^53-1 is a `range` error. */
  readonly q?: "bigint" | "number";
  /** Whether `[c]c` and its like are bytes. By default they are text, which must be valid UTF-8; `[n]c` is always bytes. */
  readonly bytes?: boolean;
  /** A schema for each `v`, in the order of the text. */
  readonly v?: readonly Schema[];
  /**
   * The values of the const groups, in the order of the text; anything else is then a `literal` error. Text is encoded as
   * UTF-8 where bytes are expected. Without this option the values of const groups are like all others.
   */
  readonly expect?: readonly unknown[];
}

/**
 * The schema of a pattern: a tuple of its arguments, whose type the compiler reads from the text.
 *
 * ```ts
 * import { decode, encode } from "warpwire/codec";
 * import { cslq } from "warpwire/cslq";
 *
 * const Query = cslq("[c]c q {s l}"); // Schema<[string, bigint, [number, number]]>
 * const bytes = encode(Query, ["query", 7n, [1, 2]]);
 * const [name, id] = decode(Query, bytes);
 * console.log(name, id); // query 7n
 * ```
 *
 * | pattern | value |
 * | --- | --- |
 * | `c` `s` `l` | number |
 * | `q` | bigint, or number with `{ q: "number" }` |
 * | `[c]c` `[s]c` `[l]c` `[q]c` | string, or Uint8Array with `{ bytes: true }` |
 * | `[33]c` | Uint8Array |
 * | `[…]` of anything else | array |
 * | `{…}` | array with the values of its operations |
 * | `<…>` | the values of its operations, among those around it |
 * | `x41` | none; inside a struct or array `null`, and any value when encoding |
 * | `v` | the value of the schema given for it |
 *
 * @throws CodecError `syntax` or `limit` for the pattern, see `parsePattern`; `schema` when the schemas for `v` or the
 * expected values are not as many as the pattern has places for them, or do not fit there
 */
export function cslq<const Text extends string, const Options extends CslqOptions = Record<never, never>>(
  pattern: Text,
  options?: Options,
): Schema<CslqValues<Text, Options>>;
/**
 * The schema of a pattern written as a tagged template, in which a schema in `${…}` stands for a `v` of that schema.
 * TypeScript does not pass the text to the types of tags, so the values are `unknown` here.
 *
 * ```ts
 * import { bytes, decode } from "warpwire/codec";
 * import { cslq } from "warpwire/cslq";
 *
 * const Identity = bytes(2);
 * const Register = cslq`${Identity} [c]c`; // Schema<unknown[]>
 * console.log(decode(Register, Uint8Array.of(7, 8, 2, 0x68, 0x69))); // [ Uint8Array(2) [ 7, 8 ], "hi" ]
 * ```
 */
export function cslq(strings: TemplateStringsArray, ...holes: readonly Schema[]): Schema<unknown[]>;
export function cslq(
  pattern: string | TemplateStringsArray,
  first?: CslqOptions | Schema,
  ...others: readonly Schema[]
): Schema<unknown[]> {
  checkArgument(typeof pattern === "string" || Array.isArray(pattern), "build cslq: the pattern", pattern, "a text");
  if (typeof pattern === "string") return cached(pattern, first as CslqOptions | undefined);
  const holes = first === undefined ? [] : [first as Schema, ...others];
  const wrong = holes.findIndex((hole) => !isNode(hole));
  if (wrong >= 0) throw new CodecError("schema", `Value ${wrong + 1} in the pattern is not a schema`);
  return cached(pattern.join("v"), holes.length === 0 ? undefined : { v: holes });
}

/** How many schemas of patterns without options are kept. Schemas are compiled once, so that keeping them pays. */
const CACHED_MAX = 256;
const cache = new Map<string, Schema<unknown[]>>();

function cached(text: string, options: CslqOptions | undefined): Schema<unknown[]> {
  if (options !== undefined) return build(text, options);
  let schema = cache.get(text);
  if (schema === undefined) {
    schema = build(text, {});
    const oldest = cache.keys().next();
    if (cache.size >= CACHED_MAX && !oldest.done) cache.delete(oldest.value);
    cache.set(text, schema);
  }
  return schema;
}

function build(text: string, options: CslqOptions): Schema<unknown[]> {
  const pattern = parsePattern(text);
  const { v = [] } = options;
  checkArgument(Array.isArray(v), "build cslq: v", v, "a list of schemas");
  const schemas = [...v];
  const expected = expectedValues(options.expect);
  const schema = buildPattern(pattern, {
    q: options.q === "number" ? u64 : u64big,
    chars: (size) => options.bytes === true || typeof size === "number" ? bytes(size) : string(size),
    value: () => {
      if (schemas.length > 0) {
        const next = schemas.shift();
        checkSchema(next, "build cslq: a value of v");
        return next;
      }
      throw new CodecError("schema", `Pattern has more than ${plural(options.v?.length ?? 0, "v")} with a schema`);
    },
    ...expected.leaf,
  });
  if (schemas.length > 0) {
    throw new CodecError("schema", `${plural(schemas.length, "schema")} for v left over: the pattern has fewer v`);
  }
  expected.finish();
  return schema;
}

interface Expected {
  readonly leaf: Pick<Leaves, "expected">;
  /** Throws where values are left over. */
  finish(): void;
}

function expectedValues(values: readonly unknown[] | undefined): Expected {
  if (values === undefined) return { leaf: {}, finish: () => {} };
  let used = 0;
  return {
    leaf: {
      expected(operation, schema) {
        if (used === values.length) {
          throw new CodecError("schema", `Const groups have more than ${used} expected values`);
        }
        return expectedBytes(operation, schema, values[used++], used);
      },
    },
    finish() {
      if (used < values.length) {
        throw new CodecError("schema", `Const groups have ${plural(used, "value")}, but ${values.length} are expected`);
      }
    },
  };
}

function expectedBytes(operation: Operation, schema: Schema, value: unknown, place: number): Uint8Array {
  const text = typeof value === "string" && operation.kind === "array" && schema.kind === "bytes";
  try {
    return encode(schema, text ? textBytes(value) : value);
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    throw new CodecError("schema", `Expected value ${place} does not fit: ${cause.reason}`, { cause });
  }
}
