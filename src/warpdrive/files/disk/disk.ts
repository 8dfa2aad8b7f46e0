/**
 * The calls by which received files change what is on disk.
 *
 * @module
 */

import {
  fsync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from "node:fs";

/** Those of the system. A test puts calls in their place that remember what a power failure would leave. */
export const disk = {
  fsync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeSync,
};

/** Brings what is open to the disk, beside others: the disk has less to do than for one after the other. */
export function syncOpen(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => disk.fsync(descriptor, (error) => error ? reject(error) : resolve()));
}
