/**
 * micro-packed, used as documented.
 *
 * @module
 */

import * as P from "micro-packed";
import { createOffer, download, listing, mapWide } from "../frames/records.mjs";
import { peerVersion } from "../harness/packages.mjs";

const TYPES = { u8: P.U8, u16: P.U16BE, u32: P.U32BE, u64: P.U64BE, string8: P.string(P.U8) };

function build(fields) {
  return P.struct(Object.fromEntries(fields.map(({ name, type }) => [
    name,
    typeof type === "object" ? P.array(P.U16BE, build(type.list16)) : TYPES[type],
  ])));
}

function compile(fields) {
  const coder = build(fields);
  return {
    encode: (value) => coder.encode(value),
    decode: (bytes) => coder.decode(bytes),
    toNative: (value) => mapWide(fields, value, BigInt),
    fromNative: (value) => mapWide(fields, value, Number),
  };
}

export default {
  name: "micro-packed",
  version: peerVersion("micro-packed"),
  note: "Takes and gives u64 as bigint.",
  compile,
  frames: { F1: compile(download), F2: compile(createOffer), F3: compile(listing) },
};
