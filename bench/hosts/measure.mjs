/**
 * Measures every host beside the runtime's own sockets: both ends in processes of their own, all in turns.
 *
 * @module
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { loadOf } from "../harness/machine.mjs";
import { startProgram } from "../harness/program.mjs";
import { median, quantile } from "../harness/spread.mjs";
import { subjects } from "./subjects.mjs";
import { PIECE_BYTES } from "./work.mjs";

const PROGRAM = new URL("program.mjs", import.meta.url);
/** How long one subject sends in a round, in milliseconds; how much that is, its last round says. */
const SLICE_MS = 300;
const FIRST_BYTES = 8 * 1024 * 1024;
const SLICE_BYTES_MAX = 1024 * 1024 * 1024;
const OPEN_CALLS = 250;
const FRESH_CALLS = 50;
/** Requests on streams of their own, one by one and so many at once. */
const MANY_CALLS = [{ count: 50, atOnce: 1 }, { count: 320, atOnce: 32 }];
/** How often all programs are started anew: how fast one is depends on where it happens to have its memory. */
const STARTS = 5;
/** Rounds after each start that only warm up and find out how much to send. */
const WARM_ROUNDS = 2;
/** So many times as many requests at once as later: until then the runtime still compiles what they need. */
const WARM_TIMES = 6;
/** Idle connections that are opened before, so that what a first one brings does not count. */
const IDLE_FIRST = 40;
const IDLE = 200;
/** Hosts are larger. */
const IDLE_HOSTS = 40;

/**
 * @typedef {object} Memory bytes that one idle connection takes in a process
 * @property {number} rss
 * @property {number} heap
 */

/**
 * @typedef {object} HostFigures
 * @property {string} name
 * @property {number} [bytesPerSecond] median of the rounds
 * @property {number} [ratio] to the baseline, the median of those of the rounds
 * @property {{ median: number, p99: number }} [open] nanoseconds of a request on an open stream
 * @property {{ median: number, p99: number }} [fresh] nanoseconds of a request on a stream of its own
 * @property {number[]} [perSecond] such requests, each to its end: one by one, and 32 at once; medians of the rounds
 * @property {number} [failed] how many of them failed
 * @property {number} idle connections held
 * @property {{ client: Memory, server?: Memory, node?: Memory }} memory
 */

/**
 * @param {"node" | "deno" | "bun"} runtime
 * @param {number} rounds
 * @returns {Promise<{ runtime: string, rounds: number, load: number, hosts: HostFigures[] }>}
 */
export async function measureHosts(runtime, rounds) {
  const load = loadOf();
  const records = subjects.map((info) => ({
    info,
    bytesPerSecond: [],
    open: [],
    fresh: [],
    many: MANY_CALLS.map(() => []),
  }));
  for (let start = 0; start < STARTS; start++) {
    await measureStart(runtime, records, {
      first: start === 0,
      rounds: Math.ceil(rounds / STARTS),
    });
    process.stderr.write(`  start ${start + 1} of ${STARTS}\n`);
  }
  return {
    runtime,
    rounds,
    load,
    hosts: records.map((record) => figuresOf(record, records)),
  };
}

/** Some rounds with programs of their own, and with the first ones idle connections. */
async function measureStart(runtime, records, { first, rounds }) {
  const folder = mkdtempSync(join(tmpdir(), "warpwire-hosts-"));
  const pairs = [];
  try {
    for (const record of records) {
      if (first || !record.info.hostEach) {
        pairs.push(await startPair(runtime, folder, record));
      }
    }
    // Before all else, because a process that has garbage behind it has room for connections.
    if (first) { for (const pair of pairs) await measureIdle(pair); }
    const timed = pairs.filter(({ record }) => !record.info.hostEach);
    for (let round = -WARM_ROUNDS; round < rounds; round++) {
      // Each round in another order, so that none always follows the same one.
      for (let n = 0; n < timed.length; n++) {
        await measureRound(
          timed[(n + round + WARM_ROUNDS) % timed.length],
          round >= 0,
        );
      }
    }
  } finally {
    for (const { programs } of pairs) {
      await Promise.all(
        Object.values(programs).map((program) => program.end()),
      );
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts the processes of a subject and connects them. */
async function startPair(runtime, folder, record) {
  const { info } = record;
  const start = () => startProgram(runtime, PROGRAM, [info.name, folder]);
  const client = start();
  const programs = {
    client,
    ...(!info.together && { server: start() }),
    ...(info.astral && { node: start() }),
  };
  const nodeAddress = await programs.node?.ask("node", {
    protocol: info.astral,
  });
  const server = await (programs.server ?? client).ask("serve", {
    nodeAddress,
  });
  await client.ask("dial", { server, nodeAddress });
  return { record, programs, count: FIRST_BYTES };
}

async function measureRound(pair, counts) {
  const { client } = pair.programs;
  const bytesPerSecond = pair.count /
    await client.ask("send", { count: pair.count }) * 1000;
  const open = await client.ask("callOpen", { count: OPEN_CALLS });
  const fresh = await client.ask("callFresh", { count: FRESH_CALLS });
  const many = [];
  for (const { count, atOnce } of MANY_CALLS) {
    many.push(await client.ask("callMany", { count: counts ? count : WARM_TIMES * count, atOnce }));
  }
  const count = Math.min(bytesPerSecond * SLICE_MS / 1000, SLICE_BYTES_MAX);
  pair.count = Math.ceil(count / PIECE_BYTES) * PIECE_BYTES;
  if (!counts) return;
  pair.record.bytesPerSecond.push(bytesPerSecond);
  pair.record.open.push(...open);
  pair.record.fresh.push(...fresh);
  many.forEach((one, index) => pair.record.many[index].push(one));
}

/** Holds idle connections, and looks by how much each process grows. */
async function measureIdle(pair) {
  const { client } = pair.programs;
  const { info: { hostEach = false } } = pair.record;
  const idle = hostEach ? IDLE_HOSTS : IDLE;
  await client.ask("hold", { count: hostEach ? 5 : IDLE_FIRST, hostEach });
  const before = await askAll(pair.programs, "memory");
  await client.ask("hold", { count: idle, hostEach });
  const after = await askAll(pair.programs, "memory");
  await client.ask("letGo");
  pair.record.idle = idle;
  pair.record.memory = Object.fromEntries(
    Object.entries(after).map(([role, { rss, heap }]) => [role, {
      rss: (rss - before[role].rss) / idle,
      heap: (heap - before[role].heap) / idle,
    }]),
  );
}

async function askAll(programs, question) {
  const answers = Object.entries(programs).map(async (
    [role, program],
  ) => [role, await program.ask(question)]);
  return Object.fromEntries(await Promise.all(answers));
}

/** @returns {HostFigures} */
function figuresOf(
  { info, bytesPerSecond, open, fresh, many, idle, memory },
  records,
) {
  if (info.hostEach) return { name: info.name, idle, memory };
  const base = records.find(({ info: { name } }) => name === (info.baseline ?? info.name))
    .bytesPerSecond;
  return {
    name: info.name,
    bytesPerSecond: median(bytesPerSecond),
    // Both were measured within the same few seconds.
    ratio: median(bytesPerSecond.map((value, round) => value / base[round])),
    open: { median: median(open), p99: quantile(open, 0.99) },
    fresh: { median: median(fresh), p99: quantile(fresh, 0.99) },
    perSecond: many.map((all) => median(all.map(({ perSecond }) => perSecond))),
    failed: many.flat().reduce((sum, { failed }) => sum + failed, 0),
    idle,
    memory,
  };
}
