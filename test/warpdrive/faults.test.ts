import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeLarge, makeTree } from "../../tasks/faults-disk.ts";
import { runFaults } from "../../tasks/faults-run.ts";
import { HostError, type PeerInfo, type Stream, type WaitOptions } from "../../src/host/mod.ts";
import { LocalHost } from "../../src/host/local/host.ts";
import { systemRandom } from "../../src/host/timing/system.ts";
import { memoryStore } from "../../src/store/mod.ts";
import { seed } from "../codec/seed.ts";
import { fastClock, IDS, Nodes, read, stage, until, write } from "./nodes.ts";

const test = suite("warpdrive faults");
const { A, B } = IDS;

test("receiver, sender and link fail at random moments: nothing is lost, nothing wrong, everything on disk counts", async () => {
  console.log(`  faults: WARPWIRE_SEED=${seed}`);
  const { faults, resumes } = await runFaults({
    ...{ seed, faults: 8, faultsPerTransfer: 4 },
    cargoes: [
      (folder, choose) => makeTree(folder, choose, 150),
      (folder, choose) => makeLarge(folder, choose, 40_000_000),
    ],
  });
  assert.is(Object.values(faults).reduce((sum, count) => sum + count, 0), 8);
  assert.ok(resumes > 2, `${resumes} resumes`);
});

test("over TLS, where nothing of what is said is seen, nothing is lost either", async () => {
  console.log(`  faults: WARPWIRE_SEED=${seed}`);
  const { faults, transfers } = await runFaults({
    ...{ seed, faults: 6, faultsPerTransfer: 3, carrier: "tls" },
    cargoes: [
      (folder, choose) => makeTree(folder, choose, 150),
      (folder, choose) => makeLarge(folder, choose, 40_000_000),
    ],
  });
  assert.is(Object.values(faults).reduce((sum, count) => sum + count, 0), 6);
  assert.ok(transfers >= 2, `${transfers} transfers`);
});

/** A host whose first stream breaks when the second thing is written to it: the byte that ends a download. */
class BreakingHost extends LocalHost {
  broken = false;
  override async openStream(peer: PeerInfo, path: string, options?: WaitOptions): Promise<Stream> {
    const stream = await super.openStream(peer, path, options);
    const writeAll = stream.write.bind(stream);
    let writes = 0;
    stream.write = async (bytes, options) => {
      if (++writes < 2 || this.broken) return await writeAll(bytes, options);
      this.broken = true;
      stream.abort();
      throw new HostError("reset", "The link broke");
    };
    return stream;
  }
}

test("a sender whose connection broke with the last byte learns that everything has arrived", async () => {
  await using nodes = new Nodes();
  const host = new BreakingHost({
    ...{ peerId: B, addresses: [], fabric: nodes.network },
    ...{ clock: fastClock, random: systemRandom },
  });
  nodes.network.add(host);
  await host.start();
  const a = await nodes.node(A);
  const b = await nodes.node(B, { host });
  write(a.sources, { "a.txt": "all of it" });
  const { offerId } = await a.client.createOffer(B, join(a.sources, "a.txt"));
  await b.service.offers.accept(b.service.offers.find("incoming", offerId).key);
  await stage(b, "incoming", offerId, "completed");
  const { reason, done } = await stage(a, "outgoing", offerId, "completed");
  assert.equal([host.broken, reason, done], [true, "", 9]);
  await b.service.stop();
  await host.stop();
});

test("a receiver that was killed after the last file tidies up when it is started again", async () => {
  await using nodes = new Nodes();
  const store = await memoryStore();
  const [a, b] = [await nodes.node(A), await nodes.node(B, { store })];
  write(a.sources, { "a.txt": "all of it" });
  const { offerId } = await a.client.createOffer(B, join(a.sources, "a.txt"));
  const notes = join(b.downloads, ".warpwire");
  const saved = nodes.folder("saved");
  await b.service.offers.accept(b.service.offers.find("incoming", offerId).key);
  await until(b, "incoming", offerId, ({ stage }) => {
    if (stage === "completed") cpSync(notes, saved, { recursive: true });
    return stage === "completed";
  });
  await stage(a, "outgoing", offerId, "completed");
  await b.service.stop();
  cpSync(saved, notes, { recursive: true });
  const again = await nodes.node(B, { store, host: b.host });
  const endMs = performance.now() + 10_000;
  while (existsSync(notes) && performance.now() < endMs) await setImmediate();
  assert.not.ok(existsSync(notes));
  assert.equal(read(again.downloads), { "a.txt": "all of it" });
  assert.is(again.service.offers.find("incoming", offerId).stage, "completed");
});

test.run();
