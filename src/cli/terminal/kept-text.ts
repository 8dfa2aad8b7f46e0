/**
 * Files that were there and stayed in place of those of an offer, as people and programs get to see it.
 *
 * @module
 */

import type { Kept } from "../../../codec/protocols/warpdrive/mod.ts";

/** How many files were kept, by how they compare with those of the offer, for programs. */
export interface KeptJson {
  readonly same: number;
  readonly different: number;
  readonly unknown: number;
}

/** See {@link KeptJson}. */
export function keptJson({ Same, Different, Unknown }: Kept): KeptJson {
  return { same: Same, different: Different, unknown: Unknown };
}

/** `3 kept: 2 equal, 1 different`. */
export function keptText({ same, different, unknown }: KeptJson, verb = "kept"): string {
  const parts = [[same, "equal"], [different, "different"], [unknown, "not compared"]] as const;
  const words = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return `${same + different + unknown} ${verb}: ${words.join(", ")}`;
}
