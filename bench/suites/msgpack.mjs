/**
 * msgpack values whose shape nobody knows beforehand: maps, arrays, texts, bytes, numbers, about a kilobyte together.
 *
 * @module
 */

import { Decoder, Encoder } from "@msgpack/msgpack";
import { Packr } from "msgpackr";
import { any, decodeMsgpack, encodeMsgpack } from "../../dist/codec/msgpack/mod.js";
import { warmupPayloads } from "../candidates/msgpack-frames.mjs";
import { VALUE_COUNT } from "../frames/frames.mjs";
import { flatText, seededRandom } from "../frames/random.mjs";
import { pooledViews } from "../harness/inputs.mjs";
import { ownVersion, peerVersion } from "../harness/packages.mjs";
import { msgpackBytes } from "./msgpack-bytes.mjs";
import { averageBytes, equalTo } from "./suite.mjs";

const SEED = 0xa11;
const WARM_SEED = 0xda7a;
const WARM_ROUNDS = 400;
const CONTACT_COUNT = 12;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

const random = seededRandom(SEED);
const values = Array.from({ length: VALUE_COUNT }, makeValue);
const bytes = values.map(msgpackBytes);
const views = pooledViews(bytes);

/** A document as programs store them: the same keys again and again, in maps of different sizes. */
function makeValue() {
  const contacts = Array.from({ length: CONTACT_COUNT }, () => ({
    id: random.bytes(20),
    address: flatText(`10.${random.integer(256)}.${random.integer(256)}.${random.integer(256)}`),
    port: random.integer(0x10000),
    seen: 1_600_000_000 + random.integer(2 ** 27),
    load: random.integer(1000) / 8 + 1 / 16,
    ...(random.integer(2) === 0 ? { alias: flatText(random.text(1 + random.integer(12), LETTERS)) } : {}),
  }));
  return {
    version: random.integer(128),
    title: flatText(random.text(20 + random.integer(60), LETTERS)),
    nonce: random.bytes(32),
    flags: [true, false, null, -1 - random.integer(1000), random.integer(2 ** 32)],
    nested: { tags: [3, 8, 12].map((length) => flatText(random.text(length, LETTERS))), empty: {}, list: [] },
    contacts,
  };
}

const encoder = new Encoder();
const decoder = new Decoder({ maxArrayLength: 1024, maxBinLength: 8192, maxStrLength: 8192, maxMapLength: 1024 });
const packr = new Packr({ useRecords: false, variableMapSize: true });

const codecs = {
  "@msgpack/msgpack": { encode: (value) => encoder.encode(value), decode: (packed) => decoder.decode(packed) },
  "msgpackr": { encode: (value) => packr.pack(value), decode: (packed) => packr.unpack(packed) },
  "warpwire": { encode: (value) => encodeMsgpack(any, value), decode: (packed) => decodeMsgpack(any, packed) },
};

function warm() {
  const payloads = warmupPayloads(seededRandom(WARM_SEED));
  for (let round = 0; round < WARM_ROUNDS; round++) {
    for (const payload of payloads) {
      for (const { encode, decode } of Object.values(codecs)) decode(encode(payload));
    }
  }
}

/** @type {import("./suite.mjs").Suite} */
export default {
  title: "msgpack values of unknown shape",
  rows: [
    {
      name: "@msgpack/msgpack",
      version: peerVersion("@msgpack/msgpack"),
      note: "The baseline: kept Encoder and Decoder with length limits set. Keeps the texts of keys between calls. " +
        "Accepts a key that a map has twice, texts that are not UTF-8, and any depth.",
    },
    {
      name: "msgpackr",
      version: peerVersion("msgpackr"),
      note:
        "Kept Packr without records and with `variableMapSize`, so that it writes the shortest forms, as the others do. " +
        "Reads texts with its native addon where the runtime loads it. Has no limits; accepts a key that a map has twice and texts that are not UTF-8.",
    },
    {
      name: "warpwire",
      version: ownVersion(),
      note:
        "`encodeMsgpack` and `decodeMsgpack` with `any`: limits on depth and count, no key twice, strict UTF-8, safe " +
        "integers or bigints.",
    },
  ],
  columns: ["encode", "decode"].map((name) => ({ name, about: `${name}s one value`, bytes: averageBytes(bytes) })),
  cases: Object.entries(codecs).flatMap(([row, { encode, decode }]) => [
    { row, column: "encode", run: encode, inputs: values, check: equalTo(`${row} encode`, bytes) },
    { row, column: "decode", run: decode, inputs: views, check: equalTo(`${row} decode`, values) },
  ]),
  warm,
};
