/** Sending the bytes of an offer. @module */

import type { FileEntry, TransferOptions, TransferPoint, WriteBytes } from "./entry.ts";
import { FilesError } from "./error.ts";

/** Options of {@link sendFiles}: `index` -1 and `offset` 0 by default, which is the start. */
export interface SendOptions extends TransferOptions, Partial<TransferPoint> {}

/**
 * Writes the concatenated bytes of all files from a point on and returns their number. Errors of `write` are passed on.
 *
 * @throws FilesError `source-changed`, `source-missing`, `no-permission`, `disk`, `invalid` (negative offset), `aborted`
 */
export function sendFiles(
  _write: WriteBytes,
  _entries: readonly FileEntry[],
  _options: SendOptions = {},
): Promise<number> {
  return Promise.reject(new FilesError("disk", "Cannot send files: it is not built yet"));
}
