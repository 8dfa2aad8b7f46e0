/**
 * What tests of files need: folders of their own, random trees, and a network of memory between sender and receiver.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { pick } from "../../../codec/arbitrary/random.ts";
import type { RandomSource } from "../../../codec/schema/extension.ts";
import {
  type FileEntry,
  FilesError,
  type FilesErrorCode,
  type PlanOptions,
  planReceive,
  type ReadBytes,
  type ReceivedFiles,
  receiveFiles,
  type ReceivePlan,
  sendFiles,
  type TransferOptions,
  type TransferPoint,
  type WriteBytes,
} from "../../../src/warpdrive/files/mod.ts";

/** Runs something with a folder that is removed afterwards; on a disk of memory where there is one, if that is wanted. */
export async function withFolder<T>(run: (folder: string) => Promise<T>, parent = tmpdir()): Promise<T> {
  const folder = mkdtempSync(join(parent, "warpwire-files-"));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes files given by their paths below a folder, with the folders above them; `null` stands for a folder. */
export function writeTree(folder: string, tree: Readonly<Record<string, string | Uint8Array | null>>): void {
  for (const [path, content] of Object.entries(tree)) {
    const absolute = join(folder, path);
    mkdirSync(content === null ? absolute : dirname(absolute), { recursive: true });
    if (content !== null) writeFileSync(absolute, content);
  }
}

/** A tree of random shape with `files` files of at most `bytesMax` bytes, and some empty folders. */
export function randomTree(choose: RandomSource, files: number, bytesMax: number): Record<string, Uint8Array | null> {
  const folders = ["top"];
  const tree: Record<string, Uint8Array | null> = { top: null };
  for (let i = 0; i < files; i++) {
    const parent = pick(choose, folders);
    if (choose(7) === 0) {
      folders.push(`${parent}/folder ${i}`);
      tree[`${parent}/folder ${i}`] = null;
    }
    const size = choose(5) === 0 ? 0 : choose(bytesMax);
    tree[`${parent}/${pick(choose, [".hidden", "naïve", "a b", "x"])}-${i}.bin`] = randomBytes(choose, size);
  }
  return tree;
}

/** Random bytes; large ones repeat. */
export function randomBytes(choose: RandomSource, size: number): Uint8Array {
  const block = Uint8Array.from({ length: Math.min(size, 251) }, () => choose(255));
  // A loop is ten times as fast as `from`, and some are of 12 MB.
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = block[i % block.length] ^ (i >> 12);
  return bytes;
}

/** Everything below a folder: hashes of files by path, `folder`, `link`. The journals' folder is left out. */
export function treeOf(folder: string, below = ""): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const name of readdirSync(join(folder, below)).sort()) {
    if (name === ".warpwire") continue;
    const path = below === "" ? name : `${below}/${name}`;
    const stat = lstatSync(join(folder, path));
    if (stat.isDirectory()) Object.assign(tree, { [path]: "folder" }, treeOf(folder, path));
    else if (stat.isFile()) tree[path] = createHash("sha256").update(readFileSync(join(folder, path))).digest("hex");
    else tree[path] = stat.isSymbolicLink() ? "link" : "special";
  }
  return tree;
}

/** Bytes from a writer to a reader: a write is done when its bytes were read. */
export class Pipe {
  readonly write: WriteBytes = (bytes) => {
    if (this.#cut) return Promise.reject(new Error("The network is gone"));
    return new Promise((resolve, reject) => {
      this.#held = bytes;
      this.#done = { resolve, reject };
      this.#wake();
    });
  };
  readonly read: ReadBytes = async (buf, options) => {
    while (this.#held.length === 0) {
      if (this.#ended) return null;
      options?.signal?.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#wake = () => {
          options?.signal?.removeEventListener("abort", this.#wake);
          resolve();
        };
        options?.signal?.addEventListener("abort", this.#wake);
      });
    }
    const count = Math.min(buf.length, this.#held.length, this.piece);
    buf.set(this.#held.subarray(0, count));
    this.#held = this.#held.subarray(count);
    if (this.#held.length === 0) this.#done.resolve(count);
    return count;
  };
  /** The most that a read gives. */
  piece = 65_536;
  #held: Uint8Array = new Uint8Array();
  #done: { resolve: (count: number) => void; reject: (error: unknown) => void } = { resolve() {}, reject() {} };
  #wake = () => {};
  #ended = false;
  #cut = false;

  /** Says that nothing more is written. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Fails the writes: nobody reads any more. */
  cut(): void {
    this.#cut = true;
    this.#done.reject(new Error("The network is gone"));
  }
}

/** Sends and receives what is missing of some entries through memory. */
export async function transfer(
  entries: readonly FileEntry[],
  folder: string,
  options: PlanOptions & TransferOptions & { readonly key?: string; readonly piece?: number } = {},
): Promise<ReceivedFiles> {
  const plan = await planReceive(folder, options.key ?? "peer/id", entries, options);
  const pipe = new Pipe();
  pipe.piece = options.piece ?? pipe.piece;
  let sending: Promise<unknown> = Promise.resolve();
  try {
    return await receiveFiles(
      (from) => {
        sending = sendFiles(pipe.write, entries, from).catch(() => {}).finally(() => pipe.end());
        return Promise.resolve(pipe.read);
      },
      plan,
      options,
    );
  } finally {
    pipe.cut();
    await sending;
  }
}

/** The point from which a plan is received, by what is on disk: a transfer that ends when it asks for its first bytes. */
export async function resumePoint(plan: ReceivePlan): Promise<TransferPoint> {
  let found: TransferPoint | undefined;
  const asked = new Error("The point is known");
  const outcome: unknown = await receiveFiles((from) => {
    found = from;
    return Promise.reject(asked);
  }, plan).catch((error: unknown) => error);
  if (found === undefined || outcome !== asked) throw outcome;
  return found;
}

/** Waits for what must fail with a FilesError with a code, and returns the error. */
export async function expectFilesError(code: FilesErrorCode, run: () => Promise<unknown>): Promise<FilesError> {
  const error = await run().then(() => undefined, (error: unknown) => error);
  assert.instance(error, FilesError, `expected the code ${code}, got ${error}`);
  assert.is((error as FilesError).code, code, String(error));
  assert.match((error as FilesError).message, /^[A-Z].*[^.]$/);
  return error as FilesError;
}
