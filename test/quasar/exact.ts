/**
 * Neighbours whose filters are right at all times, without a message: for routing alone.
 *
 * @module
 */

import {
  createFilter,
  type Filter,
  filterBits,
  type FilterKey,
  type Filters,
  filterWith,
} from "../../codec/protocols/storj/mod.ts";
import type { CallOptions } from "../../src/rpc/mod.ts";
import type { KnownNeighbour, Neighbours } from "../../src/quasar/neighbours.ts";

const DEPTH = 3;
const EMPTY = createFilter();
const NO_OPTIONS: CallOptions = {};

/** A node of the overlay. */
export interface ExactNode {
  readonly id: Uint8Array;
  readonly address: string;
  readonly isOurs: boolean;
  readonly topics: ReadonlySet<FilterKey>;
  readonly next: Set<ExactNode>;
}

/** An overlay that knows everything. */
export class ExactOverlay {
  readonly nodes: ExactNode[] = [];
  #levels: Map<ExactNode, Filters> | null = null;
  readonly #known = new Map<ExactNode, Known>();

  /** Adds a node without neighbours. */
  add(node: Omit<ExactNode, "next">): ExactNode {
    const added = { ...node, next: new Set<ExactNode>() };
    this.nodes.push(added);
    this.#known.set(added, new Known(added, () => this.#filters(added)));
    return added;
  }

  /** Makes two nodes neighbours. */
  join(a: ExactNode, b: ExactNode): void {
    if (a === b) return;
    a.next.add(b);
    b.next.add(a);
    this.changed();
  }

  /** Subscriptions have changed. */
  changed(): void {
    this.#levels = null;
  }

  /** What a node knows of its neighbours. */
  neighboursOf(node: ExactNode): Neighbours {
    return { all: () => [...node.next].map((other) => this.#known.get(other)!) };
  }

  #filters(node: ExactNode): Filters {
    return (this.#levels ??= this.#compute()).get(node)!;
  }

  #compute(): Map<ExactNode, Filters> {
    const levels = new Map<ExactNode, Filter[]>();
    for (const node of this.nodes) levels.set(node, [filterWith(EMPTY, [node.id, ...node.topics])]);
    for (let level = 1; level < DEPTH; level++) {
      for (const node of this.nodes) {
        const nearer = [...node.next].map((other) => levels.get(other)![level - 1]);
        levels.get(node)!.push(union(nearer));
      }
    }
    return levels;
  }
}

class Known implements KnownNeighbour {
  readonly id: Uint8Array;
  readonly address: string;
  readonly isOurs: boolean;
  readonly call = NO_OPTIONS;
  readonly #levels: () => Filters;

  constructor({ id, address, isOurs }: ExactNode, levels: () => Filters) {
    this.id = id;
    this.address = address;
    this.isOurs = isOurs;
    this.#levels = levels;
  }

  get levels(): Filters {
    return this.#levels();
  }
}

function union(filters: readonly Filter[]): Filter {
  const bits = new Uint8Array(Math.ceil(filterBits(EMPTY) / 8));
  for (const filter of filters) {
    for (let index = 0; index < bits.length; index++) bits[index] |= filter.bits[index];
  }
  return { ...EMPTY, count: 0, bits };
}

/** Distance of two ids, as a number to compare. */
export function distanceOf(a: Uint8Array, b: Uint8Array): bigint {
  let distance = 0n;
  for (let index = 0; index < a.length; index++) distance = distance << 8n | BigInt(a[index] ^ b[index]);
  return distance;
}

/** Makes neighbours as the nodes of a network choose them: each the nearest ten, and one of each part that is farther away. */
export function joinNearAndFar(overlay: ExactOverlay, pick: () => number): void {
  const { nodes } = overlay;
  for (const node of nodes) {
    const sorted = nodes.filter((other) => other !== node)
      .map((other) => ({ other, distance: distanceOf(node.id, other.id) }))
      .sort((a, b) => a.distance < b.distance ? -1 : 1);
    for (const { other } of sorted.slice(0, 10)) overlay.join(node, other);
    const parts = new Map<number, ExactNode[]>();
    for (const { other, distance } of sorted.slice(10)) {
      const part = distance.toString(2).length;
      parts.set(part, [...parts.get(part) ?? [], other]);
    }
    for (const part of parts.values()) overlay.join(node, part[Math.floor(pick() * part.length)]);
  }
}
