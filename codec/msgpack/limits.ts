/**
 * Bounds on what one msgpack value may cost.
 *
 * @module
 */

import { LIMITS, type Limits } from "../limits.ts";

/** How deep a value of unknown shape may be at most, whatever the limits say: reading and writing it is recursive. */
export const MSGPACK_DEPTH_CEILING = 512;

/**
 * The limits that hold for a value; those not named are the codec's. Here `depthMax` counts the arrays and maps around a
 * value inside a value of unknown shape (a known shape bounds itself), and `elementsMax` counts the elements of arrays and
 * the keys and values of maps, but not those of tuples.
 */
export function msgpackLimits(limits: Partial<Limits> | undefined): Limits {
  const { depthMax, elementsMax, stringBytesMax } = { ...LIMITS, ...limits };
  return Object.freeze({ depthMax: Math.min(depthMax, MSGPACK_DEPTH_CEILING), elementsMax, stringBytesMax });
}
