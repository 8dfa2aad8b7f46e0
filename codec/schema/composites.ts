/**
 * Schemas made of other schemas: struct, union, enum.
 *
 * @module
 */

import { show } from "../text/mod.ts";
import { checkArgument, checkInt, checkObject, checkSchema } from "./arguments.ts";
import { CodecError } from "../error.ts";
import type { IntSchema } from "./numbers.ts";
import { refsOf, targetChecks } from "./references.ts";
import {
  type EnumNode,
  type Field,
  isNode,
  type IsVoid,
  isVoid,
  type Node,
  type RefNode,
  type Schema,
  type StructNode,
  type Typed,
  type UnionCase,
  type UnionNode,
} from "./node.ts";
import { intMax, intMin } from "./sizes.ts";

type Simplify<T> = { [K in keyof T]: T[K] } & unknown;
type Fields = Readonly<Record<string, Typed<unknown>>>;

/** The value of a struct: every field that has a value. */
export type StructValue<F extends Fields> = Simplify<
  { -readonly [K in keyof F as IsVoid<ValueOf<F[K]>> extends true ? never : K]: ValueOf<F[K]> }
>;
type ValueOf<S> = S extends Typed<infer T> ? T : never;

/**
 * Named parts in the order given. Literals are in the bytes but not in the value.
 *
 * ```ts
 * import { decode, encode, string, struct, u64, u8 } from "warpwire/codec";
 *
 * const Download = struct({ offerId: string(u8), index: u64, offset: u64 });
 * const bytes = encode(Download, { offerId: "6b036f4a", index: 0, offset: 1_000_000 });
 * console.log(decode(Download, bytes).offset); // 1000000
 * ```
 *
 * ```text
 * struct({ offerId: string(u8), index: u16 }) of { offerId: "hi", index: 2 }:  02 68 69  00 02
 *                                                                              offerId   index
 * ```
 *
 * @param make makes the object of the values of its fields, in order, as in `(id, index) => ({ id, index })`. It changes
 * nothing but the time: decoding without it builds the object field by field, 12 ns each. Generated code needs none, and
 * structs with references, which look into an object in the making, do not use it
 */
export function struct<const F extends Readonly<Record<string, Schema>>>(
  fields: F,
  make?: (...parts: never[]) => StructValue<F>,
): StructNode & Schema<StructValue<F>> {
  checkObject(fields, "build struct: fields");
  const list = Object.entries(fields).map(([name, schema]): Field => {
    checkSchema(schema, `build struct: field ${JSON.stringify(name)}`);
    return Object.freeze({ name, schema });
  });
  for (const [index, field] of list.entries()) {
    // An object has its whole-number properties first, whatever the order in which they were written.
    if (/^(__proto__|\d+)$/.test(field.name)) {
      throw new CodecError("schema", `A field cannot be named "${field.name}"`);
    }
    for (const target of refsOf(field.schema)) checkRef(target, list.slice(0, index), field.name);
  }
  if (make !== undefined) checkMake(make, list.filter(({ schema }) => !isVoid(schema)).map(({ name }) => name));
  // References look into the object while its fields are read: it cannot be made afterwards.
  const isMade = make !== undefined && !list.some(({ schema }) => refsOf(schema).length > 0);
  const node = { kind: "struct", fields: Object.freeze(list), ...isMade && { make } };
  return Object.freeze(node) as StructNode & Schema<StructValue<F>>;
}

/** Tries the function with parts that are like nothing else: it must put each under its name, in order. */
function checkMake(make: (...parts: never[]) => unknown, names: readonly string[]): void {
  const parts = names.map(() => ({}));
  const made: object = Object(typeof make === "function" && make(...parts as never[]));
  const entries = Object.entries(made);
  const isRight = entries.length === names.length && Object.getPrototypeOf(made) === Object.prototype &&
    entries.every(([name, part], index) => name === names[index] && part === parts[index]);
  if (!isRight) {
    throw new CodecError("schema", `Cannot build struct: make does not make an object of ${names.join(", ")}`);
  }
}

function checkRef(ref: RefNode, earlier: readonly Field[], name: string): void {
  let fields: readonly Field[] | null = earlier;
  let target: Node;
  for (const step of ref.path) {
    const found: Field | undefined = fields?.find((field) => field.name === step && !isVoid(field.schema));
    if (found === undefined) {
      throw new CodecError(
        "schema",
        `Field "${name}" refers to "${ref.path.join(".")}", which is not an earlier field`,
      );
    }
    target = found.schema;
    fields = target.kind === "struct" ? target.fields : null;
  }
  targetChecks.get(ref)?.(target!, name);
}

