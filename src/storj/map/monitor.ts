/**
 * Looks at the network again and again, and keeps what it has seen.
 *
 * @module
 */

import { ripemd160 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatHex } from "../../../codec/mod.ts";
import { pause, TIMER_MS_MAX } from "../../host/timing/wait.ts";
import { type StorjNode, WALK_TIMEOUT_MS } from "../api.ts";
import { StorjError } from "../error.ts";
import { groundOf } from "../ground-of.ts";
import { storjHome } from "../persistence/mod.ts";
import { scan, type ScannedNode, type ScanningNode } from "./scan.ts";

/** Time between the beginnings of two datasets. */
const INTERVAL_MS = 3_600_000;
/** Nodes of a dataset. */
const LIMIT = 20;
const LIMIT_MAX = 1000;
/** A dataset takes no longer, in milliseconds, however many nodes are silent. */
const SCAN_MS_MAX = 600_000;
/** Datasets of one node that can be told apart. */
const NUMBERS_MAX = 2 ** 31;

/** What was seen of the network once. */
export interface Dataset {
  /** The address of the node that has seen it. */
  readonly node: string;
  /** The number of the dataset among those of this node. */
  readonly num: number;
  /** When it was begun and done, in milliseconds since 1970. */
  readonly begin: number;
  readonly end: number;
  /** The nodes that have answered, by their addresses. */
  readonly processed: Readonly<Record<string, ScannedNode>>;
}

/** A dataset, and where it is. */
export interface SavedDataset extends Dataset {
  /** The file with the dataset, as JSON. */
  readonly file: string;
  /** The key under which the hash of the file is in the hash table. */
  readonly key: string;
  /** HASH160 of the file: RIPEMD-160 of its SHA-256, in hex. */
  readonly hash: string;
  /** Whether somebody has stored the hash. */
  readonly stored: boolean;
}

/** Options of {@link monitor}. */
export interface MonitorOptions {
  /** From the beginning of a dataset to that of the next one, in milliseconds. Default an hour. */
  readonly intervalMs?: number;
  /** How many nodes a dataset has. Default 20. */
  readonly limit?: number;
  /** The folder of the files. Default: `datasets` in `storjHome()`. */
  readonly folder?: string;
  /** Ends it; a dataset that is not done then is dropped. */
  readonly signal?: AbortSignal;
}

/** What it needs of a node. */
export type MonitoringNode = ScanningNode & Pick<StorjNode, "address" | "dhtGet" | "dhtPut">;

/**
 * Asks the nodes around through others what they are and whom they know, the nearest first, until enough have answered;
 * only nodes with `answerRequests` do. The dataset goes into a file, and the hash of the file into the hash table, under
 * `monitor_dataset_<address>_<num>`, with the first number that is free. Then it waits, and begins anew.
 *
 * Ends with the node, or when the signal fires. Throws what writing the file throws.
 *
 * @throws RangeError for options that are out of range; TypeError for what is no node
 */
export function monitor(node: StorjNode, options: MonitorOptions = {}): AsyncIterableIterator<SavedDataset> {
  const { host: { clock }, closing } = groundOf(node);
  const { intervalMs = INTERVAL_MS, limit = LIMIT } = options;
  if (!(intervalMs >= 0 && intervalMs <= TIMER_MS_MAX)) throw new RangeError(`Cannot wait for ${intervalMs} ms`);
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX)) {
    throw new RangeError(`Cannot use ${limit} as limit: it is 1 to ${LIMIT_MAX}`);
  }
  const signal = options.signal === undefined ? closing : AbortSignal.any([options.signal, closing]);
  return datasets(node, { clock, intervalMs, limit, signal, folder: options.folder ?? join(storjHome(), "datasets") });
}

/** The options with their defaults. */
interface Plan extends Required<Pick<MonitorOptions, "intervalMs" | "limit" | "folder" | "signal">> {
  readonly clock: Parameters<typeof pause>[0];
}

async function* datasets(node: MonitoringNode, plan: Plan): AsyncGenerator<SavedDataset, void, undefined> {
  const { clock, intervalMs, signal } = plan;
  try {
    for (let num = 0;; num++) {
      const begin = clock.now();
      const processed = await scanFor(node, plan);
      signal.throwIfAborted();
      const saved = await save(node, { num, begin, end: clock.now(), processed }, plan);
      num = saved.num;
      yield saved;
      await pause(clock, begin + intervalMs - clock.now(), signal);
    }
  } catch (error) {
    // Whoever ends it, or closes the node, does not get it as an error, too.
    if (!signal.aborted) throw error;
  }
}

async function scanFor(
  node: MonitoringNode,
  { clock, limit, intervalMs, signal }: Plan,
): Promise<Dataset["processed"]> {
  const over = new AbortController();
  const timer = clock.setTimer(Math.min(SCAN_MS_MAX, Math.max(intervalMs, WALK_TIMEOUT_MS)), () => over.abort());
  try {
    return await scan(node, { clock, limit, signal: AbortSignal.any([signal, over.signal]) });
  } finally {
    timer.clear();
  }
}

/** Writes a dataset and its hash, with the first number from the given one on that is free in both places. */
async function save(
  node: MonitoringNode,
  found: Omit<Dataset, "node">,
  { folder, signal }: Plan,
): Promise<SavedDataset> {
  await mkdir(folder, { recursive: true });
  for (let from = found.num;; from++) {
    const num = await freeNumber(node, from, signal);
    const dataset: Dataset = { node: node.address, ...found, num };
    const content = new TextEncoder().encode(`${JSON.stringify(dataset, null, 2)}\n`);
    const key = keyOf(node, num);
    const file = join(folder, `${key}.json`);
    if (!await wrote(file, content)) continue;
    const hash = formatHex(ripemd160(sha256(content)));
    return { ...dataset, file, key, hash, stored: await isStored(node, { key, hash, signal }) };
  }
}

function keyOf({ address }: MonitoringNode, num: number): string {
  return `monitor_dataset_${address}_${num}`;
}

/**
 * A number under which nothing is in the hash table, while there is something under the one before, or it is the first one.
 * Others can store something under any number: so it looks farther and farther ahead, and then in between.
 */
async function freeNumber(node: MonitoringNode, from: number, signal: AbortSignal): Promise<number> {
  const isTaken = async (num: number) => await node.dhtGet(keyOf(node, num), { signal }) !== null;
  let [taken, free] = [from - 1, from];
  for (let step = 1; await isTaken(free); step *= 2) {
    [taken, free] = [free, free + step];
    if (free > NUMBERS_MAX) throw new StorjError("busy", "Cannot find a number for a dataset that is free");
  }
  while (free - taken > 1) {
    const middle = Math.floor((taken + free) / 2);
    if (await isTaken(middle)) taken = middle;
    else free = middle;
  }
  return free;
}

/** Whether it has written a file that was not there. */
async function wrote(file: string, content: Uint8Array): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === "EEXIST") return false;
    throw error;
  }
}

async function isStored(
  node: MonitoringNode,
  { key, hash, signal }: { readonly key: string; readonly hash: string; readonly signal: AbortSignal },
): Promise<boolean> {
  try {
    return await node.dhtPut(key, hash, { signal, timeoutMs: WALK_TIMEOUT_MS });
  } catch (error) {
    // The file is there, and its hash perhaps as well: that is what the caller learns.
    if (error instanceof StorjError) return false;
    throw error;
  }
}
