/**
 * Storing values anew that nobody has stored for an hour, so that they are at the nodes that are nearest now.
 *
 * All k nodes that have a value see it stored at the same time, so after an hour all would do the same. Each of them
 * waits some time more that it draws anew for every hour; the first one to act stores everything around itself, and
 * the others see that and stay silent.
 *
 * A node answers for the values in its own region: the ids around its own, at least half of k and at most k nodes (see
 * `survey.ts`). All of these nodes have all values of the region, so any of them can do it. Values elsewhere, which it
 * has because their own regions have less than k nodes, it stores anew only if nobody has done so for two hours. Where
 * k others are nearer, it only notes that its copy may go when room is needed.
 *
 * @module
 */

import type { Timer } from "../../host/host.ts";
import type { HeldValue } from "./value-limits.ts";
import { sharedBits, type Words } from "../words.ts";
import type { ContactPool } from "./contact-pool.ts";
import { ALIVE, belongs, type Cancel, type KeepingNode, wordsOfText } from "./node.ts";
import { type Spread, spread } from "./spread.ts";
import { survey } from "./survey.ts";

/** How long a value may go without being stored before it is republished. */
export const REPUBLISH_MS = 3_600_000;
/**
 * What a node waits more, at most. With k nodes that draw a time, the second follows the first after half a minute, so
 * in most cases the first is done by then; figures are in `test/kademlia/republish.test.ts`.
 */
const JITTER_MS = 600_000;
/** Values of the region that would become due within this time are taken along: they need no lookup of their own then. */
const EARLY_MS = 900_000;
/** While others republish, a node waits, for so long each time and for so long in all. */
const HEARD_MS = 15_000;
const HEARD_MS_MAX = 300_000;
/** Looking at all values takes some milliseconds where there are many, so it is not done more often than this. */
const WAKE_MS_MIN = 15_000;
/** How many requests are under way at a time: nothing waits for them. */
const IN_FLIGHT = 24;

/** What has been republished. */
export interface RepublishStats {
  /** Values that were stored anew. */
  readonly republished: number;
  /** Stores of them that were answered with yes. */
  readonly stores: number;
  /** Lookups for them. */
  readonly lookups: number;
}

/** Republishes the values of a node. */
export class Republisher {
  readonly #node: KeepingNode;
  #timer: Timer | null = null;
  #timerMs = Infinity;
  #jitterMs: number;
  #heardMs = -Infinity;
  #cancel: Cancel | null = null;
  #closed = false;
  #republished = 0;
  #stores = 0;
  #lookups = 0;

  constructor(node: KeepingNode) {
    this.#node = node;
    this.#jitterMs = this.#drawJitter();
  }

