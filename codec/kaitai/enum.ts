/**
 * Enumerations of Kaitai Struct.
 *
 * @module
 */

import { Names } from "./names.ts";
import type { Yaml } from "./yaml.ts";
import type { Node } from "../schema/mod.ts";

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
