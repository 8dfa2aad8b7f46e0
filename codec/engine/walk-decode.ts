/**
 * The slow, obvious way through a schema and its bytes.
 *
 * It is written for reading, not for speed, and keeps the path and offset of everything it meets: it makes the spans of
 * `inspect`, the errors of `decode`, and is what the compiled decoder is tested against.
 *
 * @module
 */

import { CodecError, refused, relocated } from "../error.ts";
import type { Limits } from "../limits.ts";
import { formatPath } from "../path.ts";
import {
  type ArrayNode,
  type ExtensionNode,
  type IntNode,
  isPresent,
  isVoid,
  type LazyNode,
  type Node,
  type OptionalNode,
  type RefNode,
  refuseEmptyItems,
  resolve,
  type Scope,
  type Size,
  sizeMin,
  type UnionNode,
  type VarintNode,
} from "../schema/mod.ts";
import { plural, readText, show } from "../text/mod.ts";
import { equalValues } from "../values.ts";
import { WalkCursor } from "./walk-cursor.ts";
import type { WalkParts } from "./walk-parts.ts";

/** Options of a walk. */
export interface DecodeWalkOptions {
  readonly limits: Limits;
  /** Whether decoded bytes get memory of their own. */
  readonly copy?: boolean;
  /** Whether the bytes are only the beginning of an input whose end is not known. */
  readonly partial?: boolean;
  /** What takes the parts of the message. */
  readonly parts?: WalkParts;
}

/** One walk over `bytes[start, end)`. */
export class DecodeWalk extends WalkCursor {
  readonly #limits: Limits;
  readonly #copy: boolean;
  #depth = 0;
  #elements = 0;

  constructor(bytes: Uint8Array, start: number, end: number, options: DecodeWalkOptions) {
    const { limits, copy = false, partial = false, parts } = options;
    super(bytes, start, { available: end, end: partial ? Infinity : end, parts });
    this.#limits = limits;
    this.#copy = copy;
  }

  /** Reads one value. */
  read(node: Node, scope: Scope = undefined): unknown {
    switch (node.kind) {
      case "int":
        return this.leaf(["value", node], () => this.int(node));
      case "varint":
        return this.leaf(["value", node], () => this.varint());
      case "float":
        return this.leaf(["value", node], () => this.float(node.bytes, node.littleEndian));
      case "bool":
        return this.leaf(["value", node], () => this.bool());
      case "literal":
        return this.leaf(["literal"], () => this.literal(node.bytes));
      case "bytes":
        return this.#bytesOf(node.size, scope);
      case "string":
        return this.#string(node.size, scope);
      case "array":
        return this.#array(node, scope);
      case "struct": {
        const value: Record<string, unknown> = {};
        this.#fields(node.fields, value);
        return value;
      }
      case "tuple":
        return this.#tuple(node.items, scope);
      case "enum":
        return this.leaf(["value", node], () => this.#enumName(node.int, node.names));
      case "union":
        return this.#union(node);
      case "optional":
        return this.#optional(node, scope);
      case "constant":
        return this.#constant(node.schema, node.value, scope);
      case "map":
        return this.#map(node.name, node.schema, node.decode, scope);
      case "refine":
        return this.#refine(node.name, node.schema, node.test, scope);
      case "lazy":
        return this.#lazy(node);
      case "limit":
        return this.#limit(node.schema, node.bytesMax, scope);
      case "framed":
        return this.#framed(node.int, node.schema, scope);
      case "extension":
        return this.#extension(node.extension);
    }
  }

  #prefix(int: IntNode | VarintNode): number {
    return this.leaf(["length", int], () => int.kind === "varint" ? this.varint() : this.int(int) as number);
  }

