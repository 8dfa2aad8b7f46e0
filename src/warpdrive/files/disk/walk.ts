/**
 * Finds what is below a path. Blocks; for a thread of its own.
 *
 * @module
 */

import { closeSync, opendirSync, openSync, readdirSync, readSync, realpathSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import {
  DEPTH_MAX,
  type FileEntry,
  PATH_BYTES_MAX,
  SKIP_REASONS,
  type SkippedPath,
  type SkipReason,
} from "../entry.ts";
import { diskError, FilesError, systemCode } from "../error.ts";
import { inodeOf, inSameFolder } from "./file-identity.ts";
import { READ_FLAGS } from "./hash-file.ts";
import { exceedsBytes, firstNameFault, nameFault, numberedName } from "../names.ts";
import { type Stat, statOpen, statPath } from "./stat.ts";

/** Replaces bytes that are not UTF-8 when a name becomes text. A name that contains it itself looks the same. */
const REPLACEMENT = "\u{fffd}";

/** The entries below some paths, without hashes, and what was left out. */
export interface Found {
  readonly entries: FileEntry[];
  readonly skipped: SkippedPath[];
}

/**
 * Walks through all paths. Each becomes an entry of the first level under its last name, with a number where two have
 * the same; `.` and paths that end with `/` have the name of the folder they mean, and a given link that of the link.
 */
export function walk(paths: readonly string[], entriesMax: number): Found {
  const walker = new Walker(entriesMax);
  for (const path of paths) walker.addGiven(path);
  return walker;
}

/** Something that was looked at, and is still to be added. */
interface Waiting {
  readonly path: string;
  readonly uri: string;
  readonly stat: Stat;
}

class Walker implements Found {
  readonly entries: FileEntry[] = [];
  readonly skipped: SkippedPath[] = [];
  readonly #roots = new Set<string>();
  readonly #entriesMax: number;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  addGiven(given: string): void {
    const named = resolve(given);
    const action = `Cannot offer ${JSON.stringify(given)}`;
    const wrong = firstNameFault(basename(named));
    if (wrong !== undefined) throw new FilesError("source-refused", `${action}: its name ${wrong.reason}`);
    let path: string;
    let stat: Stat;
    try {
      path = realpathSync(named);
      stat = statPath(path);
    } catch (cause) {
      if (systemCode(cause) !== "ENOENT") throw diskError(action, cause);
      throw new FilesError("source-missing", `${action}: it does not exist`, { cause });
    }
    const reason = unfitness(path, stat);
    if (reason === "unreadable") throw new FilesError("no-permission", `${action}: it cannot be read`);
    if (reason !== undefined) throw new FilesError("source-refused", `${action}: it ${SKIP_REASONS[reason]}`);
    this.#add(path, this.#rootName(basename(named)), stat);
  }

  #rootName(name: string): string {
    let free = name;
    for (let number = 2; this.#roots.has(free); number++) free = numberedName(name, number);
    this.#roots.add(free);
    return free;
  }

  /** Adds an entry and everything below it; a list of what is to be done instead of recursion bears any depth. */
  #add(path: string, uri: string, stat: Stat): void {
    const waiting: Waiting[] = [{ path, uri, stat }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      this.#push(next);
      if (!next.stat.isDirectory) continue;
      const { path: folder, uri: above } = next;
      // The last one is taken first.
      for (const child of this.#children(folder, above, next.stat).reverse()) waiting.push(child);
    }
  }

  #push({ path, uri, stat }: Waiting): void {
    if (this.entries.length === this.#entriesMax) {
      throw new FilesError("too-many", `Cannot offer more than ${this.#entriesMax} files and folders`);
    }
    this.entries.push({
      uri,
      path,
      size: stat.isDirectory ? 0 : stat.size,
      isDirectory: stat.isDirectory,
      permissions: stat.mode & 0o777,
      modifiedMs: stat.modifiedMs,
      inode: inodeOf(stat),
    });
  }

  /** What is in a folder and can be offered. */
  #children(folder: string, above: string, stat: Stat): Waiting[] {
    try {
      const looks = inSameFolder(
        folder,
        stat,
        (path) =>
          readdirSync(path).sort().map((name) => ({ name, look: lookAt(join(path, name), `${above}/${name}`, name) })),
      );
      if (looks === undefined) this.skipped.push({ path: folder, uri: above, reason: "changed" });
      return (looks ?? []).flatMap(({ name, look }) => {
        const path = join(folder, name);
        const uri = `${above}/${name}`;
        if (typeof look !== "string") return [{ path, uri, stat: look }];
        this.skipped.push({ path, uri, reason: look });
        return [];
      });
    } catch (error) {
      this.skipped.push({ path: folder, uri: above, reason: isGone(error) ? "changed" : "unreadable" });
      return [];
    }
  }
}

/** What an entry of a folder is, or why it cannot be offered. */
function lookAt(path: string, uri: string, name: string): Stat | SkipReason {
  const reason = nameReason(name, uri);
  if (reason !== undefined) return reason;
  try {
    const stat = statPath(path);
    return unfitness(path, stat) ?? stat;
  } catch (error) {
    return isGone(error) ? "changed" : "unreadable";
  }
}

/** Whether a folder has become something else, or is gone. */
function isGone(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "ELOOP"].includes(systemCode(error));
}

/** Why nothing can be offered under a name. */
function nameReason(name: string, uri: string): SkipReason | undefined {
  if (name.includes(REPLACEMENT)) return "not-unicode";
  const fault = nameFault(name);
  if (fault !== undefined) return fault.skip ?? "separator";
  if (exceedsBytes(uri, PATH_BYTES_MAX)) return "path-too-long";
  return levelsOf(uri) > DEPTH_MAX ? "too-deep" : undefined;
}

function levelsOf(uri: string): number {
  let levels = 1;
  for (let at = uri.indexOf("/"); at >= 0; at = uri.indexOf("/", at + 1)) levels++;
  return levels;
}

/** Why something that exists cannot be offered. */
function unfitness(path: string, stat: Stat): SkipReason | undefined {
  if (stat.isSymbolicLink) return "link";
  if (!stat.isFile && !stat.isDirectory) return "special";
  try {
    // Only the attempt shows it: Deno's `access` goes by the mode alone, also for users that it does not apply to.
    if (stat.isDirectory) opendirSync(path).closeSync();
    else return sizeReason(path, stat);
    return undefined;
  } catch {
    return "unreadable";
  }
}

/**
 * Files that systems make up, as below `/proc`, have a size of 0 and content: what is announced would arrive empty.
 * Opens every file, because only the attempt shows whether it can be read.
 */
function sizeReason(path: string, { size }: Stat): SkipReason | undefined {
  const descriptor = openSync(path, READ_FLAGS);
  try {
    if (size > 0 || readSync(descriptor, new Uint8Array(1), 0, 1, 0) === 0) return undefined;
    return statOpen(descriptor).size === 0 ? "unknown-size" : "changed";
  } finally {
    closeSync(descriptor);
  }
}
