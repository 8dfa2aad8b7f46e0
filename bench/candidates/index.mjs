/**
 * What is compared: the baseline first, then warpwire, then the peers.
 *
 * @module
 */

import { existsSync } from "node:fs";

/**
 * Codec of one frame in one library.
 *
 * @typedef {object} FrameCodec
 * @property {(value: unknown) => Uint8Array} [encode]
 * @property {(bytes: Uint8Array) => unknown} [decode]
 * @property {(value: object) => unknown} [toNative] a value in the shape that this library takes; not measured
 * @property {(value: unknown) => object} [fromNative] back from the shape that this library gives; not measured
 */

/**
 * @typedef {object} Candidate
 * @property {string} name
 * @property {string} version empty for code of our own
 * @property {string} note what one should know to read its row
 * @property {boolean} [strict] whether the run must fail if it accepts anything that is wrong
 * @property {"bytes" | "buffer"} [input] what decode is given: a Uint8Array (the default) or a Buffer
 * @property {Record<string, FrameCodec>} frames by frame id
 * @property {(fields: import("../frames/records.mjs").Field[]) => FrameCodec} [compile] for the schemas of the warm-up
 * @property {(payload: unknown) => unknown} [warmup] a round trip of a msgpack payload for the warm-up
 */

/** Where the library's build must be for warpwire to be measured. */
const BUILD = new URL("../../dist/codec/mod.js", import.meta.url);

/** Names of the files, without `.mjs`. */
export const candidateFiles = [
  "hand",
  "warpwire-generated",
  "warpwire",
  "warpwire-plain",
  "hand-naive",
  "binary-parser",
  "compact-encoding",
  "micro-packed",
  "protodef",
  "typed-binary",
  "msgpack-msgpack",
  "msgpackr",
];

/**
 * Loads the candidates.
 *
 * @param {string[] | undefined} files some of {@link candidateFiles}; all when undefined. The baseline is always loaded.
 * @returns {Promise<{ candidates: Candidate[], missing: string[] }>}
 */
export async function loadCandidates(files) {
  const candidates = [];
  const missing = [];
  for (const file of candidateFiles) {
    if (files !== undefined && file !== "hand" && !files.includes(file)) {
      continue;
    }
    if (file.startsWith("warpwire") && !existsSync(BUILD)) {
      missing.push(`${file}: no build, run \`npm run build\``);
    } else candidates.push((await import(`./${file}.mjs`)).default);
  }
  return { candidates, missing };
}
