/**
 * Values that may be absent, and when they are there.
 *
 * @module
 */

import { checkArgument, checkObject, checkSchema } from "./arguments.ts";
import { isMask, neverMet } from "./conditions.ts";
import { CodecError } from "../error.ts";
import { type FieldPresence, targetChecks } from "./references.ts";
import { isVoid, type Node, type OptionalNode, type Presence, type RefNode, type Schema } from "./node.ts";
import { ref } from "./sequences.ts";
import { show } from "../text/mod.ts";

/**
 * When an optional value is there: an earlier field equals a value, or has one of the bits of a mask. A bigint field is
 * compared with a bigint; a mask of more than 53 bits is a bigint. Negative integers have their bits in two's complement.
 */
export type Condition =
  | { readonly field: string; readonly equals: string | number | bigint | boolean }
  | { readonly field: string; readonly mask: number | bigint };

/**
 * A value that may be absent, `null` then. Without a condition a presence byte (00 or 01) stands before it.
 *
 * @throws CodecError `schema` for a literal, which has no value that could be there or not, and for a condition that no
 * value of the field meets (also thrown by the struct that has both)
 */
export function optional<T>(schema: Schema<T>, condition?: Condition): OptionalNode & Schema<T | null> {
  checkSchema(schema, "build optional: the schema");
  if (isVoid(schema)) throw new CodecError("schema", "An optional part needs a value, which a literal has not");
  return Object.freeze({ kind: "optional", schema: schema as Node, presence: presenceOf(condition) }) as
    & OptionalNode
    & Schema<T | null>;
}

function presenceOf(condition: Condition | undefined): Presence {
  if (condition === undefined) return Object.freeze({ kind: "byte" });
  checkObject(condition, "build optional: the condition");
  const { field } = condition;
  checkArgument(typeof field === "string", "build optional: the field", field, "a name");
  const fieldRef = ref(field);
  const presence = conditionOn(fieldRef, condition);
  targetChecks.set(fieldRef, (target, name) => {
    const reason = neverMet(target, presence);
    if (reason === undefined) return;
    const shown = presence.kind === "mask" ? `mask ${presence.mask}` : `equals ${show(presence.value)}`;
    throw new CodecError("schema", `Field "${name}" can never be present, ${shown} of "${field}": ${reason}`);
  });
  return presence;
}

function conditionOn(ref: RefNode, condition: Condition): FieldPresence {
  if ("mask" in condition) {
    const { mask } = condition;
    checkArgument(!("equals" in condition), "build optional: the condition", condition, "one of equals and mask");
    checkArgument(isMask(mask), "build optional: the mask", mask, "a safe integer or a bigint of 1 to 64 bits above 0");
    return Object.freeze({ kind: "mask", ref, mask });
  }
  const isPlain = ["string", "number", "bigint", "boolean"].includes(typeof condition.equals);
  checkArgument(isPlain, "build optional: equals", condition.equals, "a text, a number, a bigint or a boolean");
  return Object.freeze({ kind: "equals", ref, value: condition.equals });
}
