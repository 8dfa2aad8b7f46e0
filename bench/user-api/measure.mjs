/**
 * Measures the user API: how many calls a second a server answers over one connection, beside the same server without
 * the API; and what a swarm of nodes takes.
 *
 * @module
 */

import process from "node:process";
import { loadOf } from "../harness/machine.mjs";
import { startProgram } from "../harness/program.mjs";
import { median } from "../harness/spread.mjs";
import { IDLE_MS, IN_FLIGHT, SLICE_MS, SLICES, SWARM_NODES, WARM_SLICES, WAYS } from "./work.mjs";

const SERVER = new URL("server.mjs", import.meta.url);
const CLIENT = new URL("client.mjs", import.meta.url);
const SWARM = new URL("swarm.mjs", import.meta.url);
const [OURS, BARE] = ["warpwire", "bare"];

/**
 * @typedef {object} WayFigures
 * @property {string} name
 * @property {number} calls of a request
 * @property {number} ours calls a second: the median of slices
 * @property {number} bare likewise, of a server that sends back what comes
 * @property {number} ratio of ours to the bare one's within a slice: the median
 */

/**
 * @typedef {object} SwarmFigures
 * @property {number} nodes
 * @property {number} readyMs until all have joined: the median of rounds, as all that follow
 * @property {number} mib of the process
 * @property {number} idleShare of a core, when nothing is asked of it
 */

/**
 * @param {"node" | "deno" | "bun"} runtime
 * @param {number} rounds each of them with new processes
 * @returns {Promise<{ runtime: string, rounds: number, load: number, inFlight: number, ways: WayFigures[],
 *   swarm: SwarmFigures }>}
 */
export async function measureUserApi(runtime, rounds) {
  const load = loadOf();
  const records = WAYS.map((way) => ({ way, ours: [], bare: [] }));
  const swarms = [];
  for (let round = 0; round < rounds; round++) {
    await measureCalls(runtime, records);
    swarms.push(await measureSwarm(runtime));
    process.stderr.write(`  round ${round + 1} of ${rounds}\n`);
  }
  const ofSwarms = (property) => median(swarms.map((swarm) => swarm[property]));
  return {
    ...{ runtime, rounds, load, inFlight: IN_FLIGHT },
    ways: records.map(figuresOf),
    swarm: {
      nodes: SWARM_NODES,
      readyMs: ofSwarms("readyMs"),
      mib: ofSwarms("mib"),
      idleShare: ofSwarms("idleShare"),
    },
  };
}

/** One round: both servers are there at the same time, and are called in turns by one client. */
async function measureCalls(runtime, records) {
  const servers = [OURS, BARE].map((name) => ({
    name,
    program: startProgram(runtime, SERVER, [name]),
  }));
  const client = startProgram(runtime, CLIENT, ["client"]);
  try {
    for (const server of servers) {
      server.port = await server.program.ask("serve");
    }
    for (const { way, ours, bare } of records) {
      for (let slice = -WARM_SLICES; slice < SLICES - WARM_SLICES; slice++) {
        const rates = {};
        for (
          const { name, port } of slice % 2 === 0 ? servers : servers.toReversed()
        ) {
          rates[name] = await callsPerSecond(client, way, port);
        }
        if (slice < 0) continue;
        ours.push(rates[OURS]);
        bare.push(rates[BARE]);
      }
    }
  } finally {
    await client.end();
    await Promise.all(servers.map(({ program }) => program.end()));
  }
}

async function callsPerSecond(client, { over, request, calls }, port) {
  const asked = { over, port, request, inFlight: IN_FLIGHT, sliceMs: SLICE_MS };
  const { requests, ms, answer } = await client.ask("call", asked);
  // An answer that is none would be quick.
  const answers = [JSON.parse(answer)].flat();
  if (
    answers.length !== calls || answers.some(({ error }) => error !== undefined)
  ) {
    throw new Error(`To ${calls} calls a server answers "${answer}"`);
  }
  return requests * calls / ms * 1000;
}

async function measureSwarm(runtime) {
  const program = startProgram(runtime, SWARM, ["swarm"]);
  try {
    const { readyMs } = await program.ask("start", { count: SWARM_NODES });
    return { readyMs, ...await program.ask("idle", { ms: IDLE_MS }) };
  } finally {
    await program.end();
  }
}

/** @returns {WayFigures} */
function figuresOf({ way: { name, calls }, ours, bare }) {
  const ratios = ours.map((rate, slice) => rate / bare[slice]);
  return {
    name,
    calls,
    ours: median(ours),
    bare: median(bare),
    ratio: median(ratios),
  };
}
