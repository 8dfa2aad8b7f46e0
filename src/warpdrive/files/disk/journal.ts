/**
 * The journal of a transfer that is being received: what the content of the download folder alone does not show. Lines of
 * JSON: a head, and then only additions.
 *
 * - `{"format":1,"onCollision":"rename","roots":[["photos","photos (2)"]],"windowsNames":false,"foldNames":false}`, the
 *   head: the policy, the names of the first level that are not those of the offer, and the rules by which names were
 *   chosen. It comes with a new file in one step, and is never half there.
 * - `{"done":17}`: the entries before this one are complete and safely on disk; the partial files of those since the last
 *   such line are about to get their final names. One that is still there after a crash gets it then; one that is gone
 *   has it. The last of these lines appears twice: no partial file is left.
 * - `{"index":5,"target":"a (3).txt"}`: the entry gets another name, because its own was taken meanwhile.
 * - `{"index":5,"kept":"same"}`: the entry is not here; a file that was there before has its name, see `KeptFile`.
 * - `{"index":5,"sha256":"…"}`: the entry is complete, with this hash; only where the list may be without it later.
 * - `{"content":"…"}`, also in the head: what the hashes of all files make, see `ReceivePlan`.
 * - `{"index":5,"left":"name-refused"}`: the entry is not here, because the disk does not take it, see `LeftOutEntry`.
 *
 * The length of a partial file says how much of it there is. So nothing has to be written while bytes arrive, and a
 * killed process leaves nothing wrong at any moment; half a line at the end, which a crash of the system may leave, is
 * dropped.
 *
 * @module
 */

import { closeSync, constants, readFileSync } from "node:fs";
import { disk, syncOpen } from "./disk.ts";
import type { CollisionPolicy, KeptFile, LeftOutEntry } from "../entry.ts";
import { FilesError, systemCode } from "../error.ts";
import { firstNameFault, nameFault } from "../names.ts";
import { statOpen } from "./stat.ts";

/** What a journal says. */
export interface JournalState {
  readonly onCollision: CollisionPolicy;
  /** Names of the first level that are not those of the offer. */
  readonly roots: ReadonlyMap<string, string>;
  /** The rules of names, see `NameRules`; journals of earlier versions do not have them. */
  readonly windowsNames?: boolean | undefined;
  readonly foldNames?: boolean | undefined;
  /** What the hashes of all files make, once they are known. */
  content?: string | undefined;
  /** Hashes of entries that are complete, by position. */
  readonly hashes: Map<number, string>;
  /** Paths that were chosen late, by position. */
  readonly targets: Map<number, string>;
  /** Entries in whose place files stayed, by position. */
  readonly kept: Map<number, KeptFile["content"]>;
  /** Entries that the disk does not take, by position. */
  readonly left: Map<number, LeftOutEntry["reason"]>;
  /** Entries that are complete. */
  done: number;
  /** The first entry of which a partial file may still be there; at most {@link done}. */
  settling: number;
}

const FORMAT = 1;
const CONTENTS: ReadonlySet<unknown> = new Set<KeptFile["content"]>(["same", "different", "unknown"]);
const LEFT_REASONS: ReadonlySet<unknown> = new Set<LeftOutEntry["reason"]>(["name-refused", "too-large"]);
const NO_LINKS = constants.O_NOFOLLOW ?? 0;

/**
 * Reads a journal; `undefined` if there is none.
 *
 * @throws FilesError `journal`, or the system's error
 */
export function readJournal(path: string): JournalState | undefined {
  return readLines(path)?.state;
}

