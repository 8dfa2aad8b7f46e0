/**
 * The process that measures: loads what is measured, checks and warms it, times it, prints one JSON document.
 * Started by `run.mjs`, once per runtime and suite, with its options as one JSON argument.
 *
 * @module
 */

import process from "node:process";
import { measureCodec } from "./codec.mjs";
import { measureSuite } from "./measure-suite.mjs";

/**
 * What the process is told.
 *
 * @typedef {object} Job
 * @property {string} suite
 * @property {string[]} [frames] ids; all when missing
 * @property {string[]} [candidates] file names; all when missing
 * @property {number} rounds
 */

/**
 * What the process prints: who measured, and what {@link measureCodec} or {@link measureSuite} return.
 *
 * @typedef {{ runtime: string, version: string, engine: string }} Measurer
 */

const [text] = process.argv.slice(2);
const job = JSON.parse(text);
const outcome = await (job.suite === "codec" ? measureCodec(job, report) : measureSuite(job, report));
process.stdout.write(`${JSON.stringify({ ...measurer(), ...outcome })}\n`);

/** @returns {Measurer} */
function measurer() {
  const { versions } = process;
  // Bun fills in the versions of Node and V8, neither of which it has.
  if (globalThis.Bun !== undefined) {
    return { runtime: "Bun", version: globalThis.Bun.version, engine: "JavaScriptCore" };
  }
  return globalThis.Deno === undefined
    ? { runtime: "Node", version: versions.node, engine: `V8 ${versions.v8}` }
    : { runtime: "Deno", version: globalThis.Deno.version.deno, engine: `V8 ${globalThis.Deno.version.v8}` };
}

/** People watch standard error; standard output is for the program that started this one. */
function report(message) {
  process.stderr.write(`  ${message}\n`);
}
