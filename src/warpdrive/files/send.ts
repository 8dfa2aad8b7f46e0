/**
 * Sending the bytes of an offer.
 *
 * @module
 */

import type { FileEntry, FileHash, TransferOptions, TransferPoint, WriteBytes } from "./entry.ts";
import { FilesError } from "./error.ts";
import { type DiskThread, factsOf, type ThreadJobs, throwIfAborted, withThread } from "./disk/mod.ts";

/**
 * What is read and written at a time. Measured with it on two busy cores, both sides and a TCP connection of the machine in
 * one process, hashes checked and everything brought to the disk: 1 GiB at 0.7 to 1.1 times the speed of `pipeline` from
 * file to socket to file; 10,000 files of 4 KiB at 1,900 to 2,600 a second, and 9,700 on a disk of memory. Receiving takes
 * 19 MiB of memory on Node and 30 MiB on Deno, thread included, without what the network takes.
 */
export const CHUNK_BYTES = 256 * 2 ** 10;
/** Chunks on their way between disk and network: 1 MiB in all. */
export const CHUNKS_MAX = 4;

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
 * last change that it had when it was collected, before its first byte and after its last. A thread reads ahead 1 MiB at
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
    for (;;) {
      const chunk = await (chunks.shift() as Promise<ReadChunk>);
      for (const hash of chunk.hashes) onHash?.(hash);
      if (chunk.length === 0) return bytes;
      await write(new Uint8Array(chunk.buffer, 0, chunk.length), { signal });
      throwIfAborted(signal);
      chunks.push(ask(thread, chunk.buffer));
      bytes += chunk.length;
      onProgress?.({ index: chunk.index, offset: chunk.offset, bytes });
    }
  });
}

type ReadChunk = ThreadJobs["read"]["reply"];

/** Asks for the next bytes. Where nobody comes to wait for the answer, its error is not one that nobody handles. */
function ask(thread: DiskThread, buffer: ArrayBuffer): Promise<ReadChunk> {
  const chunk = thread.ask("read", buffer, [buffer]);
  chunk.catch(() => {});
  return chunk;
}

/**
 * The SHA-256 of a file that is sent, in 64 lower-case hex digits. Works in a thread of its own.
 *
 * @param index the entry's position, for errors
 * @throws FilesError `source-changed`, also for a file that is gone, `no-permission`, `aborted`
 */
export async function hashSource(
  entry: FileEntry,
  index: number,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const [outcome] = await withThread(options.signal, (thread) => thread.ask("hash", [factsOf(entry)]));
  if (outcome !== undefined && "sha256" in outcome) return outcome.sha256;
  const changed = outcome?.reason !== "unreadable";
  const message = `Cannot hash ${JSON.stringify(entry.uri)}: ${
    changed ? "it is not what was offered" : "it cannot be read"
  }`;
  throw new FilesError(changed ? "source-changed" : "no-permission", message, { index });
}
