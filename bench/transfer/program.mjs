/**
 * One of the processes: an end of a pipe, or a node with the warpdrive service.
 *
 * @module
 */

import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { answerQuestions } from "../harness/program.mjs";
import { rawLibp2pNode, rawNode } from "./raw.mjs";
import { warpdriveNode } from "./warpdrive.mjs";

/**
 * @typedef {object} Node
 * @property {object} address
 * @property {(to: object, path: string) => Promise<unknown>} send
 * @property {(name: string) => Promise<void>} receive resolves when all is safely in the folder
 * @property {() => Promise<void>} [stop]
 */

/** @typedef {(folder: string) => Promise<Node>} MakeNode */

const KIB = 1024;
/** @type {Record<string, MakeNode>} */
const KINDS = {
  raw: rawNode,
  "raw-libp2p": rawLibp2pNode,
  socket: warpdriveNode("socket"),
  libp2p: warpdriveNode("libp2p"),
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

function statusBytes(field) {
  const [, kibibytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync("/proc/self/status", "utf8"));
  return Number(kibibytes) * KIB;
}
