/**
 * typed-binary. It has neither 64-bit integers nor strings or arrays behind a length of another width than its own, so
 * these are custom schemas, written as its documentation shows. Encoding goes into one kept buffer, so that the
 * library is not charged for allocating.
 *
 * @module
 */

import { BufferReader, BufferWriter, Measurer, object, Schema, u16, u32, u8 } from "typed-binary";
import { createOffer, download, listing } from "../frames/records.mjs";
import { peerVersion } from "../harness/packages.mjs";
import { finish, reserve, slab, SLAB_BYTES } from "./hand/slab.mjs";

const TWO_32 = 4294967296;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
const INPUT = { endianness: "big" };

/** A 64-bit integer as a number, refused above 2^53-1. */
class U64Schema extends Schema {
  write(output, value) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new Error("Not a safe integer");
    }
    output.writeUint32(Math.floor(value / TWO_32));
    output.writeUint32(value % TWO_32);
  }

  read(input) {
    const value = input.readUint32() * TWO_32 + input.readUint32();
    if (!Number.isSafeInteger(value)) throw new Error("Not a safe integer");
    return value;
  }

  measure(_value, measurer = new Measurer()) {
    return measurer.add(8);
  }
}

/** UTF-8 behind a one-byte length. */
class String8Schema extends Schema {
  write(output, value) {
    const bytes = encoder.encode(value);
    if (bytes.length > 255) throw new Error("Longer than 255 bytes");
    output.writeUint8(bytes.length);
    output.writeSlice(bytes);
  }

  read(input) {
    const bytes = new Uint8Array(input.readUint8());
    input.readSlice(bytes, 0, bytes.length);
    return decoder.decode(bytes);
  }

  measure(value, measurer = new Measurer()) {
    return measurer.add(1 + encoder.encode(value).length);
  }
}

/** A two-byte count and that many elements. */
class List16Schema extends Schema {
  constructor(element) {
    super();
    this.element = element;
  }

  resolveReferences(context) {
    this.element = context.resolve(this.element);
  }

  write(output, values) {
    output.writeUint16(values.length);
    for (const value of values) this.element.write(output, value);
  }

  read(input) {
    const count = input.readUint16();
    const values = [];
    for (let i = 0; i < count; i++) values.push(this.element.read(input));
    return values;
  }

  measure(values, measurer = new Measurer()) {
    return values.reduce((sum, value) => this.element.measure(value, sum), measurer.add(2));
  }
}

const TYPES = { u8, u16, u32, u64: new U64Schema(), string8: new String8Schema() };

function build(fields) {
  return object(Object.fromEntries(fields.map(({ name, type }) => [
    name,
    typeof type === "object" ? new List16Schema(build(type.list16)) : TYPES[type],
  ])));
}

function compile(fields) {
  const schema = build(fields);
  return {
    encode(value) {
      const start = reserve(SLAB_BYTES >> 3);
      const writer = new BufferWriter(slab.buffer, { endianness: "big", byteOffset: start });
      schema.write(writer, value);
      return finish(start, writer.currentByteOffset);
    },
    decode: (bytes) => schema.read(new BufferReader(bytes, INPUT)),
  };
}

export default {
  name: "typed-binary",
  version: peerVersion("typed-binary"),
  note: "u64, strings and lists are custom schemas of ours; encodes into a kept buffer.",
  compile,
  frames: { F1: compile(download), F2: compile(createOffer), F3: compile(listing) },
};
