/**
 * The process that measures: loads the candidates, checks and warms them, times them, prints one JSON document.
 * Started by `run.mjs`, once per runtime, with its options as one JSON argument.
 *
 * @module
 */

import process from "node:process";
import { loadCandidates } from "../candidates/index.mjs";
import { frames as allFrames } from "../frames/frames.mjs";
import { checkCodec } from "./check.mjs";
import { pooledViews } from "./inputs.mjs";
import { measure, SLICE_MS } from "./measure.mjs";
import { probe, probeTitles } from "./strictness.mjs";
import { warm } from "./warm.mjs";

/**
 * What the process is told.
 *
 * @typedef {object} Job
 * @property {string[]} [frames] ids; all when missing
 * @property {string[]} [candidates] file names; all when missing
 * @property {number} rounds
 */

/**
 * What the process prints.
 *
 * @typedef {object} Outcome
 * @property {string} runtime
 * @property {string} version
 * @property {string} v8
 * @property {number} sliceMs
 * @property {number} rounds
 * @property {{ id: string, title: string, bytes: number }[]} frames
 * @property {{ name: string, version: string, note: string, strictness: string[] }[]} candidates
 * @property {string[]} probes titles of the answers in `strictness`
 * @property {string[]} missing candidates that could not be loaded, with the reason
 * @property {({ candidate: string, frame: string, direction: string } & import("./measure.mjs").Spread)[]} times
 */

const [text] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await work(JSON.parse(text)))}\n`);

/**
 * @param {Job} job
 * @returns {Promise<Outcome>}
 */
async function work(job) {
  const frames = allFrames.filter(({ id }) => job.frames?.includes(id) ?? true);
  const { candidates, missing } = await loadCandidates(job.candidates);
  report(`checking ${candidates.length} candidates`);
  for (const candidate of candidates) {
    for (const frame of allFrames) {
      const codec = candidate.frames[frame.id];
      if (codec !== undefined) {
        checkCodec(`${candidate.name} ${frame.id}`, codec, frame, candidate.input);
      }
    }
  }
  report("warming up");
  warm(candidates);
  const cases = makeCases(candidates, frames);
  report(`measuring ${cases.length} cases, ${job.rounds} rounds of ${SLICE_MS} ms each`);
  const spreads = measure(cases, { rounds: job.rounds, progress });
  // Only now: wrong types and thrown errors would have made the engine compile slower, more general code.
  const strictness = candidates.map((candidate) => probe(candidate, allFrames));
  return {
    ...runtimeVersions(),
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

/** @returns {import("./measure.mjs").Case[]} */
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

function runtimeVersions() {
  const deno = globalThis.Deno;
  return deno === undefined
    ? { runtime: "Node", version: process.versions.node, v8: process.versions.v8 }
    : { runtime: "Deno", version: deno.version.deno, v8: deno.version.v8 };
}

function progress(done) {
  const percent = Math.floor(done * 100);
  if (percent % 25 === 0 && percent !== progress.last) report(`${percent} %`);
  progress.last = percent;
}

/** People watch standard error; standard output is for the program that started this one. */
function report(message) {
  process.stderr.write(`  ${message}\n`);
}
