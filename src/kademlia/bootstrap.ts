/**
 * Finding a network: asking known addresses until somebody answers, looking for the own neighbours, and then, one after
 * the other, for a few contacts of each part of the network that is farther away.
 *
 * @module
 */

import type { Clock, Random, Timer } from "../host/host.ts";
import type { Cancel } from "../rpc/mod.ts";
import type { Contact } from "./contact.ts";
import type { Peers } from "./peers.ts";

/** Pauses between attempts: the first, and the longest; each is twice the one before. */
const PAUSE_MS_MIN = 1000;
const PAUSE_MS_MAX = 60_000;
/** Addresses that are asked at once at most: a snapshot may have more, and the first to answer leads to all others. */
const ADDRESSES_MAX = 64;
/** Contacts that were silent are remembered for when nobody is left: perhaps this node was cut off, and not they. */
const FORMER_MAX = 20;

const NONE: readonly never[] = Object.freeze([]);

/** What {@link Bootstrap} needs of its node. */
export interface BootstrapParts {
  readonly peers: Peers;
  readonly clock: Clock;
  readonly random: Random;
  /** Looks for the own neighbours and then for what is farther away; `settle` is called after the former. */
  readonly join: (settle: () => void) => Cancel;
}

/** Somebody who waits until the network is found. */
type Waiter = (contacts: number) => void;

/** The way into a network. */
export class Bootstrap {
  readonly #parts: BootstrapParts;
  // Nothing is the same list for all nodes.
  #addresses: readonly string[] = NONE;
  #restored: readonly string[] = NONE;
  #former: readonly Contact[] = NONE;
  #waiters: readonly Waiter[] = NONE;
  #isRunning = false;
  /** Addresses that are being asked, with how to give that up. */
  #asked: Map<string, Cancel> | null = null;
  /** The lookups after somebody has answered. */
  #joining: Cancel | null = null;
  #timer: Timer | null = null;
  #pauseMs = PAUSE_MS_MIN;

  constructor(parts: BootstrapParts) {
    this.#parts = parts;
  }

  /** Remembers addresses of a snapshot, which are asked first. */
  restore(addresses: readonly string[]): void {
    this.#restored = addresses.slice(0, ADDRESSES_MAX);
  }

  /**
   * Joins through addresses; if that is under way already, these are asked besides.
   *
   * @param settle Called with the number of contacts, unless it is given up
   * @returns how to give up: nobody is asked any more, unless somebody else waits too
   */
  start(addresses: readonly string[], settle: Waiter): Cancel {
    this.#addresses = [...new Set([...addresses, ...this.#addresses])].slice(0, ADDRESSES_MAX);
    this.#waiters = [...this.#waiters, settle];
    if (this.#parts.peers.table.size === 0) this.#run();
    else this.#askBesides(addresses);
    return () => {
      this.#waiters = this.#waiters.filter((waiter) => waiter !== settle);
      if (this.#waiters.length === 0) this.stop();
    };
  }

  /** Notes that a contact is gone, and begins anew if it was the last one. */
  gone(contact: Contact): void {
    this.#former = [...this.#former.slice(1 - FORMER_MAX), contact];
    if (this.#parts.peers.table.size === 0) this.#run();
  }

  /** Ends everything. */
  stop(): void {
    this.#isRunning = false;
    this.#timer?.clear();
    this.#timer = null;
    for (const cancel of this.#asked?.values() ?? []) cancel();
    this.#asked = null;
    this.#joining?.();
    this.#joining = null;
  }

  #run(): void {
    if (!this.#isRunning) this.#pauseMs = PAUSE_MS_MIN;
    this.#isRunning = true;
    if (this.#joining === null) this.#askAll();
  }

  /** Asks addresses, though others are known. */
  #askBesides(addresses: readonly string[]): void {
    this.#isRunning = true;
    this.#ask(addresses);
    if (this.#joining === null && !this.#asked?.size) this.#join();
  }

  /** Asks everybody who is known, all at once. */
  #askAll(): void {
    this.#timer?.clear();
    this.#timer = null;
    this.#ask([...this.#restored, ...this.#addresses, ...this.#former.map(({ address }) => address)]);
    // Whoever has nobody to ask is the first one, and has found the whole network.
    if (!this.#asked?.size) this.#timer = this.#parts.clock.setTimer(0, () => this.#settle());
  }

  #ask(addresses: readonly string[]): void {
    const { peers } = this.#parts;
    const own = peers.ownAddresses();
    const asked = this.#asked ??= new Map();
    for (const address of addresses) {
      if (asked.has(address) || own.includes(address)) continue;
      asked.set(address, peers.greet(address, () => this.#hasAnswered(address)));
    }
  }

  /** An address has answered, or is silent. */
  #hasAnswered(address: string): void {
    this.#asked?.delete(address);
    if (!this.#isRunning || this.#joining !== null) return;
    if (this.#parts.peers.table.size > 0) this.#join();
    else if (!this.#asked?.size) this.#pause();
  }

  #join(): void {
    this.#timer?.clear();
    this.#timer = null;
    this.#joining = this.#parts.join(() => {
      this.#joining = null;
      if (this.#parts.peers.table.size > 0) this.#settle();
      else this.#pause();
    });
  }

  #pause(): void {
    const { clock, random } = this.#parts;
    // Nodes that have lost each other at once shall not all call at once.
    const pauseMs = this.#pauseMs * (1 + random.next() / 4);
    this.#pauseMs = Math.min(2 * this.#pauseMs, PAUSE_MS_MAX);
    this.#timer ??= clock.setTimer(pauseMs, () => this.#askAll());
  }

  #settle(): void {
    this.#timer = null;
    this.#isRunning = false;
    if (this.#asked?.size === 0) this.#asked = null;
    const waiters = this.#waiters;
    this.#waiters = NONE;
    for (const waiter of waiters) waiter(this.#parts.peers.table.size);
  }
}
