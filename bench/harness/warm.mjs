/**
 * Runs every library on many other schemas before it is measured.
 *
 * @module
 */

import { seededRandom } from "../frames/random.mjs";
import { warmupPayloads } from "../candidates/msgpack-frames.mjs";
import { warmupSchemas } from "../frames/warmup.mjs";
import { checkCodec } from "./check.mjs";
import { pooledViews } from "./inputs.mjs";

/** How often each schema is run. All of them together pass every shared part of a library far beyond its first tier. */
const ROUNDS = 400;

const PAYLOAD_SEED = 0xda7a;

/** @param {import("../candidates/index.mjs").Candidate[]} candidates */
export function warm(candidates) {
  const schemas = warmupSchemas();
  const payloads = warmupPayloads(seededRandom(PAYLOAD_SEED));
  for (const { name, input, compile, warmup } of candidates) {
    if (compile !== undefined) warmSchemas(name, compile, schemas, input);
    if (warmup !== undefined) {
      for (let round = 0; round < ROUNDS; round++) {
        payloads.forEach((payload) => warmup(payload));
      }
    }
  }
}

/** The codecs run by turns, as the frames of a conversation do. */
function warmSchemas(name, compile, schemas, input) {
  const jobs = schemas.map(({ fields, values, bytes }, i) => {
    const codec = compile(fields);
    checkCodec(`${name} warm-up schema ${i}`, codec, { values, bytes }, input);
    const toNative = codec.toNative ?? ((value) => value);
    return { codec, values: values.map(toNative), views: pooledViews(bytes, input) };
  });
  for (let round = 0; round < ROUNDS; round++) {
    for (const { codec, values, views } of jobs) {
      codec.encode?.(values[round % values.length]);
      codec.decode?.(views[round % views.length]);
    }
  }
}
