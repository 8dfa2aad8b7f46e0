/**
 * Names and sizes that the file system of a download folder does not take: found out there, and left out by name.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  clearReceive,
  collectFiles,
  DEFERRED_HASH,
  FilesError,
  type OfferedEntry,
  type PlanOptions,
  planReceive,
  type ReceivedFiles,
  receiveFiles,
  rootNames,
} from "../../../src/warpdrive/files/mod.ts";
import { disk } from "../../../src/warpdrive/files/disk/disk.ts";
import { FileWriter } from "../../../src/warpdrive/files/disk/file-writer.ts";
import { expectFilesError, resumePoint, transfer, treeOf, withFolder, writeTree } from "./tree.ts";

const test = suite("warpdrive files: names of file systems");

function file(uri: string, size = 1): OfferedEntry {
  return { uri, size, isDirectory: false, permissions: 0o644 };
}

function folderEntry(uri: string): OfferedEntry {
  return { uri, size: 0, isDirectory: true, permissions: 0o755 };
}

/** An error of the system. */
function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Receives entries with calls of the disk that fail where a name is not to its taste, in this thread. */
async function receiveWith(
  faults: Partial<typeof disk>,
  folder: string,
  entries: readonly OfferedEntry[],
  options: PlanOptions = {},
): Promise<Omit<ReceivedFiles, "bytes">> {
  const plan = await planReceive(folder, "key", entries, options);
  const calls = { ...disk };
  Object.assign(disk, faults);
  const writer = new FileWriter(plan);
  try {
    await writer.start();
    await writer.write(new Uint8Array(plan.bytes));
    await writer.finish();
    return writer.outcome();
  } catch (error) {
    await writer.stop().catch(() => {});
    throw error;
  } finally {
    Object.assign(disk, calls);
  }
}

/** Calls that refuse names. */
function refusing(refused: (name: string) => boolean, code: string): Partial<typeof disk> {
  const { openSync, mkdirSync, linkSync, renameSync } = disk;
  const refuse = (path: unknown) => {
    if (refused(String(path).split("/").at(-1)!)) throw systemError(code);
  };
  return {
    openSync: (path, ...rest) => (refuse(path), openSync(path, ...rest)),
    mkdirSync: ((path, options) => (refuse(path), mkdirSync(path, options))) as typeof mkdirSync,
    linkSync: (from, to) => (refuse(to), linkSync(from, to)),
    renameSync: (from, to) => (refuse(to), renameSync(from, to)),
  };
}

const isBad = (name: string) => name.includes("bad?");

for (const code of ["EINVAL", "ENOENT", "ENAMETOOLONG", "EILSEQ", "EPERM", "EACCES"]) {
  test(`a name that the disk refuses with ${code} is left out, and the rest arrives`, async () => {
    await withFolder(async (folder) => {
      const entries = [folderEntry("d"), file("d/a"), file("d/bad?"), folderEntry("d/bad?s"), file("d/bad?s/x")];
      const more = [file("z"), folderEntry("bad?root"), file("bad?root/y"), file("bad?e", 0)];
      const { leftOut } = await receiveWith(refusing(isBad, code), folder, [...entries, ...more]);
      assert.equal(leftOut.map(({ index }) => index), [2, 3, 4, 6, 7, 8]);
      assert.ok(leftOut.every(({ reason }) => reason === "name-refused"));
      assert.equal(Object.keys(treeOf(folder)), ["d", "d/a", "z"]);
    });
  });
}

test("a name that is refused only when the file gets it is left out, and its partial file is removed", async () => {
  await withFolder(async (folder) => {
    const faults = refusing((name) => name === "bad.", "EINVAL");
    const { leftOut } = await receiveWith(faults, folder, [file("bad."), file("good")]);
    assert.equal(leftOut, [{ index: 0, reason: "name-refused" }]);
    assert.equal(Object.keys(treeOf(folder)), ["good"]);
  });
});

