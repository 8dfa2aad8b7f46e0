/**
 * IEEE 754 numbers of 2 bytes, which the DataView of some runtimes does not support.
 *
 * @module
 */

const EXPONENT_BIAS = 15;
const FRACTION = 2 ** 10;
/** The smallest number that has a leading one; below it the numbers are multiples of 2^-24. */
const NORMAL_MIN = 2 ** -14;
const SUBNORMAL_UNIT = 2 ** -24;
const SIGN_BIT = 0x8000;
const INFINITY_BITS = 0x7c00;
const NAN_BITS = 0x7e00;

/** The number that 16 bits stand for. */
export function halfNumber(bits: number): number {
  const sign = bits & SIGN_BIT ? -1 : 1;
  const exponent = bits >> 10 & 0x1f;
  const fraction = bits & FRACTION - 1;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * SUBNORMAL_UNIT;
  return sign * (FRACTION + fraction) * 2 ** (exponent - EXPONENT_BIAS - 10);
}

/** The 16 bits of a number, or `undefined` when they cannot hold it without rounding. */
export function halfBits(value: number): number | undefined {
  if (Number.isNaN(value)) return NAN_BITS;
  const sign = value < 0 || Object.is(value, -0) ? SIGN_BIT : 0;
  const size = Math.abs(value);
  if (size === Infinity) return sign | INFINITY_BITS;
  if (size < NORMAL_MIN) return whole(size / SUBNORMAL_UNIT, sign);
  let exponent = EXPONENT_BIAS;
  while (2 ** exponent > size) exponent--;
  const mantissa = size / 2 ** (exponent - 10);
  if (mantissa >= 2 * FRACTION) return undefined;
  return whole(mantissa, sign + (exponent + EXPONENT_BIAS - 1) * FRACTION);
}

/** Adds the mantissa to the other bits; its leading one makes the exponent one larger. */
function whole(mantissa: number, bits: number): number | undefined {
  return Number.isInteger(mantissa) ? bits + mantissa : undefined;
}
