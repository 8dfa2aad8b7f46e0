/**
 * Random schemas of every kind of node.
 *
 * @module
 */

import { pick } from "../../codec/arbitrary/random.ts";
import type { RandomSource } from "../../codec/schema/extension.ts";
import { arbitraryValue } from "../../codec/arbitrary/values.ts";
import { document, jsonArray, jsonInt, jsonObject, jsonString } from "../../codec/json/mod.ts";
import * as w from "../../codec/mod.ts";
import * as m from "../../codec/msgpack/mod.ts";
import { isVoid, some } from "../../codec/schema/node.ts";

/** Bytes up to a zero byte, as an example of another language: text in which nothing but letters is allowed. */
export const letters = w.extension<string>({
  name: "letters",
  bytesMin: 1,
  bytesMax: Infinity,
  decode(cursor) {
    const start = cursor.pos;
    for (let at = start, text = ""; at < cursor.end; at++) {
      const byte = cursor.bytes[at];
      if (byte === 0) {
        cursor.pos = at + 1;
        return text;
      }
      if (byte < 0x61 || byte > 0x7a) {
        throw new w.CodecError("syntax", `Byte ${byte} is no letter`, { path: `[${at - start}]`, offset: at - start });
      }
      text += String.fromCharCode(byte);
    }
    throw new w.CodecError("truncated", "Letters have no end", { offset: cursor.end - start });
  },
  encode(value) {
    if (typeof value !== "string" || !/^[a-z]*$/.test(value)) {
      throw new w.CodecError("type", "Expected letters", { path: "[0]" });
    }
    return Uint8Array.from([...value, "\0"], (character) => character.charCodeAt(0));
  },
  scanner: () => ({
    push(bytes, start, end) {
      const at = bytes.subarray(start, end).indexOf(0);
      return at < 0 ? -1 : start + at + 1;
    },
  }),
  generate: (choose) => Array.from({ length: choose(5) }, () => String.fromCharCode(0x61 + choose(25))).join(""),
});

/** The same, written into the output itself and read from the input itself. */
export const writtenLetters = w.extension<string>(
  {
    ...letters.extension,
    name: "written letters",
    read(input) {
      const end = input.bytes.indexOf(0, input.pos);
      if (end < 0 || end >= input.end) throw "no end";
      const text = String.fromCharCode(...input.bytes.subarray(input.pos, end));
      if (!/^[a-z]*$/.test(text)) throw "no letters";
      input.pos = end + 1;
      return text;
    },
    write(output, value) {
      const bytes = letters.extension.encode(value);
      if (output.end - output.pos < bytes.length) output.grow(bytes.length);
      output.bytes.set(bytes, output.pos);
      output.pos += bytes.length;
    },
  } as Parameters<typeof w.extension<string>>[0],
);

const INTS = [
  w.u8,
  w.u16,
  w.u32,
  w.u64,
  w.i8,
  w.i16,
  w.i32,
  w.i64,
  w.u16le,
  w.u32le,
  w.u64le,
  w.i16le,
  w.i32le,
  w.i64le,
];
const BIG_INTS = [w.u64big, w.i64big, w.u64bigle, w.i64bigle];
const FLOATS = [w.f32, w.f64, w.f32le, w.f64le];
const PREFIXES = [w.u8, w.u16, w.u32, w.u64, w.varint, w.u16le, w.u32le, w.u64le];
const TAGS = [w.u8, w.varint, w.u16, w.i8, w.u32le];

const LANGUAGES: readonly w.Schema[] = [letters, writtenLetters];
/** With values in the languages that come with the codec, which have scanners of their own. */
export const ALL_LANGUAGES: readonly w.Schema[] = [
  ...LANGUAGES,
  m.msgpack(m.tupleOf([m.int, m.str])),
  m.msgpack(m.arrayOf(m.nullable(m.uint))),
  document(jsonArray(jsonObject({ a: jsonInt, s: jsonString }))),
];

/** What surrounds the part of a schema that is being made. */
interface Around {
  /** Levels that may follow. */
  readonly levels: number;
  /** Whether all that is left of the input belongs to this part. */
  readonly tail: boolean;
  /** Lazy schemas that contain this part; all have at least one byte and an end without going deeper. */
  readonly lazies: readonly w.Schema[];
}

/** A schema for which valid values can be generated, with values in some other languages in it. */
export function randomSchema(choose: RandomSource, languages = LANGUAGES): w.Schema {
  return new SchemaMaker(choose, languages).part({ levels: 3, tail: true, lazies: [] });
}

/** A function that makes the objects of a struct. */
export function madeOf(fields: Readonly<Record<string, w.Schema>>): (...parts: unknown[]) => Record<string, unknown> {
  const names = Object.keys(fields).filter((name) => !isVoid(fields[name]));
  return (...parts) => Object.fromEntries(names.map((name, index) => [name, parts[index]]));
}

