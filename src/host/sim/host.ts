/**
 * A host of a simulated network.
 *
 * @module
 */

import { type Fabric, LocalHost } from "../local/mod.ts";
import type { Clock, Timer } from "../host.ts";
import { TIMER_MS_MAX } from "../timing/mod.ts";
import type { SeededRandom } from "./random.ts";

/** How a simulated host asks its network for events in virtual time. */
export interface SimTime {
  /** Milliseconds since 1970, for this host. */
  now(): number;
  /** Calls `run` after a time, as a timer of this host. */
  setTimer(delayMs: number, run: () => void): Timer;
}

/** What a simulated host is made of. */
export interface SimHostParts {
  readonly index: number;
  readonly peerId: string;
  readonly address: string;
  readonly fabric: Fabric;
  readonly random: SeededRandom;
  readonly linkRandom: SeededRandom;
  readonly time: SimTime;
}

/** A host whose time and random numbers are the network's, and which can crash. */
export class SimHost extends LocalHost {
  /** The number of the host: the first one is 0. */
  readonly index: number;
  /** For the network: decides what happens to all that this host sends, apart from the numbers the host itself gets. */
  readonly linkRandom: SeededRandom;
  /** For the network: hosts in different parts cannot reach each other. */
  part = 0;
  readonly #life: Life;

  constructor({ index, peerId, address, fabric, random, linkRandom, time }: SimHostParts) {
    const life = new Life(time);
    super({ peerId, addresses: [address], fabric, clock: life, random });
    this.index = index;
    this.linkRandom = linkRandom;
    this.#life = life;
  }

  /**
   * Ends the host like a program that is killed: what was mounted is gone, streams break, its timers never fire, and
   * whatever waits on it ends with `closed`. After `start()` it is another program on the same machine.
   */
  crash(): void {
    this.#life.end();
    this.halt();
  }
}

/** The clock of a host, whose timers die with it. */
class Life implements Clock {
  readonly #time: SimTime;
  #number = 0;

  constructor(time: SimTime) {
    this.#time = time;
  }

  now(): number {
    return this.#time.now();
  }

  setTimer(delayMs: number, run: () => void): Timer {
    if (!(delayMs >= 0 && delayMs <= TIMER_MS_MAX)) throw new RangeError(`Cannot set a timer for ${delayMs} ms`);
    const number = this.#number;
    return this.#time.setTimer(delayMs, () => {
      if (number === this.#number) run();
    });
  }

  end(): void {
    this.#number += 1;
  }
}
