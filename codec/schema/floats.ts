/**
 * Floats into bytes.
 *
 * @module
 */

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
