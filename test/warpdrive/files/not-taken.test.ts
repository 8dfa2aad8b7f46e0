/**
 * What of a complete download is not here, or has another name: both sides know it, everywhere.
 *
 * @module
 */

import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { warpdriveClient } from "../../../src/warpdrive/mod.ts";
import { keptOf, notTakenReasons, parseNotTakenReason } from "../../../src/warpdrive/offers/not-taken.ts";
import { IDS, type Node, Nodes, read, stage, until, write } from "../nodes.ts";

const test = suite("warpdrive: what is not taken");
const { A, B } = IDS;

let offers = 0;

/** Offers a folder of files to the other node. */
async function offer(from: Node, files: Record<string, string>): Promise<string> {
  const sources = join(from.sources, `${offers++}`);
  write(sources, files);
  const [first] = Object.keys(files);
  return (await from.client.offerPaths(B, [join(sources, first.split("/")[0])])).offerId;
}

const names = ({ service }: Node) => service.offers.list("incoming").map(({ name }) => name);

test("files that stay are counted and compared, on both sides", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B, { onCollision: "skip" })];
  write(b.downloads, { "d/1": "same", "d/2": "mine", "d/3": "other" });
  const id = await offer(a, { "d/1": "same", "d/2": "yours", "d/3": "three", "d/4": "new" });
  await b.service.offers.accept(id);
  const kept = { Same: 1, Different: 2, Unknown: 0 };
  const done = await stage(b, "incoming", id, "completed");
  assert.equal([done.reason, done.kept, done.notTaken], ["kept-others", kept, undefined]);
  const told = await until(a, "outgoing", id, (offer) => offer.kept !== undefined);
  assert.equal([told.stage, told.reason, told.kept], ["completed", "peer-kept-others", kept]);
  for (const node of [a, b]) {
    const [summary] = await node.client.listSummaries("all");
    assert.equal([summary.Status, summary.Kept, summary.LeftOut], ["completed", kept, undefined]);
  }
  const again = await offer(a, { "d/1": "same", "d/4": "new" });
  await b.service.offers.accept(again);
  assert.is((await stage(b, "incoming", again, "completed")).reason, "kept-same");
  await until(a, "outgoing", again, ({ reason }) => reason === "peer-kept-same");
});

test("what the disk does not take is left out by name, on both sides, and the rest arrives", async () => {
  if (process.platform !== "linux") return;
  await using nodes = new Nodes();
  // Below this folder some paths of offers are longer than the system allows.
  const downloads = join(nodes.folder("deep"), ...Array.from({ length: 6 }, () => "x".repeat(200)));
  mkdirSync(downloads, { recursive: true });
  const [a, b] = [await nodes.node(A), await nodes.node(B, { downloads })];
  const deep = `d/${Array.from({ length: 15 }, () => "y".repeat(200)).join("/")}`;
  const id = await offer(a, { [`${deep}/a`]: "too long", "d/b": "fine" });
  await b.service.offers.accept(id);
  const { notTaken, reason } = await stage(b, "incoming", id, "completed");
  assert.is(reason, "");
  assert.ok(notTaken!.Count >= 2 && notTaken!.Items!.every(({ Reason }) => Reason === "name-refused"));
  assert.equal(Object.keys(read(downloads)), ["d/b"]);
  const told = await until(a, "outgoing", id, (offer) => offer.notTaken !== undefined);
  assert.equal([told.stage, told.reason, told.notTaken], ["completed", "", notTaken]);
  for (const node of [a, b]) assert.equal((await node.client.listSummaries("all"))[0].LeftOut, notTaken);
});

