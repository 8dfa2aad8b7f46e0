/**
 * Random offers that want to get out of the download folder: many of them, on a disk of memory where there is one.
 *
 * @module
 */

import { existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromSeed, pick } from "../../../codec/arbitrary/random.ts";
import type { RandomSource } from "../../../codec/schema/extension.ts";
import { FileWriter } from "../../../src/warpdrive/files/disk/file-writer.ts";
import { DEFERRED_HASH, FilesError, type OfferedEntry, planReceive } from "../../../src/warpdrive/files/mod.ts";
import { seed } from "../../codec/seed.ts";
import { treeOf, withFolder, writeTree } from "./tree.ts";

const test = suite("warpdrive files: random hostile offers");

const long = "x".repeat(256);

const PIECES = [
  "..",
  ".",
  "",
  "a",
  "b",
  "A",
  "link",
  "victim",
  "outside",
  "C:",
  "con",
  ".warpwire",
  "a\0",
  "é",
  "e\u0301",
  "\\..\\victim",
  "...",
  long,
  "file",
  "a.journal",
  "\u2215",
  "~",
];

function hostileEntry(choose: RandomSource): OfferedEntry {
  const names = Array.from(
    { length: 1 + choose(2) },
    () => pick(choose, choose(3) === 0 ? PIECES : ["a", "b", "c", "link"]),
  );
  return {
    uri: (choose(30) === 0 ? "/" : "") + names.join("/"),
    size: pick(choose, [1, 0, 3, 1, 2, 5, 3000].concat(choose(40) === 0 ? [-1, 2 ** 60] : [])),
    isDirectory: choose(2) === 0,
    permissions: pick(choose, [0o644, 0, 0o7777, 0o755, -1, 2 ** 32 - 1, 2 ** 31 + 0o700]),
    sha256: choose(20) === 0 ? pick(choose, ["0".repeat(64), DEFERRED_HASH, "x"]) : undefined,
  };
}

/** A disk of memory, where there is one: thousands of offers bring something to the disk. */
const parent = existsSync("/dev/shm") ? "/dev/shm" : undefined;

test("4,000 hostile lists: nothing outside of the download folder changes", async () => {
  console.log(`  hostile lists: WARPWIRE_SEED=${seed}`);
  const choose = fromSeed(seed);
  let written = 0;
  await withFolder(async (folder) => {
    const out = join(folder, "downloads");
    writeTree(folder, { victim: "victim", "outside/a": "a", "outside/file": "file", "downloads/file": "mine" });
    for (const name of ["link", "b"]) symlinkSync("../outside", join(out, name));
    symlinkSync("../victim", join(out, "c"));
    const outside = () => Object.entries(treeOf(folder)).filter(([path]) => !path.startsWith("downloads"));
    const before = outside();
    for (let round = 0; round < 4000; round++) {
      const entries = Array.from({ length: 1 + choose(5) }, () => hostileEntry(choose));
      const onCollision = pick(choose, ["rename", "skip", "overwrite"] as const);
      try {
        const plan = await planReceive(out, `${round}`, entries, { onCollision });
        const writer = new FileWriter(plan);
        try {
          await writer.start();
          await writer.write(new Uint8Array(plan.bytes));
          await writer.finish();
          written++;
        } catch (error) {
          await writer.stop().catch(() => {});
          throw error;
        }
      } catch (error) {
        assert.instance(error, FilesError, `${JSON.stringify(entries)}: ${error}`);
        assert.not.equal((error as FilesError).code, "disk", String(error));
      }
      if (round % 100 === 99) assert.equal(outside(), before);
    }
    assert.equal(outside(), before);
  }, parent);
  assert.ok(written > 400, `${written} lists were written`);
});

test.run();