  /** To be called when a value has come that was not there. */
  arrived(): void {
    if (!this.#closed) this.#wakeAt(this.#node.clock.now() + REPUBLISH_MS + this.#jitterMs);
  }

  /** To be called when somebody has stored a value that was there already. */
  heard(): void {
    this.#heardMs = this.#node.clock.now();
  }

  /** Figures. */
  stats(): RepublishStats {
    return { republished: this.#republished, stores: this.#stores, lookups: this.#lookups };
  }

  /** Ends everything. */
  close(): void {
    this.#closed = true;
    this.#timer?.clear();
    this.#cancel?.();
  }

  #drawJitter(): number {
    return JITTER_MS * this.#node.random.next();
  }

  #wakeAt(timeMs: number): void {
    if (this.#timerMs <= timeMs) return;
    this.#timer?.clear();
    this.#timerMs = timeMs;
    this.#timer = this.#node.clock.setTimer(Math.max(WAKE_MS_MIN, timeMs - this.#node.clock.now()), () => {
      this.#timer = null;
      this.#timerMs = Infinity;
      this.#wake();
    });
  }

  #wake(): void {
    const { values, clock } = this.#node;
    values.expire();
    if (this.#cancel !== null || values.count === 0) return;
    const now = clock.now();
    const due = dueValues(this.#node, now - REPUBLISH_MS - this.#jitterMs, now - REPUBLISH_MS + EARLY_MS);
    if (due.values.length === 0) return this.#wakeAt(due.nextMs + REPUBLISH_MS + this.#jitterMs);
    const isLate = now - due.oldestMs > REPUBLISH_MS + this.#jitterMs + HEARD_MS_MAX;
    if (now - this.#heardMs < HEARD_MS && !isLate) return this.#wakeAt(now + HEARD_MS);
    this.#republish(due.values, now);
  }

  #republish(due: readonly HeldValue[], now: number): void {
    const keys = due.map(({ text }) => wordsOfText(text));
    this.#cancel = survey(this.#node, keys, {
      parallel: 1,
      settle: (pool, lookups) => {
        this.#lookups += lookups;
        const { start, cancel } = this.#spread(due, keys, pool, now);
        this.#cancel = cancel;
        start();
      },
    });
  }

  #spread(due: readonly HeldValue[], keys: readonly Words[], pool: ContactPool, beganMs: number): Spread {
    const { values, table, keep } = this.#node;
    const isOwn: boolean[] = [];
    return spread({
      count: due.length,
      inFlight: IN_FLIGHT,
      targets: (index, spare) => {
        const held = values.held(due[index].text);
        if (held === undefined || held.storedMs > beganMs) return null;
        isOwn[index] = belongs(table, keys[index]);
        const want = table.k - (isOwn[index] ? 1 : 0);
        return { want, nearest: pool.nearest(keys[index], want + spare) };
      },
      send: (index, to, settle) => keep.call(this.#node, to, due[index], settle),
      done: (index, spreading) => {
        if (spreading === null) return;
        const { text } = due[index];
        if (spreading.stored > 0) this.#republished++;
        this.#stores += spreading.stored;
        values.markStored(text);
        values.giveUp(text, !isOwn[index] && spreading.stored >= table.k);
      },
      end: () => {
        this.#cancel = null;
        this.#jitterMs = this.#drawJitter();
        this.#wake();
      },
    });
  }
}

/** Values that are to be stored anew. */
export interface DueValues {
  /** Sorted by key. */
  readonly values: readonly HeldValue[];
  /** When the one was stored that has waited longest. */
  readonly oldestMs: number;
  /** When the one was stored that is due next, reckoned as if it were in the own region; `Infinity` for none. */
  readonly nextMs: number;
}

/**
 * The values of a node that are due: those of its region that were last stored before `dueMs`, and then those stored
 * before `earlyMs` as well; others an hour later, if it is among the k nearest. Where it isn't, they count as stored now.
 */
export function dueValues(
  { table, values }: Pick<KeepingNode, "table" | "values">,
  dueMs: number,
  earlyMs: number,
): DueValues {
  const bits = regionBits(table);
  const [own, others, given]: HeldValue[][] = [[], [], []];
  let [oldestMs, nextMs] = [Infinity, Infinity];
  let isDue = false;
  for (const held of values.entries()) {
    const key = wordsOfText(held.text);
    const inRegion = sharedBits(table.own, key) >= bits;
    const atMs = inRegion ? held.storedMs : held.storedMs + REPUBLISH_MS;
    if (atMs <= dueMs) {
      if (!inRegion && !belongs(table, key)) {
        given.push(held);
        continue;
      }
      oldestMs = Math.min(oldestMs, atMs);
      isDue ||= inRegion;
    } else nextMs = Math.min(nextMs, atMs);
    if (inRegion ? atMs <= earlyMs : atMs <= dueMs) (inRegion ? own : others).push(held);
  }
  for (const { text } of given) {
    values.markStored(text);
    values.giveUp(text, true);
  }
  if (given.length > 0) nextMs = Math.min(nextMs, given[0].storedMs + REPUBLISH_MS);
  const due = isDue ? [...own, ...others] : others;
  return { values: due.sort((a, b) => a.text < b.text ? -1 : 1), oldestMs, nextMs };
}

/** How many bits an id shares with the own one if it is in the node's region: at most k nodes do, itself among them. */
export function regionBits(table: Pick<KeepingNode["table"], "own" | "k" | "closest">): number {
  const nearest = table.closest(table.own, table.k, ALIVE);
  return nearest.length < table.k ? 0 : sharedBits(table.own, nearest[table.k - 1]) + 1;
}
