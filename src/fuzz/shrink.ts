/**
 * Smaller inputs with the same failure.
 *
 * @module
 */

/** How many inputs are tried. */
const TRIES_MAX = 2000;

/**
 * Takes bytes out of an input, then makes bytes zero, as long as it still fails: in halves, quarters, …, one by one.
 *
 * @param fails whether an input has the failure
 */
export function shrink(input: Uint8Array, fails: (smaller: Uint8Array) => boolean): Uint8Array {
  let tries = 0;
  const still = (bytes: Uint8Array) => ++tries <= TRIES_MAX && fails(bytes);
  let best = input;
  for (let before = -1; before !== best.length && tries < TRIES_MAX;) {
    before = best.length;
    for (let size = best.length; size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < best.length;) {
        const smaller = without(best, at, size);
        if (still(smaller)) best = smaller;
        else at += size;
      }
    }
  }
  for (let at = 0; at < best.length; at++) {
    if (best[at] === 0) continue;
    const simpler = best.slice();
    simpler[at] = 0;
    if (still(simpler)) best = simpler;
  }
  return best;
}

function without(bytes: Uint8Array, at: number, count: number): Uint8Array {
  const smaller = new Uint8Array(bytes.length - Math.min(count, bytes.length - at));
  smaller.set(bytes.subarray(0, at));
  smaller.set(bytes.subarray(at + count), at);
  return smaller;
}
