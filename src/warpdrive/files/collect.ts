/**
 * Finding the files of an offer.
 *
 * @module
 */

import { availableParallelism } from "node:os";
import { type CollectedFiles, DEFERRED_HASH, ENTRIES_MAX, type FileEntry, type SkippedPath } from "./entry.ts";
import { type DiskThread, factsOf, type Found, type HashOutcome, withThread } from "./disk/mod.ts";

/** More threads than this read faster than most disks. */
const HASH_THREADS_MAX = 4;
/** What a thread has to do at least, so that its start is worth it: 0.2 to 0.4 s. */
const THREAD_BYTES_MIN = 512 * 2 ** 20;
/** To open and to close a file takes as long as to hash so many bytes. */
const FILE_BYTES = 2 ** 15;
/** Small files are given to a thread in bundles, because each message costs as much as a small file. */
const BUNDLE_FILES_MAX = 64;
/** A bundle ends with the file that makes it this large. */
const BUNDLE_BYTES_MIN = 4 * 2 ** 20;

/** Options of {@link findFiles} and {@link hashFiles}. */
export interface CollectOptions {
  /** Gives up when it fires: `aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** How many entries there may be; {@link ENTRIES_MAX} by default. More: `too-many`. */
  readonly entriesMax?: number | undefined;
  /** Files of this size and more are not hashed, but get {@link DEFERRED_HASH}; by default there are none. In bytes. */
  readonly deferredBytesMin?: number | undefined;
  /** Called with how much is hashed, of how much: after 16 MiB of a file, and after some small files. */
  readonly onProgress?: ((progress: HashProgress) => void) | undefined;
}

/** How much is hashed. */
export interface HashProgress {
  /** Bytes that are done, of so many. */
  readonly done: number;
  readonly bytes: number;
  readonly files: { readonly done: number; readonly of: number };
}

/**
 * Finds everything below some paths, as the entries of one offer without hashes. Each path becomes an entry of the first
 * level under its last name, with a number where two have the same (`a (2).txt`); `.` and paths with a slash at the end
 * have the name of the folder that they mean. Hidden files and empty folders are included.
 *
 * Links are not followed and left out, except a given path, which is offered under the name of the link. Sockets, pipes
 * and devices, unreadable files and folders, and names that cannot be received (not UTF-8, control characters, backslashes,
 * over 255 bytes) are left out, too. All that is reported in `skipped`.
 *
 * @throws FilesError `source-missing`, `source-refused` (a given path is a socket or has a name that cannot be sent),
 * `no-permission`, `too-many`, `aborted`
 */
export async function findFiles(paths: readonly string[], options: CollectOptions = {}): Promise<CollectedFiles> {
  const { signal, entriesMax = ENTRIES_MAX } = options;
  return collected(await withThread(signal, (thread) => thread.ask("walk", { paths, entriesMax })));
}

/**
 * Gives every file that was found its SHA-256, or {@link DEFERRED_HASH}. Files that have changed, or change meanwhile, are
 * left out and reported in `skipped`, after what was so before.
 *
 * Works in threads of its own with 1 MiB of memory for contents each: 10,000 files of 4 KiB take 0.2 to 0.4 s, and a thread
 * hashes 1 to 2 GB a second on processors with instructions for it.
 *
 * @throws FilesError `aborted`
 */
export async function hashFiles(found: CollectedFiles, options: CollectOptions = {}): Promise<CollectedFiles> {
  return collected(await withThread(options.signal, (thread) => addHashes(thread, found, options)));
}

/** Finds everything below some paths, with the hashes: {@link findFiles} and {@link hashFiles}. */
export async function collectFiles(paths: readonly string[], options: CollectOptions = {}): Promise<CollectedFiles> {
  return await hashFiles(await findFiles(paths, options), options);
}

function collected({ entries, skipped }: Found): CollectedFiles {
  return { entries, skipped, bytes: bytesOf(entries) };
}

function bytesOf(entries: readonly FileEntry[]): number {
  return entries.reduce((sum, { size }) => sum + size, 0);
}

interface Bundle {
  readonly positions: readonly number[];
  readonly files: readonly FileEntry[];
}

/** Hashes files in the given thread, and in others beside it when there are many. */
async function addHashes(
  first: DiskThread,
  { entries, skipped }: CollectedFiles,
  { signal, onProgress, deferredBytesMin = Infinity }: CollectOptions,
): Promise<Found> {
  const hashed = entries.filter(({ isDirectory, size }) => !isDirectory && size < deferredBytesMin);
  const bytes = bytesOf(hashed);
  let [done, filesDone] = [0, 0];
  const tell = () => onProgress?.({ done, bytes, files: { done: filesDone, of: hashed.length } });
  const outcomes: (HashOutcome | undefined)[] = [];
  const bundles = bundlesOf(entries, deferredBytesMin);
  const hashBundles = async (thread: DiskThread) => {
    thread.onProgress = (count) => {
      done += count;
      tell();
    };
    for (const { positions, files } of bundles) {
      const answers = await thread.ask("hash", files.map(factsOf));
      answers.forEach((outcome, i) => outcomes[positions[i] as number] = outcome);
      filesDone += files.length;
      tell();
    }
  };
  const work = bytes + hashed.length * FILE_BYTES;
  const threads = Math.min(availableParallelism(), HASH_THREADS_MAX, Math.ceil(work / THREAD_BYTES_MIN));
  const failing = new AbortController();
  const stop = signal === undefined ? failing.signal : AbortSignal.any([signal, failing.signal]);
  try {
    const others = Array.from({ length: Math.max(0, threads - 1) }, () => withThread(stop, hashBundles));
    await Promise.all([hashBundles(first), ...others]);
  } catch (error) {
    // What one thread cannot do ends the others.
    failing.abort(error);
    throw error;
  }
  return withOutcomes(entries, outcomes, skipped);
}

/** The files in bundles, made as they are asked for; all threads share the one generator. */
function* bundlesOf(entries: readonly FileEntry[], deferredBytesMin: number): Generator<Bundle, void> {
  let positions: number[] = [];
  let bytes = 0;
  for (const [position, { isDirectory, size }] of entries.entries()) {
    if (isDirectory || size >= deferredBytesMin) continue;
    positions.push(position);
    bytes += size;
    if (positions.length < BUNDLE_FILES_MAX && bytes < BUNDLE_BYTES_MIN) continue;
    yield { positions, files: positions.map((i) => entries[i] as FileEntry) };
    positions = [];
    bytes = 0;
  }
  if (positions.length > 0) yield { positions, files: positions.map((i) => entries[i] as FileEntry) };
}

function withOutcomes(
  found: readonly FileEntry[],
  outcomes: readonly (HashOutcome | undefined)[],
  skippedBefore: readonly SkippedPath[],
): Found {
  const entries: FileEntry[] = [];
  const skipped = [...skippedBefore];
  for (const [position, entry] of found.entries()) {
    const outcome = outcomes[position];
    if (outcome === undefined) entries.push(entry.isDirectory ? entry : { ...entry, sha256: DEFERRED_HASH });
    else if ("sha256" in outcome) entries.push({ ...entry, sha256: outcome.sha256 });
    else skipped.push({ path: entry.path, uri: entry.uri, reason: outcome.reason });
  }
  return { entries, skipped };
}
