/**
 * What routing knows of the neighbours.
 *
 * @module
 */

import type { Filters } from "../../codec/protocols/storj/mod.ts";
import type { CallOptions } from "../rpc/mod.ts";
import type { Neighbour } from "./api.ts";

/** A neighbour, as far as it is known. */
export interface KnownNeighbour extends Neighbour {
  /** Whether it takes the calls of our own. */
  readonly isOurs: boolean;
  /** How to call it. */
  readonly call: CallOptions;
  /**
   * Its filters while they are fresh: level 0 is what it subscribes to and its id, level 1 that of its neighbours, and so
   * on. None if they are old or were never told.
   */
  readonly levels: Filters;
}

/** The neighbours to whom events may be sent. */
export interface Neighbours {
  /** All of them, in any order, the same object for the same neighbour. */
  all(): readonly KnownNeighbour[];
  /** A neighbour has left an event without an answer. */
  silent?(neighbour: KnownNeighbour): void;
}
