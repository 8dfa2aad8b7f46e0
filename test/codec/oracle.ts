/**
 * Decoding as plainly as it can be said: no speed, no messages, nothing shared with the engine but the description of the
 * schema. Random tests hold the engine against it.
 *
 * @module
 */

import { CodecError, LIMITS, type Limits, type Node } from "../../codec/mod.ts";
import { joinPath } from "../../codec/path.ts";
import { isVoid, type Scope, type Size, sizeMin, type StructNode } from "../../codec/schema/mod.ts";
import { same } from "./same.ts";

/** A value with its length in bytes, or what is wrong and where. */
export type Verdict =
  | { readonly value: unknown; readonly length: number }
  | { readonly code: string; readonly path: string; readonly offset: number };

/** What the bytes at the beginning of an input are by a schema. */
export function oracleDecode(schema: Node, bytes: Uint8Array, limits: Limits = LIMITS): Verdict {
  const oracle = new Oracle(bytes, limits);
  try {
    return { value: oracle.read(schema, "", undefined), length: oracle.pos };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return error.place;
  }
}

class Fault extends Error {
  readonly place: { readonly code: string; readonly path: string; readonly offset: number };

  constructor(code: string, path: string, offset: number) {
    super(code);
    this.place = { code, path, offset };
  }
}

class Oracle {
  pos = 0;
  #end: number;
  #depth = 0;
  #elements = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #limits: Limits;
  #frames = 0;

  constructor(bytes: Uint8Array, limits: Limits) {
    this.#bytes = bytes;
    this.#end = bytes.length;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#limits = limits;
  }