/**
 * An integer with names; the value is the name, any other number is an `enum` error.
 *
 * ```ts
 * import { enumOf, type Infer, u8 } from "warpwire/codec";
 *
 * const ResultCode = enumOf(u8, { awaiting: 0, accepted: 1 });
 * const code: Infer<typeof ResultCode> = "accepted";
 * ```
 *
 * ```text
 * enumOf(u8, { awaiting: 0, accepted: 1 }) of "accepted":  01
 *                                                          accepted
 * ```
 */
export function enumOf<const N extends Readonly<Record<string, number>>>(
  int: IntSchema,
  names: N,
): EnumNode & Schema<keyof N & string> {
  checkInt(int, "build enumOf: the integer");
  checkObject(names, "build enumOf: names");
  const list = Object.entries(names).map(([name, value]) => Object.freeze({ name, value }));
  checkNumbers(int, list.map(({ value }) => value), "number of an enumeration");
  return Object.freeze({ kind: "enum", int, names: Object.freeze(list) }) as EnumNode & Schema<keyof N & string>;
}

type Cases = Readonly<Record<string, readonly [tag: number, schema: StructNode & Typed<unknown>]>>;

/**
 * The value of a union: the fields of one case, and the case's name under `Key`. Because of `& unknown`, editors show the
 * cases instead of this name.
 */
export type UnionValue<Key extends string, C extends Cases> =
  & { [Name in keyof C & string]: Simplify<{ [K in Key]: Name } & ValueOf<C[Name][1]>> }[keyof C & string]
  & unknown;

/**
 * A tag, then the fields of the case that the tag names. The value has the case's name in the property `key`.
 *
 * ```ts
 * import { decode, string, struct, u8, union } from "warpwire/codec";
 *
 * const Message = union("type", u8, {
 *   ping: [0x01, struct({ signal: u8 })],
 *   text: [0x02, struct({ text: string(u8) })],
 * });
 * const message = decode(Message, Uint8Array.of(1, 7));
 * if (message.type === "ping") console.log(message.signal); // 7
 * ```
 *
 * ```text
 * union("type", u8, { ping: [0x01, struct({ signal: u8 })] }) of { type: "ping", signal: 7 }:  01   07
 *                                                                                              tag  signal
 * ```
 */
export function union<const Key extends string, const C extends Cases>(
  key: Key,
  tag: IntSchema,
  cases: C,
): UnionNode & Schema<UnionValue<Key, C>> {
  checkArgument(typeof key === "string", "build union: the key", key, "a string");
  if (key === "__proto__") throw new CodecError("schema", 'The key of a union cannot be "__proto__"');
  checkInt(tag, "build union: the tag");
  checkObject(cases, "build union: cases");
  const list = Object.entries(cases).map(([name, one]): UnionCase => {
    const shown = `case ${JSON.stringify(name)}`;
    checkArgument(Array.isArray(one) && one.length === 2, `build union: ${shown}`, one, "a pair of tag and struct");
    const [tag, schema] = one;
    const isStruct = isNode(schema) && (schema as Node).kind === "struct";
    checkArgument(isStruct, `build union: the schema of ${shown}`, schema, "a struct");
    if (schema.fields.some((field) => field.name === key)) {
      throw new CodecError("schema", `Case "${name}" has a field named "${key}", where the case's name stands`);
    }
    return Object.freeze({ name, tag, schema });
  });
  checkNumbers(tag, list.map(({ tag }) => tag), "tag of a union");
  return Object.freeze({ kind: "union", key, tag, cases: Object.freeze(list) }) as
    & UnionNode
    & Schema<UnionValue<Key, C>>;
}

function checkNumbers(int: IntSchema, numbers: readonly number[], what: string): void {
  const min = intMin(int);
  const max = intMax(int);
  const unfit = numbers.find((number) => !Number.isInteger(number) || number < min || number > max);
  if (unfit !== undefined) {
    throw new CodecError("schema", `The ${what} ${show(unfit)} is not a whole number between ${min} and ${max}`);
  }
  const twice = numbers.find((number, index) => numbers.indexOf(number) !== index);
  if (twice !== undefined) throw new CodecError("schema", `Duplicate ${what}: ${twice}`);
}
