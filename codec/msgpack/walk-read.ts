/**
 * The slow, obvious way through a msgpack value: it keeps the path and offset of everything it meets, makes the errors and
 * the parts of annotated dumps, and is what the compiled readers are tested against.
 *
 * @module
 */

import { CodecError, type CodecErrorCode } from "../error.ts";
import { keepOrder } from "../key-order.ts";
import type { Limits } from "../limits.ts";
import { formatPath, type PathStep } from "../path.ts";
import type { SpanKind, SpanSink } from "../schema/mod.ts";
import { plural, readText, show } from "../text/mod.ts";
import { kindsOf } from "./leads.ts";
import type { BytesNode, FieldNode, MapNode, MsgpackNode, OneOfNode } from "./nodes.ts";
import { CHECKED, Packed } from "./packed.ts";
import { shapeBytesMin } from "./sizes.ts";
import { BIG, big, CONTENT, KEY, LENGTH, SCALAR, scalar, TEXT } from "./span-kinds.ts";
import { Ext } from "./value.ts";
import { type Head, isShortest, readHead } from "./walk-head.ts";

/** Options of a {@link ReadWalk}. */
export interface ReadWalkOptions {
  readonly limits: Limits;
  readonly copy: boolean;
  /** Whether forms that are not the shortest are refused. */
  readonly canonical?: boolean;
  /** Whether more bytes are to come behind the end, so that counts cannot be held against those that are there. */
  readonly partial?: boolean;
  /** What takes the parts of the value. */
  readonly parts?: SpanSink;
}

/** One walk over the value at `bytes[start]`; offsets of spans and errors count from there. */
export class ReadWalk {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  readonly #view: DataView;
  readonly #limits: Limits;
  readonly #copy: boolean;
  readonly #canonical: boolean;
  readonly #parts: SpanSink | undefined;
  readonly #partial: boolean;
  readonly #steps: PathStep[] = [];
  #elements = 0;
  /** Arrays and maps that are open within a value of unknown shape. */
  #depth = 0;
  /** Where the next value begins. */
  pos: number;

