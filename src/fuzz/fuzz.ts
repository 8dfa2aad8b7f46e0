/**
 * A fuzzing run: rounds of inputs, one subject after the other, until one fails or the run is complete. What came
 * of it can be told as text.
 *
 * @module
 */

import { fromSeed } from "../../codec/arbitrary/mod.ts";
import { escapeText, formatHex } from "../../codec/mod.ts";
import { Discrepancy } from "./checks/mod.ts";
import { shrink } from "./shrink.ts";
import type { Subject } from "./subjects/mod.ts";

/** Options of {@link fuzz}. */
export interface FuzzOptions {
  /** The same seed makes the same inputs: a whole number of 32 bits. Round n of a run has the seed n further on. */
  readonly seed: number;
  /** Inputs after which the run ends with its round. Default: without end. */
  readonly inputsMax?: number;
  /** Rounds after which the run ends. Default: without end. */
  readonly roundsMax?: number;
  /** Asked before every round; the run ends when it says no. Default yes. */
  readonly goesOn?: () => boolean;
  /** Milliseconds from any moment on; with it, inputs that take too long are failures. By default nobody looks. */
  readonly now?: () => number;
}

/** Something that is wrong. */
export interface FuzzFailure {
  readonly subject: string;
  /** The seed with which the first round of a run, with this subject alone, fails in the same way. */
  readonly seed: number;
  /** What went wrong in which way; the same for every input that shows the same mistake. */
  readonly what: string;
  /** All that is known about it. */
  readonly error: unknown;
  /** The input, or undefined when a value could not be made or written. */
  readonly input?: Uint8Array;
  /** A smaller input with the same failure. */
  readonly shrunk?: Uint8Array;
}

/** What a run has done. */
export interface FuzzReport {
  readonly rounds: number;
  readonly inputs: number;
  /** For every subject how often each word came of an input. */
  readonly outcomes: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly failure?: FuzzFailure;
}

/** An input is a few hundred bytes: a second is a thousand times what it may take. */
const INPUT_MS_MAX = 2000;

/** Fuzzes subjects until the options say that it is enough, or until the first failure. */
export function fuzz(subjects: readonly Subject[], options: FuzzOptions): FuzzReport {
  const { seed, inputsMax = Infinity, roundsMax = Infinity, goesOn = () => true, now } = options;
  const outcomes = new Map(subjects.map(({ name }) => [name, new Map<string, number>()]));
  let inputs = 0;
  let rounds = 0;
  for (; rounds < roundsMax && inputs < inputsMax && goesOn(); rounds++) {
    const subject = subjects[rounds % subjects.length];
    const roundSeed = (seed + rounds) >>> 0;
    const counts = outcomes.get(subject.name)!;
    let input: Uint8Array | undefined;
    try {
      for (input of subject.inputs(fromSeed(roundSeed))) {
        inputs++;
        const start = now?.() ?? 0;
        const word = subject.check(input);
        if (now !== undefined) checkTime(now() - start);
        counts.set(word, (counts.get(word) ?? 0) + 1);
        input = undefined;
      }
    } catch (error) {
      return { rounds, inputs, outcomes, failure: failureOf(subject, roundSeed, input, error) };
    }
  }
  return { rounds, inputs, outcomes };
}

function checkTime(ms: number): void {
  if (ms > INPUT_MS_MAX) throw new Error(`The input took ${Math.round(ms)} ms`);
}

function failureOf(subject: Subject, seed: number, input: Uint8Array | undefined, error: unknown): FuzzFailure {
  const what = causeOf(error);
  const base = { subject: subject.name, seed, what, error };
  if (input === undefined) return base;
  return { ...base, input, shrunk: shrink(input, (smaller) => failureIn(subject, smaller) === what) };
}

/** What is wrong with an input, or undefined. */
function failureIn(subject: Subject, input: Uint8Array): string | undefined {
  try {
    subject.check(input);
    return undefined;
  } catch (error) {
    return causeOf(error);
  }
}

/** What failures have in common that come from the same mistake: the kind of an error, without what belongs to one input. */
function causeOf(error: unknown): string {
  if (error instanceof Discrepancy) return error.what;
  if (!(error instanceof Error)) return `throws ${typeof error}`;
  return `${error.name}: ${error.message.replaceAll(/\d+/g, "0").slice(0, 60)}`;
}

/** What became of the inputs of each subject, a line each. */
export function outcomesText({ outcomes }: FuzzReport): string {
  const width = Math.max(...[...outcomes.keys()].map(({ length }) => length));
  return [...outcomes].map(([name, counts]) => {
    const list = [...counts].sort(([, a], [, b]) => b - a).map(([word, count]) => `${word} ${count}`).join(", ");
    return `${name.padEnd(width)}  ${list === "" ? "no inputs" : list}\n`;
  }).join("");
}

/**
 * A failure with all that is needed to see it again.
 *
 * @param command what runs the fuzzer, as in `npm run fuzz --`
 */
export function failureText({ subject, seed, error, input, shrunk }: FuzzFailure, command: string): string {
  const quoted = `"${subject}"`;
  const lines = [
    `Failure in ${subject}, seed ${seed}`,
    escapeText(error instanceof Error ? `${error}` : String(error)),
  ];
  if (input !== undefined) lines.push(`Input: ${formatHex(input)}`);
  if (shrunk !== undefined) {
    lines.push(`Smaller input: ${formatHex(shrunk)}`);
    lines.push(`To replay it: ${command} --schema ${quoted} --input ${formatHex(shrunk)}`);
  }
  lines.push(`To replay its round: ${command} --schema ${quoted} --seed ${seed} --rounds 1`);
  const stack = error instanceof Error ? error.stack?.split("\n").slice(1, 9).join("\n") : undefined;
  return `${[...lines, ...(stack === undefined ? [] : [stack])].join("\n")}\n`;
}
