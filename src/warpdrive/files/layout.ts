/**
 * From the list of an offer to a tree of safe names: what is refused, and how the rest is called.
 *
 * @module
 */

import { ENTRIES_MAX, type OfferedEntry, PATH_BYTES_MAX } from "./entry.ts";
import { FilesError, type FilesErrorCode } from "./error.ts";
import { firstNameFault, foldName, isLonger, nameFault, numberedName, windowsName } from "./names.ts";

/** How many names a path may have. Real trees stay below 50; each level costs time at every file. */
const DEPTH_MAX = 100;

/** How many faults are reported: enough to show, while a list of faults takes little memory. */
const FAULTS_MAX = 100;

/** Which names are possible and free. */
export interface LayoutOptions {
  readonly entriesMax?: number | undefined;
  /** Whether the names are those of Windows. */
  readonly windowsNames?: boolean | undefined;
  /** Whether names that differ only by case or normal form are one. */
  readonly foldNames?: boolean | undefined;
  /** Names of the first level that are not free. */
  readonly taken?: Iterable<string> | undefined;
  /** Names of the first level that were chosen earlier, by their names in the offer. */
  readonly roots?: ReadonlyMap<string, string> | undefined;
}

/** The result of {@link layOut}. */
export interface Layout {
  /** At most {@link FAULTS_MAX}, in the order of the entries. With any, the rest means nothing. */
  readonly faults: FilesError[];
  /** Paths below the download folder, by position. */
  readonly targets: string[];
  /** Sum of the sizes of all files. */
  readonly bytes: number;
}

interface Folder {
  readonly target: string;
  /** What is in it, by name in the offer. */
  readonly children: Map<string, Folder | "file">;
  /** The final names in it, folded where they have to be. */
  readonly used: Set<string>;
  /** False for a folder that is only known from the paths below it. */
  listed: boolean;
}

/** Gives every entry its place, and finds those that cannot have one. */
export function layOut(entries: readonly OfferedEntry[], options: LayoutOptions = {}): Layout {
  const { entriesMax = ENTRIES_MAX } = options;
  if (entries.length > entriesMax) return refusedLayout(entries.length, entriesMax);
  const tree = new LayoutTree(options, 2 * entriesMax);
  const faults: FilesError[] = [];
  const targets: string[] = [];
  let bytes = 0;
  for (let index = 0; index < entries.length; index++) {
    try {
      bytes = addSize(bytes, entries[index], index);
      targets[index] = tree.add(entries[index], index);
    } catch (error) {
      if (!(error instanceof FilesError)) throw error;
      if (faults.push(error) === FAULTS_MAX) break;
    }
  }
  return { faults, targets, bytes };
}

function refusedLayout(count: number, entriesMax: number): Layout {
  const fault = new FilesError("too-many", `Cannot take an offer of ${count} entries: the limit is ${entriesMax}`);
  return { faults: [fault], targets: [], bytes: 0 };
}

/** Checks the numbers of an entry and returns the new sum. */
function addSize(sum: number, entry: OfferedEntry, index: number): number {
  if (entry.sha256 !== undefined && !/^[0-9a-f]{64}$/.test(entry.sha256)) {
    throw fault("invalid", entry, index, "its SHA-256 does not have 64 lower-case hex digits");
  }
  if (entry.isDirectory) return sum;
  const size = Number(entry.size);
  if (!Number.isSafeInteger(size) || size < 0) throw fault("invalid", entry, index, `its size is ${entry.size}`);
  if (!Number.isSafeInteger(sum + size)) throw fault("invalid", entry, index, "all sizes together exceed 2^53-1 bytes");
  return sum + size;
}

function fault(code: FilesErrorCode, entry: OfferedEntry, index: number, reason: string): FilesError {
  const uri = entry.uri.length <= 200 ? entry.uri : `${entry.uri.slice(0, 200)}…`;
  return new FilesError(code, `Cannot take the entry ${JSON.stringify(uri)}: ${reason}`, { index });
}

/** The names in the path of an entry, which are not checked yet. */
function namesOf(entry: OfferedEntry, index: number): string[] {
  const { uri } = entry;
  if (isLonger(uri, PATH_BYTES_MAX)) {
    throw fault("name-too-long", entry, index, `the path has more than ${PATH_BYTES_MAX} bytes`);
  }
  if (uri.startsWith("/")) throw fault("unsafe-path", entry, index, "the path is absolute");
  const names = uri.split("/");
  if (names.length > DEPTH_MAX) throw fault("name-too-long", entry, index, `it has more than ${DEPTH_MAX} levels`);
  return names;
}

