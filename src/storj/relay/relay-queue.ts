/**
 * Messages that wait to be passed on, and whose turn it is.
 *
 * @module
 */

import type { Packed } from "../../../codec/msgpack/mod.ts";
import type { Caller } from "../../rpc/mod.ts";
import { type Place, Places } from "../messages/mod.ts";

/** A message on its way. */
export interface Passing {
  /** 20 bytes. */
  readonly destination: Uint8Array;
  /** How often it may still be passed on; from 0 on only its destination takes it. */
  readonly hopLimit: number;
  readonly message: Packed;
  /** Addresses that have taken it before; others come first, and those that take it now are added. */
  readonly taken?: Set<string> | null;
  /**
   * Whether the destination is looked for: `first`, or if nobody else takes the message (`last`). That is a lookup of some
   * twenty requests, which strangers must not cause: by default it is not.
   */
  readonly find?: "first" | "last" | null;
  /** Told whether somebody has taken it. */
  readonly done?: (taken: boolean) => void;
}

/** Own messages find this part of the places free, whatever others send. */
const OWN_PART = 1 / 4;
/** Answers that others have asked for have no more than this part: whoever makes the node send them has no share in it. */
const ANSWERS_PART = 1 / 8;
/** Places that each network of others gets in any case; more only while it has less than what is free. */
const PLACES_OF_NETWORK = 8;
/** Messages under way at once: own ones, and those of others. A node that is silent holds one up for up to 10 s. */
const OWN_UNDER_WAY = 32;
const OTHERS_UNDER_WAY = 64;

interface Waiting extends Passing {
  /** Null for own messages. */
  readonly place: Place | null;
  readonly isAnswer: boolean;
}

/** Messages of one source. */
interface Source {
  readonly waiting: Waiting[];
  underWay: number;
}

/** The queue: own messages, and those of others with fair shares of what is left, each source in its turn. */
export class RelayQueue {
  readonly #max: number;
  readonly #pass: (passing: Passing) => Promise<boolean>;
  readonly #places: Places;
  readonly #own: Source = { waiting: [], underWay: 0 };
  readonly #others = new Map<string, Source>();
  #othersUnderWay = 0;
  #size = 0;
  #answers = 0;
  #names = 0;
  readonly #ownPassed: (() => void)[] = [];
  #closed = false;

  /** @param pass Passes a message on; whether somebody has taken it. It does not throw */
  constructor(max: number, pass: (passing: Passing) => Promise<boolean>) {
    this.#max = max;
    this.#pass = pass;
    this.#places = new Places(Math.max(1, Math.floor(max * (1 - OWN_PART))), PLACES_OF_NETWORK);
  }

  /** Messages that wait or are under way. */
  get size(): number {
    return this.#size;
  }

  /** Takes an own message, or returns false: the queue is full. */
  addOwn(passing: Passing): boolean {
    if (this.#closed || this.#size >= this.#max) return false;
    this.#add(this.#own, { ...passing, place: null, isAnswer: false });
    return true;
  }

  /**
   * Takes a message of somebody else, or returns false: its source has had its share.
   *
   * @param caller Who brought it; null for answers of this node that others have asked for
   */
  addOther(passing: Passing, caller: Caller | null): boolean {
    if (this.#closed || this.#size >= this.#max) return false;
    if (caller === null && this.#answers >= this.#max * ANSWERS_PART) return false;
    // What counts is the network only: the id of a caller is a claim.
    const place = this.#places.take(String(this.#names++), caller);
    if (place === null) return false;
    let source = this.#others.get(place.source);
    if (source === undefined) this.#others.set(place.source, source = { waiting: [], underWay: 0 });
    if (caller === null) this.#answers += 1;
    this.#add(source, { ...passing, place, isAnswer: caller === null });
    return true;
  }

  /** Calls `run` when no own message waits or is under way any more; at once if there is none. */
  whenOwnPassed(run: () => void): void {
    if (this.#own.waiting.length + this.#own.underWay === 0) run();
    else this.#ownPassed.push(run);
  }

  /** Passes nothing on any more. */
  close(): void {
    this.#closed = true;
    this.#own.waiting.length = 0;
    this.#others.clear();
  }

  #add(source: Source, passing: Waiting): void {
    this.#size += 1;
    source.waiting.push(passing);
    this.#begin();
  }

  #begin(): void {
    while (this.#own.waiting.length > 0 && this.#own.underWay < OWN_UNDER_WAY) this.#passNext(this.#own);
    for (let source = this.#next(); source !== null; source = this.#next()) this.#passNext(source);
  }

  /** Whose turn it is among others: the one that had its last turn the longest ago, and has not most of what is free. */
  #next(): Source | null {
    const free = OTHERS_UNDER_WAY - this.#othersUnderWay;
    for (const [name, source] of this.#others) {
      if (source.waiting.length === 0 || source.underWay >= free) continue;
      this.#others.delete(name);
      this.#others.set(name, source);
      return source;
    }
    return null;
  }

  #passNext(source: Source): void {
    const passing = source.waiting.shift()!;
    this.#count(source, passing, 1);
    void this.#pass(passing).then((taken) => {
      this.#count(source, passing, -1);
      this.#size -= 1;
      if (passing.isAnswer) this.#answers -= 1;
      passing.done?.(taken);
      if (this.#closed) return;
      this.#begin();
      if (this.#own.underWay === 0) { for (const run of this.#ownPassed.splice(0)) run(); }
    });
  }

  #count(source: Source, { place }: Waiting, change: 1 | -1): void {
    source.underWay += change;
    if (place === null) return;
    this.#othersUnderWay += change;
    if (change > 0) return;
    this.#places.free(place);
    if (source.underWay === 0 && source.waiting.length === 0) this.#others.delete(place.source);
  }
}
