/**
 * A host of a simulated network.
 *
 * @module
 */

import { type Fabric, LocalHost } from "../local/mod.ts";
import type { Clock, Timer } from "../host.ts";
import { TIMER_MS_MAX } from "../timing/mod.ts";
import type { SeededRandom } from "./random.ts";

/** How simulated hosts ask their network for events in virtual time. */
export interface SimTime {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `run` after a time, as a timer of the host with this number, if it still lives this life then. */
  setTimer(index: number, life: number, delayMs: number, run: () => void): Timer;
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
  readonly clockSkewMs: number;
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

  constructor({ index, peerId, address, fabric, random, linkRandom, time, clockSkewMs }: SimHostParts) {
    const life = new Life(time, index, clockSkewMs);
    super({ peerId, addresses: [address], fabric, clock: life, random });
    this.index = index;
    this.linkRandom = linkRandom;
    this.#life = life;
  }

  /** For the network: the number of the life it lives; those before ended by crashes. */
  get life(): number {
    return this.#life.number;
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
  readonly #index: number;
  readonly #skewMs: number;
  #number = 0;

  constructor(time: SimTime, index: number, skewMs: number) {
    this.#time = time;
    this.#index = index;
    this.#skewMs = skewMs;
  }

  now(): number {
    return this.#time.now() + this.#skewMs;
  }

  setTimer(delayMs: number, run: () => void): Timer {
    if (!(delayMs >= 0 && delayMs <= TIMER_MS_MAX)) throw new RangeError(`Cannot set a timer for ${delayMs} ms`);
    return this.#time.setTimer(this.#index, this.#number, delayMs, run);
  }

  /** How often the host has crashed. */
  get number(): number {
    return this.#number;
  }

  end(): void {
    this.#number += 1;
  }
}
