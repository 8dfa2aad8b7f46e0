/**
 * Reads the concatenated bytes of an offer. Blocks; for a thread of its own.
 *
 * @module
 */

import { closeSync, openSync, readSync } from "node:fs";
import { DEFERRED_HASH, type FileEntry, type FileHash, type TransferPoint } from "../entry.ts";
import { diskError, FilesError, systemCode } from "../error.ts";
import { type BegunHash, isUnchanged, READ_FLAGS, takeBegunHash } from "./hash-file.ts";

/** Reads one file after the other, many small ones into one buffer. */
export class SourceReader {
  readonly #entries: readonly FileEntry[];
  #index: number;
  #offset: number;
  /** The open file, -1 for none. */
  #descriptor = -1;
  /** Whether that was looked at since it was opened. */
  #checked = false;
  /** The hash of what was read of that, or more, where it comes later and reading began with the first byte. */
  #begun: BegunHash | undefined;
  /** Hashes that nobody has taken yet. */
  #hashes: FileHash[] = [];
  #failure: unknown;

  /** Starts at a point; an offset counts only in a file. */
  constructor(entries: readonly FileEntry[], { index, offset }: TransferPoint) {
    this.#entries = entries;
    this.#index = Math.max(index, 0);
    const first = entries[this.#index];
    this.#offset = first === undefined || first.isDirectory ? 0 : offset;
  }

  /** Fills the buffer and returns how many bytes it got: fewer at the end, or before an error, which the next call throws. */
  fill(buffer: Uint8Array): number {
    let filled = 0;
    try {
      if (this.#failure !== undefined) throw this.#failure;
      for (let entry = this.#next(); entry !== undefined && filled < buffer.length; entry = this.#next()) {
        filled += this.#read(entry, buffer.subarray(filled));
      }
    } catch (cause) {
      this.#failure = this.#blame(cause);
      this.close();
      if (filled === 0) throw this.#failure;
    }
    return filled;
  }

  /** Gives the hashes that came later and have become complete since the last call. */
  takeHashes(): FileHash[] {
    return this.#hashes.splice(0);
  }

  /** Closes the open file. */
  close(): void {
    if (this.#descriptor >= 0) closeSync(this.#descriptor);
    this.#descriptor = -1;
  }

  /** The open file with bytes left, after those that end here. */
  #next(): FileEntry | undefined {
    for (; this.#index < this.#entries.length; this.#index++, this.#offset = 0) {
      const entry = this.#entries[this.#index] as FileEntry;
      if (entry.isDirectory) continue;
      if (this.#descriptor < 0) {
        if (this.#offset > 0 && this.#offset >= entry.size) continue;
        this.#open(entry);
      }
      if (this.#offset < entry.size) return entry;
      if (!this.#checked) this.#check(entry);
      const sha256 = this.#begun?.hash.digest("hex");
      if (sha256 !== undefined) this.#hashes.push({ index: this.#index, sha256 });
      this.close();
    }
    return undefined;
  }

  #open(entry: FileEntry): void {
    this.#descriptor = openSync(entry.path, READ_FLAGS);
    this.#checked = false;
    this.#begun = entry.sha256 === DEFERRED_HASH && this.#offset === 0 ? takeBegunHash(entry) : undefined;
  }

  #read(entry: FileEntry, space: Uint8Array): number {
    const wanted = Math.min(space.length, entry.size - this.#offset);
    const count = readSync(this.#descriptor, space, 0, wanted, this.#offset);
    // Before the first bytes count, and the last: those of small files are the same.
    if (!this.#checked || this.#offset + count === entry.size) this.#check(entry);
    if (count === 0) throw this.#changed(`it ends after ${this.#offset} bytes`);
    const begun = this.#begun;
    if (begun !== undefined && begun.bytes < this.#offset + count) {
      begun.hash.update(space.subarray(begun.bytes - this.#offset, count));
      begun.bytes = this.#offset + count;
    }
    this.#offset += count;
    return count;
  }

  #check(entry: FileEntry): void {
    this.#checked = true;
    if (!isUnchanged(this.#descriptor, entry)) throw this.#changed("it was changed since it was offered");
  }

  #changed(reason: string): FilesError {
    return new FilesError("source-changed", `Cannot send ${this.#name()}: ${reason}`, { index: this.#index });
  }

  #blame(cause: unknown): unknown {
    const code = systemCode(cause);
    if (code === "ENOENT" || code === "ENOTDIR") {
      const message = `Cannot send ${this.#name()}: it does not exist any more`;
      return new FilesError("source-missing", message, { index: this.#index, cause });
    }
    if (code === "ELOOP" || code === "EISDIR") return this.#changed("it is not a file any more");
    return diskError(`Cannot send ${this.#name()}`, cause, this.#index);
  }

  /** The name as the peer knows it: errors may be shown to it. */
  #name(): string {
    return JSON.stringify(this.#entries[this.#index]?.uri ?? "");
  }
}
