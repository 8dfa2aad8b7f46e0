/**
 * What describes an object in both of its encodings: a binary schema and a JSON form, made together from parts.
 *
 * @module
 */

import { array, CodecError, optional, refine, type Schema, struct, u32 } from "../../mod.ts";
import { jsonArray, jsonObject, jsonOptional, type JsonShape } from "../../json/mod.ts";

/** A value of type `T` in both encodings. */
export interface ObjectForm<T> {
  /** The payload of a binary frame. */
  readonly schema: Schema<T>;
  /** The property `Object` of a JSON message, or null for an object that must not be sent as JSON. */
  readonly json: JsonForm<T> | null;
}

/** How a value is written in JSON: a document of a shape, and the conversions between it and the value. */
export interface JsonForm<T> {
  readonly shape: JsonShape;
  /** A shape for numbers that are outside the range of the first one. */
  readonly wideShape?: JsonShape;
  /** What a struct's field is when its key is missing or null; undefined when that is an error. */
  readonly zero?: T;
  /**
   * The value of what was read with the shape.
   *
   * @throws CodecError with a path that begins with `path`
   */
  read(json: unknown, path: string): T;
  /** What is written with the shape; the value has been checked against the binary schema. */
  write(value: T): unknown;
}

/** The parts of a {@link JsonForm} whose document has the type `J`. */
export interface JsonFormParts<T, J> {
  readonly shape: JsonShape<J>;
  readonly wideShape?: JsonShape<J>;
  readonly zero?: T;
  read(json: J, path: string): T;
  write(value: T): J;
}

/** Makes a form; the type of the document is checked here and forgotten. */
export function form<T, J>(schema: Schema<T>, parts: JsonFormParts<T, J>): ObjectForm<T> {
  return Object.freeze({ schema, json: Object.freeze(parts) as unknown as JsonForm<T> });
}

/** One field of {@link structForm}: its key in JSON, and its form. */
export type FieldForm<T> = readonly [key: string, form: ObjectForm<T>];

/** Named fields in order; JSON has them under the keys of the Go struct, matched without regard to case. */
export function structForm<T extends object>(fields: { readonly [K in keyof T]: FieldForm<T[K]> }): ObjectForm<T> {
  const list = Object.entries<FieldForm<unknown>>(fields).map(([name, [key, field]]) => {
    if (field.json === null) throw new CodecError("schema", `Field "${name}" has no JSON form`);
    return { name, key, schema: field.schema, json: field.json };
  });
  const schema = struct(Object.fromEntries(list.map(({ name, schema }) => [name, schema])));
  return form<T, Record<string, unknown>>(schema as unknown as Schema<T>, {
    shape: jsonObject(Object.fromEntries(list.map(({ key, json }) => [key, jsonOptional(json.shape)]))),
    read: (document, path) =>
      Object.fromEntries(list.map(({ name, key, json }) => {
        const at = `${path}.${key}`;
        const found = document[key];
        if (found !== undefined) return [name, json.read(found, at)];
        if (json.zero === undefined) throw new CodecError("json", `Key "${key}" is missing or null`, { path: at });
        return [name, json.zero];
      })) as T,
    write: (value) =>
      Object.fromEntries(
        list.map(({ name, key, json }) => [key, json.write((value as Record<string, unknown>)[name])]),
      ),
  });
}

/**
 * Values of one form. In binary a count, then a presence byte, always 01, before every value. A Go slice without elements
 * is `null` in JSON, which is written for an empty array and read as one.
 */
export function sliceForm<T>(item: ObjectForm<T>): ObjectForm<T[]> {
  const { json } = item;
  if (json === null) throw new CodecError("schema", "An element of a slice has no JSON form");
  return form<T[], unknown[] | null>(sliceSchema(item.schema), {
    shape: jsonArray(json.shape),
    zero: [],
    read: (items, path) => (items ?? []).map((item, index) => json.read(item, `${path}[${index}]`)),
    write: (values) => values.length === 0 ? null : values.map((value) => json.write(value)),
  });
}

/** The binary part of {@link sliceForm}. */
export function sliceSchema<T>(item: Schema<T>): Schema<T[]> {
  const element = refine(optional(item) as Schema, { name: "present", test: (value) => value !== null });
  return array(element as Schema<T>, u32);
}

/** Runs a conversion of a text, whose errors get the place of the text in the document. */
export function atPath<T>(path: string, convert: () => T): T {
  try {
    return convert();
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new CodecError(error.code, error.reason, { path, context: error.context, cause: error });
  }
}
