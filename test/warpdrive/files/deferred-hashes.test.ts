/**
 * Hashes that come later than the offer, so that one of large files need not wait for them.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { requestSchema, unified } from "../../../codec/protocols/warpdrive/mod.ts";
import { fromSeed } from "../../../codec/arbitrary/random.ts";
import type { RandomSource } from "../../../codec/schema/extension.ts";
import type { Host } from "../../../src/host/mod.ts";
import {
  clearReceive,
  collectFiles,
  DEFERRED_HASH,
  type FileEntry,
  type HashProgress,
  hashSource,
  planReceive,
  type ReadBytes,
  receiveFiles,
  type ReceivePlan,
  sendFiles,
  type SendOptions,
  type TransferPoint,
} from "../../../src/warpdrive/files/mod.ts";
import { memoryOfPlan, packPlan, withThread } from "../../../src/warpdrive/files/disk/mod.ts";
import { SessionReader } from "../../../src/warpdrive/client/session-reader.ts";
import { warpdriveClient } from "../../../src/warpdrive/mod.ts";
import { seed } from "../../codec/seed.ts";
import { expectFilesError, randomBytes, randomTree, treeOf, withFolder, writeTree } from "./tree.ts";
import { codeOf, IDS, Nodes, read, stage, write } from "../nodes.ts";

const test = suite("warpdrive hashes that come later");
const { A, B } = IDS;

/** From this size on a service tells hashes later. */
const LARGE_BYTES = 16 * 2 ** 20;

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** All bytes from a point on, and the hashes that sending made of them. */
async function sent(entries: readonly FileEntry[], options: SendOptions) {
  const pieces: Uint8Array[] = [];
  const hashes: string[] = [];
  await sendFiles((bytes) => Promise.resolve(pieces.push(bytes.slice())), entries, {
    ...options,
    onHash: ({ index, sha256 }) => hashes.push(`${index} ${sha256}`),
  });
  return { bytes: Buffer.concat(pieces), hashes };
}

/** A sender whose bytes come in pieces and whose connection ends after some of them. */
function sender(entries: readonly FileEntry[], bytesMax = Infinity, piece = 10_000) {
  const asked: TransferPoint[] = [];
  const connect = async (from: TransferPoint): Promise<ReadBytes> => {
    asked.push(from);
    const { bytes } = await sent(entries, from);
    let offset = 0;
    return (buf) => {
      const count = Math.min(buf.length, piece, bytes.length - offset, bytesMax - offset);
      if (count === 0) return Promise.resolve(null);
      bytes.copy(buf, 0, offset, offset += count);
      return Promise.resolve(count);
    };
  };
  return { asked, connect };
}

const answer = (entries: readonly FileEntry[]) => (index: number) => hashSource(entries[index], index);
const refuse = () => Promise.reject(new Error("No answer"));
const partIn = (folder: string) => Object.keys(treeOf(folder)).filter((path) => path.endsWith(".part"));

/** The point from which a plan is received, by what is on disk, before any hash is asked for. */
async function pointOnDisk(plan: ReceivePlan): Promise<TransferPoint> {
  return await withThread(undefined, async (thread) => {
    const packed = packPlan(plan);
    const { noted: _, ...point } = await thread.ask("startReceiving", packed, memoryOfPlan(packed));
    await thread.ask("endReceiving", "early");
    return point;
  });
}

test("large files are collected without their hashes, small ones with them", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { "in/a": "small", "in/b": new Uint8Array(1000), "in/c": new Uint8Array(999), "in/d": null });
    const done: HashProgress[] = [];
    const { entries, skipped } = await collectFiles([join(folder, "in")], {
      deferredBytesMin: 1000,
      onProgress: (progress) => done.push(progress),
    });
    const hashes = treeOf(folder);
    const expected = [undefined, hashes["in/a"], DEFERRED_HASH, hashes["in/c"], undefined];
    assert.equal(entries.map(({ sha256 }) => sha256), expected);
    assert.equal([skipped, done.at(-1)], [[], { done: 1004, bytes: 1004, files: { done: 2, of: 2 } }]);
  });
});

