/**
 * Counts the memory that byte arrays take, so that a test can hold a decoder to a bound.
 *
 * @module
 */

/** What was allocated. */
export interface Allocations {
  /** Size in bytes of the largest array. */
  readonly bytesMax: number;
  /** Sizes in bytes of all arrays together. */
  readonly bytes: number;
}

/** Runs something and counts the byte arrays that it makes with `new Uint8Array(length)`. */
export function countAllocations(run: () => void): Allocations {
  const original = globalThis.Uint8Array;
  let bytesMax = 0;
  let bytes = 0;
  globalThis.Uint8Array = new Proxy(original, {
    construct(target, args, newTarget) {
      if (typeof args[0] === "number") {
        bytesMax = Math.max(bytesMax, args[0]);
        bytes += args[0];
      }
      return Reflect.construct(target, args, newTarget);
    },
  });
  try {
    run();
  } finally {
    globalThis.Uint8Array = original;
  }
  return { bytesMax, bytes };
}
