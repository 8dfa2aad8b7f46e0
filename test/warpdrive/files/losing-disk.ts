/**
 * What a power failure leaves of a folder: a model that follows the calls by which received files change it, carries them
 * out, and knows what was brought to the disk. Of everything else a disk may have kept all, nothing or something.
 *
 * @module
 */

import { constants } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { setImmediate } from "node:timers";
import type { RandomSource } from "../../../codec/schema/extension.ts";
import { disk } from "../../../src/warpdrive/files/disk/disk.ts";

/** Files by path below the folder, the same array for names of the same file; `null` stands for a folder. */
export type Tree = Record<string, Uint8Array | null>;

/** A moment, and what can be left of it. */
export interface Moment {
  /** The call that came last. */
  readonly call: string;
  /** The files as they were for programs. */
  readonly seen: Tree;
  /** What is left, made when it is asked for. */
  readonly left: Readonly<Record<Loss, () => Tree>>;
}

/**
 * - `everything`: nothing is there but what was brought to the disk
 * - `contents`: names and sizes are there, and zeros in place of contents that were not brought to the disk
 * - `some`: of the changes to each file and each folder, those up to a random one
 */
export type Loss = "everything" | "contents" | "some";

/** What a file contains for programs, and what of it is on the disk. The arrays are never changed. */
interface Content {
  readonly now: Uint8Array;
  readonly safe: Uint8Array;
}

class FileNode {
  content: Content = { now: new Uint8Array(), safe: new Uint8Array() };

  set now(now: Uint8Array) {
    this.content = { now, safe: this.content.safe };
  }

  /** Gives what brings to the disk what is there now, and nothing that comes until then. */
  beginSync(): () => void {
    const { now: safe } = this.content;
    return () => void (this.content = { now: this.content.now, safe });
  }
}

type Names = ReadonlyMap<string, FileNode | FolderNode>;

class FolderNode {
  /** The names as they were when they were brought to the disk, and after each change since. */
  states: Names[] = [new Map()];

  get now(): Names {
    return this.states.at(-1)!;
  }

  /** As that of a file. */
  beginSync(): () => void {
    const safe = this.now;
    return () => {
      const at = this.states.indexOf(safe);
      // Another sync may have been faster.
      if (at > 0) this.states.splice(0, at);
    };
  }

  change(change: (names: Map<string, FileNode | FolderNode>) => void): void {
    const names = new Map(this.now);
    change(names);
    this.states.push(names);
  }
}

/** Follows what is done in a folder, of which everything that is there at the beginning is on the disk. */
export class LosingDisk implements Disposable {
  /** The moment after each call that changed something. */
  readonly moments: Moment[] = [];
  readonly #root: string;
  readonly #choose: RandomSource;
  readonly #top = new FolderNode();
  readonly #open = new Map<number, FileNode | FolderNode>();
  readonly #system = { ...disk };

