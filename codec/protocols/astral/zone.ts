/**
 * Zones: where a query may be routed to, as a set of bits in one byte.
 *
 * @module
 */

import { CodecError } from "../../mod.ts";

/** The bit of every zone; a node takes `network` away from guests that did not authenticate. */
export const ZONES: Readonly<Record<"device" | "virtual" | "network", number>> = Object.freeze({
  device: 1,
  virtual: 2,
  network: 4,
});

/** All zones, what both official clients ask for. */
export const ALL_ZONES = 7;

/** The letters of JSON in the order in which they are written. */
const LETTERS: readonly (readonly [letter: string, bit: number])[] = [
  ["d", ZONES.device],
  ["v", ZONES.virtual],
  ["n", ZONES.network],
];

/**
 * The letters of a set of zones: 7 is `dvn`, 1 is `d`, 0 is the empty text.
 *
 * @throws CodecError `range` for a bit that has no letter
 */
export function formatZone(zone: number): string {
  if (!Number.isInteger(zone) || zone < 0 || zone > ALL_ZONES) {
    throw new CodecError("range", `Cannot write zone ${zone} in letters: only the bits of 0 to ${ALL_ZONES} have one`);
  }
  return LETTERS.filter(([, bit]) => (zone & bit) !== 0).map(([letter]) => letter).join("");
}

/**
 * The set of zones that letters stand for, in any order.
 *
 * @throws CodecError `syntax` for any other letter
 */
export function parseZone(text: string): number {
  let zone = 0;
  for (const letter of text) {
    const bit = LETTERS.find(([known]) => known === letter)?.[1];
    if (bit === undefined) {
      throw new CodecError("syntax", `Cannot read ${JSON.stringify(letter)} as a zone: the letters are d, v and n`);
    }
    zone |= bit;
  }
  return zone;
}
