/**
 * The files that are transferred, and what tells them from others.
 *
 * @module
 */

import { createHash, randomFillSync } from "node:crypto";
import { closeSync, mkdirSync, openSync, readdirSync, readSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const PIECE_BYTES = 4 * 1024 * 1024;

/**
 * @typedef {object} Source
 * @property {string} name of the file or folder
 * @property {string} title
 * @property {number} files
 * @property {number} bytes of all files
 */

const MIB = 2 ** 20;
/** For a first look, less can be sent. */
const LARGE_MIB = Number(process.env.BENCH_MIB ?? 1024);
const SMALL_FILES = Number(process.env.BENCH_FILES ?? 10_000);

/** @type {Source} */
export const LARGE = {
  name: "large",
  title: `one file of ${LARGE_MIB === 1024 ? "1 GiB" : `${LARGE_MIB} MiB`}`,
  files: 1,
  bytes: LARGE_MIB * MIB,
};
/** @type {Source} */
export const SMALL = {
  name: "small",
  title: `${SMALL_FILES.toLocaleString("en")} files of 4 KiB`,
  files: SMALL_FILES,
  bytes: SMALL_FILES * 4096,
};
const FILES_PER_FOLDER = 100;

/** Writes a file of random bytes. @param {string} folder @param {{ name: string, bytes: number }} file */
export function writeFile(folder, { name, bytes }) {
  const piece = new Uint8Array(PIECE_BYTES);
  const fd = openSync(join(folder, name), "w");
  for (let left = bytes; left > 0; left -= piece.length) {
    writeSync(fd, randomFillSync(piece), 0, Math.min(left, piece.length));
  }
  closeSync(fd);
}

/** Writes the small files, of random bytes, into folders of 100. @param {string} folder */
export function writeSmall(folder) {
  const bytes = new Uint8Array(SMALL.bytes / SMALL.files);
  for (let n = 0; n < SMALL.files; n++) {
    const inside = join(
      folder,
      SMALL.name,
      String(Math.floor(n / FILES_PER_FOLDER)),
    );
    if (n % FILES_PER_FOLDER === 0) mkdirSync(inside, { recursive: true });
    writeFileSync(join(inside, `${n}.bin`), randomFillSync(bytes));
  }
}

/** SHA-256 of a file; of a folder, that of the names and contents of everything in it. @param {string} path */
export function digestOf(path) {
  const hash = createHash("sha256");
  const names = statSync(path).isFile() ? [""] : readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
  const buf = new Uint8Array(PIECE_BYTES);
  for (const name of names) {
    const file = join(path, name);
    hash.update(`${name}\0`);
    if (!statSync(file).isFile()) continue;
    const fd = openSync(file, "r");
    for (let count = 1; count > 0;) {
      hash.update(buf.subarray(0, count = readSync(fd, buf)));
    }
    closeSync(fd);
  }
  return hash.digest("hex");
}
