/**
 * Sending the bytes of an offer.
 *
 * @module
 */

import type { FileEntry, FileHash, TransferOptions, TransferPoint, WriteBytes } from "./entry.ts";
import { FilesError } from "./error.ts";
import { type DiskThread, factsOf, type ThreadJobs, throwIfAborted, withThread } from "./disk/mod.ts";

/**
 * What goes between a thread and the event loop at a time. With a quarter of it, 1 GiB by `share` and `receive` took both
 * sides together 4.8 s of the processor in place of 4.1 on Node, and 5.3 in place of 4.5 on Deno.
 */
export const CHUNK_BYTES = 2 ** 20;
/** Chunks on their way between disk and network: 3 MiB in all. */
export const CHUNKS_MAX = 3;
/** What is written at a time: on a slow line, progress is seen so often. */
const PIECE_BYTES = 256 * 2 ** 10;

/** Options of {@link sendFiles}: `index` -1 and `offset` 0 by default, which is the start. */
export interface SendOptions extends TransferOptions, Partial<TransferPoint> {
  /**
   * Called with the SHA-256 of each file whose hash comes later and that is sent from its first byte on, before its last
   * bytes are written. Must not throw.
   */
  readonly onHash?: ((hash: FileHash) => void) | undefined;
}

/**
 * Writes the bytes of all files from a point on, one after the other with nothing between them, and returns their number.
 * Entries before `index` are left out; `offset` counts only in the first entry that is not, and only if that is a file.
 * Where it is at or after the file's end, the next file follows. Errors of `write` are passed on.
 *
 * Exactly the announced number of bytes is written, or an error thrown: every file must have the size and the time of its
 * last change that it had when it was collected, before its first byte and after its last. A thread reads ahead 3 MiB at
 * most, however large the files are, and gathers small ones.
 *
 * @throws FilesError `source-changed`, `source-missing`, `no-permission`, `disk`, `invalid` (negative offset), `aborted`
 */
export async function sendFiles(
  write: WriteBytes,
  entries: readonly FileEntry[],
  options: SendOptions = {},
): Promise<number> {
  const { index = -1, offset = 0, signal, onProgress, onHash } = options;
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(offset) || offset < 0) {
    throw new FilesError("invalid", `Cannot send from the offset ${offset} of the entry ${index}`);
  }
  return await withThread(signal, async (thread) => {
    await thread.ask("startSending", { entries, index, offset });
    const chunks = Array.from({ length: CHUNKS_MAX }, () => ask(thread, new ArrayBuffer(CHUNK_BYTES)));
    let bytes = 0;
    let point = { index: Math.max(index, 0), offset };
    for (;;) {
      const chunk = await (chunks.shift() as Promise<ReadChunk>);
      for (const hash of chunk.hashes) onHash?.(hash);
      if (chunk.length === 0) return bytes;
      for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
        const length = Math.min(PIECE_BYTES, chunk.length - start);
        await write(new Uint8Array(chunk.buffer, start, length), { signal });
        throwIfAborted(signal);
        bytes += length;
        point = pointAfter(entries, point, length);
        onProgress?.({ ...point, bytes });
      }
      chunks.push(ask(thread, chunk.buffer));
    }
  });
}

/** The point so many bytes further on: in a file that has bytes left, or at the end. */
function pointAfter(entries: readonly FileEntry[], { index, offset }: TransferPoint, count: number): TransferPoint {
  let left = count;
  for (let [at, from] = [index, offset]; at < entries.length; [at, from] = [at + 1, 0]) {
    const { isDirectory, size } = entries[at] as FileEntry;
    const here = isDirectory ? 0 : Math.max(0, size - from);
    if (left < here) return { index: at, offset: from + left };
    left -= here;
  }
  return { index: entries.length, offset: 0 };
}

type ReadChunk = ThreadJobs["read"]["reply"];

/** Asks for the next bytes. Where nobody comes to wait for the answer, its error is not one that nobody handles. */
function ask(thread: DiskThread, buffer: ArrayBuffer): Promise<ReadChunk> {
  const chunk = thread.ask("read", buffer, [buffer]);
  chunk.catch(() => {});
  return chunk;
}

/**
 * The SHA-256 of a file that is sent, in 64 lower-case hex digits. Works in a thread of its own. If that is given up,
 * {@link sendFiles} goes on where it was, if nobody else has used a thread meanwhile.
 *
 * @param index the entry's position, for errors
 * @throws FilesError `source-changed`, also for a file that is gone, `no-permission`, `aborted`
 */
export async function hashSource(
  entry: FileEntry,
  index: number,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  throwIfAborted(signal);
  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const onAbort = () => Atomics.store(stop, 0, 1);
  signal?.addEventListener("abort", onAbort);
  const outcome = await withThread(undefined, (thread) => thread.ask("hashUntil", { file: factsOf(entry), stop }))
    .finally(() => signal?.removeEventListener("abort", onAbort));
  throwIfAborted(signal);
  if (outcome !== null && "sha256" in outcome) return outcome.sha256;
  const changed = outcome?.reason !== "unreadable";
  const message = `Cannot hash ${JSON.stringify(entry.uri)}: ${
    changed ? "it is not what was offered" : "it cannot be read"
  }`;
  throw new FilesError(changed ? "source-changed" : "no-permission", message, { index });
}
