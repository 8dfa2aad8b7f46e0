/**
 * Finding the nodes nearest to many keys, with one lookup for all keys of a region instead of one for each.
 *
 * A lookup leads to the k nodes nearest to its target. If the farthest of them shares p bits with the target, these are
 * all nodes that share more than p: the target's region. For every other key of the region, the nodes in it are the
 * nearest too. There are fewer than k, and those that are missing stand in the region beside it, which differs in bit
 * p only: so that one is looked up too, unless other keys have led there, or the own table knows all of it.
 *
 * Regions have k/2 to k nodes, 0.7 k on average, so N nodes have about 1.4 N/k regions.
 *
 * @module
 */

import type { Contact } from "../contact.ts";
import { strikesOf } from "../record.ts";
import type { RoutingTable } from "../routing-table.ts";
import { bytesOf, sharedBits, type Words, wordsOf } from "../words.ts";
import { ContactPool } from "./contact-pool.ts";
import type { Cancel, KeepingNode } from "./node.ts";

/** A region that a lookup has led to: all ids that share so many bits with the target. */
interface Region {
  readonly target: Words;
  readonly bits: number;
  keys: number;
}

/** Options of {@link survey}. */
export interface SurveyOptions {
  /** How many lookups are under way at a time. */
  readonly parallel: number;
  /** Called when all is known. */
  readonly settle: (pool: ContactPool, lookups: number) => void;
}

/** What a survey needs of its node. */
export type SurveyNode = Pick<KeepingNode, "table" | "lookup">;

/**
 * Finds the nodes around some keys.
 *
 * @param keys Sorted, so that those of a region stand together
 */
export function survey(node: SurveyNode, keys: readonly Words[], options: SurveyOptions): Cancel {
  const run = new Survey(node, keys, options);
  run.goOn();
  return () => run.cancel();
}

class Survey {
  readonly #node: SurveyNode;
  readonly #keys: readonly Words[];
  readonly #options: SurveyOptions;
  /** Contacts of the own table, and those that lookups have found. */
  readonly #known: Contact[] = [];
  readonly #found: Contact[] = [];
  readonly #regions: Region[] = [];
  /** Which keys are of a region that was led to, or are looked up. */
  readonly #done: Uint8Array;
  readonly #running = new Map<Words, Cancel>();
  /** The bits of the largest region so far: keys that share fewer are of different ones, more or less. */
  #bits = 0;
  #lookups = 0;
  #beside: Words[] | null = null;
  #over = false;

  constructor(node: SurveyNode, keys: readonly Words[], options: SurveyOptions) {
    this.#node = node;
    this.#keys = keys;
    this.#options = options;
    this.#done = new Uint8Array(keys.length);
    node.table.forEach((contact, record) => strikesOf(record) === 0 && this.#known.push(contact));
  }

  cancel(): void {
    this.#over = true;
    for (const cancel of this.#running.values()) cancel();
    this.#running.clear();
  }

  /** Begins as many lookups as may run, or ends. */
  goOn(): void {
    if (this.#over) return;
    // How large regions are is known after the first lookup: until then, two might lead to the same one.
    const parallel = this.#regions.length === 0 ? 1 : this.#options.parallel;
    for (let at = 0; this.#running.size < parallel; at++) {
      at = this.#done.indexOf(0, at);
      if (at < 0) break;
      if (!this.#isNearRunning(this.#keys[at])) this.#lookUpKey(at);
    }
    if (this.#running.size > 0 || this.#over) return;
    this.#beside ??= this.#targetsBeside();
    for (const target of this.#beside.splice(0, this.#options.parallel)) this.#lookup(target, () => {});
    if (this.#running.size > 0 || this.#over) return;
    this.#over = true;
    this.#options.settle(this.#pool(), this.#lookups);
  }

  /** All contacts; those that are not there where lookups have led are dead, whatever the table says. */
  #pool(): ContactPool {
    const isSeen = (contact: Contact) => this.#regions.some(({ target, bits }) => sharedBits(target, contact) >= bits);
    const pool = new ContactPool();
    pool.add(this.#known.filter((contact) => !isSeen(contact)));
    pool.add(this.#found);
    return pool;
  }

  #isNearRunning(key: Words): boolean {
    for (const target of this.#running.keys()) if (sharedBits(target, key) >= this.#bits) return true;
    return false;
  }

  #lookUpKey(at: number): void {
    this.#done[at] = 1;
    this.#lookup(this.#keys[at], (region) => {
      this.#bits = this.#regions.length === 1 ? region.bits : Math.min(this.#bits, region.bits);
      this.#markDone(at, region);
    });
  }

  #lookup(target: Words, found: (region: Region) => void): void {
    this.#lookups++;
    let settled = false;
    const cancel = this.#node.lookup(bytesOf(target), (contacts) => {
      settled = true;
      this.#running.delete(target);
      if (this.#over) return;
      this.#found.push(...contacts);
      const { k } = this.#node.table;
      const bits = contacts.length < k ? 0 : sharedBits(target, contacts[k - 1]) + 1;
      const region = { target, bits, keys: 1 };
      this.#regions.push(region);
      found(region);
      this.goOn();
    });
    if (!settled) this.#running.set(target, cancel);
  }

  /** Notes that the keys around the target are of its region. */
  #markDone(at: number, region: Region): void {
    for (const step of [-1, 1]) {
      for (let index = at + step; index >= 0 && index < this.#keys.length; index += step) {
        if (sharedBits(region.target, this.#keys[index]) < region.bits) break;
        this.#done[index] = 1;
        region.keys++;
      }
    }
  }

  /** Targets in the regions beside those of several keys, if nothing has led there. */
  #targetsBeside(): Words[] {
    const targets: Words[] = [];
    const isKnown = (target: Words, bits: number) =>
      targets.some((other) => sharedBits(target, other) >= bits) ||
      this.#regions.some((region) => sharedBits(target, region.target) >= Math.min(bits, region.bits));
    for (const { target, bits, keys } of this.#regions) {
      if (keys === 1 || bits === 0) continue;
      const beside = withBitFlipped(target, bits - 1);
      if (!isKnown(beside, bits) && !knowsAll(this.#node.table, beside, bits)) targets.push(beside);
    }
    return targets;
  }
}

/** Whether a table has all nodes of a region, because it has the region beside it, or is in it, and has room left. */
function knowsAll({ own, k, fills }: RoutingTable, target: Words, bits: number): boolean {
  const shared = sharedBits(own, target);
  const last = fills.length - 1;
  if (shared < bits - 1) return false;
  if (shared === bits - 1) return fills[Math.min(shared, last)] < k;
  return fills.slice(Math.min(bits, last)).every((fill) => fill < k);
}

function withBitFlipped(words: Words, bit: number): Words {
  const bytes = bytesOf(words);
  bytes[bit >>> 3] ^= 0x80 >>> (bit & 7);
  return wordsOf(bytes);
}
