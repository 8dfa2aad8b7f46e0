/**
 * Measures transfers over distance: a file through a proxy that is late, and loses packets.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { loadOf } from "../harness/machine.mjs";
import { COMMANDS, missing } from "../transfer/commands.mjs";
import { transfer } from "../transfer/measure.mjs";
import { digestOf, writeFile } from "../transfer/sources.mjs";
import { startProxy } from "./proxy.mjs";

const MIB = 2 ** 20;
const LINE_MIB = Number(process.env.BENCH_LINE_MIB ?? 256);

/** Lines, and how much goes over them: with loss, TCP is slow. */
const LINES = [
  { roundTripMs: 20, loss: 0, bytes: LINE_MIB * MIB },
  { roundTripMs: 100, loss: 0, bytes: LINE_MIB * MIB },
  { roundTripMs: 50, loss: 0.01, bytes: Math.max(1, LINE_MIB / 64) * MIB },
];

/** What is sent how; programs of others if that is asked for. */
const CASES = [
  { name: "`node:net` pipe, fsync", kind: "raw" },
  { name: "`share`, `receive`: TLS", kind: "share" },
  { name: "warpdrive, libp2p", kind: "libp2p" },
  ...(process.env.BENCH_PEERS === "1" ? [{ name: "scp", kind: "scp" }] : []),
];

/** How addresses lead through a proxy; the address of a pipe is a port, that of a node a peer. */
const THROUGH = {
  raw: async (at, lead) => ({ ...at, port: await lead(at.port) }),
  libp2p: async (at, lead) => {
    const [, port] = /:(\d+)$/.exec(at.addresses[0]);
    return { ...at, addresses: [`tcp:127.0.0.1:${await lead(Number(port))}`] };
  },
};

/**
 * @typedef {object} LineFigures
 * @property {number} roundTripMs
 * @property {number} loss
 * @property {string} name
 * @property {number} bytes
 * @property {number[]} ms of each round, of commands from the start of the receiver
 * @property {number[]} cpuMs of each round, for both sides
 */

/**
 * @param {"node" | "deno" | "bun"} runtime
 * @param {number} rounds
 * @returns {Promise<{ runtime: string, rounds: number, load: number, transfers: LineFigures[] }>}
 */
export async function measureLines(runtime, rounds) {
  const load = loadOf();
  const folder = mkdtempSync(join(tmpdir(), "warpwire-line-"));
  const transfers = [];
  try {
    for (const line of LINES) {
      const file = { name: "file", bytes: line.bytes };
      writeFile(folder, file);
      const digest = digestOf(join(folder, file.name));
      for (const { name, kind } of CASES) {
        const lacking = kind in COMMANDS ? missing(kind) : [];
        if (lacking.length > 0) {
          process.stderr.write(`  ${name}: skipped, without ${lacking.join(", ")}\n`);
          continue;
        }
        const outcomes = [];
        for (let round = 0; round < rounds; round++) {
          outcomes.push(await measureCase(kind, line, { runtime, folder, file, digest }));
          process.stderr.write(`  ${name}, ${line.roundTripMs} ms: ${Math.round(outcomes.at(-1).ms)} ms\n`);
        }
        const ms = outcomes.map((outcome) => outcome.ms - (outcome.readyMs ?? 0));
        transfers.push({ ...line, name, ms, cpuMs: outcomes.map((outcome) => outcome.cpuMs) });
      }
    }
    return { runtime, rounds, load, transfers };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureCase(kind, line, { runtime, folder, file: { name }, digest }) {
  const proxies = [];
  const lead = async (port) => {
    const proxy = await startProxy(port, line);
    proxies.push(proxy);
    return proxy.port;
  };
  const received = join(folder, "received");
  const path = join(folder, name);
  execFileSync("sync");
  try {
    const outcome = kind in COMMANDS
      ? await COMMANDS[kind].transfer({ runtime, path, received, work: join(folder, "work"), through: lead })
      : await transfer(kind, { runtime, folder, received, path, name, through: (at) => THROUGH[kind](at, lead) });
    if (proxies.length === 0) throw new Error(`Nothing of "${kind}" has gone over the line`);
    if (digestOf(join(received, name)) !== digest) throw new Error(`What "${kind}" received is not the file`);
    return outcome;
  } finally {
    for (const proxy of proxies) proxy.stop();
    for (const each of [received, join(folder, "work")]) rmSync(each, { recursive: true, force: true });
  }
}
