/**
 * A thread that works on files with blocking calls, so that the event loop never waits for a disk or a hash: small files
 * cost a fifth of what they cost with asynchronous calls. Requests are answered one by one, in their order.
 *
 * @module
 */

import { Worker } from "node:worker_threads";
import { diskError, FilesError, type FilesErrorCode } from "../error.ts";
import type { Found } from "./walk.ts";
import type { FileEntry, FileHash, ReceivedFiles, TransferPoint } from "../entry.ts";
import type { FileFacts, HashOutcome } from "./hash-file.ts";
import type { PackedPlan } from "./packed-plan.ts";

/** A piece of memory that goes to the other thread and comes back, instead of being copied. */
export interface Chunk {
  readonly buffer: ArrayBuffer;
  /** Bytes of it that count. */
  readonly length: number;
}

/** How far a receiving thread is, with the memory of the bytes that it took. */
export interface WrittenChunk extends TransferPoint {
  readonly buffer: ArrayBuffer;
}

/** What a thread can be asked, and what it answers. */
export interface ThreadJobs {
  walk: { request: { paths: readonly string[]; entriesMax: number }; reply: Found };
  hash: { request: readonly FileFacts[]; reply: HashOutcome[] };
  /** Hashes one file until `stop` has a number in it: then the answer is `null`, and who sends that file goes on. */
  hashUntil: { request: { readonly file: FileFacts; readonly stop: Int32Array }; reply: HashOutcome | null };
  startSending: { request: { entries: readonly FileEntry[] } & TransferPoint; reply: undefined };
  /** Fills the memory with the next bytes, and returns the hashes that became complete with them. */
  read: { request: ArrayBuffer; reply: Chunk & { readonly hashes: readonly FileHash[] } };
  /** Answers with the point from which bytes are missing, and the hashes of complete files that the list is without. */
  startReceiving: { request: PackedPlan; reply: TransferPoint & { readonly noted: readonly FileHash[] } };
  /** Sets the hash of a file of which only that is missing; before the first byte, the point may move on. */
  setHash: { request: FileHash; reply: TransferPoint };
  write: { request: Chunk; reply: WrittenChunk };
  /** Ends with the last byte, or before, and answers with the targets of all entries. */
  endReceiving: { request: "complete" | "early"; reply: Omit<ReceivedFiles, "bytes"> };
  clear: { request: PackedPlan; reply: undefined };
  /** Forgets what was sent or received: the thread is to wait for another user. */
  rest: { request: undefined; reply: undefined };
}

/** One of them. */
export type ThreadJob = keyof ThreadJobs;

/** A request on its way. */
export interface CarriedRequest<K extends ThreadJob = ThreadJob> {
  readonly job: K;
  readonly request: ThreadJobs[K]["request"];
}

/** A `FilesError` in the form in which it goes from thread to thread. */
export interface CarriedError {
  readonly code: FilesErrorCode;
  readonly message: string;
  readonly index: number;
}

/** An answer on its way. */
export type CarriedReply<T> = { readonly value: T } | { readonly error: CarriedError };

/** How far a request is whose answer is still to come: bytes that were hashed, or the entry that receiving has reached. */
export interface CarriedProgress {
  readonly done: number;
}

/**
 * The thread's memory for short-lived objects, which otherwise grows to 48 MiB before it is tidied. With half of this a
 * transfer of 10,000 files takes more memory, not less: the objects of each file count as long-lived then.
 */
const YOUNG_MIB = 3;

interface Waiting {
  // What a request resolves with is known where it is asked.
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** The thread, seen from outside. */
export class DiskThread {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  #broken: unknown;
  #ended: Promise<void> | undefined;
  /** Called with how far requests are, see {@link CarriedProgress}. */
  onProgress: ((done: number) => void) | null = null;

  constructor() {
    // The build renames imports, but not this.
    const file = import.meta.url.endsWith(".ts") ? "./disk-thread.ts" : "./disk-thread.js";
    this.#worker = new Worker(new URL(file, import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    this.#worker.on("message", (message: CarriedReply<never> | CarriedProgress) => {
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

  /** Whether it still takes requests. */
  get works(): boolean {
    return this.#broken === undefined && this.#ended === undefined;
  }

  /** Asks, handing over `memory`. Rejects with the thread's `FilesError`. */
  ask<K extends ThreadJob>(
    job: K,
    request: ThreadJobs[K]["request"],
    memory: readonly ArrayBuffer[] = [],
  ): Promise<ThreadJobs[K]["reply"]> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage({ job, request } satisfies CarriedRequest<K>, [...memory]);
    });
  }

  /** Goes to a user, whom the process waits for. */
  wake(): void {
    this.#worker.ref();
  }

  /** Waits for another user: the process may end meanwhile. */
  rest(): void {
    this.onProgress = null;
    this.ask("rest", undefined).catch(() => {});
    this.#worker.unref();
  }

  /** Ends the thread, whatever it does. Requests without an answer are rejected. */
  stop(): Promise<void> {
    return this.#ended ??= this.#worker.terminate().then(() =>
      this.#break(new FilesError("disk", "Cannot work on files: the thread was stopped"))
    );
  }

  #settle(reply: CarriedReply<never>): void {
    const waiting = this.#waiting.shift();
    if ("value" in reply) waiting?.resolve(reply.value);
    else waiting?.reject(new FilesError(reply.error.code, reply.error.message, { index: reply.error.index }));
  }

  #break(error: unknown): void {
    this.#broken ??= error;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#broken);
  }
}

/** The thread that waits for its next user: to start one takes up to 40 ms of a processor, to ask it 0.1 ms. */
let idle: DiskThread | null = null;

/**
 * Lends a thread to `use`, for itself alone. Afterwards one thread is kept for the next call, unless it failed or `signal`
 * has fired, which ends it at once.
 */
export async function withThread<T>(
  signal: AbortSignal | undefined,
  use: (thread: DiskThread) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal);
  const thread = takeThread();
  const stop = () => void thread.stop();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const result = await use(thread);
    signal?.removeEventListener("abort", stop);
    await leaveThread(thread);
    return result;
  } catch (error) {
    signal?.removeEventListener("abort", stop);
    await thread.stop();
    throwIfAborted(signal);
    throw error;
  }
}

/** Starts a thread for a user who is about to come, if none is idle. */
export function prepareThread(): void {
  if (idle?.works === true) return;
  idle = new DiskThread();
  idle.rest();
}

/** Ends the thread that is idle, if there is one. Those that are used end with their users, or stay for the next one. */
export async function endIdleThread(): Promise<void> {
  const thread = idle;
  idle = null;
  await thread?.stop();
}

function takeThread(): DiskThread {
  const thread = idle;
  idle = null;
  // It may have run out of memory meanwhile.
  if (thread?.works !== true) return new DiskThread();
  thread.wake();
  return thread;
}

async function leaveThread(thread: DiskThread): Promise<void> {
  if (idle !== null || !thread.works) return await thread.stop();
  thread.rest();
  idle = thread;
}

/** @throws FilesError `aborted` once the signal has fired */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new FilesError("aborted", "Working on files was given up", { cause: signal.reason });
}
