/**
 * What a client is told, as a loop has it.
 *
 * @module
 */

import { HostError } from "../../host/mod.ts";
import { AsyncQueue } from "../../host/streams/mod.ts";
import { Lasting, type LastingOptions } from "./lasting.ts";

/** So much waits for a loop; what comes then is dropped. */
const WAITING_MAX = 8192;

/** What comes, in order. Ends with `break`, the signal, or the client. */
export interface Told<T> extends AsyncIterableIterator<T> {
  /** Resolves when the node listens: from then on nothing is missed, unless {@link Told.dropped} says so. */
  readonly ready: Promise<void>;
  /** How much was dropped, here and by the node, because it was read too slowly. */
  readonly dropped: number;
}

/** How a loop is made. */
export interface TellingOptions<T> {
  readonly connection: Omit<LastingOptions, "notified" | "begin" | "ended">;
  /** The parameters of `listen`. */
  readonly wanted: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal | undefined;
  /** Called at the end. */
  readonly ended: () => void;
  /** What a notification is worth to the loop. */
  readonly itemOf: (params: unknown) => T;
}

/** A loop has a connection of its own: when it ends, so does what the node does for it. */
export class Telling<T> implements Told<T> {
  readonly ready: Promise<void>;
  readonly #queue: AsyncQueue<{ readonly item: T }>;
  readonly #lasting: Lasting;
  #dropped = 0;
  #error: Error | null = null;

  constructor({ connection, wanted, signal, itemOf, ended }: TellingOptions<T>) {
    this.#queue = new AsyncQueue(connection.clock, "Waiting to be told", () => 1);
    const end = () => this.end();
    this.#lasting = new Lasting({
      ...connection,
      begin: (caller) => caller.call("listen", wanted),
      notified: (method, params) => {
        if (method === "dropped") this.#dropped += Number((params as { readonly count?: unknown })?.count ?? 0);
        else if (this.#queue.cost >= WAITING_MAX) this.#dropped += 1;
        else this.#queue.put({ item: itemOf(params) });
      },
      ended: (error) => {
        signal?.removeEventListener("abort", end);
        this.#error = error;
        // What has come is still read.
        this.#finishWhenRead();
        ended();
      },
    });
    this.ready = signal?.aborted ? Promise.resolve() : this.#lasting.open();
    // Whoever does not wait for it gets to know from the loop.
    this.ready.catch(() => {});
    signal?.addEventListener("abort", end, { once: true });
    if (signal?.aborted) end();
  }

  get dropped(): number {
    return this.#dropped;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    try {
      const { item } = await this.#queue.next({});
      this.#finishWhenRead();
      return { done: false, value: item };
    } catch {
      const error = this.#error;
      this.#error = null;
      if (error === null || (error instanceof HostError && error.code === "closed")) {
        return { done: true, value: undefined };
      }
      throw error;
    }
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends the loop; what waits is dropped. */
  end(): void {
    this.#lasting.close();
    this.#queue.close(new HostError("closed", "The loop has ended"));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finishWhenRead(): void {
    if (this.#error !== null && this.#queue.cost === 0) {
      this.#queue.close(new HostError("closed", "The loop has ended"));
    }
  }
}
