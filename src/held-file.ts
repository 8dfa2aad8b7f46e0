/**
 * Lock files that name the process that holds something: how one is taken, whether its process still runs, and how stale
 * ones are removed.
 *
 * @module
 */

import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import process from "node:process";
import { systemCode } from "./coded-error.ts";

/** How often what a dead process has left is removed before another process must have taken the place. */
const ATTEMPTS_MAX = 10;
/** Errors of file systems without hard links. */
const NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** A process, as such a file names it. */
export interface HoldingProcess {
  readonly pid: number;
  /** When it began, in the system's own terms; empty where it does not say. Process ids are used again. */
  readonly began: string;
}

/** This process. */
export async function thisProcess(): Promise<HoldingProcess> {
  return { pid: process.pid, began: await beginningOf(process.pid) };
}

/** Whether a process is there, and not another one that got its id. */
export async function isAlive({ pid, began }: HoldingProcess): Promise<boolean> {
  // Other numbers are groups of processes.
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // It is there, though somebody else's.
    if (systemCode(error) !== "EPERM") return false;
  }
  const now = await beginningOf(pid);
  return began === "" || now === "" || began === now;
}

/**
 * Gives a draft the name of a lock file; what a dead process has left there gives way. The draft stays.
 *
 * @param text What the draft holds
 * @param read Reads the file at the path; `null` if there is none
 * @param check Throws if the process that a file names still holds it
 * @returns Whether it was possible; false while other processes are taking it again and again
 */
export async function placeHeldFile(
  { draft, path, text }: { readonly draft: string; readonly path: string; readonly text: string },
  read: (path: string) => Promise<string | null>,
  check: (found: string) => Promise<void>,
): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if (await isPlaced(draft, path, text)) return true;
    const found = await read(path);
    if (found === null) continue;
    await check(found);
    await putAside(path, `${draft}.stale`, found);
  }
  return false;
}

async function isPlaced(draft: string, path: string, text: string): Promise<boolean> {
  try {
    // Unlike a renamed file, a link never replaces one, and is never seen half.
    await link(draft, path).catch(async (error) => {
      if (!NO_LINKS.has(systemCode(error))) throw error;
      await writeFile(path, text, { flag: "wx", mode: 0o600 });
    });
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/**
 * Removes what a dead process has left at a path, but not what another one has put in its place just now.
 *
 * @param aside A free name in the same folder
 * @param found What the file held when it was read
 */
export async function putAside(path: string, aside: string, found: string): Promise<void> {
  try {
    await rename(path, aside);
    if (await readFile(aside, "utf8") !== found) await link(aside, path);
  } catch (cause) {
    // Somebody else was quicker.
    if (!["ENOENT", "EEXIST"].includes(systemCode(cause))) throw cause;
  } finally {
    await rm(aside, { force: true });
  }
}

/** The 22nd field of /proc/…/stat on Linux, see proc_pid_stat(5): clock ticks since the system began. */
async function beginningOf(pid: number): Promise<string> {
  if (process.platform !== "linux") return "";
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The second field is the program's name in parentheses, in which anything can stand.
  return stat.slice(stat.lastIndexOf(")") + 1).trim().split(" ")[19] ?? "";
}
