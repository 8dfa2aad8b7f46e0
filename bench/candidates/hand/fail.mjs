/**
 * The cold end of the hand-written codecs.
 *
 * @module
 */

/**
 * Throws. A call instead of a `throw new Error(...)` in place keeps the hot functions small enough to be inlined.
 *
 * @param {string} reason
 * @returns {never}
 */
export function fail(reason) {
  throw new Error(reason);
}
