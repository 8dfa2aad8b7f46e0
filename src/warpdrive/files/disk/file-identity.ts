/**
 * Whether an open file or folder is the one that was found earlier: its path may lead elsewhere since. Blocks; for
 * threads of their own.
 *
 * @module
 */

import { closeSync, constants, openSync, readlinkSync, realpathSync, statfsSync } from "node:fs";
import type { FileEntry } from "../entry.ts";
import { DESCRIPTORS, showsDescriptors, type Stat, statOpen } from "./stat.ts";

/**
 * File systems that make inode numbers up and forget them, so that one file has several in its life: FAT, exFAT, FUSE
 * (`MSDOS_SUPER_MAGIC` and the like of Linux).
 */
const NUMBERS_UNSTABLE: ReadonlySet<number> = new Set([0x4d44, 0x2011bab0, 0x65735546]);

/** What distinguishes a file or folder from another one that took its name. */
export type Inode = Pick<Stat, "dev" | "ino">;

/** Device and inode as they are kept. */
export function inodeOf({ dev, ino }: Inode): string {
  return `${dev}:${ino}`;
}

/** Whether two are one file or folder. */
export function isSameInode(one: Inode, other: Inode): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/**
 * Whether an open file is the one that was found. Devices get other numbers when a machine restarts, and some file
 * systems other inodes at any time: there, it has to be at its path without any link.
 */
export function isSameFile(
  descriptor: number,
  stat: Stat,
  { path, inode }: Pick<FileEntry, "path" | "inode">,
): boolean {
  if (inode === undefined || inode === inodeOf(stat)) return true;
  const sameNumber = inode.slice(inode.indexOf(":") + 1) === String(stat.ino);
  return (sameNumber || NUMBERS_UNSTABLE.has(fileSystemOf(path))) && placeOf(descriptor, path) === path;
}

function fileSystemOf(path: string): number {
  try {
    return Number(statfsSync(path).type);
  } catch {
    return 0;
  }
}

/** Where an open file is. */
function placeOf(descriptor: number, path: string): string {
  return showsDescriptors() ? readlinkSync(`${DESCRIPTORS}/${descriptor}`) : realpathSync(path);
}

/**
 * Uses a folder that was found, by a path that leads to it although another one may take its name meanwhile; where the
 * system cannot do that, `use` works with the plain path, and its result counts only if the folder is still there then.
 * `undefined` for a folder that was replaced.
 *
 * @throws the system's error for one that is gone, or cannot be read
 */
export function inSameFolder<T>(path: string, found: Stat, use: (path: string) => T): T | undefined {
  const flags = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);
  // Windows opens no folders.
  if (constants.O_DIRECTORY === undefined) return use(path);
  const isSame = () => {
    const descriptor = openSync(path, flags);
    const same = isSameInode(statOpen(descriptor), found);
    return { descriptor, same };
  };
  const { descriptor, same } = isSame();
  try {
    if (!same) return undefined;
    if (showsDescriptors()) return use(`${DESCRIPTORS}/${descriptor}`);
    const result = use(path);
    const after = isSame();
    closeSync(after.descriptor);
    return after.same ? result : undefined;
  } finally {
    closeSync(descriptor);
  }
}
