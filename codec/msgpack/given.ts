/**
 * Whether an object has a value for a field that may be missing.
 *
 * @module
 */

const INHERITED = Object.prototype as unknown as Readonly<Record<string, unknown>>;

/** Whether a field has a value. What every object inherits, such as `constructor`, is none. */
export function isGiven(record: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = record[name];
  return value !== undefined && (value !== INHERITED[name] || Object.hasOwn(record, name));
}
