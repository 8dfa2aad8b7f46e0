/**
 * Giving values to nodes that should have them and don't: newcomers, and those who take the place of nodes that died.
 *
 * A node does that for the values to which it is nearer than any other that could, so that of the k nodes that have a value
 * only one does: for a newcomer, any other of its neighbours, which it has called when it joined; for a dead node, any
 * other. Newcomers that may not have got their values yet don't count as nearer. A newcomer is who has called this node
 * and answered it: who was discovered by calling it may have been there long before this node was.
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
import { isCloser, sameWords, sharedBits, type Words, wordsOf } from "../words.ts";
import { ALIVE, bytesOf, type Cancel, type KeepingNode, wordsOfText } from "./node.ts";

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
  readonly dueMs: number;
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
    const due = this.#changes.filter(({ dueMs, came }) => came && dueMs <= now).slice(0, TOGETHER_MAX);
    // Who takes the places of the dead shows only when all of them are counted.
    const areDead = this.#changes.some(({ dueMs, came }) => !came && dueMs <= now);
    const { table } = this.#node;
    if (areDead) due.push(...this.#changes.filter(({ came, contact }) => !came && table.find(contact) === null));
    const cells = due.map((change) => this.#cell(change));
    this.#changes = this.#changes.filter((change) => !due.includes(change) && (change.came || !areDead));
    for (const held of this.#node.values.entries()) {
      const key = wordsOfText(held.text);
      const own = due.filter((_, index) => {
        const cell = cells[index];
        return cell !== null && isInCell(table.own, key, cell);
      });
      if (own.length === 0) continue;
      for (const to of this.#missing(key, held, own)) this.#gifts.push({ to, text: held.text });
    }
    for (const change of due) {
      change.came ? this.#newcomers++ : this.#gone++;
      this.#remember(change, now);
    }
    this.#give();
  }

  /**
   * The bits at which a key must be as the own id for this node to be the nearest of those who can do something about a
   * change: where they begin to differ from it. Null if there is no such key. Those that had not been given their own
   * values before the change don't count.
   */
  #cell({ contact, came, atMs }: Change): Words | null {
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
    const neighbours = table.closest(contact, NEIGHBOURS + later.length, { ...ALIVE, id: contact })
      .filter((other) => !later.some((change) => sameWords(change.contact, other))).slice(0, NEIGHBOURS);
    const isNeighbour = neighbours.length < NEIGHBOURS ||
      isCloser(contact, table.own, neighbours[NEIGHBOURS - 1]);
    if (!isNeighbour) return null;
    for (const neighbour of neighbours) count(neighbour);
    return wordsOf(cell);
  }

  /** Who of the k nearest to a key lacks its value, because of who came and went. */
  #missing(key: Words, { arrivedMs }: HeldValue, due: readonly Change[]): Contact[] {
    const { table } = this.#node;
    const others = table.closest(key, table.k - 1, ALIVE);
    const missing: Contact[] = [];
    let places = 0;
    for (const { contact, came, atMs } of due) {
      if (arrivedMs >= atMs || arrivedMs <= this.#doneMs(contact, came)) continue;
      if (!came) {
        if (others.length === table.k - 1 && isCloser(key, contact, others[others.length - 1])) places++;
      } else {
        const found = others.find((other) => sameWords(other, contact));
        if (found !== undefined && !missing.includes(found)) missing.push(found);
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

/** Whether a key has all bits of a cell as the own id has them. */
function isInCell(own: Words, key: Words, cell: Words): boolean {
  return ((own.w0 ^ key.w0) & cell.w0) === 0 && ((own.w1 ^ key.w1) & cell.w1) === 0 &&
    ((own.w2 ^ key.w2) & cell.w2) === 0 && ((own.w3 ^ key.w3) & cell.w3) === 0 && ((own.w4 ^ key.w4) & cell.w4) === 0;
}

function idText(contact: Contact): string {
  return String.fromCharCode(...bytesOf(contact));
}
