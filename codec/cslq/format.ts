/**
 * From the operations of a pattern to its text.
 *
 * @module
 */

import type { Operation, Pattern } from "./pattern.ts";

/**
 * The text of a pattern in its plain form: operations apart by one space, none inside brackets' edges, literals in
 * lower case, lengths without leading zeros. `parsePattern` reads it back.
 *
 * ```ts
 * import { formatPattern, parsePattern } from "warpwire/cslq";
 *
 * console.log(formatPattern(parsePattern("[ 033 ]c{ sxFFq}"))); // [33]c {s xff q}
 * ```
 */
export function formatPattern(pattern: Pattern): string {
  return pattern.map(formatOperation).join(" ");
}

function formatOperation(operation: Operation): string {
  switch (operation.kind) {
    case "int":
      return operation.letter;
    case "value":
      return "v";
    case "literal":
      return `x${operation.byte.toString(16).padStart(2, "0")}`;
    case "array":
      return `[${operation.length}]${formatOperation(operation.item)}`;
    case "struct":
      return `{${formatPattern(operation.parts)}}`;
    case "const":
      return `<${formatPattern(operation.parts)}>`;
  }
}
