/**
 * The same tiny program, which decodes a download request, by hand and with each peer.
 *
 * Each defines `globalThis.decodeFrame`, which takes a Uint8Array and returns a plain object with numbers: a page that
 * does arithmetic with them needs the conversion, so it is part of the program.
 *
 * @module
 */

import { bigEndian } from "../frames/records.mjs";

/** The value that every program has to decode. */
export const frameValue = {
  opcode: 0x65,
  offerId: "d0f3a5c7-1c5e-4f0b-9d5a-2b1f3c4d5e6f",
  index: 2,
  offset: 1_048_576,
};

/** Its bytes. */
export const FRAME = [
  ...[frameValue.opcode, frameValue.offerId.length],
  ...new TextEncoder().encode(frameValue.offerId),
  ...[...bigEndian(frameValue.index, 8), ...bigEndian(frameValue.offset, 8)],
];

/**
 * @type {{ name: string, peer?: string, source: string }[]}
 */
export const programs = [
  {
    name: "hand",
    source: `import { decodeDownload } from "./candidates/hand/warpdrive.mjs";
globalThis.decodeFrame = decodeDownload;`,
  },
  {
    name: "binary-parser",
    peer: "binary-parser",
    source: `import { Parser } from "binary-parser";
const download = new Parser().endianess("big").uint8("opcode").uint8("length")
  .string("offerId", { length: "length", encoding: "utf8" }).uint64be("index").uint64be("offset");
globalThis.decodeFrame = (bytes) => {
  const { opcode, offerId, index, offset } = download.parse(bytes);
  return { opcode, offerId, index: Number(index), offset: Number(offset) };
};`,
  },
  {
    name: "compact-encoding",
    peer: "compact-encoding",
    source: `import c from "compact-encoding";
const download = {
  decode: (state) => ({
    opcode: c.uint8.decode(state),
    offerId: c.string.decode(state),
    index: c.uint64be.decode(state),
    offset: c.uint64be.decode(state),
  }),
};
globalThis.decodeFrame = (bytes) => c.decode(download, bytes);`,
  },
  {
    name: "micro-packed",
    peer: "micro-packed",
    source: `import * as P from "micro-packed";
const download = P.struct({ opcode: P.U8, offerId: P.string(P.U8), index: P.U64BE, offset: P.U64BE });
globalThis.decodeFrame = (bytes) => {
  const { opcode, offerId, index, offset } = download.decode(bytes);
  return { opcode, offerId, index: Number(index), offset: Number(offset) };
};`,
  },
  {
    name: "protodef",
    peer: "protodef",
    source: `import protodef from "protodef";
import { Buffer } from "buffer";
const compiler = new protodef.Compiler.ProtoDefCompiler();
compiler.addTypesToCompile({
  download: ["container", [
    { name: "opcode", type: "u8" },
    { name: "offerId", type: ["pstring", { countType: "u8" }] },
    { name: "index", type: "u64" },
    { name: "offset", type: "u64" },
  ]],
});
const download = compiler.compileProtoDefSync();
const number = ([high, low]) => high * 4294967296 + low;
globalThis.decodeFrame = (bytes) => {
  const { opcode, offerId, index, offset } = download.parsePacketBuffer("download", Buffer.from(bytes)).data;
  return { opcode, offerId, index: number(index), offset: number(offset) };
};`,
  },
  {
    name: "typed-binary",
    peer: "typed-binary",
    source: `import { BufferReader, object, Schema, u8 } from "typed-binary";
const decoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
class U64 extends Schema {
  read(input) {
    return input.readUint32() * 4294967296 + input.readUint32();
  }
}
class String8 extends Schema {
  read(input) {
    const bytes = new Uint8Array(input.readUint8());
    input.readSlice(bytes, 0, bytes.length);
    return decoder.decode(bytes);
  }
}
const u64 = new U64();
const download = object({ opcode: u8, offerId: new String8(), index: u64, offset: u64 });
globalThis.decodeFrame = (bytes) => download.read(new BufferReader(bytes, { endianness: "big" }));`,
  },
];
