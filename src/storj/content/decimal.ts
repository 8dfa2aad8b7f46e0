/**
 * Numbers as Python's `decimal` has them: exact values, and quotients of 28 digits.
 *
 * @module
 */

import { Decimal as AnyDecimal } from "decimal.js";
import { type Content, Numeral } from "./value.ts";

/** Decimals with the precision and rounding of Python's default context. The constructor is exact, as Python's is. */
const Decimal = AnyDecimal.clone({ defaults: true, precision: 28, rounding: AnyDecimal.ROUND_HALF_EVEN });

/** A decimal number. */
export type { AnyDecimal as Decimal };

/** A number in a text, as Python's `Decimal` takes it. Exponents that it could not calculate with are left out. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,9})?$/;

/** The exact value of what Python makes a decimal of: a number, a boolean or the text of a number; else null. */
export function decimalOf(value: Content): AnyDecimal | null {
  if (typeof value === "boolean") return new Decimal(value ? 1 : 0);
  if (value instanceof Numeral) return value.float === null ? new Decimal(value.text) : exactly(value.float);
  if (typeof value !== "string") return null;
  const text = value.trim();
  return NUMBER.test(text) ? new Decimal(text) : null;
}

/** Bits of the fraction of a float64, and the exponent of the smallest one. */
const FRACTION_BITS = 52;
const EXPONENT_MIN = -1074;

/** The binary value of a float, to the last digit: 0.1 is 0.1000000000000000055511151231257827…. */
function exactly(value: number): AnyDecimal {
  if (Number.isInteger(value)) return new Decimal(Object.is(value, -0) ? "-0" : BigInt(value).toString());
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const power = Number(word >> 52n & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  // fraction * 2^-n is fraction * 5^n * 10^-n.
  const shift = power === 0 ? -EXPONENT_MIN : 1075 - power;
  const mantissa = power === 0 ? fraction : fraction | 1n << BigInt(FRACTION_BITS);
  return new Decimal(`${value < 0 ? "-" : ""}${mantissa * 5n ** BigInt(shift)}e-${shift}`);
}

/** The values of a number field, cut into buckets of one size. */
export interface Buckets {
  readonly minimum: AnyDecimal;
  /** Not a value itself. */
  readonly maximum: AnyDecimal;
  /** The size of a bucket. */
  readonly frame: AnyDecimal;
}

/**
 * The buckets between two numbers.
 *
 * @param resolution How many; rounding can make one more
 */
export function bucketsBetween(minimum: AnyDecimal, maximum: AnyDecimal, resolution: AnyDecimal): Buckets {
  return { minimum, maximum, frame: maximum.minus(minimum).dividedBy(resolution) };
}

/** The bucket of a value that is within the bounds. */
export function bucketOf({ minimum, frame }: Buckets, value: AnyDecimal): bigint {
  return BigInt(value.minus(minimum).dividedBy(frame).trunc().toFixed(0));
}

/**
 * The highest bucket that a JSON number gets, or -1 if there are no values. It is the number of buckets less one, unless
 * rounding to 28 digits makes the distance of a number below the maximum that of the maximum. Texts with more digits than
 * that can get there, too; what subscribes to all values leaves them out, or it had a topic too many for each field.
 */
export function highestBucket(buckets: Buckets): bigint {
  const { minimum, maximum } = buckets;
  if (!minimum.lessThan(maximum)) return -1n;
  const integer = new Decimal(String(BigInt(maximum.ceil().toFixed(0)) - 1n));
  const float = floatBelow(maximum);
  const values = [minimum, integer, float].filter((value) => value.lessThan(maximum));
  return bucketOf(buckets, values.reduce((a, b) => b.greaterThan(a) ? b : a));
}

/** The largest float that is less than a number, or the smallest float of all. */
function floatBelow(number: AnyDecimal): AnyDecimal {
  const near = Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, Number(number.toString())));
  if (exactly(near).lessThan(number)) return exactly(near);
  if (near === 0) return exactly(-Number.MIN_VALUE);
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, near);
  bits.setBigInt64(0, bits.getBigInt64(0) + (near > 0 ? -1n : 1n));
  const below = bits.getFloat64(0);
  return exactly(Number.isFinite(below) ? below : -Number.MAX_VALUE);
}
