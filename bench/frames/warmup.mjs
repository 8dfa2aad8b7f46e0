/**
 * Seeded random schemas that every library encodes and decodes before it is measured. A program speaks dozens of
 * frames; with only the measured ones the engine would specialise a library's shared parts on them.
 *
 * @module
 */

import { seededRandom } from "./random.mjs";
import { recordBytes } from "./records.mjs";

/** How many schemas. More than the four shapes at which V8 stops specialising a call site, by far. */
export const WARMUP_SCHEMA_COUNT = 48;

/** How many values per schema. */
const WARMUP_VALUE_COUNT = 4;

const WARMUP_SEED = 0x5eed;
const NAMES = "abcdefghijklmnopqrstuvwxyz";
const TYPES = ["u8", "u16", "u32", "u64", "string8"];

/**
 * @typedef {object} WarmupSchema
 * @property {import("./records.mjs").Field[]} fields
 * @property {object[]} values
 * @property {Uint8Array[]} bytes
 */

/** @returns {WarmupSchema[]} */
export function warmupSchemas() {
  const random = seededRandom(WARMUP_SEED);
  return Array.from({ length: WARMUP_SCHEMA_COUNT }, (_, i) => {
    const fields = makeFields(random, i % 4 === 3);
    const values = Array.from({ length: WARMUP_VALUE_COUNT }, () => makeValue(random, fields));
    return { fields, values, bytes: values.map((value) => recordBytes(fields, value)) };
  });
}

function makeFields(random, withList) {
  const names = Array.from({ length: 2 + random.integer(7) }, (_, i) => `${random.text(5, NAMES)}${i}`);
  const fields = names.map((name) => ({ name, type: TYPES[random.integer(TYPES.length)] }));
  if (withList) {
    fields.push({ name: `${random.text(5, NAMES)}s`, type: { list16: makeFields(random, false) } });
  }
  return fields;
}

function makeValue(random, fields) {
  return Object.fromEntries(fields.map(({ name, type }) => [name, makeField(random, type)]));
}

function makeField(random, type) {
  if (typeof type === "object") {
    return Array.from({ length: 1 + random.integer(5) }, () => makeValue(random, type.list16));
  }
  if (type === "string8") return random.text(1 + random.integer(48), NAMES);
  return random.integer({ u8: 2 ** 8, u16: 2 ** 16, u32: 2 ** 32, u64: 2 ** 53 }[type]);
}
