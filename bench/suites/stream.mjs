/**
 * F3 as a socket delivers it: in pieces of 64 bytes, beside the same frame decoded whole.
 *
 * @module
 */

import { compile, stream } from "../../dist/codec/mod.js";
import { decodeListing } from "../candidates/hand/warpdrive.mjs";
import { recordSchema, recordSchemas } from "../candidates/warpwire/schemas.mjs";
import { frames } from "../frames/frames.mjs";
import { warmupSchemas } from "../frames/warmup.mjs";
import { pooledViews } from "../harness/inputs.mjs";
import { ownVersion } from "../harness/packages.mjs";
import { ListingReader } from "./stream-hand.mjs";
import { averageBytes, equalTo } from "./suite.mjs";

const CHUNK_BYTES = 64;
const COLUMN = "F3 decode";
const WARM_ROUNDS = 400;

const { values, bytes } = frames.find(({ id }) => id === "F3");
const whole = pooledViews(bytes);
const pieces = whole.map(chunksOf);
const codec = compile(recordSchemas.F3);

function chunksOf(frame) {
  const count = Math.ceil(frame.length / CHUNK_BYTES);
  return Array.from({ length: count }, (_, i) => frame.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES));
}

/** Pushes every piece and asks for messages after each, as the reader of a socket does. The decoder is kept. */
function streamed(schema) {
  const decoder = stream(schema);
  return (chunks) => {
    let value;
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let message = decoder.pull(); message !== null; message = decoder.pull()) value = message.value;
    }
    return value;
  };
}

function handStreamed() {
  const reader = new ListingReader();
  return (chunks) => {
    let value;
    for (const chunk of chunks) value = reader.push(chunk) ?? value;
    return value;
  };
}

function warm() {
  const jobs = warmupSchemas().map(({ fields, bytes }) => ({
    run: streamed(recordSchema(fields)),
    inputs: pooledViews(bytes).map(chunksOf),
    ...{ whole: pooledViews(bytes), codec: compile(recordSchema(fields)) },
  }));
  for (let round = 0; round < WARM_ROUNDS; round++) {
    for (const { run, inputs, whole, codec } of jobs) {
      run(inputs[round % inputs.length]);
      codec.decode(whole[round % whole.length]);
    }
  }
}

const version = ownVersion();
const one = (row, run, inputs) => ({ row, column: COLUMN, run, inputs, check: equalTo(`${row} ${COLUMN}`, values) });

/** @type {import("./suite.mjs").Suite} */
export default {
  title: `F3 in pieces of ${CHUNK_BYTES} bytes`,
  rows: [
    { name: "warpwire, whole", version, note: "The baseline: `decode` of the whole frame, from one array." },
    {
      name: "warpwire, pieces",
      version,
      note: `\`stream()\` in a decoder that is kept: ${pieces[0].length} times \`push\`, and \`pull\` after each.`,
    },
    { name: "warpwire, one piece", version, note: "The same decoder, given the whole frame at once." },
    { name: "hand, whole", version: "", note: "The baseline of the frames." },
    {
      name: "hand, pieces",
      version: "",
      note:
        "A reader for this frame only: copies pieces into a kept buffer, follows the lengths, decodes as `hand` does.",
    },
  ],
  columns: [{ name: COLUMN, about: "decodes one frame", bytes: averageBytes(bytes) }],
  cases: [
    one("warpwire, whole", (frame) => codec.decode(frame), whole),
    one("warpwire, pieces", streamed(recordSchemas.F3), pieces),
    one("warpwire, one piece", streamed(recordSchemas.F3), whole.map((frame) => [frame])),
    one("hand, whole", decodeListing, whole),
    one("hand, pieces", handStreamed(), pieces),
  ],
  warm,
};
