/**
 * Schemas: which fields the events of an application have, and by which of them they are found.
 *
 * The rules are those of `storjnet/schema.py` of 2016. There are a dozen, and half of them cannot be said in JSON Schema
 * (indexes name fields, bounds have an order, choices are equal as in Python, integers keep their form), so that a
 * library for that would need as many lines for the rest, and its errors would not name what was expected.
 *
 * @module
 */

import type { PathStep } from "../../../codec/path.ts";
import { type Buckets, bucketsBetween, decimalOf } from "./decimal.ts";
import { fail, failValue, SCHEMA, shown } from "./fault.ts";
import { readContent } from "./read.ts";
import { choiceKey, contentText } from "./text.ts";
import { type Content, type ContentLike, type ContentMap, isList, isMap, Numeral } from "./value.ts";

/** What the values of a field are. */
export type Field =
  | { readonly type: "boolean" | "object" }
  | { readonly type: "enum"; readonly choices: ReadonlySet<string> }
  | { readonly type: "number"; readonly buckets: Buckets };

/** A schema that keeps the rules. */
export interface ContentSchema {
  /** The same for equal schemas, whatever the order of their keys. */
  readonly text: string;
  readonly value: ContentMap;
  readonly fields: ReadonlyMap<string, Field>;
  /** The fields of each index; each of them once. */
  readonly indexes: readonly ReadonlySet<string>[];
}

/** The names of a schema, which are part of each digest. */
export const HEADERS = ["application", "title", "uuid"] as const;

const KEYS = [...HEADERS, "fields", "indexes"];

/** The keys of a field of each type. */
const FIELD_KEYS: Readonly<Record<Field["type"], readonly string[]>> = {
  boolean: ["type"],
  object: ["type"],
  number: ["type", "minimum", "maximum", "resolution"],
  enum: ["type", "choices"],
};

/**
 * Checks a schema.
 *
 * @throws StorjError `invalid-schema`
 */
export function contentSchema(given: ContentLike): ContentSchema {
  return schemaOf(readContent(SCHEMA, given));
}

/** The same of what was read already. */
export function schemaOf(value: Content): ContentSchema {
  checkKeys(value, [], KEYS);
  for (const name of HEADERS) {
    const header = value.get(name)!;
    if (typeof header !== "string") failValue(SCHEMA, [name], header, "a text");
  }
  const fields = fieldsOf(value.get("fields")!);
  return { text: contentText(value), value, fields, indexes: indexesOf(value.get("indexes")!, fields) };
}

/** Checks that a value is an object with these keys and no others. */
function checkKeys(value: Content, path: readonly PathStep[], keys: readonly string[]): asserts value is ContentMap {
  if (!isMap(value)) failValue(SCHEMA, path, value, "an object");
  for (const key of value.keys()) {
    if (!keys.includes(key)) fail(SCHEMA, [...path, key], `is not one of ${keys.join(", ")}`);
  }
  for (const key of keys) if (!value.has(key)) fail(SCHEMA, [...path, key], "is missing");
}

function fieldsOf(value: Content): ReadonlyMap<string, Field> {
  if (!isMap(value) || value.size === 0) failValue(SCHEMA, ["fields"], value, "an object with fields");
  return new Map([...value].map(([name, field]) => [name, fieldOf(field, ["fields", name])]));
}

function fieldOf(value: Content, path: readonly PathStep[]): Field {
  if (!isMap(value)) failValue(SCHEMA, path, value, "an object");
  const type = value.get("type");
  if (type !== "boolean" && type !== "object" && type !== "number" && type !== "enum") {
    failValue(SCHEMA, [...path, "type"], type, "boolean, number, enum or object");
  }
  checkKeys(value, path, FIELD_KEYS[type]);
  if (type === "number") return { type, buckets: bucketsOf(value, path) };
  return type === "enum" ? { type, choices: choicesOf(value.get("choices")!, [...path, "choices"]) } : { type };
}

function bucketsOf(field: ContentMap, path: readonly PathStep[]): Buckets {
  const [minimum, maximum, resolution] = ["minimum", "maximum", "resolution"].map((name) => {
    const value = field.get(name)!;
    if (!(value instanceof Numeral)) failValue(SCHEMA, [...path, name], value, "a number");
    return decimalOf(value)!;
  });
  if (!resolution.isInteger() || resolution.lessThan(1)) {
    failValue(SCHEMA, [...path, "resolution"], field.get("resolution"), "a whole number from 1");
  }
  if (minimum.greaterThan(maximum)) {
    const least = shown(field.get("maximum")!);
    fail(SCHEMA, [...path, "minimum"], `is ${shown(field.get("minimum")!)}, more than the maximum of ${least}`);
  }
  return bucketsBetween(minimum, maximum, resolution);
}

function choicesOf(value: Content, path: readonly PathStep[]): ReadonlySet<string> {
  if (!isList(value) || value.length === 0) failValue(SCHEMA, path, value, "an array of choices");
  return new Set(value.map((choice, at) => {
    return choiceKey(choice) ?? failValue(SCHEMA, [...path, at], choice, "null, a boolean, a number or a text");
  }));
}

function indexesOf(value: Content, fields: ReadonlyMap<string, Field>): ReadonlySet<string>[] {
  if (!isList(value) || value.length === 0) failValue(SCHEMA, ["indexes"], value, "an array of indexes");
  return value.map((names, index) => {
    const path = ["indexes", index];
    if (!isList(names) || names.length === 0) failValue(SCHEMA, path, names, "an array of names of fields");
    return new Set(names.map((name, at) => {
      if (typeof name === "string" && fields.has(name)) return name;
      failValue(SCHEMA, [...path, at], name, "the name of a field");
    }));
  });
}

/**
 * The numbers of the indexes that are asked for, or of all.
 *
 * @throws StorjError `invalid-schema` for one that the schema does not have
 */
export function indexNumbers({ indexes }: ContentSchema, wanted?: readonly number[]): readonly number[] {
  if (wanted === undefined) return [...indexes.keys()];
  if (!Array.isArray(wanted)) fail(SCHEMA, ["indexes"], "are asked for by something that is not an array of numbers");
  for (const number of wanted) {
    if (!Number.isInteger(number) || number < 0 || number >= indexes.length) {
      fail(SCHEMA, ["indexes"], `has no number ${String(number)}: there are ${indexes.length}, from 0`);
    }
  }
  return wanted;
}
