/**
 * The disk part of warpdrive: finding the files of an offer, sending their bytes, receiving them safely and resuming
 * after any interruption. For Node and Deno.
 *
 * @module
 */

export { collectFiles, type CollectOptions, findFiles, hashFiles, type HashProgress } from "./collect.ts";
export { findLost, LOST_REASONS, lostBy, type LostFiles, type LostReason } from "./lost.ts";
export { hashSource, sendFiles, type SendOptions } from "./send.ts";
export {
  type AskHash,
  type CollectedFiles,
  type CollisionPolicy,
  DEFERRED_HASH,
  DEFERRED_HASH_BYTES_MIN,
  type FileEntry,
  type FileHash,
  type KeptFile,
  type LeftOutEntry,
  type OfferedEntry,
  type PlannedEntry,
  type ReadBytes,
  type ReceivedFiles,
  type ReceivePlan,
  SKIP_REASONS,
  type SkippedPath,
  type SkipReason,
  type TransferOptions,
  type TransferPoint,
  type WriteBytes,
} from "./entry.ts";
export { ensureDownloadFolder } from "./download-folder.ts";
export { FILES_ERROR_CODES, FilesError, type FilesErrorCode } from "./error.ts";
export { checkEntries, type PlanOptions, planReceive, rootNames } from "./plan.ts";
export { clearReceive, hasJournals, receiveFiles } from "./receive.ts";
