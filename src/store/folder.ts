/**
 * A store in a folder, kept by LevelDB.
 *
 * @module
 */

import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ClassicLevel } from "classic-level";
import { keepCount, newCount, type NotedCount, readCount } from "./count-file.ts";
import { StoreError } from "./error.ts";
import { audit, SUM_KEY } from "./level.ts";
import { LevelStore, type OpenLevel, type Store, type StoreOptions } from "./store.ts";

/** Options of {@link openStore}. */
export interface FolderStoreOptions extends StoreOptions {
  /** The data folder; it is made if it is missing, with no rights for others. */
  readonly folder: string;
}

/** What the database is called inside the data folder. */
const DATABASE = "store";
/** Only the owner may enter. */
const OWNER_ONLY = 0o700;
/** What is added to the name of the database for a copy of its logs. */
const LOGS = ".logs";
/** What is added for the file with the number of batches, see count-file.ts. */
const COUNT = ".count";
/** What is added for a file that shows whether there is room on the disk, and how many bytes it has. */
const PROBE = ".probe";
const PROBE_BYTES = 256 * 1024;

/**
 * Opens the store of a data folder. A damaged one is renamed, with the time in its name, and what can be read of it
 * goes into a new one; `onDamage` is called.
 *
 * @throws StoreError `locked`, `io`
 */
export async function openFolder({ folder, ...options }: FolderStoreOptions): Promise<Store> {
  const path = resolve(join(folder, DATABASE));
  try {
    await mkdir(path, { recursive: true, mode: OWNER_ONLY });
    await chmod(folder, OWNER_ONLY);
    await chmod(path, OWNER_ONLY);
  } catch (cause) {
    throw new StoreError("io", `Cannot make the folder "${folder}": ${reasonOf(cause)}`, { cause });
  }
  return new LevelStore(await openChecked(path, options), options, {
    reopen: async (level) => {
      await probe(path + PROBE);
      await level.close();
      return await openChecked(path, options);
    },
    written: (batches) => keepCount(path + COUNT, batches),
  });
}

/** Opens a database, and makes a new one of what can be read of a damaged one. */
async function openChecked(path: string, options: StoreOptions): Promise<OpenLevel> {
  const noted = await readCount(path + COUNT);
  const opened = await openWhole(path, options, noted.count);
  await mendCount(path + COUNT, noted, opened, options);
  return opened;
}

/** @param written How many batches were written at least */
async function openWhole(path: string, options: StoreOptions, written: number): Promise<OpenLevel> {
  let cause: unknown;
  try {
    await keepLogs(path);
    const { level, found } = await openLevel(path);
    const dropped = await droppedBytes(path);
    const lost = written - found.sum.batches;
    if (found.whole && dropped === null && lost <= 0) {
      await rm(path + LOGS, { recursive: true, force: true });
      return { level, found };
    }
    await level.close();
    cause = dropped ?? (lost > 0 ? new Error(`the last ${lost} changes are missing`) : undefined);
  } catch (error) {
    if (levelCode(error) === "LEVEL_LOCKED") {
      throw new StoreError("locked", `The store "${path}" is in use`, { cause: error });
    }
    // A full disk or a missing right is not damage: nothing may be moved for it.
    if (!isDamage(error)) {
      throw new StoreError("io", `Cannot open the store "${path}": ${reasonOf(error)}`, { cause: error });
    }
    cause = error;
  }
  return await rebuild({ path, written }, options, cause);
}

/** Tells of a file with the number of batches that is damaged, or gone although there are some, and makes a new one. */
async function mendCount(
  path: string,
  { fault }: NotedCount,
  { found: { sum } }: OpenLevel,
  { onDamage }: StoreOptions,
): Promise<void> {
  if (fault === null) return;
  const setAside = fault === "damaged" ? `${path}.damaged-${timeText()}` : "";
  if (setAside !== "") await rename(path, setAside).catch(() => {});
  await newCount(path, sum.batches);
  if (fault === "missing" && sum.batches === 0) return;
  const message = `The file "${path}" is ${fault}: whether the last changes of the store are all there is not known`;
  onDamage?.({ message, setAside, recovered: sum.count });
}

