/**
 * Random valid values for any shape.
 *
 * @module
 */

import {
  arbitraryBigInt,
  arbitraryBytes,
  arbitraryFloat,
  arbitraryInt,
  arbitraryText,
  pick,
} from "../arbitrary/mod.ts";
import { f64, type RandomSource } from "../schema/mod.ts";
import { bytesWritten } from "../engine/mod.ts";
import { LIMITS } from "../limits.ts";
import type { FieldNode, MsgpackNode } from "./shape.ts";
import { CHECKED, Ext, type MsgpackValue, Packed } from "./value.ts";
import { compileWrite } from "./write.ts";

const writeAny = compileWrite({ kind: "any" }, LIMITS);

/** Elements of an array, or bytes of most texts and byte strings. */
const LENGTH_MAX = 12;
/** Arrays and maps inside each other in a value of unknown shape. */
const DEPTH_MAX = 3;
/** Lengths around those where a form ends. */
const LENGTHS = [0, 15, 16, 17, 31, 32, 33, 255, 256, 257];

/** A valid value of a shape. Choices of 0 make a simple one. */
export function arbitraryShape(node: MsgpackNode, choose: RandomSource): unknown {
  switch (node.kind) {
    case "nil":
      return null;
    case "boolean":
      return choose(1) === 1;
    case "int":
      return inRange(node.min, node.max, choose);
    case "big":
      return arbitraryBigInt(choose, node.min < 0n);
    case "float":
      return arbitraryFloat(choose, f64);
    case "text":
      return arbitraryText(choose, length(choose));
    case "bytes":
      return arbitraryBytes(choose, node.size ?? length(choose));
    case "exact":
      return node.text;
    case "tagged":
      return arbitraryShape(node.item, choose);
    case "array":
      return Array.from({ length: choose(LENGTH_MAX) }, () => arbitraryShape(node.item, choose));
    case "tuple":
      return node.items.map((item) => arbitraryShape(item, choose));
    case "named": {
      const countMin = node.fields.filter((field) => !field.optional).length;
      return fieldsOf(node.fields.slice(0, countMin + choose(node.fields.length - countMin)), choose);
    }
    case "map":
      return fieldsOf(node.fields.filter((field) => !field.optional || choose(1) === 1), choose);
    case "oneOf":
      return arbitraryShape(pick(choose, node.options), choose);
    case "any":
      return arbitraryAny(choose, 0);
    case "packed": {
      const value = packedOf(arbitraryAny(choose, 0));
      return value.bytes.length <= node.bytesMax ? value : packedOf(null);
    }
  }
}

function length(choose: RandomSource): number {
  return choose(3) === 3 ? pick(choose, LENGTHS) : choose(LENGTH_MAX);
}

function inRange(min: number, max: number, choose: RandomSource): number {
  // The generator of integers wants a range with 0 in it.
  const value = arbitraryInt(choose, Math.min(min, 0), Math.max(max, 0));
  return value < min ? min : value > max ? max : value;
}

function fieldsOf(fields: readonly FieldNode[], choose: RandomSource): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const { name, shape } of fields) value[name] = arbitraryShape(shape, choose);
  return value;
}

function arbitraryAny(choose: RandomSource, depth: number): MsgpackValue {
  switch (choose(depth < DEPTH_MAX ? 9 : 7)) {
    case 0:
      return null;
    case 1:
      return choose(1) === 1;
    case 2:
      return arbitraryInt(choose, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    case 3:
      return wide(arbitraryBigInt(choose, choose(1) === 1));
    case 4:
      return fraction(arbitraryFloat(choose, f64));
    case 5:
      return arbitraryText(choose, length(choose));
    case 6:
      return arbitraryBytes(choose, length(choose));
    case 7:
      return new Ext(choose(255) - 128, arbitraryBytes(choose, length(choose)));
    case 8:
      return Array.from({ length: length(choose) % 40 }, () => arbitraryAny(choose, depth + 1));
    default: {
      const value: Record<string, MsgpackValue> = {};
      for (let left = choose(LENGTH_MAX); left > 0; left--) {
        value[arbitraryText(choose, choose(LENGTH_MAX))] = arbitraryAny(choose, depth + 1);
      }
      return value;
    }
  }
}

/** Bigints only stand for what no number can be. */
function wide(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A float that is a safe integer is written as one, and comes back without the sign of zero it may have had. */
function fraction(value: number): number {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? value + 0.5 : value;
}

function packedOf(value: MsgpackValue): Packed {
  return new Packed(bytesWritten((o) => writeAny(o, value)), CHECKED);
}
