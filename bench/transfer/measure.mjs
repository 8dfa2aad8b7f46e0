/**
 * Measures transfers of files between two processes, beside a pipe of `node:net`, beside `cp`, and beside what others
 * send files with.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { loadOf } from "../harness/machine.mjs";
import { startProgram } from "../harness/program.mjs";
import { median } from "../harness/spread.mjs";
import { COMMANDS, missing } from "./commands.mjs";
import { digestOf, LARGE, SMALL, writeFile, writeSmall } from "./sources.mjs";

const PROGRAM = new URL("program.mjs", import.meta.url);
/** The large file, a copy of it, and some room. */
const FREE_BYTES_MIN = 3 * 2 ** 30;

/**
 * What is transferred how; the first of each source is what the others are measured by.
 *
 * @type {{ source: import("./sources.mjs").Source, name: string, kind: string }[]}
 */
const CASES = [
  { source: LARGE, name: "`node:net` pipe, fsync", kind: "raw" },
  { source: LARGE, name: "libp2p stream, fsync", kind: "raw-libp2p" },
  { source: LARGE, name: "`cp`, sync", kind: "cp" },
  { source: LARGE, name: "warpdrive, socket", kind: "socket" },
  { source: LARGE, name: "warpdrive, TLS", kind: "tls" },
  { source: LARGE, name: "warpdrive, libp2p", kind: "libp2p" },
  ...commandCases(LARGE),
  { source: SMALL, name: "`cp -r`", kind: "cp-only" },
  { source: SMALL, name: "`cp -r`, sync", kind: "cp" },
  { source: SMALL, name: "warpdrive, socket", kind: "socket" },
  { source: SMALL, name: "warpdrive, TLS", kind: "tls" },
  { source: SMALL, name: "warpdrive, libp2p", kind: "libp2p" },
  ...commandCases(SMALL),
];

/**
 * @typedef {object} TransferFigures
 * @property {string} source
 * @property {string} name
 * @property {number} files
 * @property {number} bytes
 * @property {number[]} ms of each round, from the request to send until the last byte was safe; of commands from the
 * start of the first one to the end of both
 * @property {number[]} [cpuMs] of the processor, for both sides
 * @property {number[]} [betweenMs] of the processor, for programs between both
 * @property {number} ratio of speeds, to the first case with the source: the median of those of the rounds
 * @property {number} [growthBytes] by how much the receiving process grew at most
 * @property {number} [peakBytes] how large a receiving command was at most
 */

/**
 * @param {"node" | "deno" | "bun"} runtime
 * @param {number} rounds
 * @returns {Promise<{ runtime: string, rounds: number, load: number, transfers: TransferFigures[] }>}
 */
