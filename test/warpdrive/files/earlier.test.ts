/**
 * Transfers that are resumed by size, time and name while a hash is not known, and by hash once it is: what was another
 * file is never taken for the right one.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  clearReceive,
  collectFiles,
  type FileEntry,
  FilesError,
  hashSource,
  planReceive,
  receiveFiles,
  sendFiles,
  type TransferPoint,
} from "../../../src/warpdrive/files/mod.ts";
import { treeOf, withFolder, writeTree } from "./tree.ts";

const test = suite("warpdrive files: earlier attempts");

/** Hashes of files of this size and more are noted. */
const SIZE = 2 ** 20;
/** How many bytes come before a connection breaks. */
const CUT = 700_000;
const [TIME, LATER] = [new Date("2026-01-02T03:04:05Z"), new Date("2026-01-02T03:04:06Z")];

const content = (seed: number, size = SIZE) => Uint8Array.from({ length: size }, (_, at) => at * seed >> 7);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** A source whose list is without hashes, or with them; and where its files go. */
class Source {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  write(files: Readonly<Record<string, Uint8Array>>, time = TIME): void {
    writeTree(join(this.#folder, "in"), files);
    for (const name of Object.keys(files)) utimesSync(join(this.#folder, "in", name), time, time);
  }

  async list(hashes: "later" | "known"): Promise<readonly FileEntry[]> {
    const options = hashes === "later" ? { deferredBytesMin: SIZE } : {};
    return (await collectFiles([join(this.#folder, "in")], options)).entries;
  }

  /** Receives until the end, or so many bytes; returns where it began, or the code of what went wrong besides. */
  async receive(hashes: "later" | "known", bytesMax = Infinity): Promise<TransferPoint | string> {
    const entries = await this.list(hashes);
    const plan = await planReceive(this.out, "share", entries, { resumesByTime: true });
    let began: TransferPoint | string = "nothing";
    const connect = async (from: TransferPoint) => {
      began = from;
      const pieces: Uint8Array[] = [];
      await sendFiles((bytes) => Promise.resolve(pieces.push(bytes.slice())), entries, from);
      const bytes = Buffer.concat(pieces).subarray(0, bytesMax);
      let at = 0;
      return (buf: Uint8Array) => {
        const count = bytes.copy(buf, 0, at);
        at += count;
        return Promise.resolve(count === 0 ? null : count);
      };
    };
    const askHash = (index: number) => hashSource(entries[index] as FileEntry, index);
    try {
      await receiveFiles(connect, plan, { askHash });
      await clearReceive(plan);
    } catch (error) {
      if (!(error instanceof FilesError)) throw error;
      if (error.code !== "truncated") return error.code;
    }
    return began;
  }

  get out(): string {
    return join(this.#folder, "out");
  }
}

const at = (index: number, offset: number): TransferPoint => ({ index, offset });
const START = at(1, 0);
const HALF = at(1, CUT);

async function withSource(run: (source: Source) => Promise<void>): Promise<void> {
  await withFolder((folder) => run(new Source(folder)));
}

for (
  const [before, after] of [["later", "later"], ["later", "known"], ["known", "later"], ["known", "known"]] as const
) {
  test(`interrupted with hashes ${before}, resumed with hashes ${after}`, () =>
    withSource(async (source) => {
      source.write({ a: content(3) });
      assert.equal(await source.receive(before, CUT), START);
      assert.equal(await source.receive(after), HALF);
      assert.equal(treeOf(source.out), { in: "folder", "in/a": sha256(content(3)) });
    }));
}

test("a copy with another time is resumed when both hashes are known, and otherwise received anew", async () => {
  for (
    const [before, after, resumes] of [["known", "known", true], ["known", "later", false], [
      "later",
      "known",
      false,
    ]] as const
  ) {
    await withSource(async (source) => {
      source.write({ a: content(3) });
      assert.equal(await source.receive(before, CUT), START);
      source.write({ a: content(3) }, LATER);
      assert.equal(await source.receive(after), resumes ? HALF : START, `${before} ${after}`);
      const name = resumes ? "in/a" : "in (2)/a";
      assert.is(treeOf(source.out)[name], sha256(content(3)));
    });
  }
});

test("a hash that became known later lets a copy be resumed", () =>
  withSource(async (source) => {
    source.write({ a: content(3) });
    assert.equal(await source.receive("later", CUT), START);
    assert.equal(await source.receive("known", 1000), HALF);
    source.write({ a: content(3) }, LATER);
    assert.equal(await source.receive("known"), at(1, CUT + 1000));
    assert.equal(treeOf(source.out), { in: "folder", "in/a": sha256(content(3)) });
  }));

test("other content of the same size and time is resumed, found out, and received anew", () =>
  withSource(async (source) => {
    source.write({ a: content(3) });
    assert.equal(await source.receive("later", CUT), START);
    source.write({ a: content(5) });
    assert.is(await source.receive("later"), "hash-mismatch");
    assert.not.ok("in/a" in treeOf(source.out));
    assert.equal(await source.receive("later"), START);
    assert.equal(treeOf(source.out), { in: "folder", "in/a": sha256(content(5)) });
  }));

test("where both hashes are known, other content of the same size and time is another transfer", () =>
  withSource(async (source) => {
    source.write({ a: content(3) });
    assert.equal(await source.receive("known", CUT), START);
    source.write({ a: content(5) });
    assert.equal(await source.receive("known", CUT), START);
    assert.equal(await source.receive("known"), HALF);
    assert.is(treeOf(source.out)["in (2)/a"], sha256(content(5)));
    // The other one is as it was.
    source.write({ a: content(3) });
    assert.equal(await source.receive("known"), HALF);
    assert.is(treeOf(source.out)["in/a"], sha256(content(3)));
  }));

test("a file that was complete is compared once its hash is known", () =>
  withSource(async (source) => {
    const b = content(7);
    source.write({ a: content(3), b });
    assert.equal(await source.receive("later", SIZE + CUT), START);
    // Nothing but the content tells the difference.
    source.write({ a: content(5), b });
    assert.is(await source.receive("later"), "hash-mismatch");
    assert.equal(await source.receive("later"), START);
    const tree = treeOf(source.out);
    assert.equal([tree["in (2)/a"], tree["in (2)/b"]], [sha256(content(5)), sha256(b)]);
  }));

test("with a list that has its hash, a file that was complete and differs makes another transfer at once", () =>
  withSource(async (source) => {
    const b = content(7);
    source.write({ a: content(3), b });
    assert.equal(await source.receive("later", SIZE + CUT), START);
    source.write({ a: content(5), b });
    assert.equal(await source.receive("known"), START);
    const tree = treeOf(source.out);
    assert.equal([tree["in (2)/a"], tree["in (2)/b"]], [sha256(content(5)), sha256(b)]);
    source.write({ a: content(3), b });
    assert.equal(await source.receive("known"), at(2, CUT));
    assert.is(treeOf(source.out)["in/a"], sha256(content(3)));
  }));

test("a damaged journal of another transfer does not keep one from being found", () =>
  withSource(async (source) => {
    source.write({ a: content(3) });
    assert.equal(await source.receive("known", CUT), START);
    writeFileSync(join(source.out, ".warpwire", "0000000000000000.journal"), "not a journal\n");
    source.write({ a: content(3) }, LATER);
    assert.equal(await source.receive("known"), HALF);
  }));

test.run();
