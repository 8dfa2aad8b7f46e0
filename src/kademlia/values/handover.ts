/**
 * Giving values to nodes that should have them and don't: newcomers, and those who take the place of nodes that died.
 *
 * A node does that for the values to which it is nearer than any other that could, so that of the k nodes that have a value
 * only one does: for a newcomer, any other of its neighbours, which it has called when it joined, and names when it is
 * asked; for a dead node, any other. One of the neighbours always has the value: of the nodes that share most bits with
 * the newcomer, the nearest to a key is as near to it as the newcomer is, or comes next. Newcomers that may not have got
 * their values yet don't count as nearer. A newcomer is who has called this node and answered it: who was discovered by
 * calling it may have been there long before this node was.
 *
 * None of this feeds itself: a store makes nobody a newcomer, a node that comes back soon is not given again what it had
 * when it went, and what is missed because something went wrong is put right when the value is republished.
 *
 * @module
 */

import type { Timer } from "../../host/host.ts";
import type { Contact } from "../contact.ts";
import { strikesOf } from "../record.ts";
import type { HeldValue } from "./value-limits.ts";
import { NEIGHBOURS } from "../upkeep.ts";
import { bytesOf, isCloser, sameWords, sharedBits, type Words, wordsOf } from "../words.ts";
import { ContactPool } from "./contact-pool.ts";
import { ALIVE, type Cancel, type KeepingNode, wordsOfText } from "./node.ts";

/** A newcomer is given its values after this time, drawn between the two: it is busy joining, and may be gone again. */
const NEWCOMER_MS: readonly [number, number] = [1000, 4000];
/** The values of a dead node are given to others after this time: others may die with it. */
const GONE_MS: readonly [number, number] = [5000, 15_000];
/** Newcomers and dead nodes that wait; further ones get their values when these are republished. */
const WAITING_MAX = 256;
/** How many of them are looked at together, and how many gifts may be left to give then. */
const TOGETHER_MAX = 8;
const LEFT_MAX = 1000;
/** Where more are left, they wait this long. */
const AGAIN_MS = 1000;
/** What a gift takes until it has arrived. */
const GIVEN_MS = 500;
/** Stores under way at a time. */
const IN_FLIGHT = 8;
/** A node that leaves so many in a row without an answer gets no more. */
const SILENT_MAX = 2;
/** So many nodes are remembered, for so long, that were given their values or were gone. */
const REMEMBERED_MAX = 1024;
const REMEMBERED_MS = 3_600_000;

/** After the id of one that is remembered because it went. */
const WENT = "-";

/** What was given to others. */
export interface HandoverStats {
  /** Newcomers that were looked at, and dead nodes. */
  readonly newcomers: number;
  readonly gone: number;
  /** Stores that were answered with yes. */
  readonly stores: number;
}

/** Somebody who came or went. */
interface Change {
  readonly contact: Contact;
  readonly came: boolean;
  readonly atMs: number;
  /** When to look at it; `Infinity` while somebody is asked about a newcomer. */
  dueMs: number;
  /** Whom the newcomer has named, the nearest first; null if it didn't. */
  named?: readonly Contact[] | null;
  /** Who is near to values that it may be given, as others say. */
  heard?: Contact[];
  asked?: Set<Cancel>;
}

/** A value for somebody. */
interface Gift {
  readonly to: Contact;
  readonly text: string;
}

/** Gives the values of a node to others. */
export class Handover {
  readonly #node: KeepingNode;
  #changes: Change[] = [];
  #timer: Timer | null = null;
  #gifts: Gift[] = [];
  /** How many of the gifts were given. */
  #given = 0;
  // What follows is made when it is needed: most nodes of a large network give nothing to anybody.
  #running: Set<Cancel> | null = null;
  /** Stores in a row without an answer, for those that are given something. */
  #silent: Map<Contact, number> | null = null;
  /** When those who are remembered were given their values, or were gone. */
  #remembered: Map<string, number> | null = null;
  #newcomers = 0;
  #gone = 0;
  #stores = 0;

  constructor(node: KeepingNode) {
    this.#node = node;
  }

  /** To be called when a contact has come into the table because it had called this node. */
  came(contact: Contact): void {
    this.#add(contact, true, NEWCOMER_MS);
  }

  /** To be called when a contact is out of the table. */
  went(contact: Contact): void {
    this.#add(contact, false, GONE_MS);
  }

