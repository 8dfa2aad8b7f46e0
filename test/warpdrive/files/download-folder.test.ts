/**
 * The download folder: made once, waited for when it is gone, and never made again on the disk below.
 *
 * @module
 */

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { memoryStore } from "../../../src/store/mod.ts";
import { warpdriveService } from "../../../src/warpdrive/mod.ts";
import { ensureDownloadFolder, FilesError, planReceive, receiveFiles } from "../../../src/warpdrive/files/mod.ts";
import { IDS, Nodes, read, stage, write } from "../nodes.ts";

const { A, B } = IDS;
const test = suite("download folder");

/** The code and message of a rejection. */
async function refusal(promise: Promise<unknown>): Promise<readonly [code: string, message: string]> {
  try {
    await promise;
  } catch (error) {
    const { code, message } = error as FilesError;
    return [code, message];
  }
  throw new Error("It was not refused");
}

test("a folder that is gone is waited for, and the offer kept", async () => {
  await using nodes = new Nodes();
  const a = await nodes.node(A);
  const b = await nodes.node(B, { host: await nodes.fastHost(B) });
  write(a.sources, { "a.txt": "on the right disk" });
  renameSync(b.downloads, `${b.downloads}-away`);
  const { offerId } = await a.client.createOffer(B, `${a.sources}/a.txt`);
  const [code, message] = await refusal(b.client.acceptFrom(A, offerId));
  assert.is(code, "failed");
  assert.match(message, /Cannot receive into ".*": the folder was there, and is gone; is its disk mounted\?$/);
  const offer = b.service.offers.find("incoming", offerId);
  assert.equal([offer.stage, offer.reason], ["accepted", "no-folder"]);
  assert.not.ok(existsSync(b.downloads));
  renameSync(`${b.downloads}-away`, b.downloads);
  await stage(b, "incoming", offerId, "completed");
  assert.equal(read(b.downloads), { "a.txt": "on the right disk" });
});

test("a service that starts while its folder is gone does not make it, and goes on when it is back", async () => {
  await using nodes = new Nodes();
  const store = await memoryStore();
  const a = await nodes.node(A);
  const b = await nodes.node(B, { store, host: await nodes.fastHost(B) });
  await b.service.stop();
  rmSync(b.downloads, { recursive: true });
  const errors: unknown[] = [];
  await using service = warpdriveService({
    ...{ host: b.host, store, downloads: b.downloads, accept: "all", onError: (error) => errors.push(error) },
  });
  await service.start();
  assert.is((errors[0] as FilesError).code, "no-folder");
  write(a.sources, { "a.txt": "later" });
  const { offerId } = await a.client.createOffer(B, `${a.sources}/a.txt`);
  for await (const { offer } of service.offers.events()) if (offer.reason === "no-folder") break;
  assert.not.ok(existsSync(b.downloads));
  mkdirSync(b.downloads);
  await stage({ ...b, service }, "incoming", offerId, "completed");
  assert.equal(read(b.downloads), { "a.txt": "later" });
});

test("the first start makes the folder; a file is none", async () => {
  await using nodes = new Nodes();
  const [host, parent] = [await nodes.host(B), nodes.folder("parent")];
  const fresh = join(parent, "made", "here");
  await using service = warpdriveService({ host, store: await memoryStore(), downloads: fresh });
  await service.start();
  assert.ok(existsSync(fresh));
  await service.stop();
  writeFileSync(join(parent, "file"), "");
  for (const downloads of [join(parent, "file"), join(parent, "file", "below")]) {
    await using other = warpdriveService({ host, store: await memoryStore(), downloads });
    const [code, message] = await refusal(other.start());
    assert.is(code, "conflict");
    assert.match(message, /^Cannot receive into ".*": that, or what it lies in, is a file$/);
    assert.is((await refusal(planReceive(downloads, "offer", [])))[0], "conflict");
  }
});

test("a mount point on which nothing is mounted any more counts as gone", async () => {
  await using nodes = new Nodes();
  const folder = nodes.folder("disk");
  assert.equal(await ensureDownloadFolder(folder), { mounted: false });
  assert.is((await refusal(ensureDownloadFolder(folder, { mounted: true })))[0], "no-folder");
});

test("a transfer whose folder goes does not bring it back", async () => {
  await using nodes = new Nodes();
  const folder = nodes.folder("going");
  const entry = { uri: "a.txt", size: 4, isDirectory: false, permissions: 0o644 };
  const plan = await planReceive(folder, "offer", [entry]);
  const none = () => Promise.reject(new Error("Nobody is asked"));
  rmSync(folder, { recursive: true });
  assert.is((await refusal(receiveFiles(none, plan)))[0], "no-folder");
  assert.not.ok(existsSync(folder));
});

test.run();
