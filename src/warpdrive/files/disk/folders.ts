/**
 * The folders of a download: made where they are missing, never reached through a link.
 *
 * @module
 */

import { closeSync, constants } from "node:fs";
import { sep } from "node:path";
import { disk, syncOpen } from "./disk.ts";
import { goneFolder } from "../download-folder.ts";
import { FilesError, isAbsent, systemCode } from "../error.ts";
import { type Inode, isSameInode } from "./file-identity.ts";
import { folderOf } from "../names.ts";
import { type Stat, statOf, statPath } from "./stat.ts";

/** How many folders are open at once. */
const OPEN_MAX = 64;

/**
 * The folders below one that is trusted. Each is looked at on every level when it is first needed, and by itself every time
 * something is done in it: it has to be a folder, and the same one as before. (The platforms have no calls that start from
 * an open folder, so that somebody with the right to write there wins a race of microseconds; nobody wins it from the
 * network.)
 */
export class Folders {
  readonly #root: string;
  /** What is before the paths below it. */
  readonly #before: string;
  readonly #known = new Map<string, Inode>();
  /** Folders in which names have changed since they were synced. */
  readonly #changed = new Set<string>();

  /** `root` is absolute and free of links. */
  constructor(root: string) {
    this.#root = root;
    this.#before = root.endsWith(sep) ? root : root + sep;
  }

  /** The absolute path of something below the root. */
  absolute(path: string): string {
    return path === "" ? this.#root : this.#before + path;
  }

  /**
   * Makes sure of a folder and those above it; missing ones are made with `mode`, minus the umask.
   *
   * @throws FilesError `symlink`, `conflict`, `no-folder`
   */
  ensure(path: string, mode = 0o777): void {
    if (this.#isKnown(path)) return;
    this.#each(path, (level) => {
      try {
        return statPath(this.absolute(level));
      } catch (error) {
        if (systemCode(error) !== "ENOENT") throw error;
      }
      // The download folder itself was there when the transfer was planned.
      if (level === "") throw goneFolder(this.#root);
      disk.mkdirSync(this.absolute(level), { mode: level === path ? usable(mode) : 0o777 });
      this.markChanged(folderOf(level));
      return statPath(this.absolute(level));
    });
  }

  /** Makes a folder of the first level; false if something has its name. */
  claim(name: string, mode: number): boolean {
    try {
      disk.mkdirSync(this.absolute(name), { mode: usable(mode) });
    } catch (error) {
      if (systemCode(error) === "EEXIST") return false;
      throw error;
    }
    this.markChanged("");
    return true;
  }

  /** Checks a folder that should be there, and returns whether it is. Throws as {@link ensure}. */
  check(path: string): boolean {
    try {
      if (this.#isKnown(path)) return true;
      this.#each(path, (level) => statPath(this.absolute(level)));
      return true;
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
  }

  /** Whether a file of a plain name can be made in a folder or, where that is missing, in the next one above it. */
  takes(name: string, path: string): boolean {
    if (!this.check(path)) return path !== "" && this.takes(name, folderOf(path));
    const file = this.absolute(path === "" ? name : `${path}/${name}`);
    try {
      closeSync(disk.openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
      disk.unlinkSync(file);
      return true;
    } catch (error) {
      // It was left by a process that was killed.
      return systemCode(error) === "EEXIST";
    }
  }

  /** Remembers that a name in a folder is new or gone. */
  markChanged(path: string): void {
    this.#changed.add(path);
  }

  /** Brings all names that have changed until now to the disk. */
  async sync(): Promise<void> {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (let at = 0; at < changed.length; at += OPEN_MAX) {
      await Promise.all(changed.slice(at, at + OPEN_MAX).map((path) => syncFolder(this.absolute(path))));
    }
  }

  /** Whether a path leads to the same folder as before: then the levels above need no look. */
  #isKnown(path: string): boolean {
    const known = this.#known.get(path);
    if (known === undefined) return false;
    const stat = statOf(this.absolute(path));
    return stat?.isDirectory === true && isSameInode(known, stat);
  }

  #each(path: string, look: (level: string) => Stat): void {
    for (let end = 0; end >= 0;) {
      if (path !== "") end = path.indexOf("/", end + 1);
      const level = end < 0 || path === "" ? path : path.slice(0, end);
      this.#verify(level, look(level));
      if (path === "") return;
    }
  }

  #verify(level: string, stat: Stat): void {
    const name = JSON.stringify(level);
    if (stat.isSymbolicLink) throw new FilesError("symlink", `Cannot use the folder ${name}: it is a symbolic link`);
    if (!stat.isDirectory) throw new FilesError("conflict", `Cannot use the folder ${name}: it is not a folder`);
    const identity = { dev: stat.dev, ino: stat.ino };
    const known = this.#known.get(level);
    if (known === undefined) this.#known.set(level, identity);
    else if (!isSameInode(known, identity)) {
      throw new FilesError("conflict", `Cannot use the folder ${name}: another one has taken its place`);
    }
  }
}

/** Brings the names in a folder to the disk, where the system can. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const descriptor = disk.openSync(path, constants.O_RDONLY | (constants.O_DIRECTORY ?? 0));
    try {
      await syncOpen(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    // Windows opens no folders, and some file systems don't sync them.
    if (!["EPERM", "EISDIR", "EINVAL", "EACCES"].includes(systemCode(error))) throw error;
  }
}

/** The mode of a folder that its owner can use. */
function usable(mode: number): number {
  return mode & 0o777 | 0o700;
}
