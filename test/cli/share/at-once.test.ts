/**
 * A share is ready before its large files are hashed.
 *
 * @module
 */

import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fetchShare, listShare, planShare, type Share } from "../../../src/cli/share/share-fetch.ts";
import { ShareHashes } from "../../../src/cli/share/share-hashes.ts";
import { sharePort } from "../../../src/cli/share/share-port.ts";
import { serveShare, type ShareEvent } from "../../../src/cli/share/share-server.ts";
import { memoryHost, MemoryNetwork } from "../../../src/host/mod.ts";
import { ManualClock } from "../../host/manual-clock.ts";
import {
  type CollectedFiles,
  collectFiles,
  DEFERRED_HASH,
  DEFERRED_HASH_BYTES_MIN,
  findFiles,
  hashFiles,
} from "../../../src/warpdrive/files/mod.ts";
import { hashFile } from "../../../src/warpdrive/files/disk/hash-file.ts";
import { SourceReader } from "../../../src/warpdrive/files/disk/source-reader.ts";
import { complete, start, stop } from "../program-process.ts";

const test = suite("program: a share is ready at once");

const folder = mkdtempSync(join(tmpdir(), "warpwire-at-once-"));
const large = join(folder, "large.bin");
const content = randomBytes(DEFERRED_HASH_BYTES_MIN + 5);
const sha256 = createHash("sha256").update(content).digest("hex");
/** So long that nobody waits for its hash: minutes at least. */
const huge = join(folder, "huge.bin");
const HUGE_BYTES = 2 ** 40;

