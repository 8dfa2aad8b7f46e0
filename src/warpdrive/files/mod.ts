/**
 * The disk part of warpdrive: finding the files of an offer, sending their bytes, receiving them safely and resuming
 * after any interruption. For Node and Deno.
 *
 * @module
 */

export {
  collectFiles,
  type CollectOptions,
  type HashProgress,
  hashSource,
  sendFiles,
  type SendOptions,
} from "./send/mod.ts";
export {
  type CollectedFiles,
  type CollisionPolicy,
  ENTRIES_MAX,
  type FileEntry,
  type FileHash,
  HASH_LATER,
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
export {
  checkEntries,
  clearReceive,
  findLost,
  hasJournals,
  LOST_REASONS,
  lostBy,
  type LostFiles,
  type LostReason,
  type PlanOptions,
  planReceive,
  receiveFiles,
  resumePoint,
  rootNames,
} from "./receive/mod.ts";
