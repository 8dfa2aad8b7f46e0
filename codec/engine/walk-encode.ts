/**
 * The slow, obvious way from a value to its bytes: it knows the path of everything it writes, makes the errors of
 * `encode`, and is what the compiled encoder is tested against.
 *
 * @module
 */

import { CodecError, type CodecErrorCode, refused } from "../error.ts";
import {
  type ArrayNode,
  type EnumNode,
  type Field,
  type FloatNode,
  intMax,
  intMin,
  type IntNode,
  isPresent,
  isVoid,
  type Node,
  type OptionalNode,
  refuseEmptyItems,
  resolve,
  type Scope,
  setFloat32,
  setFloat64,
  type Size,
  sizeMin,
  type VarintNode,
} from "../schema/mod.ts";
import type { Limits } from "../limits.ts";
import { formatPath, joinPath, type PathStep } from "../path.ts";
import { plural, show, textBytes } from "../text/mod.ts";
import { equalValues } from "../values.ts";

/** One walk over a value; the bytes are in {@link EncodeWalk.bytes} afterwards. */
export class EncodeWalk {
  readonly #limits: Limits;
  readonly #steps: PathStep[] = [];
  #bytes: number[] = [];
  /** Offset in the message of the first of these bytes: a frame is written apart, since its length stands before it. */
  #base = 0;
  #depth = 0;
  #elements = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** What was written so far. */
  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  /** Writes one value. */
  write(node: Node, value: unknown, scope: Scope = undefined): void {
    switch (node.kind) {
      case "int":
      case "varint":
        return this.#int(node, value);
      case "float":
        return this.#float(node, value);
      case "bool":
        if (typeof value !== "boolean") this.#mistyped("a boolean", value);
        return this.#put([value ? 1 : 0]);
      case "literal":
        return this.#put(node.bytes);
      case "bytes":
        return this.#bytesOf(node.size, value, scope);
      case "string":
        return this.#string(node.size, value, scope);
      case "array":
        return this.#array(node, value, scope);
      case "struct":
        return this.#fields(node.fields, this.#record(value));
      case "tuple":
        return this.#tuple(node.items, value, scope);
      case "enum":
        return this.#enum(node, value);
      case "union": {
        const record = this.#record(value);
        const found = node.cases.find((one) => one.name === record[node.key]);
        if (found === undefined) this.#unknownCase(node.key, record[node.key], node.cases.map((one) => one.name));
        this.#int(node.tag, found.tag);
        return this.#fields(found.schema.fields, record);
      }
      case "optional":
        return this.#optional(node, value, scope);
      case "constant":
        if (!equalValues(value, node.value)) {
          const context = { expected: node.value, found: value };
          this.#fail("literal", `Value is not the constant ${show(node.value)}`, context);
        }
        return this.write(node.schema, value, scope);
      case "map":
        return this.write(node.schema, this.#call(node.name, () => node.encode(value as never)), scope);
      case "refine":
        if (!this.#call(node.name, () => node.test(value as never))) this.#fail("refused", `Value is not ${node.name}`);
        return this.write(node.schema, value, scope);
      case "lazy":
        if (this.#depth >= this.#limits.depthMax) {
          this.#fail("limit", `More than ${this.#limits.depthMax} levels`, { depthMax: this.#limits.depthMax });
        }
        this.#depth++;
        this.write(node.get(), value);
        this.#depth--;
        return;
      case "limit": {
        const before = this.#bytes.length;
        this.write(node.schema, value, scope);
        const { bytesMax } = node;
        if (this.#bytes.length - before > bytesMax) {
          this.#fail("limit", `Value is longer than ${bytesMax} bytes`, { bytesMax });
        }
        return;
      }
      case "framed":
        return this.#framed(node.int, () => this.write(node.schema, value, scope));
      case "extension":
        return this.#extension(node.extension.encode, value);
    }
  }

  get #offset(): number {
    return this.#base + this.#bytes.length;
  }

  #fail(code: CodecErrorCode, reason: string, context: Record<string, unknown> = {}): never {
    throw new CodecError(code, reason, { path: formatPath(this.#steps), offset: this.#offset, context });
  }

  #mistyped(expected: string, value: unknown): never {
    if (value === undefined) this.#fail("type", `Expected ${expected}, but the value is missing`, { expected });
    this.#fail("type", `Expected ${expected}, not ${show(value)}`, { expected, found: value });
  }

  #put(bytes: ArrayLike<number>): void {
    for (let index = 0; index < bytes.length; index++) this.#bytes.push(bytes[index]);
  }

  #call<T>(name: string, run: () => T): T {
    try {
      return run();
    } catch (cause) {
      throw refused(name, cause, formatPath(this.#steps), this.#offset);
    }
  }

  #int(node: IntNode | VarintNode, value: unknown): void {
    if (node.kind === "int" && node.big) return this.#big(node, value);
    if (typeof value !== "number" || !Number.isInteger(value)) this.#mistyped("an integer", value);
    const min = intMin(node);
    const max = intMax(node);
    if (value < min || value > max) {
      this.#fail("range", `Integer ${value} is not between ${min} and ${max}`, { value, min, max });
    }
    this.#put(intBytes(node, value));
  }

  #big(node: IntNode, value: unknown): void {
    if (typeof value !== "bigint") this.#mistyped("a bigint", value);
    const min = node.signed ? -(2n ** 63n) : 0n;
    const max = node.signed ? 2n ** 63n - 1n : 2n ** 64n - 1n;
    if (value < min || value > max) {
      this.#fail("range", `Integer ${value} is not between ${min} and ${max}`, { value, min, max });
    }
    this.#put(fixedBytes(value, 8, node.littleEndian));
  }

