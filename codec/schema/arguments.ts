/**
 * Checks the arguments of builders and of functions that take a schema, for programs that no compiler
 * checks. The checks are short: every program that decodes contains some of them.
 *
 * @module
 */

import { CodecError } from "../error.ts";
import { isNode, type Schema } from "./node.ts";
import { show } from "../text/mod.ts";

/**
 * Throws a `schema` error that names an argument, as in `Cannot build struct: field "a" is undefined, not a schema`.
 *
 * @param argument where the value was given, as in `build struct: field "a"`
 */
export function checkArgument(isRight: boolean, argument: string, value: unknown, what: string): void {
  if (!isRight) throw new CodecError("schema", `Cannot ${argument} is ${show(value)}, not ${what}`);
}

/** Throws unless an argument is a schema. A copy of one is one, too: it need not be frozen. */
export function checkSchema(value: unknown, argument: string): asserts value is Schema {
  checkArgument(isNode(value), argument, value, "a schema");
}

/** Throws unless an argument is a schema of integers that can be a tag or have names. */
export function checkInt(value: unknown, argument: string): void {
  const isInt = isNode(value) && (value.kind === "varint" || (value.kind === "int" && !value.big));
  checkArgument(isInt, argument, value, "an integer schema whose values are numbers");
}

/** Throws unless an argument is an object with entries. */
export function checkObject(value: unknown, argument: string): void {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  checkArgument(isObject, argument, value, "an object");
}

/** Throws unless an argument is a function. */
export function checkFunction(value: unknown, argument: string): void {
  checkArgument(typeof value === "function", argument, value, "a function");
}

/**
 * Throws unless an argument is a shape of another language. A schema is none, although some have the same kind.
 *
 * @param keys by the kind of a shape, a property that it has
 */
export function checkShape(value: unknown, keys: Readonly<Record<string, string>>, argument: string): void {
  const kind = (value as { readonly kind?: unknown } | null | undefined)?.kind;
  const isShape = typeof kind === "string" && Object.hasOwn(keys, kind) && keys[kind] in (value as object) &&
    !((kind === "array" || kind === "string") && "size" in (value as object));
  checkArgument(isShape, argument, value, "a shape");
}
