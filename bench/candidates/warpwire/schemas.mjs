/**
 * The frames as schemas of warpwire, from the build in `dist/` (`npm run build`).
 *
 * @module
 */

import { array, string, struct, u16, u32, u64, u8 } from "../../../dist/codec/mod.js";
import { createOffer, download, listing } from "../../frames/records.mjs";

const TYPES = { u8, u16, u32, u64, string8: string(u8) };

/** The schema of a record. */
export function recordSchema(fields) {
  return struct(Object.fromEntries(fields.map(({ name, type }) => [
    name,
    typeof type === "object" ? array(recordSchema(type.list16), u16) : TYPES[type],
  ])));
}

/** The frames that are records. */
export const schemas = {
  F1: recordSchema(download),
  F2: recordSchema(createOffer),
  F3: recordSchema(listing),
};
