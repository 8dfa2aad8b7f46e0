/**
 * The folder of journals and locks: the first transfer creates it, and the last one removes it.
 *
 * @module
 */

import { lstat, mkdir } from "node:fs/promises";
import { FilesError, systemCode } from "./error.ts";

/** How often the folder is made again: each time another transfer must have ended in the moment between two calls. */
const ATTEMPTS_MAX = 100;

/**
 * Makes a folder of notes, and something in it. A transfer that ends just now may remove the folder while it is empty.
 *
 * @throws FilesError `symlink` for what is not a folder; the errors of the system, and those of `make`
 */
export async function inNotesFolder<T>(folder: string, make: () => Promise<T>): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      await makeFolder(folder);
      if (!(await lstat(folder)).isDirectory()) {
        throw new FilesError("symlink", `Cannot keep notes in ${JSON.stringify(folder)}: it is not a folder`);
      }
      return await make();
    } catch (error) {
      if (systemCode(error) !== "ENOENT" || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch(async (error) => {
      // Node says so of a disk that is read-only, too; one call for one folder shows the cause.
      if (systemCode(error) !== "ENOENT") throw error;
      await mkdir(folder, { mode: 0o700 });
    });
  } catch (error) {
    // Deno says so of a folder that was there and is gone by the time it looks whether it is one.
    if (systemCode(error) !== "EEXIST") throw error;
  }
}
