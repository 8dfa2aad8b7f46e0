/**
 * Comparison of decoded values.
 *
 * @module
 */

/**
 * Says where two values differ. Byte strings are compared by their bytes, whatever class they have.
 *
 * @returns {string | undefined} the path and both values, or undefined when they are equal
 */
export function difference(actual, expected, path = "value") {
  if (expected instanceof Uint8Array) {
    return actual instanceof Uint8Array && sameBytes(actual, expected) ? undefined : `${path}: other bytes`;
  }
  if (typeof expected !== "object" || expected === null) {
    return Object.is(actual, expected) ? undefined : `${path}: ${String(actual)} instead of ${String(expected)}`;
  }
  if (typeof actual !== "object" || actual === null || Array.isArray(actual) !== Array.isArray(expected)) {
    return `${path}: another kind of value`;
  }
  const keys = Object.keys(expected);
  const extra = Object.keys(actual).find((key) => !Object.hasOwn(expected, key));
  if (extra !== undefined) return `${path}: has a field "${extra}" too many`;
  for (const key of keys) {
    const found = difference(actual[key], expected[key], `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @returns {boolean} */
export function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
