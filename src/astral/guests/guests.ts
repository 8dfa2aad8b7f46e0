/**
 * The connections of guests, with their limits.
 *
 * @module
 */

import type { Clock, Timer } from "../../host/mod.ts";
import type { Connection } from "../channels/mod.ts";
import type { GuestTransport } from "../events.ts";

/** A guest's slot among the connections, from the moment it connects. */
export interface GuestSlot {
  /** The number by which events name the guest. */
  readonly number: number;
  /** Says that the guest has said what it wants, so that it keeps its slot when others come. */
  settle(): void;
  /** Gives the place back. */
  leave(): void;
}

/** A guest that can be talked to. */
export interface Guest {
  readonly slot: GuestSlot;
  readonly transport: GuestTransport;
  readonly connection: Connection;
  /** Breaks the connection off unless it is called again, or {@link clearDeadline}, within this time. */
  setDeadline(timeoutMs: number): void;
  /** Removes the deadline. */
  clearDeadline(): void;
}

/** All connections of guests. */
export class Guests {
  readonly #guestsMax: number;
  readonly #left: (guest: number) => void;
  #size = 0;
  #last = 0;
  /** How to cut off those who have not said what they want, the one that came first in front. */
  readonly #unsettled = new Map<number, () => void>();
  /** Those who were cut off and whose connections are not gone yet: their slots are taken by others. */
  readonly #cut = new Set<number>();

  /** @param left Called with the number of each guest that has left */
  constructor(guestsMax: number, left: (guest: number) => void) {
    this.#guestsMax = guestsMax;
    this.#left = left;
  }

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /**
   * A slot for a new guest, at the expense of one that has been silent, if need be; `null` if all are taken.
   *
   * @param cut Cuts the guest off
   */
  admit(cut: () => void): GuestSlot | null {
    if (this.#size >= this.#guestsMax && !this.#cutOldest()) return null;
    const number = ++this.#last;
    this.#size += 1;
    this.#unsettled.set(number, cut);
    let here = true;
    return {
      number,
      settle: () => this.#unsettled.delete(number),
      leave: () => {
        if (!here) return;
        here = false;
        this.#unsettled.delete(number);
        if (!this.#cut.delete(number)) this.#size -= 1;
        this.#left(number);
      },
    };
  }

  #cutOldest(): boolean {
    for (const [number, cut] of this.#unsettled) {
      this.#unsettled.delete(number);
      this.#cut.add(number);
      this.#size -= 1;
      cut();
      return true;
    }
    return false;
  }
}

/** A guest on a connection. */
export function guestOn(connection: Connection, slot: GuestSlot, transport: GuestTransport, clock: Clock): Guest {
  let timer: Timer | null = null;
  const clearDeadline = () => {
    timer?.clear();
    timer = null;
  };
  const setDeadline = (timeoutMs: number) => {
    clearDeadline();
    timer = clock.setTimer(timeoutMs, () => connection.abort(new Error("The guest took too long")));
  };
  return { slot, transport, connection, setDeadline, clearDeadline };
}
