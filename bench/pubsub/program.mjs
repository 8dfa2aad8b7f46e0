/**
 * The process of one network.
 *
 * @module
 */

import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { answerQuestions } from "../harness/program.mjs";
import { Work } from "./work.mjs";

const MICROS_PER_MS = 1000;
/** No event is sent any more when none was for so long: longer than anybody waits before asking for one. */
const QUIET_MS = 500;
/** And not longer than this, whatever is sent. */
const QUIET_MAX_MS = 5000;

const [, , name] = process.argv;
const { system } = await import(`./${name}.mjs`);
const work = new Work(system);

await answerQuestions({
  start: () => work.start(),
  subscribeAll: () => work.subscribeAll(),
  oneByOne: ({ count }) => measured(() => work.oneByOne(count)),
  atOnce: ({ count }) => measured(() => work.atOnce(count)),
  single: ({ count }) => measured(() => work.single(count)),
});
process.exit();

/** What some work took: processor time of all nodes until all is delivered, and what was sent until nothing follows. */
async function measured(doing) {
  const [cpu, before] = [process.cpuUsage(), system.sent()];
  const fate = await doing();
  const { user, system: kernel } = process.cpuUsage(cpu);
  await quiet();
  const after = system.sent();
  const sent = Object.fromEntries(
    Object.keys(after).map((kind) => [kind, after[kind] - before[kind]]),
  );
  return { ...fate, sent, cpuMs: (user + kernel) / MICROS_PER_MS };
}

async function quiet() {
  const endMs = performance.now() + QUIET_MAX_MS;
  for (
    let last = -1;
    last !== system.sent().events && performance.now() < endMs;
  ) {
    last = system.sent().events;
    await pause(QUIET_MS);
  }
}
