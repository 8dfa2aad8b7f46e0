/**
 * The process of a swarm.
 *
 * @module
 */

import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { startSwarm } from "../../dist/src/user-api/mod.js";
import { answerQuestions } from "../harness/program.mjs";

const MICROS_PER_MS = 1000;
const MIB = 2 ** 20;
/** What begins with the nodes is over after this time. */
const SETTLE_MS = 3000;

await answerQuestions({
  async start({ count }) {
    const startMs = performance.now();
    await startSwarm({ nodes: count });
    return { readyMs: performance.now() - startMs };
  },
  /** Memory of the process, and its processor time when nothing is asked of it. */
  async idle({ ms }) {
    await pause(SETTLE_MS);
    const [cpu, startMs] = [process.cpuUsage(), performance.now()];
    await pause(ms);
    const { user, system } = process.cpuUsage(cpu);
    const share = (user + system) / MICROS_PER_MS /
      (performance.now() - startMs);
    return { mib: process.memoryUsage().rss / MIB, idleShare: share };
  },
});
process.exit();
