/**
 * One of the processes: an end of a pipe, or a node with the warpdrive service. It loads nothing else: each collection
 * of garbage goes through all that a process has loaded, and pieces of 256 KiB cause forty of them in a gibibyte. The
 * pipe took a quarter longer where libp2p and the services were loaded beside it.
 *
 * @module
 */

import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { answerQuestions } from "../harness/program.mjs";

/**
 * @typedef {object} Node
 * @property {object} address
 * @property {(to: object, path: string) => Promise<unknown>} send
 * @property {(name: string) => Promise<void>} receive resolves when all is safely in the folder
 * @property {() => Promise<void>} [stop]
 */

/** @typedef {(folder: string) => Promise<Node>} MakeNode */

const KIB = 1024;
/** What the system counts processor time in. */
const TICK_MS = 10;
/** @type {Record<string, MakeNode>} */
const KINDS = {
  raw: async (folder) => (await import("./raw.mjs")).rawNode(folder),
  "raw-libp2p": async (folder) => (await import("./raw-libp2p.mjs")).rawLibp2pNode(folder),
  socket: warpdrive,
  tls: warpdrive,
  libp2p: warpdrive,
};

const [, , kind, folder] = process.argv;
let node;

await answerQuestions({
  async start() {
    node = await KINDS[kind](folder);
    return node.address;
  },
  send: async ({ to, path }) => {
    await node.send(to, path);
  },
  receive: ({ name }) => node.receive(name),
  /** Lets others believe that it is at these addresses. */
  announce: ({ addresses }) => node.announce(addresses),
  /** The time that the processor has spent on this process, in milliseconds. */
  cpuMs: () => {
    const [, text] = readFileSync("/proc/self/stat", "utf8").split(") ");
    const [user, system] = text.split(" ").slice(11, 13).map(Number);
    return (user + system) * TICK_MS;
  },
  /** Begins to look for the largest size of this process; says how large it is now, in bytes. */
  watchMemory() {
    globalThis.gc?.();
    writeFileSync("/proc/self/clear_refs", "5");
    return statusBytes("VmRSS");
  },
  /** The largest size of this process since then, in bytes. */
  peakMemory: () => statusBytes("VmHWM"),
});
await node?.stop?.();
process.exit();

async function warpdrive(folder) {
  return (await import("./warpdrive.mjs")).warpdriveNode(kind)(folder);
}

function statusBytes(field) {
  const [, kibibytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync("/proc/self/status", "utf8"));
  return Number(kibibytes) * KIB;
}
