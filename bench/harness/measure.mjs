/**
 * Timing in interleaved rounds.
 *
 * @module
 */

import { seededRandom } from "../frames/random.mjs";

/**
 * One thing to time.
 *
 * @typedef {object} Case
 * @property {(input: unknown) => unknown} run
 * @property {unknown[]} inputs as many as a power of two
 */

/**
 * Nanoseconds per call, over the slices of all rounds.
 *
 * @typedef {{ median: number, p25: number, p75: number, min: number }} Spread
 */

/** Time of each slice. Long enough for the clock and for the collector to run in most slices of an allocating codec. */
export const SLICE_MS = 5;

/** Time that each case gets to be compiled by the engine, by turns with all others, before its speed is estimated. */
const SETTLE_MS = 120;

const ORDER_SEED = 0x0bde;

/** Where results go, so that the engine cannot leave the work out. */
const sink = { last: undefined };

/**
 * Times `count` calls. One function for all cases: the call in it has seen every candidate, so none is inlined here.
 *
 * @returns {number} milliseconds
 */
function timeSlice(run, inputs, count) {
  const mask = inputs.length - 1;
  let last;
  const start = performance.now();
  for (let i = 0; i < count; i++) last = run(inputs[i & mask]);
  const elapsed = performance.now() - start;
  sink.last = last;
  return elapsed;
}

/**
 * Measures all cases. Each round runs every case for one slice, in an order shuffled with a fixed seed.
 *
 * @param {Case[]} cases
 * @param {object} options
 * @param {number} options.rounds
 * @param {(done: number) => void} options.progress called after every round with the share that is done
 * @returns {Spread[]} in the order of `cases`
 */
export function measure(cases, { rounds, progress }) {
  const counts = calibrate(cases);
  const samples = cases.map(() => []);
  const random = seededRandom(ORDER_SEED);
  const order = cases.map((_, i) => i);
  for (let round = 0; round < rounds; round++) {
    for (const i of random.shuffle(order)) {
      const { run, inputs } = cases[i];
      samples[i].push(timeSlice(run, inputs, counts[i]) * 1e6 / counts[i]);
    }
    progress((round + 1) / rounds);
  }
  return samples.map(spread);
}

/** How many calls make a slice of each case; a multiple of its inputs, so that every slice does the same work. */
function calibrate(cases) {
  const step = 10;
  const perCall = cases.map(() => 1);
  for (let spent = 0; spent < SETTLE_MS; spent += step) {
    cases.forEach(({ run, inputs }, i) => {
      const count = wholeTurns(step / perCall[i], inputs.length);
      perCall[i] = timeSlice(run, inputs, count) / count;
    });
  }
  return cases.map(({ inputs }, i) => wholeTurns(SLICE_MS / perCall[i], inputs.length));
}

function wholeTurns(count, turn) {
  return Math.max(1, Math.round(count / turn)) * turn;
}

/** @returns {Spread} */
function spread(samples) {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share) => {
    const place = share * (sorted.length - 1);
    const below = sorted[Math.floor(place)];
    return below + (sorted[Math.ceil(place)] - below) * (place % 1);
  };
  return { median: at(0.5), p25: at(0.25), p75: at(0.75), min: sorted[0] };
}
