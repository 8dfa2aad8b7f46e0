import { readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decode, encode, parseHex } from "../../codec/mod.ts";
import { requestSchema, unified } from "../../codec/protocols/warpdrive/mod.ts";
import { warpdriveClient } from "../../src/warpdrive/mod.ts";
import { OldNode } from "./old-node.ts";
import { codeOf, IDS, Nodes, read, settled, stage, until, write } from "./nodes.ts";
import { memoryStore } from "../../src/store/mod.ts";

const test = suite("warpdrive service");
const { A, B, C } = IDS;

test("an offer is seen at once, accepted, and arrives", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B)];
  write(a.sources, { "dir/one.txt": "one", "dir/sub/two.txt": "two".repeat(1000), "dir/empty": "" });
  const { offerId, accepted } = await a.client.createOffer(B, `${a.sources}/dir`);
  assert.is(accepted, false);
  const [offer] = await b.client.listOffers("incoming");
  assert.equal([offer.Id, offer.Status, offer.Index, offer.Peer], [offerId, "awaiting", -1, A]);
  assert.ok(offer.Files!.every(({ Path, Uri }) => Path === Uri && !Path.startsWith("/")));
  await b.client.acceptOffer(offerId);
  const done = await stage(b, "incoming", offerId, "completed");
  assert.equal([done.done, done.bytes, done.index], [3003, 3003, offer.Files!.length]);
  await stage(a, "outgoing", offerId, "completed");
  assert.equal(read(b.downloads), { "dir/one.txt": "one", "dir/sub/two.txt": "two".repeat(1000), "dir/empty": "" });
  const { Folder, Names } = await b.client.offerTargets(A, offerId);
  assert.is(Folder, b.downloads);
  assert.equal(Names!.length, offer.Files!.length);
  assert.equal([...a.errors, ...b.errors], []);
});

test("trusted peers are accepted by themselves, blocked ones refused, others asked", async () => {
  await using nodes = new Nodes();
  const [a, b, c] = [await nodes.node(A), await nodes.node(B), await nodes.node(C)];
  await b.client.updatePeer(A, "mod", "trust");
  await b.client.updatePeer(C, "mod", "block");
  write(a.sources, { "a.txt": "from a" });
  write(c.sources, { "c.txt": "from c" });
  const { offerId, accepted } = await a.client.offerPaths(B, [`${a.sources}/a.txt`]);
  assert.is(accepted, true);
  await stage(b, "incoming", offerId, "completed");
  assert.is(await codeOf(c.client.createOffer(B, `${c.sources}/c.txt`)), "refused");
  assert.is(await codeOf(c.client.offerPaths(B, [`${c.sources}/c.txt`])), "failed");
  assert.equal(await c.client.listOffers(), []);
  await b.client.updatePeer(C, "mod", "");
  assert.is((await c.client.createOffer(B, `${c.sources}/c.txt`)).accepted, false);
  assert.equal(read(b.downloads), { "a.txt": "from a" });
});

test("both sides know what was left out of an offer, and a peer's word for it is bounded", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B)];
  write(a.sources, { "d/fine": "1", "d/bad\\name": "2", "e": "3" });
  symlinkSync("/etc", join(a.sources, "d/link"));
  const { offerId } = await a.client.offerPaths(B, [join(a.sources, "d")]);
  const expected = {
    Count: 2,
    Items: [{ Uri: "d/bad\\name", Reason: "separator" }, { Uri: "d/link", Reason: "link" }],
  };
  for (const node of [a, b]) {
    const [summary] = await node.client.listSummaries("all");
    assert.equal([summary.Id, summary.Count, summary.LeftOut], [offerId, 2, expected]);
  }
  await a.client.offerPaths(B, [join(a.sources, "e")]);
  assert.is((await b.client.listSummaries("incoming"))[1].LeftOut, undefined);
  const [info] = (await a.client.listOffers("outgoing"))[0].Files!;
  const Items = Array.from({ length: 500 }, () => ({ Uri: "x".repeat(10_000), Reason: "\x1b[2J" }));
  const files = [{ ...info, Uri: "f", Path: "f", LeftOut: { Count: -5, Items } }];
  const toB = warpdriveClient({ host: a.host, peer: { peerId: B } });
  for (let i = 0; i < 2; i++) await toB.sendOffer("strange", files);
  const { LeftOut } = (await b.client.listSummaries("incoming")).find(({ Id }) => Id === "strange")!;
  assert.is(LeftOut!.Count, 500);
  assert.equal(new Set(LeftOut!.Items!.map(({ Uri, Reason }) => `${Uri.length} ${Reason}`)), new Set(["200 unknown"]));
  assert.is(LeftOut!.Items!.length, 10);
});

