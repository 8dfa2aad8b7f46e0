/**
 * A thread that works on files with blocking calls, so that the event loop never waits for a disk or a hash: small files
 * cost a fifth of what they cost with asynchronous calls. Requests are answered one by one, in their order.
 *
 * @module
 */

import { Worker } from "node:worker_threads";
import { diskError, FilesError, type FilesErrorCode } from "./error.ts";
import type { Found } from "./walk.ts";
import type { FileEntry, ReceivePlan, TransferPoint } from "./entry.ts";
import type { FileFacts, HashOutcome } from "./hash-file.ts";

/** A piece of memory that goes to the other thread and comes back, instead of being copied. */
export interface Chunk extends TransferPoint {
  readonly buffer: ArrayBuffer;
  /** Bytes of it that count. */
  readonly length: number;
}

/** What a receiving thread is asked: to take bytes, or to end; with the last byte, or before. */
export type ReceiveRequest =
  | { readonly start: true }
  | { readonly end: "complete" | "early" }
  | Pick<Chunk, "buffer" | "length">;

/** What came of a receiving thread: the point that it has reached, and at the end all targets. */
export interface ReceiveReply extends TransferPoint {
  readonly buffer?: ArrayBuffer;
  readonly targets?: string[];
}

/** The jobs of a thread: what it is started with, what it is asked, what it answers. */
export interface ThreadJobs {
  walk: { data: undefined; request: { paths: readonly string[]; entriesMax: number }; reply: Found };
  hash: { data: undefined; request: readonly FileFacts[]; reply: HashOutcome[] };
  send: { data: { entries: readonly FileEntry[] } & TransferPoint; request: ArrayBuffer; reply: Chunk };
  receive: { data: ReceivePlan; request: ReceiveRequest; reply: ReceiveReply };
  clear: { data: undefined; request: ReceivePlan; reply: undefined };
}

/** A `FilesError` in the form in which it goes from thread to thread. */
export interface CarriedError {
  readonly code: FilesErrorCode;
  readonly message: string;
  readonly index: number;
}

/** An answer on its way. */
export type CarriedReply<T> = { readonly value: T } | { readonly error: CarriedError };

/** Bytes that are done of a request whose answer is still to come. */
export interface CarriedProgress {
  readonly done: number;
}

/**
 * The thread's memory for short-lived objects, which otherwise grows to 48 MiB before it is tidied. With half of this the
 * objects of each file live longer than they need: a transfer of 10,000 files then takes more memory, not less.
 */
const YOUNG_MIB = 6;

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** The thread of a job, seen from outside. */
export class DiskThread<K extends keyof ThreadJobs> {
  readonly #worker: Worker;
  readonly #waiting: Waiting<ThreadJobs[K]["reply"]>[] = [];
  #broken: unknown;
  /** Called with bytes that are done of requests, before their answers come. */
  onProgress: ((bytes: number) => void) | null = null;

  constructor(job: K, data: ThreadJobs[K]["data"]) {
    // The build renames imports, but not this.
    const file = import.meta.url.endsWith(".ts") ? "./disk-thread.ts" : "./disk-thread.js";
    this.#worker = new Worker(new URL(file, import.meta.url), {
      workerData: { job, data },
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    this.#worker.on("message", (message: CarriedReply<ThreadJobs[K]["reply"]> | CarriedProgress) => {
      if ("done" in message) this.onProgress?.(message.done);
      else this.#settle(message);
    });
    this.#worker.on("error", (cause) => this.#break(diskError("Cannot work on files", cause)));
    this.#worker.on("exit", () => this.#break(new FilesError("disk", "Cannot work on files: the thread has ended")));
  }

  /** Requests outstanding. */
  get outstanding(): number {
    return this.#waiting.length;
  }

  /** Asks, handing over `memory`. Rejects with the thread's `FilesError`. */
  ask(request: ThreadJobs[K]["request"], memory: readonly ArrayBuffer[] = []): Promise<ThreadJobs[K]["reply"]> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(request, [...memory]);
    });
  }

  /** Ends the thread, whatever it does. Requests without an answer are rejected. */
  async stop(): Promise<void> {
    await this.#worker.terminate();
    this.#break(new FilesError("disk", "Cannot work on files: the thread was stopped"));
  }

  #settle(reply: CarriedReply<ThreadJobs[K]["reply"]>): void {
    const waiting = this.#waiting.shift();
    if ("value" in reply) waiting?.resolve(reply.value);
    else waiting?.reject(new FilesError(reply.error.code, reply.error.message, { index: reply.error.index }));
  }

  #break(error: unknown): void {
    this.#broken ??= error;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#broken);
  }
}

/** Runs what uses a thread and ends the thread in every case; `signal` ends it at once. */
export async function withThread<K extends keyof ThreadJobs, T>(
  thread: DiskThread<K>,
  signal: AbortSignal | undefined,
  use: (thread: DiskThread<K>) => Promise<T>,
): Promise<T> {
  const stop = () => void thread.stop();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    throwIfAborted(signal);
    return await use(thread);
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    await thread.stop();
  }
}

/** @throws FilesError `aborted` once the signal has fired */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new FilesError("aborted", "Working on files was given up", { cause: signal.reason });
}
