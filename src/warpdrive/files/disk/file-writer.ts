/**
 * Writes the concatenated bytes of an offer to its files, so that it can be stopped at any moment and resumed. Blocks; for
 * a thread of its own.
 *
 * @module
 */

import { createJournal, removeFile } from "./journal-setup.ts";
import { disk } from "./disk.ts";
import { DEFERRED_HASH, type FileHash, type PlannedEntry, type ReceivedFiles, type TransferPoint } from "../entry.ts";
import { diskError, FilesError, mayBlameName, systemCode } from "../error.ts";
import { Folders } from "./folders.ts";
import { compareContent, hashStart } from "./hash-file.ts";
import { Journal } from "./journal.ts";
import { folderOf, lastName, numberedName } from "../names.ts";
import { PartFile, placeFile } from "./part-file.ts";
import { currentPath, inFolder, partPath, plannedPath, type UnpackedPlan } from "./packed-plan.ts";
import { statOf, statOpen } from "./stat.ts";

/** Smaller files get their names together with others: see {@link TOGETHER_MAX}. */
const LARGE_BYTES_MIN = 2 ** 20;
/**
 * How many small files are brought to the disk at once, and stay open until then; as many are written meanwhile. Writing
 * 10,000 files of 4 KiB takes Deno 0.7 s with half as many, 0.6 with this number, and as much with more.
 */
const TOGETHER_MAX = 128;
/** Progress is reported after so many entries. */
const TELL_ENTRIES = 64;
/** No file system has a smaller limit for a file: below this it is one that somebody has set for a process. */
const LARGEST_BYTES_MIN = 2 ** 31 - 1;
/** How many names are tried for a file whose name was taken meanwhile. */
const NAMES_TRIED_MAX = 10_000;

interface CompletePart {
  readonly index: number;
  readonly part: PartFile;
}

/** The receiving end of a transfer on disk. */
export class FileWriter {
  readonly #plan: UnpackedPlan;
  readonly #folders: Folders;
  readonly #reached: (index: number) => void;
  #open: Journal | undefined;
  #index = 0;
  #part: PartFile | undefined;
  /** Bytes of the entry that were dropped, because it is skipped or left out. */
  #dropped = 0;
  /** The hash that came last of those that come later. */
  #deferred: FileHash | undefined;
  /** Whether bytes have come. */
  #begun = false;
  /** Files that are complete and have not got their names yet. */
  #complete: CompletePart[] = [];
  /** What is being done with those that were complete before. */
  #settling: Promise<void> = Promise.resolve();
  #failure: FilesError | undefined;

  /** @param reached called with the entry that writing has reached, now and then */
  constructor(plan: UnpackedPlan, reached: (index: number) => void = () => {}) {
    this.#plan = plan;
    this.#reached = reached;
    this.#folders = new Folders(plan.folder);
  }