test.before(() => {
  writeFileSync(large, content);
  const descriptor = openSync(huge, "w");
  ftruncateSync(descriptor, HUGE_BYTES);
  closeSync(descriptor);
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** Shares paths in this process while something is done as a receiver. */
async function sharing(
  paths: readonly string[],
  use: (share: Share, events: readonly ShareEvent[]) => Promise<void>,
): Promise<void> {
  const network = new MemoryNetwork();
  await using sharer = await memoryHost({ network, peerId: "sharer" });
  await using host = await memoryHost({ network, peerId: "receiver" });
  const { entries } = await collectFiles(paths, { deferredBytesMin: DEFERRED_HASH_BYTES_MIN });
  const over = new AbortController();
  const events: ShareEvent[] = [];
  const port = sharePort("ab");
  const served = serveShare({
    ...{ host: sharer, port, entries, hashed: Promise.resolve({ entries }), keep: true, signal: over.signal },
    onEvent: (event) => events.push(event),
  });
  const share: Share = {
    ...{ host, peer: { peerId: "sharer" }, port, folder: join(folder, "target"), onCollision: "rename" },
    ...{ patienceMs: 1000, signal: over.signal },
  };
  try {
    await use(share, events);
  } finally {
    over.abort();
    await served;
  }
}

test("the list is there before the hash, with the time of the file", () =>
  sharing([huge], async (share) => {
    using list = await listShare(share);
    const [{ size, sha256, modifiedMs }] = list.entries;
    assert.equal([size, sha256], [HUGE_BYTES, DEFERRED_HASH]);
    assert.type(modifiedMs, "number");
  }));

test("a file is fetched before and after its hash is known, and has it", async () => {
  await sharing([large], async (share) => {
    for (const name of ["one", "two"]) {
      const own = { ...share, folder: join(folder, name) };
      using list = await listShare(own);
      const { targets } = await fetchShare(own, await planShare(own, list.entries), { onEvent: () => {} });
      assert.equal(targets, ["large.bin"]);
      assert.ok(readFileSync(join(folder, name, "large.bin")).equals(content));
    }
    // Sending has made it.
    using list = await listShare(share);
    assert.is(list.entries[0].sha256, sha256);
  });
});

test("who has to compare files that are there gets the list with all hashes", () =>
  sharing([large], async (share) => {
    using list = await listShare({ ...share, onCollision: "skip" });
    assert.is(list.entries[0].sha256, sha256);
  }));

test("a file that changes before it is hashed is lost, and said to be so", async () => {
  const changing = join(folder, "changing.bin");
  writeFileSync(changing, content);
  const network = new MemoryNetwork();
  await using host = await memoryHost({ network, peerId: "sharer" });
  const { entries } = await collectFiles([changing], { deferredBytesMin: 1 });
  writeFileSync(changing, "something else");
  const over = new AbortController();
  const lost = new Promise<ShareEvent>((resolve) => {
    const share = { host, port: sharePort("ab"), entries, hashed: Promise.resolve({ entries }), keep: true };
    void serveShare({ ...share, signal: over.signal, onEvent: resolve });
  });
  assert.equal(await lost, { type: "lost", files: [{ path: "changing.bin", reason: "changed" }], nothingLeft: true });
  over.abort();
});

test("who comes while small files are hashed waits for the list; what changes meanwhile is said to be lost", async () => {
  const paths = ["kept", "changing", "gone"].map((name) => join(folder, name));
  for (const path of paths) writeFileSync(path, "before");
  const network = new MemoryNetwork();
  await using sharer = await memoryHost({ network, peerId: "sharer" });
  await using host = await memoryHost({ network, peerId: "receiver" });
  const found = await findFiles(paths);
  let begin: (hashed: Promise<CollectedFiles>) => void = () => {};
  const hashed = new Promise<CollectedFiles>((resolve) => begin = resolve);
  const over = new AbortController();
  const port = sharePort("ab");
  const served = serveShare({
    ...{ host: sharer, port, entries: found.entries, hashed, keep: true, signal: over.signal, onEvent() {} },
  });
  const share: Share = {
    ...{ host, peer: { peerId: "sharer" }, port, folder: join(folder, "waiting"), onCollision: "rename" },
    ...{ patienceMs: 1000, signal: over.signal },
  };
  const listing = listShare(share);
  writeFileSync(paths[1], "and after");
  unlinkSync(paths[2]);
  begin(hashFiles(found));
  using list = await listing;
  assert.equal(list.entries.map(({ uri }) => uri), ["kept", "changing", "gone"]);
  assert.equal([...list.lost], [[1, "changed"], [2, "gone"]]);
  assert.is(list.entries[0].sha256, createHash("sha256").update("before").digest("hex"));
  over.abort();
  await served;
});

test("a share whose files cannot be hashed ends with the reason", async () => {
  const network = new MemoryNetwork();
  await using host = await memoryHost({ network, peerId: "sharer" });
  const { signal } = new AbortController();
  const hashed = Promise.reject(new Error("The thread has ended"));
  const served = serveShare({ host, port: sharePort("ab"), entries: [], hashed, keep: true, signal, onEvent() {} });
  await served.then(() => assert.unreachable(), (error) => assert.is(error.message, "The thread has ended"));
});

test("hashes are made ahead while nobody fetches, and on request while somebody does", async () => {
  const { entries } = await collectFiles([large, huge], { deferredBytesMin: 1 });
  const { signal } = new AbortController();
  await using hashes = new ShareHashes({
    clock: new ManualClock(),
    entries,
    onFailure: (error) => assert.unreachable(`${error}`),
  });
  const ask = (comes: boolean) => hashes.get(0, { comes, signal });
  {
    using _ = await hashes.fetching();
    await hashes.makeAhead();
    assert.is(hashes.entries()[0].sha256, DEFERRED_HASH);
    assert.is(await ask(false), sha256);
  }
  assert.equal(hashes.entries().map((entry) => entry.sha256), [sha256, DEFERRED_HASH]);
  // The other one is being made, until somebody fetches; what comes with sending is waited for.
  using _ = await hashes.fetching();
  const waiting = hashes.get(1, { comes: true, signal });
  hashes.put({ index: 1, sha256: "ab" });
  assert.is(await waiting, "ab");
});

test("sending continues a hash that was begun, of this file only", () => {
  const entryOf = (path: string) => {
    const { size, mtimeMs } = statSync(path);
    const found = { path, uri: "x", isDirectory: false, permissions: 0o644, size, modifiedMs: Math.floor(mtimeMs) };
    return { ...found, sha256: DEFERRED_HASH };
  };
  const write = (bytes: Uint8Array) => {
    writeFileSync(large, bytes);
    utimesSync(large, 1e9, 1e9);
  };
  for (const other of [false, true]) {
    write(content);
    const entry = entryOf(large);
    assert.is(hashFile(entry, () => false), null);
    if (other) assert.is(hashFile(entryOf(huge), () => false), null);
    // What was hashed is not read for that again, which shows where it has changed without a trace.
    write(Uint8Array.from(content).fill(content[0] ^ 1, 0, 1));
    const reader = new SourceReader([entry], { index: 0, offset: 0 });
    while (reader.fill(new Uint8Array(300_000)) > 0);
    const [made] = reader.takeHashes();
    assert.is(made.sha256 === sha256, !other);
  }
  write(content);
});

test("the program is ready at once, and what is fetched from it is verified", async () => {
  const waits = start(["share", huge, "--listen", "tcp:127.0.0.1:0", "--json"]);
  assert.is(JSON.parse(await waits.line(/"type":"ready"/)).bytes, HUGE_BYTES);
  await stop(waits, "SIGINT");
  const program = start(["share", large, "--listen", "tcp:127.0.0.1:0", "--json"]);
  const { share } = JSON.parse(await program.line(/"type":"ready"/));
  const { status, out, err } = await complete(["receive", share, "--downloads", join(folder, "by-program")]);
  assert.equal([status, err], [0, ""], out);
  assert.match(out, /every SHA-256 as announced$/m);
  assert.ok(readFileSync(join(folder, "by-program", "large.bin")).equals(content));
  assert.is((await program.ended).status, 0);
});

test.run();
