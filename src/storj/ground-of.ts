/**
 * From a node to what it stands on: for services that are functions of a node, and are no part of it.
 *
 * @module
 */

import type { StorjNode } from "./api.ts";
import type { Ground } from "./ground.ts";

const GROUNDS = new WeakMap<object, Ground>();

/** Notes what a node stands on. */
export function keepGround(node: object, ground: Ground): void {
  GROUNDS.set(node, ground);
}

/**
 * What a node stands on.
 *
 * @throws TypeError for what `storjNode` has not made
 */
export function groundOf(node: StorjNode): Ground {
  const ground = GROUNDS.get(node);
  if (ground === undefined) throw new TypeError("Cannot use what storjNode() has not made as a node");
  return ground;
}
