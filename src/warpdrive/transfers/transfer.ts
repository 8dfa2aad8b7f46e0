/**
 * One transfer over one connection: its bytes, the confirmation at its end, and how much of the offer is done.
 *
 * @module
 */

import { HostError, type Stream } from "../../host/mod.ts";
import type { SessionReader } from "../client/mod.ts";
import {
  type AskHash,
  type FileEntry,
  type OfferedEntry,
  type ReadBytes,
  type ReceivedFiles,
  receiveFiles,
  type ReceivePlan,
  sendFiles,
  type SendOptions,
  type TransferPoint,
} from "../files/mod.ts";

/** How long the other side may give, or take, no bytes; it may take as long to confirm the last one. */
const SILENCE_MS_MAX = 60_000;

/** Sends the bytes of entries. Throws as {@link sendFiles}, and HostError when the peer goes away. */
export async function upload(stream: Stream, entries: readonly FileEntry[], options: SendOptions): Promise<void> {
  await sendFiles((bytes, wait) => stream.write(bytes, { timeoutMs: SILENCE_MS_MAX, ...wait }), entries, options);
}

/**
 * The byte by which a peer says that it has everything.
 *
 * @throws HostError `reset` for a peer that leaves without it, `timeout`, `aborted`
 */
export async function readConfirmation(reader: SessionReader, signal: AbortSignal): Promise<number> {
  const byte = await reader.byte({ signal, timeoutMs: SILENCE_MS_MAX });
  if (byte === null) throw new HostError("reset", "The peer left without a confirmation");
  return byte;
}

/** What one connection brings. */
export interface DownloadOptions {
  readonly plan: ReceivePlan;
  /** Asks the peer for the bytes from a point on. */
  readonly open: (from: TransferPoint) => Promise<ReadBytes>;
  readonly signal: AbortSignal;
  /** Called when the peer has agreed to send, and when bytes are on their way to the disk. */
  readonly onMoved: (type: "started" | "progress", moved: Moved, point: TransferPoint) => void;
  readonly askHash?: AskHash | undefined;
}

/** Receives what is missing of an offer, over one connection. Throws as {@link receiveFiles}, and what `open` throws. */
export async function download({ plan, open, onMoved, ...options }: DownloadOptions): Promise<ReceivedFiles> {
  const before = movedBefore(plan.entries);
  const connect = async (from: TransferPoint): Promise<ReadBytes> => {
    const read = await open(from);
    onMoved("started", before(from), from);
    return (buf, wait) => read(buf, { timeoutMs: SILENCE_MS_MAX, ...wait });
  };
  return await receiveFiles(connect, plan, {
    ...options,
    onProgress: (point) => onMoved("progress", before(point), point),
  });
}

/** What has been moved; what was there before counts, too. */
export interface Moved {
  /** Bytes. */
  readonly done: number;
  readonly filesDone: number;
  /** Files and folders. */
  readonly entriesDone: number;
}

/** Nothing. */
export const NOTHING_MOVED: Moved = { done: 0, filesDone: 0, entriesDone: 0 };

/** Sums up entries once, and returns what lies before a point of them. */
export function movedBefore(
  entries: readonly Pick<OfferedEntry, "size" | "isDirectory">[],
): (point: TransferPoint) => Moved {
  const bytes = new Float64Array(entries.length + 1);
  const files = new Uint32Array(entries.length + 1);
  entries.forEach(({ size, isDirectory }, index) => {
    bytes[index + 1] = bytes[index] + (isDirectory ? 0 : Number(size));
    files[index + 1] = files[index] + (isDirectory ? 0 : 1);
  });
  return ({ index, offset }) => {
    const entriesDone = Math.min(Math.max(index, 0), entries.length);
    return {
      done: Math.min(bytes[entriesDone] + offset, bytes[entries.length]),
      filesDone: files[entriesDone],
      entriesDone,
    };
  };
}
