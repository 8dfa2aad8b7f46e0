/**
 * A connection that is made anew when it is lost.
 *
 * @module
 */

import { type Clock, HostError, systemRandom } from "../../host/mod.ts";
import { pause, type Settle, wait } from "../../host/timing/mod.ts";
import { MessageCaller, UserApiError } from "../caller.ts";
import { type Channel, type ClientPlace, openChannel } from "./channel.ts";

/** The first pause before another attempt, in milliseconds; each is twice as long as the last, up to the second figure. */
const PAUSE_MS = 100;
const PAUSE_MS_MAX = 30_000;
/** How long a connection may take to be of use. */
const BEGIN_MS = 20_000;

/** How to connect. */
export interface LastingOptions extends ClientPlace {
  /** Shown first; without one nothing is. */
  readonly token?: string | undefined;
  readonly clock: Clock;
  /** Called with notifications. */
  readonly notified: (method: string, params: unknown) => void;
  /** What is to be done with each new connection before it is used. */
  readonly begin?: (caller: MessageCaller) => Promise<unknown>;
  /** Called when it has ended for good, with what ended it. */
  readonly ended?: (error: Error) => void;
}

/** The way to a node, which lasts longer than its connections. */
export class Lasting {
  readonly #options: LastingOptions;
  readonly #stop = new AbortController();
  readonly #waiting = new Set<Settle<MessageCaller>>();
  #channel: Channel | null = null;
  #caller: MessageCaller | null = null;
  #error: Error | null = null;

  constructor(options: LastingOptions) {
    this.#options = options;
  }

  /**
   * Connects for the first time.
   *
   * @throws HostError `address`, `unreachable`, `unsupported`; UserApiError for a token that is not right, or what `begin` met
   */
  async open(): Promise<void> {
    try {
      await this.#connect();
    } catch (error) {
      this.#end(error as Error);
      throw error;
    }
  }

  /** Who calls, as soon as there is a connection. */
  caller(options: { readonly signal?: AbortSignal; readonly timeoutMs?: number }): Promise<MessageCaller> {
    if (this.#caller !== null) return Promise.resolve(this.#caller);
    if (this.#error !== null) return Promise.reject(this.#error);
    return wait(this.#options.clock, "Connecting to the node", options, (settle) => {
      this.#waiting.add(settle);
      return () => void this.#waiting.delete(settle);
    });
  }

  /** Ends it. */
  close(): void {
    this.#end(new HostError("closed", "The client is closed"));
  }

  #end(error: Error): void {
    if (this.#error !== null) return;
    this.#error = error;
    this.#stop.abort();
    this.#drop(error);
    for (const settle of this.#waiting) settle.reject(error);
    this.#waiting.clear();
    this.#options.ended?.(error);
  }

  #drop(error: Error): void {
    this.#channel?.close();
    this.#channel = null;
    const caller = this.#caller;
    this.#caller = null;
    caller?.lost(error);
  }

  async #connect(): Promise<void> {
    const { token, clock, notified, begin } = this.#options;
    const caller: MessageCaller = new MessageCaller((text) => channel.send(text), notified, clock);
    let isUsed = false;
    let lostBy: HostError | null = null;
    const channel = await openChannel(this.#options, {
      text: (text) => caller.take(text),
      closed: (error) => {
        lostBy = error;
        caller.lost(error);
        if (!isUsed) return;
        this.#drop(error);
        if (this.#error === null) void this.#connectAgain();
      },
    });
    try {
      this.#stop.signal.throwIfAborted();
      const options = { timeoutMs: BEGIN_MS, signal: this.#stop.signal };
      if (token !== undefined && this.#options.socket === undefined) await caller.call("authorize", { token }, options);
      await begin?.(caller);
      this.#stop.signal.throwIfAborted();
      if (lostBy !== null) throw lostBy;
    } catch (error) {
      channel.close();
      caller.lost(error as Error);
      throw error;
    }
    isUsed = true;
    this.#channel = channel;
    this.#caller = caller;
    for (const settle of this.#waiting) settle.resolve(caller);
    this.#waiting.clear();
  }

  /** Tries again until there is a connection, or the node does not want one. */
  async #connectAgain(): Promise<void> {
    for (let pauseMs = PAUSE_MS;; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
      try {
        // Clients that have lost the same node do not come back all at once.
        await pause(this.#options.clock, pauseMs * (0.5 + systemRandom.next() / 2), this.#stop.signal);
        return await this.#connect();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (error instanceof UserApiError && error.error !== "Timeout") return this.#end(error);
      }
    }
  }
}
