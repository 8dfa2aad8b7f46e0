/**
 * A plain reader of msgpack values, written from the specification and from what the shapes promise: it shares nothing with
 * the library but the classes of its values, and says only code, path and offset of what it refuses.
 *
 * @module
 */

import { LIMITS, type Limits } from "../../../codec/mod.ts";
import { Ext, type MsgpackNode, Packed } from "../../../codec/msgpack/mod.ts";
import { formatPath, type PathStep } from "../../../codec/path.ts";

/** What the oracle thinks of bytes. */
export type Verdict =
  | { readonly value: unknown; readonly length: number }
  | { readonly code: string; readonly path: string; readonly offset: number };

/** First bytes up to which one form goes: the type, bytes of length, and bytes, elements or pairs without them. */
const FORMS: readonly (readonly [last: number, type: string, lengthBytes: number, size: (lead: number) => number])[] = [
  [0x7f, "int", 0, () => 0],
  [0x8f, "map", 0, (lead) => lead - 0x80],
  [0x9f, "array", 0, (lead) => lead - 0x90],
  [0xbf, "str", 0, (lead) => lead - 0xa0],
  [0xc0, "nil", 0, () => 0],
  [0xc1, "never", 0, () => 0],
  [0xc3, "bool", 0, () => 0],
  ...[1, 2, 4].map((bytes, index) => [0xc4 + index, "bin", bytes, () => 0] as const),
  ...[1, 2, 4].map((bytes, index) => [0xc7 + index, "ext", bytes, () => 1] as const),
  [0xcb, "float", 0, (lead) => lead === 0xca ? 4 : 8],
  [0xd3, "int", 0, (lead) => 2 ** (lead & 3)],
  [0xd8, "ext", 0, (lead) => 1 + 2 ** (lead - 0xd4)],
  ...[1, 2, 4].map((bytes, index) => [0xd9 + index, "str", bytes, () => 0] as const),
  ...[2, 4].map((bytes, index) => [0xdc + index, "array", bytes, () => 0] as const),
  ...[2, 4].map((bytes, index) => [0xde + index, "map", bytes, () => 0] as const),
  [0xff, "int", 0, () => 0],
];

interface Head {
  readonly type: string;
  readonly start: number;
  readonly body: number;
  readonly size: number;
  readonly lead: number;
}

class Refusal {
  readonly code: string;
  readonly path: string;
  readonly offset: number;

  constructor(code: string, path: string, offset: number) {
    this.code = code;
    this.path = path;
    this.offset = offset;
  }
}

/** What a value of a shape at the beginning of bytes is, or what is wrong with it. */
export function verdict(shape: MsgpackNode, bytes: Uint8Array, canonical = false, limits: Limits = LIMITS): Verdict {
  const oracle = new Oracle(bytes, canonical, limits);
  try {
    const value = oracle.read(shape);
    return { value, length: oracle.pos };
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return { ...refusal };
  }
}

class Oracle {
  readonly bytes: Uint8Array;
  readonly canonical: boolean;
  readonly limits: Limits;
  pos = 0;
  readonly #view: DataView;
  readonly #steps: PathStep[] = [];
  #elements = 0;

