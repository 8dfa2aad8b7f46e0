/**
 * Offers that want to get out of the download folder, or cannot be written as they are.
 *
 * @module
 */

import { closeSync, existsSync, linkSync, mkdirSync, renameSync, statSync, symlinkSync, unlinkSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  checkEntries,
  type FilesErrorCode,
  type OfferedEntry,
  type PlanOptions,
  planReceive,
  receiveFiles,
} from "../../../src/warpdrive/files/mod.ts";
import { FileWriter } from "../../../src/warpdrive/files/disk/file-writer.ts";
import { PartFile } from "../../../src/warpdrive/files/disk/part-file.ts";
import { assignTargets } from "../../../src/warpdrive/files/name-tree.ts";
import { expectFilesError, Pipe, treeOf, withFolder, writeTree } from "./tree.ts";

const test = suite("warpdrive files: hostile offers");

function file(uri: string, more: Partial<OfferedEntry> = {}): OfferedEntry {
  return { uri, size: 1, isDirectory: false, permissions: 0o644, ...more };
}

function folderEntry(uri: string): OfferedEntry {
  return { uri, size: 4096, isDirectory: true, permissions: 0o755 };
}

const long = "x".repeat(256);

const REFUSED: [code: FilesErrorCode, entries: OfferedEntry[]][] = [
  ...["../a", "a/../b", "..", "a/..", "/a", "//a", "a//b", "a/", "", ".", "./a", "a/./b", "a\\b", "..\\a", "C:", "c:/a"]
    .map((uri): [FilesErrorCode, OfferedEntry[]] => ["unsafe-path", [file(uri)]]),
  ...["a\0b", "a\nb", "\u007f", "\u0085", "\ud800", ".warpwire/x", ".WarpWire", ".warp\u200bwire"]
    .map((uri): [FilesErrorCode, OfferedEntry[]] => ["unsafe-path", [file(uri)]]),
  ["unsafe-path", [folderEntry("..")]],
  ["name-too-long", [file(long)]],
  ["name-too-long", [file("€".repeat(86))]],
  ["name-too-long", [file(Array(101).fill("a").join("/"))]],
  ["name-too-long", [file(Array(16).fill("x".repeat(200)).join("/"))]],
  ["duplicate", [file("a"), file("a")]],
  ["duplicate", [folderEntry("a"), folderEntry("a")]],
  ["duplicate", [folderEntry("."), folderEntry("")]],
  ["conflict", [file("a"), file("a/b")]],
  ["conflict", [file("a/b"), file("a")]],
  ["conflict", [folderEntry("a"), file("a")]],
  ["invalid", [file("a", { size: -1 })]],
  ["invalid", [file("a", { size: 2n ** 63n - 1n })]],
  ["invalid", [file("a", { size: NaN })]],
  ["invalid", [file("a", { size: 1.5 })]],
  ["invalid", [file("a", { size: 2 ** 53 - 1 }), file("b")]],
  ["invalid", [file("a", { sha256: "AB" })]],
  ["too-many", [file("a"), file("b"), file("c"), file("d")]],
  ["too-many", [file("a/b/c/d/e/f/g/h")]],
];

for (const [code, entries] of REFUSED) {
  test(`refuses as ${code}: ${JSON.stringify(entries[0].uri.slice(0, 40))} ${entries.length}`, () => {
    const options = code === "too-many" ? { entriesMax: 3 } : {};
    assert.equal(checkEntries(entries, options).map((fault) => fault.code), [code]);
  });
}

test("takes names that only look dangerous", () => {
  const uris = [
    "...",
    "a..b",
    "~",
    "-rf",
    "$(x)",
    "ab:c",
    "con",
    "aux.c",
    "é",
    "%2e%2e",
    "x".repeat(255),
    "\u202e",
    "a b ",
  ];
  assert.equal(checkEntries(uris.map((uri) => file(uri))), []);
});

test("lists at most 100 faults, with their positions", () => {
  const faults = checkEntries(Array.from({ length: 5000 }, (_, i) => file(i % 2 === 0 ? `${i}` : `../${i}`)));
  assert.equal(faults.map(({ index }) => index), Array.from({ length: 100 }, (_, i) => 2 * i + 1));
});

/** The targets of some names. */
function targets(uris: readonly string[], options: PlanOptions): string[] {
  const layout = assignTargets(uris.map((uri) => file(uri)), options);
  assert.equal(layout.faults, []);
  return layout.targets;
}

test("names that are one for the file system get numbers there, and only there", () => {
  const uris = ["A/x", "a/x", "a/X", "caf\u00e9", "cafe\u0301", "Stra\u00dfe", "STRASSE", "a (2)"];
  assert.equal(targets(uris, { foldNames: false }), uris);
  assert.equal(targets(uris, { foldNames: true }), [
    "A/x",
    "a (2)/x",
    "a (2)/X (2)",
    "caf\u00e9",
    "cafe\u0301 (2)",
    "Stra\u00dfe",
    "STRASSE (2)",
    "a (2) (2)",
  ]);
});

test("names that Windows cannot have are changed for it", () => {
  const uris = [
    "con",
    "AUX.txt",
    "ab:c",
    "q?",
    "dot.",
    "sp ",
    "x/nul",
    "com1.tar.gz",
    "console",
    "lpt0 .x",
    "GIT~1",
    "q*",
  ];
  assert.equal(targets(uris, { windowsNames: true }), [
    "_con",
    "_AUX.txt",
    "ab_c",
    "q_",
    "dot_",
    "sp_",
    "x/_nul",
    "_com1.tar.gz",
    "console",
    "_lpt0 .x",
    "GIT_1",
    "q_ (2)",
  ]);
});

