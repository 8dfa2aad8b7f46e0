/** Where the entries of an offer go. @module */

import type { CollisionPolicy, OfferedEntry, ReceivePlan } from "./entry.ts";
import { FilesError } from "./error.ts";

/** Options of {@link planReceive}. */
export interface PlanOptions {
  /** `rename` by default. A transfer that is resumed keeps the one it was begun with. */
  readonly onCollision?: CollisionPolicy | undefined;
  /** Where the journal is kept; by default the folder `.warpwire` of the download folder. */
  readonly stateFolder?: string | undefined;
  /** How many entries there may be; {@link ENTRIES_MAX} by default. */
  readonly entriesMax?: number | undefined;
}

/**
 * Checks the entries of an offer without touching the disk, as when it arrives: the first error of every entry that has
 * one, in their order, at most 100. Empty when the offer can be planned.
 */
export function checkEntries(
  _entries: readonly OfferedEntry[],
  _options: { readonly entriesMax?: number | undefined } = {},
): FilesError[] {
  throw new FilesError("disk", "Cannot check entries: it is not built yet");
}

/**
 * Says where the entries of an offer go, and reads the journal when the offer was begun before. Writes nothing.
 *
 * @param offerKey any text that names the offer among all peers', as in peer and id
 * @throws FilesError the first of {@link checkEntries}, `conflict`, `symlink`, `no-permission`, `disk`, `journal`
 */
export function planReceive(
  _folder: string,
  _offerKey: string,
  _entries: readonly OfferedEntry[],
  _options: PlanOptions = {},
): Promise<ReceivePlan> {
  return Promise.reject(new FilesError("disk", "Cannot plan a transfer: it is not built yet"));
}
