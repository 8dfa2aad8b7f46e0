/**
 * Random values of any shape, for tests.
 *
 * @module
 */

import { arbitraryBigInt, arbitraryFloat, arbitraryInt, arbitraryText, pick } from "../arbitrary/mod.ts";
import type { RandomSource } from "../schema/mod.ts";
import type { JsonIntNode, JsonNode, JsonObjectNode, JsonShape, JsonValue } from "./shape.ts";

/** Items of an array, and keys of an object of any shape. */
const ITEMS_MAX = 3;
/** Bytes of a text. */
const TEXT_BYTES_MAX = 12;
/** Levels of a value of any shape. */
const ANY_LEVELS_MAX = 2;
const UINT32_MAX = 2 ** 32 - 1;

/** Keys that a careless reader takes for something of its own. */
const KEYS = ["Id", "id", "a", "__proto__", "constructor", "0", "", "é<"];

/** A float whose form has a point or an exponent: 1 without either is an integer. */
const FRACTIONS = [0.5, -0.1, 1.5e-7, 1e21, -1e300, 5e-324, 2 ** -30];

/** A value that a shape can be written with, and that is read back as it was. Choices of 0 make a simple one. */
export function arbitraryJson<T>(shape: JsonShape<T>, choose: RandomSource): T {
  return arbitraryNode(shape, choose) as T;
}

function arbitraryNode(shape: JsonNode, choose: RandomSource): unknown {
  switch (shape.kind) {
    case "string":
      return arbitraryText(choose, choose(TEXT_BYTES_MAX));
    case "bool":
      return choose(1) === 1;
    case "int":
      return arbitraryInteger(shape, choose);
    case "array":
      return choose(5) === 5
        ? null
        : Array.from({ length: choose(ITEMS_MAX) }, () => arbitraryNode(shape.item, choose));
    case "object":
      return arbitraryObject(shape, choose);
    case "any":
      return arbitraryAny(choose, ANY_LEVELS_MAX);
  }
}

function arbitraryInteger({ type, big }: JsonIntNode, choose: RandomSource): number | bigint {
  if (big) return arbitraryBigInt(choose, true);
  if (type === "uint32") return arbitraryInt(choose, 0, UINT32_MAX);
  return withoutNegativeZero(arbitraryInt(choose, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));
}

/** Go has no negative zero among its integers. */
function withoutNegativeZero(value: number): number {
  return value === 0 ? 0 : value;
}

function arbitraryObject({ fields }: JsonObjectNode, choose: RandomSource): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const { key, shape, optional } of fields) {
    if (!optional || choose(1) === 1) value[key] = arbitraryNode(shape, choose);
  }
  return value;
}

function arbitraryAny(choose: RandomSource, levels: number): JsonValue {
  switch (choose(levels === 0 ? 5 : 7)) {
    case 0:
      return null;
    case 1:
      return choose(1) === 1;
    case 2:
      return withoutNegativeZero(arbitraryInt(choose, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));
    case 3:
      return arbitraryText(choose, choose(TEXT_BYTES_MAX));
    case 4:
      return choose(1) === 0 ? pick(choose, FRACTIONS) : fraction(choose);
    case 5:
      return (1n << BigInt(54 + choose(100))) + BigInt(choose(UINT32_MAX));
    case 6:
      return Array.from({ length: choose(ITEMS_MAX) }, () => arbitraryAny(choose, levels - 1));
    default: {
      const value: { [key: string]: JsonValue } = Object.create(null);
      for (let left = choose(ITEMS_MAX); left > 0; left--) value[pick(choose, KEYS)] = arbitraryAny(choose, levels - 1);
      return value;
    }
  }
}

function fraction(choose: RandomSource): number {
  const value = arbitraryFloat(choose, { kind: "float", bytes: 8, littleEndian: false });
  return Number.isFinite(value) && !Number.isInteger(value) ? value : 0.5;
}
