/**
 * Measures transfers of files between two processes, beside a pipe of `node:net` and beside `cp`.
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
import { digestOf, LARGE, SMALL, writeLarge, writeSmall } from "./sources.mjs";

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
  { source: LARGE, name: "warpdrive, libp2p", kind: "libp2p" },
  { source: SMALL, name: "`cp -r`", kind: "cp-only" },
  { source: SMALL, name: "`cp -r`, sync", kind: "cp" },
  { source: SMALL, name: "warpdrive, socket", kind: "socket" },
  { source: SMALL, name: "warpdrive, libp2p", kind: "libp2p" },
];

/**
 * @typedef {object} TransferFigures
 * @property {string} source
 * @property {string} name
 * @property {number} files
 * @property {number} bytes
 * @property {number[]} ms of each round, from the request to send until the last byte was safe
 * @property {number} ratio of speeds, to the first case with the source: the median of those of the rounds
 * @property {number} [peakBytes] by how much the receiving process grew at most
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
    const cases = CASES.map((one) => ({ ...one, ms: [], peaks: [] }));
    for (let round = 0; round < rounds; round++) {
      for (const one of cases) {
        one.ms.push(await measureCase(one, { runtime, folder, digests, round }));
        process.stderr.write(
          `  ${one.name}, ${one.source.title}: ${Math.round(one.ms.at(-1))} ms\n`,
        );
      }
    }
    return { runtime, rounds, load, transfers: cases.map((one) => figuresOf(one, cases)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
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
  writeLarge(folder);
  writeSmall(folder);
  return Object.fromEntries(
    [LARGE, SMALL].map(({ name }) => [name, digestOf(join(folder, name))]),
  );
}

/** One transfer, checked. @returns {Promise<number>} milliseconds */
async function measureCase(one, { runtime, folder, digests, round }) {
  const { kind, source: { name } } = one;
  const received = join(folder, `received-${kind}-${name}-${round}`);
  const path = join(folder, name);
  // What was written before is not to be waited for by what is measured.
  execFileSync("sync");
  const ms = kind.startsWith("cp")
    ? copy(path, received, kind === "cp")
    : await transfer(one, { runtime, folder, received, path });
  if (digestOf(join(received, name)) !== digests[name]) {
    throw new Error(`What ${one.name} received is not ${name}`);
  }
  // Small files stay until the end: ext4 is slow to make files for a minute after it has removed many.
  if (one.source === LARGE) rmSync(received, { recursive: true, force: true });
  return ms;
}

function copy(path, received, synced) {
  mkdirSync(received);
  const startMs = performance.now();
  execFileSync("cp", ["-r", path, received]);
  if (synced) execFileSync("sync", ["-f", received]);
  return performance.now() - startMs;
}

/** Both ends are new processes, as where people send something. */
async function transfer(
  { kind, peaks, source: { name } },
  { runtime, folder, received, path },
) {
  const sender = startProgram(runtime, PROGRAM, [kind, join(folder, `sender-${kind}`)]);
  const receiver = startProgram(runtime, PROGRAM, [kind, received]);
  try {
    await sender.ask("start");
    const to = await receiver.ask("start");
    const before = await receiver.ask("watchMemory");
    const startMs = performance.now();
    await Promise.all([receiver.ask("receive", { name }), sender.ask("send", { to, path })]);
    const ms = performance.now() - startMs;
    peaks.push(await receiver.ask("peakMemory") - before);
    return ms;
  } finally {
    await Promise.all([sender.end(), receiver.end()]);
    for (const data of [`${received}-data`, join(folder, `sender-${kind}-data`)]) {
      rmSync(data, { recursive: true, force: true });
    }
  }
}

/** @returns {TransferFigures} */
function figuresOf({ source, name, ms, peaks }, cases) {
  const { title, files, bytes } = source;
  const base = cases.find((one) => one.source === source);
  return {
    ...{ source: title, name, files, bytes, ms },
    ratio: median(ms.map((value, round) => base.ms[round] / value)),
    ...(peaks.length > 0 && { peakBytes: Math.max(...peaks) }),
  };
}
