/**
 * Records as data: what a candidate needs to know of a frame to build its own schema of it. The frames F1, F2 and F3
 * and the schemas of the warm-up are described this way.
 *
 * @module
 */

/**
 * The type of a field. All integers are big-endian and unsigned; `string8` is UTF-8 behind a one-byte length;
 * `list16` is a two-byte count and that many records.
 *
 * @typedef {"u8" | "u16" | "u32" | "u64" | "string8" | { list16: Field[] }} FieldType
 */

/**
 * @typedef {{ name: string, type: FieldType }} Field
 */

/** Download request of warpdrive: 54 bytes with an offer id of 36 characters. @type {Field[]} */
export const download = [
  { name: "opcode", type: "u8" },
  { name: "offerId", type: "string8" },
  { name: "index", type: "u64" },
  { name: "offset", type: "u64" },
];

/** Create offer of warpdrive: 130 bytes with a peer id of 66 and a path of 61 characters. @type {Field[]} */
export const createOffer = [
  { name: "opcode", type: "u8" },
  { name: "peer", type: "string8" },
  { name: "path", type: "string8" },
];

/** A listing: 3402 bytes with 100 entries whose names have 20 characters on average. @type {Field[]} */
export const listing = [
  {
    name: "entries",
    type: {
      list16: [
        { name: "name", type: "string8" },
        { name: "size", type: "u64" },
        { name: "perm", type: "u32" },
        { name: "kind", type: "u8" },
      ],
    },
  },
];

/**
 * Writes a record byte by byte. Slow and obvious on purpose: its bytes are what every candidate is checked against.
 *
 * @param {Field[]} fields
 * @param {Record<string, unknown>} value
 * @returns {Uint8Array}
 */
export function recordBytes(fields, value) {
  return Uint8Array.from(fields.flatMap(({ name, type }) => fieldBytes(type, value[name])));
}

/** @returns {number[]} */
function fieldBytes(type, value) {
  if (typeof type === "object") {
    return [...bigEndian(value.length, 2), ...value.flatMap((item) => [...recordBytes(type.list16, item)])];
  }
  if (type === "string8") {
    const utf8 = [...new TextEncoder().encode(value)];
    return [...bigEndian(utf8.length, 1), ...utf8];
  }
  return bigEndian(value, { u8: 1, u16: 2, u32: 4, u64: 8 }[type]);
}

/** @returns {number[]} */
export function bigEndian(value, length) {
  const bytes = [];
  for (let rest = BigInt(value); bytes.length < length; rest >>= 8n) {
    bytes.unshift(Number(rest & 0xffn));
  }
  return bytes;
}

/**
 * Converts every `u64` of a value, for libraries that want or give another type than a number.
 *
 * @param {Field[]} fields
 * @param {Record<string, unknown>} value
 * @param {(wide: unknown) => unknown} convert
 * @returns {Record<string, unknown>}
 */
export function mapWide(fields, value, convert) {
  const mapped = {};
  for (const { name, type } of fields) {
    const field = value[name];
    if (typeof type === "object") {
      mapped[name] = field.map((item) => mapWide(type.list16, item, convert));
    } else mapped[name] = type === "u64" ? convert(field) : field;
  }
  return mapped;
}