  #float(node: FloatNode, value: unknown): void {
    if (typeof value !== "number") this.#mistyped("a number", value);
    const view = new DataView(new ArrayBuffer(node.bytes));
    if (node.bytes === 8) {
      setFloat64(view, value, node.littleEndian);
    } else {
      if (!Object.is(Math.fround(value), value)) this.#fail("range", `Number ${value} needs more than 4 bytes`);
      setFloat32(view, value, node.littleEndian);
    }
    this.#put(new Uint8Array(view.buffer));
  }

  /** Writes or checks a length. */
  #count(size: Size, count: number, unit: string, scope: Scope): void {
    switch (size.kind) {
      case "prefix": {
        const max = intMax(size.int);
        if (count > max) {
          this.#fail("length", `Length of ${plural(count, unit)} is above ${max}, the most its prefix can say`, {
            length: count,
            max,
          });
        }
        return this.#put(intBytes(size.int, count));
      }
      case "fixed":
        if (count === size.count) return;
        return this.#fail("length", `Expected ${plural(size.count, unit)}, not ${count}`, {
          length: count,
          expected: size.count,
        });
      case "ref": {
        const said = resolve(size, scope);
        if (said === count) return;
        const name = size.path.join(".");
        return this.#fail("reference", `Field "${name}" says ${show(said)}, but there are ${plural(count, unit)}`);
      }
      case "rest":
        return;
    }
  }

  #bytesOf(size: Size, value: unknown, scope: Scope): void {
    if (!(value instanceof Uint8Array)) this.#mistyped("a Uint8Array", value);
    this.#count(size, value.length, "byte", scope);
    this.#put(value);
  }

  #string(size: Size, value: unknown, scope: Scope): void {
    if (typeof value !== "string") this.#mistyped("a string", value);
    const bytes = textBytes(value);
    if (bytes === undefined) this.#fail("utf8", "String has a lone surrogate");
    this.#count(size, bytes.length, "byte", scope);
    const max = this.#limits.stringBytesMax;
    if (bytes.length > max) this.#fail("limit", `String of ${bytes.length} bytes is longer than ${max}`);
    this.#put(bytes);
  }

  #array(node: ArrayNode, value: unknown, scope: Scope): void {
    refuseEmptyItems(node);
    if (!Array.isArray(value)) this.#mistyped("an array", value);
    this.#count(node.size, value.length, "element", scope);
    this.#elements += value.length;
    const max = this.#limits.elementsMax;
    if (this.#elements > max) {
      this.#fail("limit", `More than ${max} elements`, { elements: this.#elements, elementsMax: max });
    }
    for (let index = 0; index < value.length; index++) {
      this.#inside(index, () => this.write(node.item, value[index], scope));
    }
  }

  #record(value: unknown): Record<string, unknown> {
    if (typeof value !== "object" || value === null) this.#mistyped("an object", value);
    return value as Record<string, unknown>;
  }

  #fields(fields: readonly Field[], record: Record<string, unknown>): void {
    for (const { name, schema } of fields) this.#inside(name, () => this.write(schema, record[name], record));
  }

  #inside(step: PathStep, write: () => void): void {
    this.#steps.push(step);
    write();
    this.#steps.pop();
  }

  #tuple(items: readonly Node[], value: unknown, scope: Scope): void {
    if (!Array.isArray(value)) this.#mistyped("an array", value);
    const count = items.filter((item) => !isVoid(item)).length;
    if (value.length !== count) {
      const context = { length: value.length, expected: count };
      this.#fail("length", `Expected ${plural(count, "value")}, not ${value.length}`, context);
    }
    let index = 0;
    for (const item of items) {
      if (isVoid(item)) this.write(item, undefined, scope);
      else this.#inside(index, () => this.write(item, value[index++], scope));
    }
  }

  #enum(node: EnumNode, value: unknown): void {
    const found = node.names.find(({ name }) => name === value);
    if (found === undefined) {
      this.#fail("enum", `Value ${show(value)} is none of ${node.names.map(({ name }) => name).join(", ")}`);
    }
    this.#int(node.int, found.value);
  }

  #unknownCase(key: string, value: unknown, names: readonly string[]): never {
    this.#steps.push(key);
    this.#fail("tag", `Property "${key}" is ${show(value)}, which is none of ${names.join(", ")}`);
  }

  #optional(node: OptionalNode, value: unknown, scope: Scope): void {
    const present = value !== null && value !== undefined;
    if (node.presence.kind === "byte") {
      this.#put([present ? 1 : 0]);
    } else if (isPresent(node.presence, scope) !== present) {
      const name = node.presence.ref.path.join(".");
      const said = show(resolve(node.presence.ref, scope));
      this.#fail("reference", `Field "${name}" is ${said}, but the value is ${present ? "present" : "absent"}`);
    }
    if (present) this.write(node.schema, value, scope);
  }

  #framed(int: IntNode | VarintNode, write: () => void): void {
    const outside = this.#bytes;
    const base = this.#base;
    this.#base = this.#offset + sizeMin(int);
    this.#bytes = [];
    write();
    const inside = this.#bytes;
    this.#bytes = outside;
    this.#base = base;
    this.#count({ kind: "prefix", int }, inside.length, "byte", undefined);
    this.#put(inside);
  }

  #extension(encode: (value: unknown) => Uint8Array, value: unknown): void {
    let bytes;
    try {
      bytes = encode(value);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      throw new CodecError(error.code, error.reason, {
        path: joinPath(formatPath(this.#steps), error.path),
        offset: this.#offset + Math.max(error.offset, 0),
        context: error.context,
        cause: error.cause,
      });
    }
    this.#put(bytes);
  }
}

function intBytes(node: IntNode | VarintNode, value: number): number[] {
  return node.kind === "varint" ? varintBytes(value) : fixedBytes(BigInt(value), node.bytes, node.littleEndian);
}

function fixedBytes(value: bigint, count: number, littleEndian: boolean): number[] {
  const bytes: number[] = [];
  for (let index = 0; index < count; index++) bytes.push(Number(value >> BigInt(8 * index) & 0xffn));
  return littleEndian ? bytes : bytes.reverse();
}

function varintBytes(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push(left % 128 | 128);
  bytes.push(left);
  return bytes;
}
