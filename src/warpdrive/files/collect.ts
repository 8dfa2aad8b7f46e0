/** Finding the files of an offer. @module */

import type { CollectedFiles } from "./entry.ts";
import { FilesError } from "./error.ts";

/** Options of {@link collectFiles}. */
export interface CollectOptions {
  /** Gives up when it fires: `aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** How many entries there may be; {@link ENTRIES_MAX} by default. More: `too-many`. */
  readonly entriesMax?: number | undefined;
  /** Whether every file gets its SHA-256; `true` by default. */
  readonly hash?: boolean | undefined;
}

/**
 * Finds everything below some paths, as the entries of one offer.
 *
 * @throws FilesError `source-missing`, `source-refused` (a given path is a socket or has a name that cannot be sent),
 * `no-permission`, `too-many`, `aborted`
 */
export function collectFiles(_paths: readonly string[], _options: CollectOptions = {}): Promise<CollectedFiles> {
  return Promise.reject(new FilesError("disk", "Cannot collect files: it is not built yet"));
}