  /** Where the next byte belongs. */
  get point(): TransferPoint {
    return { index: this.#index, offset: this.#offset };
  }

  /** The hashes of complete entries that the list is without. */
  get noted(): FileHash[] {
    const { hashes, done } = this.#journal.state;
    return [...hashes].filter(([index]) => index < done && this.#plan.entries.at(index)?.sha256 === DEFERRED_HASH)
      .map(([index, sha256]) => ({ index, sha256 }));
  }

  /** What came of it, by position: the paths of all entries below the download folder, and what is not there. */
  outcome(): Omit<ReceivedFiles, "bytes"> {
    const { state } = this.#journal;
    const inOrder = <T>(items: ReadonlyMap<number, T>) => [...items].sort(([a], [b]) => a - b);
    return {
      targets: Array.from({ length: this.#plan.entries.length }, (_, index) => currentPath(this.#plan, state, index)),
      kept: inOrder(state.kept).map(([index, content]) => ({ index, content })),
      leftOut: inOrder(state.left).map(([index, reason]) => ({ index, reason })),
    };
  }

  /**
   * Takes up what is on disk: finishes renaming, checks files that are complete and hashes the one that is not. Ends before
   * a file of which only the hash is missing, and continues with {@link setHash}.
   */
  async start(): Promise<void> {
    await this.#blamed("start", async () => {
      this.#open = Journal.open(this.#plan.journal) ?? await createJournal(this.#plan, this.#folders);
      const { content } = this.#plan;
      if (content !== undefined) this.#journal.setContent(content);
      const { settling, done } = this.#journal.state;
      for (this.#index = settling; this.#index < done; this.#index++) this.#place(this.#index);
      await this.#folders.sync();
      await this.#takeUpAll();
    });
  }

  /**
   * Takes the hash of an entry that comes later: it has to be there before any bytes that follow the entry's own. Before the
   * first byte, continues to take up what is on disk.
   */
  async setHash(hash: FileHash): Promise<void> {
    this.#deferred = hash;
    if (!this.#begun) await this.#blamed("start", () => this.#takeUpAll());
  }

  /** Writes the next bytes, which may belong to any number of files. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#begun = true;
    await this.#blamed("write", async () => {
      // Bytes after those that could not be written must not take their place.
      if (this.#failure !== undefined) throw this.#failure;
      for (let start = 0; start < bytes.length;) {
        const entry = await this.#advance();
        if (entry === undefined) throw new FilesError("invalid", "Cannot write more bytes than were announced");
        const count = Math.min(bytes.length - start, entry.size - this.#offset);
        if (count === 0) throw new FilesError("invalid", `Cannot continue after ${nameOf(entry)} without its SHA-256`);
        if (this.#part === undefined) this.#dropped += count;
        else await this.#append(this.#part, bytes.subarray(start, start + count));
        start += count;
      }
      await this.#advance();
    });
  }

  /** Ends after the last byte: what is left are folders and empty files. */
  async finish(): Promise<void> {
    await this.#blamed("complete", async () => {
      const missing = await this.#advance();
      if (missing !== undefined) {
        throw new FilesError("truncated", `Cannot complete ${nameOf(missing)}: bytes are missing`, {
          index: this.#index,
        });
      }
      await this.#settleAll();
      await this.#folders.sync();
      // This records that no partial file is left.
      await this.#journal.setDone(this.#index);
    });
    this.#journal.close();
  }

  /** Ends before the last byte, with everything that came on disk. */
  async stop(): Promise<void> {
    try {
      await this.#part?.sync();
      if (this.#open !== undefined) await this.#settleAll();
      // Of a partial file, the name.
      await this.#folders.sync();
    } finally {
      this.#part?.close();
      this.#part = undefined;
      for (const { part } of this.#complete.splice(0)) part.close();
      this.#open?.close();
    }
  }

  get #journal(): Journal {
    if (this.#open === undefined) throw new FilesError("invalid", "Cannot work on files before the start");
    return this.#open;
  }

  /** The entry that the next byte belongs to, ready to take it; `undefined` at the end. */
  async #advance(): Promise<PlannedEntry | undefined> {
    for (let entry = this.#entry(); entry !== undefined; entry = this.#entry()) {
      if (entry.isDirectory) {
        this.#makeFolder(entry);
      } else if (entry.skip || this.#isLeft(entry)) {
        if (this.#dropped < entry.size) return entry;
        this.#dropped = 0;
        if (entry.skip) this.#keep(this.#index);
      } else {
        const part = this.#part ??= this.#create(entry);
        // The disk does not take it.
        if (part === undefined) continue;
        if (part.size < entry.size || this.#hashOf(entry) === DEFERRED_HASH) return entry;
        this.#part = undefined;
        if (!this.#verify(entry, part)) {
          const message = `Cannot accept ${nameOf(entry)}: its SHA-256 is not the announced one`;
          throw new FilesError("hash-mismatch", message, { index: this.#index });
        }
      }
      this.#index++;
      if (this.#index % TELL_ENTRIES === 0) this.#reached(this.#index);
      if (entry.size >= LARGE_BYTES_MIN || this.#complete.length >= TOGETHER_MAX) await this.#settleNext();
    }
    return undefined;
  }

  /** How many bytes of the entry there are. */
  get #offset(): number {
    return this.#part?.size ?? this.#dropped;
  }

  #entry(): PlannedEntry | undefined {
    return this.#plan.entries.at(this.#index);
  }

  /** Makes a partial file; `undefined` where the disk does not take its name, which leaves the entry out. */
  #create(entry: PlannedEntry): PartFile | undefined {
    const path = partPath(this.#plan, this.#journal.state, this.#index);
    return this.#unlessRefused(this.#index, path, () => {
      this.#folders.ensure(folderOf(path));
      const part = PartFile.create(this.#folders.absolute(path), entry.permissions);
      this.#folders.markChanged(folderOf(path));
      if (entry.sha256 !== undefined) part.hash = hashStart(part.descriptor, 0);
      return part;
    });
  }

  #makeFolder(entry: PlannedEntry): void {
    const home = plannedPath(entry, this.#journal.state);
    if (!this.#isLeft(entry)) {
      this.#unlessRefused(this.#index, home, () => this.#folders.ensure(home, entry.permissions));
    }
  }

  /** Whether an entry is one that the disk does not take. */
  #isLeft({ tooLarge }: PlannedEntry): boolean {
    if (tooLarge) this.#journal.setLeft(this.#index, "too-large");
    return this.#journal.state.left.has(this.#index);
  }

  /** Does something with a path; where the disk refuses a name in it, and no others, the entry is left out. */
  #unlessRefused<T>(index: number, path: string, use: () => T): T | undefined {
    try {
      return use();
    } catch (error) {
      // Where the whole path is too long, no other name is taken there either.
      const isNamed = systemCode(error) === "ENAMETOOLONG" ||
        mayBlameName(error) && this.#folders.takes(`${this.#plan.mark}.part`, folderOf(path));
      if (!isNamed) throw error;
      this.#journal.setLeft(index, "name-refused");
      return undefined;
    }
  }

  /** Removes what there is of an entry that is skipped now, or left out: a crash may have come before that. */
  #removePart(index: number): void {
    const path = partPath(this.#plan, this.#journal.state, index);
    if (!this.#folders.check(folderOf(path))) return;
    removeFile(this.#folders.absolute(path));
    this.#folders.markChanged(folderOf(path));
  }

  /** Appends bytes to a file; one that becomes too large for the disk is left out. */
  async #append(part: PartFile, bytes: Uint8Array): Promise<void> {
    try {
      part.write(bytes);
    } catch (error) {
      if (systemCode(error) !== "EFBIG" || part.size + bytes.length < LARGEST_BYTES_MIN) throw error;
      // Nothing may use the descriptor when it is closed.
      await part.sync().catch(() => {});
      part.close();
      this.#journal.setLeft(this.#index, "too-large");
      this.#removePart(this.#index);
      this.#part = undefined;
      this.#dropped = part.size + bytes.length;
    }
  }

  /** The entry's hash, also one that has come since; `undefined` where the sender gives none. */
  #hashOf({ sha256 }: PlannedEntry): string | undefined {
    return sha256 === DEFERRED_HASH && this.#deferred?.index === this.#index ? this.#deferred.sha256 : sha256;
  }

  /** Puts a file with all of its bytes among those that are complete; one with a wrong hash is removed. */
  #verify(entry: PlannedEntry, part: PartFile): boolean {
    const sha256 = this.#hashOf(entry);
    if (sha256 !== undefined && part.hash?.digest("hex") !== sha256) {
      part.close();
      disk.unlinkSync(part.path);
      return false;
    }
    part.setMode(entry.permissions);
    if (this.#plan.notesHashes && sha256 !== undefined && entry.size >= LARGE_BYTES_MIN) {
      this.#journal.setHash(this.#index, sha256);
    }
    this.#complete.push({ index: this.#index, part });
    return true;
  }

  async #takeUpAll(): Promise<void> {
    while (this.#takeUp()) {
      this.#index++;
      if (this.#complete.length >= TOGETHER_MAX) await this.#settleNext();
    }
    await this.#settleAll();
  }

  /** Takes up the entry from an earlier call; false when something of it is missing, or the end is reached. */
  #takeUp(): boolean {
    const entry = this.#entry();
    if (entry === undefined) return false;
    if (entry.isDirectory) this.#makeFolder(entry);
    if (entry.skip) this.#keep(this.#index);
    if (!entry.isDirectory && (entry.skip || this.#isLeft(entry))) this.#removePart(this.#index);
    if (entry.isDirectory || entry.skip || this.#isLeft(entry)) return true;
    const part = this.#part ?? this.#reopen(entry);
    this.#part = part;
    if (part === undefined || part.size < entry.size || this.#hashOf(entry) === DEFERRED_HASH) return false;
    this.#part = undefined;
    return this.#verify(entry, part);
  }

  /** Opens the partial file of the entry, if there is one. */
  #reopen(entry: PlannedEntry): PartFile | undefined {
    const path = partPath(this.#plan, this.#journal.state, this.#index);
    const part = this.#folders.check(folderOf(path)) ? PartFile.reopen(this.#folders.absolute(path)) : undefined;
    if (part === undefined) return undefined;
    if (part.size > entry.size) part.truncate(entry.size);
    if (entry.sha256 !== undefined) part.hash = hashStart(part.descriptor, part.size);
    return part;
  }

  /** Settles everything that is complete. */
  async #settleAll(): Promise<void> {
    await this.#settleNext();
    await this.#settling;
  }

  /** Begins to settle what is complete once what was so before is settled: meanwhile the next files are written. */
  async #settleNext(): Promise<void> {
    await this.#settling;
    if (this.#complete.length === 0 && this.#index === this.#journal.state.done) return;
    this.#settling = this.#settle(this.#complete.splice(0), this.#index);
    // The next caller that waits for it gets its error.
    this.#settling.catch(() => {});
  }

  /**
   * Brings complete files to the disk, notes that, and gives them their names: in this order, see the journal. Those names
   * are brought to the disk before the next note.
   */
  async #settle(complete: readonly CompletePart[], done: number): Promise<void> {
    try {
      await Promise.all([...complete.map(({ part }) => part.sync()), this.#folders.sync()]);
      await this.#journal.setDone(done);
      for (const { index, part } of complete) this.#place(index, part);
    } finally {
      for (const { part } of complete) part.close();
    }
  }

  /** Gives a complete file its name. Without `part` it may have it already, from before a crash. */
  #place(index: number, part?: PartFile): void {
    const entry = this.#plan.entries.at(index) as PlannedEntry;
    if (entry.isDirectory || entry.skip) return;
    if (this.#journal.state.left.has(index)) return this.#removePart(index);
    const path = partPath(this.#plan, this.#journal.state, index);
    const absolute = this.#folders.absolute(path);
    const there = this.#folders.check(folderOf(path)) ? statOf(absolute) : undefined;
    const isThere = there !== undefined && !there.isDirectory && !there.isSymbolicLink;
    if (!isThere && part === undefined) return;
    if (!isThere || part !== undefined && there.ino !== statOpen(part.descriptor).ino) {
      throw new FilesError("conflict", `Cannot complete ${nameOf(entry)}: its partial file was replaced`, { index });
    }
    this.#folders.markChanged(folderOf(path));
    const { onCollision } = this.#journal.state;
    for (let number = 2; number <= NAMES_TRIED_MAX; number++) {
      const target = currentPath(this.#plan, this.#journal.state, index);
      const placed = this.#unlessRefused(
        index,
        target,
        () => placeFile(absolute, this.#folders.absolute(target), onCollision),
      );
      if (placed) return;
      if (placed === undefined) return this.#removePart(index);
      if (onCollision === "skip") {
        this.#keep(index);
        return disk.unlinkSync(absolute);
      }
      const home = plannedPath(entry, this.#journal.state);
      this.#journal.setTarget(index, inFolder(folderOf(home), numberedName(lastName(home), number)));
    }
    throw new FilesError("conflict", `Cannot complete ${nameOf(entry)}: no name for it is free`, { index });
  }

  /** Takes note that what has an entry's name stays, and compares it. */
  #keep(index: number): void {
    const { sha256, size } = this.#plan.entries.at(index) as PlannedEntry;
    const path = this.#folders.absolute(currentPath(this.#plan, this.#journal.state, index));
    const content = compareContent(path, size, sha256);
    if (content !== undefined) this.#journal.setKept(index, content);
  }

  /** Runs a part of the work; errors of the system become ones that name the entry. */
  async #blamed(verb: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      const entry = this.#entry();
      const action = `Cannot ${verb} ${entry === undefined ? "the files" : nameOf(entry)}`;
      this.#failure ??= diskError(action, cause, this.#index);
      throw this.#failure;
    }
  }
}

function nameOf({ uri }: PlannedEntry): string {
  return JSON.stringify(uri);
}
