/**
 * The disk part of warpdrive: finding the files of an offer, sending their bytes, receiving them safely and resuming
 * after any interruption. For Node and Deno.
 *
 * @module
 */

export { collectFiles, type CollectOptions, type HashProgress } from "./collect.ts";
export { findLost, LOST_REASONS, lostBy, type LostFiles, type LostReason } from "./lost.ts";
export { hashSource, sendFiles, type SendOptions } from "./send.ts";
export {
  type AskHash,
  type CollectedFiles,
  type CollisionPolicy,
  DEFERRED_HASH,
  ENTRIES_MAX,
  type FileEntry,
  type FileHash,
  type KeptFile,
  type LeftOutEntry,
  NAME_BYTES_MAX,
  type OfferedEntry,
  PATH_BYTES_MAX,
  type PlannedEntry,
  type ReadBytes,
  type ReceivedFiles,
  type ReceiveOptions,
  type ReceivePlan,
  SKIP_REASONS,
  type SkippedPath,
  type SkipReason,
  type TransferOptions,
  type TransferPoint,
  type TransferProgress,
  type WriteBytes,
} from "./entry.ts";
export { ensureDownloadFolder, type FolderMark } from "./download-folder.ts";
export { FILES_ERROR_CODES, FilesError, type FilesErrorCode, type FilesErrorDetails } from "./error.ts";
export { checkEntries, type PlanOptions, planReceive, rootNames } from "./plan.ts";
export { clearReceive, hasJournals, receiveFiles, resumePoint } from "./receive.ts";
