/**
 * What the builders of schemas are called with, checked for programs that no compiler checks.
 *
 * @module
 */

import { CodecError } from "./error.ts";
import { isSchema, type Node } from "./schema.ts";
import { show } from "./values.ts";

/** Throws a `schema` error that names the argument, as in `Cannot build struct: field "a" is undefined, not a schema`. */
export function checkArgument(isRight: boolean, builder: string, argument: string, value: unknown, what: string): void {
  if (!isRight) throw new CodecError("schema", `Cannot build ${builder}: ${argument} is ${show(value)}, not ${what}`);
}

/** Throws unless an argument is a schema. */
export function checkSchema(value: unknown, builder: string, argument: string): void {
  checkArgument(isSchema(value), builder, argument, value, "a schema");
}

/** Throws unless an argument is a schema of integers that can be a tag or have names. */
export function checkInt(value: unknown, builder: string, argument: string): void {
  const isInt = isSchema(value) && (value.kind === "varint" || (value.kind === "int" && !value.big));
  checkArgument(isInt, builder, argument, value, "an integer schema whose values are numbers");
}

/** Throws unless an argument is an object with entries. */
export function checkObject(value: unknown, builder: string, argument: string): void {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  checkArgument(isObject, builder, argument, value, "an object");
}

/** Throws unless an argument is a function. */
export function checkFunction(value: unknown, builder: string, argument: string): void {
  checkArgument(typeof value === "function", builder, argument, value, "a function");
}

/** What the function of a `lazy` schema gives. */
export function gotten(node: Extract<Node, { kind: "lazy" }>): Node {
  const schema = node.get();
  checkSchema(schema, "lazy", "what its function returns");
  return schema;
}
