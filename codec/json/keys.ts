/**
 * Finds the field that a key of a document belongs to, as Go does: an exact match, else one without regard to case.
 *
 * @module
 */

import { QUOTE } from "./bytes.ts";
import { type Reader, readString } from "./reader.ts";
import type { JsonField } from "./shape.ts";

/**
 * Reads the key whose opening quote is the next byte.
 *
 * @param expected index of the field that the key most likely belongs to: documents mostly keep the order of the shape
 * @returns the index of its field, or -1
 */
export function fieldOf(reader: Reader, fields: readonly JsonField[], expected: number): number {
  if (expected < fields.length && isKeyHere(reader, fields[expected].key)) {
    reader.pos += fields[expected].key.length + 2;
    return expected;
  }
  const text = readString(reader);
  const exact = fields.findIndex((field) => field.key === text);
  return exact === -1 ? fields.findIndex((field) => isFolded(text, field.key)) : exact;
}

/** Whether the quoted key stands at the next byte, letter by letter. */
function isKeyHere(reader: Reader, key: string): boolean {
  const { bytes } = reader;
  const from = reader.pos + 1;
  if (from + key.length >= reader.end || bytes[from + key.length] !== QUOTE) return false;
  for (let i = 0; i < key.length; i++) if (bytes[from + i] !== key.charCodeAt(i)) return false;
  return true;
}

/** Whether two texts differ only in the case of their letters; `key` is ASCII. */
function isFolded(text: string, key: string): boolean {
  if (text.length !== key.length) return false;
  for (let i = 0; i < key.length; i++) {
    if (foldedUnit(text.charCodeAt(i)) !== foldedUnit(key.charCodeAt(i))) return false;
  }
  return true;
}

/** The lower case of an ASCII letter, and of the two other letters whose case variants are ASCII. */
function foldedUnit(unit: number): number {
  if (unit >= 0x41 && unit <= 0x5a) return unit + 0x20;
  if (unit === 0x017f) return 0x73; // LATIN SMALL LETTER LONG S
  if (unit === 0x212a) return 0x6b; // KELVIN SIGN
  return unit;
}
