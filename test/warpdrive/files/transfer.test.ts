/**
 * Files that are sent and received: whole trees, from any point, under every policy, and sources that change.
 *
 * @module
 */

import { appendFileSync, chmodSync, existsSync, linkSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { renameSync, symlinkSync, truncateSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromSeed } from "../../../codec/arbitrary/random.ts";
import {
  collectFiles,
  type FileEntry,
  findFiles,
  type HashProgress,
  sendFiles,
  type TransferPoint,
} from "../../../src/warpdrive/files/mod.ts";
import { planReceive, receiveFiles } from "../../../src/warpdrive/files/mod.ts";
import { clearReceive } from "../../../src/warpdrive/files/mod.ts";
import { seed } from "../../codec/seed.ts";
import { expectFilesError, Pipe, randomTree, resumePoint, transfer, treeOf, withFolder, writeTree } from "./tree.ts";

const test = suite("warpdrive files: transfers");

/** What is written from a point on. */
async function bytesFrom(entries: readonly FileEntry[], from: Partial<TransferPoint>): Promise<string> {
  const pieces: Uint8Array[] = [];
  const write = (bytes: Uint8Array) => Promise.resolve(pieces.push(bytes.slice()));
  const count = await sendFiles(write, entries, from);
  const text = Buffer.concat(pieces).toString();
  assert.is(text.length, count);
  return text;
}

test("random trees arrive as they are, in pieces of any size, by any key", async () => {
  console.log(`  random trees: WARPWIRE_SEED=${seed}`);
  for (let round = 0; round < 6; round++) {
    const choose = fromSeed(seed + round);
    await withFolder(async (folder) => {
      writeTree(join(folder, "in"), randomTree(choose, 1 + choose(150), 1 + choose(200_000)));
      const { entries, skipped, bytes } = await collectFiles([join(folder, "in", "top")]);
      assert.equal(skipped, []);
      const piece = 1000 + choose(100_000);
      const points: number[] = [];
      const received = await transfer(entries, join(folder, "out"), {
        key: `../${round}`,
        piece,
        onProgress: ({ bytes }) => points.push(bytes),
      });
      assert.is(received.bytes, bytes);
      assert.is(points.at(-1) ?? 0, bytes);
      assert.equal(points, points.toSorted((a, b) => a - b));
      assert.equal(received.targets, entries.map(({ uri }) => uri));
      assert.equal(treeOf(join(folder, "out")), treeOf(join(folder, "in")));
    });
  }
});

test("a collected tree has parents first, hidden files, empty folders, sizes, times and hashes", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { "d/.h": "1", "d/b/c": "abc", "d/a": "", "d/e": null, "e.txt": "x" });
    const { entries } = await collectFiles([`${join(folder, "d")}/`, join(folder, "e.txt"), join(folder, "d", "e")]);
    assert.equal(entries.map(({ uri }) => uri), ["d", "d/.h", "d/a", "d/b", "d/b/c", "d/e", "e.txt", "e"]);
    const [, , , , c] = entries;
    assert.is(c.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert.equal([c.size, c.isDirectory, c.path], [3, false, join(folder, "d/b/c")]);
    assert.is(c.modifiedMs, Math.floor(statSync(c.path).mtimeMs));
    const unhashed = await findFiles([folder]);
    assert.ok(unhashed.entries.every(({ sha256 }) => sha256 === undefined));
  });
});

test("receiving tells how far it is, also where no bytes come", async () => {
  await withFolder(async (folder) => {
    const tree: Record<string, string> = {};
    for (let n = 0; n < 300; n++) tree[`in/${n % 3}/${n}`] = "";
    writeTree(folder, tree);
    for (let n = 0; n < 300; n++) mkdirSync(join(folder, `in/${n % 3}/folder ${n}`));
    const { entries } = await collectFiles([join(folder, "in")]);
    const reached: number[] = [];
    await transfer(entries, join(folder, "out"), { onProgress: ({ index }) => reached.push(index) });
    assert.ok(reached.length >= 5, `${reached}`);
    assert.equal(reached, reached.toSorted((a, b) => a - b));
    assert.ok(reached.at(-1)! > 500 && reached.at(-1)! <= entries.length, `${reached}`);
  });
});