test("a peer tells what it has not taken of an offer that it has, once that is complete, and no more than it had", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B)];
  const id = await offer(a, { "d/1": "1", "d/2": "2" });
  const client = warpdriveClient({ host: b.host, peer: { peerId: A } });
  const tell = (reason: string) => client.endOffer({ offerId: id, receiver: true, reason });
  await b.service.offers.accept(id);
  await stage(a, "outgoing", id, "completed");
  const noise = [
    "kept-4-0-0",
    "kept-0-0-0",
    "kept--1-0-0",
    "left-0",
    "left-4",
    "left-1-x1",
    "left-9999999",
    "rejected",
  ];
  for (const reason of noise) await tell(reason);
  assert.equal([a.service.offers.get(id)!.kept, a.service.offers.get(id)!.notTaken], [undefined, undefined]);
  assert.is(await tell("kept-1-1-1"), true);
  await tell("left-2-n1-l99999");
  const { stage: now, kept, notTaken } = a.service.offers.get(id)!;
  assert.equal([now, kept], ["completed", { Same: 1, Different: 1, Unknown: 1 }]);
  assert.equal(notTaken, { Count: 2, Items: [{ Uri: "d/1", Reason: "name-refused" }] });
  // An offer that is not complete ends by such a word as by any other.
  const other = await offer(a, { "e/1": "1" });
  await client.endOffer({ offerId: other, receiver: true, reason: "kept-1-0-0" });
  const failed = a.service.offers.get(other)!;
  assert.equal([failed.stage, failed.kept], ["failed", undefined]);
});

test("reasons that tell what was not taken fit into a message, however much it is", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B)];
  const id = await offer(a, { "d/1": "1" });
  const state = b.service.offers.get(id)!;
  const files = Array.from({ length: 100_000 }, (_, i) => ({ ...(info()), Uri: `${i}` }));
  const Items = Array.from({ length: 50 }, (_, i) => ({ Uri: `${99_999 - i}`, Reason: "too-large" }));
  const notTaken = { Count: 100_000, Items };
  const kept = keptOf(files.map((_, index) => ({ index, content: "unknown" })));
  const reasons = notTakenReasons({ ...state, kept, notTaken }, files);
  assert.ok(reasons.every(({ length }) => length <= 255), `${reasons}`);
  const [first, second] = reasons.map((reason) => parseNotTakenReason(reason, files.length, files));
  assert.equal(first, { kept, reason: "peer-kept-others" });
  assert.equal(second, { notTaken: { Count: 100_000, Items: Items.slice(0, 25) } });
});

function info() {
  return { Uri: "", Path: "", Size: 1, IsDir: false, Perm: 0, Mime: "", Name: "" };
}

test("an offer is called as the disk calls it: when it comes, waits, begins and is complete", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B)];
  write(b.downloads, { x: "mine" });
  const seen: string[] = [];
  const controller = new AbortController();
  const events = b.service.offers.events(controller.signal);
  const watching = (async () => {
    for await (const { offer } of events) seen.push(`${offer.stage} ${offer.name}`);
  })();
  const first = await offer(a, { x: "first" });
  const second = await offer(a, { x: "second" });
  assert.equal(names(b), ["x (2)", "x (2)"]);
  await b.service.offers.accept(second);
  await stage(b, "incoming", second, "completed");
  // The other one waits for a name that is taken now.
  await until(b, "incoming", first, ({ name }) => name === "x (3)");
  renameSync(join(b.downloads, "x"), join(b.downloads, "y"));
  rmSync(join(b.downloads, "x (2)"));
  await until(b, "incoming", first, () => true);
  await offer(a, { x: "second" });
  await b.service.offers.accept(first);
  const done = await stage(b, "incoming", first, "completed");
  assert.equal([done.name, done.offeredName], ["x", undefined]);
  await until(b, "incoming", first, () => names(b).join() === "x,x (2),x (2)");
  controller.abort();
  await watching;
  assert.equal(read(b.downloads), { x: "first", y: "mine" });
  assert.ok(seen.every((line) => line !== "accepted x (3)"), seen.join("\n"));
});

test("a name that is taken while an offer is received is told with its completion", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B)];
  const id = await offer(a, { x: "new" });
  assert.equal(names(b), ["x"]);
  const events = b.service.offers.events();
  const accepting = b.service.offers.accept(id);
  for await (const { offer } of events) {
    if (offer.stage !== "accepted") continue;
    write(b.downloads, { x: "somebody was faster" });
    break;
  }
  await accepting;
  const done = await stage(b, "incoming", id, "completed");
  const { Names } = await b.service.offers.targets(id);
  assert.equal([[done.name], done.offeredName], [Names, done.name === "x" ? undefined : "x"]);
});

test.run();
