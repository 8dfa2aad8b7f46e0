/**
 * Files of a share that changed or vanished after it was offered: how both sides report them and fetch the others.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import type { Info } from "../../../codec/protocols/warpdrive/mod.ts";
import {
  FilesError,
  LOST_REASONS,
  type LostFiles,
  type LostReason,
  type ReadBytes,
  type ReceivePlan,
  type TransferPoint,
} from "../../warpdrive/files/mod.ts";
import type { TransferReport } from "../terminal/mod.ts";

/** More lines than this help nobody. */
const LINES_MAX = 50;

/** Something that was left out, as it is reported. */
export interface LeftOutFile<R extends string = string> {
  readonly path: string;
  readonly reason: R;
}

/** A file that was lost, as it is reported. */
export type LostFile = LeftOutFile<LostReason>;

/** Files that were lost, by their names in the share. */
export function namedLost(lost: LostFiles, entries: readonly { readonly uri: string }[]): LostFile[] {
  return [...lost].map(([index, reason]) => ({ path: entries[index]?.uri ?? "", reason }));
}

/** Reports files that were lost, see {@link reportLeftOut}. */
export function reportLost(report: TransferReport, files: readonly LostFile[]): void {
  reportLeftOut(report, files, LOST_REASONS);
}

/** Reports what was left out: everything to programs, a bounded number of lines to people, in words for the reasons. */
export function reportLeftOut<R extends string>(
  report: TransferReport,
  files: readonly LeftOutFile<R>[],
  words: Readonly<Record<R, string>>,
): void {
  const shown = report.json ? files : files.slice(0, LINES_MAX);
  for (const { path, reason } of shown) {
    report.warn(`left out: ${escapeText(path)} ${words[reason]}`, { type: "left-out", path, reason });
  }
  const more = files.length - shown.length;
  if (more > 0) report.warn(`left out: ${more} more`, {});
}

/** Entries of a list of which those that were lost say so themselves; programs that do not know that pass over it. */
export function withLost(files: readonly Info[], lost: LostFiles): Info[] {
  return files.map((info, index) => {
    const reason = lost.get(index);
    return reason === undefined ? info : { ...info, LeftOut: { Count: 1, Items: [{ Uri: info.Uri, Reason: reason }] } };
  });
}

/** What {@link withLost} says. */
export function takeLost(files: readonly Info[]): LostFiles {
  const lost = new Map<number, LostReason>();
  files.forEach(({ IsDir, LeftOut }, index) => {
    if (LeftOut === undefined || IsDir) return;
    const told = LeftOut.Items?.[0]?.Reason ?? "";
    lost.set(index, Object.hasOwn(LOST_REASONS, told) ? told as LostReason : "changed");
  });
  return lost;
}

/** The same plan, in which nothing comes of files that were lost. */
export function withoutLost(plan: ReceivePlan, lost: LostFiles): ReceivePlan {
  const entries = plan.entries.map((entry, index) =>
    lost.has(index) ? { ...entry, size: 0, sha256: undefined, skip: true } : entry
  );
  return { ...plan, entries };
}

/** Throws FilesError `source-changed` where files were lost, and no other is left. */
export function checkNotAllLost({ entries }: ReceivePlan, lost: LostFiles): void {
  if (lost.size === 0 || entries.some(({ isDirectory }, index) => !isDirectory && !lost.has(index))) return;
  throw new FilesError("source-changed", "Nothing is left to receive: all files have changed there, or are gone");
}

/** A stretch of a share in which no file is lost. */
interface Stretch {
  readonly from: TransferPoint;
  readonly bytes: number;
}

/** Reads the bytes of a share without those of lost files: each stretch between them is asked for by itself. */
export class StretchReader {
  readonly #open: (from: TransferPoint) => Promise<ReadBytes>;
  readonly #stretches: Stretch[];
  #read: ReadBytes | null = null;
  #left = 0;
  /** Whether what is being read reaches to the end of the share. */
  reachesEnd = false;

  /** @param open asks for the bytes from a point on, instead of those asked for before */
  constructor(
    { entries }: ReceivePlan,
    { from, lost, open }: {
      readonly from: TransferPoint;
      readonly lost: LostFiles;
      readonly open: (from: TransferPoint) => Promise<ReadBytes>;
    },
  ) {
    this.#open = open;
    const ends = [...lost.keys()].filter((index) => index >= from.index).sort((a, b) => a - b);
    let begin = from;
    this.#stretches = [...ends, entries.length].flatMap((end) => {
      const bytes = entries.slice(Math.max(begin.index, 0), end).reduce((sum, { size }) => sum + size, 0) -
        begin.offset;
      const stretch = { from: begin, bytes };
      begin = { index: end + 1, offset: 0 };
      return bytes > 0 || end === entries.length ? [stretch] : [];
    });
  }

  /** Begins with the first stretch. */
  async start(): Promise<void> {
    const stretch = this.#stretches.shift() as Stretch;
    this.#read = await this.#open(stretch.from);
    this.#left = stretch.bytes;
    this.reachesEnd = this.#stretches.length === 0;
  }

  /** Reads as `Stream.read` does. */
  async read(buf: Uint8Array, options?: Parameters<ReadBytes>[1]): Promise<number | null> {
    while (this.#left === 0 && !this.reachesEnd) await this.start();
    const count = await this.#read!(buf.subarray(0, Math.min(buf.length, this.#left)), options);
    if (count !== null) this.#left -= count;
    return count;
  }

  /** Asks for the end of the share where nothing before it was missing, so that it can be confirmed. */
  async end(): Promise<void> {
    while (!this.reachesEnd) await this.start();
  }
}
