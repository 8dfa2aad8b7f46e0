/**
 * protodef with its compiler, which generates code (`eval`). Inputs are Buffers, as its parser needs them.
 *
 * @module
 */

import protodef from "protodef";
import { createOffer, download, listing, mapWide } from "../frames/records.mjs";
import { peerVersion } from "../harness/packages.mjs";

const TWO_32 = 4294967296;
const TYPES = { u8: "u8", u16: "u16", u32: "u32", u64: "u64", string8: ["pstring", { countType: "u8" }] };

function build(fields) {
  return [
    "container",
    fields.map(({ name, type }) => ({
      name,
      type: typeof type === "object" ? ["array", { countType: "u16", type: build(type.list16) }] : TYPES[type],
    })),
  ];
}

function compile(fields) {
  const compiler = new protodef.Compiler.ProtoDefCompiler();
  compiler.addTypesToCompile({ frame: build(fields) });
  const proto = compiler.compileProtoDefSync();
  return {
    encode: (value) => proto.createPacketBuffer("frame", value),
    decode: (bytes) => proto.parsePacketBuffer("frame", bytes).data,
    toNative: (value) => mapWide(fields, value, (wide) => [Math.floor(wide / TWO_32), wide % TWO_32]),
    fromNative: (value) => mapWide(fields, value, ([upper, lower]) => upper * TWO_32 + lower),
  };
}

export default {
  name: "protodef",
  version: peerVersion("protodef"),
  note: "Takes and gives u64 as a pair of halves. Decodes Buffers only. Generates code with `eval`.",
  input: "buffer",
  compile,
  frames: { F1: compile(download), F2: compile(createOffer), F3: compile(listing) },
};
