/**
 * What compiled readers have in common.
 *
 * @module
 */

import type { Limits } from "./limits.ts";
import type { Scope } from "./references.ts";

/** What a reader knows about the input. */
export interface DecodeState {
  bytes: Uint8Array;
  pos: number;
  end: number;
  depth: number;
  elements: number;
  copy: boolean;
  limits: Limits;
}

/** Reads one value and moves `state.pos` behind it. */
export type Read = (state: DecodeState, scope: Scope) => unknown;
