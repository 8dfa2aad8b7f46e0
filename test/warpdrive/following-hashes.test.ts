/**
 * Hashes that follow their files, so that an offer of large files need not wait for them.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Choose, seededChoices } from "../../codec/choose.ts";
import {
  collectFiles,
  type FileEntry,
  HASH_FOLLOWS,
  sendFiles,
  type SendOptions,
} from "../../src/warpdrive/files/mod.ts";
import { clearReceive, planReceive, receiveFiles, resumePoint } from "../../src/warpdrive/files/mod.ts";
import { type DownloadStream, warpdriveClient } from "../../src/warpdrive/mod.ts";
import { seed } from "../codec/seed.ts";
import {
  expectFilesError,
  Pipe,
  randomBytes,
  randomTree,
  transfer,
  treeOf,
  withFolder,
  writeTree,
} from "./files-tree.ts";
import { IDS, Nodes, stage, write } from "./nodes.ts";

const test = suite("warpdrive hashes that follow");
const { A, B } = IDS;

/** From this size on a service lets hashes follow. */
const LARGE_BYTES = 16 * 2 ** 20;

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

async function sent(entries: readonly FileEntry[], options: SendOptions): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  await sendFiles((bytes) => Promise.resolve(pieces.push(bytes.slice())), entries, options);
  return Buffer.concat(pieces);
}

/** Receives what is sent up to a number of bytes, where the connection breaks. */
async function receiveSome(entries: readonly FileEntry[], folder: string, bytes: number, piece: number): Promise<void> {
  let left = bytes;
  const plan = await planReceive(folder, "key", entries);
  const outcome = receiveFiles(async (from) => {
    const all = await sent(entries, { ...from, withHashes: true });
    let offset = 0;
    return (buf) => {
      const count = Math.min(buf.length, left, piece, all.length - offset);
      if (count === 0) return Promise.resolve(null);
      all.copy(buf, 0, offset, offset + count);
      [offset, left] = [offset + count, left - count];
      return Promise.resolve(count);
    };
  }, plan);
  await outcome.catch((error) => assert.is(error.code, "truncated", String(error)));
}

test("large files are collected without their hashes, small ones with them", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { "in/a": "small", "in/b": new Uint8Array(1000), "in/c": new Uint8Array(999), "in/d": null });
    const done: number[][] = [];
    const { entries, skipped } = await collectFiles([join(folder, "in")], {
      laterBytesMin: 1000,
      onProgress: (...counts) => done.push(counts),
    });
    const hashes = treeOf(folder);
    assert.equal(entries.map(({ sha256 }) => sha256), [
      undefined,
      hashes["in/a"],
      HASH_FOLLOWS,
      hashes["in/c"],
      undefined,
    ]);
    assert.equal([skipped, done.at(-1)], [[], [1004, 1004]]);
  });
});

test("a hash comes behind its file, for those who ask for it, from any point", async () => {
  await withFolder(async (folder) => {
    const b = randomBytes(seededChoices(seed), 700_000);
    writeTree(folder, { "in/a": "small", "in/b": b, "in/c": "end" });
    const { entries } = await collectFiles([join(folder, "in")], { laterBytesMin: 1000 });
    const [small, end] = [Buffer.from("small"), Buffer.from("end")];
    const check = async (options: SendOptions, expected: readonly Uint8Array[]) => {
      const bytes = await sent(entries, options);
      assert.ok(bytes.equals(Buffer.concat(expected)), JSON.stringify(options));
    };
    await check({}, [small, b, end]);
    await check({ withHashes: true }, [small, b, sha256(b), end]);
    await check({ withHashes: true, index: 1, offset: 2 }, [small.subarray(2), b, sha256(b), end]);
    for (const offset of [0, 1, 262_144, 699_999, 700_000]) {
      await check({ withHashes: true, index: 2, offset }, [b.subarray(offset), sha256(b), end]);
    }
    await check({ withHashes: true, index: 2, offset: 2 ** 40 }, [sha256(b), end]);
    await check({ index: 2, offset: 700_000 }, [end]);
    await check({ withHashes: true, index: 3 }, [end]);
  });
});

test("random trees whose connection breaks anywhere arrive as they are", async () => {
  console.log(`  random trees: WARPWIRE_SEED=${seed}`);
  for (let round = 0; round < 6; round++) {
    const choose: Choose = seededChoices(seed + round);
    await withFolder(async (folder) => {
      writeTree(join(folder, "in"), randomTree(choose, 1 + choose(12), 1 + choose(40_000)));
      const { entries } = await collectFiles([join(folder, "in", "top")], { laterBytesMin: choose(4) * 5_000 });
      const { length } = await sent(entries, { withHashes: true });
      const [out, piece] = [join(folder, "out"), 1 + choose(9_000)];
      for (let cut = 0; cut < 8; cut++) await receiveSome(entries, out, choose(length / 4), piece);
      await receiveSome(entries, out, Infinity, piece);
      assert.equal(treeOf(out), treeOf(join(folder, "in")));
    });
  }
});

