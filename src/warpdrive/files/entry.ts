/**
 * Types of the disk part of warpdrive: entries of offers, points in their bytes, options.
 *
 * @module
 */

import type { WaitOptions } from "../../host/mod.ts";

/** How many entries an offer may have unless a limit says otherwise: what a JSON list of some 20 MB holds. */
export const ENTRIES_MAX = 100_000;

/** How many bytes of UTF-8 the name of a file may have: the limit of nearly all file systems. */
export const NAME_BYTES_MAX = 255;

/** How many bytes of UTF-8 a relative path may have; with the folder before it, it stays below Linux's 4,096. */
export const PATH_BYTES_MAX = 3_072;

/** How many names a path may have. Real trees stay below 50; each level costs time at every file. */
export const DEPTH_MAX = 100;

/** In place of the SHA-256 of a file that is hashed while it is sent: the offer does not wait for the hash. */
export const DEFERRED_HASH = "later";

/** Files of this size and more are hashed while they are sent, so that nobody need wait for that. In bytes. */
export const DEFERRED_HASH_BYTES_MIN = 16 * 2 ** 20;

/** What both sides know of an entry of an offer. */
export interface OfferedEntry {
  /** Relative path with `/` between the names: `photos/2024/a.jpg`. */
  readonly uri: string;
  /** Bytes of a file. For a directory anything; it is not used. */
  readonly size: number | bigint;
  readonly isDirectory: boolean;
  /** Unix mode, of which the lowest nine bits count. */
  readonly permissions: number;
  /** SHA-256 of the content in 64 lower-case hex digits, or {@link DEFERRED_HASH}, if the sender gives it. */
  readonly sha256?: string | undefined;
  /** When the content was changed last, milliseconds since 1970, if the sender gives it. */
  readonly modifiedMs?: number | undefined;
}

/** An entry to be sent, with what only its owner knows. */
export interface FileEntry extends OfferedEntry {
  /** Absolute path on this machine. It never goes into an offer. */
  readonly path: string;
  /** Bytes of a file, 0 for a directory. */
  readonly size: number;
  /** When the content was changed last: milliseconds since 1970, with fractions. */
  readonly modifiedMs: number;
  /** Device and inode of what was found, as `dev:ino`: something else that took its path is not sent in its place. */
  readonly inode?: string | undefined;
}

/**
 * Why something can be left out of an offer, or of what is received, in words that follow its name. The codes are
 * stable.
 */
export const SKIP_REASONS = {
  link: "is a symbolic link, which is not followed",
  special: "is a socket, a pipe or a device",
  unreadable: "cannot be read",
  changed: "was changed while it was read",
  "unknown-size": "has content that its size does not count",
  "not-unicode": "has a name that is not valid Unicode",
  "control-character": "has a control character in its name",
  separator: "has a backslash in its name",
  "name-too-long": "has a name of more than 255 bytes",
  "path-too-long": "has a path of more than 3,072 bytes",
  "too-deep": "has more than 100 levels of folders above it",
  "name-refused": "has a name that the receiver's disk does not take",
  "too-large": "is larger than a file can be on the receiver's disk",
} as const;

/** One of the codes of {@link SKIP_REASONS}. */
export type SkipReason = keyof typeof SKIP_REASONS;

/** Something that was left out of an offer. */
export interface SkippedPath {
  /** Absolute path on this machine. */
  readonly path: string;
  /** The path that it would have had in the offer. */
  readonly uri: string;
  readonly reason: SkipReason;
}

/** What was found below the given paths. */
export interface CollectedFiles {
  /** Parents before their children, the names of a folder in the order of their UTF-16 units. */
  readonly entries: readonly FileEntry[];
  /** What was left out, and why. */
  readonly skipped: readonly SkippedPath[];
  /** Sum of all sizes. */
  readonly bytes: number;
}

/** A place in the concatenated bytes of an offer. */
export interface TransferPoint {
  /** Position of the entry; the number of entries at the end. Below 0 means the start. */
  readonly index: number;
  /** Bytes of that entry that are done. */
  readonly offset: number;
}

/** The SHA-256 of an entry whose hash was to come later. */
export interface FileHash {
  /** Position of the entry. */
  readonly index: number;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
}

