/**
 * How much memory the process uses, on Node and on Deno.
 *
 * @module
 */

import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Bytes of the heap and of array buffers, after a collection. */
export function usedBytes(): number {
  // What the first one finds of array buffers is given back during the second one.
  for (const _ of "twice") collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Memory of the process, in MiB. */
export function residentMb(): number {
  return process.memoryUsage.rss() / 2 ** 20;
}
