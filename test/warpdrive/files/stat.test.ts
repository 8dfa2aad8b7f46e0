/**
 * What is known of files and folders, however the system is asked for it, is what `node:fs` says.
 *
 * @module
 */

import { closeSync, fstatSync, lstatSync, openSync, type Stats, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Stat, statOpen, statPath } from "../../../src/warpdrive/files/disk/stat.ts";
import { withFolder, writeTree } from "./tree.ts";

const test = suite("warpdrive files: stat");

function known(stats: Stats): Stat {
  const { dev, ino, mode, nlink, size } = stats;
  return {
    ...{ dev, ino, mode, nlink, size },
    isFile: stats.isFile(),
    isDirectory: stats.isDirectory(),
    isSymbolicLink: stats.isSymbolicLink(),
    modifiedMs: Math.floor(stats.mtimeMs),
  };
}

test("files of any time, folders and links are what node:fs says", () =>
  withFolder((folder) => {
    const seconds = [0, 1.0015, 1_700_000_000.123_999, 10_413_792_000, -1, -631_151_999.9995];
    const files = seconds.map((_, i) => `file ${i}`);
    writeTree(folder, Object.fromEntries(files.map((name, i) => [name, "x".repeat(i)])));
    seconds.forEach((time, i) => utimesSync(join(folder, `file ${i}`), time, time));
    writeTree(folder, { folder: null });
    for (const to of ["file 1", "folder", "nowhere"]) symlinkSync(to, join(folder, `link to ${to}`));
    const links = ["link to file 1", "link to folder", "link to nowhere"];
    for (const name of [...files, "folder", ...links]) {
      const path = join(folder, name);
      assert.equal(statPath(path), known(lstatSync(path)), name);
    }
    for (const name of [...files, "folder"]) {
      const descriptor = openSync(join(folder, name), "r");
      assert.equal(statOpen(descriptor), known(fstatSync(descriptor)), name);
      closeSync(descriptor);
    }
    return Promise.resolve();
  }));

test("what is not there, or cannot be, has the system's code", () =>
  withFolder((folder) => {
    writeTree(folder, { file: "" });
    for (const name of ["missing", "file/below", "x".repeat(300)]) {
      const path = join(folder, name);
      assert.is(codeOf(() => statPath(path)), codeOf(() => lstatSync(path)));
    }
    return Promise.resolve();
  }));

function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? `${error}`;
  }
  return "none";
}

test.run();