test("peers are meant by id, alias, or the beginning of either", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B)];
  write(a.sources, { "a.txt": "a" });
  const paths = [`${a.sources}/a.txt`];
  await a.client.updatePeer(B, "alias", "bob");
  await a.client.updatePeer(C, "alias", "bobby");
  await a.client.offerPaths("bob", paths);
  await a.client.offerPaths("02c6", paths);
  const failure = await a.client.offerPaths("bo", paths).catch((error) => error);
  assert.match(failure.message, /^ambiguous: /);
  assert.match((await a.client.offerPaths("nobody", paths).catch((error) => error)).message, /^unreachable: /);
  assert.match((await a.client.offerPaths("bob", []).catch((error) => error)).message, /empty path/);
  assert.match(
    (await a.client.offerPaths("bob", [`${a.sources}/missing`]).catch((error) => error)).message,
    /^source-missing: /,
  );
  assert.is(b.service.offers.list("incoming").length, 2);
});

test("only the peer of an offer may download it", async () => {
  await using nodes = new Nodes();
  const [a, c] = [await nodes.node(A), await nodes.node(C)];
  await nodes.node(B);
  write(a.sources, { "a.txt": "secret" });
  const { offerId } = await a.client.createOffer(B, `${a.sources}/a.txt`);
  const stranger = warpdriveClient({ host: c.host, peer: { peerId: A } });
  assert.is(await codeOf(stranger.download(offerId)), "refused");
  assert.is(a.service.offers.list("outgoing")[0].stage, "awaiting");
});

test("an offer that a peer has stored although it never answered is not lost", async () => {
  await using nodes = new Nodes();
  const a = await nodes.node(A);
  const host = await nodes.host(B);
  const old = new OldNode(host, unified);
  write(a.sources, { "a.txt": "a" });
  assert.is(
    await codeOf(warpdriveClient({ host: a.host, timeoutMs: 20 }).createOffer(B, `${a.sources}/a.txt`)),
    "timeout",
  );
  await settled(() => (old.streams[0] ?? "").length > 200);
  await a.service.stop();
  await a.service.start();
  assert.equal(a.service.offers.list(), []);
  const { offerId } = decode(requestSchema(unified.ports[0]), parseHex(old.streams[0])) as unknown as {
    offerId: string;
  };
  const download = await warpdriveClient({ host, peer: { peerId: A } }).download(offerId);
  const byte = new Uint8Array(1);
  await download.read(byte);
  await download.finish();
  assert.is(String.fromCharCode(byte[0]), "a");
  await stage(a, "outgoing", offerId, "completed");
});

test("an offer is rejected, and its sender knows it", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B)];
  write(a.sources, { "a.txt": "a" });
  const { offerId } = await a.client.createOffer(B, `${a.sources}/a.txt`);
  await b.client.stopOffer({ incoming: true, peerId: A, offerId });
  assert.is((await stage(b, "incoming", offerId, "rejected")).reason, "rejected");
  assert.is((await stage(a, "outgoing", offerId, "rejected")).reason, "peer-rejected");
  assert.is(await codeOf(b.client.stopOffer({ incoming: true, peerId: A, offerId })), "failed");
});

test("an offer is cancelled by its sender, and its receiver knows it", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B)];
  write(a.sources, { "a.txt": "a" });
  const { offerId } = await a.client.createOffer(B, `${a.sources}/a.txt`);
  await a.client.stopOffer({ incoming: false, peerId: B, offerId });
  assert.is(a.service.offers.find("outgoing", offerId).stage, "cancelled");
  assert.is((await stage(b, "incoming", offerId, "cancelled")).reason, "peer-cancelled");
});

test("a transfer tells its progress although it does not go on, is cancelled, and leaves nothing", async () => {
  await using nodes = new Nodes();
  const host = await nodes.fastHost(A);
  const old = new OldNode(host, unified);
  const b = await nodes.node(B, { host: await nodes.fastHost(B) });
  const file = { Uri: "a.bin", Path: "", Size: 1_000_000, IsDir: false, Perm: 420, Mime: "", Name: "a.bin" };
  await warpdriveClient({ host, peer: { peerId: B } }).sendOffer("id", [file]);
  const [port] = unified.ports;
  const request = encode(requestSchema(port), { command: "download", offerId: "id", index: 0, offset: 0 });
  old.answer(port, request, new Uint8Array(300_001));
  await b.client.acceptFrom(A, "id");
  await until(b, "incoming", "id", ({ stage, done }) => stage === "updated" && done === 300_000);
  await b.client.stopOffer({ incoming: true, peerId: A, offerId: "id" });
  assert.is(b.service.offers.find("incoming", "id").stage, "cancelled");
  assert.equal(readdirSync(b.downloads).filter((name) => !name.startsWith(".")), []);
});

