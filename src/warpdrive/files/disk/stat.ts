/**
 * What the system says of files and folders. Blocks; for threads of their own.
 *
 * @module
 */

import { fstatSync, lstatSync, readdirSync, type Stats } from "node:fs";
import process from "node:process";
import { isAbsent } from "../error.ts";

/** What all who are asked have the same names for. */
type Numbers = Pick<Stats, "dev" | "ino" | "mode" | "nlink" | "size">;

/** What is known of a file or folder. */
export interface Stat extends Numbers {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly isSymbolicLink: boolean;
  /** The time of the last change, in whole milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** The part of Deno's own calls that is used: 1 µs each, where its `node:fs` takes 4 to 8. */
interface DenoFiles {
  lstatSync(path: string): DenoStat;
  statSync(path: string): DenoStat;
}

interface DenoStat extends Numbers, Pick<Stat, "isFile" | "isDirectory"> {
  readonly isSymlink: boolean;
  readonly mtime: Date;
}

/** On Windows, some of what is asked for is missing there. */
const deno = process.platform === "win32" ? undefined : (globalThis as { readonly Deno?: DenoFiles }).Deno;

/** Where Linux shows what is open: paths below one of these are looked up from the open folder, whatever has its name. */
export const DESCRIPTORS = "/proc/self/fd";

let descriptorsShown: boolean | undefined;

/** Whether the system shows what is open, and lets this program look. */
export function showsDescriptors(): boolean {
  return descriptorsShown ??= lists(DESCRIPTORS);
}

function lists(path: string): boolean {
  try {
    return readdirSync(path).length > 0;
  } catch {
    return false;
  }
}

/** What has a name; links are not followed. Throws the system's error. */
export function statPath(path: string): Stat {
  return deno === undefined ? ofNode(lstatSync(path)) : ofDeno(deno.lstatSync(path));
}

/** What has a name, if there is something; see {@link statPath}. */
export function statOf(path: string): Stat | undefined {
  try {
    return statPath(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** What is open. Throws the system's error. */
export function statOpen(descriptor: number): Stat {
  return deno === undefined || !showsDescriptors()
    ? ofNode(fstatSync(descriptor))
    : ofDeno(deno.statSync(`${DESCRIPTORS}/${descriptor}`));
}

function ofNode(stats: Stats): Stat {
  return made(stats, stats.isFile(), stats.isDirectory(), stats.isSymbolicLink(), Math.floor(stats.mtimeMs));
}

function ofDeno(stats: DenoStat): Stat {
  return made(stats, stats.isFile, stats.isDirectory, stats.isSymlink, stats.mtime.getTime());
}

/** One object, without others on the way: a spread made twice as many. */
function made(
  { dev, ino, mode, nlink, size }: Numbers,
  isFile: boolean,
  isDirectory: boolean,
  isSymbolicLink: boolean,
  modifiedMs: number,
): Stat {
  return { dev, ino, mode, nlink, size, isFile, isDirectory, isSymbolicLink, modifiedMs };
}
