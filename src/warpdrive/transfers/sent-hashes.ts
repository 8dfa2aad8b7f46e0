/**
 * The sending side of deferred hashes: kept where sending has made them, made where it could not.
 *
 * @module
 */

import type { Clock } from "../../host/mod.ts";
import { type Settle, wait } from "../../host/timing/mod.ts";
import { WarpdriveError } from "../error.ts";
import { type FileEntry, type FileHash, hashSource, type TransferPoint } from "../files/mod.ts";
import { Semaphore } from "./semaphore.ts";

/** How many hashes are kept. A receiver asks for one at a time; one that has gone can be made again. */
const KEPT_MAX = 10_000;
/** How many files are hashed at once. */
const MAKING_MAX = 2;
/** After this time the answer is that the hash is still being made: then the peer knows that this node is there. */
const ANSWER_MS = 20_000;

interface Making {
  readonly index: number;
  readonly controller: AbortController;
  /** Settled when the thread has ended. */
  readonly ended: Promise<void>;
}

/** The hashes of a node's offers. */
export class SentHashes {
  readonly #clock: Clock;
  readonly #onFailure: (key: string, error: unknown) => void;
  readonly #slots = new Semaphore(MAKING_MAX);
  /** By {@link idOf}, the newest last. */
  readonly #kept = new Map<string, string>();
  readonly #waiting = new Map<string, Set<Settle<string | null>>>();
  /** What is being made, by the key of the offer: a peer needs one hash at a time. */
  readonly #making = new Map<string, Making>();

  /** @param onFailure called with the key of an offer of which a file cannot be hashed, and why */
  constructor(clock: Clock, onFailure: (key: string, error: unknown) => void) {
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  /** The hash of an entry if it is there. */
  get(key: string, index: number): string | undefined {
    return this.#kept.get(idOf(key, index));
  }

  /** Keeps a hash, and resolves those who wait for it. */
  put(key: string, { index, sha256 }: FileHash): void {
    const id = idOf(key, index);
    this.#kept.set(id, sha256);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest);
    for (const settle of this.#waiting.get(id) ?? []) settle.resolve(sha256);
  }

  /**
   * Makes a hash, whatever becomes of who asks for it. One of the same offer that is not needed any more ends. Resolves
   * when it is made, cannot be made, or is not needed any more.
   */
  make(key: string, index: number, entry: FileEntry): Promise<void> {
    const before = this.#making.get(key);
    if (before?.index === index && !before.controller.signal.aborted) return before.ended;
    void this.end(key);
    const controller = new AbortController();
    const ended = this.#make(key, index, entry, controller.signal).finally(() => {
      if (this.#making.get(key)?.controller === controller) this.#making.delete(key);
    });
    this.#making.set(key, { index, controller, ended });
    return ended;
  }

  /** Waits for a hash that is being made, in a while `null`. Rejects with why it cannot be made. */
  async waitFor(key: string, index: number, signal: AbortSignal): Promise<string | null> {
    const id = idOf(key, index);
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting);
    let leave = () => {};
    try {
      return await wait<string | null>(this.#clock, "Waiting for a hash", { signal }, (settle) => {
        const timer = this.#clock.setTimer(ANSWER_MS, () => settle.resolve(null));
        waiting.add(settle);
        return leave = () => {
          timer.clear();
          waiting.delete(settle);
        };
      });
    } finally {
      leave();
      if (waiting.size === 0) this.#waiting.delete(id);
    }
  }

  /** Makes nothing more for an offer. Resolves when that has ended. */
  async end(key: string): Promise<void> {
    const making = this.#making.get(key);
    making?.controller.abort(new WarpdriveError("state", "The hash is not needed any more"));
    await making?.ended;
  }

  /** Makes nothing more at all. */
  async stop(): Promise<void> {
    const making = [...this.#making.values()];
    for (const { controller } of making) controller.abort(new WarpdriveError("stopped", "The service stops"));
    await Promise.all(making.map(({ ended }) => ended));
  }

  async #make(key: string, index: number, entry: FileEntry, signal: AbortSignal): Promise<void> {
    try {
      const release = await this.#slots.acquire(signal);
      try {
        this.put(key, { index, sha256: await hashSource(entry, index, { signal }) });
      } finally {
        release();
      }
    } catch (error) {
      if (signal.aborted) return;
      for (const settle of this.#waiting.get(idOf(key, index)) ?? []) settle.reject(error);
      this.#onFailure(key, error);
    }
  }
}

/** Whether the hash of an entry is made by what is sent from a point on: from its first byte on. */
export function comesWith(from: TransferPoint, index: number): boolean {
  const first = Math.max(from.index, 0);
  return index > first || index === first && from.offset === 0;
}

function idOf(key: string, index: number): string {
  return `${index} ${key}`;
}