test("an offer that has failed keeps its partial file until it has to make room for others", async () => {
  await using nodes = new Nodes();
  const host = await nodes.fastHost(A);
  const old = new OldNode(host, unified);
  const b = await nodes.node(B, { host: await nodes.fastHost(B), limits: { offersMax: 2 } });
  const file = { Uri: "a.bin", Path: "", Size: 1_000_000, IsDir: false, Perm: 420, Mime: "", Name: "a.bin" };
  const client = warpdriveClient({ host, peer: { peerId: B } });
  await b.service.peers.setAlias(A, "anna");
  await client.sendOffer("id", [file]);
  const [port] = unified.ports;
  const request = (offset: number) =>
    encode(requestSchema(port), { command: "download", offerId: "id", index: 0, offset });
  old.answer(port, request(0), new Uint8Array(300_001));
  old.answer(port, request(300_000), "closes");
  await b.client.acceptFrom(A, "id");
  await stage(b, "incoming", "id", "failed");
  const journals = () => readdirSync(b.downloads).includes(".warpwire");
  assert.equal([Object.values(read(b.downloads))[0].length, journals()], [300_000, true]);
  await client.sendOffer("second", [file]);
  assert.equal([Object.keys(read(b.downloads)).length, journals()], [1, true]);
  await client.sendOffer("third", [file]);
  assert.equal(b.service.offers.list().map(({ id }) => id), ["second", "third"]);
  await b.service.stop();
  assert.equal([read(b.downloads), journals(), b.errors], [{}, false, []]);
});

test("a source that has changed fails on both sides, with the reason", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B)];
  write(a.sources, { "a.txt": "as offered" });
  const { offerId } = await a.client.createOffer(B, `${a.sources}/a.txt`);
  write(a.sources, { "a.txt": "changed since then" });
  await b.client.acceptFrom(A, offerId).catch(() => {});
  assert.is((await stage(a, "outgoing", offerId, "failed")).reason, "source-changed");
  assert.is((await stage(b, "incoming", offerId, "failed")).reason, "peer-source-changed");
  for (const { errors } of [a, b]) {
    assert.ok(errors.some((error) => /^(The sender c|C)annot send "a\.txt"/.test(String((error as Error).message))));
  }
  assert.equal(read(b.downloads), {});
});

test("an accepted offer goes on after a restart of the receiver, and its sender may come later", async () => {
  await using nodes = new Nodes();
  const store = await memoryStore();
  const [a, b] = [await nodes.node(A), await nodes.node(B, { store })];
  write(a.sources, { "a.txt": "late" });
  const { offerId } = await a.client.createOffer(B, `${a.sources}/a.txt`);
  await a.service.stop();
  assert.is(await codeOf(b.client.acceptOffer(offerId)), "refused");
  assert.is(b.service.offers.find("incoming", offerId).stage, "accepted");
  await b.service.stop();
  await a.service.start();
  const again = await nodes.node(B, { store, host: b.host });
  await stage(again, "incoming", offerId, "completed");
  assert.equal(read(again.downloads), { "a.txt": "late" });
});

test("more offers than downloads at once wait for their turn", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B, { transfersMax: 1, accept: "all" })];
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) {
    write(a.sources, { [`${n}.txt`]: `number ${n}` });
    ids.push((await a.client.createOffer(B, `${a.sources}/${n}.txt`)).offerId);
  }
  for (const id of ids) await stage(b, "incoming", id, "completed");
  assert.is(Object.keys(read(b.downloads)).length, 5);
});

test("a node offers to itself", async () => {
  await using nodes = new Nodes();
  const a = await nodes.node(A);
  write(a.sources, { "a.txt": "mine" });
  const { offerId } = await a.client.createOffer(A, `${a.sources}/a.txt`);
  assert.equal((await a.client.listOffers()).map(({ In }) => In), [true, false]);
  await a.client.acceptOffer(offerId);
  await stage(a, "incoming", offerId, "completed");
  assert.equal(read(a.downloads), { "a.txt": "mine" });
});

test("an offer that is complete is accepted again without bytes", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B)];
  write(a.sources, { "a.txt": "once" });
  const { offerId } = await a.client.createOffer(B, `${a.sources}/a.txt`);
  await b.client.acceptOffer(offerId);
  await stage(b, "incoming", offerId, "completed");
  await b.client.acceptOffer(offerId);
  assert.equal(read(b.downloads), { "a.txt": "once" });
});

test.run();