  /** @param there what is in the folder */
  constructor(root: string, there: Tree, choose: RandomSource) {
    this.#root = root;
    this.#choose = choose;
    const nodes: (FileNode | FolderNode)[] = [this.#top];
    for (const [path, bytes] of Object.entries(there)) {
      const node = bytes === null ? new FolderNode() : new FileNode();
      if (node instanceof FileNode) node.now = bytes!;
      this.#put(join(root, path), node);
      nodes.push(node);
    }
    for (const node of nodes) node.beginSync()();
    this.moments.length = 0;
    Object.assign(disk, this.#calls());
  }

  /** Lets the calls of the system through again. */
  [Symbol.dispose](): void {
    Object.assign(disk, this.#system);
  }

  #calls(): typeof disk {
    const system = this.#system;
    const calls = {
      openSync: (path: string, flags: number, mode?: number) => {
        const descriptor = system.openSync(path, flags, mode);
        if ((flags & constants.O_CREAT) !== 0) this.#put(path, new FileNode());
        this.#open.set(descriptor, this.#get(path));
        return descriptor;
      },
      writeSync: (descriptor: number, bytes: Uint8Array, from: number, length: number, position?: number) => {
        const count = system.writeSync(descriptor, bytes, from, length, position);
        const file = this.#open.get(descriptor) as FileNode;
        const { now: before } = file.content;
        const start = position ?? before.length;
        const now = new Uint8Array(Math.max(before.length, start + count));
        now.set(before);
        now.set(bytes.subarray(from, from + count), start);
        file.now = now;
        this.#note("write");
        return count;
      },
      ftruncateSync: (descriptor: number, size: number) => {
        system.ftruncateSync(descriptor, size);
        const file = this.#open.get(descriptor) as FileNode;
        file.now = file.content.now.slice(0, size);
        this.#note("truncate");
      },
      // The disk of the system needs no care: nothing is ever lost of it here.
      fsync: (descriptor: number, done: (error: null) => void) => {
        const sync = this.#open.get(descriptor)!.beginSync();
        setImmediate(() => {
          sync();
          this.#note("sync");
          done(null);
        });
      },
      linkSync: (from: string, to: string) => {
        system.linkSync(from, to);
        this.#put(to, this.#get(from));
      },
      renameSync: (from: string, to: string) => {
        system.renameSync(from, to);
        const node = this.#get(from);
        this.#folderOf(to).change((names) => names.delete(basename(from)) && names.set(basename(to), node));
        this.#note(`rename ${basename(to)}`);
      },
      unlinkSync: (path: string) => {
        system.unlinkSync(path);
        this.#remove(path);
      },
      rmdirSync: (path: string) => {
        system.rmdirSync(path);
        this.#remove(path);
      },
      mkdirSync: (path: string, options: { recursive?: boolean }) => {
        const made = system.mkdirSync(path, options);
        if (options.recursive !== true || made !== undefined) this.#put(path, new FolderNode());
        return made;
      },
    };
    // The overloads of the system's calls that nobody uses are left out.
    return calls as unknown as typeof disk;
  }

  #get(path: string): FileNode | FolderNode {
    if (resolve(path) === this.#root) return this.#top;
    const node = this.#folderOf(path).now.get(basename(path));
    if (node === undefined) throw new Error(`The model of the disk does not know "${path}"`);
    return node;
  }

  #folderOf(path: string): FolderNode {
    return this.#get(dirname(path)) as FolderNode;
  }

  #put(path: string, node: FileNode | FolderNode): void {
    this.#folderOf(path).change((names) => names.set(basename(path), node));
    this.#note(`new ${basename(path)}`);
  }

  #remove(path: string): void {
    this.#folderOf(path).change((names) => names.delete(basename(path)));
    this.#note(`remove ${basename(path)}`);
  }

  #note(call: string): void {
    const zeros = ({ now, safe }: Content) => {
      const bytes = new Uint8Array(now.length);
      bytes.set(safe.subarray(0, now.length));
      return bytes;
    };
    const part = ({ now, safe }: Content) => {
      const least = Math.min(now.length, safe.length);
      return now.subarray(0, least + this.#choose(now.length - least));
    };
    this.moments.push({
      call,
      seen: treeOf(this.#top, ({ now }) => now, ({ now }) => now)(),
      left: {
        everything: treeOf(this.#top, ({ safe }) => safe, ({ states }) => states[0]),
        contents: treeOf(this.#top, zeros, ({ now }) => now),
        some: treeOf(this.#top, part, ({ states }) => states[this.#choose(states.length - 1)]),
      },
    });
  }
}

/** The tree of a folder as it is now, of which the contents are made later. */
function treeOf(
  top: FolderNode,
  bytesOf: (content: Content) => Uint8Array,
  namesOf: (folder: FolderNode) => Names,
): () => Tree {
  const files: [path: string, content: Content | null][] = [];
  const add = (folder: FolderNode, above: string) => {
    for (const [name, node] of namesOf(folder)) {
      files.push([above + name, node instanceof FileNode ? node.content : null]);
      if (node instanceof FolderNode) add(node, `${above}${name}/`);
    }
  };
  add(top, "");
  return () => {
    const made = new Map<Content | null, Uint8Array | null>([[null, null]]);
    for (const [, content] of files) if (!made.has(content)) made.set(content, bytesOf(content!));
    return Object.fromEntries(files.map(([path, content]) => [path, made.get(content)!]));
  };
}
