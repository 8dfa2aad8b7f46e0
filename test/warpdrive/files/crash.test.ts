/**
 * Receiving that ends without warning: a process that is killed, a disk that is full.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromSeed } from "../../../codec/arbitrary/random.ts";
import { collectFiles, type FileEntry, planReceive } from "../../../src/warpdrive/files/mod.ts";
import { seed } from "../../codec/seed.ts";
import { randomBytes, randomTree, resumePoint, transfer, treeOf, withFolder, writeTree } from "./tree.ts";

const test = suite("warpdrive files: crashes");

const isSource = import.meta.url.endsWith(".ts");
const child = fileURLToPath(new URL(isSource ? "./child.ts" : "./child.js", import.meta.url));
const command = [process.execPath, ...(isSource ? ["run", "-A"] : []), child];

/** Runs the child, kills it after so many lines, and returns the last line. */
function runChild(argv: readonly string[], linesMax = Infinity): Promise<string> {
  const running = spawn(argv[0], argv.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  running.stdout.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
    if (text.split("\n").length > linesMax) running.kill("SIGKILL");
  });
  return new Promise((resolve, reject) => {
    running.on("error", reject);
    running.on("close", () => resolve(text.trimEnd().split("\n").at(-1) ?? ""));
  });
}

/** Bytes of an offer that are on disk: of complete files, under whatever name, and of the partial one. */
function bytesOnDisk(entries: readonly FileEntry[], folder: string, mark: string): number {
  return entries.reduce((sum, { uri, size, isDirectory }, index) => {
    const paths = [uri, `${uri}.${mark}-${index}.part`].map((path) => join(folder, path));
    const found = isDirectory ? undefined : paths.find((path) => existsSync(path));
    return sum + (found === undefined ? 0 : Math.min(statSync(found).size, size));
  }, 0);
}

test("killed at random moments, every call goes on with all that is on disk", async () => {
  console.log(`  kills: WARPWIRE_SEED=${seed}`);
  const choose = fromSeed(seed);
  await withFolder(async (folder) => {
    const [source, out] = [join(folder, "in", "top"), join(folder, "out")];
    writeTree(join(folder, "in"), randomTree(choose, 250, 9_000));
    writeTree(source, { "zz-large": randomBytes(choose, 12_000_000), "zzz/last": "last", "zzz/none": "" });
    const { entries, bytes } = await collectFiles([source]);
    for (let kills = 0; kills < 8; kills++) {
      await runChild([...command, source, out], 1 + choose(kills * 4));
      const plan = await planReceive(out, "peer/id", entries);
      const before = bytesOnDisk(entries, out, plan.mark);
      const { index, offset } = await resumePoint(plan);
      const point = entries.slice(0, index).reduce((sum, { size }) => sum + size, 0) + offset;
      assert.is(point, before, `after kill ${kills}: resumes at ${index} ${offset}`);
      for (const [path, hash] of Object.entries(treeOf(out))) {
        const entry = entries.find(({ uri }) => uri === path);
        assert.ok(path.endsWith(".part") || hash === (entry?.sha256 ?? "folder"), `${path} is whole`);
      }
    }
    const missing = bytes - bytesOnDisk(entries, out, (await planReceive(out, "peer/id", entries)).mark);
    assert.is((await transfer(entries, out)).bytes, missing);
    assert.equal(treeOf(out), treeOf(join(folder, "in")));
  });
});

test("a full disk has its code, and the transfer goes on when there is room", async () => {
  if (process.platform === "win32") return;
  await withFolder(async (folder) => {
    const [source, out] = [join(folder, "in"), join(folder, "out")];
    writeTree(source, { a: "small", large: new Uint8Array(6_000_000).fill(9), z: "small" });
    // The limit of the shell counts half kibibytes or kibibytes: 1 or 2 MiB. Its signal is ignored, so that writing fails.
    const limited = ["sh", "-c", `trap '' XFSZ; ulimit -f 2048; exec "$@"`, "sh", ...command, source, out];
    assert.is(await runChild(limited), "no-space");
    const { entries } = await collectFiles([source]);
    const { index, offset } = await resumePoint(await planReceive(out, "peer/id", entries));
    assert.is(index, 2);
    assert.ok(offset === 2 ** 20 || offset === 2 ** 21, `${offset} bytes fit`);
    assert.is((await transfer(entries, out)).bytes, 6_000_005 - offset);
    assert.equal(treeOf(join(out, "in")), treeOf(source));
  });
});

test.run();
