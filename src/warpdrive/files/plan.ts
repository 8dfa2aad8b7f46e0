/**
 * Where the entries of an offer go.
 *
 * @module
 */

import { realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ensureDownloadFolder } from "./download-folder.ts";
import {
  type CollisionPolicy,
  DEFERRED_HASH,
  type OfferedEntry,
  type PlannedEntry,
  type ReceivePlan,
} from "./entry.ts";
import { findTransfer } from "./earlier.ts";
import { diskError, type FilesError } from "./error.ts";
import { type JournalState, rootOf } from "./disk/mod.ts";
import { assignTargets } from "./name-tree.ts";
import { Listings } from "./listings.ts";
import { type NameRules, nameRules } from "./name-rules.ts";
import { foldName, STATE_FOLDER } from "./names.ts";

/** Options of {@link planReceive}. */
export interface PlanOptions {
  /** `rename` by default. A transfer that is resumed keeps the one it was begun with. */
  readonly onCollision?: CollisionPolicy | undefined;
  /** Where the journal is kept; by default the folder `.warpwire` of the download folder. */
  readonly stateFolder?: string | undefined;
  /**
   * Whether a file whose time of change is given is the same at the same time, as long as its hash is not known. Default
   * no: an offer is the same by its key.
   */
  readonly resumesByTime?: boolean | undefined;
  /** Whether a download folder that is missing is made. Default yes. */
  readonly makeFolder?: boolean | undefined;
  /** Whether names that differ only by case or normal form are one; by default found out at the download folder. */
  readonly foldNames?: boolean | undefined;
  /** Whether names must be possible on Windows; by default found out at the download folder. */
  readonly windowsNames?: boolean | undefined;
  /** Bytes of the largest file; by default what the file system of the download folder allows, where it is known. */
  readonly fileBytesMax?: number | undefined;
}

/**
 * Checks the entries of an offer without touching the disk, as when it arrives: the first error of every entry that has
 * one, in their order, at most 100. Empty when the offer can be planned. Refused, whatever the system:
 *
 * - paths that are absolute, have empty names, `.`, `..`, backslashes, control characters or lone surrogates in them, or
 *   start with a drive letter or the name of the journals' folder: `unsafe-path`. (A directory `.` or with an empty name
 *   is the download folder: Go senders write that for `.` and for paths with a slash at the end.)
 * - names over 255 bytes of UTF-8, paths over 3,072 bytes or 100 levels: `name-too-long`
 * - a path that is listed twice: `duplicate`; a file with entries below it: `conflict`
 * - sizes that are not safe integers, alone or summed, and invalid hashes: `invalid`
 * - too many entries, or directories that are not listed: `too-many`
 */
export function checkEntries(
  entries: readonly OfferedEntry[],
  options: { readonly entriesMax?: number | undefined } = {},
): FilesError[] {
  return assignTargets(entries, options).faults;
}

/**
 * Plans where the entries of an offer go, and reads the journal when the offer was begun before. Makes the download folder
 * if it is missing, unless `makeFolder` is false, and leaves nothing else there. Directories that the offer does not
 * list are made, too.
 *
 * Under `rename`, a name of the first level that is taken gets a number (`photos (2)`, `a (2).txt`) and takes everything
 * below it along. Under `skip` and `overwrite` folders are merged, and each file is looked at.
 *
 * Names follow the file system of the download folder, which is tested in its folder `.warpwire`. Where it does not
 * distinguish case or normal forms, the later of two equal names gets a number. Where it cannot keep names that Windows
 * forbids, as on FAT, exFAT and network disks, forbidden characters become `_`, and names of devices are prefixed with it
 * (`_con.txt`). Elsewhere names stay as they are. What the disk still refuses is left out when it is received.
 *
 * @param offerKey any text that names the offer among those of all peers, as in peer and id; no part of it gets into a name
 * @throws FilesError the first of {@link checkEntries}, `no-folder`, `conflict`, `symlink`, `no-permission`, `disk`, `journal`
 */