  constructor(bytes: Uint8Array, canonical: boolean, limits: Limits) {
    this.bytes = bytes;
    this.canonical = canonical;
    this.limits = limits;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(shape: MsgpackNode): unknown {
    switch (shape.kind) {
      case "any":
        return this.#unknown(true, 0);
      case "packed":
        return this.#packed(shape.bytesMax);
      case "oneOf":
        return this.#oneOf(shape.options);
      case "nil":
      case "float":
      case "boolean":
        return this.#scalar(this.#head(typesOf(shape)));
      case "int":
      case "big": {
        const head = this.#head(["int"]);
        const value = this.#integer(head);
        if (value < shape.min || value > shape.max) this.#refuse("range", head.start);
        return shape.kind === "big" ? value : Number(value);
      }
      case "text":
        return this.#text(this.#head(typesOf(shape)));
      case "bytes": {
        const head = this.#head(typesOf(shape));
        if (shape.size !== undefined && head.size !== shape.size) this.#refuse("length", head.start);
        return this.#content(head);
      }
      case "exact":
        return this.#exact(shape.text);
      case "tagged":
        this.#count(2, 2);
        this.#exact(shape.tag.text);
        return this.read(shape.item);
      case "array":
        return this.#items(this.#head(["array"]), 1, () => this.read(shape.item), sizeMin(shape.item));
      case "tuple":
        this.#count(shape.items.length, shape.items.length);
        return shape.items.map((item, index) => this.#at(index, () => this.read(item)));
      case "named": {
        const count = this.#count(shape.fields.filter((field) => !field.optional).length, shape.fields.length);
        const fields = shape.fields.slice(0, count);
        return Object.fromEntries(fields.map((one) => [one.name, this.#at(one.name, () => this.read(one.shape))]));
      }
      case "map":
        return this.#map(shape);
    }
  }

  #refuse(code: string, offset: number): never {
    throw new Refusal(code, formatPath(this.#steps), offset);
  }

  #at<T>(step: PathStep, read: () => T): T {
    this.#steps.push(step);
    const value = read();
    this.#steps.pop();
    return value;
  }

  /** The head of the next value, whose content need not be there. */
  #peek(): Head {
    const { bytes, pos: start } = this;
    if (start >= bytes.length) this.#refuse("truncated", start);
    const lead = bytes[start];
    const [, type, lengthBytes, sizeOf] = FORMS.find(([last]) => lead <= last)!;
    const body = start + 1 + lengthBytes;
    if (body > bytes.length) this.#refuse("truncated", start);
    if (type === "never") this.#refuse("msgpack", start);
    let size = 0;
    for (let index = start + 1; index < body; index++) size = size * 256 + bytes[index];
    return { type, start, body, size: size + sizeOf(lead), lead };
  }

  /** Moves past the head of the next value, and past its content unless it consists of other values. */
  #head(types?: readonly string[]): Head {
    const head = this.#peek();
    const { type, start, body, size } = head;
    const isContainer = type === "array" || type === "map";
    if (!isContainer && body + size > this.bytes.length) this.#refuse("truncated", start);
    if (this.canonical && !this.#isShortest(head)) this.#refuse("canonical", start);
    if (types !== undefined && !types.includes(type)) this.#refuse("msgpack", start);
    this.pos = isContainer ? body : body + size;
    return head;
  }

  #isShortest(head: Head): boolean {
    const { type, start, body, size, lead } = head;
    const isFixed = body === start + 1;
    const wide = size > 0xffff ? 4 : size > 0xff ? 2 : 1;
    switch (type) {
      case "int": {
        const value = this.#integer(head);
        const limits = value < 0
          ? [2n ** 5n, 2n ** 7n, 2n ** 15n, 2n ** 31n]
          : [2n ** 7n, 2n ** 8n, 2n ** 16n, 2n ** 32n];
        const fits = limits.findIndex((limit) => value < 0 ? value >= -limit : value < limit);
        return size === [0, 1, 2, 4, 8].at(fits) && (size === 0 || lead >= 0xd0 === value < 0);
      }
      case "float":
        return lead === 0xcb;
      case "str":
        return size < 32 ? isFixed : body - start - 1 === wide;
      case "bin":
        return body - start - 1 === wide;
      case "ext":
        if ([1, 2, 4, 8, 16].includes(size - 1)) return isFixed;
        return body - start - 1 === (size - 1 > 0xffff ? 4 : size - 1 > 0xff ? 2 : 1);
      case "array":
      case "map":
        return size < 16 ? isFixed : body - start - 1 === (size > 0xffff ? 4 : 2);
      default:
        return true;
    }
  }

  #integer({ lead, body, size }: Head): bigint {
    if (size === 0) return BigInt(lead < 0x80 ? lead : lead - 0x100);
    const hex = [...this.bytes.subarray(body, body + size)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const value = BigInt(`0x${hex}`);
    return lead >= 0xd0 ? BigInt.asIntN(8 * size, value) : value;
  }

  #content({ body, size }: Head): Uint8Array {
    return this.bytes.slice(body, body + size);
  }

  #text(head: Head): string {
    if (head.size > this.limits.stringBytesMax) this.#refuse("limit", head.start);
    const text = decodeUtf8(this.#content(head));
    return text ?? this.#refuse("utf8", head.start);
  }

  #scalar(head: Head): unknown {
    switch (head.type) {
      case "nil":
        return null;
      case "bool":
        return head.lead === 0xc3;
      case "int": {
        const value = this.#integer(head);
        return Number.isSafeInteger(Number(value)) ? Number(value) : value;
      }
      case "float":
        return head.size === 4 ? this.#view.getFloat32(head.body) : this.#view.getFloat64(head.body);
      case "str":
        return this.#text(head);
      case "bin":
        return this.#content(head);
      default:
        return new Ext(this.#view.getInt8(head.body), this.#content(head).slice(1));
    }
  }

  #exact(expected: string): string {
    const head = this.#head(["str", "bin"]);
    if (decodeUtf8(this.#content(head)) !== expected) this.#refuse("literal", head.start);
    return expected;
  }

  #count(min: number, max: number): number {
    const { size, start } = this.#head(["array"]);
    if (size < min || size > max) this.#refuse("length", start);
    return size;
  }

  /** Reads as many values as a head says, times `factor`, of at least `bytesMin` bytes each. */
  #items<T>({ start, size }: Head, factor: number, read: (index: number) => T, bytesMin = 1): T[] {
    this.#elements += factor * size;
    if (this.#elements > this.limits.elementsMax) this.#refuse("limit", start);
    if (factor * size * bytesMin > this.bytes.length - this.pos) this.#refuse("truncated", start);
    return Array.from({ length: size }, (_, index) => factor === 1 ? this.#at(index, () => read(index)) : read(index));
  }

  #key(types: readonly string[], isKnown: (key: string | undefined) => boolean): readonly [key: string, at: number] {
    const head = this.#head(types);
    const known = decodeUtf8(this.#content(head));
    return [isKnown(known) ? known! : this.#text(head), head.start];
  }

  #map({ fields, extra, binKeys }: Extract<MsgpackNode, { kind: "map" }>): unknown {
    const head = this.#head(["map"]);
    const found = new Map<string, unknown>();
    this.#items(head, 2, () => {
      const [key, at] = this.#key(binKeys ? ["str", "bin"] : ["str"], (key) => fields.some(({ name }) => name === key));
      const field = fields.find(({ name }) => name === key);
      if (field === undefined && extra === "refuse" || found.has(key)) this.#refuse("msgpack", at);
      const value = this.#at(key, () => field === undefined ? this.#unknown(false, 0) : this.read(field.shape));
      if (field !== undefined) found.set(key, value);
    });
    if (fields.some(({ name, optional }) => !optional && !found.has(name))) this.#refuse("msgpack", head.start);
    const present = fields.filter(({ name }) => found.has(name));
    return Object.fromEntries(present.map(({ name }) => [name, found.get(name)]));
  }

  #oneOf(options: readonly MsgpackNode[]): unknown {
    const { type, start } = this.#peek();
    const option = options.find((one) => typesOf(one).includes(type));
    return option === undefined ? this.#refuse("msgpack", start) : this.read(option);
  }