/** Checks the names of a path from a level on. */
function checkNames(names: readonly string[], from: number, entry: OfferedEntry, index: number): void {
  for (let level = from; level < names.length; level++) {
    const wrong = level === 0 ? firstNameFault(names[level]) : nameFault(names[level]);
    if (wrong !== undefined) throw fault(wrong.code, entry, index, `a name of it ${wrong.reason}`);
  }
}

class LayoutTree {
  readonly #options: LayoutOptions;
  readonly #root: Folder = newFolder("");
  /** The last number tried, by folder and name, so that many equal names don't try all numbers again. */
  readonly #numbers = new Map<string, number>();
  /** Folders that may still be made of mere paths. */
  #unlistedLeft: number;

  constructor(options: LayoutOptions, foldersMax: number) {
    this.#options = options;
    this.#unlistedLeft = foldersMax;
    for (const name of options.taken ?? []) this.#root.used.add(this.#key(name));
    // Chosen names stay free for their owners, and for nobody else.
    for (const name of options.roots?.values() ?? []) this.#root.used.add(this.#key(name));
  }

  /** Adds an entry and returns its target. */
  add(entry: OfferedEntry, index: number): string {
    // What a Go sender makes of "." and of a path with a slash at its end: the download folder itself.
    if (entry.isDirectory && (entry.uri === "" || entry.uri === ".")) return this.#listRoot(entry, index);
    const names = namesOf(entry, index);
    const last = names.length - 1;
    let folder = this.#root;
    let level = 0;
    for (; level < last; level++) {
      const child = folder.children.get(names[level]);
      if (child === undefined || child === "file") break;
      folder = child;
    }
    // The names of folders that are there were checked when they came.
    checkNames(names, level, entry, index);
    for (; level < last; level++) folder = this.#enter(folder, names[level], entry, index);
    const there = folder.children.get(names[last]);
    if (there === undefined) return this.#create(folder, names[last], entry.isDirectory);
    const isFile = there === "file";
    if (isFile !== !entry.isDirectory) throw fault("conflict", entry, index, "it is a file and a directory");
    if (isFile || there.listed) throw fault("duplicate", entry, index, "it is listed twice");
    there.listed = true;
    return there.target;
  }

  #listRoot(entry: OfferedEntry, index: number): string {
    if (this.#root.listed) throw fault("duplicate", entry, index, "it is listed twice");
    this.#root.listed = true;
    return "";
  }

  /** The folder of a name in a path, made where the offer doesn't list it (or not yet). */
  #enter(folder: Folder, name: string, entry: OfferedEntry, index: number): Folder {
    let child = folder.children.get(name);
    if (child === "file") throw fault("conflict", entry, index, "a file stands where it needs a directory");
    if (child === undefined) {
      if (--this.#unlistedLeft < 0) throw fault("too-many", entry, index, "too many directories are not listed");
      this.#create(folder, name, true);
      child = folder.children.get(name) as Folder;
      child.listed = false;
    }
    return child;
  }

  #create(folder: Folder, name: string, isDirectory: boolean): string {
    const final = this.#freeName(folder, name);
    const target = folder.target === "" ? final : `${folder.target}/${final}`;
    folder.children.set(name, isDirectory ? newFolder(target) : "file");
    return target;
  }

  #freeName(folder: Folder, name: string): string {
    const chosen = folder === this.#root ? this.#options.roots?.get(name) : undefined;
    if (chosen !== undefined) return chosen;
    const wanted = this.#options.windowsNames ? windowsName(name) : name;
    const final = folder.used.has(this.#key(wanted)) ? this.#numberedName(folder, wanted) : wanted;
    folder.used.add(this.#key(final));
    return final;
  }

  #numberedName(folder: Folder, wanted: string): string {
    const counter = `${folder.target}/${this.#key(wanted)}`;
    let number = this.#numbers.get(counter) ?? 1;
    let final: string;
    do final = numberedName(wanted, ++number); while (folder.used.has(this.#key(final)));
    this.#numbers.set(counter, number);
    return final;
  }

  #key(name: string): string {
    return this.#options.foldNames || this.#options.windowsNames ? foldName(name) : name;
  }
}

function newFolder(target: string): Folder {
  return { target, children: new Map(), used: new Set(), listed: target !== "" };
}
