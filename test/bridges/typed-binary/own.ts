/**
 * Schemas written by hand for typed-binary, as its documentation shows: it has neither 64-bit integers nor strings and
 * arrays behind a length of another width than its own.
 *
 * @module
 */

import * as tb from "typed-binary";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A signed 64-bit integer, big-endian whatever the rest is. */
class BigSchema extends tb.Schema<bigint> {
  override read(input: tb.ISerialInput): bigint {
    const bytes = new Uint8Array(8);
    input.readSlice(bytes, 0, 8);
    return new DataView(bytes.buffer).getBigInt64(0);
  }

  override write(output: tb.ISerialOutput, value: bigint): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigInt64(0, value);
    output.writeSlice(bytes);
  }

  override measure(_: bigint | tb.MaxValue, measurer: tb.IMeasurer = new tb.Measurer()): tb.IMeasurer {
    return measurer.add(8);
  }
}

/** UTF-8 behind a length of one byte. */
class TextSchema extends tb.Schema<string> {
  override read(input: tb.ISerialInput): string {
    const bytes = new Uint8Array(input.readUint8());
    input.readSlice(bytes, 0, bytes.length);
    return decoder.decode(bytes);
  }

  override write(output: tb.ISerialOutput, value: string): void {
    const bytes = encoder.encode(value);
    output.writeUint8(bytes.length);
    output.writeSlice(bytes);
  }

  override measure(value: string | tb.MaxValue, measurer: tb.IMeasurer = new tb.Measurer()): tb.IMeasurer {
    return value === tb.MaxValue ? measurer.add(256) : measurer.add(1 + encoder.encode(value).length);
  }
}

/** Elements behind a count of two bytes. */
class ListSchema<T extends tb.AnySchema> extends tb.Schema<tb.Unwrap<T>[]> {
  readonly element: T;

  constructor(element: T) {
    super();
    this.element = element;
  }

  override read(input: tb.ISerialInput): tb.ParseUnwrapped<T>[] {
    const count = input.readUint16();
    return Array.from({ length: count }, () => this.element.read(input)) as tb.ParseUnwrapped<T>[];
  }

  override write(output: tb.ISerialOutput, values: tb.ParseUnwrapped<T>[]): void {
    output.writeUint16(values.length);
    for (const value of values) this.element.write(output, value);
  }

  override measure(values: tb.ParseUnwrapped<T>[] | tb.MaxValue, measurer: tb.IMeasurer = new tb.Measurer()) {
    if (values === tb.MaxValue) return measurer.unbounded;
    return values.reduce((sum: tb.IMeasurer, value) => this.element.measure(value, sum), measurer.add(2));
  }
}

export const i64: tb.Schema<bigint> = new BigSchema();
export const text: tb.Schema<string> = new TextSchema();

/** A list behind a count of two bytes. */
export function list<T extends tb.AnySchema>(element: T): ListSchema<T> {
  return new ListSchema(element);
}

/** The frames of `frames.ts`, in typed-binary. */
export const F1 = tb.object({ opcode: tb.u8, offerId: text, index: i64, offset: i64 });
export const F2 = tb.object({ opcode: tb.u8, peer: text, path: text });
export const F3 = tb.object({ entries: list(tb.object({ name: text, size: i64, perm: tb.u32, kind: tb.u8 })) });
