/**
 * The slow, obvious way from a value to its msgpack bytes: it knows the path of everything it writes, makes the errors of
 * encoding, and is what the compiled writers are tested against.
 *
 * @module
 */

import { CodecError, type CodecErrorCode } from "../error.ts";
import { setFloat64 } from "../schema/mod.ts";
import { orderedKeys } from "../key-order.ts";
import type { Limits } from "../limits.ts";
import { formatPath, type PathStep } from "../path.ts";
import { plural, show, textBytes } from "../text/mod.ts";
import { checkValue } from "./check.ts";
import { optionFor } from "./fits.ts";
import { isGiven } from "./given.ts";
import {
  ARRAY16,
  BIN8,
  EXT8,
  FALSE,
  FIXARRAY,
  FIXEXT1,
  FIXMAP,
  FIXSTR,
  FLOAT64,
  INT8,
  MAP16,
  NIL,
  STR8,
  TRUE,
  UINT8,
} from "./forms.ts";
import type { FieldNode, MsgpackNode } from "./nodes.ts";
import { Packed } from "./packed.ts";
import { Ext } from "./value.ts";
import { isPlain } from "./write-any.ts";

/** One walk over a value; the bytes are in {@link WriteWalk.bytes} afterwards. */
export class WriteWalk {
  readonly #limits: Limits;
  readonly #steps: PathStep[] = [];
  readonly #bytes: number[] = [];
  #elements = 0;
  #depth = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** What was written so far. */
  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  /** Writes one value. */
  write(node: MsgpackNode, value: unknown): void {
    switch (node.kind) {
      case "nil":
        if (value !== null) this.#mistyped("null", value);
        return this.#put([NIL]);
      case "boolean":
        if (typeof value !== "boolean") this.#mistyped("a boolean", value);
        return this.#put([value ? TRUE : FALSE]);
      case "int":
        if (typeof value !== "number" || !Number.isInteger(value)) this.#mistyped("an integer", value);
        return this.#ranged(value, node.min, node.max);
      case "big":
        if (typeof value !== "bigint") this.#mistyped("a bigint", value);
        return this.#ranged(value, node.min, node.max);
      case "float":
        if (typeof value !== "number") this.#mistyped("a number", value);
        return this.#float(value);
      case "text":
        return this.#text(value, node.writes);
      case "bytes":
        return this.#bin(value, node.size);
      case "exact":
        if (value !== node.text) this.#fail("literal", `Value ${show(value)} is not ${show(node.text)}`);
        return this.#text(value, "str", Infinity);
      case "tagged":
        this.#open(FIXARRAY, ARRAY16, 2);
        this.write(node.tag, node.tag.text);
        return this.write(node.item, value);
      case "array":
        return this.#elementsOf(this.#array(value), () => node.item, true);
      case "tuple":
        return this.#tuple(node.items, this.#array(value));
      case "named":
        return this.#named(node.fields, this.#record(value));
      case "map":
        return this.#map(node.fields, this.#record(value));
      case "oneOf": {
        const found = node.options[optionFor(node, value)];
        if (found === undefined) this.#mistyped(`one of ${node.options.map((one) => one.kind).join(", ")}`, value);
        return this.write(found, value);
      }
      case "any":
        return this.#any(value);
      case "packed":
        return this.#packed(value, node.bytesMax);
    }
  }

  #fail(code: CodecErrorCode, reason: string, context: Record<string, unknown> = {}): never {
    throw new CodecError(code, reason, { path: formatPath(this.#steps), offset: this.#bytes.length, context });
  }

  #mistyped(expected: string, value: unknown): never {
    if (value === undefined) this.#fail("type", `Expected ${expected}, but the value is missing`, { expected });
    this.#fail("type", `Expected ${expected}, not ${describeValue(value)}`, { expected, found: value });
  }

  #put(bytes: ArrayLike<number>): void {
    for (let index = 0; index < bytes.length; index++) this.#bytes.push(bytes[index]);
  }

