/**
 * What a fault run has on disk: what is sent, how much of it has arrived, and whether that is the same.
 *
 * @module
 */

import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { RandomSource } from "../codec/schema/extension.ts";
import { findFiles, type TransferPoint } from "../src/warpdrive/files/mod.ts";

/** What is sent in a run. */
export interface Cargo {
  readonly name: string;
  /** What is offered. */
  readonly path: string;
  /** The entries of the offer in their order, without folders' sizes. */
  readonly entries: readonly { readonly uri: string; readonly size: number; readonly isDirectory: boolean }[];
  readonly bytes: number;
  /** Mode, size and SHA-256 of everything, by path; see {@link describe}. */
  readonly content: Readonly<Record<string, string>>;
}

const BLOCK_BYTES = 64 * 1024;
/** One block of so many bytes of the large file has content, and is found at a random place of them. */
const SPARSE_BYTES = 4 * 2 ** 20;
const SMALL_BYTES_MAX = 16 * 1024;

/** A tree of small files, some of them empty, in folders of several levels. */
export async function makeTree(folder: string, choose: RandomSource, files: number): Promise<Cargo> {
  const root = join(folder, "tree");
  const folders = [root];
  for (let n = 0; n < files; n++) {
    if (n % 25 === 0) folders.push(join(folders[choose(folders.length - 1)], `folder ${n}`));
    const path = join(folders[choose(folders.length - 1)], `${n}.bin`);
    mkdirSync(dirname(path), { recursive: true });
    const size = choose(9) === 0 ? 0 : choose(SMALL_BYTES_MAX);
    writeFileSync(path, randomBytes(choose, size), { mode: choose(4) === 0 ? 0o600 : 0o644 });
  }
  for (const path of folders) mkdirSync(path, { recursive: true });
  return await cargo("tree", root);
}

/** One large file, most of which takes no room on this disk: blocks with content stand at random places. */
export async function makeLarge(folder: string, choose: RandomSource, bytes: number): Promise<Cargo> {
  const path = join(folder, "large.bin");
  mkdirSync(folder, { recursive: true });
  const descriptor = openSync(path, "w");
  ftruncateSync(descriptor, bytes);
  for (let start = 0; start < bytes; start += SPARSE_BYTES) {
    const room = Math.min(SPARSE_BYTES, bytes - start);
    const block = randomBytes(choose, Math.min(BLOCK_BYTES, room));
    writeSync(descriptor, block, 0, block.length, start + choose(room - block.length));
  }
  closeSync(descriptor);
  return await cargo("large", path);
}

function randomBytes(choose: RandomSource, size: number): Uint8Array {
  const words = Uint32Array.from({ length: Math.ceil(size / 4) }, () => choose(2 ** 32 - 1));
  return new Uint8Array(words.buffer, 0, size);
}

async function cargo(name: string, path: string): Promise<Cargo> {
  const { entries, bytes } = await findFiles([path]);
  return { name, path, entries, bytes, content: describe(path) };
}

/** How many bytes of an offer lie before a point. */
export function bytesAt({ entries }: Cargo, { index, offset }: TransferPoint): number {
  return entries.slice(0, Math.max(index, 0)).reduce((sum, { size }) => sum + size, 0) + offset;
}

/** Bytes of an offer that are in a folder: of complete files, and of partial ones. */
export function bytesOnDisk({ entries }: Cargo, folder: string): number {
  const parts = new Map<number, string>();
  for (const path of existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : []) {
    const index = /\.[0-9a-f]{16}-(\d+)\.part$/.exec(path)?.[1];
    if (index !== undefined) parts.set(Number(index), join(folder, path));
  }
  return entries.reduce((sum, { uri, size, isDirectory }, index) => {
    const path = existsSync(join(folder, uri)) ? join(folder, uri) : parts.get(index);
    return isDirectory || path === undefined ? sum : sum + Math.min(statSync(path).size, size);
  }, 0);
}

/** The files of an offer that have their final names in a folder and are not what was sent. */
export function corruptFiles({ content, path }: Cargo, folder: string): string[] {
  const name = path.slice(dirname(path).length + 1);
  if (!existsSync(join(folder, name))) return [];
  const found = describe(join(folder, name));
  return Object.keys(found).filter((path) => !path.endsWith(".part") && found[path] !== content[path]);
}

/**
 * Everything at and below a path: mode, size and SHA-256 of files, and folders. Hashed here and not by what is tested.
 */
export function describe(path: string, name = ""): Record<string, string> {
  const stat = lstatSync(path);
  const mode = (stat.mode & 0o777).toString(8);
  if (!stat.isDirectory()) return { [name]: `${mode} ${stat.size} ${stat.isFile() ? hashOf(path) : "no file"}` };
  const below = readdirSync(path).sort().map((child) => describe(join(path, child), `${name}/${child}`));
  return Object.assign({ [name]: `folder ${mode}` }, ...below);
}

function hashOf(path: string): string {
  const hash = createHash("sha256");
  const block = new Uint8Array(2 ** 20);
  const descriptor = openSync(path, "r");
  try {
    for (let count = 1; count > 0;) {
      count = readSync(descriptor, block, 0, block.length, null);
      hash.update(block.subarray(0, count));
    }
  } finally {
    closeSync(descriptor);
  }
  return hash.digest("hex");
}