test("sending makes the hashes of files that it reads from their first byte on, and leaves the bytes as they are", async () => {
  await withFolder(async (folder) => {
    const [b, c] = [randomBytes(fromSeed(seed), 700_000), new Uint8Array(5000).fill(7)];
    writeTree(folder, { "in/a": "small", "in/b": b, "in/c": c });
    const { entries } = await collectFiles([join(folder, "in")], { deferredBytesMin: 1000 });
    const all = Buffer.concat([Buffer.from("small"), b, c]);
    const check = async (options: SendOptions, from: number, expected: readonly string[]) => {
      const { bytes, hashes } = await sent(entries, options);
      assert.ok(bytes.equals(all.subarray(from)), JSON.stringify(options));
      assert.equal(hashes, expected);
    };
    const [ofB, ofC] = [`2 ${sha256(b)}`, `3 ${sha256(c)}`];
    await check({}, 0, [ofB, ofC]);
    await check({ index: 2, offset: 0 }, 5, [ofB, ofC]);
    await check({ index: 2, offset: 1 }, 6, [ofC]);
    await check({ index: 2, offset: 700_000 }, 700_005, [ofC]);
    await check({ index: 3, offset: 4999 }, 705_004, []);
    assert.is(await hashSource(entries[2], 2), sha256(b));
    writeFileSync(join(folder, "in/b"), "changed");
    await expectFilesError("source-changed", () => hashSource(entries[2], 2));
  });
});

test("random trees arrive as they are, whenever the connection breaks and whichever hashes do not come", async () => {
  console.log(`  random trees: WARPWIRE_SEED=${seed}`);
  for (let round = 0; round < 6; round++) {
    const choose: RandomSource = fromSeed(seed + round);
    await withFolder(async (folder) => {
      const [sources, out] = [join(folder, "in"), join(folder, "out")];
      writeTree(sources, randomTree(choose, 1 + choose(12), 1 + choose(40_000)));
      const { entries, bytes } = await collectFiles([join(sources, "top")], { deferredBytesMin: choose(4) * 5_000 });
      const hashes = answer(entries);
      let complete = false;
      for (let attempt = 0; !complete; attempt++) {
        const last = attempt === 12;
        const from = sender(entries, last ? Infinity : choose(bytes / 3), 1 + choose(9_000));
        const plan = await planReceive(out, "key", entries);
        const begin = await pointOnDisk(plan);
        const outcome = receiveFiles(from.connect, plan, {
          askHash: (index) => !last && choose(3) === 0 ? refuse() : hashes(index),
        });
        complete = await outcome.then(() => true, (error) => {
          assert.ok(error.code === "truncated" || error.message === "No answer", String(error));
          return false;
        });
        const [asked] = from.asked;
        // What was on disk is not asked for again; hashes that come may bring more of it to count.
        if (asked !== undefined) assert.ok(asked.index > begin.index || asked.offset >= begin.offset);
        if (last) assert.ok(complete);
      }
      assert.equal(treeOf(out), treeOf(sources));
    });
  }
});

test("a file stays a partial file until its hash is there, which is all that is asked for then", async () => {
  await withFolder(async (folder) => {
    const content = new Uint8Array(50_000).fill(3);
    writeTree(folder, { in: content });
    const { entries } = await collectFiles([join(folder, "in")], { deferredBytesMin: 1 });
    const out = join(folder, "out");
    const plan = () => planReceive(out, "key", entries);
    const failed = await receiveFiles(sender(entries).connect, await plan(), { askHash: refuse }).catch((error) =>
      error
    );
    assert.is(failed.message, "No answer");
    assert.is(partIn(out).length, 1);
    assert.equal(Object.keys(treeOf(out)), partIn(out));
    assert.equal(await pointOnDisk(await plan()), { index: 0, offset: 50_000 });
    const again = sender(entries);
    const received = await receiveFiles(again.connect, await plan(), { askHash: answer(entries) });
    assert.equal([received, again.asked], [{ bytes: 0, targets: ["in"], kept: [], leftOut: [] }, [{
      index: 1,
      offset: 0,
    }]]);
    await clearReceive(await plan());
    assert.equal(treeOf(out), { in: sha256(content) });
  });
});

