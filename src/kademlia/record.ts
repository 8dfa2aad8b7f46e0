/**
 * What a table knows of a contact beside the contact itself, in two words of 32 bits: a hundred and thirty of them take a
 * kibibyte, and as objects they took ten.
 *
 * The first word is when the contact was last seen, in milliseconds of the table's own count. The second, from its lowest
 * bit: 11 bits mean round trip, 9 bits deviation, 2 bits strikes, 1 bit era, 9 bits for extensions. The deviation has five
 * digits, and counts coarser parts of a millisecond, so that it still reaches 8 s: it only tells when to send again.
 *
 * @module
 */

import type { RoundTrip } from "../rpc/mod.ts";

/** Words of a record. */
export const RECORD_WORDS = 2;

const MEAN_BITS = 11;
const DEVIATION_BITS = 9;
const EXPONENT_BITS = 4;
const STRIKES_AT = MEAN_BITS + DEVIATION_BITS;
const STRIKES_MASK = 3;
const ERA_AT = STRIKES_AT + 2;
const EXTENSIONS_AT = ERA_AT + 1;
const EXTENSIONS_MASK = 511;
const TRIP_MASK = 2 ** STRIKES_AT - 1;
/** Times are kept in parts of a millisecond, because on one machine a round trip takes a fifth of one; 16 s are the most. */
const MEAN_UNITS = 256;
const DEVIATION_UNITS = 128;

/** The round trips in a record; null if none were measured. */
export function tripOf(record: number): RoundTrip | null {
  const mean = record & (2 ** MEAN_BITS - 1);
  if (mean === 0) return null;
  const deviation = (record >>> MEAN_BITS) & (2 ** DEVIATION_BITS - 1);
  return { meanMs: readShort(mean) / MEAN_UNITS, deviationMs: readShort(deviation) / DEVIATION_UNITS };
}

/** A record with other round trips, whose mean is kept to a hundredth of itself, the deviation to a thirtieth. */
export function withTrip(record: number, { meanMs, deviationMs }: RoundTrip): number {
  const mean = Math.max(1 << EXPONENT_BITS, writeShort(meanMs * MEAN_UNITS, MEAN_BITS - EXPONENT_BITS));
  const deviation = writeShort(deviationMs * DEVIATION_UNITS, DEVIATION_BITS - EXPONENT_BITS);
  return (record & ~TRIP_MASK) | mean | (deviation << MEAN_BITS);
}

/** How many requests in a row the contact has left without an answer. */
export function strikesOf(record: number): number {
  return (record >>> STRIKES_AT) & STRIKES_MASK;
}

/** A record with another number of strikes, up to 3. */
export function withStrikes(record: number, strikes: number): number {
  return (record & ~(STRIKES_MASK << STRIKES_AT)) | (strikes << STRIKES_AT);
}

/** Whether the contact speaks the era of 2015, and of today's Python package. */
export function isRpcudp(record: number): boolean {
  return ((record >>> ERA_AT) & 1) === 1;
}

/** A record with another era. */
export function withRpcudp(record: number, rpcudp: boolean): number {
  return rpcudp ? record | (1 << ERA_AT) : record & ~(1 << ERA_AT);
}

/** Nine bits that belong to extensions. */
export function extensionsOf(record: number): number {
  return (record >>> EXTENSIONS_AT) & EXTENSIONS_MASK;
}

/** A record with other bits of extensions. */
export function withExtensions(record: number, bits: number): number {
  return (record & ~(EXTENSIONS_MASK << EXTENSIONS_AT)) | ((bits & EXTENSIONS_MASK) << EXTENSIONS_AT);
}

/** A number in few bits: an exponent of 4 in the lowest, and what is left as its factor. */
function writeShort(value: number, factorBits: number): number {
  const units = Math.min(value, 2 ** 22 - 1);
  let exponent = Math.max(0, 32 - Math.clz32(units) - factorBits);
  let factor = Math.round(units / 2 ** exponent);
  if (factor === 2 ** factorBits) [factor, exponent] = [factor / 2, exponent + 1];
  if (exponent >= 2 ** EXPONENT_BITS) return ((2 ** factorBits - 1) << EXPONENT_BITS) | (2 ** EXPONENT_BITS - 1);
  return (factor << EXPONENT_BITS) | exponent;
}

function readShort(short: number): number {
  return (short >>> EXPONENT_BITS) * 2 ** (short & (2 ** EXPONENT_BITS - 1));
}