export async function measureTransfers(runtime, rounds) {
  const load = loadOf();
  const folder = mkdtempSync(join(tmpdir(), "warpwire-transfer-"));
  try {
    const digests = writeSources(folder);
    // For the first case as for those after it, see `measureCase`.
    const name = "received-before";
    writeFile(folder, { ...LARGE, name });
    receivedLarge.push(join(folder, name));
    const cases = CASES.filter(isHere).map((one) => ({ ...one, outcomes: [] }));
    for (let round = 0; round < rounds; round++) {
      for (const one of cases) {
        await measureOrSay(one, { runtime, folder, digests, round });
      }
    }
    const whole = cases.filter(({ outcomes }) => outcomes.length === rounds);
    return { runtime, rounds, load, transfers: whole.map((one) => figuresOf(one, whole)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Our commands, and those of others if that is asked for. */
function commandCases(source) {
  const peers = [
    { source, name: "scp", kind: "scp", peer: true },
    { source, name: "rsync, fsync", kind: "rsync", peer: true },
    { source, name: "magic-wormhole", kind: "wormhole", peer: true },
    { source, name: "croc, no compression", kind: "croc", peer: true },
    { source, name: "sendme", kind: "sendme", peer: true },
  ];
  const asked = process.env.BENCH_PEERS === "1" ? peers : [];
  return [{ source, name: "`share`, `receive`", kind: "share" }, ...asked];
}

/** Whether a case can be measured on this machine; says it if not. */
function isHere({ name, kind, peer = false, source }) {
  const lacking = peer ? missing(kind) : [];
  if (lacking.length > 0) process.stderr.write(`  ${name}, ${source.title}: skipped, without ${lacking.join(", ")}\n`);
  return lacking.length === 0;
}

/** Programs of others may fail for reasons of their own: they are left out of the table then. */
async function measureOrSay(one, place) {
  const label = `  ${one.name}, ${one.source.title}`;
  try {
    const outcome = await measureCase(one, place);
    one.outcomes.push(outcome);
    process.stderr.write(`${label}: ${Math.round(outcome.ms)} ms\n`);
  } catch (error) {
    if (!one.peer) throw error;
    process.stderr.write(`${label}: failed: ${error.message}\n`);
  }
}

/** @returns {Record<string, string>} what the received files are compared with */
function writeSources(folder) {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < FREE_BYTES_MIN) {
    throw new Error(
      `Cannot write 3 GiB into ${tmpdir()}: TMPDIR chooses another`,
    );
  }
  writeFile(folder, LARGE);
  writeSmall(folder);
  return Object.fromEntries(
    [LARGE, SMALL].map(({ name }) => [name, digestOf(join(folder, name))]),
  );
}

/** Large files that were received before. @type {string[]} */
const receivedLarge = [];

/** One transfer, checked. @returns {Promise<{ ms: number, cpuMs?: number }>} */
async function measureCase(one, { runtime, folder, digests, round }) {
  const { kind, source: { name } } = one;
  const received = join(folder, `received-${kind}-${name}-${round}`);
  const path = join(folder, name);
  // What was written before is not to be waited for by what is measured.
  execFileSync("sync");
  // Right before, so that what is measured gets memory that was just in use: on a virtual machine, memory that the host
  // has taken back makes a receiver's writes three times as slow.
  for (const large of receivedLarge.splice(0)) rmSync(large, { recursive: true, force: true });
  const outcome = kind.startsWith("cp")
    ? copy(path, received, kind === "cp")
    : kind in COMMANDS
    ? await COMMANDS[kind].transfer({ runtime, path, received, work: `${received}-work` })
    : await transfer(kind, { runtime, folder, received, path, name });
  if (digestOf(join(received, name)) !== digests[name]) {
    throw new Error(`What ${one.name} received is not ${name}`);
  }
  // Small files stay until the end: ext4 is slow to make files for a minute after it has removed many.
  if (one.source === LARGE) receivedLarge.push(received);
  return outcome;
}

function copy(path, received, synced) {
  mkdirSync(received);
  const startMs = performance.now();
  execFileSync("cp", ["-r", path, received]);
  if (synced) execFileSync("sync", ["-f", received]);
  return { ms: performance.now() - startMs };
}

/** Both ends are new processes, as where people send something. */
export async function transfer(kind, { runtime, folder, received, path, name, through }) {
  const sender = startProgram(runtime, PROGRAM, [kind, join(folder, `sender-${kind}`)]);
  const receiver = startProgram(runtime, PROGRAM, [kind, received]);
  try {
    await sender.ask("start");
    const at = await receiver.ask("start");
    const to = await through?.(at, receiver) ?? at;
    const before = await receiver.ask("watchMemory");
    const cpuMs = async () => await sender.ask("cpuMs") + await receiver.ask("cpuMs");
    const cpuBefore = await cpuMs();
    const startMs = performance.now();
    await Promise.all([receiver.ask("receive", { name }), sender.ask("send", { to, path })]);
    const ms = performance.now() - startMs;
    return { ms, cpuMs: await cpuMs() - cpuBefore, growthBytes: await receiver.ask("peakMemory") - before };
  } finally {
    await Promise.all([sender.end(), receiver.end()]);
    for (const data of [`${received}-data`, join(folder, `sender-${kind}-data`)]) {
      rmSync(data, { recursive: true, force: true });
    }
  }
}

/** @returns {TransferFigures} */
function figuresOf({ source, name, outcomes }, cases) {
  const { title, files, bytes } = source;
  const base = cases.find((one) => one.source === source);
  const all = (key) => outcomes[0][key] === undefined ? undefined : outcomes.map((outcome) => outcome[key]);
  const most = (key) => all(key) === undefined ? undefined : Math.max(...all(key));
  return {
    ...{ source: title, name, files, bytes, ms: all("ms"), cpuMs: all("cpuMs"), betweenMs: all("betweenMs") },
    ratio: median(outcomes.map(({ ms }, round) => base.outcomes[round].ms / ms)),
    growthBytes: most("growthBytes"),
    peakBytes: most("peakBytes"),
  };
}