test("what is there of the next file counts, too, when a crash has left one without its name", async () => {
  await withFolder(async (folder) => {
    const [a, b] = [new Uint8Array(50_000).fill(3), new Uint8Array(40_000).fill(4)];
    writeTree(folder, { "in/a": a, "in/b": b });
    const { entries } = await collectFiles([join(folder, "in/a"), join(folder, "in/b")], { deferredBytesMin: 1 });
    const out = join(folder, "out");
    const plan = () => planReceive(out, "key", entries);
    await receiveFiles(sender(entries).connect, await plan(), { askHash: refuse }).catch(() => {});
    const [part] = partIn(out);
    // As it was while the first file was brought to the disk.
    writeFileSync(join(out, part.replace(/^a\.(.*)-0\.part$/, "b.$1-1.part")), b.subarray(0, 30_000));
    const again = sender(entries);
    const received = await receiveFiles(again.connect, await plan(), { askHash: answer(entries) });
    assert.equal([received.bytes, again.asked], [10_000, [{ index: 1, offset: 30_000 }]]);
    await clearReceive(await plan());
    assert.equal(treeOf(out), { a: sha256(a), b: sha256(b) });
  });
});

test("a file that is not what its hash says is removed and asked for again", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { "in/a": new Uint8Array(50_000).fill(3), "in/b": "b" });
    const { entries } = await collectFiles([join(folder, "in")], { deferredBytesMin: 1000 });
    const out = join(folder, "out");
    const options = { askHash: answer(entries) };
    const plan = () => planReceive(out, "key", entries);
    await receiveFiles(sender(entries, 40_000).connect, await plan(), options).catch(() => {});
    writeFileSync(join(out, partIn(out)[0]), new Uint8Array(40_000).fill(4));
    const error = await expectFilesError(
      "hash-mismatch",
      async () => await receiveFiles(sender(entries).connect, await plan(), options),
    );
    assert.equal([error.index, Object.keys(treeOf(out))], [1, ["in"]]);
    // The same with a file that is complete but for its hash.
    await receiveFiles(sender(entries).connect, await plan(), { askHash: refuse }).catch(() => {});
    writeFileSync(join(out, partIn(out)[0]), new Uint8Array(50_000).fill(4));
    const again = sender(entries);
    await receiveFiles(again.connect, await plan(), options);
    assert.equal(again.asked, [{ index: 1, offset: 0 }]);
    assert.is(readFileSync(join(out, "in/b"), "utf8"), "b");
    assert.is(treeOf(out)["in/a"], treeOf(folder)["in/a"]);
  });
});

test("nobody is asked for the hashes of files that are left out or empty, and somebody must be there for the others", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, {
      "in/a": new Uint8Array(50_000).fill(3),
      "in/b": new Uint8Array(600),
      "in/c": "",
      "out/in/a": "old",
    });
    const collected = await collectFiles([join(folder, "in")], { deferredBytesMin: 0 });
    const out = join(folder, "out");
    const asked: number[] = [];
    const skipping = await planReceive(out, "key", collected.entries, { onCollision: "skip" });
    await receiveFiles(sender(collected.entries).connect, skipping, {
      askHash: (index) => {
        asked.push(index);
        return answer(collected.entries)(index);
      },
    });
    assert.equal(asked, [2]);
    assert.equal([read(out)["in/a"], read(out)["in/c"]], ["old", ""]);
    const other = await planReceive(out, "other key", collected.entries);
    const { connect, asked: connected } = sender(collected.entries);
    const error = await expectFilesError("invalid", () => receiveFiles(connect, other));
    assert.equal([error.index, connected], [1, []]);
  });
});