export async function planReceive(
  folder: string,
  offerKey: string,
  entries: readonly OfferedEntry[],
  options: PlanOptions = {},
): Promise<ReceivePlan> {
  try {
    return await planFrom(folder, offerKey, entries, options);
  } catch (cause) {
    throw diskError(`Cannot plan a transfer to ${JSON.stringify(folder)}`, cause);
  }
}

async function planFrom(
  given: string,
  offerKey: string,
  entries: readonly OfferedEntry[],
  options: PlanOptions,
): Promise<ReceivePlan> {
  await ensureDownloadFolder(given, options.makeFolder === false ? { mounted: false } : undefined);
  const folder = await realpath(given);
  const stateFolder = resolve(options.stateFolder ?? join(folder, STATE_FOLDER));
  const { resumesByTime = false } = options;
  const { begun, ...known } = findTransfer(entries, { folder, offerKey, stateFolder, resumesByTime });
  const { windowsNames, foldNames, fileBytesMax } = await rulesOf(folder, { ...options, ...rulesBegun(begun) });
  const onCollision = begun?.onCollision ?? options.onCollision ?? "rename";
  const listings = new Listings(folder, foldNames || windowsNames);
  const { faults: [fault], targets, bytes } = assignTargets(entries, {
    ...options,
    windowsNames,
    foldNames,
    roots: begun?.roots,
    taken: begun === undefined && onCollision === "rename" ? await listings.roots() : [],
  });
  if (fault !== undefined) throw fault;
  const planned: PlannedEntry[] = [];
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index] as OfferedEntry;
    const { uri, isDirectory, permissions } = entry;
    const size = isDirectory ? 0 : Number(entry.size);
    // An empty file has no content that a hash could verify.
    const sha256 = entry.sha256 === DEFERRED_HASH && size === 0 ? undefined : entry.sha256;
    const target = targets[index] as string;
    const skip = onCollision !== "rename" && index >= (begun?.done ?? 0) &&
      await listings.isKept(entry, target, index, onCollision === "overwrite");
    planned.push({ uri, target, size, isDirectory, permissions, sha256, skip, tooLarge: size > fileBytesMax });
  }
  const resumed = begun !== undefined;
  return { folder, onCollision, entries: planned, bytes, ...known, resumed, windowsNames, foldNames };
}

/** The rules by which a transfer was begun: other names would be other files. */
function rulesBegun(begun: JournalState | undefined): Partial<NameRules> {
  if (begun?.windowsNames === undefined || begun.foldNames === undefined) return {};
  return { windowsNames: begun.windowsNames, foldNames: begun.foldNames };
}

/** What is asked for and, for the rest, what the disk shows. */
async function rulesOf(
  folder: string,
  { windowsNames, foldNames, fileBytesMax }: Pick<PlanOptions, keyof NameRules>,
): Promise<NameRules> {
  if (windowsNames !== undefined && foldNames !== undefined && fileBytesMax !== undefined) {
    return { windowsNames, foldNames, fileBytesMax };
  }
  const found = await nameRules(folder);
  return {
    windowsNames: windowsNames ?? found.windowsNames,
    foldNames: foldNames ?? found.foldNames,
    fileBytesMax: fileBytesMax ?? found.fileBytesMax,
  };
}

/**
 * How names of the first level would be called now in a download folder: as {@link planReceive} does it, with one look at
 * the folder for any number of offers. Names that are not possible stay as they are.
 */
export async function rootNames(folder: string, options: PlanOptions = {}): Promise<(name: string) => string> {
  const { onCollision = "rename" } = options;
  const { windowsNames, foldNames } = await rulesOf(folder, options);
  const folds = foldNames || windowsNames;
  const taken = new Set(onCollision === "rename" ? await new Listings(folder, folds).roots() : []);
  return (uri) => {
    const entry: OfferedEntry = { uri, size: 0, isDirectory: false, permissions: 0 };
    const free = assignTargets([entry], { windowsNames, foldNames }).targets[0] ?? uri;
    const root = rootOf(free);
    if (!taken.has(folds ? foldName(root) : root)) return free;
    return assignTargets([entry], { windowsNames, foldNames, taken }).targets[0] ?? uri;
  };
}
