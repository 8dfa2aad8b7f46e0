/**
 * What a JSON shape is: an immutable description of a document that carries the TypeScript type of its value.
 *
 * Shapes mirror the Go types that encoding/json reads and writes: fields in a fixed order, every field always present,
 * and a zero value for fields that a document leaves out.
 *
 * @module
 */

import { checkObject, checkShape, type Typed } from "../schema/mod.ts";
import { CodecError } from "../error.ts";

/** A description of JSON values of the type `T`. */
export type JsonShape<T = unknown> = JsonNode & Typed<T>;

/** A string. */
export interface JsonStringNode {
  readonly kind: "string";
}

/** `true` or `false`. */
export interface JsonBoolNode {
  readonly kind: "bool";
}

/** An integer of the Go type `type`; `big` values are bigints, the others safe integers. */
export interface JsonIntNode {
  readonly kind: "int";
  readonly type: "int" | "int64" | "uint32";
  readonly big: boolean;
}

/** Values of one shape in brackets, or `null`. */
export interface JsonArrayNode {
  readonly kind: "array";
  readonly item: JsonNode;
}

/** Named values in braces. */
export interface JsonObjectNode {
  readonly kind: "object";
  /** In the order in which they are written. */
  readonly fields: readonly JsonField[];
  /** What happens to a key that is not among the fields. */
  readonly extra: "ignore" | "refuse";
}

/** One named value of an object. */
export interface JsonField {
  readonly key: string;
  /** The key as it is written: quoted, escaped, with its colon. */
  readonly label: string;
  /** The same after another field: with a comma before it. */
  readonly nextLabel: string;
  readonly shape: JsonNode;
  /** Whether the key is left out when the value is undefined. */
  readonly optional: boolean;
}

/** A value of any shape. */
export interface JsonAnyNode {
  readonly kind: "any";
}

/** Every kind of node. */
export type JsonNode = JsonStringNode | JsonBoolNode | JsonIntNode | JsonArrayNode | JsonObjectNode | JsonAnyNode;

/** A field that may be missing; see {@link jsonOptional}. */
export interface JsonOptional<T = unknown> {
  readonly kind: "optional";
  readonly shape: JsonShape<T>;
}

/** A value of {@link jsonAny}. */
export type JsonValue = null | boolean | number | bigint | string | JsonValue[] | { [key: string]: JsonValue };

/** A number as it is written. */
export class JsonNumber {
  readonly text: string;
  /** Whether it is written without point and exponent: `5` and `5.0` are different numbers for many languages. */
  readonly isInteger: boolean;

  /** @param text A number as JSON writes it; it is not checked */
  constructor(text: string, isInteger: boolean = !/[.eE]/.test(text)) {
    this.text = text;
    this.isInteger = isInteger;
  }

  /** The nearest float64, which may be infinite. */
  valueOf(): number {
    return Number(this.text);
  }
}

/** A JSON value as it is written. Objects have no prototype, so that no key can reach one. */
export type ExactJson = null | boolean | string | JsonNumber | ExactJson[] | { [key: string]: ExactJson };

/** The fields of {@link jsonObject} by key. */
export type JsonFields = Readonly<Record<string, JsonShape | JsonOptional>>;

type Simplify<T> = { [K in keyof T]: T[K] } & unknown;
type OptionalKeys<F> = { [K in keyof F]: F[K] extends JsonOptional ? K : never }[keyof F];

/** The value of an object: a property for every field. */
export type JsonObjectValue<F extends JsonFields> = Simplify<
  & { -readonly [K in Exclude<keyof F, OptionalKeys<F>>]: F[K] extends Typed<infer T> ? T : never }
  & { -readonly [K in OptionalKeys<F>]?: (F[K] extends JsonOptional<infer T> ? T : never) | undefined }
>;

/** A string. Go's strings hold no lone surrogates: writing one is refused, a read one has become U+FFFD. Zero: `""`. */
export const jsonString: JsonStringNode & JsonShape<string> = Object.freeze({ kind: "string" });

/** `true` or `false`. Zero: `false`. */
export const jsonBool: JsonBoolNode & JsonShape<boolean> = Object.freeze({ kind: "bool" });

/** Go's int64 as a number; beyond ±(2^53-1) it is refused, for a number would be a neighbour. Zero: `0`. */
export const jsonInt64: JsonIntNode & JsonShape<number> = int("int64", false);

/** Go's int64 as a bigint, -2^63 to 2^63-1. Zero: `0n`. */
export const jsonInt64Big: JsonIntNode & JsonShape<bigint> = int("int64", true);

/** Go's int, which has 64 bits on the platforms of today, as a number; as {@link jsonInt64}. Zero: `0`. */
export const jsonInt: JsonIntNode & JsonShape<number> = int("int", false);

/** Go's uint32, 0 to 4294967295. Zero: `0`. */
export const jsonUint32: JsonIntNode & JsonShape<number> = int("uint32", false);

/**
 * A value of any shape, as Go's `interface{}`. Integers are safe integers or else bigints, numbers with a point or an
 * exponent are float64 numbers; objects have no prototype, so that no key can reach one, and are written with their
 * keys sorted; {@link orderedKeys} gives those of a decoded object as they came. A whole float64 between 2^53 and 1e21
 * is written without an exponent, as in Go, and so is read as a bigint. Zero: `null`.
 */
