/**
 * Where the entries of a plan are on disk: under the names of the plan, unless the journal knows of others.
 *
 * @module
 */

import type { PlannedEntry } from "../entry.ts";
import type { JournalState } from "./journal.ts";
import { folderOf, lastName, partName } from "../names.ts";
import type { UnpackedPlan } from "./packed-plan.ts";

/** The first name of a path. */
export function rootOf(path: string): string {
  const end = path.indexOf("/");
  return end < 0 ? path : path.slice(0, end);
}

/** The path that an entry was meant to have when its transfer began, below the download folder. */
export function homeOf({ uri, target }: PlannedEntry, { roots }: Pick<JournalState, "roots">): string {
  if (target === "") return "";
  const root = rootOf(uri);
  return (roots.get(root) ?? root) + target.slice(rootOf(target).length);
}

/** The path that an entry has now. */
export function targetOf({ entries }: UnpackedPlan, journal: JournalState, index: number): string {
  return journal.targets.get(index) ?? homeOf(entries.at(index) as PlannedEntry, journal);
}

/** The path of an entry's partial file. */
export function partOf({ entries, mark }: UnpackedPlan, journal: JournalState, index: number): string {
  const home = homeOf(entries.at(index) as PlannedEntry, journal);
  return inFolder(folderOf(home), partName(lastName(home), mark, index));
}

/** The path of a name in a folder. */
export function inFolder(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