test("hashing tells how far it is, also within a large file", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { "a/small": "123", "a/empty": "" });
    writeFileSync(join(folder, "a/large"), "");
    truncateSync(join(folder, "a/large"), 50 * 2 ** 20);
    const told: HashProgress[] = [];
    const { bytes } = await collectFiles([join(folder, "a")], { onProgress: (progress) => told.push(progress) });
    const done = told.map(({ done }) => done);
    assert.ok(told.every((one) => one.bytes === bytes && one.files.of === 3));
    assert.is(told.at(-1)!.files.done, 3);
    assert.equal(done, done.toSorted((a, b) => a - b));
    assert.is(done.at(-1), bytes);
    assert.ok(done.length >= 4, `${done.length} times`);
  });
});

test("two paths with one name get different ones; a given link is followed, others are left out", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { "a/x.txt": "1", "b/x.txt": "2", "c/real": "3", "c/bad\\name": "4", "c/bad\nname": "5" });
    symlinkSync("real", join(folder, "c/link"));
    symlinkSync("/", join(folder, "c/root"));
    const paths = ["a/x.txt", "b/x.txt", "c/link", "c"].map((path) => join(folder, path));
    const { entries, skipped } = await collectFiles(paths);
    assert.equal(entries.map(({ uri }) => uri), ["x.txt", "x (2).txt", "link", "c", "c/real"]);
    assert.is(entries[2].path, join(folder, "c/real"));
    assert.equal(skipped.map(({ path, reason }) => [path.slice(folder.length + 3), reason]), [
      ["bad\nname", "control-character"],
      ["bad\\name", "separator"],
      ["link", "link"],
      ["root", "link"],
    ]);
  });
});

