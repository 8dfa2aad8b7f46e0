/**
 * The file with the number of batches that were written to a database. A log that was cut, or that ends with zeros, looks
 * to LevelDB like one that a crash ended: only this number shows that there was more.
 *
 * @module
 */

import { open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { systemCode } from "../coded-error.ts";
import { hashOf } from "./level.ts";

/** The number, padded so that a later one has the same length, and a sum over it. Earlier versions wrote no sum. */
const FORM = /^(\d{16})(?: ([0-9a-f]{8})\n)?$/;
const DIGITS = 16;

/** What such a file says. */
export interface NotedCount {
  /** How many batches were written at least. */
  readonly count: number;
  /** What is wrong with the file. */
  readonly fault: "missing" | "damaged" | null;
}

/** Reads the file of a path. */
export async function readCount(path: string): Promise<NotedCount> {
  let text: string;
  try {
    text = await readFile(path, "latin1");
  } catch (error) {
    return { count: 0, fault: systemCode(error) === "ENOENT" ? "missing" : "damaged" };
  }
  const [, digits, sum] = FORM.exec(text) ?? [];
  const damaged = digits === undefined || sum !== undefined && sum !== sumOf(digits);
  return damaged ? { count: 0, fault: "damaged" } : { count: Number(digits), fault: null };
}

/** Puts a new file in the place of a path, which is there whole or not at all. What fails is noticed later at most. */
export async function newCount(path: string, count: number): Promise<void> {
  try {
    await rm(`${path}.new`, { recursive: true, force: true });
    await writeFile(`${path}.new`, textOf(count), { flush: true, mode: 0o600 });
    await rename(`${path}.new`, path);
  } catch {
    // Without room for it there is none for a batch either.
  }
}

/**
 * Notes how many batches there are, in place: that works on a full disk. It need not get to the disk before the batch that
 * it counts, and what fails costs a warning at most.
 */
export async function keepCount(path: string, count: number): Promise<void> {
  try {
    const file = await open(path, "r+").catch(() => open(path, "wx+", 0o600));
    try {
      await file.write(textOf(count), 0);
    } finally {
      await file.close();
    }
  } catch {
    // See above.
  }
}

function textOf(count: number): string {
  const digits = String(count).padStart(DIGITS, "0");
  return `${digits} ${sumOf(digits)}\n`;
}

function sumOf(digits: string): string {
  return (hashOf("count", digits) >>> 0).toString(16).padStart(8, "0");
}