  /** Figures. */
  stats(): HandoverStats {
    return { newcomers: this.#newcomers, gone: this.#gone, stores: this.#stores };
  }

  /** Ends everything. */
  close(): void {
    this.#timer?.clear();
    for (const { asked } of this.#changes) asked?.forEach((cancel) => cancel());
    this.#changes = [];
    this.#gifts = [];
    this.#given = 0;
    this.#running?.forEach((cancel) => cancel());
    this.#running = null;
  }

  #add(contact: Contact, came: boolean, [fromMs, toMs]: readonly [number, number]): void {
    const { values, clock, random } = this.#node;
    if (values.count === 0 || this.#changes.length >= WAITING_MAX) return;
    const atMs = clock.now();
    this.#changes.push({ contact, came, atMs, dueMs: atMs + fromMs + (toMs - fromMs) * random.next() });
    this.#wake();
  }

  /** Sets the timer, to whole milliseconds: a clock that rounds must not fire it a little too early, again and again. */
  #wake(): void {
    if (this.#timer !== null || this.#changes.length === 0) return;
    const dueMs = this.#changes.reduce((least, change) => Math.min(least, change.dueMs), Infinity);
    if (dueMs === Infinity) return;
    const busyMs = this.#gifts.length - this.#given > LEFT_MAX ? AGAIN_MS : 0;
    this.#timer = this.#node.clock.setTimer(Math.max(busyMs, Math.ceil(dueMs - this.#node.clock.now())), () => {
      this.#timer = null;
      if (this.#gifts.length - this.#given <= LEFT_MAX) this.#look();
      this.#wake();
    });
  }

  /** Finds out what those whose time has come are to be given. */
  #look(): void {
    const now = this.#node.clock.now();
    const due = this.#changes.filter(({ dueMs, came }) => came && dueMs <= now).slice(0, TOGETHER_MAX)
      .filter((change) => change.named !== undefined || !this.#askNewcomer(change));
    // Who takes the places of the dead shows only when all of them are counted.
    const areDead = this.#changes.some(({ dueMs, came }) => !came && dueMs <= now);
    const { table } = this.#node;
    if (areDead) due.push(...this.#changes.filter(({ came, contact }) => !came && table.find(contact) === null));
    const cells = due.map((change) => this.#cell(change));
    const parts = due.map(() => new Map<number, Words>());
    for (const held of this.#node.values.entries()) {
      const key = wordsOfText(held.text);
      const own = due.filter((_, index) => {
        const cell = cells[index];
        return cell !== null && isInCell(table.own, key, cell);
      });
      if (own.length === 0) continue;
      const sure = own.filter(isSure);
      for (const to of this.#missing(key, held, sure)) this.#gifts.push({ to, text: held.text });
      if (sure.length === own.length) continue;
      for (const change of own) {
        if (isSure(change) || this.#missing(key, held, [change]).length === 0) continue;
        parts[due.indexOf(change)].set(sharedBits(change.contact, key), key);
      }
    }
    const done = due.filter((change, index) => parts[index].size === 0 || !this.#askAround(change, parts[index]));
    this.#changes = this.#changes.filter((change) => !done.includes(change) && (change.came || !areDead));
    for (const change of done) {
      change.came ? this.#newcomers++ : this.#gone++;
      this.#remember(change, now);
    }
    this.#give();
  }

  /**
   * Asks a newcomer for its neighbours. The own table lacks some, and two nodes that take different ones for these would
   * both give a value, or neither of them.
   *
   * @returns false if the newcomer is too far away for that
   */
  #askNewcomer(change: Change): boolean {
    const { table } = this.#node;
    const { contact } = change;
    const nearest = table.closest(contact, table.k, { ...ALIVE, id: contact });
    if (nearest.length === table.k && !isCloser(contact, table.own, nearest[table.k - 1])) return false;
    this.#ask(change, contact, contact, (named) => change.named = named);
    return true;
  }

  /**
   * Asks about the parts of the network where values are that a newcomer may be given, one node in each: whether so many
   * nodes are nearer to these that it should not have them. That saves stores, of which each fourth would be in vain.
   */
  #askAround(change: Change, parts: ReadonlyMap<number, Words>): boolean {
    const heard: Contact[] = change.heard = [];
    for (const key of parts.values()) {
      const [nearest] = this.#node.table.closest(key, 1, { ...ALIVE, id: change.contact });
      if (nearest !== undefined) this.#ask(change, nearest, key, (named) => heard.push(...named ?? []));
    }
    return change.dueMs === Infinity;
  }

  /** Asks about a change, which is looked at again after all answers. */
  #ask(change: Change, of: Contact, target: Words, take: (named: readonly Contact[] | null) => void): void {
    const { clock } = this.#node;
    const asked = change.asked ??= new Set();
    change.dueMs = Infinity;
    const cancel = this.#node.near(of, target, (named) => {
      take(named);
      asked.delete(cancel);
      if (asked.size > 0) return;
      change.dueMs = clock.now();
      this.#timer?.clear();
      this.#timer = null;
      this.#wake();
    });
    asked.add(cancel);
  }

  /**
   * The bits at which a key must be as the own id for this node to be the nearest of those who can do something about a
   * change: where they begin to differ from it. Null if there is no such key. Those that had not been given their own
   * values before the change don't count.
   */
  #cell({ contact, came, atMs, named }: Change): Words | null {
    const { table } = this.#node;
    const cell = new Uint8Array(20);
    const isNew = (other: Contact) =>
      this.#changes.some((change) => change.came && sameWords(change.contact, other)) ||
      (this.#remembered?.get(idText(other)) ?? -Infinity) > atMs - GIVEN_MS;
    const count = (other: Contact) => {
      const bit = sharedBits(table.own, other);
      if (bit < 160 && (cell[bit >>> 3] & (0x80 >>> (bit & 7))) === 0 && !isNew(other)) {
        cell[bit >>> 3] |= 0x80 >>> (bit & 7);
      }
    };
    if (!came) {
      table.forEach((other, record) => strikesOf(record) === 0 && count(other));
      return wordsOf(cell);
    }
    const later = this.#changes.filter((change) => change.came && change.atMs > atMs);
    const known = named ?? table.closest(contact, NEIGHBOURS + later.length, { ...ALIVE, id: contact });
    const neighbours = known.filter((other) => !later.some((change) => sameWords(change.contact, other)))
      .slice(0, NEIGHBOURS);
    const isNeighbour = neighbours.length < NEIGHBOURS ||
      isCloser(contact, table.own, neighbours[NEIGHBOURS - 1]);
    if (!isNeighbour) return null;
    // With this node there are as many as the newcomer has called.
    for (const neighbour of neighbours.slice(0, NEIGHBOURS - 1)) count(neighbour);
    return wordsOf(cell);
  }

  /** Who of the k nearest to a key lacks its value, because of who came and went. */
  #missing(key: Words, { arrivedMs }: HeldValue, due: readonly Change[]): Contact[] {
    const { table } = this.#node;
    // Whoever comes may have taken the place of this node.
    const others = table.closest(key, table.k, ALIVE);
    if (others.length === table.k && isCloser(key, table.own, others[table.k - 1])) others.pop();
    const missing: Contact[] = [];
    let places = 0;
    for (const { contact, came, atMs, named, heard = [] } of due) {
      if (arrivedMs >= atMs || arrivedMs <= this.#doneMs(contact, came)) continue;
      if (!came) {
        if (others.length >= table.k - 1 && isCloser(key, contact, others[others.length - 1])) places++;
      } else {
        const at = others.findIndex((other) => sameWords(other, contact));
        if (at < 0 || missing.includes(others[at])) continue;
        const unknown = new ContactPool();
        unknown.add([...named ?? [], ...heard].filter((other) => isCloser(key, other, contact) && !table.has(other)));
        if (at + unknown.size < others.length) missing.push(others[at]);
      }
    }
    for (const heir of others.slice(Math.max(0, others.length - places))) {
      if (!missing.includes(heir)) missing.push(heir);
    }
    return missing;
  }

  /**
   * What came here before this time need not be given again: a contact got it when it came, or had it when it went; who
   * took its place when it went has it still. `-Infinity` if there is nothing of that.
   */
  #doneMs(contact: Contact, came: boolean): number {
    const text = idText(contact);
    const wentMs = this.#remembered?.get(text + WENT) ?? -Infinity;
    const doneMs = came ? Math.max(wentMs, this.#remembered?.get(text) ?? -Infinity) : wentMs;
    return this.#node.clock.now() - doneMs < REMEMBERED_MS ? doneMs : -Infinity;
  }

  #remember({ contact, came }: Change, now: number): void {
    const text = idText(contact) + (came ? "" : WENT);
    const remembered = this.#remembered ??= new Map();
    remembered.delete(text);
    remembered.set(text, now);
    if (remembered.size <= REMEMBERED_MAX) return;
    for (const oldest of remembered.keys()) return void remembered.delete(oldest);
  }

