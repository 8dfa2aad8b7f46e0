/**
 * Receiving the bytes of an offer.
 *
 * @module
 */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  type DiskThread,
  memoryOfPlan,
  packPlan,
  readJournal,
  removeJournal,
  type ThreadJobs,
  throwIfAborted,
  withThread,
  type WrittenChunk,
} from "./disk/mod.ts";
import { ensureDownloadFolder } from "./download-folder.ts";
import type { ReadBytes, ReceivedFiles, ReceiveOptions, ReceivePlan, TransferOptions, TransferPoint } from "./entry.ts";
import { diskError, FilesError, systemCode } from "./error.ts";
import { CHUNK_BYTES, CHUNKS_MAX } from "./send.ts";
import { STATE_FOLDER } from "./names.ts";
import { DeferredHashes } from "./deferred-hashes.ts";
import { lockTransfer } from "./transfer-lock.ts";

/** The journals of transfers that are under way in this process. */
const busy = new Set<string>();

/**
 * Receives what is missing of an offer. `connect` is called once, when everything on disk is checked, with the point to
 * ask the peer for, and gives the function that reads its bytes; its errors, and those of reading, are passed on after
 * what had arrived is on disk. Call it again with the same plan, or one planned anew, to resume: after an error, an
 * `aborted` transfer, or a process that was killed at any moment, everything that was on disk counts.
 *
 * The point is the one before which everything is on disk, and verified where hashes are known; its `index` is the number
 * of entries when nothing is missing. Without a hash, what counts is the length of the partial file, which is right after
 * a killed process, and after a power failure wherever the file system writes data before lengths. A file whose hash comes
 * later, and is all that is missing of it, is where the point stays.
 *
 * Each file grows under the name of a partial file beside its final place. When it is complete, and has the announced
 * SHA-256 if there is one, it is brought to the disk and gets its name: one by one, small files 128 at a time. A file whose
 * hash is wrong is removed, so that the next call asks for it anew. Files keep the permission bits of the offer, minus the
 * umask, and are always readable for their owner; folders always usable.
 *
 * A thread writes and hashes while at most 3 MiB wait in memory, however large the files are. The signal is handed to the
 * reading function, which has to end with it.
 *
 * Where a hash comes later, it is asked for while the bytes of its file come, and nothing after them is read before it is
 * there. Where a transfer was resumed by the times of files, see `PlanOptions`, the hashes of those that were complete are
 * compared at the end; if one differs, the next call receives everything anew.
 *
 * @throws FilesError `truncated`, `hash-mismatch`, `no-space`, `no-permission`, `symlink`, `conflict`, `busy`, `disk`,
 * `journal`, `aborted`, `invalid` (a hash comes later, and there is no `askHash`)
 */
export async function receiveFiles(
  connect: (from: TransferPoint) => Promise<ReadBytes>,
  plan: ReceivePlan,
  options: ReceiveOptions = {},
): Promise<ReceivedFiles> {
  const { signal, onProgress } = options;
  return await exclusively(plan, () =>
    // The signal ends the reading, not the thread: that has to bring to the disk what has arrived.
    withThread(undefined, async (thread) => {
      const hashes = new DeferredHashes(thread, plan.entries, options);
      const { noted, ...started } = await start(thread, plan);
      try {
        throwIfAborted(signal);
        const from = await hashes.takeUp(started);
        const receiving = new Receiving(thread, bytesFrom(plan, from), onProgress, hashes);
        // Folders and empty files have no bytes, but take time.
        thread.onProgress = (index) => onProgress?.({ index, offset: 0, bytes: receiving.written });
        await receiving.run(await connect(from), signal);
        await hashes.compare(noted);
        return { bytes: receiving.bytes, ...await thread.ask("endReceiving", "complete") };
      } catch (error) {
        await thread.ask("endReceiving", "early").catch(() => {});
        // What is complete is not what was offered: the next attempt is a new one.
        if (hashes.differ) await clearWith(thread, plan);
        throwIfAborted(signal);
        throw error;
      } finally {
        hashes.end();
      }
    }));
}

/**
 * Removes the journal and the partial files of an offer: of one that is complete, once its completion is stored elsewhere,
 * or of one that was cancelled. Files that are complete stay. Does nothing the second time.
 *
 * @throws FilesError `busy`, `symlink`, `conflict`, `no-permission`, `disk`
 */
export async function clearReceive(plan: ReceivePlan): Promise<void> {
  await exclusively(plan, async () => {
    if (clearSettled(plan)) return;
    await withThread(undefined, (thread) => clearWith(thread, plan));
  });
}

async function clearWith(thread: DiskThread, plan: ReceivePlan): Promise<void> {
  const packed = packPlan(plan);
  await thread.ask("clear", packed, memoryOfPlan(packed));
}

/** Removes the journal where no partial file can be there; false where one can. */
function clearSettled({ journal, entries }: ReceivePlan): boolean {
  try {
    const { settling = entries.length } = readJournal(journal) ?? {};
    if (settling < entries.length) return false;
    removeJournal(journal);
    return true;
  } catch (cause) {
    // Of a damaged one nothing is known.
    if (cause instanceof FilesError) return false;
    throw diskError("Cannot clear up after a transfer", cause);
  }
}

