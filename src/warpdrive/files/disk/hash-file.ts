/**
 * SHA-256 of files on disk. Blocks; for threads of their own.
 *
 * @module
 */

import { createHash, type Hash } from "node:crypto";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { DEFERRED_HASH, type FileEntry, type KeptFile, type SkipReason } from "../entry.ts";
import { systemCode } from "../error.ts";
import { isSameFile } from "./file-identity.ts";
import { statOpen } from "./stat.ts";

/** What is read at a time; more is not faster. */
const CHUNK_BYTES = 2 ** 20;

const chunk = new Uint8Array(CHUNK_BYTES + 1);

/** Reads without following a link in the last name, and without waiting for the writer of a named pipe. */
export const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A hash, and of how many bytes it is. */
export interface BegunHash {
  readonly hash: Hash;
  bytes: number;
}

/** The hash of nothing yet. */
function beginHash(): BegunHash {
  return { hash: createHash("sha256"), bytes: 0 };
}

/** The hash of the first bytes of an open file, ready for more; `undefined` if it has fewer. */
export function hashStart(descriptor: number, bytes: number): Hash | undefined {
  const begun = beginHash();
  if (bytes > 0) hashOn(descriptor, begun, bytes, () => true);
  return begun.bytes === bytes ? begun.hash : undefined;
}

/**
 * Hashes on until there are so many bytes, the file ends, or `goesOn`, called with the bytes of each piece, says no.
 * Returns whether the file has more bytes.
 */
function hashOn(descriptor: number, begun: BegunHash, bytes: number, goesOn: (count: number) => boolean): boolean {
  for (;;) {
    const left = bytes - begun.bytes;
    // One more than there should be, which shows whether there are more: a small file is read once.
    const count = readSync(descriptor, chunk, 0, left > CHUNK_BYTES ? CHUNK_BYTES : left + 1, begun.bytes);
    const counted = Math.min(count, left);
    if (counted > 0) begun.hash.update(chunk.subarray(0, counted));
    begun.bytes += counted;
    if (count > left) return true;
    if (!goesOn(count) || count === 0 || begun.bytes === bytes) return false;
  }
}

/** What is known of a file when it is found, and must be the same whenever it is read. */
export type FileFacts = Pick<FileEntry, "path" | "size" | "modifiedMs" | "inode">;

/** The facts of an entry. */
export function factsOf({ path, size, modifiedMs, inode }: FileEntry): FileFacts {
  return { path, size, modifiedMs, inode };
}

/** Whether an open file is still what it was when it was found. */
export function isUnchanged(descriptor: number, facts: FileFacts): boolean {
  const stat = statOpen(descriptor);
  return stat.isFile && stat.size === facts.size && stat.modifiedMs === facts.modifiedMs &&
    isSameFile(descriptor, stat, facts);
}

/**
 * Whether what has a name is a file with this content, which only a known hash tells of one with the right size; `undefined`
 * if nothing has the name.
 */
export function compareContent(
  path: string,
  size: number,
  sha256: string | undefined,
): KeptFile["content"] | undefined {
  try {
    const descriptor = openSync(path, READ_FLAGS);
    try {
      const stat = statOpen(descriptor);
      if (!stat.isFile || stat.size !== size) return "different";
      if (size === 0) return "same";
      if (sha256 === undefined || sha256 === DEFERRED_HASH) return "unknown";
      return hashStart(descriptor, size)?.digest("hex") === sha256 ? "same" : "different";
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    return systemCode(error) === "ELOOP" ? "different" : "unknown";
  }
}

/** The file that this thread was told to hash no further, and how far it is. */
let stopped: { readonly file: FileFacts; readonly begun: BegunHash } | undefined;

/** What this thread has hashed of a file before it was told to stop; nothing the second time. */
export function takeBegunHash({ path, size, modifiedMs, inode }: FileFacts): BegunHash {
  const { file, begun } = stopped ?? {};
  stopped = undefined;
  const isSame = file?.path === path && file.size === size && file.modifiedMs === modifiedMs && file.inode === inode;
  return isSame && begun !== undefined ? begun : beginHash();
}

/** The hash of a file in hex, or why there is none. */
export type HashOutcome = { readonly sha256: string } | { readonly reason: SkipReason };

/**
 * Hashes a file that must not change meanwhile.
 *
 * @param goesOn called with the number of bytes of each piece; where it says no, there is no outcome
 */
export function hashFile(file: FileFacts, goesOn: (count: number) => boolean): HashOutcome | null {
  try {
    const descriptor = openSync(file.path, READ_FLAGS);
    try {
      // What is read at once is looked at afterwards.
      if (file.size > CHUNK_BYTES && !isUnchanged(descriptor, file)) return { reason: "changed" };
      const begun = takeBegunHash(file);
      let isStopped = false;
      const isLonger = hashOn(descriptor, begun, file.size, (count) => !(isStopped = !goesOn(count)));
      if (isStopped) {
        stopped = { file, begun };
        return null;
      }
      if (!isUnchanged(descriptor, file)) return { reason: "changed" };
      // What systems make up has less content than its size says, or more.
      if (isLonger || begun.bytes < file.size) return { reason: "unknown-size" };
      return { sha256: begun.hash.digest("hex") };
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return { reason: systemCode(error) === "ENOENT" ? "changed" : "unreadable" };
  }
}