test("a disk that takes no file at all fails, and nothing is left out", async () => {
  for (const code of ["EINVAL", "ENOENT", "EACCES"]) {
    await withFolder(async (folder) => {
      const { openSync } = disk;
      const faults: Partial<typeof disk> = {
        openSync: (path, ...rest) => {
          if (String(path).endsWith(".part")) throw systemError(code);
          return openSync(path, ...rest);
        },
      };
      const error = await receiveWith(faults, folder, [file("a")]).catch((error) => error);
      assert.instance(error, FilesError);
      const plan = await planReceive(folder, "key", [file("a")]);
      assert.equal(await resumePoint(plan), { index: 0, offset: 0 });
    });
  }
});

test("a path that is too long for the system is left out, not the end of the transfer", async () => {
  if (process.platform !== "linux") return;
  await withFolder(async (folder) => {
    // The offer's own paths may have 3,072 bytes, those of Linux 4,095: a folder fits, its files, or only their partial ones.
    const deep = Array.from({ length: 15 }, () => "y".repeat(200)).join("/");
    for (const length of [4075, 4090, 4093, 4095, 4096, 4200]) {
      const left = length - deep.length - 1 - folder.length - 1;
      const out = join(
        folder,
        ...Array.from({ length: 7 }, () => "x".repeat(100)),
        "x".repeat(left - 707 - 201),
        "x".repeat(200),
      );
      assert.is(join(out, deep).length, length);
      mkdirSync(out, { recursive: true });
      const entries = [file(`${deep}/a`), file("b"), file(`${"y".repeat(200)}/c`)];
      const plan = await planReceive(out, "key", entries);
      const read = (buf: Uint8Array) => Promise.resolve(buf.length);
      const { leftOut } = await receiveFiles(() => Promise.resolve(read), plan);
      assert.equal(leftOut, [{ index: 0, reason: "name-refused" }], String(length));
      assert.equal([lstatSync(join(out, "b")).size, lstatSync(join(out, "y".repeat(200), "c")).size], [1, 1]);
    }
  });
});

test("what was left out is known after an interruption, and its bytes are not asked for again", async () => {
  await withFolder(async (folder) => {
    const entries = [file("bad?", 10), file("large", 100), file("c", 10)];
    const options = { fileBytesMax: 50 };
    const calls = { ...disk };
    Object.assign(disk, refusing(isBad, "EINVAL"));
    try {
      const first = new FileWriter(await planReceive(folder, "key", entries, options));
      await first.start();
      await first.write(new Uint8Array(15));
      assert.equal(first.point, { index: 1, offset: 5 });
      await first.stop();
      const second = new FileWriter(await planReceive(folder, "key", entries, options));
      await second.start();
      assert.equal(second.point, { index: 2, offset: 0 });
      await second.write(new Uint8Array(10));
      await second.finish();
      const expected = [{ index: 0, reason: "name-refused" }, { index: 1, reason: "too-large" }];
      assert.equal(second.outcome().leftOut, expected);
    } finally {
      Object.assign(disk, calls);
    }
    const plan = await planReceive(folder, "key", entries, options);
    await clearReceive(plan);
    assert.equal(Object.keys(treeOf(folder)), ["c"]);
    assert.equal(readdirSync(folder), ["c"]);
  });
});

test("a file that becomes too large for the disk is left out, also where its hash comes later", async () => {
  await withFolder(async (folder) => {
    const size = 2 ** 31 + 10;
    const entries = [{ ...file("large", size), sha256: DEFERRED_HASH }, file("b")];
    const plan = await planReceive(folder, "key", [file("large", size), file("b")]);
    const part = join(folder, `large.${plan.mark}-0.part`);
    writeFileSync(part, "");
    truncateSync(part, 2 ** 31 - 1);
    const { writeSync, ...calls } = disk;
    const writer = new FileWriter(plan);
    await writer.start();
    assert.equal(writer.point, { index: 0, offset: 2 ** 31 - 1 });
    try {
      disk.writeSync = ((descriptor: number, ...rest: [Uint8Array, number, number, number]) => {
        if (rest[3] >= 2 ** 31 - 1) throw systemError("EFBIG");
        return writeSync(descriptor, ...rest);
      }) as typeof writeSync;
      await writer.write(new Uint8Array(11 + 1));
      await writer.finish();
    } finally {
      Object.assign(disk, { ...calls, writeSync });
    }
    assert.equal(writer.outcome().leftOut, [{ index: 0, reason: "too-large" }]);
    assert.equal(Object.keys(treeOf(folder)), ["b"]);
    assert.is(entries.length, 2);
  });
});

