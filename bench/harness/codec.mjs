/**
 * Measures the candidates with the frames.
 *
 * @module
 */

import { loadCandidates } from "../candidates/index.mjs";
import { frames as allFrames } from "../frames/frames.mjs";
import { checkCodec } from "./check.mjs";
import { pooledViews } from "./inputs.mjs";
import { measure, SLICE_MS } from "./measure.mjs";
import { inQuarters } from "./progress.mjs";
import { probe, probeTitles } from "./strictness.mjs";
import { warm } from "./warm.mjs";

/**
 * @typedef {object} CodecOutcome
 * @property {number} sliceMs
 * @property {number} rounds
 * @property {{ id: string, title: string, bytes: number }[]} frames
 * @property {{ name: string, version: string, note: string, strictness: string[] }[]} candidates
 * @property {string[]} probes titles of the answers in `strictness`
 * @property {string[]} missing candidates that could not be loaded, with the reason
 * @property {({ candidate: string, frame: string, direction: string } & import("./measure.mjs").Spread)[]} times
 */

/**
 * @param {import("./worker.mjs").Job} job
 * @param {(message: string) => void} report
 * @returns {Promise<CodecOutcome>}
 */
export async function measureCodec(job, report) {
  const frames = allFrames.filter(({ id }) => job.frames?.includes(id) ?? true);
  const { candidates, missing } = await loadCandidates(job.candidates);
  report("warming up");
  warm(candidates);
  const cases = makeCases(candidates, frames);
  report(`measuring ${cases.length} cases, ${job.rounds} rounds of ${SLICE_MS} ms each`);
  const spreads = measure(cases, { rounds: job.rounds, progress: inQuarters(report) });
  // Only now: all results are kept until they are compared, from which the engine would have learned that values of these
  // codecs live long, and wrong types and thrown errors would have made it compile slower, more general code.
  report(`checking ${candidates.length} candidates`);
  checkAll(candidates);
  const strictness = candidates.map((candidate) => probe(candidate, allFrames));
  return {
    sliceMs: SLICE_MS,
    rounds: job.rounds,
    frames: frames.map(({ id, title, bytes }) => ({ id, title, bytes: bytes[0].length })),
    candidates: candidates.map(({ name, version, note }, i) => ({
      name,
      version,
      note,
      strictness: strictness[i],
    })),
    probes: probeTitles,
    missing,
    times: cases.map(({ candidate, frame, direction }, i) => ({
      candidate,
      frame,
      direction,
      ...spreads[i],
    })),
  };
}

function checkAll(candidates) {
  for (const candidate of candidates) {
    for (const frame of allFrames) {
      const codec = candidate.frames[frame.id];
      if (codec !== undefined) {
        checkCodec(`${candidate.name} ${frame.id}`, codec, frame, candidate.input);
      }
    }
  }
}

/** @returns {(import("./measure.mjs").Case & { candidate: string, frame: string, direction: string })[]} */
function makeCases(candidates, frames) {
  const cases = [];
  for (const { name, input, frames: codecs } of candidates) {
    for (const { id, values, bytes } of frames) {
      const { encode, decode, toNative = (value) => value } = codecs[id] ?? {};
      const label = { candidate: name, frame: id };
      if (encode !== undefined) {
        cases.push({ ...label, direction: "encode", run: encode, inputs: values.map(toNative) });
      }
      if (decode !== undefined) {
        cases.push({ ...label, direction: "decode", run: decode, inputs: pooledViews(bytes, input) });
      }
    }
  }
  return cases;
}
