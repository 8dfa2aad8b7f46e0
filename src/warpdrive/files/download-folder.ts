/**
 * The folder into which files go: made once, and not again where it was and is gone, as on a disk that is not mounted.
 * A new one would fill the disk below.
 *
 * @module
 */

import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { diskError, FilesError, systemCode } from "./error.ts";

/** What is known of a download folder that has been there. */
export interface FolderMark {
  /** Whether another file system is mounted right there. */
  readonly mounted: boolean;
}

/**
 * Makes sure of a download folder.
 *
 * @param before what was known of it the last time; without it, a folder that is missing is made
 * @throws FilesError `no-folder` for one that was there and is not; `conflict` for a file; `no-permission`, `disk`
 */
export async function ensureDownloadFolder(path: string, before?: FolderMark): Promise<FolderMark> {
  const found = await markOf(path);
  if (found === null) {
    if (before !== undefined) throw goneFolder(path);
    try {
      await mkdir(path, { recursive: true });
    } catch (cause) {
      throw isFileInTheWay(cause)
        ? fileInTheWay(path, cause)
        : diskError(`Cannot make the folder ${quoted(path)}`, cause);
    }
    return await markOf(path) ?? { mounted: false };
  }
  if (before?.mounted === true && !found.mounted) throw goneFolder(path);
  return found;
}

/** The error of a download folder that was there and is not. */
export function goneFolder(path: string, cause?: unknown): FilesError {
  const message = `Cannot receive into ${quoted(path)}: the folder was there, and is gone; is its disk mounted?`;
  return new FilesError("no-folder", message, { cause });
}

/** What there is of a folder; `null` for nothing. */
async function markOf(path: string): Promise<FolderMark | null> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) throw fileInTheWay(path);
    return { mounted: found.dev !== (await stat(dirname(resolve(path)))).dev };
  } catch (error) {
    if (error instanceof FilesError) throw error;
    if (systemCode(error) === "ENOENT") return null;
    if (isFileInTheWay(error)) throw fileInTheWay(path, error);
    // A disk that was taken out answers in many ways.
    if (GONE.has(systemCode(error))) throw goneFolder(path, error);
    throw diskError(`Cannot use the folder ${quoted(path)}`, error);
  }
}

const GONE: ReadonlySet<string> = new Set(["EIO", "ENXIO", "ENODEV", "ESTALE", "ENOTCONN", "EHOSTDOWN", "ETIMEDOUT"]);

function isFileInTheWay(error: unknown): boolean {
  return ["ENOTDIR", "EEXIST"].includes(systemCode(error));
}

function fileInTheWay(path: string, cause?: unknown): FilesError {
  return new FilesError("conflict", `Cannot receive into ${quoted(path)}: that, or what it lies in, is a file`, {
    cause,
  });
}

function quoted(path: string): string {
  return JSON.stringify(path);
}