test("files of which it is known that they are too large are planned so, and left out", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { "in/a": "small", "in/b": "too large", "in/c": "also" });
    const { entries } = await collectFiles([join(folder, "in")], { deferredBytesMin: 9 });
    assert.is(entries[2].sha256, DEFERRED_HASH);
    const plan = await planReceive(join(folder, "out"), "key", entries, { fileBytesMax: 8 });
    assert.equal(plan.entries.map(({ tooLarge }) => tooLarge), [false, false, true, false]);
    const content = Buffer.from("smalltoo largealso");
    let [at, asked] = [0, 0];
    const read = (buf: Uint8Array) => {
      const count = content.copy(buf, 0, at);
      at += count;
      return Promise.resolve(count === 0 ? null : count);
    };
    const received = await receiveFiles(() => Promise.resolve(read), plan, {
      askHash: () => Promise.resolve("0".repeat(++asked && 64)),
    });
    assert.equal(received.leftOut, [{ index: 2, reason: "too-large" }]);
    assert.equal(Object.keys(treeOf(join(folder, "out"))), ["in", "in/a", "in/c"]);
    assert.is(asked, 0);
  });
});

test("nothing is left where names were tried out, and a transfer keeps the rules that it was begun with", async () => {
  await withFolder(async (folder) => {
    const entries = [file("d/a:b"), file("d/c")];
    const plain = await planReceive(folder, "plain", entries);
    if (process.platform === "linux") assert.equal(plain.entries.map(({ target }) => target), ["d/a:b", "d/c"]);
    assert.equal(readdirSync(folder), []);
    // The rules of some folders are remembered; of so many, some are found out.
    for (let n = 0; n < 70; n++) {
      mkdirSync(join(folder, `${n}`));
      await rootNames(join(folder, `${n}`));
      assert.equal(readdirSync(join(folder, `${n}`)), []);
    }
    const begun = new FileWriter(await planReceive(folder, "key", entries, { windowsNames: true }));
    await begun.start();
    await begun.write(new Uint8Array(1));
    await begun.stop();
    const again = await planReceive(folder, "key", entries);
    assert.equal([again.resumed, again.windowsNames, again.entries[0].target], [true, true, "d/a_b"]);
    // A program of an earlier version wrote no rules.
    const journal = readFileSync(again.journal, "utf8").replace(/,"windowsNames":true,"foldNames":(true|false)/, "");
    writeFileSync(again.journal, journal);
    assert.is((await planReceive(folder, "key", entries)).entries[0].target, plain.entries[0].target);
  });
});

/** A file system in a file that this machine can mount. */
interface ImageKind {
  readonly name: string;
  readonly make: readonly [string, ...string[]];
  readonly mount: readonly [string, ...string[]];
  /** Whether the mount program wants a block device. */
  readonly loop?: boolean;
}

const IMAGES: readonly ImageKind[] = [
  { name: "exFAT", make: ["mkfs.exfat"], mount: ["mount.exfat-fuse"], loop: true },
  { name: "exFAT of the kernel", make: ["mkfs.exfat"], mount: ["mount", "-t", "exfat", "-o", "loop"] },
  { name: "FAT", make: ["mkfs.vfat"], mount: ["mount", "-t", "vfat", "-o", "loop,utf8"] },
  {
    name: "NTFS",
    make: ["mkntfs", "-F", "-Q", "-q"],
    mount: ["lowntfs-3g", "-o", "windows_names,ignore_case"],
  },
];

