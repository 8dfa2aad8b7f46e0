/**
 * Creates the journal of a transfer, and removes it with all partial files.
 *
 * @module
 */

import { dirname } from "node:path";
import { disk } from "./disk.ts";
import { FilesError, isAbsent, mayBlameName } from "../error.ts";
import { Folders, syncFolder } from "./folders.ts";
import { Journal, type JournalState, newState, readJournal } from "./journal.ts";
import { folderOf, numberedName } from "../names.ts";
import { statOf } from "./stat.ts";
import { partPath, rootOf, type UnpackedPlan } from "./packed-plan.ts";

/**
 * Makes the journal of a transfer. Where names that are taken lead to others, it also makes the folders of the first
 * level, and chooses again if somebody was faster: then nothing below can be taken.
 */
export async function createJournal(plan: UnpackedPlan, folders: Folders): Promise<Journal> {
  const stateFolder = dirname(plan.journal);
  folders.ensure("");
  disk.mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  if (!statOf(stateFolder)?.isDirectory) {
    throw new FilesError("symlink", `Cannot keep notes in ${JSON.stringify(stateFolder)}: it is not a folder`);
  }
  const { onCollision, windowsNames, foldNames, content } = plan;
  const roots = chooseRoots(plan, folders);
  const journal = await Journal.create(plan.journal, { onCollision, roots, windowsNames, foldNames, content });
  // The folder of the journals may be as new as the journal.
  for (const folder of [stateFolder, dirname(stateFolder)]) await syncFolder(folder);
  return journal;
}

/** The names of the first level that differ from those of the offer. */
function chooseRoots(plan: UnpackedPlan, folders: Folders): Map<string, string> {
  const modes = folderModes(plan);
  const chosen = new Map<string, string>();
  for (const { uri, target } of plan.entries) {
    const root = rootOf(uri);
    if (target === "" || chosen.has(root)) continue;
    const name = rootOf(target);
    const mode = plan.onCollision === "rename" ? modes.get(root) : undefined;
    chosen.set(root, mode === undefined ? name : claim(folders, name, mode));
  }
  for (const [root, name] of chosen) if (root === name) chosen.delete(root);
  return chosen;
}

/** The modes of the folders of the first level, by their names in the offer. */
function folderModes({ entries }: UnpackedPlan): Map<string, number> {
  const modes = new Map<string, number>();
  for (const { uri, target, isDirectory, permissions, skip } of entries) {
    if (skip) continue;
    const root = rootOf(uri);
    if (root !== uri) modes.set(root, modes.get(root) ?? 0o777);
    else if (isDirectory && target !== "") modes.set(root, permissions);
  }
  return modes;
}

function claim(folders: Folders, name: string, mode: number): string {
  let free = name;
  try {
    for (let number = 2; !folders.claim(free, mode); number++) free = numberedName(name, number);
  } catch (error) {
    // The disk may not take the name. The first entry that needs the folder finds out, and is left out.
    if (!mayBlameName(error)) throw error;
  }
  return free;
}

/** Removes the partial files and the journal of a transfer. */
export function clearFiles(plan: UnpackedPlan): undefined {
  const journal = readDamaged(plan);
  if (journal === undefined) return;
  const folders = new Folders(plan.folder);
  for (let index = journal.settling; index < plan.entries.length; index++) {
    if (plan.entries.at(index)?.isDirectory) continue;
    const part = partPath(plan, journal, index);
    if (folders.check(folderOf(part))) removeFile(folders.absolute(part));
  }
  removeJournal(plan.journal);
}

/** Removes a journal, and the journals' folder if it was the last one. */
export function removeJournal(path: string): void {
  removeFile(path);
  try {
    disk.rmdirSync(dirname(path));
  } catch {
    // Others are in it.
  }
}

/** What a journal says; the state of a new one if it is damaged. */
function readDamaged(plan: UnpackedPlan): JournalState | undefined {
  try {
    return readJournal(plan.journal);
  } catch (error) {
    if (!(error instanceof FilesError)) throw error;
    return newState({ onCollision: plan.onCollision, roots: new Map() });
  }
}

/** Removes a file, if it is there. */
export function removeFile(path: string): void {
  try {
    disk.unlinkSync(path);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}