  #packed(bytesMax: number): unknown {
    const { pos: start } = this;
    this.#unknown(false, 0);
    if (this.pos - start > bytesMax) this.#refuse("limit", start);
    return new Packed(this.bytes.slice(start, this.pos));
  }

  #unknown(build: boolean, depth: number): unknown {
    const head = this.#head();
    if (head.type !== "array" && head.type !== "map") return this.#scalar(head);
    if (depth >= this.limits.depthMax) this.#refuse("limit", head.start);
    const inside = () => this.#unknown(build, depth + 1);
    if (head.type === "array") return this.#items(head, 1, inside);
    const value = new Map<string, unknown>();
    this.#items(head, 2, (index) => {
      if (!build) return this.#at(index, () => [this.#at("key", inside), this.#at("value", inside)]);
      const [key, at] = this.#key(["str"], () => false);
      if (key === "__proto__" || value.has(key)) this.#refuse("msgpack", at);
      value.set(key, this.#at(key, inside));
    });
    return Object.fromEntries(value);
  }
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The msgpack types of a shape's values. */
function typesOf(shape: MsgpackNode): readonly string[] {
  switch (shape.kind) {
    case "boolean":
      return ["bool"];
    case "big":
      return ["int"];
    case "text":
      return shape.both ? ["str", "bin"] : [shape.writes];
    case "bytes":
      return shape.both ? ["str", "bin"] : ["bin"];
    case "exact":
      return ["str", "bin"];
    case "tagged":
    case "tuple":
    case "named":
      return ["array"];
    case "oneOf":
      return shape.options.flatMap(typesOf);
    default:
      return [shape.kind];
  }
}

/** The fewest bytes that a value of a shape can have. */
function sizeMin(shape: MsgpackNode): number {
  const text = (length: number, isStr: boolean) =>
    length + (isStr && length < 32 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 5);
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
  const header = (count: number) => count < 16 ? 1 : count < 0x10000 ? 3 : 5;
  const bytesOf = (value: string) => new TextEncoder().encode(value).length;
  switch (shape.kind) {
    case "float":
      return 5;
    case "bytes":
      return text(shape.size ?? 0, shape.both);
    case "exact":
      return text(bytesOf(shape.text), true);
    case "tagged":
      return 1 + sizeMin(shape.tag) + sizeMin(shape.item);
    case "tuple":
      return header(shape.items.length) + sum(shape.items.map(sizeMin));
    case "named":
    case "map": {
      const fields = shape.fields.filter((field) => !field.optional);
      const keys = shape.kind === "map" ? fields.map(({ name }) => text(bytesOf(name), true)) : [];
      return header(fields.length) + sum([...keys, ...fields.map((field) => sizeMin(field.shape))]);
    }
    case "oneOf":
      return Math.min(...shape.options.map(sizeMin));
    default:
      return 1;
  }
}
