/**
 * Writes a value of any shape as Go writes an `interface{}`, with a stack of its own: a value that contains itself
 * meets the limit of depth, not the end of the stack.
 *
 * @module
 */

import {
  closeContainer,
  countOne,
  openContainer,
  refuse,
  refuseType,
  write,
  type Writer,
  writeString,
} from "./writer.ts";

/** A container whose items are being written; the place of the present item is the last step of the trail. */
interface Open {
  readonly value: Readonly<Record<string, unknown>> | readonly unknown[];
  /** Keys of an object in the order in which they are written; null for an array. */
  readonly keys: readonly string[] | null;
  readonly length: number;
  /** Items written so far. */
  done: number;
}

/** Integers beyond these digits would not be read again: float64 has no larger ones. */
const FLOAT_MAX = BigInt(Number.MAX_VALUE);

/** Writes a value; its objects with their keys sorted as Go sorts them. */
export function writeAny(writer: Writer, value: unknown): void {
  const stack: Open[] = [];
  let present = value;
  for (;;) {
    countOne(writer);
    if (typeof present === "object" && present !== null) stack.push(beginContainer(writer, present));
    else writeScalar(writer, present);
    let open = stack[stack.length - 1];
    while (open !== undefined && open.done === open.length) {
      endContainer(writer, open);
      stack.pop();
      open = stack[stack.length - 1];
    }
    if (open === undefined) return;
    present = nextItem(writer, open);
  }
}

function writeScalar(writer: Writer, value: unknown): void {
  switch (typeof value) {
    case "string":
      return writeString(writer, value);
    case "boolean":
      return write(writer, value ? "true" : "false");
    case "number":
      if (!Number.isFinite(value)) refuse(writer, "range", `Cannot write ${value} as a number of JSON`);
      // Go writes float64 in the digits and with the exponents of ECMAScript, except for the sign of zero.
      return write(writer, Object.is(value, -0) ? "-0" : String(value));
    case "bigint":
      if (value > FLOAT_MAX || value < -FLOAT_MAX) refuse(writer, "range", "Cannot write an integer beyond float64");
      return write(writer, String(value));
    default:
      if (value !== null) refuseType(writer, value, "a JSON value");
      write(writer, "null");
  }
}

function beginContainer(writer: Writer, value: object): Open {
  if (Array.isArray(value)) {
    openContainer(writer, "[");
    writer.trail.push(0);
    return { value, keys: null, length: value.length, done: 0 };
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) refuseType(writer, value, "a plain object");
  openContainer(writer, "{");
  writer.trail.push("");
  const keys = Object.keys(value).sort(byCodePoints);
  return { value: value as Record<string, unknown>, keys, length: keys.length, done: 0 };
}

function endContainer(writer: Writer, open: Open): void {
  writer.trail.pop();
  closeContainer(writer, open.keys === null ? "]" : "}");
}

/** Writes what stands before the next item, and returns the item. */
function nextItem(writer: Writer, open: Open): unknown {
  const index = open.done++;
  if (index > 0) write(writer, ",");
  const place = open.keys === null ? index : open.keys[index];
  writer.trail[writer.trail.length - 1] = place;
  if (typeof place === "string") {
    countOne(writer);
    writeString(writer, place);
    write(writer, ":");
  }
  return (open.value as Record<string | number, unknown>)[place];
}

/** Orders strings by code points, which is the order of their UTF-8 bytes. */
function byCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    // Surrogates stand for code points above all others.
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