  #give(): void {
    const running = this.#running ??= new Set();
    const silent = this.#silent ??= new Map();
    while (running.size < IN_FLIGHT && this.#given < this.#gifts.length) {
      const { to, text } = this.#gifts[this.#given++];
      const held = this.#node.values.held(text);
      if (held === undefined || (silent.get(to) ?? 0) >= SILENT_MAX) continue;
      const cancel = this.#node.keep(to, held, (stored) => {
        running.delete(cancel);
        if (stored === null) silent.set(to, (silent.get(to) ?? 0) + 1);
        else silent.delete(to);
        if (stored === true) this.#stores++;
        this.#give();
      });
      running.add(cancel);
    }
    if (this.#given < this.#gifts.length) return;
    this.#gifts = [];
    this.#given = 0;
    if (running.size > 0) return;
    this.#running = null;
    this.#silent = null;
  }
}

/** Whether what can be known of a change is known. */
function isSure({ came, heard }: Change): boolean {
  return !came || heard !== undefined;
}

/** Whether a key has all bits of a cell as the own id has them. */
function isInCell(own: Words, key: Words, cell: Words): boolean {
  return ((own.w0 ^ key.w0) & cell.w0) === 0 && ((own.w1 ^ key.w1) & cell.w1) === 0 &&
    ((own.w2 ^ key.w2) & cell.w2) === 0 && ((own.w3 ^ key.w3) & cell.w3) === 0 && ((own.w4 ^ key.w4) & cell.w4) === 0;
}

function idText(contact: Contact): string {
  return String.fromCharCode(...bytesOf(contact));
}
