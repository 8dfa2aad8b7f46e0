/**
 * The process of one system: all nodes of a network.
 *
 * @module
 */

import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { answerQuestions } from "../harness/program.mjs";
import { Work } from "./work.mjs";

/** Before memory is looked at, garbage is collected so often, with time between for what ends in the background. */
const COLLECTIONS = 4;
const SETTLE_MS = 50;
const MICROS_PER_MS = 1000;

const [, , name] = process.argv;
const { system } = await import(`./${name}.mjs`);
let work = new Work(system);

await answerQuestions({
  /** Runs a small network and stops it, so that code and what the first node brings don't count as the nodes' memory. */
  async prepare() {
    await work.join(3);
    await work.put(2);
    await work.stop(1);
    work = new Work(system);
  },
  join: ({ count }) => measured(async () => ({ ms: await work.join(count) })),
  put: ({ count }) => measured(async () => ({ ms: await work.put(count) })),
  get: ({ count }) => measured(() => work.get(count)),
  stop: ({ share }) => work.stop(share),
  /** Bytes of this process, and of its heap with what belongs to it. */
  async memory() {
    for (let n = 0; n < COLLECTIONS; n++) {
      await pause(SETTLE_MS);
      globalThis.gc?.();
    }
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rss, heap: heapUsed + external };
  },
});
process.exit();

/** What some work took: processor time of all nodes, and datagrams, with those that are under way when it is done. */
async function measured(doing) {
  const [cpu, before] = [process.cpuUsage(), system.datagrams()];
  const done = await doing();
  const { user, system: kernel } = process.cpuUsage(cpu);
  await quiet();
  return { ...done, cpuMs: (user + kernel) / MICROS_PER_MS, datagrams: system.datagrams() - before };
}

async function quiet() {
  for (let last = -1; last !== system.datagrams();) {
    last = system.datagrams();
    await pause(SETTLE_MS);
  }
}
