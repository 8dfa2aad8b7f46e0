/**
 * What the plain walk reads byte by byte: numbers and literals, with the path and offset of each.
 *
 * @module
 */

import { CodecError, type CodecErrorCode } from "../error.ts";
import { formatPath, type PathStep } from "../path.ts";
import type { IntNode } from "../schema/mod.ts";
import { plural } from "../text/mod.ts";
import type { Part, WalkParts } from "./walk-parts.ts";

/** Where a walk stands in its bytes. */
export abstract class WalkCursor {
  protected readonly bytes: Uint8Array;
  protected readonly view: DataView;
  /** Where the bytes end that are there. */
  protected readonly available: number;
  protected readonly steps: PathStep[] = [];
  /** What takes the parts, if somebody wants them. */
  protected readonly parts: WalkParts | undefined;
  /** Where the bytes end that may be read: a frame or limit may end before the input. */
  protected end: number;
  /** Where the next byte is read. */
  pos: number;

  constructor(
    bytes: Uint8Array,
    start: number,
    { available, end, parts }: { available: number; end: number; parts: WalkParts | undefined },
  ) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.available = available;
    this.end = end;
    this.parts = parts;
    this.pos = start;
  }

  protected fail(code: CodecErrorCode, reason: string, offset: number, context: Record<string, unknown> = {}): never {
    throw new CodecError(code, reason, { path: formatPath(this.steps), offset, context });
  }

  protected inside<T>(step: PathStep, read: () => T): T {
    this.steps.push(step);
    this.parts?.enter(step);
    const value = read();
    this.parts?.leave();
    this.steps.pop();
    return value;
  }

  /** Reads what is one part of the message. */
  protected leaf<T>(part: Part, read: () => T): T {
    const value = read();
    this.parts?.add(this.pos, part);
    return value;
  }

  /** Where the bytes end that may be read and are there. */
  protected get readable(): number {
    return Math.min(this.end, this.available);
  }

  protected need(count: number, offset = this.pos): void {
    const left = this.readable - this.pos;
    if (count > left) {
      this.fail("truncated", `Needs ${plural(count, "byte")}, ${left} left`, offset, { needed: count, left });
    }
  }

  protected int(node: IntNode): number | bigint {
    this.need(node.bytes);
    const { littleEndian } = node;
    const at = this.pos;
    this.pos += node.bytes;
    switch (node.bytes) {
      case 1:
        return node.signed ? this.view.getInt8(at) : this.view.getUint8(at);
      case 2:
        return node.signed ? this.view.getInt16(at, littleEndian) : this.view.getUint16(at, littleEndian);
      case 4:
        return node.signed ? this.view.getInt32(at, littleEndian) : this.view.getUint32(at, littleEndian);
      case 8: {
        const big = node.signed ? this.view.getBigInt64(at, littleEndian) : this.view.getBigUint64(at, littleEndian);
        if (node.big) return big;
        const value = Number(big);
        if (!Number.isSafeInteger(value)) {
          this.fail("range", `Integer ${big} is outside the safe range of ±(2^53-1)`, at, { value: big });
        }
        return value;
      }
    }
  }

  protected varint(): number {
    const start = this.pos;
    let value = 0;
    for (let unit = 1;; unit *= 128) {
      this.need(1, start);
      const byte = this.bytes[this.pos++];
      value += (byte & 127) * unit;
      if (value > Number.MAX_SAFE_INTEGER || (unit === 2 ** 49 && byte > 127)) {
        this.fail("range", "Variable-length integer is above 2^53-1", start);
      }
      if (byte < 128) {
        if (byte === 0 && unit > 1) {
          this.fail("canonical", "Variable-length integer is not in its shortest form", start);
        }
        return value;
      }
    }
  }

  protected float(bytes: 4 | 8, littleEndian: boolean): number {
    this.need(bytes);
    const at = this.pos;
    this.pos += bytes;
    return bytes === 4 ? this.view.getFloat32(at, littleEndian) : this.view.getFloat64(at, littleEndian);
  }

  protected bool(): boolean {
    this.need(1);
    const byte = this.bytes[this.pos];
    if (byte > 1) this.fail("bool", `Byte 0x${hex(byte)} is neither 00 nor 01`, this.pos, { byte });
    this.pos++;
    return byte === 1;
  }

  protected literal(expected: readonly number[]): void {
    const start = this.pos;
    for (const [index, byte] of expected.entries()) {
      if (this.pos === this.readable) this.need(expected.length - index);
      const found = this.bytes[this.pos];
      if (found !== byte) {
        this.fail("literal", `Expected byte 0x${hex(byte)}, found 0x${hex(found)}`, start + index, {
          expected: byte,
          found,
        });
      }
      this.pos++;
    }
  }
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
