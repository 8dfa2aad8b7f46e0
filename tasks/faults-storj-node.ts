/**
 * A storj node with a store, which is meant to be killed: `faults-storj-node <folder> <wif> [bootstrap]`. It prints what
 * it still has, and when it is in its network, as JSON lines, and reads what to do from standard input: `{"keep":7}` puts
 * a value with `keep`, `{"all":9}` prints all messages, and
 * which of the first nine puts are kept, and takes them out.
 *
 * @module
 */

import process from "node:process";
import { clearInterval, setInterval } from "node:timers";
import { createInterface } from "node:readline";
import "../test/end-with-parent.ts";
import { formatHex } from "../codec/mod.ts";
import { openStore } from "../src/store/mod.ts";
import { storjNode } from "../src/storj/mod.ts";

/** A line of the program. */
export interface StorjNodeLine {
  /** The port, and the numbers that the values have by the digests of their keys. */
  readonly started?: { readonly port: number; readonly values: Readonly<Record<string, number>> };
  /** How long it took to find the network, from the start of the node on, without the time in which others ran. */
  readonly readyMs?: number;
  /** A put was confirmed. */
  readonly kept?: number;
  /** What was kept until now. */
  readonly all?: { readonly messages: readonly number[]; readonly kept: readonly number[] };
  /** What must not happen. */
  readonly trouble?: string;
}

const WATCH_MS = 10;

/** The key of the kept put with a number. */
const keptKey = (number: number) => `kept ${number}`;

function print(line: StorjNodeLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const [folder, key, ...bootstrap] = process.argv.slice(2);
const store = await openStore({ folder, onDamage: ({ message }) => print({ trouble: message }) });
const startMs = performance.now();
/** How long the system let others run instead: on a machine with much to do that is most of the time. */
let stalledMs = 0;
let lastMs = startMs;
const watching = setInterval(() => {
  stalledMs += Math.max(0, performance.now() - lastMs - 2 * WATCH_MS);
  lastMs = performance.now();
}, WATCH_MS);
const node = await storjNode({ key, store, bootstrap });
const values: Record<string, number> = {};
for await (const [digest, value] of node.stored()) values[formatHex(digest)] = Number(value);
print({ started: { port: node.port, values } });
node.ready().then(() => {
  clearInterval(watching);
  print({ readyMs: performance.now() - startMs - stalledMs });
}, () => {});

for await (const line of createInterface({ input: process.stdin }).on("close", () => process.exit(0))) {
  const { keep, all } = JSON.parse(line) as { keep?: number; all?: number };
  if (keep !== undefined) {
    await node.dhtPut(keptKey(keep), keep, { keep: true });
    print({ kept: keep });
  }
  if (all === undefined) continue;
  const kept: number[] = [];
  for (let number = 0; number < all; number++) if (await node.unkeep(keptKey(number))) kept.push(number);
  print({ all: { messages: Object.values(node.messageList()).flat().map(Number), kept } });
}
