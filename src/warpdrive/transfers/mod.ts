/**
 * Downloads and uploads of offers.
 *
 * @module
 */

export { AbortGroup } from "./abort-group.ts";
export { DownloadPlace } from "./download-place.ts";
export { Downloads } from "./downloads.ts";
export { Uploads } from "./uploads.ts";
