/**
 * The one error class of files on disk and the table of its codes.
 *
 * @module
 */

import { CodedError, systemCode } from "../../coded-error.ts";

export { systemCode };

/**
 * Every code a {@link FilesError} can carry, with its meaning. The codes are stable: programs may compare them, and the
 * other side of a transfer may be told.
 */
export const FILES_ERROR_CODES = {
  /** The caller's `AbortSignal` fired; its reason is the cause. What had arrived is on disk. */
  aborted: "The caller gave up",
  /** The disk or the quota is full, or the file is larger than the file system allows. */
  "no-space": "There is no room on the disk",
  /** The system does not let this user read or write here. */
  "no-permission": "The system does not allow it",
  /** The download folder was there, and is gone: its disk may not be mounted. It is not made again. */
  "no-folder": "The download folder is gone",
  /** Too many files are open in this process or on this machine. */
  "too-many-open": "Too many files are open",
  /** Any other failure of the disk; the cause says which. */
  disk: "The disk failed",
  /** A file to be sent is not what it was when it was offered: of another size, another time, or no file any more. */
  "source-changed": "The source has changed since it was offered",
  /** A file to be sent is gone. */
  "source-missing": "The source does not exist any more",
  /** A path that was asked for cannot be offered at all. */
  "source-refused": "The source cannot be offered",
  /** The sender ended before the last announced byte. */
  truncated: "The bytes end before the last file does",
  /** A received file does not have the SHA-256 that was announced. Its partial file was removed. */
  "hash-mismatch": "The file is not the one that was announced",
  /** A name from the network could lead out of the download folder, or cannot be the name of a file. */
  "unsafe-path": "The name is not safe",
  /** A name or path is longer than file systems allow. */
  "name-too-long": "The name is too long",
  /** Two entries of one offer have the same name. */
  duplicate: "The offer contains the name twice",
  /** There is a file where a directory is needed, or the other way round. */
  conflict: "A file and a directory have the same name",
  /** There is a symbolic link below the download folder where a directory or a file has to be. */
  symlink: "A symbolic link is in the way",
  /** An entry has a size that is negative or above 2^53-1 (alone or with the others), or an invalid hash. */
  invalid: "The entry is not valid",
  /** There are more entries than the limit allows. */
  "too-many": "There are too many entries",
  /** The same offer is being received already. */
  busy: "The offer is being received already",
  /** The journal of a transfer cannot be understood. */
  journal: "The journal of the transfer is damaged",
} as const;

/** One of the stable error codes of {@link FILES_ERROR_CODES}. */
export type FilesErrorCode = keyof typeof FILES_ERROR_CODES;

/** What belongs to a {@link FilesError}. */
export interface FilesErrorDetails {
  /** Position of the entry in the offer. */
  readonly index?: number | undefined;
  /** The error that caused this one, or the reason of an `AbortSignal`. */
  readonly cause?: unknown;
}

/** Thrown by everything that reads, plans or writes the files of an offer. */
export class FilesError extends CodedError<FilesErrorCode> {
  override readonly name: string = "FilesError";
  /** Position of the entry in the offer, or -1 where none is to blame. */
  readonly index: number;

  constructor(code: FilesErrorCode, message: string, details: FilesErrorDetails = {}) {
    super(code, message, details);
    this.index = details.index ?? -1;
  }
}

const SYSTEM_CODES: Readonly<Record<string, FilesErrorCode>> = {
  ENOSPC: "no-space",
  EDQUOT: "no-space",
  EFBIG: "no-space",
  EACCES: "no-permission",
  EPERM: "no-permission",
  EROFS: "no-permission",
  EMFILE: "too-many-open",
  ENFILE: "too-many-open",
  ENAMETOOLONG: "name-too-long",
  ELOOP: "symlink",
};

/** What systems say of names that a file system does not take. */
const IMPOSSIBLE: ReadonlySet<string> = new Set(["ENOENT", "EINVAL", "ENAMETOOLONG", "EILSEQ"]);
/** What some of them say, and what has other causes as well. */
const MAYBE_IMPOSSIBLE: ReadonlySet<string> = new Set([...IMPOSSIBLE, "EPERM", "EACCES"]);

/** Whether an error says that nothing has a name, because it is missing or not possible. */
export function isAbsent(error: unknown): boolean {
  return IMPOSSIBLE.has(systemCode(error));
}

/** Whether an error may be due to a name, as far as it shows. */
export function mayBlameName(error: unknown): boolean {
  return MAYBE_IMPOSSIBLE.has(systemCode(error));
}

/** The error for a failed call of the file system. `action` starts the message, as in `Cannot write "a.txt"`. */
export function diskError(action: string, cause: unknown, index?: number): FilesError {
  if (cause instanceof FilesError) return cause;
  const system = systemCode(cause);
  const code = SYSTEM_CODES[system] ?? "disk";
  return new FilesError(code, `${action}: ${FILES_ERROR_CODES[code].toLowerCase()} (${system || cause})`, {
    index,
    cause,
  });
}
