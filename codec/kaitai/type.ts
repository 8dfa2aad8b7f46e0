/**
 * A type of Kaitai Struct while its parts are being added, and that of variable-length integers.
 *
 * @module
 */

import { VARINT_BYTES_MAX } from "../schema/mod.ts";
import { Names } from "./names.ts";
import type { Yaml } from "./yaml.ts";

/** The keys of an attribute besides its `id`, and of an instance. */
export type Keys = Readonly<Record<string, Yaml | undefined>>;

/** Parts that are read one after another, values made of them, and the type around. */
export class KaitaiType {
  readonly #names = new Names();
  readonly #seq: Keys[] = [];
  readonly #instances: Record<string, Keys> = {};
  readonly #conditions: string[] = [];
  /** The type whose part this is, when it is the part of one type only. */
  readonly parent: KaitaiType | undefined;
  /** How to speak of the fields of the struct that the type is made of, if it is made of one. */
  fields: Map<string, Access> | undefined;

  constructor(parent?: KaitaiType) {
    this.parent = parent;
  }

  /** Adds a part that has a name in the schema, under a name like that, and returns its id. */
  addField(name: string, keys: Keys): string {
    const id = this.#names.take(name, "field");
    this.#push({ id, "-orig-id": id === name ? undefined : name, ...keys });
    return id;
  }

  /** Adds a part that has no name in the schema, such as a length, and returns its id. */
  add(wanted: string, keys: Keys): string {
    const id = this.#names.take(wanted, "field");
    this.#push({ id, ...keys });
    return id;
  }

  #push(keys: Keys): void {
    const condition = this.#conditions.join(" and ");
    this.#seq.push(condition === "" ? keys : { ...keys, if: condition });
  }

  /** Adds a value that is made of others, and returns its id. */
  addInstance(wanted: string, keys: Keys): string {
    const id = this.#names.take(wanted, "value");
    this.#instances[id] = keys;
    return id;
  }

  /** Adds something that must be true at this place. */
  check(wanted: string, expression: string): void {
    // An attribute without bytes is the only thing in a sequence that can be checked without reading further.
    this.add(wanted, { size: 0, valid: { expr: expression } });
  }

  /** Adds parts that are there on a condition only. */
  when<T>(condition: string, add: () => T): T {
    this.#conditions.push(condition);
    const result = add();
    this.#conditions.pop();
    return result;
  }

  /** The type as it is written. */
  get yaml(): Keys {
    const instances = Object.keys(this.#instances).length > 0 ? this.#instances : undefined;
    return { seq: this.#seq, instances };
  }
}

/** How to speak of a part in an expression, and what it is. */
export type Access =
  & { readonly expression: string }
  & (
    | { readonly kind: "int"; readonly signed: boolean }
    | { readonly kind: "bool" | "text" | "other" }
    | { readonly kind: "enum"; readonly names: ReadonlyMap<string, string> }
    | { readonly kind: "struct"; readonly type: KaitaiType }
  );

/** The most that the last of eight bytes may be: seven times seven bits come before it, and four more make 53. */
const LAST_BYTE_MAX = 0x0f;

/** LEB128 in its shortest form, up to 2^53-1, as a type whose number is its instance `value`. */
export function varintType(): KaitaiType {
  const type = new KaitaiType();
  const ids: string[] = [];
  const addByte = (index: number) => {
    // A zero after other bytes would add nothing: the form is not the shortest one.
    const max = index === VARINT_BYTES_MAX - 1 ? LAST_BYTE_MAX : undefined;
    ids.push(type.add(`byte_${index}`, { type: "u1", valid: index === 0 ? undefined : { min: 1, max } }));
  };
  const addRest = (index: number) => {
    addByte(index);
    if (index + 1 < VARINT_BYTES_MAX) type.when(`${ids[index]} >= 128`, () => addRest(index + 1));
  };
  addRest(0);
  type.addInstance("value", { value: `(${valueOf(ids)}).as<u8>` });
  return type;
}

/** The bytes' lower seven bits one after another, as far as there are any. */
function valueOf(ids: readonly string[]): string {
  const [first, ...others] = ids;
  if (others.length === 0) return first;
  return `${first} % 128 + (${first} < 128 ? 0 : 128 * (${valueOf(others)}).as<u8>)`;
}
