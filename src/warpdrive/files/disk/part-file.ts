/**
 * A file that is being received, under the name of a partial file until it is complete. Blocks; for a thread of its own.
 *
 * @module
 */

import type { Hash } from "node:crypto";
import { closeSync, constants, fchmodSync } from "node:fs";
import { disk, syncOpen } from "./disk.ts";
import type { CollisionPolicy } from "../entry.ts";
import { FilesError, isAbsent, systemCode } from "../error.ts";
import { isSameInode } from "./file-identity.ts";
import { statOf, statOpen, statPath } from "./stat.ts";

const OPEN_FLAGS = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A mode of 0 is what senders write that know none. */
const MODE_DEFAULT = 0o666;

/** Errors of file systems without hard links: FAT, some network disks. */
const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"];

/** A file that grows is brought to the disk in steps of this size, so that its end does not wait for all of it. */
const STEP_BYTES = 64 * 2 ** 20;

const nothing = Promise.resolve();

/** An open partial file. */
export class PartFile {
  readonly path: string;
  readonly descriptor: number;
  /** Bytes written; more are written after them. */
  size: number;
  /** The hash of all bytes, where it is wanted. */
  hash: Hash | undefined;
  /** Where the next step begins. */
  #nextStep: number;
  /** The steps so far. An error stays: the system reports it only once. */
  #steps = nothing;

  private constructor(path: string, descriptor: number, size: number) {
    this.path = path;
    this.descriptor = descriptor;
    this.size = size;
    this.#nextStep = size + STEP_BYTES;
  }

  /**
   * Makes a partial file. It gets the mode of the final file minus the umask, but its owner may read and write it. What
   * had the name before is removed: it is nothing of this transfer, or it was looked at and found wrong.
   */
  static create(path: string, mode: number): PartFile {
    const flags = OPEN_FLAGS | constants.O_CREAT | constants.O_EXCL;
    const wanted = modeOf(mode) | 0o600;
    try {
      return new PartFile(path, disk.openSync(path, flags, wanted), 0);
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
      disk.unlinkSync(path);
      return new PartFile(path, disk.openSync(path, flags, wanted), 0);
    }
  }

  /** Opens a partial file; `undefined` if there is none, or something else has its name. */
  static reopen(path: string): PartFile | undefined {
    let descriptor: number;
    try {
      descriptor = disk.openSync(path, OPEN_FLAGS);
    } catch (error) {
      if (isAbsent(error) || ["ELOOP", "EISDIR", "ENXIO", "EACCES"].includes(systemCode(error))) return undefined;
      throw error;
    }
    const stat = statOpen(descriptor);
    // A second name could be a file of somebody else.
    if (stat.isFile && stat.nlink === 1) return new PartFile(path, descriptor, stat.size);
    closeSync(descriptor);
    return undefined;
  }

  write(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length;) {
      written += disk.writeSync(this.descriptor, bytes, written, bytes.length - written, this.size + written);
    }
    this.hash?.update(bytes);
    this.size += bytes.length;
    if (this.size < this.#nextStep) return;
    this.#nextStep += STEP_BYTES;
    this.#steps = this.sync();
    this.#steps.catch(() => {});
  }

  /** Removes bytes from the end. */
  truncate(size: number): void {
    disk.ftruncateSync(this.descriptor, size);
    this.size = size;
  }

  /** Gives the complete file its mode. */
  setMode(mode: number): void {
    if ((modeOf(mode) & 0o600) === 0o600) return;
    // What the umask took away when the file was made stays away; its owner may always read it.
    fchmodSync(this.descriptor, statOpen(this.descriptor).mode & (modeOf(mode) | 0o400) & 0o777);
  }

  /** Brings the bytes to the disk. */
  sync(): Promise<void> {
    return this.#steps.then(() => syncOpen(this.descriptor));
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

function modeOf(mode: number): number {
  return mode & 0o777 || MODE_DEFAULT;
}

/**
 * Gives a complete partial file its final name, in one step. Returns whether it has it now, or had it already; false when
 * the name is taken and may not be replaced.
 *
 * @throws FilesError `conflict` when a folder is to be replaced
 */
export function placeFile(part: string, target: string, onCollision: CollisionPolicy): boolean {
  if (onCollision === "overwrite") {
    if (statOf(target)?.isDirectory) {
      throw new FilesError("conflict", `Cannot replace ${JSON.stringify(target)}: it is a folder`);
    }
    disk.renameSync(part, target);
    return true;
  }
  try {
    // Unlike a renamed file, a link never replaces one.
    disk.linkSync(part, target);
  } catch (error) {
    if (systemCode(error) === "EEXIST") return isSameInode(statPath(part), statPath(target)) && removed(part);
    if (!NO_LINKS.includes(systemCode(error))) throw error;
    if (statOf(target) !== undefined) return false;
    disk.renameSync(part, target);
    return true;
  }
  return removed(part);
}

function removed(path: string): true {
  disk.unlinkSync(path);
  return true;
}
