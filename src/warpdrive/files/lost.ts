/**
 * Files that cannot be sent any more as they were offered.
 *
 * @module
 */

import { lstat } from "node:fs/promises";
import type { FileEntry } from "./entry.ts";
import { FilesError, type FilesErrorCode, systemCode } from "./error.ts";

/** What can happen to a file after it was offered, in words that follow its name. The codes are stable. */
export const LOST_REASONS = {
  changed: "has changed since it was shared",
  gone: "is gone since it was shared",
  unreadable: "cannot be read any more",
} as const;

/** One of the codes of {@link LOST_REASONS}. */
export type LostReason = keyof typeof LOST_REASONS;

/** Positions of files in an offer, with what happened to them. */
export type LostFiles = ReadonlyMap<number, LostReason>;

const BY_CODE: Readonly<Partial<Record<FilesErrorCode, LostReason>>> = {
  "source-changed": "changed",
  "source-missing": "gone",
  symlink: "changed",
  "no-permission": "unreadable",
  disk: "unreadable",
};
/** How many files are looked at side by side. */
const TOGETHER = 64;

/** The file that an error of sending says is lost. Empty for other errors. */
export function lostBy(error: unknown): LostFiles {
  const reason = error instanceof FilesError && error.index >= 0 ? BY_CODE[error.code] : undefined;
  return reason === undefined ? new Map() : new Map([[(error as FilesError).index, reason]]);
}

/** Looks at all files for those that are not what they were: where one is lost, others often are, too. */
export async function findLost(entries: readonly FileEntry[]): Promise<LostFiles> {
  const lost = new Map<number, LostReason>();
  for (let start = 0; start < entries.length; start += TOGETHER) {
    const reasons = await Promise.all(entries.slice(start, start + TOGETHER).map(reasonOf));
    reasons.forEach((reason, place) => reason !== undefined && lost.set(start + place, reason));
  }
  return lost;
}

async function reasonOf({ path, size, modifiedMs, isDirectory }: FileEntry): Promise<LostReason | undefined> {
  if (isDirectory) return undefined;
  try {
    const stat = await lstat(path);
    const same = stat.isFile() && stat.size === size && Math.floor(stat.mtimeMs) === modifiedMs;
    return same ? undefined : "changed";
  } catch (error) {
    return ["ENOENT", "ENOTDIR"].includes(systemCode(error)) ? "gone" : "unreadable";
  }
}
