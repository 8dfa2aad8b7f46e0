/**
 * What a transfer is known by, and the earlier attempt at it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type JournalState, readJournal } from "./disk/mod.ts";
import { DEFERRED_HASH, type OfferedEntry, type ReceivePlan } from "./entry.ts";
import { FilesError, systemCode } from "./error.ts";

/** The end of a journal's name. */
const SUFFIX = ".journal";

/** A transfer, and what its journal says if it was begun. */
export interface KnownTransfer extends Pick<ReceivePlan, "mark" | "journal" | "notesHashes" | "content"> {
  readonly begun: JournalState | undefined;
}

/** Where an earlier attempt is looked for. */
export interface EarlierPlaces {
  readonly folder: string;
  readonly offerKey: string;
  /** The folder of the journals. */
  readonly stateFolder: string;
  /** See `PlanOptions`. */
  readonly resumesByTime: boolean;
}

/**
 * The earlier attempt at a transfer, or what is to be a new one. It is the one of the same list; by time, a file whose time
 * of change is known is the same where that is the same, and otherwise the one whose hashes are all the same. Where times
 * are the same and hashes are not, it is another one.
 */
export function findTransfer(entries: readonly OfferedEntry[], places: EarlierPlaces): KnownTransfer {
  const { stateFolder } = places;
  const journalOf = (mark: string) => join(stateFolder, `${mark}${SUFFIX}`);
  const byHash = markOf(entries, places, ({ sha256 }) => sha256 ?? "");
  if (!places.resumesByTime || entries.every(({ modifiedMs }) => modifiedMs === undefined)) {
    return { mark: byHash, journal: journalOf(byHash), begun: readJournal(journalOf(byHash)) };
  }
  const content = entries.some(({ sha256 }) => sha256 === DEFERRED_HASH) ? undefined : byHash;
  const known = (mark: string, begun: JournalState | undefined): KnownTransfer => ({
    ...{ mark, journal: journalOf(mark), begun, notesHashes: true, content },
  });
  const byTime = markOf(entries, places, ({ sha256, modifiedMs }) => modifiedMs ?? sha256 ?? "");
  const begun = readJournal(journalOf(byTime));
  if (begun !== undefined && mayBeOf(begun, entries, content)) return known(byTime, begun);
  const same = content === undefined
    ? undefined
    : marksIn(stateFolder).find((mark) => contentOf(journalOf(mark)) === content);
  if (same !== undefined) return known(same, readJournal(journalOf(same)));
  if (begun === undefined) return known(byTime, undefined);
  // Something else has the mark of its times.
  return known(byHash, readJournal(journalOf(byHash)));
}

/** Whether what a journal notes of contents agrees with a list, as far as both have it. */
function mayBeOf(begun: JournalState, entries: readonly OfferedEntry[], content: string | undefined): boolean {
  if (content !== undefined && begun.content !== undefined) return begun.content === content;
  return [...begun.hashes].every(([index, sha256]) => {
    const told = entries[index]?.sha256;
    return told === sha256 || told === DEFERRED_HASH;
  });
}

/** The content that a journal is of; `undefined` also for one that cannot be understood. */
function contentOf(journal: string): string | undefined {
  try {
    return readJournal(journal)?.content;
  } catch (error) {
    if (error instanceof FilesError) return undefined;
    throw error;
  }
}

function marksIn(stateFolder: string): string[] {
  try {
    const names = readdirSync(stateFolder).filter((name) => name.endsWith(SUFFIX));
    return names.map((name) => name.slice(0, -SUFFIX.length)).sort();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error))) return [];
    throw error;
  }
}

/** Differs wherever the folder, the offer or its list differs; of a file's content, what is given of it. */
function markOf(
  entries: readonly OfferedEntry[],
  { folder, offerKey }: Pick<EarlierPlaces, "folder" | "offerKey">,
  given: (entry: OfferedEntry) => string | number,
): string {
  const hash = createHash("sha256").update(JSON.stringify([folder, offerKey]));
  for (const entry of entries) {
    hash.update(JSON.stringify([entry.uri, entry.isDirectory || String(entry.size), given(entry)]));
  }
  return hash.digest("hex").slice(0, 16);
}
