/**
 * Bounds on how many contacts of one network count, so that one who owns a few networks cannot surround a key or fill a
 * table with nodes of its own (Sybil and eclipse attacks): ids cost nothing, addresses of many networks do.
 *
 * @module
 */

import type { Contact } from "./contact.ts";
import { EXEMPT } from "./ip.ts";

/** How many contacts of one /24 (IPv4) or /48 (IPv6) there may be. */
export interface DiversityLimits {
  /** In a bucket. Default 2. */
  readonly bucket: number;
  /** In the table. Default 10. */
  readonly table: number;
  /** Among the k candidates by which a lookup ends. Default 2. */
  readonly lookup: number;
}

/** The limits by default. Loopback, private and link-local networks are exempt always. */
export const DIVERSITY: DiversityLimits = Object.freeze({ bucket: 2, table: 10, lookup: 2 });

/** No limits. */
const NONE: DiversityLimits = Object.freeze({ bucket: Infinity, table: Infinity, lookup: Infinity });

/** The limits that options ask for. */
export function diversityLimits(options: Partial<DiversityLimits> | false | undefined): DiversityLimits {
  // One object for all nodes.
  if (options === undefined) return DIVERSITY;
  return options === false ? NONE : Object.freeze({ ...DIVERSITY, ...options });
}

/** How many of the contacts in a part of a list are of a network; none of an exempt one. */
export function countOfNetwork(
  network: number,
  contacts: readonly (Contact | null)[],
  from: number,
  to: number,
): number {
  if (network === EXEMPT) return 0;
  let count = 0;
  for (let at = from; at < to; at++) {
    if (contacts[at]?.network === network) count += 1;
  }
  return count;
}
