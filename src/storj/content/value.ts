/**
 * Values of schemas, events and subscriptions as the originals have them: what JSON can say, with numbers that are
 * integers or floats, since 5 and 5.0 have different digests.
 *
 * @module
 */

import type { MsgpackValue, Packed } from "../../../codec/msgpack/mod.ts";

/**
 * A schema, an event or a subscription: JSON text, or its value. In a text `5` and `5.0` are different numbers, as they are
 * for the originals; of a value, whole numbers are `5`.
 */
export type ContentLike = string | Packed | { readonly [key: string]: MsgpackValue };

/** What JSON can say. */
export type Content = null | boolean | string | Numeral | readonly Content[] | ContentMap;

/** An object; its keys may be any texts, `__proto__` too. */
export type ContentMap = ReadonlyMap<string, Content>;

/** A number as it was written: an integer of any size, or a float. */
export class Numeral {
  /** As Python writes it: `5`, `5.0`, `1e+22`. */
  readonly text: string;
  /** The value of a float; null for an integer, whose value is its text. */
  readonly float: number | null;

  private constructor(text: string, float: number | null) {
    this.text = text;
    this.float = float;
  }

  /** An integer, in decimal digits without leading zeros. */
  static int(digits: string): Numeral {
    return new Numeral(digits === "-0" ? "0" : digits, null);
  }

  /** A finite float. */
  static float(value: number): Numeral {
    return new Numeral(floatText(value), value);
  }
}

/** A finite float as Python 2.7's `repr` writes it: JavaScript has the same digits, and begins exponents elsewhere. */
export function floatText(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  const [, sign, first, rest = "", power] = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(value.toExponential())!;
  const exponent = Number(power);
  const digits = first + rest;
  if (exponent < -4 || exponent >= 16) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${first}${rest === "" ? "" : `.${rest}`}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  return `${sign}${digits.slice(0, exponent + 1).padEnd(exponent + 1, "0")}.${digits.slice(exponent + 1) || "0"}`;
}

/** Whether a value is an object. */
export function isMap(value: Content | undefined): value is ContentMap {
  return value instanceof Map;
}

/** Whether a value is an array. */
export function isList(value: Content | undefined): value is readonly Content[] {
  return Array.isArray(value);
}
