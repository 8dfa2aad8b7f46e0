/**
 * Encodes JSON values with a pattern to bytes.
 *
 * It does not use a schema, because each `v` contains its own pattern.
 *
 * @module
 */

import { encode } from "../engine/mod.ts";
import { CodecError, relocated } from "../error.ts";
import { mistyped } from "../failures.ts";
import { bytes, intMax, type Schema, u64big } from "../schema/mod.ts";
import { plural } from "../text/mod.ts";
import { INTS } from "./build.ts";
import { EMPTY_ELEMENTS_MAX } from "./empty-array.ts";
import { parseChars, parseDecimal, parseValue, VALUE_DEPTH_MAX } from "./json-forms.ts";
import { parsePattern } from "./parse.ts";
import { type ArrayOperation, countArguments, countFields, type Operation, type Pattern } from "./pattern.ts";

/**
 * The bytes of JSON values, one for each argument of the pattern.
 *
 * `c s l` are numbers, `q` is a decimal string or a safe integer, `[…]c` a string or `{"hex": "…"}`, other arrays and
 * structs are arrays, `v` is `{"v": {"pattern": "…", "values": […]}}`. Inside a struct or array a byte literal also takes a
 * value, which is ignored. There must be exactly as many values as the pattern has arguments.
 *
 * ```ts
 * import { formatHex } from "warpwire/codec";
 * import { encodeCslqJson } from "warpwire/cslq";
 *
 * const bytes = encodeCslqJson("c [c]c q", [101, "hi", "18446744073709551615"]);
 * console.log(formatHex(bytes)); // 65026869ffffffffffffffff
 * ```
 *
 * @throws CodecError `syntax` or `limit` for the pattern, `length` for too many or too few values, and others with the
 * path of the value that does not fit
 */
export function encodeCslqJson(pattern: string, values: readonly unknown[]): Uint8Array {
  const writer = new JsonWriter();
  writer.arguments(parsePattern(pattern), values, "");
  return writer.bytes();
}

/** The bytes of the JSON value of one operation. */
export function encodeOperationJson(operation: Operation, value: unknown): Uint8Array {
  const writer = new JsonWriter();
  writer.element(operation, { value, path: "" });
  return writer.bytes();
}

/** A JSON value and its path. */
interface Placed {
  readonly value: unknown;
  readonly path: string;
}

class JsonWriter {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #depth = 0;

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  /** Writes a top level. */
  arguments(parts: Pattern, values: unknown, path: string): void {
    this.#sequence(parts, this.#values(values, path, countArguments(parts)));
  }

  /** Writes one operation that has exactly one value: an element, a field, an argument. */
  element(operation: Operation, { value, path }: Placed): void {
    switch (operation.kind) {
      case "int":
        return operation.letter === "q"
          ? this.#put(u64big, path, () => parseDecimal(value))
          : this.#put(INTS[operation.letter], path, () => value);
      case "literal":
        return this.#put(INTS.c, path, () => operation.byte);
      case "array":
        return this.#array(operation, value, path);
      case "struct":
        return this.#struct(operation.parts, value, path);
      case "const": {
        const count = countArguments(operation.parts);
        const values = count === 1 ? one({ value, path }) : this.#values(count === 0 ? [] : value, path, count);
        return this.#sequence(operation.parts, values);
      }
      case "value":
        return this.#value(value, path);
    }
  }

  #sequence(parts: Pattern, values: Iterator<Placed>): void {
    for (const part of parts) {
      if (part.kind === "const") this.#sequence(part.parts, values);
      else this.element(part, part.kind === "literal" ? NO_VALUE : values.next().value);
    }
  }

  #struct(parts: Pattern, value: unknown, path: string): void {
    const count = parts.reduce((sum, part) => sum + countFields(part), 0);
    const values = this.#values(value, path, count);
    for (const part of parts) {
      if (part.kind === "const" && countArguments(part.parts) > 0) this.#sequence(part.parts, values);
      else this.element(part, values.next().value);
    }
  }

  #array({ length, item }: ArrayOperation, value: unknown, path: string): void {
    if (item.kind === "int" && item.letter === "c") {
      const size = typeof length === "bigint" ? Number(length) : INTS[length];
      return this.#put(bytes(size), path, () => parseChars(value));
    }
    if (!Array.isArray(value)) mistyped(path, this.#size, "an array", value);
    this.#count(length, value.length, path);
    const start = this.#size;
    value.forEach((value, index) => this.element(item, { value, path: `${path}[${index}]` }));
    if (this.#size === start && typeof length !== "bigint" && value.length > EMPTY_ELEMENTS_MAX) {
      this.#fail("limit", `${plural(value.length, "element")} without bytes, more than ${EMPTY_ELEMENTS_MAX}`, path);
    }
  }

  #count(length: ArrayOperation["length"], count: number, path: string): void {
    if (typeof length === "bigint") {
      if (BigInt(count) !== length) this.#fail("length", `Expected ${length} elements, not ${count}`, path);
      return;
    }
    const max = intMax(INTS[length]);
    if (count > max) this.#fail("length", `Length of ${plural(count, "element")} is above ${max}`, path);
    this.#put(INTS[length], path, () => count);
  }

  #value(value: unknown, path: string): void {
    if (this.#depth === VALUE_DEPTH_MAX) {
      this.#fail("limit", `v values are nested more than ${VALUE_DEPTH_MAX} deep`, path);
    }
    const { pattern, values } = this.#at(path, () => parseValue(value));
    const parts = this.#at(`${path}.v.pattern`, () => parsePattern(pattern));
    this.#depth++;
    this.arguments(parts, values, `${path}.v.values`);
    this.#depth--;
  }

  #values(values: unknown, path: string, count: number): Iterator<Placed> {
    if (!Array.isArray(values)) mistyped(path, this.#size, "an array", values);
    if (values.length !== count) {
      this.#fail("length", `Expected ${plural(count, "value")}, not ${values.length}`, path);
    }
    return placed(values, path);
  }

  #put<T>(schema: Schema<T>, path: string, parse: () => unknown): void {
    const chunk = this.#at(path, () => encode(schema as Schema, parse()));
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  #at<T>(path: string, run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw error instanceof CodecError ? relocated(error, path, this.#size) : error;
    }
  }

  #fail(code: "length" | "limit", reason: string, path: string): never {
    throw new CodecError(code, reason, { path, offset: this.#size });
  }
}

const NO_VALUE: Placed = { value: undefined, path: "" };

function one(only: Placed): Iterator<Placed> {
  return [only].values();
}

function* placed(values: readonly unknown[], path: string): Iterator<Placed> {
  for (const [index, value] of values.entries()) yield { value, path: `${path}[${index}]` };
}
