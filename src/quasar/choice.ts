/**
 * Where an event goes from here, by what the filters of the neighbours say.
 *
 * @module
 */

import {
  type Filter,
  filterHasPositions,
  type FilterKey,
  filterPositions,
  type Slices,
} from "../../codec/protocols/storj/mod.ts";
import { sharedBits } from "../bytes.ts";
import type { Random } from "../host/host.ts";
import { nameOf } from "./history.ts";
import type { KnownNeighbour } from "./neighbours.ts";

/** The neighbours to whom an event can go. */
export interface Choice {
  /** Those who subscribe. In each list, nodes of ours come before others, and equals in random order. */
  readonly subscribers: readonly KnownNeighbour[];
  /** Those beyond whom there is somebody else who subscribes, as far as their filters tell: the nearest first. */
  readonly towards: readonly KnownNeighbour[];
  /** All others: the first are far from all nodes that the event has met. */
  readonly others: readonly KnownNeighbour[];
}

/**
 * Sorts neighbours.
 *
 * Beyond a neighbour is another subscriber if one of its levels has the topic and none of the publishers:
 * a level with a publisher may have the topic from there.
 *
 * Without a trace an event goes to parts of the network where it has not been: those whose ids share few bits know others.
 * Of 400 deliveries to two subscribers among 1,000 nodes, 360 came by random neighbours, and 393 so.
 *
 * @param met The ids of nodes that the event has met
 */
export function choose(
  around: readonly KnownNeighbour[],
  topic: FilterKey,
  publishers: readonly Uint8Array[],
  met: readonly Uint8Array[],
  random: Random,
): Choice {
  const sought = new Key(topic);
  const had = publishers.map((id) => new Key(id));
  const subscribers: KnownNeighbour[] = [];
  const towards: KnownNeighbour[][] = [];
  const others: KnownNeighbour[] = [];
  for (const neighbour of oursFirst(shuffled(around, random))) {
    const level = levelOf(neighbour, sought, had);
    if (level === 0) subscribers.push(neighbour);
    else if (level === Infinity) others.push(neighbour);
    else (towards[level] ??= []).push(neighbour);
  }
  return { subscribers, towards: towards.flat(), others: oursFirst(farFirst(others, met)) };
}

/** The nearest level of a neighbour that has the topic and no publisher; the neighbour itself is none. */
function levelOf({ levels }: KnownNeighbour, sought: Key, had: readonly Key[]): number {
  for (const [level, filter] of levels.entries()) {
    if (sought.isIn(filter) && (level === 0 || !had.some((publisher) => publisher.isIn(filter)))) return level;
  }
  return Infinity;
}

const names = new WeakMap<KnownNeighbour, string>();

/** The name of a neighbour's id, which is needed with each event. */
export function neighbourName(neighbour: KnownNeighbour): string {
  let name = names.get(neighbour);
  if (name === undefined) names.set(neighbour, name = nameOf(neighbour.id));
  return name;
}

/** A key that is looked for in many filters: it is hashed once for filters of the same sizes. */
class Key {
  readonly #key: FilterKey;
  #sizes: Slices | null = null;
  #positions: readonly number[] = [];

  constructor(key: FilterKey) {
    this.#key = key;
  }

  isIn(filter: Filter): boolean {
    const sizes = this.#sizes;
    if (sizes === null || sizes.sliceCount !== filter.sliceCount || sizes.sliceBits !== filter.sliceBits) {
      this.#sizes = filter;
      this.#positions = filterPositions(filter, this.#key);
    }
    return filterHasPositions(filter, this.#positions);
  }
}

/** Those first who share the fewest bits with all that are met. */
function farFirst(list: readonly KnownNeighbour[], met: readonly Uint8Array[]): KnownNeighbour[] {
  const shared = new Map(list.map((one) => [one, met.reduce((sum, id) => sum + sharedBits(id, one.id), 0)]));
  return [...list].sort((a, b) => shared.get(a)! - shared.get(b)!);
}

/** Those of ours say whether they have an event, and send it again if it was lost. */
function oursFirst(around: readonly KnownNeighbour[]): KnownNeighbour[] {
  return [...around.filter(({ isOurs }) => isOurs), ...around.filter(({ isOurs }) => !isOurs)];
}

/** The same elements in random order. */
export function shuffled<T>(list: readonly T[], random: Random): T[] {
  const mixed = [...list];
  for (let left = mixed.length; left > 1; left--) {
    const at = Math.floor(random.next() * left);
    [mixed[at], mixed[left - 1]] = [mixed[left - 1], mixed[at]];
  }
  return mixed;
}