  #inside(step: PathStep, write: () => void): void {
    this.#steps.push(step);
    write();
    this.#steps.pop();
  }

  /** A form byte and a number of 1, 2, 4 or 8 bytes behind it; the form byte of the longer ones follows that of the first. */
  #sized(lead: number, value: number | bigint, width: number, first = 1): void {
    const step = Math.log2(width) - Math.log2(first);
    const bytes = Array.from({ length: width }, (_, index) => BigInt(value) >> BigInt(8 * (width - 1 - index)) & 0xffn);
    this.#put([lead + step, ...bytes.map(Number)]);
  }

  #ranged(value: number | bigint, min: number | bigint, max: number | bigint): void {
    if (value < min || value > max) {
      this.#fail("range", `Integer ${value} is not between ${min} and ${max}`, { value, min, max });
    }
    this.#int(BigInt(value));
  }

  #int(value: bigint): void {
    if (value >= -32n && value < 128n) return this.#put([Number(value) & 0xff]);
    const widths = [1, 2, 4, 8];
    const signed = value < 0n;
    const wrap = signed ? BigInt.asIntN : BigInt.asUintN;
    const width = widths.find((width) => wrap(8 * width, value) === value);
    if (width === undefined) this.#fail("range", `Integer ${value} needs more than 8 bytes`, { value });
    this.#sized(signed ? INT8 : UINT8, value, width);
  }

  #float(value: number): void {
    const view = new DataView(new ArrayBuffer(8));
    setFloat64(view, value, false);
    this.#put([FLOAT64]);
    this.#put(new Uint8Array(view.buffer));
  }

  #text(value: unknown, form: "str" | "bin", bytesMax = this.#limits.stringBytesMax): void {
    if (typeof value !== "string") this.#mistyped("a string", value);
    const bytes = textBytes(value);
    if (bytes === undefined) this.#fail("utf8", "Text has a lone surrogate");
    if (bytes.length > bytesMax) this.#fail("limit", `Text of ${bytes.length} bytes is longer than ${bytesMax}`);
    if (form === "str" && bytes.length < 32) this.#put([FIXSTR | bytes.length]);
    else this.#sized(form === "str" ? STR8 : BIN8, bytes.length, lengthWidth(bytes.length));
    this.#put(bytes);
  }

  #bin(value: unknown, size: number | undefined): void {
    if (!(value instanceof Uint8Array)) this.#mistyped("a Uint8Array", value);
    const { length } = value;
    if (size !== undefined && length !== size) {
      this.#fail("length", `Expected ${plural(size, "byte")}, not ${length}`, { length, expected: size });
    }
    this.#sized(BIN8, length, lengthWidth(length));
    this.#put(value);
  }

  #array(value: unknown): readonly unknown[] {
    if (!Array.isArray(value)) this.#mistyped("an array", value);
    return value;
  }

  #record(value: unknown): Record<string, unknown> {
    if (typeof value !== "object" || value === null) this.#mistyped("an object", value);
    return value as Record<string, unknown>;
  }

  /** The header of an array or a map. */
  #open(fix: number, long: number, count: number): void {
    if (count < 16) this.#put([fix | count]);
    else this.#sized(long, count, count <= 0xffff ? 2 : 4, 2);
  }

  #spend(elements: number): void {
    this.#elements += elements;
    const { elementsMax } = this.#limits;
    if (this.#elements > elementsMax) this.#fail("limit", `More than ${elementsMax} elements`);
  }

  #elementsOf(values: readonly unknown[], shapeOf: (index: number) => MsgpackNode, counted: boolean): void {
    if (counted) this.#spend(values.length);
    this.#open(FIXARRAY, ARRAY16, values.length);
    for (let index = 0; index < values.length; index++) {
      this.#inside(index, () => this.write(shapeOf(index), values[index]));
    }
  }

  #tuple(items: readonly MsgpackNode[], values: readonly unknown[]): void {
    if (values.length !== items.length) {
      this.#fail("length", `Expected ${plural(items.length, "element")}, not ${values.length}`);
    }
    this.#elementsOf(values, (index) => items[index], false);
  }

  #named(fields: readonly FieldNode[], record: Record<string, unknown>): void {
    const last = fields.findLastIndex(({ name, optional }) => !optional || isGiven(record, name));
    const present = fields.slice(0, last + 1);
    this.#open(FIXARRAY, ARRAY16, present.length);
    for (const { name, shape } of present) this.#inside(name, () => this.write(shape, record[name]));
  }

  #map(fields: readonly FieldNode[], record: Record<string, unknown>): void {
    const present = fields.filter(({ name, optional }) => !optional || isGiven(record, name));
    this.#spend(2 * present.length);
    this.#open(FIXMAP, MAP16, present.length);
    for (const { name, shape } of present) {
      this.#inside(name, () => {
        this.#text(name, "str", Infinity);
        this.write(shape, record[name]);
      });
    }
  }

  #packed(value: unknown, bytesMax: number): void {
    if (!(value instanceof Packed)) this.#mistyped("a Packed value", value);
    const { bytes } = value;
    const count = bytes.length;
    if (count > bytesMax) this.#fail("limit", `Value of ${count} bytes is longer than ${bytesMax}`, { bytesMax });
    let elements;
    try {
      elements = checkValue(bytes, 0, bytes.length, this.#limits).elements;
    } catch (cause) {
      this.#fail("limit", "Packed value is beyond the limits", { cause });
    }
    this.#spend(elements);
    this.#put(bytes);
  }

  #any(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.#text(value, "str");
      case "number":
        return Number.isSafeInteger(value) && !Object.is(value, -0) ? this.#int(BigInt(value)) : this.#float(value);
      case "bigint":
        return this.#int(value);
      case "boolean":
        return this.#put([value ? TRUE : FALSE]);
    }
    if (value === null) return this.#put([NIL]);
    if (value instanceof Uint8Array) return this.#bin(value, undefined);
    if (value instanceof Ext) return this.#ext(value);
    const isArray = Array.isArray(value);
    if (!isArray && !(typeof value === "object" && isPlain(value))) this.#mistyped("a msgpack value", value);
    const { depthMax } = this.#limits;
    if (this.#depth >= depthMax) this.#fail("limit", `More than ${depthMax} levels`, { depthMax });
    this.#depth++;
    if (isArray) this.#elementsOf(value, () => ({ kind: "any" }), true);
    else this.#anyMap(value as Record<string, unknown>);
    this.#depth--;
  }

  #anyMap(record: Record<string, unknown>): void {
    const keys = orderedKeys(record);
    this.#spend(2 * keys.length);
    this.#open(FIXMAP, MAP16, keys.length);
    for (const key of keys) {
      this.#inside(key, () => {
        if (key === "__proto__") this.#fail("type", 'Key "__proto__" is refused', { key });
        this.#text(key, "str");
        this.#any(record[key]);
      });
    }
  }

  #ext({ type, data }: Ext): void {
    const fixed = [1, 2, 4, 8, 16].indexOf(data.length);
    if (fixed !== -1) this.#put([FIXEXT1 + fixed]);
    else this.#sized(EXT8, data.length, lengthWidth(data.length));
    this.#put([type & 0xff]);
    this.#put(data);
  }
}

function lengthWidth(length: number): number {
  return length <= 0xff ? 1 : length <= 0xffff ? 2 : 4;
}

function describeValue(value: unknown): string {
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (typeof value === "object" && value !== null && !Array.isArray(value) && !isPlain(value)) {
    return `a ${value.constructor?.name ?? "object"}`;
  }
  // A value that contains itself has no text.
  return typeof value === "object" && value !== null ? (Array.isArray(value) ? "an array" : "an object") : show(value);
}
