/**
 * The receiving side of hashes that a sender makes while it sends.
 *
 * @module
 */

import {
  type AskHash,
  DEFERRED_HASH,
  type FileHash,
  type PlannedEntry,
  type ReceiveOptions,
  type TransferPoint,
} from "./entry.ts";
import { FilesError } from "./error.ts";
import type { DiskThread } from "./disk/mod.ts";

/** A file whose hash comes later, and where its bytes are among those that come. */
interface DeferredFile {
  readonly index: number;
  /** Below 0 for a file of which some bytes are on disk. */
  readonly begin: number;
  readonly end: number;
}

/** Brings hashes to the thread: each is asked for when its file begins, and waited for when the file ends. */
export class DeferredHashes {
  readonly #thread: DiskThread;
  readonly #entries: readonly PlannedEntry[];
  readonly #askHash: AskHash;
  readonly #ending = new AbortController();
  readonly #signal: AbortSignal;
  #files: readonly DeferredFile[] = [];
  #next = 0;
  /** Whether a file was complete with another hash than it has. */
  differ = false;
  /** The hash of the next file, once it was asked for; `undefined` when that has failed. */
  #asked: Promise<string | undefined> | undefined;

  /** Throws FilesError `invalid` where there is a hash to come, and nobody to ask. */
  constructor(
    thread: DiskThread,
    entries: readonly PlannedEntry[],
    { signal, askHash = cannotAsk(entries) }: ReceiveOptions,
  ) {
    this.#thread = thread;
    this.#entries = entries;
    this.#askHash = askHash;
    this.#signal = signal === undefined ? this.#ending.signal : AbortSignal.any([signal, this.#ending.signal]);
  }

  /** Brings the hashes of files that are on disk but for them, and returns the point from which bytes are missing. */
  async takeUp(started: TransferPoint): Promise<TransferPoint> {
    let point = started;
    for (;;) {
      const entry = this.#entries[point.index];
      if (entry === undefined || !isDeferred(entry) || point.offset < entry.size) break;
      const { index } = point;
      point = await this.#thread.ask("setHash", { index, sha256: await this.#ask(index) });
    }
    this.#files = deferredFiles(this.#entries, point);
    return point;
  }

  /** How many bytes may come before a hash has to be there. */
  get nextEnd(): number {
    return this.#files[this.#next]?.end ?? Infinity;
  }

  /** Asks for what will be needed when that many bytes have come, and waits for what is needed now. */
  async reach(bytes: number): Promise<void> {
    for (;;) {
      const file = this.#files[this.#next];
      if (file === undefined || file.begin >= bytes) return;
      const { index } = file;
      this.#asked ??= this.#ask(index).catch(() => undefined);
      if (file.end > bytes) return;
      const sha256 = await this.#asked ?? await this.#ask(index);
      this.#asked = undefined;
      this.#next++;
      await this.#thread.ask("setHash", { index, sha256 });
    }
  }

  /**
   * Asks for the hashes of files that were complete before, and compares.
   *
   * @throws FilesError `hash-mismatch` for one that is another file by now
   */
  async compare(noted: readonly FileHash[]): Promise<void> {
    for (const { index, sha256 } of noted) {
      if (await this.#ask(index) === sha256) continue;
      this.differ = true;
      const name = JSON.stringify(this.#entries[index]?.uri);
      throw new FilesError("hash-mismatch", `Cannot accept ${name}: it was another file when it was received`, {
        index,
      });
    }
  }

  /** Gives up what is being asked. */
  end(): void {
    this.#ending.abort();
  }

  #ask(index: number): Promise<string> {
    return this.#askHash(index, { signal: this.#signal });
  }
}

/** Asks nobody. */
function cannotAsk(entries: readonly PlannedEntry[]): AskHash {
  const index = entries.findIndex(isDeferred);
  if (index >= 0) {
    const message = `Cannot receive ${JSON.stringify(entries[index]?.uri)}: its SHA-256 cannot be requested`;
    throw new FilesError("invalid", message, { index });
  }
  return () => Promise.reject(new FilesError("invalid", "There is no hash to ask for"));
}

function isDeferred({ sha256, skip, tooLarge }: PlannedEntry): boolean {
  return sha256 === DEFERRED_HASH && !skip && tooLarge !== true;
}

/** The files from a point on whose hashes come later. */
function deferredFiles(entries: readonly PlannedEntry[], { index, offset }: TransferPoint): DeferredFile[] {
  const files: DeferredFile[] = [];
  let end = -offset;
  for (let position = index; position < entries.length; position++) {
    const entry = entries[position] as PlannedEntry;
    const begin = end;
    end += entry.size;
    if (isDeferred(entry)) files.push({ index: position, begin, end });
  }
  return files;
}
