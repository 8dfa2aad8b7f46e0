/**
 * warpwire, from the build in `dist/` (`npm run build`).
 *
 * @module
 */

import { array, compile as compileSchema, string, struct, u16, u32, u64, u8 } from "../../dist/codec/mod.js";
import { createOffer, download, listing } from "../frames/records.mjs";
import { ownVersion } from "../harness/packages.mjs";

const TYPES = { u8, u16, u32, u64, string8: string(u8) };

function build(fields) {
  return struct(Object.fromEntries(fields.map(({ name, type }) => [
    name,
    typeof type === "object" ? array(build(type.list16), u16) : TYPES[type],
  ])));
}

function compile(fields) {
  const codec = compileSchema(build(fields));
  return { encode: (value) => codec.encode(value), decode: (bytes) => codec.decode(bytes) };
}

export default {
  name: "warpwire",
  version: ownVersion(),
  note: "This library, schemas compiled at run time.",
  strict: true,
  compile,
  frames: { F1: compile(download), F2: compile(createOffer), F3: compile(listing) },
};
