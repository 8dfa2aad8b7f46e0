/** Receiving the bytes of an offer. @module */

import type { ReadBytes, ReceivedFiles, ReceivePlan, TransferOptions, TransferPoint } from "./entry.ts";
import { FilesError } from "./error.ts";

/**
 * The point from which an offer has to be asked for: everything before it is on disk and verified. `index` is the number
 * of entries when nothing is missing.
 *
 * @throws FilesError `busy`, `symlink`, `no-permission`, `disk`, `aborted`
 */
export function resumePoint(
  _plan: ReceivePlan,
  _options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<TransferPoint> {
  return Promise.reject(new FilesError("disk", "Cannot resume: it is not built yet"));
}

/**
 * Receives what is missing of an offer. `connect` is called once, when everything on disk is checked, with the point to
 * ask the peer for, and gives the function that reads its bytes; its errors, and those of reading, are passed on after
 * what had arrived is on disk. Call it again with the same plan, or one planned anew, to resume.
 *
 * @throws FilesError `truncated`, `hash-mismatch`, `no-space`, `no-permission`, `symlink`, `conflict`, `busy`, `disk`,
 * `aborted`
 */
export function receiveFiles(
  _connect: (from: TransferPoint) => Promise<ReadBytes>,
  _plan: ReceivePlan,
  _options: TransferOptions = {},
): Promise<ReceivedFiles> {
  return Promise.reject(new FilesError("disk", "Cannot receive files: it is not built yet"));
}

/**
 * Removes the journal and the partial files of an offer: of one that is complete, once its completion is stored elsewhere,
 * or of one that was cancelled. Files that are complete stay. Does nothing the second time.
 *
 * @throws FilesError `busy`, `no-permission`, `disk`
 */
export function clearReceive(_plan: ReceivePlan): Promise<void> {
  return Promise.reject(new FilesError("disk", "Cannot clear a transfer: it is not built yet"));
}
