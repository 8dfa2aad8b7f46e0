/**
 * One of the processes: the astral node, the end that listens, the end that asks, or both ends.
 *
 * @module
 */

import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { answerQuestions } from "../harness/program.mjs";
import { astralNode, subjectOf } from "./make-subject.mjs";
import { PIECE_BYTES } from "./work.mjs";

/** Garbage is collected so often, with time between, until what ends in the background has ended and memory is back. */
const COLLECTIONS = 6;
const SETTLE_MS = 100;
const NS_PER_MS = 1e6;

const [, , name, folder] = process.argv;
const piece = new Uint8Array(PIECE_BYTES).map((_, index) => index * 31);
/** What has to be stopped at the end. @type {{ stop: () => unknown }[]} */
const running = [];
/** Connections that are held, idle. */
let held = [];
let subject;
let address;
let client;
let sender;
let caller;

await answerQuestions({
  async node({ protocol }) {
    const node = await astralNode(protocol);
    running.push(node);
    return node.addresses()[0];
  },
  async serve({ nodeAddress }) {
    subject = subjectOf(name, { folder, nodeAddress });
    const server = await subject.serve();
    running.push(server);
    return server.address;
  },
  async dial({ server, nodeAddress }) {
    subject ??= subjectOf(name, { folder, nodeAddress });
    address = server;
    client = await subject.dial(address);
    running.push(client);
    sender = await client.sender();
    caller = await client.caller();
  },
  /** Sends so many bytes; milliseconds until the other side has them. */
  async send({ count }) {
    const startMs = performance.now();
    await sender.send(count, piece);
    return performance.now() - startMs;
  },
  /** Requests on the stream that is open; nanoseconds each. */
  async callOpen({ count }) {
    const times = [];
    for (let n = 0; n < count; n++) {
      const startMs = performance.now();
      await caller.call();
      times.push(since(startMs));
    }
    return times;
  },
  /** Requests on a stream for each, from opening it to the answer; nanoseconds each. */
  async callFresh({ count }) {
    const times = [];
    for (let n = 0; n < count; n++) {
      const startMs = performance.now();
      const fresh = await client.caller();
      await fresh.call();
      times.push(since(startMs));
      await fresh.close();
    }
    return times;
  },
  /** As {@link callFresh}, so many at a time, and each to its end; how many a second, and how many have failed. */
  async callMany({ count, atOnce }) {
    let left = count;
    let failed = 0;
    const callAll = async () => {
      while (left-- > 0) {
        try {
          const fresh = await client.caller();
          await fresh.call();
          await fresh.close();
        } catch {
          failed += 1;
        }
      }
    };
    const startMs = performance.now();
    await Promise.all(Array.from({ length: atOnce }, callAll));
    return { perSecond: count / (performance.now() - startMs) * 1000, failed };
  },
  /** Opens connections, each used once, and keeps them. */
  async hold({ count, hostEach }) {
    for (let n = 0; n < count; n++) {
      const own = hostEach ? await subject.dial(address) : client;
      const one = await own.caller();
      await one.call();
      held.push(async () => {
        await one.close();
        if (hostEach) await own.stop();
      });
    }
  },
  async letGo() {
    for (const release of held) await release();
    held = [];
  },
  async memory() {
    for (let n = 0; n < COLLECTIONS; n++) {
      await pause(SETTLE_MS);
      globalThis.gc?.();
    }
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rss, heap: heapUsed + external };
  },
});
for (const one of running.reverse()) await one.stop();
process.exit();

function since(startMs) {
  return Math.round((performance.now() - startMs) * NS_PER_MS);
}
