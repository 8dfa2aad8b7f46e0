/**
 * Measures hash tables: networks of real UDP nodes on the loopback interface, each network in a process of its own.
 *
 * @module
 */

import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { loadOf } from "../harness/machine.mjs";
import { startProgram } from "../harness/program.mjs";
import { median, quantile } from "../harness/spread.mjs";
import {
  GETS_AFTER,
  NETWORKS,
  SLICE_GETS,
  SLICE_PUTS,
  SLICES,
  STOPPED_SHARE,
  VALUE_BYTES,
  WARM_SLICES,
} from "./work.mjs";

const PROGRAM = new URL("program.mjs", import.meta.url);
/** By the name of the file; the peers are measured on Node. */
const SYSTEMS = [{ name: "warpwire" }, { name: "dht-rpc", only: "node" }, { name: "bittorrent-dht", only: "node" }];
const MIB = 2 ** 20;
/** What nodes that have just joined still say to each other would count as what the first calls cost. */
const SETTLE_MS = 8000;
/**
 * The room for new objects is as large as it gets from the beginning, in MiB. Else V8 makes it larger early in one run
 * and late in another, by up to 160 KiB for each of 200 nodes.
 */
const V8_FLAGS = ["--min-semi-space-size=16"];

/**
 * Milliseconds that calls took.
 *
 * @typedef {object} Times
 * @property {number} median
 * @property {number} p95
 * @property {number} cpuMs of all nodes together, for one call
 * @property {number} datagrams that all nodes sent, requests and answers, for one call
 */

/**
 * @typedef {object} DhtFigures
 * @property {string} name
 * @property {number} nodes
 * @property {{ ms: number, datagrams: number }} join of one node
 * @property {{ rss: number, heap: number }} memory MiB by which one node makes the process, and its heap, larger
 * @property {Times} put
 * @property {Times} get
 * @property {Times} after gets when a part of the nodes has just stopped
 * @property {{ asked: number, found: number }} before
 * @property {{ asked: number, found: number }} afterwards
 */

/**
 * @param {"node" | "deno" | "bun"} runtime
 * @param {number} rounds each of them with new processes
 * @returns {Promise<{ runtime: string, rounds: number, load: number, valueBytes: number, figures: DhtFigures[] }>}
 */
export async function measureDht(runtime, rounds) {
  const load = loadOf();
  const systems = SYSTEMS.filter(({ only = runtime }) => only === runtime).map(({ name }) => name);
  const records = NETWORKS.flatMap((nodes) => systems.map((name) => newRecord(name, nodes)));
  for (let round = 0; round < rounds; round++) {
    for (const nodes of NETWORKS) {
      await measureNetworks(runtime, records.filter((record) => record.nodes === nodes), round);
      process.stderr.write(`  ${nodes} nodes, round ${round + 1} of ${rounds}\n`);
    }
  }
  return { runtime, rounds, load, valueBytes: VALUE_BYTES, figures: records.map(figuresOf) };
}

function newRecord(name, nodes) {
  return { name, nodes, join: [], rss: [], heap: [], put: [], get: [], after: [] };
}

/** One round: a network of each system, all there at the same time and asked in turns. */
async function measureNetworks(runtime, records, round) {
  const networks = records.map((record) => ({
    record,
    program: startProgram(runtime, PROGRAM, [record.name], V8_FLAGS),
  }));
  try {
    for (const network of networks) await measureJoin(network);
    await setTimeout(SETTLE_MS);
    for (let slice = -WARM_SLICES; slice < SLICES - WARM_SLICES; slice++) {
      for (const { record, program } of inTurn(networks, round + slice + WARM_SLICES)) {
        const put = await program.ask("put", { count: SLICE_PUTS });
        const get = await program.ask("get", { count: SLICE_GETS });
        if (slice < 0) continue;
        record.put.push(put);
        record.get.push(get);
      }
    }
    for (const { record, program } of inTurn(networks, round)) {
      await program.ask("stop", { share: STOPPED_SHARE });
      record.after.push(await program.ask("get", { count: GETS_AFTER }));
    }
  } finally {
    await Promise.all(networks.map(({ program }) => program.end()));
  }
}

/** Each time in another order, so that none always follows the same one. */
function inTurn(networks, turn) {
  const first = turn % networks.length;
  return [...networks.slice(first), ...networks.slice(0, first)];
}

async function measureJoin({ record, program }) {
  await program.ask("prepare");
  const before = await program.ask("memory");
  record.join.push(await program.ask("join", { count: record.nodes }));
  const after = await program.ask("memory");
  for (const kind of ["rss", "heap"]) record[kind].push((after[kind] - before[kind]) / record.nodes / MIB);
}

/** @returns {DhtFigures} */
function figuresOf({ name, nodes, join, rss, heap, put, get, after }) {
  const { datagrams, median: ms } = timesOf(join);
  return {
    ...{ name, nodes, join: { ms, datagrams } },
    memory: { rss: median(rss), heap: median(heap) },
    ...{ put: timesOf(put), get: timesOf(get), after: timesOf(after) },
    ...{ before: foundOf(get), afterwards: foundOf(after) },
  };
}

/** @returns {Times} */
function timesOf(parts) {
  const ms = parts.flatMap((part) => part.ms);
  const each = (property) => parts.reduce((sum, part) => sum + part[property], 0) / ms.length;
  return { median: median(ms), p95: quantile(ms, 0.95), cpuMs: each("cpuMs"), datagrams: each("datagrams") };
}

function foundOf(parts) {
  return {
    asked: parts.reduce((sum, { ms }) => sum + ms.length, 0),
    found: parts.reduce((sum, { found }) => sum + found, 0),
  };
}