test("services tell the hashes of large files later, also to a peer that asks for nothing else", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B)];
  const large = new Uint8Array(LARGE_BYTES).fill(9);
  write(a.sources, { "tree/large": large, "tree/small": "small" });
  const { offerId } = await a.client.createOffer(B, join(a.sources, "tree"));
  const [offer] = await b.client.listOffers("incoming");
  assert.equal(offer.Files!.map(({ Sha256 }) => Sha256), [undefined, DEFERRED_HASH, sha256(Buffer.from("small"))]);
  const client = warpdriveClient({ host: b.host, peer: { peerId: A } });
  assert.is(await client.fileHash(offerId, 1), sha256(large));
  for (const index of [-1, 0, 2, 3]) assert.is(await codeOf(client.fileHash(offerId, index)), "refused");
  assert.is(await codeOf(client.fileHash("another", 1)), "refused");
  assert.is(a.errors.splice(0).length, 5);
  await b.client.acceptFrom(A, offerId);
  await stage(b, "incoming", offerId, "completed");
  await stage(a, "outgoing", offerId, "completed");
  assert.equal(treeOf(b.downloads), treeOf(a.sources));
  assert.equal([...a.errors, ...b.errors], []);
});

test("when a large file changes, both sides learn why its hash does not come", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B)];
  write(a.sources, { large: new Uint8Array(LARGE_BYTES) });
  const { offerId } = await a.client.createOffer(B, join(a.sources, "large"));
  write(a.sources, { large: new Uint8Array(LARGE_BYTES - 1) });
  const client = warpdriveClient({ host: b.host, peer: { peerId: A } });
  assert.is(await codeOf(client.fileHash(offerId, 0)), "refused");
  assert.is((await stage(a, "outgoing", offerId, "failed")).reason, "source-changed");
  assert.is((await stage(b, "incoming", offerId, "failed")).reason, "peer-source-changed");
});

test("a hash that sending is still to make is answered with none after a while", async () => {
  await using nodes = new Nodes();
  const a = await nodes.node(A, { host: await nodes.fastHost(A) });
  const b = await nodes.node(B);
  const large = new Uint8Array(LARGE_BYTES).fill(1);
  write(a.sources, { large });
  const { offerId } = await a.client.createOffer(B, join(a.sources, "large"));
  const client = warpdriveClient({ host: b.host, peer: { peerId: A } });
  // Of a download that is not read only the beginning is sent.
  const download = await client.download(offerId);
  assert.is(await client.fileHash(offerId, 0), null);
  download.abort();
  await stage(a, "outgoing", offerId, "failed");
  assert.is(await client.fileHash(offerId, 0), sha256(large));
});

/** A sender that offers one file of four bytes, and answers questions for its hash as it is told. */
async function scripted(host: Host, answers: string[]): Promise<void> {
  const [port] = unified.ports;
  for await (const incoming of host.mountStreams(port.name)) {
    const stream = await incoming.accept();
    void (async () => {
      const reader = new SessionReader(stream, host.clock);
      const { command } = await reader.message(requestSchema(port), {});
      if (command === "download") await stream.write(Uint8Array.of(0, 1, 2, 3, 4));
      if (command === "fileHash") {
        const text = answers.shift() ?? "";
        await stream.write(Uint8Array.of(text.length, ...new TextEncoder().encode(text)));
      }
      await reader.byte({});
    })().catch(() => {}).finally(() => stream.close());
  }
}

test("a receiver waits for a hash as long as the sender says that it is being made, and takes nothing else for one", async () => {
  const right = sha256(Uint8Array.of(1, 2, 3, 4));
  for (
    const [answers, end, reason, left] of [
      [[...Array(12).fill(""), right], "completed", "", /^f$/],
      [Array(40).fill("no hash"), "failed", "protocol", /^f\.[0-9a-f]{16}-0\.part$/],
      [Array(40).fill("0".repeat(64)), "failed", "hash-mismatch", /^$/],
    ] as const
  ) {
    await using nodes = new Nodes();
    const b = await nodes.node(B, { host: await nodes.fastHost(B), accept: "all" });
    const host = await nodes.host(A);
    void scripted(host, [...answers]);
    const file = {
      Uri: "f",
      Path: "f",
      Size: 4,
      IsDir: false,
      Perm: 0o644,
      Mime: "",
      Name: "f",
      Sha256: DEFERRED_HASH,
    };
    await warpdriveClient({ host, peer: { peerId: B } }).sendOffer("1234", [file]);
    const offer = await stage(b, "incoming", "1234", end);
    assert.is(offer.reason, reason);
    assert.match(Object.keys(treeOf(b.downloads)).join(), left);
  }
});

test.run();
