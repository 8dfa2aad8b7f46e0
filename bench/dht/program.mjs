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
/** What runs before: with fewer nodes, each would hold every value. */
const SMALL_NODES = 30;
const SMALL_CALLS = 20;
/** Objects that are together larger than all the room for new ones. */
const YOUNG_OBJECTS = 5_000_000;

const [, , name] = process.argv;
const { system } = await import(`./${name}.mjs`);
let work = new Work(system);
/** So that objects are made at all. */
let _newest;

await answerQuestions({
  /** Runs a small network and stops it, so that code and what the first nodes bring don't count as the others' memory. */
  async prepare() {
    await work.join(SMALL_NODES);
    await work.put(SMALL_CALLS);
    await work.get(await work.drawGets(SMALL_CALLS));
    await work.stop(1);
    work = new Work(system);
    fillYoungHeap();
  },
  join: ({ count }) => measured(async () => ({ ms: await work.join(count) })),
  put: ({ count }) => measured(async () => ({ ms: await work.put(count) })),
  async get({ count }) {
    const gets = await work.drawGets(count);
    return await measured(() => work.get(gets));
  },
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

/** Writes to all the room that V8 has for new objects, which the system else would give it bit by bit. */
function fillYoungHeap() {
  for (let n = 0; n < YOUNG_OBJECTS; n++) _newest = { n };
}

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
