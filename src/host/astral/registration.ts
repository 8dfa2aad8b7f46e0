/**
 * The registrations of a program with its node, which are repeated after a reconnection.
 *
 * @module
 */

import { Attempt } from "./connection.ts";
import { HostError } from "../error.ts";
import type { Clock, Random, Timer } from "../host.ts";
import { type Settle, wait } from "../timing/mod.ts";

/** The pause after the first failure, in milliseconds; it doubles with each further one. */
const PAUSE_MS_MIN = 100;
/** The longest pause. */
const PAUSE_MS_MAX = 10_000;
/** How long a node may take to register something. */
const REGISTER_TIMEOUT_MS = 10_000;

/** Something that is registered. */
export interface Held {
  /** Resolves when it is registered no more. Never rejects. */
  readonly lost: Promise<void>;
  /** Tells the node to let go of it, and resolves when it has, or cannot be asked. Never rejects. */
  release(): Promise<void>;
}

/**
 * What becomes of the registrations of a host: all of them are held, one was lost, or registering one fails, with the
 * reason; it is tried again.
 */
export type RegistrationNews = "held" | "lost" | HostError;

/** All registrations of a host together. The same news is told once, until all are held again. */
export class RegistrationWatch {
  readonly #tell: (news: RegistrationNews) => void;
  readonly #missing = new Set<Registration>();
  readonly #told = new Set<string>();

  constructor(tell: (news: RegistrationNews) => void) {
    this.#tell = tell;
  }

  /** A registration begins. */
  begins(one: Registration): void {
    this.#missing.add(one);
  }

  /** It is held. */
  settles(one: Registration): void {
    if (!this.#missing.delete(one) || this.#missing.size > 0) return;
    this.#told.clear();
    this.#tell("held");
  }

  /** It is given up here. */
  leaves(one: Registration): void {
    if (this.#missing.delete(one) && this.#missing.size === 0) this.#told.clear();
  }

  /** It is lost, or an attempt has failed. */
  fails(one: Registration, news: "lost" | HostError): void {
    this.#missing.add(one);
    const text = news === "lost" ? news : news.message;
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.#tell(news);
  }
}

/** What a {@link Registration} is made of. */
export interface RegistrationParts {
  readonly clock: Clock;
  readonly random: Random;
  /** What is done, as the beginning of a message: `Mounting "warpdrive"`. */
  readonly action: string;
  /** Registers it once. */
  register(attempt: Attempt): Promise<Held>;
  /** To be waited for before the first attempt. */
  readonly after?: Promise<void> | undefined;
  readonly watch: RegistrationWatch;
}

/** A registration, from its beginning to {@link stop}. */
export class Registration {
  readonly #parts: RegistrationParts;
  /** What is true now: registered, or the last error; `null` before either. */
  #state: "held" | HostError | null = null;
  readonly #waiting = new Set<Settle<void>>();
  readonly #running: Promise<void>;
  #attempt: Attempt | null = null;
  #held: Held | null = null;
  #pause: { readonly timer: Timer; readonly end: () => void } | null = null;
  #stopped: HostError | null = null;

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
    parts.watch.begins(this);
    this.#running = this.#run();
  }

  /**
   * Resolves when it is registered.
   *
   * @throws HostError that of the last attempt, if that failed; others follow
   */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#state === "held") resolve();
      else if (this.#state !== null) reject(this.#state);
      else this.#waiting.add({ resolve, reject });
    });
  }

  /** Ends it; resolves when the node has let go of it, or cannot be asked. */
  stop(): Promise<void> {
    if (this.#stopped === null) {
      this.#stopped = new HostError("closed", `${this.#parts.action} was given up`);
      this.#parts.watch.leaves(this);
      if (this.#held !== null) void this.#held.release();
      else this.#attempt?.giveUp(this.#stopped);
      this.#pause?.timer.clear();
      this.#pause?.end();
    }
    return this.#running;
  }

  async #run(): Promise<void> {
    await this.#parts.after;
    let pauseMs = PAUSE_MS_MIN;
    while (this.#stopped === null) {
      if (await this.#holdOnce()) pauseMs = PAUSE_MS_MIN;
      if (this.#stopped === null) await this.#rest(pauseMs);
      pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
    }
    this.#enter(this.#stopped);
  }

  /** Registers, and waits until that is lost; returns whether it came to that. */
  async #holdOnce(): Promise<boolean> {
    try {
      this.#held = await this.#register();
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      this.#enter(error);
      if (this.#stopped === null) this.#parts.watch.fails(this, error);
      return false;
    }
    if (this.#stopped === null) {
      this.#enter("held");
      this.#parts.watch.settles(this);
    } else void this.#held.release();
    await this.#held.lost;
    if (this.#stopped === null) {
      this.#state = null;
      this.#parts.watch.fails(this, "lost");
    }
    await this.#held.release();
    this.#held = null;
    return true;
  }

  async #register(): Promise<Held> {
    const { clock, action } = this.#parts;
    const attempt = this.#attempt = new Attempt();
    try {
      return await wait<Held>(clock, action, { timeoutMs: REGISTER_TIMEOUT_MS }, (settle) => {
        this.#parts.register(attempt).then(settle.resolve, settle.reject);
        return (error) => attempt.giveUp(error);
      });
    } catch (error) {
      attempt.giveUp(new HostError("closed", `${action} failed`, { cause: error }));
      throw error;
    }
  }

  #enter(state: "held" | HostError): void {
    this.#state = state;
    for (const { resolve, reject } of this.#waiting) {
      if (state === "held") resolve();
      else reject(state);
    }
    this.#waiting.clear();
  }

  /** Pauses for a random part of the time, from the half on, so that not all programs come back at once. */
  #rest(pauseMs: number): Promise<void> {
    const { clock, random } = this.#parts;
    return new Promise((resolve) => {
      const timer = clock.setTimer(pauseMs * (0.5 + random.next() / 2), resolve);
      this.#pause = { timer, end: resolve };
    });
  }
}