/** How far a transfer is. */
export interface TransferProgress extends TransferPoint {
  /** Bytes moved by this call, without those of earlier ones. */
  readonly bytes: number;
}

/** Options of every transfer. */
export interface TransferOptions {
  /** Gives up when it fires: `aborted`, with the signal's reason as cause. */
  readonly signal?: AbortSignal | undefined;
  /** Called as bytes move, some thousand times a gigabyte. Must not throw. */
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/** Takes bytes to the peer, like `Stream.write`: the memory is used again once the promise resolves. */
export type WriteBytes = (bytes: Uint8Array, options?: WaitOptions) => Promise<unknown>;

/** Brings bytes from the peer, like `Stream.read`: at least one, at most `buf.length`, `null` at the end. */
export type ReadBytes = (buf: Uint8Array, options?: WaitOptions) => Promise<number | null>;

/** Asks the sender for the SHA-256 of an entry, by its position. Must end with the signal. */
export type AskHash = (index: number, options: { readonly signal: AbortSignal }) => Promise<string>;

/** Options of `receiveFiles`. */
export interface ReceiveOptions extends TransferOptions {
  /**
   * Called for each file whose hash comes later: when its first bytes are there, and once more for want of the hash if
   * that has failed. Errors of the second time, or of a file that is on disk already, are passed on.
   */
  readonly askHash?: AskHash | undefined;
}

/**
 * What happens to an entry whose name is taken in the download folder: `rename` gives it another name, `name (2).ext`;
 * `skip` keeps what is there; `overwrite` replaces a file in one step, once the new one is complete.
 */
export type CollisionPolicy = "rename" | "skip" | "overwrite";

/** An entry with its place below the download folder. */
export interface PlannedEntry extends OfferedEntry {
  /** Path below the download folder with `/` between the names. Empty for the folder itself. */
  readonly target: string;
  /** Bytes of a file, 0 for a directory. */
  readonly size: number;
  /** Whether what is there already stays: the entry's bytes are read and dropped. */
  readonly skip: boolean;
  /** Whether the file is larger than the file system allows: it is left out. */
  readonly tooLarge?: boolean | undefined;
}

/** Where the entries of one offer go. Plain data. */
export interface ReceivePlan {
  /** Absolute path of the download folder, without symbolic links. */
  readonly folder: string;
  readonly onCollision: CollisionPolicy;
  readonly entries: readonly PlannedEntry[];
  /** Sum of all sizes. */
  readonly bytes: number;
  /** 16 hex digits made of the offer's key and its entries: they mark the partial files. */
  readonly mark: string;
  /** Absolute path of the journal. */
  readonly journal: string;
  /** Whether the journal was there: the offer was received in part, or completely. */
  readonly resumed: boolean;
  /** Whether the journal notes the hashes of large files: the list may be without them when it is resumed. */
  readonly notesHashes?: boolean | undefined;
  /** What the hashes of all files make, where `notesHashes` and they are known: it tells contents apart. */
  readonly content?: string | undefined;
  /**
   * Whether names are those of Windows, and whether those that differ by case are one: kept while the journal is there.
   */
  readonly windowsNames: boolean;
  readonly foldNames: boolean;
}

/** A file that was there and stayed, instead of one of the offer. */
export interface KeptFile {
  /** Position of the entry. */
  readonly index: number;
  /** Whether its content is that of the offer; `unknown` if the offer has no hash of it. */
  readonly content: "same" | "different" | "unknown";
}

/** Something that the disk did not take: it was left out, and the rest is there. */
export interface LeftOutEntry {
  /** Position of the entry. */
  readonly index: number;
  readonly reason: "name-refused" | "too-large";
}

/** What came of receiving. */
export interface ReceivedFiles {
  /** Bytes that came from the peer in this call. */
  readonly bytes: number;
  /**
   * Paths below the download folder, by position in the offer. They differ from the plan where a name was taken since.
   */
  readonly targets: readonly string[];
  /** Files that were kept under the policy `skip`, in their order: those of the offer are not here. */
  readonly kept: readonly KeptFile[];
  /** What the disk did not take, in its order. */
  readonly leftOut: readonly LeftOutEntry[];
}