/** Whether there is anything in a download folder that {@link clearReceive} could remove. */
export async function hasJournals(folder: string): Promise<boolean> {
  try {
    return (await readdir(join(folder, STATE_FOLDER))).some((name) => name.endsWith(".journal"));
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error))) return false;
    throw diskError(`Cannot look into ${JSON.stringify(folder)}`, error);
  }
}

async function exclusively<T>(plan: ReceivePlan, use: () => Promise<T>): Promise<T> {
  if (busy.has(plan.journal)) {
    throw new FilesError("busy", `Cannot use the transfer ${plan.mark}: it is under way already`);
  }
  busy.add(plan.journal);
  try {
    // Notes are kept in the folder, which they must not bring back.
    await ensureDownloadFolder(plan.folder, { mounted: false });
    const unlock = await lockTransfer(lockOf(plan));
    try {
      return await use();
    } finally {
      await unlock();
    }
  } finally {
    busy.delete(plan.journal);
  }
}

/** The lock of a transfer, beside its journal. */
function lockOf({ journal }: ReceivePlan): string {
  return journal.replace(/\.journal$/, ".lock");
}

function start(thread: DiskThread, plan: ReceivePlan): Promise<ThreadJobs["startReceiving"]["reply"]> {
  const packed = packPlan(plan);
  return thread.ask("startReceiving", packed, memoryOfPlan(packed));
}

/** Bytes that come when an offer is asked for from a point on. */
function bytesFrom({ entries }: ReceivePlan, { index, offset }: TransferPoint): number {
  return entries.slice(index).reduce((sum, { size }) => sum + size, 0) - offset;
}

/** The way of bytes from the peer to the thread, in chunks of memory that go to and fro. */
class Receiving {
  /** Bytes that came from the peer. */
  bytes = 0;
  /** Those of them that the thread has taken. */
  written = 0;
  readonly #thread: DiskThread;
  readonly #onProgress: TransferOptions["onProgress"];
  readonly #free = Array.from({ length: CHUNKS_MAX }, () => new ArrayBuffer(CHUNK_BYTES));
  /** Answers that are still to come, in their order. */
  readonly #answers: Promise<WrittenChunk>[] = [];
  /** Ends a read that waits when the thread has failed. */
  readonly #failing = new AbortController();
  readonly #hashes: DeferredHashes;
  #left: number;

  constructor(
    thread: DiskThread,
    bytes: number,
    onProgress: TransferOptions["onProgress"],
    hashes: DeferredHashes,
  ) {
    this.#thread = thread;
    this.#left = bytes;
    this.#onProgress = onProgress;
    this.#hashes = hashes;
  }

  async run(read: ReadBytes, signal: AbortSignal | undefined): Promise<void> {
    const stop = signal === undefined ? this.#failing.signal : AbortSignal.any([signal, this.#failing.signal]);
    try {
      await this.#hashes.reach(0);
      while (this.#left > 0) {
        const buffer = this.#free.pop() ?? await this.#answer();
        await this.#fill(read, buffer, stop);
        await this.#hashes.reach(this.bytes);
      }
    } catch (error) {
      // A failure of the disk is what ended the reading.
      if (this.#failing.signal.aborted) throw this.#failing.signal.reason;
      throw error;
    }
    while (this.#answers.length > 0) await this.#answer();
  }

  /**
   * Reads until the chunk is full or the thread has nothing to do: few, large chunks when bytes come fast, and no bytes
   * that wait for others when they come slowly. What was read before an error goes to the thread, too.
   */
  async #fill(read: ReadBytes, buffer: ArrayBuffer, signal: AbortSignal): Promise<void> {
    const size = Math.min(CHUNK_BYTES, this.#left, this.#hashes.nextEnd - this.bytes);
    let length = 0;
    try {
      do {
        const count = await read(new Uint8Array(buffer, length, size - length), { signal });
        if (count === null) {
          throw new FilesError("truncated", `Receiving ended early: ${this.#left - length} bytes are missing`);
        }
        length += count;
        if (signal.aborted) throw signal.reason;
      } while (length < size && this.#thread.outstanding > 0);
    } finally {
      if (length > 0) this.#pass(buffer, length);
    }
  }

  #pass(buffer: ArrayBuffer, length: number): void {
    this.#left -= length;
    this.bytes += length;
    const bytes = this.bytes;
    const answer = this.#thread.ask("write", { buffer, length }, [buffer]);
    answer.then(
      ({ index, offset }) => {
        this.written = bytes;
        this.#onProgress?.({ index, offset, bytes });
      },
      (error) => this.#failing.abort(error),
    );
    this.#answers.push(answer);
  }

  /** The memory that comes back next. */
  async #answer(): Promise<ArrayBuffer> {
    return (await (this.#answers.shift() as Promise<WrittenChunk>)).buffer;
  }
}
