/**
 * Measures publish/subscribe: networks of fifty nodes, each network in a process of its own.
 *
 * @module
 */

import process from "node:process";
import { loadOf } from "../harness/machine.mjs";
import { startProgram } from "../harness/program.mjs";
import { median, quantile } from "../harness/spread.mjs";
import { CONNECTIONS, EVENT_CHARS, NODES, SINGLE_TOPICS, SLICE_EVENTS, SLICES, WARM_SLICES } from "./work.mjs";

const PROGRAM = new URL("program.mjs", import.meta.url);
/** By the name of the file; the peers are measured on Node. */
const SYSTEMS = [{ name: "warpwire" }, { name: "gossipsub", only: "node" }];
const KINDS = ["oneByOne", "atOnce", "single"];

/**
 * What events of one kind came to.
 *
 * @typedef {object} KindFigures
 * @property {number} expected deliveries
 * @property {number} delivered
 * @property {number} twice
 * @property {number | null} median milliseconds of a delivery; null if there was none
 * @property {number | null} p95
 * @property {number | null} events messages with the event, for a delivery: the median of slices
 * @property {number | null} messages all messages, likewise
 * @property {number | null} bytes of all messages, likewise
 * @property {number} cpuMs of all nodes together, for an event: the median of slices
 */

/**
 * @typedef {object} PubSubFigures
 * @property {string} name
 * @property {KindFigures} oneByOne events to all, one after the other
 * @property {KindFigures} atOnce events to all, all at once
 * @property {KindFigures} single events to one subscriber
 */

/**
 * @param {"node" | "deno" | "bun"} runtime
 * @param {number} rounds each of them with new processes
 * @returns {Promise<{ runtime: string, rounds: number, load: number, nodes: number, connections: number,
 *   eventChars: number, sliceEvents: number, figures: PubSubFigures[] }>}
 */
export async function measurePubSub(runtime, rounds) {
  const load = loadOf();
  const records = SYSTEMS.filter(({ only = runtime }) => only === runtime).map((
    { name },
  ) => ({
    name,
    ...Object.fromEntries(KINDS.map((kind) => [kind, []])),
  }));
  for (let round = 0; round < rounds; round++) {
    await measureRound(runtime, records, round);
    process.stderr.write(`  round ${round + 1} of ${rounds}\n`);
  }
  const figures = records.map(({ name, ...kinds }) => ({
    name,
    ...Object.fromEntries(KINDS.map((kind) => [kind, figuresOf(kinds[kind])])),
  }));
  const work = {
    nodes: NODES,
    connections: CONNECTIONS,
    eventChars: EVENT_CHARS,
    sliceEvents: SLICE_EVENTS,
  };
  return { runtime, rounds, load, ...work, figures };
}

/** One round: all networks are there at the same time, and have their turns. */
async function measureRound(runtime, records, round) {
  const networks = records.map((record) => ({
    record,
    program: startProgram(runtime, PROGRAM, [record.name]),
  }));
  try {
    for (const { program } of networks) await program.ask("start");
    await Promise.all(
      networks.map(({ program }) => program.ask("subscribeAll")),
    );
    for (let slice = -WARM_SLICES; slice < SLICES - WARM_SLICES; slice++) {
      for (
        const { record, program } of inTurn(
          networks,
          round + slice + WARM_SLICES,
        )
      ) {
        for (const kind of ["oneByOne", "atOnce"]) {
          const part = await program.ask(kind, { count: SLICE_EVENTS });
          if (slice >= 0) record[kind].push(part);
        }
      }
    }
    for (const { record, program } of inTurn(networks, round)) {
      record.single.push(await program.ask("single", { count: SINGLE_TOPICS }));
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

/** @returns {KindFigures} */
function figuresOf(parts) {
  const sum = (property) => parts.reduce((total, part) => total + part[property], 0);
  const ms = parts.flatMap((part) => part.ms);
  const some = parts.filter((part) => part.ms.length > 0);
  const each = (kind) => some.length === 0 ? null : median(some.map((part) => part.sent[kind] / part.ms.length));
  return {
    ...{ expected: sum("expected"), delivered: ms.length, twice: sum("twice") },
    ...{
      median: ms.length === 0 ? null : median(ms),
      p95: ms.length === 0 ? null : quantile(ms, 0.95),
    },
    ...{
      events: each("events"),
      messages: each("messages"),
      bytes: each("bytes"),
    },
    cpuMs: median(parts.map((part) => part.cpuMs / part.events)),
  };
}
