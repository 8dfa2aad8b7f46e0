/**
 * F3 as a socket delivers it, in pieces of 64 bytes, beside the same frame decoded whole; and a million small messages in
 * pieces of 64 KiB.
 *
 * @module
 */

import { compile, stream } from "../../dist/codec/mod.js";
import { loadGenerated } from "../candidates/warpwire/generated.mjs";
import { decodeListing } from "../candidates/hand/warpdrive.mjs";
import { recordSchema, recordSchemas } from "../candidates/warpwire/schemas.mjs";
import { frames } from "../frames/frames.mjs";
import { warmupSchemas } from "../frames/warmup.mjs";
import { pooledViews } from "../harness/inputs.mjs";
import { ownVersion, peerVersion } from "../harness/packages.mjs";
import { ListingReader } from "./stream-hand.mjs";
import {
  byHand,
  COUNT,
  expected,
  fields,
  msgpackrRow,
  pieces as messages,
  protodefRow,
  pulled,
} from "./stream-messages.mjs";
import { averageBytes, equalTo } from "./suite.mjs";

const CHUNK_BYTES = 64;
const COLUMN = "F3 decode";
const MESSAGES = "28 bytes";
const WARM_ROUNDS = 400;

const { values, bytes } = frames.find(({ id }) => id === "F3");
const whole = pooledViews(bytes);
const pieces = whole.map(chunksOf);
const codec = compile(recordSchemas.F3);
const small = recordSchema(fields);
const smallMade = recordSchema(fields, [(kind, at, from, text) => ({ kind, at, from, text })]);
const others = warmupSchemas();
/** Generated streams of the frame, the messages and all that the others are warmed with. */
const generated = await loadGenerated({
  ...{ F3: recordSchemas.F3, Small: smallMade },
  ...Object.fromEntries(others.map(({ fields }, i) => [`Other${i}`, recordSchema(fields)])),
});

function chunksOf(frame) {
  const count = Math.ceil(frame.length / CHUNK_BYTES);
  return Array.from({ length: count }, (_, i) => frame.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES));
}

/** Pushes every piece and asks for messages after each, as the reader of a socket does. The decoder is kept. */
function streamed(decoder) {
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
  const jobs = others.map(({ fields, bytes }, i) => ({
    runs: [streamed(stream(recordSchema(fields))), streamed(generated[`streamOther${i}`]())],
    inputs: pooledViews(bytes).map(chunksOf),
    ...{ whole: pooledViews(bytes), codec: compile(recordSchema(fields)) },
  }));
  for (let round = 0; round < WARM_ROUNDS; round++) {
    for (const { runs, inputs, whole, codec } of jobs) {
      for (const run of runs) run(inputs[round % inputs.length]);
      codec.decode(whole[round % whole.length]);
    }
  }
}

const version = ownVersion();
const one = (row, run, inputs) => ({ row, column: COLUMN, run, inputs, check: equalTo(`${row} ${COLUMN}`, values) });

const many = (row, run, inputs = messages) => ({
  ...{ row, column: MESSAGES, run, inputs: [inputs], check: equalTo(`${row} ${MESSAGES}`, [expected]) },
});

/** @type {import("./suite.mjs").Suite} */
export default {
  title: `F3 in pieces of ${CHUNK_BYTES} bytes, and small messages in pieces of 64 KiB`,
  // The stream of messages takes a second for all rows.
  roundsMax: 25,
  rows: [
    {
      name: "warpwire, whole",
      version,
      note: "The baseline: `decode` of the whole frame, from one array.",
    },
    {
      name: "warpwire, pieces",
      version,
      note: `\`stream()\` in a decoder that is kept: ${pieces[0].length} times \`push\`, and \`pull\` after each.`,
    },
    {
      name: "warpwire, one piece",
      version,
      note: "The same decoder, given the whole frame at once.",
    },
    {
      name: "warpwire, fields",
      version,
      note: "The same decoder, for a schema without a function that makes the object: it is filled field by field.",
    },
    {
      name: "warpwire generated, pieces",
      version,
      note: "The stream of code generated ahead of time.",
    },
    { name: "hand, whole", version: "", note: "The baseline of the frames." },
    {
      name: "hand, pieces",
      version: "",
      note:
        "A reader for this frame, or these messages, only: keeps the bytes that a piece cuts off, follows the lengths.",
    },
    {
      name: "protodef, pieces",
      version: peerVersion("protodef"),
      note: "Its `Parser`, a stream of Node's.",
    },
    {
      name: "msgpackr, pieces",
      version: peerVersion("msgpackr"),
      note:
        "`unpackMultiple` of each piece, with what the last one cut off before it. Records: 31 bytes for a message.",
    },
  ],
  columns: [
    {
      name: COLUMN,
      about: `decodes one frame in pieces of ${CHUNK_BYTES} bytes`,
      bytes: averageBytes(bytes),
    },
    {
      name: MESSAGES,
      about: `reads ${COUNT} messages in pieces of 64 KiB, per message; the ratio is to \`hand, pieces\``,
      bytes: messages.reduce((sum, piece) => sum + piece.length, 0),
      messages: COUNT,
      baseline: "hand, pieces",
    },
  ],
  cases: [
    one("warpwire, whole", (frame) => codec.decode(frame), whole),
    one("warpwire, pieces", streamed(stream(recordSchemas.F3)), pieces),
    one(
      "warpwire, one piece",
      streamed(stream(recordSchemas.F3)),
      whole.map((frame) => [frame]),
    ),
    one("warpwire generated, pieces", streamed(generated.streamF3()), pieces),
    one("hand, whole", decodeListing, whole),
    one("hand, pieces", handStreamed(), pieces),
    many("warpwire, pieces", pulled(() => stream(smallMade))),
    many("warpwire, fields", pulled(() => stream(small))),
    many("warpwire generated, pieces", pulled(generated.streamSmall)),
    many("hand, pieces", byHand),
    many("protodef, pieces", protodefRow.run, protodefRow.pieces),
    many("msgpackr, pieces", msgpackrRow.run, msgpackrRow.pieces),
  ],
  warm,
};
