/**
 * Names as Kaitai Struct wants them, small letters, digits and underscores, and its enumerations of named numbers.
 *
 * @module
 */

import type { Node } from "../schema/mod.ts";
import type { Yaml } from "./yaml.ts";

/** A name in small letters with underscores, as in `offer_id` for `offerId`; `fallback` when no letter is left of it. */
export function snakeCase(name: string, fallback: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toLowerCase()
    .replace(/^_+|_+$/g, "");
  if (words === "") return fallback;
  return /^[0-9]/.test(words) ? `${fallback}_${words}` : words;
}

/** Names of which no two are the same, in whatever style a target language writes them. */
export class Names {
  readonly #taken = new Set<string>();

  /** A name like the wanted one that was not given before. */
  take(wanted: string, fallback: string): string {
    const name = snakeCase(wanted, fallback);
    for (let count = 1;; count++) {
      const candidate = count === 1 ? name : `${name}_${count}`;
      // Many target languages drop the underscores: there `a_1` and `a1` are one name.
      const bare = candidate.replaceAll("_", "");
      if (this.#taken.has(bare)) continue;
      this.#taken.add(bare);
      return candidate;
    }
  }
}

/** An enumeration: its name, and the expressions for its values by their names in the schema. */
export interface Enumeration {
  readonly name: string;
  readonly ids: ReadonlyMap<string, string>;
}

/** The numbers of an enumeration, or the tags of a union. */
export type NamedNumbers = readonly { readonly name: string; readonly value: number }[];

/** The enumerations of one description. */
export class Enumerations {
  readonly #known = new Map<Node, Enumeration>();
  /** The enumerations as they are written, by name. */
  readonly yaml: Map<string, Yaml> = new Map();

  /** The enumeration of a node, which gets its name when it is met first. */
  get(node: Node, named: NamedNumbers, newName: () => string): Enumeration {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    const name = newName();
    const names = new Names();
    const ids = new Map<string, string>();
    const values = new Map<number, Yaml>();
    for (const one of named) {
      const id = names.take(one.name, "value");
      ids.set(one.name, `${name}::${id}`);
      values.set(one.value, id === one.name ? id : { id, "-orig-id": one.name });
    }
    this.yaml.set(name, values);
    const made = { name, ids };
    this.#known.set(node, made);
    return made;
  }
}
