/**
 * Assigns safe target paths to the entries of an offer, and refuses entries that cannot have one.
 *
 * @module
 */

import { SHA256_FORM } from "../../../codec/protocols/warpdrive/mod.ts";
import { DEFERRED_HASH, DEPTH_MAX, ENTRIES_MAX, type OfferedEntry, PATH_BYTES_MAX } from "./entry.ts";
import { FilesError, type FilesErrorCode } from "./error.ts";
import { exceedsBytes, firstNameFault, foldName, nameFault, numberedName, windowsName } from "./names.ts";
import { inFolder } from "./disk/mod.ts";

/** How many faults are reported: enough to show, while a list of faults takes little memory. */
const FAULTS_MAX = 100;

/** Which names are possible and free. */
export interface TargetOptions {
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

/** The result of {@link assignTargets}. */
export interface TargetLayout {
  /** At most {@link FAULTS_MAX}, in the order of the entries. With any, the rest means nothing. */
  readonly faults: FilesError[];
  /** Paths below the download folder, by position. */
  readonly targets: string[];
  /** Sum of the sizes of all files. */
  readonly bytes: number;
}

interface Folder {
  /** Path in the offer; empty for the download folder. */
  readonly path: string;
  /** How many names its path has. */
  readonly level: number;
  readonly target: string;
  /** The final names in it that are not free; `null` where equal names can only come from equal paths. */
  readonly used: Set<string> | null;
  /** False for a folder that is only known from the paths below it. */
  listed: boolean;
}

/** Gives every entry its place, and finds those that cannot have one. */
export function assignTargets(entries: readonly OfferedEntry[], options: TargetOptions = {}): TargetLayout {
  const { entriesMax = ENTRIES_MAX } = options;
  if (entries.length > entriesMax) return refusedLayout(entries.length, entriesMax);
  const tree = new NameTree(options, 2 * entriesMax);
  const faults: FilesError[] = [];
  const targets = new Array<string>(entries.length);
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

function refusedLayout(count: number, entriesMax: number): TargetLayout {
  const fault = new FilesError("too-many", `Cannot take an offer of ${count} entries: the limit is ${entriesMax}`);
  return { faults: [fault], targets: [], bytes: 0 };
}

/** Checks the numbers of an entry and returns the new sum. */
function addSize(sum: number, entry: OfferedEntry, index: number): number {
  if (entry.sha256 !== undefined && entry.sha256 !== DEFERRED_HASH && !SHA256_FORM.test(entry.sha256)) {
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

function checkPath(entry: OfferedEntry, index: number): void {
  const { uri } = entry;
  if (exceedsBytes(uri, PATH_BYTES_MAX)) {
    throw fault("name-too-long", entry, index, `the path has more than ${PATH_BYTES_MAX} bytes`);
  }
  if (uri.startsWith("/")) throw fault("unsafe-path", entry, index, "the path is absolute");
}

function checkName(name: string, level: number, entry: OfferedEntry, index: number): void {
  const wrong = level === 0 ? firstNameFault(name) : nameFault(name);
  if (wrong !== undefined) throw fault(wrong.code, entry, index, `a name of it ${wrong.reason}`);
}

/**
 * The names so far. Paths are looked up as the offer has them: most trees then need no texts of their own,
 * and parts of a path, made with `slice`, share its memory.
 */
class NameTree {
  readonly #options: TargetOptions;
  /** Whether names count as the same that are not. */
  readonly #folds: boolean;
  readonly #root: Folder;
  readonly #folders = new Map<string, Folder>();
  readonly #files = new Set<string>();
  /** The last number tried, by folder and name, so that many equal names don't try all numbers again. */
  readonly #numbers = new Map<string, number>();
  /** Folders that may still be made of mere paths. */
  #unlistedLeft: number;

  constructor(options: TargetOptions, foldersMax: number) {
    this.#options = options;
    this.#folds = options.foldNames === true || options.windowsNames === true;
    this.#unlistedLeft = foldersMax;
    const used = new Set<string>();
    for (const name of options.taken ?? []) used.add(this.#key(name));
    // Chosen names stay free for their owners, and for nobody else.
    for (const name of options.roots?.values() ?? []) used.add(this.#key(name));
    this.#root = { path: "", level: 0, target: "", used, listed: false };
  }

  /** Adds an entry and returns its target. */
  add(entry: OfferedEntry, index: number): string {
    const { uri, isDirectory } = entry;
    // What a Go sender makes of "." and of a path with a slash at its end: the download folder itself.
    if (isDirectory && (uri === "" || uri === ".")) return this.#listRoot(entry, index);
    checkPath(entry, index);
    const end = uri.lastIndexOf("/");
    const parent = end < 0 ? this.#root : this.#folders.get(uri.slice(0, end));
    const folder = parent ?? this.#enterAll(entry, index);
    if (folder.level === DEPTH_MAX) throw tooDeep(entry, index);
    const name = uri.slice(end + 1);
    checkName(name, folder.level, entry, index);
    if (this.#files.has(uri)) {
      if (isDirectory) throw fault("conflict", entry, index, "it is a file and a directory");
      throw fault("duplicate", entry, index, "it is listed twice");
    }
    const there = this.#folders.get(uri);
    if (there !== undefined) {
      if (!isDirectory) throw fault("conflict", entry, index, "it is a file and a directory");
      if (there.listed) throw fault("duplicate", entry, index, "it is listed twice");
      there.listed = true;
      return there.target;
    }
    if (isDirectory) return this.#addFolder(folder, name, uri, true).target;
    this.#files.add(uri);
    return this.#currentPath(folder, name, uri);
  }

  #listRoot(entry: OfferedEntry, index: number): string {
    if (this.#root.listed) throw fault("duplicate", entry, index, "it is listed twice");
    this.#root.listed = true;
    return "";
  }

  /** The folder of an entry, made where the offer doesn't list it (or not yet). */
  #enterAll(entry: OfferedEntry, index: number): Folder {
    const { uri } = entry;
    const names = uri.split("/");
    if (names.length > DEPTH_MAX) throw tooDeep(entry, index);
    let folder = this.#root;
    let end = 0;
    let level = 0;
    // The names of folders that are there were checked when they came.
    for (; level < names.length - 1; level++) {
      const child = this.#folders.get(uri.slice(0, end + names[level].length));
      if (child === undefined) break;
      folder = child;
      end += names[level].length + 1;
    }
    for (let rest = level; rest < names.length; rest++) checkName(names[rest], rest, entry, index);
    for (; level < names.length - 1; level++) {
      end += names[level].length;
      const path = uri.slice(0, end++);
      if (this.#files.has(path)) throw fault("conflict", entry, index, "a file is where it needs a directory");
      if (--this.#unlistedLeft < 0) throw fault("too-many", entry, index, "too many directories are not listed");
      folder = this.#addFolder(folder, names[level], path, false);
    }
    return folder;
  }

  #addFolder(parent: Folder, name: string, path: string, listed: boolean): Folder {
    const target = this.#currentPath(parent, name, path);
    const folder = { path, level: parent.level + 1, target, used: this.#folds ? new Set<string>() : null, listed };
    this.#folders.set(path, folder);
    return folder;
  }

  #currentPath(folder: Folder, name: string, path: string): string {
    const final = this.#freeName(folder, name);
    return final === name && folder.target === folder.path ? path : inFolder(folder.target, final);
  }

  #freeName({ target, used }: Folder, name: string): string {
    const chosen = target === "" ? this.#options.roots?.get(name) : undefined;
    if (chosen !== undefined) return chosen;
    const wanted = this.#options.windowsNames ? windowsName(name) : name;
    if (used === null) return wanted;
    const final = used.has(this.#key(wanted)) ? this.#numberedName(target, used, wanted) : wanted;
    used.add(this.#key(final));
    return final;
  }

  #numberedName(folder: string, used: ReadonlySet<string>, wanted: string): string {
    const counter = `${folder}/${this.#key(wanted)}`;
    let number = this.#numbers.get(counter) ?? 1;
    let final: string;
    do final = numberedName(wanted, ++number); while (used.has(this.#key(final)));
    this.#numbers.set(counter, number);
    return final;
  }

  #key(name: string): string {
    return this.#folds ? foldName(name) : name;
  }
}

function tooDeep(entry: OfferedEntry, index: number): FilesError {
  return fault("name-too-long", entry, index, `it has more than ${DEPTH_MAX} levels`);
}
