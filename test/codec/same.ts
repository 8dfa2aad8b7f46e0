/**
 * Values compared more strictly than any test library does.
 *
 * @module
 */

/** Whether two values are the same, down to -0 and the kinds of their objects. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime());
  const keys = Object.keys(a);
  const others = Object.keys(b);
  return keys.length === others.length &&
    keys.every((key, index) =>
      key === others[index] && same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])
    );
}
