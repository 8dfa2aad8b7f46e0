/**
 * A loop over messages.
 *
 * @module
 */

import type { ReceivedMessage } from "../api.ts";

/** Called with the message that somebody has waited for. */
export type Waiter = (message: ReceivedMessage) => void;

/** Where a reader has its messages from. */
export interface ReaderSource {
  /** The next message, or null if there is none for somebody who asks now. */
  next(): ReceivedMessage | null;
  /** Somebody waits for the next message, after all others who do. */
  wait(waiter: Waiter): void;
  /** Somebody waits no more. */
  waitNoMore(waiter: Waiter): void;
  /** A reader asks no more. */
  ended(reader: MessageReader): void;
}

type Result = IteratorResult<ReceivedMessage, undefined>;

/** Takes messages one by one, as somebody asks for them. */
export class MessageReader implements AsyncIterableIterator<ReceivedMessage> {
  readonly #source: ReaderSource;
  readonly #end = () => this.end();
  readonly #waiting = new Map<Waiter, (result: Result) => void>();
  #signal: AbortSignal | null = null;
  #ended = false;

  constructor(source: ReaderSource) {
    this.#source = source;
  }

  next(): Promise<Result> {
    if (this.#ended) return Promise.resolve(END);
    const value = this.#source.next();
    if (value !== null) return Promise.resolve({ done: false, value });
    return new Promise((resolve) => {
      const waiter: Waiter = (value) => {
        this.#waiting.delete(waiter);
        resolve({ done: false, value });
      };
      this.#waiting.set(waiter, resolve);
      this.#source.wait(waiter);
    });
  }

  return(): Promise<Result> {
    this.end();
    return Promise.resolve(END);
  }

  /** Ends the loop when a signal fires. */
  endWith(signal: AbortSignal | undefined): void {
    if (signal?.aborted) return this.end();
    this.#signal = signal ?? null;
    signal?.addEventListener("abort", this.#end, { once: true });
  }

  /** Ends the loop. */
  end(): void {
    this.#ended = true;
    this.#signal?.removeEventListener("abort", this.#end);
    this.#source.ended(this);
    for (const [waiter, resolve] of this.#waiting) {
      this.#source.waitNoMore(waiter);
      resolve(END);
    }
    this.#waiting.clear();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const END: IteratorResult<never, undefined> = Object.freeze({ done: true, value: undefined });