function readLines(path: string): { state: JournalState; bytes: number } | undefined {
  let content: Uint8Array;
  try {
    const descriptor = disk.openSync(path, constants.O_RDONLY | NO_LINKS);
    try {
      content = readFileSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
  const bytes = content.lastIndexOf(0x0a) + 1;
  const lines = new TextDecoder().decode(content.subarray(0, bytes)).split("\n").slice(0, -1);
  try {
    return { state: parseLines(lines), bytes };
  } catch (cause) {
    throw new FilesError("journal", `Cannot understand the journal ${JSON.stringify(path)}`, { cause });
  }
}

function parseLines(lines: readonly string[]): JournalState {
  const [head = "", ...additions] = lines;
  const { format, onCollision, roots, windowsNames, foldNames, content } = JSON.parse(head);
  const isPolicy = onCollision === "rename" || onCollision === "skip" || onCollision === "overwrite";
  if (format !== FORMAT || !isPolicy) throw new TypeError(`The head is ${head}`);
  const state = newState({
    ...{ onCollision, roots: new Map<string, string>(roots) },
    windowsNames: typeof windowsNames === "boolean" ? windowsNames : undefined,
    foldNames: typeof foldNames === "boolean" ? foldNames : undefined,
    content: typeof content === "string" ? content : undefined,
  });
  for (const name of state.roots.values()) requireSafe(name);
  for (const line of additions) {
    const { done, index, target, kept, left, sha256, content } = JSON.parse(line);
    if (Number.isSafeInteger(done) && done >= state.done) {
      state.settling = state.done;
      state.done = done;
    } else if (Number.isSafeInteger(index) && CONTENTS.has(kept)) {
      state.kept.set(index, kept);
    } else if (Number.isSafeInteger(index) && LEFT_REASONS.has(left)) {
      state.left.set(index, left);
    } else if (Number.isSafeInteger(index) && typeof sha256 === "string") {
      state.hashes.set(index, sha256);
    } else if (typeof content === "string") {
      state.content = content;
    } else if (Number.isSafeInteger(index)) {
      requireSafe(target);
      state.targets.set(index, target);
    } else {
      throw new TypeError(`A line is ${line}`);
    }
  }
  return state;
}

/** What the head of a journal says. */
export type JournalHead = Pick<JournalState, "onCollision" | "roots" | "windowsNames" | "foldNames" | "content">;

/** The state of a journal that has nothing but a head. */
export function newState(head: JournalHead): JournalState {
  return { ...head, hashes: new Map(), targets: new Map(), kept: new Map(), left: new Map(), done: 0, settling: 0 };
}

/** A journal is a file like others: it cannot lead anywhere an offer cannot. */
function requireSafe(path: unknown): void {
  if (typeof path !== "string") throw new TypeError("A name is not a text");
  for (const [level, name] of path.split("/").entries()) {
    const wrong = level === 0 ? firstNameFault(name) : nameFault(name);
    if (wrong !== undefined) throw new TypeError(`A name ${wrong.reason}`);
  }
}

/** A journal that is being written. */
export class Journal {
  readonly state: JournalState;
  readonly #descriptor: number;

  private constructor(descriptor: number, state: JournalState) {
    this.#descriptor = descriptor;
    this.state = state;
  }

  /** Opens a journal for additions; `undefined` if there is none. Throws as {@link readJournal}. */
  static open(path: string): Journal | undefined {
    const read = readLines(path);
    if (read === undefined) return undefined;
    const descriptor = disk.openSync(path, constants.O_WRONLY | constants.O_APPEND | NO_LINKS);
    if (statOpen(descriptor).size > read.bytes) disk.ftruncateSync(descriptor, read.bytes);
    return new Journal(descriptor, read.state);
  }

  /** Makes a journal in a folder that exists. */
  static async create(path: string, head: JournalHead): Promise<Journal> {
    const draft = `${path}.new`;
    try {
      disk.unlinkSync(draft);
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error;
    }
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND;
    const journal = new Journal(disk.openSync(draft, flags, 0o600), newState(head));
    journal.#write({ format: FORMAT, ...head, roots: [...head.roots] });
    await syncOpen(journal.#descriptor);
    disk.renameSync(draft, path);
    return journal;
  }

  /** Writes down, safely, that the entries before this one are complete. */
  async setDone(done: number): Promise<void> {
    this.#write({ done });
    await syncOpen(this.#descriptor);
    this.state.settling = this.state.done;
    this.state.done = done;
  }

  /** Writes down that an entry gets another path, before it gets it. */
  setTarget(index: number, target: string): void {
    this.#write({ index, target });
    this.state.targets.set(index, target);
  }

  /** Writes down the hash of an entry, before it is complete. */
  setHash(index: number, sha256: string): void {
    if (this.state.hashes.get(index) === sha256) return;
    this.#write({ index, sha256 });
    this.state.hashes.set(index, sha256);
  }

  /** Writes down what the hashes of all files make. */
  setContent(content: string): void {
    if (this.state.content === content) return;
    this.#write({ content });
    this.state.content = content;
  }

  /** Writes down that a file stays in the place of an entry. */
  setKept(index: number, kept: KeptFile["content"]): void {
    if (this.state.kept.get(index) === kept) return;
    this.#write({ index, kept });
    this.state.kept.set(index, kept);
  }

  /** Writes down that the disk does not take an entry. */
  setLeft(index: number, left: LeftOutEntry["reason"]): void {
    if (this.state.left.has(index)) return;
    this.#write({ index, left });
    this.state.left.set(index, left);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #write(line: unknown): void {
    const bytes = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
    for (let written = 0; written < bytes.length;) {
      written += disk.writeSync(this.#descriptor, bytes, written, bytes.length - written);
    }
  }
}
