/**
 * Values that may be absent, when they are there, and conditions on earlier fields that could never be met.
 *
 * @module
 */

import { CodecError } from "../error.ts";
import { show, textBytes } from "../text/mod.ts";
import { checkArgument, checkObject, checkSchema } from "./arguments.ts";
import {
  type IntNode,
  isVoid,
  type Node,
  type OptionalNode,
  type Presence,
  type RefNode,
  type Schema,
  type Size,
  type VarintNode,
} from "./node.ts";
import { type FieldPresence, meets, targetChecks } from "./references.ts";
import { ref } from "./sequences.ts";
import { intMax, intMin } from "./sizes.ts";

/**
 * When an optional value is there: an earlier field equals a value, or has one of the bits of a mask. A bigint field is
 * compared with a bigint; a mask of more than 53 bits is a bigint. Negative integers have their bits in two's
 * complement.
 */
export type Condition =
  | { readonly field: string; readonly equals: string | number | bigint | boolean }
  | { readonly field: string; readonly mask: number | bigint };

/**
 * A value that may be absent, `null` then. Without a condition a presence byte (00 or 01) is before it.
 *
 * ```text
 * optional(u16) of 4000:  01       0f a0
 *                         present  4000
 * optional(u16) of null:  00
 * ```
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

const BIG_BITS = 64n;

/** Whether a mask is a whole number that can be used: one bit at least, and 64 at most. */
function isMask(mask: unknown): boolean {
  if (typeof mask === "bigint") return mask > 0n && mask < 1n << BIG_BITS;
  return Number.isSafeInteger(mask) && (mask as number) > 0;
}

/**
 * Why no value of a field meets a condition; `undefined` when one may. What a program's own functions make is not
 * known.
 */
function neverMet(node: Node, condition: FieldPresence): string | undefined {
  switch (node.kind) {
    case "map":
    case "lazy":
    case "extension":
      return undefined;
    case "constant":
      return meets(node.value, condition) ? undefined : "the field is always another value";
    default:
      if ("schema" in node) return neverMet(node.schema, condition);
      return condition.kind === "mask" ? bitsMissing(node, BigInt(condition.mask)) : neverEqual(node, condition.value);
  }
}

function bitsMissing(node: Node, mask: bigint): string | undefined {
  switch (node.kind) {
    case "bool":
      return mask === 1n ? undefined : "a bool has bit 0 only";
    case "int":
    case "varint": {
      const bits = node.kind === "varint" ? BIG_BITS : BigInt(8 * node.bytes);
      if (mask >= 1n << bits) return `the field has ${bits} bits`;
      return (mask & usableBits(node)) !== 0n ? undefined : "the field is at most 2^53-1";
    }
    default:
      return "the field is not an integer";
  }
}

/** The bits that can be 1 in the values of an integer schema. */
function usableBits(node: IntNode | VarintNode): bigint {
  // Negative safe integers have every bit of their bytes.
  if (node.kind === "int" && (node.signed || node.big)) return -1n;
  return BigInt(intMax(node));
}

function neverEqual(node: Node, value: unknown): string | undefined {
  switch (node.kind) {
    case "int":
    case "varint":
      return neverInt(node, value);
    case "float":
      if (typeof value !== "number" || Number.isNaN(value)) return "the field is a number that equals itself";
      return node.bytes === 8 || Math.fround(value) === value ? undefined : "4 bytes would round the number";
    case "bool":
      return typeof value === "boolean" ? undefined : "the field is true or false";
    case "enum":
      return node.names.some(({ name }) => name === value) ? undefined : "the field has no such name";
    case "string":
      if (typeof value !== "string") return "the field is a text";
      return fitsText(node.size, value) ? undefined : "the field has no text of this size";
    default:
      return "the field is not a value that can be compared";
  }
}

function neverInt(node: IntNode | VarintNode, value: unknown): string | undefined {
  if (node.kind === "int" && node.big) {
    if (typeof value !== "bigint") return "the field is a bigint";
    const fits = (node.signed ? BigInt.asIntN : BigInt.asUintN)(Number(BIG_BITS), value) === value;
    return fits ? undefined : "the field has 64 bits";
  }
  const min = intMin(node);
  const max = intMax(node);
  const fits = Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
  return fits ? undefined : `the field is a whole number between ${min} and ${max}`;
}

function fitsText(size: Size, text: string): boolean {
  const length = textBytes(text)?.length;
  if (length === undefined) return false;
  if (size.kind === "fixed") return length === size.count;
  return size.kind !== "prefix" || length <= intMax(size.int);
}