/** Rejects unless some bytes can be written: a database that is closed for nothing could not even be read. */
async function probe(path: string): Promise<void> {
  try {
    await writeFile(path, new Uint8Array(PROBE_BYTES), { flush: true, mode: 0o600 });
  } finally {
    await rm(path, { force: true });
  }
}

/**
 * Copies the logs, of at most some megabytes: opening a database turns them into tables and removes them, so that what
 * is damaged in them would be gone for ever.
 */
async function keepLogs(path: string): Promise<void> {
  await rm(path + LOGS, { recursive: true, force: true });
  await mkdir(path + LOGS, { mode: OWNER_ONLY });
  for (const name of await readdir(path)) {
    if (name.endsWith(".log")) await cp(join(path, name), join(path + LOGS, name));
  }
}

/** What LevelDB notes when it skips damaged bytes of a log, which it does not report in any other way. */
async function droppedBytes(path: string): Promise<Error | null> {
  const notes = await readFile(join(path, "LOG"), "utf8").catch(() => "");
  const note = /[^ /\n]*: dropping \d+ bytes;[^\n]*/.exec(notes);
  return note === null ? null : new Error(note[0]);
}

/** The time, as names of files can have it. */
function timeText(): string {
  return new Date().toISOString().replace(/[:.]/g, "-");
}

async function openLevel(path: string): Promise<OpenLevel> {
  const level = new ClassicLevel<string, string>(path);
  await level.open();
  try {
    return { level, found: await audit(level) };
  } catch (error) {
    await level.close();
    throw error;
  }
}

/** @param written How many batches were written at least; counting continues from there */
async function rebuild(
  { path, written }: { readonly path: string; readonly written: number },
  options: StoreOptions,
  cause: unknown,
): Promise<OpenLevel> {
  const setAside = `${path}.damaged-${timeText()}`;
  try {
    await rename(path, setAside);
    await rename(path + LOGS, join(setAside, "logs"));
    const { level, found } = await recovered(path, setAside);
    found.sum.batches = Math.max(found.sum.batches, written);
    await level.batch([{ type: "put", key: SUM_KEY, value: found.sum.text() }], { sync: true });
    const message = cause === undefined
      ? "Documents are missing from the store"
      : `Cannot read the store: ${reasonOf(cause)}`;
    options.onDamage?.({ message, setAside, recovered: found.sum.count, cause });
    return { level, found };
  } catch (error) {
    throw new StoreError("io", `Cannot rebuild the store set aside as "${setAside}": ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** A database of what LevelDB can repair in a copy; an empty one if that is nothing. */
async function recovered(path: string, setAside: string): Promise<OpenLevel> {
  try {
    await cp(setAside, path, { recursive: true, filter: (source) => source !== join(setAside, "logs") });
    await ClassicLevel.repair(path);
    return await openLevel(path);
  } catch {
    await rename(path, `${setAside}-repair`).catch(() => {});
    await mkdir(path, { recursive: true, mode: OWNER_ONLY });
    return await openLevel(path);
  }
}

/** Whether an error of LevelDB speaks of its files' contents rather than of the system. */
function isDamage(error: unknown): boolean {
  if (levelCode(error) === "LEVEL_CORRUPTION") return true;
  const text = reasonOf(error);
  return /corrupt|No such file|CURRENT|MANIFEST|missing files|bad (block|record|magic)|checksum|not a(n)? sstable|malformed/i
    .test(
      text,
    ) &&
    !/EACCES|permission|EMFILE|ENOSPC|No space/i.test(text);
}

/** The code of an error or of its cause: classic-level wraps what LevelDB says. */
function levelCode(error: unknown): string {
  for (let one = error; one instanceof Error; one = one.cause) {
    if ("code" in one && one.code !== "LEVEL_DATABASE_NOT_OPEN") return String(one.code);
  }
  return "";
}

function reasonOf(error: unknown): string {
  const texts = [];
  for (let one = error; one instanceof Error; one = one.cause) texts.push(one.message);
  return texts.length === 0 ? String(error) : texts.join(": ");
}
