/**
 * The bytes of JSON's grammar (RFC 8259), the states inside a number, and how error messages show a byte.
 *
 * @module
 */

/** `"` */
export const QUOTE = 0x22;
/** `+` */
const PLUS = 0x2b;
/** `,` */
export const COMMA = 0x2c;
/** `-` */
export const MINUS = 0x2d;
/** `.` */
const POINT = 0x2e;
/** `0` */
export const ZERO = 0x30;
/** `:` */
export const COLON = 0x3a;
/** `[` */
export const OPEN_ARRAY = 0x5b;
/** `\` */
export const BACKSLASH = 0x5c;
/** `]` */
export const CLOSE_ARRAY = 0x5d;
/** `f` */
export const LETTER_F = 0x66;
/** `n` */
export const LETTER_N = 0x6e;
/** `t` */
export const LETTER_T = 0x74;
/** `u` */
export const LETTER_U = 0x75;
/** `{` */
export const OPEN_OBJECT = 0x7b;
/** `}` */
export const CLOSE_OBJECT = 0x7d;

/** Whether a byte is white space between tokens: space, tab, LF or CR. */
export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Whether a byte is one of `0` to `9`. */
export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Whether a byte is `e` or `E`. */
function isExponent(byte: number): boolean {
  return byte === 0x65 || byte === 0x45;
}

/** Whether a byte is a hex digit of either case. */
export function isHexDigit(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x61 && byte <= 0x66) || (byte >= 0x41 && byte <= 0x46);
}

/** The character that the byte after a backslash stands for, or -1; `u` is not among them. */
export function escapedByte(byte: number): number {
  switch (byte) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f: // /
      return byte;
    case 0x62: // b
      return 0x08;
    case LETTER_F:
      return 0x0c;
    case LETTER_N:
      return 0x0a;
    case 0x72: // r
      return 0x0d;
    case LETTER_T:
      return 0x09;
    default:
      return -1;
  }
}

/** A byte as error messages show it: `"x"`, `byte 1f`, or `the end` for no byte at all. */
export function showByte(byte: number | undefined): string {
  if (byte === undefined) return "the end";
  if (byte > 0x20 && byte < 0x7f) return JSON.stringify(String.fromCharCode(byte));
  return `byte ${byte.toString(16).padStart(2, "0")}`;
}

/** After the sign; the first state of a number. */
export const AFTER_MINUS = 10;
/** After a single zero before the point. */
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

/** The state after the first byte of a number: a minus sign or a digit. */
export function firstNumberState(byte: number): number {
  return byte === MINUS ? AFTER_MINUS : byte === ZERO ? AFTER_ZERO : IN_DIGITS;
}

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
