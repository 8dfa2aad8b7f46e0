/**
 * Earlier fields in the expressions of Kaitai Struct.
 *
 * @module
 */

import type { Access, KaitaiType } from "./type.ts";
import type { FieldPresence, RefNode } from "../schema/mod.ts";

/** The expression for a field of the struct around a part of a type; `undefined` when there is no such field. */
export function findField(type: KaitaiType, { path }: RefNode): Access | undefined {
  let expression = "";
  let scope: KaitaiType | undefined = type;
  for (; scope !== undefined && scope.fields === undefined; scope = scope.parent) expression += "_parent.";
  let access = scope?.fields?.get(path[0]);
  for (const step of path.slice(1)) {
    expression += `${access?.expression}.`;
    access = access?.kind === "struct" ? access.type.fields?.get(step) : undefined;
  }
  return access === undefined ? undefined : { ...access, expression: expression + access.expression };
}

/** The expression for a condition on a field; `undefined` when such a field cannot be compared. */
export function conditionOn(access: Access, presence: FieldPresence): string | undefined {
  const { expression } = access;
  if (presence.kind === "mask") {
    const { mask } = presence;
    // Above, operators of JavaScript would see none of the bits.
    const fits = mask < 2 ** 32;
    return fits && (access.kind === "int" || access.kind === "bool") ? `(${expression} & ${mask}) != 0` : undefined;
  }
  const { value } = presence;
  switch (access.kind) {
    case "int":
      return Number.isSafeInteger(value) ? `${expression} == ${value}` : "false";
    case "bool":
      return typeof value === "boolean" ? `${expression} == ${value ? 1 : 0}` : "false";
    case "enum": {
      const id = access.names.get(value as string);
      return id === undefined ? "false" : `${expression} == ${id}`;
    }
    case "text":
      return typeof value === "string" ? `${expression} == ${textLiteral(value)}` : "false";
    default:
      return undefined;
  }
}

/** A text in an expression. */
function textLiteral(text: string): string {
  const escaped = text.replace(/[\p{Cc}"\\]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${escaped}"`;
}