test("numbers fit into the longest names, and many of them cost little", () => {
  const [, second] = targets(["x".repeat(251) + ".txt", "X".repeat(251) + ".TXT"], { foldNames: true });
  assert.is(second, `${"X".repeat(247)} (2).TXT`);
  const many = Array.from(
    { length: 2 ** 14 },
    (_, i) => [...i.toString(2).padStart(14, "0")].map((bit) => bit === "0" ? "a" : "A").join(""),
  );
  assert.is(new Set(targets(many, { foldNames: true })).size, many.length);
});

test("a link in the place of a folder is not followed, whenever it comes there", async () => {
  await withFolder(async (folder) => {
    const out = join(folder, "out");
    writeTree(folder, { "outside/kept": "kept", "out/own": null });
    symlinkSync("../outside", join(out, "d"));
    const entries = [folderEntry("d"), file("d/a", { size: 5 }), file("d/b", { size: 5 })];
    await expectFilesError("symlink", () => planReceive(out, "k", entries, { onCollision: "overwrite" }));
    unlinkSync(join(out, "d"));
    const plan = await planReceive(out, "k", entries);
    const pipe = new Pipe();
    const receiving = receiveFiles(() => Promise.resolve(pipe.read), plan);
    const outcome = expectFilesError("symlink", () => receiving);
    await pipe.write(new TextEncoder().encode("12345678"));
    renameSync(join(out, "d"), join(out, "moved"));
    symlinkSync("../outside", join(out, "d"));
    await pipe.write(new TextEncoder().encode("90")).catch(() => {});
    await outcome;
    assert.equal(Object.keys(treeOf(join(folder, "outside"))), ["kept"]);
  });
});

test("a link in the place of a file or of the journals' folder is not followed", async () => {
  await withFolder(async (folder) => {
    const out = join(folder, "out");
    writeTree(folder, { victim: "victim", "elsewhere/kept": "kept" });
    mkdirSync(out);
    const before = treeOf(folder);
    const read = (buf: Uint8Array) => Promise.resolve(buf.length);
    const plan = await planReceive(out, "k", [file("a")], { onCollision: "overwrite" });
    symlinkSync("../victim", join(out, "a"));
    symlinkSync("../victim", join(out, `a.${plan.mark}-0.part`));
    await receiveFiles(() => Promise.resolve(read), plan);
    assert.is(treeOf(out)["a"].length, 64);
    symlinkSync("../elsewhere", join(out, ".linked"));
    const linked = await planReceive(out, "k2", [file("b")], { stateFolder: join(out, ".linked") });
    await expectFilesError("symlink", () => receiveFiles(() => Promise.resolve(read), linked));
    for (const [path, hash] of Object.entries(before)) {
      if (!path.startsWith("out")) assert.is(treeOf(folder)[path], hash);
    }
  });
});

test("another folder in the place of one that was used gets nothing", async () => {
  await withFolder(async (folder) => {
    const plan = await planReceive(folder, "k", [folderEntry("d"), file("d/a"), file("d/b"), file("d/c")]);
    const writer = new FileWriter(plan);
    await writer.start();
    await writer.write(new Uint8Array(1));
    renameSync(join(folder, "d"), join(folder, "moved"));
    mkdirSync(join(folder, "d"));
    await expectFilesError("conflict", () => writer.write(new Uint8Array(2)).then(() => writer.finish()));
    await writer.stop().catch(() => {});
    assert.equal(treeOf(join(folder, "d")), {});
  });
});

test("another file in the place of a complete partial one gets no name", async () => {
  await withFolder(async (folder) => {
    const plan = await planReceive(folder, "k", [file("a")]);
    const writer = new FileWriter(plan);
    await writer.start();
    await writer.write(new Uint8Array(1));
    const part = join(folder, `a.${plan.mark}-0.part`);
    renameSync(part, join(folder, "moved"));
    writeFileSync(part, "2");
    await expectFilesError("conflict", () => writer.finish());
    await writer.stop().catch(() => {});
    assert.not.ok(existsSync(join(folder, "a")));
  });
});

test("a partial file with a second name is not written to", async () => {
  await withFolder((folder) => {
    const path = join(folder, "a.part");
    writeTree(folder, { "a.part": "of somebody" });
    const part = PartFile.reopen(path);
    assert.is(part?.size, 11);
    closeSync(part!.descriptor);
    linkSync(path, join(folder, "other"));
    assert.is(PartFile.reopen(path), undefined);
    return Promise.resolve();
  });
});

test("a folder gets none of the special bits that its sender asks for", async () => {
  await withFolder(async (folder) => {
    const entries = [{ ...folderEntry("d"), permissions: 0o7755 }, { ...folderEntry("d/e"), permissions: 0o7755 }];
    const plan = await planReceive(join(folder, "out"), "k", entries);
    const writer = new FileWriter(plan);
    await writer.start();
    await writer.finish();
    for (const name of ["d", "d/e"]) assert.is(statSync(join(folder, "out", name)).mode & 0o7000, 0);
  });
});

test.run();
