/**
 * A loop over what comes.
 *
 * @module
 */

/** Called with what somebody has waited for. */
export type Waiter<T> = (item: T) => void;

/** Where a reader has its items from. */
export interface ReaderSource<T> {
  /** The next item, or undefined if there is none for somebody who asks now. */
  next(): T | undefined;
  /** Somebody waits for the next item, after all others who do. */
  wait(waiter: Waiter<T>): void;
  /** Somebody waits no more. */
  waitNoMore(waiter: Waiter<T>): void;
  /** A reader asks no more. */
  ended(reader: { end(): void }): void;
}

/** Takes items one by one, as somebody asks for them, and shows each. */
export class Reader<S, T = S> implements AsyncIterableIterator<T> {
  readonly #source: ReaderSource<S>;
  readonly #show: (item: S) => T;
  readonly #end = () => this.end();
  readonly #waiting = new Map<Waiter<S>, (result: IteratorResult<T, undefined>) => void>();
  #signal: AbortSignal | null = null;
  #ended = false;

  constructor(source: ReaderSource<S>, show: (item: S) => T = (item) => item as unknown as T) {
    this.#source = source;
    this.#show = show;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#ended) return Promise.resolve(END);
    const item = this.#source.next();
    if (item !== undefined) return Promise.resolve({ done: false, value: this.#show(item) });
    return new Promise((resolve) => {
      const waiter: Waiter<S> = (item) => {
        this.#waiting.delete(waiter);
        resolve({ done: false, value: this.#show(item) });
      };
      this.#waiting.set(waiter, resolve);
      this.#source.wait(waiter);
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
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
