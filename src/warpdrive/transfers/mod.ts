/**
 * Downloads and uploads of offers.
 *
 * @module
 */

export { DownloadFolder } from "./download-folder.ts";
export { Downloads } from "./downloads.ts";
export { Attempts, retryDownload, type RetryOptions } from "./retry.ts";
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