test("a file whose hash did not come any more stays a partial file, and only the hash is asked for", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { in: new Uint8Array(50_000).fill(3) });
    const { entries } = await collectFiles([join(folder, "in")], { laterBytesMin: 1 });
    const out = join(folder, "out");
    for (const bytes of [50_000, 31]) {
      await receiveSome(entries, out, bytes, 10_000);
      assert.match(Object.keys(treeOf(out)).join(), /^in\.[0-9a-f]{16}-0\.part$/);
      assert.equal(await resumePoint(await planReceive(out, "key", entries)), { index: 0, offset: 50_000 });
    }
    const plan = await planReceive(out, "key", entries);
    const pipe = new Pipe();
    const receiving = receiveFiles((from) => {
      void sendFiles(pipe.write, entries, { ...from, withHashes: true });
      return Promise.resolve(pipe.read);
    }, plan);
    assert.equal(await receiving, { bytes: 32, targets: ["in"] });
    await clearReceive(plan);
    assert.equal(treeOf(out), { in: sha256(new Uint8Array(50_000).fill(3)).toString("hex") });
  });
});

test("a file that is not what its hash says is removed and asked for again", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { "in/a": new Uint8Array(50_000).fill(3), "in/b": "b" });
    const { entries } = await collectFiles([join(folder, "in")], { laterBytesMin: 1000 });
    const out = join(folder, "out");
    await receiveSome(entries, out, 40_000, 10_000);
    const [part] = Object.keys(treeOf(out)).filter((path) => path.endsWith(".part"));
    writeFileSync(join(out, part), new Uint8Array(40_000).fill(4));
    const error = await expectFilesError("hash-mismatch", () => transfer(entries, out, { key: "key" }));
    assert.is(error.index, 1);
    assert.equal(Object.keys(treeOf(out)), ["in"]);
    await transfer(entries, out, { key: "key" });
    assert.equal(treeOf(out), { in: "folder", "in/a": treeOf(folder)["in/a"], "in/b": treeOf(folder)["in/b"] });
  });
});

test("files that stay as they are drop hashes, too", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, {
      "in/a": new Uint8Array(50_000).fill(3),
      "in/b": new Uint8Array(600).fill(1),
      "out/in/a": "old",
    });
    const { entries } = await collectFiles([join(folder, "in")], { laterBytesMin: 500 });
    await transfer(entries, join(folder, "out"), { onCollision: "skip", piece: 777 });
    const tree = treeOf(folder);
    assert.is(readFileSync(join(folder, "out/in/a"), "utf8"), "old");
    assert.is(tree["out/in/b"], tree["in/b"]);
  });
});

test("services let the hashes of large files follow; who does not know that gets the bytes alone", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B)];
  const large = new Uint8Array(LARGE_BYTES).fill(9);
  write(a.sources, { "tree/large": large, "tree/small": "small" });
  const { offerId } = await a.client.createOffer(B, `${a.sources}/tree`);
  const [offer] = await b.client.listOffers("incoming");
  const [, { Sha256: first }, { Sha256: second }] = offer.Files!;
  const small = Buffer.from("small");
  assert.equal([first, second], [HASH_FOLLOWS, sha256(small).toString("hex")]);
  const client = warpdriveClient({ host: b.host, peer: { peerId: A } });
  const all = async (download: DownloadStream, bytes: number) => {
    const content = new Uint8Array(bytes);
    for (let count = 0; count < bytes;) count += (await download.read(content.subarray(count)))!;
    return content;
  };
  const old = await client.download(offerId);
  const content = Buffer.concat([large, small]);
  assert.ok(content.equals(await all(old, content.length)));
  old.abort();
  const hashed = await client.downloadHashed(offerId, { index: 1, offset: LARGE_BYTES - 1 });
  const rest = Buffer.concat([large.subarray(-1), sha256(large), small]);
  assert.ok(rest.equals(await all(hashed, rest.length)));
  hashed.abort();
  await b.client.acceptFrom(A, offerId);
  await stage(b, "incoming", offerId, "completed");
  await stage(a, "outgoing", offerId, "completed");
  assert.equal(treeOf(b.downloads), treeOf(a.sources));
  assert.equal([...a.errors, ...b.errors], []);
});

test.run();
