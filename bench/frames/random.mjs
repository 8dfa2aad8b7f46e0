/**
 * A small seeded generator (mulberry32), so that every run of the benchmark measures the same bytes.
 *
 * @module
 */

/**
 * @typedef {object} Random
 * @property {(below: number) => number} integer an integer from 0 to `below - 1`; `below` is at most 2^53
 * @property {(length: number, alphabet: string) => string} text a text of `length` characters of `alphabet`
 * @property {(length: number) => Uint8Array} bytes `length` bytes
 * @property {<T>(items: T[]) => T[]} shuffle shuffles `items` in place and returns them
 */

/**
 * @param {number} seed any 32-bit number
 * @returns {Random}
 */
export function seededRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (below) => {
    if (below <= 2 ** 32) return Math.floor(next() * below);
    const high = Math.floor(next() * (below / 2 ** 32));
    return high * 2 ** 32 + Math.floor(next() * 2 ** 32);
  };
  const text = (length, alphabet) => {
    return Array.from({ length }, () => alphabet[integer(alphabet.length)])
      .join("");
  };
  const bytes = (length) => Uint8Array.from({ length }, () => integer(256));
  const shuffle = (items) => {
    for (let i = items.length - 1; i > 0; i--) {
      const j = integer(i + 1);
      [items[i], items[j]] = [items[j], items[i]];
    }
    return items;
  };
  return { integer, text, bytes, shuffle };
}

/**
 * The same text as one flat string, as a string that was parsed or read is. The engine keeps a text that was glued
 * together as a tree, and the first encoder that sees it would pay for flattening it.
 *
 * @param {string} text
 * @returns {string}
 */
export function flatText(text) {
  return Array.from(text).join("");
}
