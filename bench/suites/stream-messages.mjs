/**
 * A million small messages, one after the other in pieces of 64 KiB, and the ways to read them: our own are in
 * `stream.mjs`.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { Packr, Unpackr } from "msgpackr";
import protodef from "protodef";
import { getU32, getU64 } from "../candidates/hand/integers.mjs";
import { SHORT_TEXT_MAX, shortText } from "../candidates/hand/short-text.mjs";
import { fail } from "../candidates/hand/fail.mjs";
import { seededRandom } from "../frames/random.mjs";
import { recordBytes } from "../frames/records.mjs";

/** How many messages there are. */
export const COUNT = 2 ** 20;
const PIECE_BYTES = 64 * 1024;
const TEXT_MIN = 4;
const TEXT_MAX = 24;
/** What a message has before its text. */
const HEAD_BYTES = 14;
const SEED = 0x57;
const LETTERS = "abcdefghijklmnopqrstuvwxyz ";

/** The fields of a message: 28 bytes on average. */
export const fields = [
  { name: "kind", type: "u8" },
  { name: "at", type: "u64" },
  { name: "from", type: "u32" },
  { name: "text", type: "string8" },
];

/** Different messages; the stream repeats them. Each is one of another length, in no order. */
const values = makeValues(2 ** 12);

function makeValues(count) {
  const random = seededRandom(SEED);
  return Array.from({ length: count }, () => ({
    kind: random.integer(2 ** 8),
    at: random.integer(2 ** 50),
    from: random.integer(2 ** 32),
    text: random.text(
      TEXT_MIN + random.integer(TEXT_MAX - TEXT_MIN + 1),
      LETTERS,
    ),
  }));
}

/** The stream, of messages as `encode` makes them, in pieces with memory of their own. */
function piecesOf(encode, Type = Uint8Array) {
  const turn = Buffer.concat(values.map(encode));
  const turns = COUNT / values.length;
  const pieces = [];
  for (let start = 0; start < turn.length * turns; start += PIECE_BYTES) {
    const piece = new Type(Math.min(PIECE_BYTES, turn.length * turns - start));
    for (let at = 0; at < piece.length;) {
      const from = (start + at) % turn.length;
      const part = turn.subarray(from, from + piece.length - at);
      piece.set(part, at);
      at += part.length;
    }
    pieces.push(piece);
  }
  return pieces;
}

/** The stream in the bytes of our own schema. */
export const pieces = piecesOf((value) => recordBytes(fields, value));

/** Adds up messages, so that none can be left out; numbers stay exact. */
class Sum {
  count = 0;
  from = 0;
  at = 0;
  letters = 0;

  add({ kind, at, from, text }) {
    this.count++;
    this.from += from + kind;
    this.at = (this.at + Number(at)) % 2 ** 50;
    this.letters += text.length;
  }
}

/** What reading the stream must give. */
export const expected = (() => {
  const sum = new Sum();
  for (let turn = 0; turn < COUNT / values.length; turn++) {
    values.forEach((value) => sum.add(value));
  }
  return sum;
})();

/** Reads the stream with one of our decoders: `make` makes a new one. */
export function pulled(make) {
  return (pieces) => {
    const sum = new Sum();
    const decoder = make();
    for (const piece of pieces) {
      decoder.push(piece);
      for (
        let message = decoder.pull();
        message !== null;
        message = decoder.pull()
      ) sum.add(message.value);
    }
    return sum;
  };
}

/** Reads these messages only: keeps the bytes of one that is cut off, and reads on when there are more. */
export function byHand(pieces) {
  const sum = new Sum();
  const reader = new HandReader();
  for (const piece of pieces) {
    reader.push(piece);
    for (let value = reader.pull(); value !== null; value = reader.pull()) {
      sum.add(value);
    }
  }
  return sum;
}

class HandReader {
  #bytes = new Uint8Array(0);
  #pos = 0;

  push(piece) {
    const left = this.#bytes.length - this.#pos;
    if (left > 0) {
      const bytes = new Uint8Array(left + piece.length);
      bytes.set(this.#bytes.subarray(this.#pos));
      bytes.set(piece, left);
      this.#bytes = bytes;
    } else this.#bytes = piece;
    this.#pos = 0;
  }

  pull() {
    const bytes = this.#bytes;
    const pos = this.#pos;
    const left = bytes.length - pos;
    if (left < HEAD_BYTES) return null;
    const length = bytes[pos + HEAD_BYTES - 1];
    if (left < HEAD_BYTES + length) return null;
    const text = length <= SHORT_TEXT_MAX ? shortText(bytes, pos + HEAD_BYTES, length) : undefined;
    if (text === undefined) fail("The text is too long, or no ASCII");
    this.#pos = pos + HEAD_BYTES + length;
    return {
      kind: bytes[pos],
      at: getU64(bytes, pos + 1),
      from: getU32(bytes, pos + 9),
      text,
    };
  }
}

/** protodef: its stream of Node, whose events come while a piece is written. */
export const protodefRow = {
  pieces: piecesOf((value) => recordBytes(fields, value), Buffer),
  run(pieces) {
    const sum = new Sum();
    const parser = new protodef.Parser(proto, "message");
    parser.on("data", ({ data }) => sum.add(data));
    for (const piece of pieces) parser.write(piece);
    return sum;
  },
};

const proto = (() => {
  const compiler = new protodef.Compiler.ProtoDefCompiler();
  const types = {
    u8: "u8",
    u32: "u32",
    u64: "u64",
    string8: ["pstring", { countType: "u8" }],
  };
  const message = [
    "container",
    fields.map(({ name, type }) => ({ name, type: types[type] })),
  ];
  compiler.addTypesToCompile({ message });
  return compiler.compileProtoDefSync();
})();

const structures = [];
const packr = new Packr({ structures });

/** msgpackr: records whose names both sides know. What a piece cuts off is kept, and read again with the next one. */
export const msgpackrRow = {
  pieces: piecesOf((value) => Uint8Array.from(packr.pack(value))),
  run(pieces) {
    const sum = new Sum();
    const unpackr = new Unpackr({ structures });
    const add = (value) => sum.add(value);
    let rest = new Uint8Array(0);
    for (const piece of pieces) {
      const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      rest = new Uint8Array(0);
      try {
        unpackr.unpackMultiple(bytes).forEach(add);
      } catch (error) {
        if (!error.incomplete) throw error;
        error.values?.forEach(add);
        rest = bytes.subarray(error.lastPosition);
      }
    }
    return sum;
  },
};
