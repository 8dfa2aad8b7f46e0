/**
 * Values and offsets compared, and floats written in one form each.
 *
 * @module
 */

/** Whether two decoded values are the same. */
export function equalValues(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  // A mapping may make dates, which have no properties to compare.
  if (a instanceof Date || b instanceof Date) {
    return a instanceof Date && b instanceof Date && Object.is(a.getTime(), b.getTime());
  }
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && a.length === b.length &&
      a.every((byte, index) => byte === b[index]);
  }
  const keys = Object.keys(a);
  return Array.isArray(a) === Array.isArray(b) && keys.length === Object.keys(b).length &&
    keys.every((key) =>
      Object.hasOwn(b, key) && equalValues((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])
    );
}

/** Throws where an offset is outside of the bytes. */
export function checkOffset(offset: number, length: number): void {
  if (!Number.isInteger(offset) || offset < 0 || offset > length) {
    throw new RangeError(`Offset ${offset} is not between 0 and ${length}`);
  }
}

/**
 * NaN in its usual form, the quiet one without a payload. An engine may keep the form in which a NaN was read, or change
 * it, as it pleases: without this the same value could be written in several ways.
 */
const NAN_32 = 0x7fc00000;
const NAN_64_HIGH = 0x7ff80000;

/** Writes 4 bytes at the beginning of a view. */
export function setFloat32(view: DataView, value: number, littleEndian: boolean): void {
  if (Number.isNaN(value)) view.setUint32(0, NAN_32, littleEndian);
  else view.setFloat32(0, value, littleEndian);
}

/** Writes 8 bytes at the beginning of a view. */
export function setFloat64(view: DataView, value: number, littleEndian: boolean): void {
  if (Number.isNaN(value)) {
    view.setUint32(littleEndian ? 4 : 0, NAN_64_HIGH, littleEndian);
    view.setUint32(littleEndian ? 0 : 4, 0, littleEndian);
  } else {
    view.setFloat64(0, value, littleEndian);
  }
}

/** Byte strings one after the other. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
