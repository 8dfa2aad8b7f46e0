/**
 * Converts the operations of a pattern to a schema.
 *
 * @module
 */

import { decode } from "../engine/mod.ts";
import {
  array,
  constant,
  type IntNode,
  literal,
  map,
  type Schema,
  type SizeArgument,
  sizeMax,
  sizeMin,
  tuple,
  u16,
  u32,
  u64,
  u8,
} from "../schema/mod.ts";
import { emptyArray } from "./empty-array.ts";
import {
  type ArrayOperation,
  type ConstOperation,
  countArguments,
  type IntLetter,
  type Operation,
  type Pattern,
} from "./pattern.ts";

/** What the operations without parts become. */
export interface Leaves {
  /** `q`. */
  readonly q: Schema;
  /** `[x]c`: characters or bytes. */
  chars(size: SizeArgument): Schema;
  /** The next `v`, in the order of the text. */
  value(): Schema;
  /**
   * The bytes that the next value of a const group must have, in the order of the text. Without this function such
   * values are like all others.
   */
  readonly expected?: (operation: Operation, schema: Schema) => Uint8Array;
  /** Whether the values of `v` are only written, so that each tells by its own pattern whether it has bytes. */
  readonly onlyWritten?: boolean;
}

/** The integers by letter, as they stand before arrays and, but for `q`, as values. */
const INTS: Readonly<Record<IntLetter, IntNode & Schema<number>>> = { c: u8, s: u16, l: u32, q: u64 };

/** The schema of a pattern: a tuple of its arguments. */
export function buildPattern(pattern: Pattern, leaves: Leaves): Schema<unknown[]> {
  return tuple(new Builder(leaves).sequence(pattern)) as Schema<unknown[]>;
}

class Builder {
  readonly #leaves: Leaves;
  /** Whether a value of a const group is being built, whose parts are expected with it. */
  #expected = false;

  constructor(leaves: Leaves) {
    this.#leaves = leaves;
  }

  /** The parts of a top level or a const group, where literals have no value. */
  sequence(parts: Pattern): Schema[] {
    return parts.flatMap((part) => {
      if (part.kind === "literal") return [literal([part.byte])];
      return part.kind === "const" ? this.#constParts(part) : [this.#element(part)];
    });
  }

  /** The parts of a struct, where each has a value, as in the Go package, where each is a field. */
  #struct(parts: Pattern): Schema {
    return tuple(parts.flatMap((part) => {
      const group = part.kind === "const" && countArguments(part.parts) > 0;
      return group ? this.#constParts(part) : [this.#element(part)];
    }));
  }

  #constParts({ parts }: ConstOperation): Schema[] {
    return parts.flatMap((part) => {
      if (part.kind === "literal") return [literal([part.byte])];
      return part.kind === "const" ? this.#constParts(part) : [this.#expect(part)];
    });
  }

  #expect(operation: Operation): Schema {
    const { expected } = this.#leaves;
    if (expected === undefined || this.#expected) return this.#element(operation);
    this.#expected = true;
    const schema = this.#element(operation);
    this.#expected = false;
    return constant(schema, decode(schema, expected(operation, schema), { copy: true }));
  }

  /** One operation with exactly one value: an element of an array, a field of a struct, an argument. */
  #element(operation: Operation): Schema {
    switch (operation.kind) {
      case "int":
        return operation.letter === "q" ? this.#leaves.q : INTS[operation.letter];
      case "value":
        return this.#leaves.value();
      case "literal":
        return ignored(literal([operation.byte]), undefined);
      case "array":
        return this.#array(operation);
      case "struct":
        return this.#struct(operation.parts);
      case "const":
        return this.#constElement(operation);
    }
  }

  #constElement(operation: ConstOperation): Schema {
    const parts = this.#constParts(operation);
    switch (countArguments(operation.parts)) {
      case 0:
        return ignored(tuple(parts), []);
      case 1:
        return parts.length === 1 ? parts[0] : onlyValue(tuple(parts) as Schema<unknown[]>);
      default:
        return tuple(parts);
    }
  }

  #array({ length, item: operation }: ArrayOperation): Schema {
    const size = typeof length === "bigint" ? Number(length) : INTS[length];
    if (operation.kind === "int" && operation.letter === "c") return this.#leaves.chars(size);
    const item = this.#element(operation);
    const lacksBytes = this.#leaves.onlyWritten === true ? !hasBytes(operation) : sizeMin(item) + sizeMax(item) === 0;
    const empty = typeof size !== "number" && lacksBytes;
    return empty ? emptyArray({ length: size, item }) : array(item, size);
  }
}

/** Whether an operation has bytes, whatever the values of `v` in it are. */
function hasBytes(operation: Operation): boolean {
  switch (operation.kind) {
    case "value":
      return false;
    case "array":
      return typeof operation.length !== "bigint" || hasBytes(operation.item);
    case "struct":
    case "const":
      return operation.parts.some(hasBytes);
    default:
      return true;
  }
}

/** A part whose value is not looked at: any one is accepted, and `null` is read. */
function ignored<T>(schema: Schema<T>, value: T): Schema {
  return map(schema, { name: "ignored", decode: () => null, encode: () => value });
}

/** The one value of a tuple that has literals besides. */
function onlyValue(schema: Schema<unknown[]>): Schema {
  return map(schema, { name: "only value", decode: (values) => values[0], encode: (value: unknown) => [value] });
}
