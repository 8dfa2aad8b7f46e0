/**
 * How many nodes there are, from how close together those are that lookups find.
 *
 * @module
 */

import type { Contact } from "./contact.ts";
import type { RoutingTable } from "./routing-table.ts";
import { distance, type Words } from "./words.ts";

/** An estimate. */
export interface NetworkSize {
  readonly nodes: number;
  /** Between these it is in 95 of 100 cases, as far as ids are random. */
  readonly low: number;
  readonly high: number;
}

/** An older lookup counts for this part of a newer one, so that the last ten decide. */
const FADING = 0.8;
/** Standard deviations on each side. */
const DEVIATIONS = 1.96;

/** An estimate that each lookup improves. */
export class SizeEstimate {
  /** Contacts that were found but for the last of each lookup, the space they were found in, and weights squared. */
  #found = 0;
  #space = 0;
  #squares = 0;

  /**
   * Takes in what a lookup has found: the nearest to a target, the nearest first.
   *
   * Of random ids, the distance of the k-th nearest is on average k / (nodes + 1) of the space; weighted that way, the
   * estimate has no bias.
   */
  add(target: Words, nearest: readonly Contact[], own: Words): void {
    // The own id is as random as the others, but no lookup finds it: it is put where it belongs.
    const distances = nearest.map((contact) => distance(target, contact));
    const toOwn = distance(target, own);
    if (distances.length > 0 && toOwn > 0 && toOwn < distances[distances.length - 1]) distances.push(toOwn);
    const count = distances.length;
    if (count < 2) return;
    this.#found = this.#found * FADING + count - 1;
    this.#space = this.#space * FADING + Math.max(...distances);
    this.#squares = this.#squares * FADING ** 2 + count - 1;
  }

  /** The estimate, null if there was no lookup. */
  get(): NetworkSize | null {
    if (this.#found === 0) return null;
    const nodes = this.#found / this.#space;
    const deviation = Math.sqrt(this.#squares) / this.#found;
    return {
      nodes: Math.round(nodes),
      low: Math.round(nodes / (1 + DEVIATIONS * deviation)),
      high: Math.round(nodes / Math.max(1 - DEVIATIONS * deviation, 0.1)),
    };
  }
}

/** How many nodes there seem to be: what lookups have found, or more where the own neighbours are closer together. */
export function nodesAround(table: RoutingTable, found: number | undefined): number | null {
  if (found === undefined) return null;
  const { own, k } = table;
  const nearest = table.closest(own, k);
  return nearest.length < k ? found : Math.max(found, (k - 1) / distance(own, nearest[k - 1]));
}
