/**
 * Lock files that name the process that holds something: whether it still runs, and how stale ones are removed.
 *
 * @module
 */

import { link, readFile, rename, rm } from "node:fs/promises";
import process from "node:process";
import { systemCode } from "../coded-error.ts";

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