  /** The number of bytes or elements that a size stands for; `rest` asks for all that is left. */
  #count(size: Size, scope: Scope, rest: number): number {
    switch (size.kind) {
      case "fixed":
        return size.count;
      case "prefix":
        return this.#prefix(size.int);
      case "rest":
        return rest;
      case "ref":
        return this.#referred(size, scope);
    }
  }

  #referred(ref: RefNode, scope: Scope): number {
    const value = resolve(ref, scope);
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
      this.fail("reference", `Field "${ref.path.join(".")}" is ${show(value)}, which is no length`, this.pos);
    }
    return value;
  }

  #bytesOf(size: Size, scope: Scope): Uint8Array {
    const count = this.#count(size, scope, this.end - this.pos);
    this.need(count);
    return this.leaf(["bytes"], () => {
      const at = this.pos;
      this.pos += count;
      const view = new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + at, count);
      return this.#copy ? view.slice() : view;
    });
  }

  #string(size: Size, scope: Scope): string {
    const count = this.#count(size, scope, this.end - this.pos);
    if (count > this.#limits.stringBytesMax) {
      this.fail("limit", `String of ${count} bytes is longer than ${this.#limits.stringBytesMax}`, this.pos);
    }
    this.need(count);
    return this.leaf(["text"], () => {
      const text = readText(this.bytes, this.pos, this.pos + count);
      if (text === undefined) this.fail("utf8", "String is not valid UTF-8", this.pos);
      this.pos += count;
      return text;
    });
  }

  #array(node: ArrayNode, scope: Scope): unknown[] {
    const { item, size } = node;
    refuseEmptyItems(node);
    const start = this.pos;
    if (size.kind === "rest") return this.#restOf(item, scope);
    const count = this.#count(size, scope, 0);
    this.#addElements(count, start);
    // The elements need not be here yet, but there must be an end of the input that leaves room for them.
    const needed = count * sizeMin(item);
    if (needed > this.end - this.pos) this.need(needed);
    const values: unknown[] = [];
    for (let index = 0; index < count; index++) {
      values.push(this.inside(index, () => this.read(item, scope)));
    }
    return values;
  }

  #restOf(item: Node, scope: Scope): unknown[] {
    const values: unknown[] = [];
    while (this.pos < this.end) {
      this.#addElements(1, this.pos);
      values.push(this.inside(values.length, () => this.read(item, scope)));
    }
    return values;
  }

  #addElements(count: number, offset: number): void {
    this.#elements += count;
    const { elementsMax } = this.#limits;
    if (this.#elements > elementsMax) {
      this.fail("limit", `More than ${elementsMax} elements`, offset, { elements: this.#elements, elementsMax });
    }
  }

  #fields(fields: readonly { readonly name: string; readonly schema: Node }[], value: Record<string, unknown>): void {
    for (const { name, schema } of fields) {
      const read = this.inside(name, () => this.read(schema, value));
      if (!isVoid(schema)) value[name] = read;
    }
  }

  #tuple(items: readonly Node[], scope: Scope): unknown[] {
    const values: unknown[] = [];
    for (const item of items) {
      if (isVoid(item)) this.read(item, scope);
      else values.push(this.inside(values.length, () => this.read(item, scope)));
    }
    return values;
  }

  #enumName(int: IntNode | VarintNode, names: readonly { name: string; value: number }[]): string {
    const start = this.pos;
    const number = int.kind === "varint" ? this.varint() : this.int(int);
    const found = names.find(({ value }) => value === number);
    if (found === undefined) {
      this.fail("enum", `Number ${number} is none of ${names.map(({ value }) => value).join(", ")}`, start, {
        number,
      });
    }
    return found.name;
  }

  #union(node: UnionNode): unknown {
    const start = this.pos;
    const readTag = () => {
      const tag = node.tag.kind === "varint" ? this.varint() : this.int(node.tag);
      const one = node.cases.find((one) => one.tag === tag);
      if (one === undefined) {
        this.fail("tag", `Tag ${tag} is none of ${node.cases.map((one) => one.tag).join(", ")}`, start, { tag });
      }
      return one.name;
    };
    const name = this.inside(node.key, () => this.leaf(["tag", node], readTag));
    const value: Record<string, unknown> = { [node.key]: name };
    this.#fields(node.cases.find((one) => one.name === name)!.schema.fields, value);
    return value;
  }

  #optional(node: OptionalNode, scope: Scope): unknown {
    const present = node.presence.kind === "byte"
      ? this.leaf(["presence"], () => this.bool())
      : isPresent(node.presence, scope);
    return present ? this.read(node.schema, scope) : null;
  }

  #constant(node: Node, expected: unknown, scope: Scope): unknown {
    const start = this.pos;
    const value = this.read(node, scope);
    if (!equalValues(value, expected)) {
      this.fail("literal", `Value is not the constant ${show(expected)}`, start, { expected, found: value });
    }
    return value;
  }

  #map(name: string, node: Node, decode: (value: never) => unknown, scope: Scope): unknown {
    const start = this.pos;
    const value = this.read(node, scope);
    try {
      return decode(value as never);
    } catch (cause) {
      throw refused(name, cause, formatPath(this.steps), start);
    }
  }

  #refine(name: string, node: Node, test: (value: never) => boolean, scope: Scope): unknown {
    const start = this.pos;
    const value = this.read(node, scope);
    let passes;
    try {
      passes = test(value as never);
    } catch (cause) {
      throw refused(name, cause, formatPath(this.steps), start);
    }
    if (!passes) this.fail("refused", `Value is not ${name}`, start, { value });
    return value;
  }

  #lazy(node: LazyNode): unknown {
    if (this.#depth >= this.#limits.depthMax) {
      this.fail("limit", `More than ${this.#limits.depthMax} levels`, this.pos, { depthMax: this.#limits.depthMax });
    }
    this.#depth++;
    const value = this.read(node.get());
    this.#depth--;
    return value;
  }

  #limit(node: Node, bytesMax: number, scope: Scope): unknown {
    const start = this.pos;
    const end = this.end;
    // One byte more than allowed may be looked at, so that "too long" and "cut off" can be told apart.
    const endMax = Math.min(end, start + bytesMax + 1);
    this.end = endMax;
    let value;
    try {
      value = this.read(node, scope);
    } catch (error) {
      const clipped = endMax < end && this.end === endMax && error instanceof CodecError && error.code === "truncated";
      const tooLong = clipped &&
        (endMax <= this.available || Number(error.context.needed) > start + bytesMax - this.pos);
      throw tooLong ? tooLongError(bytesMax, error.path, error.offset) : error;
    }
    if (this.pos - start > bytesMax) throw tooLongError(bytesMax, formatPath(this.steps), start);
    this.end = end;
    return value;
  }

  #framed(int: IntNode | VarintNode, node: Node, scope: Scope): unknown {
    const count = this.#prefix(int);
    this.need(count);
    const end = this.end;
    this.end = this.pos + count;
    const value = this.read(node, scope);
    const left = this.end - this.pos;
    if (left > 0) this.fail("trailing", `${plural(left, "byte")} left in the frame`, this.pos, { left });
    this.end = end;
    return value;
  }

  #extension(extension: ExtensionNode["extension"]): unknown {
    const start = this.pos;
    const partial = this.end > this.available;
    const cursor = { bytes: this.bytes, pos: start, end: this.readable, copy: this.#copy, partial };
    const path = formatPath(this.steps);
    const done = this.parts?.extension(extension, cursor);
    try {
      const value = extension.decode(cursor);
      this.pos = cursor.pos;
      done?.(this.pos, true);
      return value;
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      done?.(cursor.end, false);
      throw relocated(error, path, start);
    }
  }
}

function tooLongError(bytesMax: number, path: string, offset: number): CodecError {
  return new CodecError("limit", `Value is longer than ${bytesMax} bytes`, { path, offset, context: { bytesMax } });
}