test("each kind of name and place that cannot be received has a reason of its own", async () => {
  await withFolder(async (folder) => {
    const long = "é".repeat(120);
    mkdirSync(join(folder, "d", ...Array.from({ length: 13 }, () => long)), { recursive: true });
    mkdirSync(join(folder, "deep", ..."x".repeat(101)), { recursive: true });
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/d/`), Uint8Array.of(0x6c, 0xe4)]), "latin-1");
    const { entries, skipped } = await collectFiles([join(folder, "d"), join(folder, "deep")]);
    assert.equal(skipped.map(({ reason }) => reason), ["not-unicode", "path-too-long", "too-deep"]);
    const planned = await planReceive(join(folder, "out"), "key", entries);
    assert.is(planned.entries.length, entries.length);
  });
});

test("files with content that their size does not count are left out, not sent empty", async () => {
  if (process.platform !== "linux") return;
  await withFolder(async (folder) => {
    // The file of a process that tells its own state: 0 bytes by its size, more by its content.
    const { skipped, entries } = await collectFiles(["/proc/self/net"], { entriesMax: 1000 });
    assert.ok(skipped.some(({ path, reason }) => path.endsWith("/net/dev") && reason === "unknown-size"));
    assert.not.ok(entries.some(({ uri }) => uri.endsWith("/dev")));
    await expectFilesError("source-refused", () => collectFiles(["/proc/self/status"]));
    writeTree(folder, { "empty": "" });
    assert.is((await collectFiles([join(folder, "empty")])).entries.length, 1);
  });
});

test("what took the place of something that was found is not sent, although size and time agree", async () => {
  if (process.platform === "win32") return;
  await withFolder(async (folder) => {
    writeTree(folder, { "public/d/file": "offered", "public/e": "offered", "secret/file": "secret!" });
    const time = new Date(1_700_000_000_000);
    for (const name of ["public/d/file", "public/e", "secret/file"]) utimesSync(join(folder, name), time, time);
    const { entries } = await findFiles([join(folder, "public")]);
    renameSync(join(folder, "public/d"), join(folder, "d"));
    symlinkSync("../secret", join(folder, "public/d"));
    const error = await expectFilesError("source-changed", () => bytesFrom(entries, {}));
    assert.is(error.message, 'Cannot send "public/d/file": it was changed since it was offered');
    unlinkSync(join(folder, "public/d"));
    renameSync(join(folder, "d"), join(folder, "public/d"));
    linkSync(join(folder, "secret/file"), join(folder, "public/f"));
    renameSync(join(folder, "public/f"), join(folder, "public/e"));
    await expectFilesError("source-changed", () => bytesFrom(entries, { index: 3 }));
    assert.is(await bytesFrom(entries.slice(0, 3), {}), "offered");
    // A device may have another number after a start of the machine: then it counts where the file is.
    const elsewhere = (entry: FileEntry) => ({ ...entry, inode: entry.inode?.replace(/^\d+/, "9") });
    assert.is(await bytesFrom(entries.slice(0, 3).map(elsewhere), {}), "offered");
    await expectFilesError("source-changed", () => bytesFrom(entries.map(elsewhere), { index: 3 }));
  });
});

test("a link in the place of a file is not followed, neither to send what it leads to nor to compare it", async () => {
  if (process.platform === "win32") return;
  await withFolder(async (folder) => {
    writeTree(folder, { "in/a": "offered", secret: "secret!", "out/in/b": "" });
    const time = new Date(1_700_000_000_000);
    for (const name of ["in/a", "secret"]) utimesSync(join(folder, name), time, time);
    const { entries } = await collectFiles([join(folder, "in")]);
    // Offers of earlier versions do not know what file it was.
    const unknown = entries.map(({ inode: _, ...entry }) => entry);
    assert.is(await bytesFrom(unknown, {}), "offered");
    symlinkSync("../../in/a", join(folder, "out/in/a"));
    const { kept } = await transfer(entries, join(folder, "out"), { onCollision: "skip" });
    assert.equal(kept, [{ index: 1, content: "different" }]);
    unlinkSync(join(folder, "in/a"));
    symlinkSync("../secret", join(folder, "in/a"));
    await expectFilesError("source-changed", () => bytesFrom(unknown, {}));
  });
});

test("what a peer offers under the same names and sizes, with other hashes, is another transfer", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { "1/f": "one", "2/f": "two" });
    const [{ entries: first }, { entries: second }] = [
      await collectFiles([join(folder, "1/f")]),
      await collectFiles([join(folder, "2/f")]),
    ];
    const out = join(folder, "out");
    await transfer(first, out);
    const plan = await planReceive(out, "peer/id", second);
    assert.equal([plan.resumed, plan.entries[0].target], [false, "f (2)"]);
    await transfer(second, out);
    assert.is(readFileSync(join(out, "f"), "utf8") + readFileSync(join(out, "f (2)"), "utf8"), "onetwo");
  });
});

test("two processes do not receive the same into one folder, and what a dead one has left gives way", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { "in/a": "1", "out/x": "" });
    const { entries } = await collectFiles([join(folder, "in")]);
    const plan = await planReceive(join(folder, "out"), "key", entries);
    const lock = plan.journal.replace(/journal$/, "lock");
    const hold = (holder: unknown) => writeTree(folder, { [lock.slice(folder.length + 1)]: JSON.stringify(holder) });
    // The process that started this one lives as long as it.
    hold({ pid: process.ppid, began: "", host: hostname() });
    const held = await expectFilesError("busy", () => resumePoint(plan));
    assert.match(held.message, new RegExp(`the process ${process.ppid} is receiving it here$`));
    await expectFilesError("busy", () => clearReceive(plan));
    hold({ pid: 2 ** 22 + 1, began: "", host: "elsewhere" });
    assert.match(
      (await expectFilesError("busy", () => resumePoint(plan))).message,
      /on "elsewhere" .*; if it is not, rem/,
    );
    const stale = [
      { pid: 2 ** 22 + 1, began: "", host: hostname() },
      ...(process.platform === "linux" ? [{ pid: process.ppid, began: "1", host: hostname() }] : []),
      { pid: -1 },
    ];
    for (const holder of stale) {
      hold(holder);
      assert.equal(await resumePoint(plan), { index: 1, offset: 0 });
    }
    assert.not.ok(existsSync(lock));
    await clearReceive(plan);
    assert.not.ok(existsSync(join(folder, "out/.warpwire")));
  });
});

test("files that stay under skip are counted and compared, also after an interruption", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { "in/a": "one", "in/b": "two", "in/c": "four", "in/d": "new" });
    writeTree(folder, { "out/in/a": "one", "out/in/b": "TWO", "out/in/c": "x" });
    const { entries } = await collectFiles([join(folder, "in")]);
    const plan = () => planReceive(join(folder, "out"), "key", entries, { onCollision: "skip" });
    const expected = [["in/a", "same"], ["in/b", "different"], ["in/c", "different"]];
    const pipe = (bytesMax: number) => async (from: TransferPoint) => {
      const text = (await bytesFrom(entries, { ...from })).slice(0, bytesMax);
      let offset = 0;
      return (buf: Uint8Array) => {
        const count = Buffer.from(text.slice(offset)).copy(buf);
        offset += count;
        return Promise.resolve(count === 0 ? null : count);
      };
    };
    await expectFilesError("truncated", async () => receiveFiles(pipe(1), await plan()));
    const { kept } = await receiveFiles(pipe(100), await plan());
    assert.equal(kept.map(({ index, content }) => [entries[index].uri, content]), expected);
    assert.is(readFileSync(join(folder, "out/in/b"), "utf8"), "TWO");
    assert.is(readFileSync(join(folder, "out/in/d"), "utf8"), "new");
  });
});

test("sockets and unreadable files are left out", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { "d/file": "1", "d/secret": "2" });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder, "d/socket"), resolve));
    try {
      chmodSync(join(folder, "d/secret"), 0);
      // Root may read everything.
      const secret = process.getuid?.() === 0 ? [] : [["d/secret", "unreadable"]];
      const { entries, skipped } = await collectFiles([join(folder, "d")]);
      const left = skipped.map(({ path, reason }) => [path.slice(folder.length + 1), reason]);
      assert.equal(left, [...secret, ["d/socket", "special"]]);
      assert.ok(entries.some(({ uri }) => uri === "d/file"));
      await expectFilesError("source-refused", () => collectFiles([join(folder, "d/socket")]));
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

test("paths that cannot be offered are refused, and limits kept", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { "a/1": "", "a/2": "", "b\\c": "" });
    await expectFilesError("source-missing", () => collectFiles([join(folder, "none")]));
    await expectFilesError("source-refused", () => collectFiles(["/"]));
    await expectFilesError("source-refused", () => collectFiles(["/dev/null"]));
    await expectFilesError("source-refused", () => collectFiles([join(folder, "b\\c")]));
    await expectFilesError("too-many", () => collectFiles([join(folder, "a")], { entriesMax: 2 }));
    const gone = AbortSignal.abort("enough");
    assert.is((await expectFilesError("aborted", () => collectFiles([folder], { signal: gone }))).cause, "enough");
  });
});

test("index and offset skip what the protocol says", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { "d/a": "aaaa", "d/b": "bbbb", "d/c": "" });
    const { entries } = await collectFiles([join(folder, "d")]);
    const rows: [number, number, string][] = [
      [-1, 0, "aaaabbbb"],
      [-5, 4, "aaaabbbb"],
      [0, 4, "aaaabbbb"],
      [1, 1, "aaabbbb"],
      [1, 4, "bbbb"],
      [1, 9, "bbbb"],
      [2, 3, "b"],
      [3, 0, ""],
      [4, 0, ""],
      [9, 7, ""],
    ];
    for (const [index, offset, expected] of rows) {
      assert.is(await bytesFrom(entries, { index, offset }), expected, `${index} ${offset}`);
    }
    assert.is(await bytesFrom(entries.slice(1), { index: -1, offset: 3 }), "abbbb");
    await expectFilesError("invalid", () => bytesFrom(entries, { index: 0, offset: -1 }));
  });
});

test("sources that changed, shrank or are gone end the sending", async () => {
  await withFolder(async (folder) => {
    const path = (name: string) => join(folder, name);
    writeTree(folder, { first: "first", second: "second" });
    const changes: [() => void, Parameters<typeof expectFilesError>[0]][] = [
      [() => utimesSync(path("second"), 1, 1), "source-changed"],
      [() => appendFileSync(path("second"), "more"), "source-changed"],
      [() => truncateSync(path("second"), 3), "source-changed"],
      [() => unlinkSync(path("second")), "source-missing"],
      [() => symlinkSync("first", path("second")), "source-changed"],
      [() => (unlinkSync(path("second")), mkdirSync(path("second"))), "source-changed"],
    ];
    const { entries } = await collectFiles([path("first"), path("second")]);
    for (const [change, code] of changes) {
      change();
      const pieces: string[] = [];
      const write = (bytes: Uint8Array) => Promise.resolve(pieces.push(new TextDecoder().decode(bytes)));
      const error = await expectFilesError(code, () => sendFiles(write, entries));
      assert.is(error.index, 1);
      assert.not.ok(error.message.includes(folder), "the message has no path of this machine");
      assert.is(pieces.join(""), "first");
    }
  });
});

test("a source that changes while it is sent is found out", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "large");
    writeFileSync(path, new Uint8Array(8 * 2 ** 20));
    const { entries } = await collectFiles([path]);
    let sent = 0;
    const change = (bytes: Uint8Array) => {
      if (sent === 0) appendFileSync(path, "more");
      return Promise.resolve(sent += bytes.length);
    };
    await expectFilesError("source-changed", () => sendFiles(change, entries));
    await expectFilesError("truncated", () => transfer(entries, join(folder, "out")));
  });
});

test("an error of the network is passed on by both sides, and the rest comes later", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { "in/a": new Uint8Array(900_000).fill(1), "in/b": new Uint8Array(2_000_000).fill(2) });
    const { entries } = await collectFiles([join(folder, "in")]);
    const broken = new Error("Broken");
    const error = await sendFiles(() => Promise.reject(broken), entries).catch((error: unknown) => error);
    assert.is(error, broken);
    const plan = await planReceive(join(folder, "out"), "key", entries);
    const all = new Uint8Array(1_234_567).fill(1, 0, 900_000).fill(2, 900_000);
    let read = 0;
    const failing = (buf: Uint8Array) => {
      const piece = all.subarray(read, read + Math.min(buf.length, 50_000));
      buf.set(piece);
      read += piece.length;
      return piece.length === 0 ? Promise.reject(broken) : Promise.resolve(piece.length);
    };
    const receiving = receiveFiles(() => Promise.resolve(failing), plan);
    assert.is(await receiving.catch((error: unknown) => error), broken);
    assert.equal(await resumePoint(plan), { index: 2, offset: 334_567 });
    assert.is((await transfer(entries, join(folder, "out"), { key: "key" })).bytes, 2_900_000 - 1_234_567);
    assert.is(treeOf(join(folder, "out"))["in/b"], entries[2].sha256);
  });
});

test("giving up keeps what arrived, and a second receiver is refused meanwhile", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { in: new Uint8Array(3_000_000).fill(5) });
    const { entries } = await collectFiles([join(folder, "in")]);
    const plan = await planReceive(join(folder, "out"), "key", entries);
    const controller = new AbortController();
    const pipe = new Pipe();
    const receiving = receiveFiles(() => Promise.resolve(pipe.read), plan, { signal: controller.signal });
    const outcome = expectFilesError("aborted", () => receiving);
    await expectFilesError("busy", () => resumePoint(plan));
    await pipe.write(new Uint8Array(700_000).fill(5));
    controller.abort("enough");
    assert.is((await outcome).cause, "enough");
    assert.equal(await resumePoint(plan), { index: 0, offset: 700_000 });
    await clearReceive(plan);
    await clearReceive(plan);
    assert.equal(treeOf(join(folder, "out")), {});
    assert.not.ok(existsSync(join(folder, "out", ".warpwire")));
  });
});

test("a file that is not the announced one is removed and asked for again", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { "in/a": "good", "in/b": "good", "in/c": "good" });
    const { entries } = await collectFiles([join(folder, "in")]);
    const wrong = entries.map((entry) => entry.uri === "in/b" ? { ...entry, sha256: "0".repeat(64) } : entry);
    const error = await expectFilesError("hash-mismatch", () => transfer(wrong, join(folder, "out")));
    assert.is(error.index, 2);
    assert.equal(Object.keys(treeOf(join(folder, "out"))), ["in", "in/a"]);
    assert.equal(await resumePoint(await planReceive(join(folder, "out"), "peer/id", wrong)), { index: 2, offset: 0 });
  });
});

test("a partial file that was changed on disk is found out", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { in: new Uint8Array(2_000_000).fill(7) });
    const { entries } = await collectFiles([join(folder, "in")]);
    const out = join(folder, "out");
    const plan = await planReceive(out, "peer/id", entries);
    const pipe = new Pipe();
    const receiving = receiveFiles(() => Promise.resolve(pipe.read), plan);
    const outcome = expectFilesError("truncated", () => receiving);
    await pipe.write(new Uint8Array(1_000_000).fill(7));
    pipe.end();
    await outcome;
    const [part] = Object.keys(treeOf(out));
    assert.match(part, /^in\.[0-9a-f]{16}-0\.part$/);
    writeFileSync(join(out, part), new Uint8Array(1_000_000).fill(8));
    await expectFilesError("hash-mismatch", () => transfer(entries, out));
    await transfer(entries, out);
    assert.equal(treeOf(out), { in: entries[0].sha256 as string });
  });
});

test("names that are taken: rename, skip, overwrite", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { "in/d/a.txt": "new", "in/d/b": "new", "in/e.tar": "new" });
    const { entries } = await collectFiles([join(folder, "in/d"), join(folder, "in/e.tar")]);
    const text = (path: string) => readFileSync(join(folder, path), "utf8");
    for (const onCollision of ["rename", "skip", "overwrite"] as const) {
      writeTree(folder, { [`${onCollision}/d/a.txt`]: "old and longer", [`${onCollision}/e.tar`]: "old" });
      await transfer(entries, join(folder, onCollision), { onCollision });
    }
    assert.equal(text("rename/d/a.txt") + text("rename/e.tar"), "old and longerold");
    assert.equal(text("rename/d (2)/a.txt") + text("rename/d (2)/b") + text("rename/e (2).tar"), "newnewnew");
    assert.equal(text("skip/d/a.txt") + text("skip/d/b") + text("skip/e.tar"), "old and longernewold");
    assert.equal(text("overwrite/d/a.txt") + text("overwrite/d/b") + text("overwrite/e.tar"), "newnewnew");
    assert.equal(Object.keys(treeOf(join(folder, "overwrite"))), ["d", "d/a.txt", "d/b", "e.tar"]);
    await transfer(entries, join(folder, "rename"), { key: "another" });
    assert.equal(text("rename/d (3)/a.txt") + text("rename/e (3).tar"), "newnew");
  });
});

test("a name that is taken after the plan was made is not overwritten", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { "in/d/a": "new", "in/e.txt": "new" });
    const { entries } = await collectFiles([join(folder, "in/d"), join(folder, "in/e.txt")]);
    const out = join(folder, "out");
    const plan = await planReceive(out, "key", entries);
    writeTree(out, { "d/a": "old", "e.txt": "old" });
    const pipe = new Pipe();
    const sending = sendFiles(pipe.write, entries);
    const { targets } = await receiveFiles(() => Promise.resolve(pipe.read), plan);
    await sending;
    assert.equal(targets, ["d (2)", "d (2)/a", "e (2).txt"]);
    assert.is(readFileSync(join(out, "e.txt"), "utf8") + readFileSync(join(out, "d/a"), "utf8"), "oldold");
    const again = await planReceive(out, "key", entries);
    assert.equal([again.resumed, await resumePoint(again)], [true, { index: 3, offset: 0 }]);
  });
});

test("permission bits arrive, others do not, and what arrives can be used", async () => {
  await withFolder(async (folder) => {
    const modes: [sent: number, got: number][] = [
      [0o644, 0o644],
      [0o755, 0o755],
      [0o444, 0o444],
      [0o6755, 0o755],
      [
        0,
        0o644,
      ],
      [0o111, 0o511],
      [0o20000600, 0o600],
    ];
    const entries = modes.map(([permissions], i) => ({ uri: `d/f${i}`, size: 1, isDirectory: false, permissions }));
    const all = [{ uri: "d", size: 0, isDirectory: true, permissions: 0 }, ...entries];
    const plan = await planReceive(folder, "key", all);
    await receiveFiles(() => Promise.resolve((buf) => Promise.resolve(buf.fill(1).length)), plan);
    const umask = statSync(join(folder, "d/f4")).mode & 0o777 ^ 0o666;
    for (const [i, [, got]] of modes.entries()) {
      assert.is(statSync(join(folder, `d/f${i}`)).mode & 0o7777, got & ~umask, `f${i}`);
    }
    assert.is(statSync(join(folder, "d")).mode & 0o777, 0o700);
    chmodSync(join(folder, "d"), 0o755);
  });
});

test.run();