class SchemaMaker {
  readonly #choose: RandomSource;
  readonly #languages: readonly w.Schema[];

  constructor(choose: RandomSource, languages: readonly w.Schema[]) {
    this.#choose = choose;
    this.#languages = languages;
  }

  part(around: Around): w.Schema {
    const inside = { ...around, levels: around.levels - 1 };
    if (around.levels === 0) return this.#leaf(around);
    switch (this.#choose(15)) {
      case 0:
      case 1:
        return this.#leaf(around);
      case 2:
      case 3:
      case 4:
        return this.#struct(inside);
      case 5:
        return this.#array(inside);
      case 6:
        return this.#tuple(inside);
      case 7:
        return this.#union(inside);
      case 8:
        return w.optional(this.#valued(inside));
      case 9:
        return this.#lazy(inside);
      case 10:
        return this.#limit(inside);
      case 11:
        return w.framed(pick(this.#choose, PREFIXES), this.#valued({ ...inside, tail: true }));
      case 12:
        return this.#refined(inside);
      case 13:
        return this.#mapped(inside);
      case 14:
        return this.#constant(inside);
      default:
        return around.lazies.length > 0 ? w.optional(pick(this.#choose, around.lazies)) : this.#struct(inside);
    }
  }

  #leaf({ tail }: Around): w.Schema {
    switch (this.#choose(8)) {
      case 0:
        return pick(this.#choose, INTS);
      case 1:
        return w.varint;
      case 2:
        return pick(this.#choose, BIG_INTS);
      case 3:
        return pick(this.#choose, FLOATS);
      case 4:
        return w.bool;
      case 5:
        return w.string(this.#size(tail));
      case 6:
        return w.bytes(this.#size(tail));
      case 7:
        return this.#enum();
      default:
        return pick(this.#choose, this.#languages);
    }
  }

  #size(tail: boolean): w.SizeArgument {
    switch (this.#choose(tail ? 3 : 2)) {
      case 0:
        return this.#choose(4);
      case 3:
        return w.rest;
      default:
        return pick(this.#choose, PREFIXES);
    }
  }

  #enum(): w.Schema<string> {
    const first = this.#choose(1);
    const names = Object.fromEntries(
      ["red", "green", "blue"].slice(0, 1 + this.#choose(2)).map((name, at) => [name, first + at]),
    );
    return w.enumOf(pick(this.#choose, TAGS), names);
  }

  #literal(): w.Schema {
    return w.literal(Array.from({ length: this.#choose(3) }, () => this.#choose(255)));
  }

  #maybeLiteral(around: Around): w.Schema {
    return this.#choose(5) === 1 ? this.#literal() : this.part(around);
  }

  /** A part with a value, as opposed to a literal. */
  #valued(around: Around): w.Schema {
    return this.part(around);
  }

  #struct(around: Around): ReturnType<typeof w.struct> {
    const count = this.#choose(4);
    const fields: Record<string, w.Schema> = {};
    const front = { ...around, tail: false };
    if (this.#choose(2) === 1) this.#addReferences(fields, front);
    for (let index = 0; index < count; index++) fields[`f${index}`] = this.#maybeLiteral(front);
    if (around.tail && this.#choose(1) === 1) fields.tail = this.part(around);
    return w.struct(fields, this.#choose(1) === 1 ? madeOf(fields) : undefined);
  }

  /** A count or flag in a header, and parts that depend on it. */
  #addReferences(fields: Record<string, w.Schema>, around: Around): void {
    const nested = this.#choose(1) === 1;
    const [control, part] = this.#reference(nested ? "header.control" : "control", around);
    if (nested) fields.header = w.struct({ before: w.u8, magic: w.literal("H"), control });
    else fields.control = control;
    if (this.#choose(1) === 1) fields.between = this.#maybeLiteral(around);
    fields.part = part;
    if (this.#choose(1) === 1) fields.again = this.#wrappedReference(part);
  }

  #reference(path: string, around: Around): [control: w.Schema, part: w.Schema] {
    const count = pick<w.Schema<number>>(this.#choose, [
      w.u8,
      w.varint,
      w.u16le,
      w.i8,
      w.u32,
      w.constant(w.u8, 2),
      w.refine(w.u8, { name: "even", test: (value) => value % 2 === 0 }),
      w.map(w.u8, { name: "one more", decode: (value) => value + 1, encode: (value) => value - 1 }),
      w.limit(w.varint, 1),
    ]);
    // The counts are not all free to be 0, so what is counted must have an end of its own.
    switch (this.#choose(6)) {
      case 0:
        return [count, w.bytes(w.ref(path))];
      case 1:
        return [count, w.string(w.ref(path))];
      case 2:
        return [count, w.array(this.#item({ ...around, lazies: [] }), w.ref(path))];
      case 3:
        return [w.u16, w.optional(this.#valued(around), { field: path, mask: 1 << this.#choose(15) })];
      case 4:
        return [w.enumOf(w.u8, { no: 0, yes: 1 }), w.optional(this.#valued(around), { field: path, equals: "yes" })];
      case 5:
        return [w.bool, w.optional(this.#valued(around), { field: path, equals: true })];
      default:
        return [w.string(w.u8), w.optional(this.#valued(around), { field: path, equals: "é" })];
    }
  }

  #wrappedReference(part: w.Schema): w.Schema {
    return pick<() => w.Schema>(this.#choose, [
      () => w.tuple([w.literal("T"), part, w.u8]),
      () => w.framed(w.u16, part),
      () => w.limit(part, 2000),
      () => w.refine(part, { name: "anything", test: () => true }),
      () => w.map(part, { name: "boxed", decode: (value) => [value], encode: ([value]) => value }),
    ])();
  }

  /** An element of at least one byte. */
  #item(around: Around): w.Schema {
    const item = this.part({ ...around, tail: false });
    if (around.lazies.length > 0 && this.#choose(3) === 1) return pick(this.#choose, around.lazies);
    // What is not complete yet cannot be asked whether it can have no bytes.
    if (some(item, ({ kind }) => kind === "lazy")) return w.struct({ mark: w.literal("M"), item });
    try {
      w.array(item, w.u8);
      return item;
    } catch (error) {
      if (!(error instanceof w.CodecError)) throw error;
      return w.struct({ mark: w.literal("M"), item });
    }
  }

  #array(around: Around): w.Schema {
    if (this.#choose(3) === 1) return w.array(this.#maybeLiteral({ ...around, tail: false }), this.#choose(3));
    const size = this.#size(around.tail);
    // A fixed number of elements of a schema around them would never end.
    return w.array(this.#item(typeof size === "number" ? { ...around, lazies: [] } : around), size);
  }

  #tuple(around: Around): w.Schema {
    const items = Array.from({ length: this.#choose(3) }, () => this.#maybeLiteral({ ...around, tail: false }));
    if (around.tail && this.#choose(1) === 1) items.push(this.part(around));
    return w.tuple(items);
  }

  #union(around: Around): w.Schema {
    const first = this.#choose(3);
    const names = ["plain", "other", "third"].slice(0, 1 + this.#choose(2));
    // The first case is one that ends.
    const cases = names.map((name, at) =>
      [name, [first + at, this.#struct(at === 0 ? { ...around, lazies: [] } : around)] as const] as const
    );
    return w.union("kind", pick(this.#choose, TAGS), Object.fromEntries(cases));
  }

  #lazy(around: Around): w.Schema {
    const made: { schema?: w.Schema } = {};
    const lazy = w.lazy((): w.Schema => made.schema!);
    const inside = { ...around, tail: false, lazies: [...around.lazies, lazy] };
    made.schema = this.#choose(1) === 1 ? this.#union(inside) : w.struct({
      name: w.string(w.u8),
      next: w.optional(this.#choose(1) === 1 ? lazy : w.tuple([w.u8, lazy])),
      more: this.part(inside),
      all: w.array(lazy, pick(this.#choose, PREFIXES)),
    });
    return lazy;
  }

  #limit(around: Around): w.Schema {
    const schema = this.#valued(around);
    return this.#choose(1) === 1 || around.lazies.length > 0
      ? w.limit(schema, 300)
      : w.limit(schema, leastBytes(schema) + this.#choose(8));
  }

  #refined(around: Around): w.Schema {
    if (this.#choose(1) === 1) {
      return w.refine(w.u16, { name: "even", test: (value) => value % 2 === 0 });
    }
    // A constant could be what is refused.
    return w.refine(this.#choose(2) === 0 ? this.#struct(around) : this.#leaf(around), {
      name: "not the letter a",
      test: (value) => {
        if (value === "aaa") throw new Error("three letters a");
        return value !== "a";
      },
    });
  }

  #mapped(around: Around): w.Schema {
    return pick<() => w.Schema>(this.#choose, [
      () =>
        w.map(this.#valued(around), { name: "boxed", decode: (inside) => ({ inside }), encode: (box) => box.inside }),
      () => w.map(w.u32, { name: "date", decode: (ms) => new Date(ms), encode: (date) => date.getTime() }),
      () =>
        w.map(w.string(w.u8), {
          name: "reversed",
          decode: (text) => {
            if (text.startsWith("b")) throw new TypeError("begins with b");
            return [...text].reverse().join("");
          },
          encode: (text: string) => [...text].reverse().join(""),
        }),
    ])();
  }

  #constant(around: Around): w.Schema {
    const schema = this.#valued({ ...around, lazies: [], tail: false });
    return w.constant(schema, arbitraryValue(schema, this.#choose, { lengthMax: 4 }));
  }
}

/** A number of bytes that some value has. */
function leastBytes(schema: w.Schema): number {
  return w.encode(schema, arbitraryValue(schema, () => 0)).length;
}
