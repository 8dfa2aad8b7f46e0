/**
 * Names of schemas and their parts in a generated file.
 *
 * @module
 */

import { CodecError } from "../error.ts";
import { isIdentifier, quote } from "./text.ts";

/** What every file means by these names: global values, and its own variables. */
const GIVEN = "Array Infinity Math Number Object Record Uint8Array elements lastEnd".split(" ");

/** The name of a type, and the end of the names of its functions: the schema's name with a capital. */
export function typeName(name: string): string {
  return name[0].toUpperCase() + name.slice(1);
}

/** Every name at the top of a file that a schema's codec may have, exported or not. */
function codecNames(schema: string): string[] {
  const type = typeName(schema);
  const functions = ["encode", "decode", "scan", "stream", "read", "write", "schemaOf"].map((verb) => verb + type);
  return [type, ...functions, `encode${type}Into`, `decode${type}Prefix`];
}

/**
 * The names at the top of a file that follow from those of its schemas, the name of its table, and what every file has.
 *
 * @throws CodecError `schema` for a name that is not an identifier, and for a duplicate name
 */
export function claimNames(schemas: readonly string[], table?: string): Set<string> {
  const owners = new Map(GIVEN.map((name) => [name, "every file"]));
  const claim = (name: string, owner: string) => {
    const other = owners.get(name);
    if (other !== undefined) {
      throw new CodecError("schema", `Cannot generate code: ${owner} needs the name ${name}, which ${other} has`);
    }
    owners.set(name, owner);
  };
  for (const schema of schemas) {
    assertIdentifier(schema);
    codecNames(schema).forEach((name) => claim(name, quote(schema)));
  }
  if (table !== undefined) {
    assertIdentifier(table);
    claim(table, "the table");
  }
  return new Set(owners.keys());
}

/** @throws CodecError `schema` for a name that is not an identifier */
export function assertIdentifier(name: string): void {
  if (!isIdentifier(name)) throw new CodecError("schema", `Cannot generate code: ${quote(name)} is not an identifier`);
}

/** The wish, or the wish with a number after it when it is taken. */
export function freeName(wish: string, isTaken: (name: string) => boolean): string {
  let name = wish;
  for (let number = 2; isTaken(name); number++) name = `${wish}${number}`;
  return name;
}

/** Names in the order of imports: capitals make no difference. */
export function inOrder(names: Iterable<string>): string[] {
  const folded = (name: string) => name.toLowerCase();
  return [...names].sort((a, b) => folded(a) < folded(b) ? -1 : folded(a) > folded(b) ? 1 : a < b ? -1 : 1);
}
