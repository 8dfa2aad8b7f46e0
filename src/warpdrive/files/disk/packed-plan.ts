/**
 * A plan in the disk thread: packed on its way there, and the paths of its entries. They go as one text and a few arrays, whose memory changes hands: as many
 * objects as there are entries would take some mebibytes of each thread until the next garbage collection.
 *
 * @module
 */

import type { PlannedEntry, ReceivePlan } from "../entry.ts";
import { folderOf, lastName, partName } from "../names.ts";
import type { JournalState } from "./journal.ts";

/** A plan whose entries are packed. */
export type PackedPlan = Omit<ReceivePlan, "entries"> & { readonly packed: PackedEntries };

/** A plan whose entries are made when they are asked for. */
export type UnpackedPlan = Omit<ReceivePlan, "entries"> & { readonly entries: EntryList };

/** Entries by their positions. */
export interface EntryList extends Iterable<PlannedEntry> {
  readonly length: number;
  /** The entry at a position from 0 on; `undefined` after the last one. */
  at(index: number): PlannedEntry | undefined;
}

interface PackedEntries {
  /** Of each entry its path in the offer, its target and its hash, with nothing between them. */
  readonly texts: string;
  /** Where each text ends. */
  readonly ends: Uint32Array<ArrayBuffer>;
  readonly sizes: Float64Array<ArrayBuffer>;
  /** The nine bits of the mode that count, and flags above them. */
  readonly bits: Uint16Array<ArrayBuffer>;
}

const PERMISSIONS = 0o777;
const DIRECTORY = 0o1000;
const SKIP = 0o2000;
const TOO_LARGE = 0o4000;
const TEXTS = 3;

/** Packs the entries of a plan. */
export function packPlan({ entries, ...plan }: ReceivePlan): PackedPlan {
  const texts = new Array<string>(TEXTS * entries.length);
  const ends = new Uint32Array(texts.length);
  const sizes = new Float64Array(entries.length);
  const bits = new Uint16Array(entries.length);
  let end = 0;
  let place = 0;
  const add = (text: string) => {
    texts[place] = text;
    ends[place++] = end += text.length;
  };
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index] as PlannedEntry;
    const { uri, target, sha256 = "", size, isDirectory, permissions, skip, tooLarge } = entry;
    add(uri);
    add(target);
    add(sha256);
    sizes[index] = size;
    const flags = (isDirectory ? DIRECTORY : 0) | (skip ? SKIP : 0) | (tooLarge ? TOO_LARGE : 0);
    bits[index] = permissions & PERMISSIONS | flags;
  }
  return { ...plan, packed: { texts: texts.join(""), ends, sizes, bits } };
}

/** The memory of a packed plan that can change hands. */
export function memoryOfPlan({ packed: { ends, sizes, bits } }: PackedPlan): ArrayBuffer[] {
  return [ends.buffer, sizes.buffer, bits.buffer];
}

/** The plan that was packed. Its modes have lost the bits that do not count. */
export function unpackPlan({ packed, ...plan }: PackedPlan): UnpackedPlan {
  return { ...plan, entries: new UnpackedEntries(packed) };
}

class UnpackedEntries implements EntryList {
  readonly length: number;
  readonly #packed: PackedEntries;

  constructor(packed: PackedEntries) {
    this.length = packed.sizes.length;
    this.#packed = packed;
  }

  at(index: number): PlannedEntry | undefined {
    if (index >= this.length) return undefined;
    const bits = this.#packed.bits[index] as number;
    return {
      uri: this.#text(TEXTS * index),
      target: this.#text(TEXTS * index + 1),
      sha256: this.#text(TEXTS * index + 2) || undefined,
      size: this.#packed.sizes[index] as number,
      isDirectory: (bits & DIRECTORY) !== 0,
      permissions: bits & PERMISSIONS,
      skip: (bits & SKIP) !== 0,
      tooLarge: (bits & TOO_LARGE) !== 0,
    };
  }

  *[Symbol.iterator](): Generator<PlannedEntry, void> {
    for (let index = 0; index < this.length; index++) yield this.at(index) as PlannedEntry;
  }

  #text(place: number): string {
    const { texts, ends } = this.#packed;
    return texts.slice(place === 0 ? 0 : ends[place - 1], ends[place]);
  }
}

/** The first name of a path. */
export function rootOf(path: string): string {
  const end = path.indexOf("/");
  return end < 0 ? path : path.slice(0, end);
}

/** The path that an entry was meant to have when its transfer began, below the download folder. */
export function plannedPath({ uri, target }: PlannedEntry, { roots }: Pick<JournalState, "roots">): string {
  if (target === "") return "";
  const root = rootOf(uri);
  return (roots.get(root) ?? root) + target.slice(rootOf(target).length);
}

/** The path that an entry has now. */
export function currentPath({ entries }: UnpackedPlan, journal: JournalState, index: number): string {
  return journal.targets.get(index) ?? plannedPath(entries.at(index) as PlannedEntry, journal);
}

/** The path of an entry's partial file. */
export function partPath({ entries, mark }: UnpackedPlan, journal: JournalState, index: number): string {
  const home = plannedPath(entries.at(index) as PlannedEntry, journal);
  return inFolder(folderOf(home), partName(lastName(home), mark, index));
}

/** The path of a name in a folder. */
export function inFolder(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