/** Runs something in a folder of a file system; false where this machine cannot mount one. */
async function withImage(kind: ImageKind, run: (folder: string) => Promise<void>): Promise<boolean> {
  return await withFolder(async (parent) => {
    const [image, folder] = [join(parent, "image"), join(parent, "mounted")];
    writeFileSync(image, "");
    truncateSync(image, 64 * 2 ** 20);
    mkdirSync(folder);
    const call = ([program, ...args]: readonly [string, ...string[]], ...more: string[]) =>
      execFileSync(program, [...args, ...more], { stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" }).trim();
    let device = image;
    try {
      call(kind.make, image);
      if (kind.loop) device = call(["losetup", "-f", "--show"], image);
      call(kind.mount, device, folder);
    } catch {
      if (device !== image) call(["losetup", "-d"], device);
      return false;
    }
    try {
      await run(folder);
    } finally {
      call(["umount"], folder);
      if (device !== image) call(["losetup", "-d"], device);
    }
    return true;
  });
}

for (const kind of IMAGES) {
  test(`a folder on ${kind.name} gets names that it keeps`, async () => {
    const done = process.platform === "linux" && await withImage(kind, async (out) => {
      await withFolder(async (folder) => {
        const names = ["a:b", "q?", 'x"y', "<", "dot.", "sp ", "con", "aux.txt", "plain", "Case", "CASE", "Case.TXT"];
        const tree = Object.fromEntries(names.map((name) => [`in/${name}`, name]));
        writeTree(folder, {
          ...tree,
          "in/sub:d/e:f": "e",
          "top?.txt": "top",
          "in/caf\u00e9": "1",
          "in/cafe\u0301": "2",
        });
        const { entries } = await collectFiles([join(folder, "in"), join(folder, "top?.txt")]);
        const { targets, leftOut } = await transfer(entries, out);
        assert.equal(leftOut, []);
        // Some drivers list all names in one case.
        const there = Object.entries(treeOf(out)).map(([name, hash]) => `${name.toLowerCase()} ${hash}`);
        const expected = entries.map(({ sha256 }, index) => `${targets[index].toLowerCase()} ${sha256 ?? "folder"}`);
        assert.equal(there.toSorted(), expected.toSorted());
        assert.equal(targets.includes("top_.txt") && targets.includes("in/sub_d/e_f"), true);
        assert.is((await rootNames(out))("Top?.txt"), "Top_ (2).txt");
        const again = await transfer(entries, out, { key: "second", onCollision: "skip" });
        assert.is(again.kept.length, entries.filter(({ isDirectory }) => !isDirectory).length);
        assert.ok(again.kept.every(({ content }) => content === "same"));
        rmSync(join(out, ".warpwire"), { recursive: true, force: true });
        // Without escaping, what the disk does not take is left out.
        const raw = await transfer(entries.slice(0, -1), join(out, "raw"), { windowsNames: false, foldNames: true });
        assert.ok(raw.leftOut.length >= 4, `${raw.leftOut.length}`);
        assert.ok(existsSync(join(out, "raw/in/plain")));
      });
    });
    if (!done) console.log(`  skipped: this machine cannot mount ${kind.name}`);
  });
}

test("a folder that takes any name keeps all of them", async () => {
  if (process.platform !== "linux") return;
  await withFolder(async (folder) => {
    writeTree(folder, { "in/a:b": "1", "in/con": "2", "in/dot.": "3", "in/A:B": "4" });
    const { entries } = await collectFiles([join(folder, "in")]);
    const { targets } = await transfer(entries, join(folder, "out"));
    assert.equal(targets, entries.map(({ uri }) => uri));
    await expectFilesError("unsafe-path", () => planReceive(folder, "key", [file("a\u0001b")]));
  });
});

test.run();
