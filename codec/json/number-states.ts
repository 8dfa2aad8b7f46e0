/**
 * The states inside a number, for the scanner that may have to stop between any two of its bytes.
 *
 * @module
 */

import { isDigit, isExponent, MINUS, PLUS, POINT, ZERO } from "./bytes.ts";

/** After the sign. */
export const AFTER_MINUS = 10;
/** After a zero that stands alone before the point. */
export const AFTER_ZERO = 11;
/** After a digit of the integer. */
export const IN_DIGITS = 12;
/** After the point. */
const AFTER_POINT = 13;
/** After a digit of the fraction. */
const IN_FRACTION = 14;
/** After the `e`. */
const AFTER_E = 15;
/** After the sign of the exponent. */
const AFTER_E_SIGN = 16;
/** After a digit of the exponent. */
const IN_EXPONENT = 17;

/** Whether a number may end in a state. */
export function endsNumber(state: number): boolean {
  return state === AFTER_ZERO || state === IN_DIGITS || state === IN_FRACTION || state === IN_EXPONENT;
}

/** The state after one more byte of a number, or -1 when the byte cannot continue it. */
export function numberState(state: number, byte: number): number {
  switch (state) {
    case AFTER_MINUS:
      if (byte === ZERO) return AFTER_ZERO;
      return isDigit(byte) ? IN_DIGITS : -1;
    case AFTER_ZERO:
    case IN_DIGITS:
      if (state === IN_DIGITS && isDigit(byte)) return IN_DIGITS;
      if (byte === POINT) return AFTER_POINT;
      return isExponent(byte) ? AFTER_E : -1;
    case AFTER_POINT:
      return isDigit(byte) ? IN_FRACTION : -1;
    case IN_FRACTION:
      if (isDigit(byte)) return IN_FRACTION;
      return isExponent(byte) ? AFTER_E : -1;
    case AFTER_E:
      if (byte === PLUS || byte === MINUS) return AFTER_E_SIGN;
      return isDigit(byte) ? IN_EXPONENT : -1;
    default:
      return isDigit(byte) ? IN_EXPONENT : -1;
  }
}
