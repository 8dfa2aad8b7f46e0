/**
 * What is in a list of entries, in a few words, and how much of it has been moved.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import { plural } from "../../../codec/text/mod.ts";
import type { Moved } from "../../warpdrive/transfers/mod.ts";
import { type Amounts, formatBytes } from "./progress.ts";

/** An entry, as far as it is counted. */
interface Entry {
  /** Path with `/` between the names. */
  readonly uri: string;
  readonly size: number | bigint;
  readonly isDirectory: boolean;
}

/** What there is in a list of entries. */
export interface Contents {
  /** The first name of the first level, and how many more there are: `photos`, `a.txt and 2 more`. Not escaped. */
  readonly name: string;
  readonly files: number;
  /** Files and folders. */
  readonly entries: number;
  readonly bytes: number;
}

/** Counts entries. */
export function contentsOf(entries: readonly Entry[]): Contents {
  const roots = new Set<string>();
  let [files, bytes] = [0, 0];
  for (const { uri, size, isDirectory } of entries) {
    roots.add(uri.split("/", 1)[0]);
    if (isDirectory) continue;
    files++;
    bytes += Number(size);
  }
  const [first = "nothing"] = roots;
  return {
    name: roots.size > 1 ? `${first} and ${roots.size - 1} more` : first,
    files,
    entries: entries.length,
    bytes,
  };
}

/** `photos (214 files, 1.30 GB)`, harmless for a terminal. */
export function contentsText({ name, files, bytes }: Contents): string {
  return `${escapeText(name)} (${plural(files, "file")}, ${formatBytes(bytes)})`;
}

/** What was moved, of how much. */
export function amountsOf({ done, filesDone, entriesDone }: Moved, { bytes, files, entries }: Contents): Amounts {
  return { done, bytes, entries: { done: entriesDone, of: entries }, files: { done: filesDone, of: files } };
}
