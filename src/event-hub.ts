/**
 * Events for subscribers. Each subscriber has at most one waiting item per subject: a slow reader gets the newest one.
 *
 * @module
 */

/** Joins a waiting item with a newer one of the same subject; `undefined` if they cancel each other out. */
export type Join<T> = (waiting: T, newer: T) => T | undefined;

/** Hands items to all who subscribe. Nothing that a subscriber does or leaves undone holds the others up. */
export class EventHub<T> {
  readonly #subscriptions = new Set<Subscription<T>>();
  readonly #join: Join<T>;

  constructor(join: Join<T> = (_waiting, newer) => newer) {
    this.#join = join;
  }

  /** How many subscribers there are. */
  get size(): number {
    return this.#subscriptions.size;
  }

  /** Hands an item of a subject to all subscribers. */
  publish(subject: string, item: T): void {
    for (const subscription of this.#subscriptions) subscription.put(subject, item);
  }

  /**
   * The items from now on, until the signal fires or the loop over them is left. The memory that a subscriber can take is
   * one item for each subject.
   */
  subscribe(signal?: AbortSignal): Subscription<T> {
    const end = () => subscription.end();
    const subscription: Subscription<T> = new Subscription(this.#join, () => {
      this.#subscriptions.delete(subscription);
      signal?.removeEventListener("abort", end);
    });
    this.#subscriptions.add(subscription);
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end, { once: true });
    return subscription;
  }

  /** Ends all subscriptions. */
  end(): void {
    for (const subscription of this.#subscriptions) subscription.end();
  }
}

/** One subscriber's items. */
export class Subscription<T> implements AsyncIterableIterator<T> {
  readonly #waiting = new Map<string, T>();
  readonly #join: Join<T>;
  readonly #whenEnded: () => void;
  /** Those who wait for an item. */
  #wake: (() => void)[] = [];
  #ended = false;

  constructor(join: Join<T>, whenEnded: () => void) {
    this.#join = join;
    this.#whenEnded = whenEnded;
  }

  /** Adds an item, which takes the place of one that waits for the same subject. */
  put(subject: string, item: T): void {
    if (this.#ended) return;
    const waiting = this.#waiting.get(subject);
    const joined = waiting === undefined ? item : this.#join(waiting, item);
    if (joined === undefined) {
      this.#waiting.delete(subject);
    } else {
      this.#waiting.set(subject, joined);
      this.#wake.shift()?.();
    }
  }

  /** The next item; waits until there is one. */
  async next(): Promise<IteratorResult<T, undefined>> {
    while (this.#waiting.size === 0 && !this.#ended) await new Promise<void>((resolve) => this.#wake.push(resolve));
    if (this.#ended) return { done: true, value: undefined };
    const [[subject, item]] = this.#waiting;
    this.#waiting.delete(subject);
    return { done: false, value: item };
  }

  /** Ends the subscription; what waits is dropped. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#waiting.clear();
    this.#whenEnded();
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** Ends the subscription, as leaving the loop over it does. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