export const jsonAny: JsonAnyNode & JsonShape<JsonValue> = Object.freeze({ kind: "any" });

function int<T>(type: JsonIntNode["type"], big: boolean): JsonIntNode & JsonShape<T> {
  return Object.freeze({ kind: "int", type, big });
}

/** Values of one shape; `null` is Go's nil slice, and not the same as `[]`. Zero: `null`. */
export function jsonArray<T>(item: JsonShape<T>): JsonArrayNode & JsonShape<T[] | null> {
  checkJsonShape(item, "build jsonArray: the item");
  return Object.freeze({ kind: "array", item });
}

/**
 * A key that is left out when its value is undefined, for use in {@link jsonObject}. A `null` in a document leaves the
 * value as it is, except where `null` is a value (arrays and {@link jsonAny}).
 */
export function jsonOptional<T>(shape: JsonShape<T>): JsonOptional<T> {
  checkJsonShape(shape, "build jsonOptional: the shape");
  return Object.freeze({ kind: "optional", shape });
}

/**
 * Named values, written in the order given. Reading takes them in any order: a key matches a field exactly or, where no
 * field does, without regard to case as Go folds it; a missing one has the zero value of its shape; of equal keys the
 * last one counts, and objects and array elements are merged as Go merges them. Zero: every field is zero.
 *
 * ```ts
 * import { decodeJson, jsonObject, jsonString, jsonText, jsonUint32 } from "warpwire/json";
 *
 * const Entry = jsonObject({ Uri: jsonString, Perm: jsonUint32 });
 * const entry = decodeJson(Entry, new TextEncoder().encode('{"perm":420,"Mode":"ignored"}'));
 * console.log(jsonText(Entry, entry)); // {"Uri":"","Perm":420}
 * ```
 *
 * @param options `extra`: whether unknown keys are ignored, as in Go (the default), or refused
 * @throws CodecError `schema` for a key that is not plain ASCII text, or that JavaScript would move or treat specially
 */
export function jsonObject<const F extends JsonFields>(
  fields: F,
  options: { readonly extra?: "ignore" | "refuse" } = {},
): JsonObjectNode & JsonShape<JsonObjectValue<F>> {
  checkObject(fields, "build jsonObject: fields");
  const list = Object.entries(fields).map(([key, entry]): JsonField => {
    checkKey(key);
    const optional = entry?.kind === "optional";
    const shape = optional ? entry.shape : entry;
    checkJsonShape(shape, `build jsonObject: field ${JSON.stringify(key)}`);
    const label = labelOf(key);
    return Object.freeze({ key, label, nextLabel: `,${label}`, shape, optional });
  });
  return Object.freeze({ kind: "object", fields: Object.freeze(list), extra: options.extra ?? "ignore" });
}

/** Keys outside these are never folded to by Go's special letters only, cannot be in a tag, or lose their order. */
function checkKey(key: string): void {
  if (!/^[\x20-\x7e]+$/.test(key) || /["\\]/.test(key)) {
    throw new CodecError(
      "schema",
      `Cannot use ${JSON.stringify(key)} as a key: it must be ASCII text without " and \\`,
    );
  }
  if (/^(0|[1-9][0-9]*)$/.test(key)) {
    throw new CodecError("schema", `Cannot use "${key}" as a key: objects do not keep the order of such keys`);
  }
  if (key === "__proto__") throw new CodecError("schema", 'Cannot use "__proto__" as a key');
}

/** Go escapes these three everywhere, also in keys. */
function labelOf(key: string): string {
  const text = key.replace(/[<>&]/g, (char) => "\\u00" + char.charCodeAt(0).toString(16));
  return `"${text}":`;
}

const KEYS: Readonly<Record<JsonNode["kind"], string>> = {
  string: "kind",
  bool: "kind",
  int: "type",
  array: "item",
  object: "fields",
  any: "kind",
};

/** Throws a `schema` error that names the argument unless it is a shape. */
export function checkJsonShape(value: unknown, argument: string): void {
  checkShape(value, KEYS, argument);
}

/** The value that Go has before it reads anything. */
export function jsonZero(shape: JsonNode): unknown {
  switch (shape.kind) {
    case "string":
      return "";
    case "bool":
      return false;
    case "int":
      return shape.big ? 0n : 0;
    case "object": {
      const value: Record<string, unknown> = {};
      for (let i = 0; i < shape.fields.length; i++) {
        const { key, shape: inner, optional } = shape.fields[i];
        if (!optional) value[key] = jsonZero(inner);
      }
      return value;
    }
    default:
      return null;
  }
}

/** Inclusive bounds. */
interface IntRange {
  readonly min: bigint;
  readonly max: bigint;
}

const UINT32: IntRange = Object.freeze({ min: 0n, max: 2n ** 32n - 1n });
const INT64: IntRange = Object.freeze({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const SAFE: IntRange = Object.freeze({ min: BigInt(Number.MIN_SAFE_INTEGER), max: BigInt(Number.MAX_SAFE_INTEGER) });

/** The bounds of the values of a shape: the Go type's, and those of a safe integer where the value is a number. */
export function intRange(shape: JsonIntNode): IntRange {
  if (shape.type === "uint32") return UINT32;
  return shape.big ? INT64 : SAFE;
}
