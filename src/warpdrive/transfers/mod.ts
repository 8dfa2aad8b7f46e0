/**
 * Transfers: single uploads and downloads, their retries, and those of a node.
 *
 * @module
 */

export { DownloadFolder } from "./download-folder.ts";
export { Downloads } from "./downloads.ts";
export { retryDownload, type RetryOptions } from "./retry.ts";
export { comesWith, SentHashes } from "./sent-hashes.ts";
export {
  download,
  type DownloadOptions,
  type Moved,
  movedBefore,
  NOTHING_MOVED,
  readConfirmation,
  upload,
} from "./transfer.ts";
export { Uploads } from "./uploads.ts";
