/**
 * Which names the file system of a download folder can keep: tried out there, whatever the running system.
 *
 * @module
 */

import { lstat, mkdtemp, readdir, rm, rmdir, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { isAlive } from "../../held-file.ts";
import { systemCode } from "./error.ts";
import { STATE_FOLDER } from "./names.ts";
import { inNotesFolder } from "./notes-folder.ts";

/** How names have to be for a file system, and how large its files may be. */
export interface NameRules {
  /** Whether it lacks names that Windows lacks: FAT, exFAT, NTFS and network disks do on any system. */
  readonly windowsNames: boolean;
  /** Whether names that differ only by case or normal form are one. */
  readonly foldNames: boolean;
  /** Bytes of the largest file, as far as that is known beforehand. */
  readonly fileBytesMax: number;
}

/** Names that are kept as they are wherever those of Windows are no matter. Where one is lost, its rules hold for all. */
const UNLIKELY_NAMES = ['a<b>:"|?*', "a.", "a ", "aux.txt"];
/** Names of which the second finds the first where case, or the normal form, does not matter. */
const ALIASES: readonly (readonly [made: string, alias: string])[] = [["case", "CASE"], ["\u00e9", "e\u0301"]];

/** The type of FAT as Linux reports it (`MSDOS_SUPER_MAGIC`), and its largest file. */
const FAT_TYPE = 0x4d44;
const FAT_FILE_BYTES_MAX = 2 ** 32 - 1;

/** Folders whose rules are remembered. */
const KNOWN_MAX = 64;
/** What is older was left by a process that was killed, on whatever machine. */
const STALE_MS_MIN = 60_000;

const known = new Map<string, NameRules>();

/**
 * The rules of a folder that exists. Files are made below its folder of notes and removed again, once for each folder of a
 * process; where that is not possible, the usual rules of the system are taken.
 */
export async function nameRules(folder: string): Promise<NameRules> {
  const isWindows = process.platform === "win32";
  if (isWindows) return { windowsNames: true, foldNames: true, fileBytesMax: Infinity };
  const [{ dev, ino, birthtimeMs }, type] = await Promise.all([stat(folder), typeOf(folder)]);
  // Inodes are used again.
  const key = `${dev}:${ino}:${birthtimeMs}:${type}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const fileBytesMax = type === FAT_TYPE && process.platform === "linux" ? FAT_FILE_BYTES_MAX : Infinity;
  const tried = await tryNames(folder).catch(() => null);
  if (tried === null) {
    return { windowsNames: type === FAT_TYPE, foldNames: process.platform === "darwin", fileBytesMax };
  }
  const rules = { ...tried, fileBytesMax };
  if (known.size === KNOWN_MAX) known.clear();
  known.set(key, rules);
  return rules;
}

async function typeOf(folder: string): Promise<number> {
  return await statfs(folder).then(({ type }) => Number(type), () => 0);
}

async function tryNames(folder: string): Promise<Pick<NameRules, "windowsNames" | "foldNames">> {
  const notes = join(folder, STATE_FOLDER);
  const tries = await makeTries(notes);
  try {
    const [kept, folded] = [await keepsNames(tries), await foldsNames(tries)];
    return { windowsNames: !kept, foldNames: folded };
  } finally {
    await rm(tries, { recursive: true, force: true }).catch(() => {});
    // Others may be in it.
    await rmdir(notes).catch(() => {});
  }
}

/** Makes a folder of one's own in that of the notes, which is made, too; what dead processes left there is removed. */
async function makeTries(notes: string): Promise<string> {
  return await inNotesFolder(notes, async () => {
    const before = (await readdir(notes)).filter((name) => name.startsWith("names-"));
    await Promise.all(before.map((name) => removeStale(join(notes, name))));
    return await mkdtemp(join(notes, `names-${process.pid}-`));
  });
}

async function removeStale(path: string): Promise<void> {
  const { mtimeMs } = await lstat(path).catch(() => ({ mtimeMs: Infinity }));
  const [, pid = "0"] = /names-(\d+)-[^/]*$/.exec(path) ?? [];
  if (Date.now() - mtimeMs <= STALE_MS_MIN && await isAlive({ pid: Number(pid), began: "" })) return;
  await rm(path, { recursive: true, force: true });
}

/** Whether files get exactly the names that they are made with. */
async function keepsNames(folder: string): Promise<boolean> {
  for (const name of UNLIKELY_NAMES) {
    if (!await isMade(join(folder, name))) return false;
  }
  const made = new Set(await readdir(folder));
  return UNLIKELY_NAMES.every((name) => made.has(name));
}

async function foldsNames(folder: string): Promise<boolean> {
  for (const [name, alias] of ALIASES) {
    if (!await isMade(join(folder, name))) continue;
    if (await lstat(join(folder, alias)).then(() => true, () => false)) return true;
  }
  return false;
}

/** Makes an empty file; false where its name is not possible. A disk that is full shows nothing about names. */
async function isMade(path: string): Promise<boolean> {
  try {
    await writeFile(path, "", { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (["ENOSPC", "EDQUOT", "EROFS", "EMFILE", "ENFILE", "EIO"].includes(systemCode(error))) throw error;
    return false;
  }
}