  read(node: Node, path: string, scope: Scope): unknown {
    const start = this.pos;
    switch (node.kind) {
      case "int": {
        const at = this.#take(node.bytes, path);
        const sign = node.signed ? "Int" : "Uint";
        if (node.bytes < 8) return this.#view[`get${sign}${8 * node.bytes as 8 | 16 | 32}`](at, node.littleEndian);
        const value = this.#view[`getBig${sign}64`](at, node.littleEndian);
        if (node.big) return value;
        return Number.isSafeInteger(Number(value)) ? Number(value) : this.#fail("range", path, start);
      }
      case "varint": {
        let value = 0n;
        for (let count = 0;; count++) {
          if (this.pos === this.#end) this.#fail("truncated", path, start);
          const byte = this.#bytes[this.pos++];
          value += BigInt(byte & 127) << BigInt(7 * count);
          if (value > 2n ** 53n - 1n || (count === 7 && byte > 127)) this.#fail("range", path, start);
          if (byte === 0 && count > 0) this.#fail("canonical", path, start);
          if (byte < 128) return Number(value);
        }
      }
      case "float":
        return this.#view[`getFloat${8 * node.bytes as 32 | 64}`](this.#take(node.bytes, path), node.littleEndian);
      case "bool": {
        const byte = this.#bytes[this.#take(1, path)];
        return byte > 1 ? this.#fail("bool", path, start) : byte === 1;
      }
      case "literal":
        for (const byte of node.bytes) {
          const at = this.#take(1, path);
          if (this.#bytes[at] !== byte) this.#fail("literal", path, at);
        }
        return undefined;
      case "bytes": {
        const at = this.#take(this.#count(node.size, path, scope), path);
        return Uint8Array.from(this.#bytes.subarray(at, this.pos));
      }
      case "string": {
        const count = this.#count(node.size, path, scope);
        if (count > this.#limits.stringBytesMax) this.#fail("limit", path, this.pos);
        const at = this.#take(count, path);
        try {
          return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.#bytes.subarray(at, this.pos));
        } catch {
          return this.#fail("utf8", path, at);
        }
      }
      case "array": {
        const isRest = node.size.kind === "rest";
        const count = isRest ? Infinity : this.#count(node.size, path, scope);
        if (!isRest) this.#add(count, path, start);
        if (!isRest && count * sizeMin(node.item) > this.#end - this.pos) this.#fail("truncated", path, this.pos);
        const values: unknown[] = [];
        while (isRest ? this.pos < this.#end : values.length < count) {
          if (isRest) this.#add(1, path, this.pos);
          values.push(this.read(node.item, `${path}[${values.length}]`, scope));
        }
        return values;
      }
      case "struct":
        return this.#fields(node, path, {});
      case "tuple": {
        const values: unknown[] = [];
        for (const item of node.items) {
          if (isVoid(item)) this.read(item, path, scope);
          else values.push(this.read(item, `${path}[${values.length}]`, scope));
        }
        return values;
      }
      case "enum": {
        const number = this.read(node.int, path, scope);
        return node.names.find(({ value }) => value === number)?.name ?? this.#fail("enum", path, start);
      }
      case "union": {
        const keyPath = joinPath(path, node.key);
        const tag = this.read(node.tag, keyPath, scope);
        const found = node.cases.find((one) => one.tag === tag) ?? this.#fail("tag", keyPath, start);
        return this.#fields(found.schema, path, { [node.key]: found.name });
      }
      case "optional": {
        const { presence } = node;
        if (presence.kind === "byte") {
          return this.read({ kind: "bool" }, path, scope) ? this.read(node.schema, path, scope) : null;
        }
        const said = valueAt(scope, presence.ref.path);
        const isThere = presence.kind === "equals"
          ? said === presence.value
          : (BigInt(said as number) & BigInt(presence.mask)) !== 0n;
        return isThere ? this.read(node.schema, path, scope) : null;
      }
      case "constant": {
        const value = this.read(node.schema, path, scope);
        return same(value, node.value) ? value : this.#fail("literal", path, start);
      }
      case "map": {
        const value = this.read(node.schema, path, scope);
        return this.#ask(() => node.decode(value as never), path, start);
      }
      case "refine": {
        const value = this.read(node.schema, path, scope);
        return this.#ask(() => node.test(value as never), path, start) ? value : this.#fail("refused", path, start);
      }
      case "lazy": {
        if (++this.#depth > this.#limits.depthMax) this.#fail("limit", path, start);
        const value = this.read(node.get(), path, undefined);
        this.#depth--;
        return value;
      }
      case "limit":
        return this.#limited(node.schema, node.bytesMax, path, scope);
      case "framed": {
        const count = this.read(node.int, path, scope) as number;
        if (count > this.#end - this.pos) this.#fail("truncated", path, this.pos);
        const end = this.#end;
        this.#end = this.pos + count;
        this.#frames++;
        const value = this.read(node.schema, path, scope);
        if (this.pos < this.#end) this.#fail("trailing", path, this.pos);
        this.#frames--;
        this.#end = end;
        return value;
      }
      case "extension": {
        const cursor = { bytes: this.#bytes, pos: start, end: this.#end };
        try {
          const value = node.extension.decode(cursor);
          this.pos = cursor.pos;
          return value;
        } catch (error) {
          if (!(error instanceof CodecError)) throw error;
          return this.#fail(error.code, joinPath(path, error.path), start + Math.max(0, error.offset));
        }
      }
    }
  }

  #fail(code: string, path: string, offset: number): never {
    throw new Fault(code, path, offset);
  }

  /** Where the next bytes begin, which are passed over. */
  #take(count: number, path: string): number {
    if (count > this.#end - this.pos) this.#fail("truncated", path, this.pos);
    this.pos += count;
    return this.pos - count;
  }

  #add(count: number, path: string, offset: number): void {
    this.#elements += count;
    if (this.#elements > this.#limits.elementsMax) this.#fail("limit", path, offset);
  }

  #count(size: Size, path: string, scope: Scope): number {
    if (size.kind === "fixed") return size.count;
    if (size.kind === "prefix") return this.read(size.int, path, scope) as number;
    if (size.kind === "rest") return this.#end - this.pos;
    const count = valueAt(scope, size.path);
    return Number.isSafeInteger(count) && count as number >= 0
      ? count as number
      : this.#fail("reference", path, this.pos);
  }

  #fields({ fields }: StructNode, path: string, value: Record<string, unknown>): Record<string, unknown> {
    for (const { name, schema } of fields) {
      const field = this.read(schema, joinPath(path, name), value);
      if (!isVoid(schema)) value[name] = field;
    }
    return value;
  }

  /** A value that is longer than its limit is told from one that is cut off by looking at one byte more. */
  #limited(node: Node, bytesMax: number, path: string, scope: Scope): unknown {
    const start = this.pos;
    const [end, frames] = [this.#end, this.#frames];
    const clip = this.#end = Math.min(end, start + bytesMax + 1);
    let value;
    try {
      value = this.read(node, path, scope);
    } catch (error) {
      const isInnermost = this.#frames === frames && this.#end === clip;
      const isLong = error instanceof Fault && error.place.code === "truncated" && isInnermost && clip < end;
      throw isLong ? new Fault("limit", error.place.path, error.place.offset) : error;
    }
    if (this.pos - start > bytesMax) this.#fail("limit", path, start);
    this.#end = end;
    return value;
  }

  #ask<T>(run: () => T, path: string, start: number): T {
    try {
      return run();
    } catch {
      return this.#fail("refused", path, start);
    }
  }
}

function valueAt(scope: Scope, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], scope);
}