  constructor(bytes: Uint8Array, start: number, end: number, options: ReadWalkOptions) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#limits = options.limits;
    this.#copy = options.copy;
    this.#canonical = options.canonical === true;
    this.#parts = options.parts;
    this.#partial = options.partial === true;
    this.pos = start;
  }

  /** Reads one value. */
  read(node: MsgpackNode): unknown {
    switch (node.kind) {
      case "oneOf":
        return this.#oneOf(node);
      case "any":
        return this.#unknown(true);
      case "packed":
        return this.#packed(node.bytesMax);
    }
    const head = this.#headOf(node);
    switch (node.kind) {
      case "nil":
      case "boolean":
      case "float":
        return this.#scalar(head);
      case "int":
      case "big":
        return this.#int(head, node.min, node.max);
      case "text":
        return this.#part(TEXT, this.#text(head));
      case "bytes":
        return this.#bytesOf(node, head);
      case "exact":
        return this.#exact(node.text, head);
      case "tagged":
        this.#count(head, 2, 2);
        this.#exact(node.tag.text, this.#headOf(node.tag));
        return this.read(node.item);
      case "array": {
        this.#open(head, head.size, shapeBytesMin(node.item));
        const values: unknown[] = [];
        for (let index = 0; index < head.size; index++) values.push(this.#inside(index, () => this.read(node.item)));
        return values;
      }
      case "tuple": {
        this.#count(head, node.items.length, node.items.length);
        return node.items.map((item, index) => this.#inside(index, () => this.read(item)));
      }
      case "named":
        return this.#named(node.fields, head);
      case "map":
        return this.#map(node, head);
    }
  }

  #fail(code: CodecErrorCode, reason: string, at: number, context: Record<string, unknown> = {}): never {
    throw new CodecError(code, reason, { path: formatPath(this.#steps), offset: at - this.#start, context });
  }

  #mistyped(expected: string, head: Head): never {
    const found = head.kind;
    this.#fail("msgpack", `Expected ${expected}, found ${found}`, head.start, { expected, found });
  }

  #inside<T>(step: PathStep, read: () => T): T {
    this.#steps.push(step);
    this.#parts?.enter(step);
    const value = read();
    this.#parts?.leave();
    this.#steps.pop();
    return value;
  }

  /** The value of a key, which is under the same path as the key. */
  #valueOf<T>(key: string, read: () => T): T {
    this.#steps.push(key);
    const value = read();
    this.#parts?.leave();
    this.#steps.pop();
    return value;
  }

  /** Adds the part that ends here, and returns its value. */
  #part<T>(kind: SpanKind, value: T): T {
    this.#parts?.part(this.pos - this.#start, kind);
    return value;
  }

  #need(count: number, at: number, left: number): void {
    if (count > left) {
      this.#fail("truncated", `Needs ${plural(count, "byte")}, ${left} left`, at, { needed: count, left });
    }
  }

  /** Reads the head of a value whose type the shape takes. */
  #headOf(node: MsgpackNode): Head {
    const head = this.#head();
    if (!kindsOf(node).includes(head.kind)) this.#mistyped(kindsOf(node).join(" or "), head);
    return head;
  }

  /** Reads the head of a value, with the content there unless it consists of other values. */
  #head(): Head {
    const left = this.#end - this.pos;
    const head = readHead(this.#bytes, this.pos, this.#end);
    if (typeof head === "number") {
      this.#need(head, this.pos, left);
      throw new Error("A head that needs no more bytes");
    }
    if (head.kind === "never") this.#fail("msgpack", "Byte 0xc1 begins no value", head.start, { found: "never" });
    if (head.kind !== "array" && head.kind !== "map") this.#need(head.body - head.start + head.size, this.pos, left);
    if (this.#canonical && !isShortest(this.#bytes, head)) {
      this.#fail("canonical", `The ${head.kind} is not in its shortest form`, head.start);
    }
    this.pos = head.body;
    return head;
  }

  /** Enters an array or a map of any `count` of elements (or keys and values), each of at least `bytesMin` bytes. */
  #open(head: Head, count: number, bytesMin: number): void {
    this.#elements += count;
    const { elementsMax } = this.#limits;
    if (this.#elements > elementsMax) {
      this.#fail("limit", `More than ${elementsMax} elements`, head.start, { elements: this.#elements, elementsMax });
    }
    if (!this.#partial) this.#need(count * bytesMin, head.start, this.#end - this.pos);
    this.#part(LENGTH, head.size);
  }

  /** Enters an array whose number of elements the shape says. */
  #count(head: Head, min: number, max: number): void {
    const { size } = head;
    if (size < min || size > max) {
      const expected = min === max ? `${min}` : `${min} to ${max}`;
      this.#fail("length", `Expected an array of ${expected} elements, found ${size}`, head.start, { length: size });
    }
    this.#part(LENGTH, size);
  }

  /** The value of nil, bool, int, float, str, bin or ext; wide integers as bigints only if they must be. */
  #scalar(head: Head): unknown {
    const value = this.#scalarValue(head);
    return this.#part(SCALAR, value);
  }

  #scalarValue(head: Head): unknown {
    switch (head.kind) {
      case "str":
        return this.#text(head);
      case "bin":
        return this.#take(head.size);
      case "ext":
        return new Ext(this.#view.getInt8(this.pos++), this.#take(head.size - 1));
      default:
        this.pos += head.size;
        return scalar(this.#bytes, head);
    }
  }

  #int(head: Head, min: number | bigint, max: number | bigint): number | bigint {
    this.pos += head.size;
    const exact = big(this.#bytes, head);
    if (exact < min || exact > max) {
      this.#fail("range", `Integer ${exact} is not between ${min} and ${max}`, head.start, { value: exact, min, max });
    }
    return typeof min === "bigint" ? this.#part(BIG, exact) : this.#part(SCALAR, Number(exact));
  }

  #take(count: number): Uint8Array {
    const at = this.pos;
    this.pos += count;
    const view = new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + at, count);
    return this.#copy ? view.slice() : view;
  }

  #text(head: Head): string {
    const { stringBytesMax } = this.#limits;
    if (head.size > stringBytesMax) {
      this.#fail("limit", `Text of ${head.size} bytes is longer than ${stringBytesMax}`, head.start);
    }
    const text = readText(this.#bytes, head.body, head.body + head.size);
    if (text === undefined) this.#fail("utf8", "Text is not valid UTF-8", head.start);
    this.pos = head.body + head.size;
    return text;
  }

  #bytesOf({ size }: BytesNode, head: Head): Uint8Array {
    if (size !== undefined && head.size !== size) {
      this.#fail("length", `Expected ${plural(size, "byte")}, found ${head.size}`, head.start, { length: head.size });
    }
    return this.#part(CONTENT, this.#take(head.size));
  }

  #exact(expected: string, head: Head): string {
    const text = readText(this.#bytes, head.body, head.body + head.size);
    if (text !== expected) {
      this.#fail("literal", `Expected ${show(expected)}, found ${show(text)}`, head.start, { expected, found: text });
    }
    this.pos = head.body + head.size;
    return this.#part(TEXT, text);
  }

  #named(fields: readonly FieldNode[], head: Head): unknown {
    this.#count(head, fields.filter((field) => !field.optional).length, fields.length);
    const present = fields.slice(0, head.size);
    return Object.fromEntries(present.map(({ name, shape }) => [name, this.#inside(name, () => this.read(shape))]));
  }

  #map({ fields, extra, binKeys }: MapNode, head: Head): unknown {
    this.#open(head, 2 * head.size, 1);
    const values = new Map<string, unknown>();
    for (let pair = 0; pair < head.size; pair++) {
      const { key, at } = this.#key(binKeys);
      const field = fields.find((field) => field.name === key);
      if (field === undefined) {
        if (extra === "refuse") this.#fail("msgpack", `Key ${show(key)} is unknown`, at, { key });
        this.#valueOf(key, () => this.#unknown(false));
        continue;
      }
      if (values.has(key)) this.#twice(key, at);
      values.set(key, this.#valueOf(key, () => this.read(field.shape)));
    }
    const missing = fields.find((field) => !field.optional && !values.has(field.name));
    if (missing !== undefined) {
      this.#fail("msgpack", `Key ${show(missing.name)} is missing`, head.start, { key: missing.name });
    }
    const present = fields.filter((field) => values.has(field.name));
    return Object.fromEntries(present.map(({ name }) => [name, values.get(name)]));
  }

  #twice(key: string, at: number): never {
    this.#fail("msgpack", `Key ${show(key)} comes twice`, at, { key });
  }

  #key(binKeys: boolean): { readonly key: string; readonly at: number } {
    const head = this.#head();
    if (head.kind !== "str" && !(binKeys && head.kind === "bin")) {
      this.#mistyped(binKeys ? "a str or bin as a key" : "a str as a key", head);
    }
    const key = this.#text(head);
    this.#parts?.enterNext();
    this.#part(KEY, key);
    return { key, at: head.start };
  }

  #oneOf(node: OneOfNode): unknown {
    const head = readHead(this.#bytes, this.pos, this.#end);
    // Whatever is wrong with the head, every option says the same.
    if (typeof head === "number" || head.kind === "never") return this.read(node.options[0]);
    const found = node.options.find((option) => kindsOf(option).includes(head.kind));
    if (found === undefined) this.#mistyped(kindsOf(node).join(" or "), head);
    return this.read(found);
  }

  #packed(bytesMax: number): Packed {
    const start = this.pos;
    this.#unknown(false);
    const count = this.pos - start;
    if (count > bytesMax) {
      this.#fail("limit", `Value of ${count} bytes is longer than ${bytesMax}`, start, { bytesMax });
    }
    const view = new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, count);
    return new Packed(this.#copy ? view.slice() : view, CHECKED);
  }

  /** Reads a value of unknown shape; unless it is to be built, maps may have any keys. */
  #unknown(build: boolean): unknown {
    const head = this.#head();
    if (head.kind !== "array" && head.kind !== "map") return this.#scalar(head);
    const { depthMax } = this.#limits;
    if (this.#depth >= depthMax) this.#fail("limit", `More than ${depthMax} levels`, head.start, { depthMax });
    this.#depth++;
    const value = head.kind === "array" ? this.#unknownArray(head, build) : this.#unknownMap(head, build);
    this.#depth--;
    return value;
  }

  #unknownArray(head: Head, build: boolean): unknown {
    this.#open(head, head.size, 1);
    const values: unknown[] = [];
    for (let index = 0; index < head.size; index++) {
      const value = this.#inside(index, () => this.#unknown(build));
      if (build) values.push(value);
    }
    return values;
  }

  #unknownMap(head: Head, build: boolean): unknown {
    this.#open(head, 2 * head.size, 1);
    const value: Record<string, unknown> = {};
    const keys: string[] = [];
    for (let pair = 0; pair < head.size; pair++) {
      if (!build) {
        // A key of any type has no name in a path: its pair has a number.
        this.#inside(pair, () => {
          this.#inside("key", () => this.#unknown(false));
          this.#inside("value", () => this.#unknown(false));
        });
        continue;
      }
      const { key, at } = this.#key(false);
      if (key === "__proto__") this.#fail("msgpack", 'Key "__proto__" is refused', at, { key });
      if (Object.hasOwn(value, key)) this.#twice(key, at);
      value[key] = this.#valueOf(key, () => this.#unknown(true));
      keys.push(key);
    }
    if (build) keepOrder(value, keys);
    return value;
  }
}
