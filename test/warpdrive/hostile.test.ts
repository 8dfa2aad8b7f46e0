import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encode } from "../../codec/mod.ts";
import { draft, type Info, requestSchema, unified } from "../../codec/protocols/warpdrive/mod.ts";
import type { Host } from "../../src/host/mod.ts";
import { warpdriveClient } from "../../src/warpdrive/mod.ts";
import { seed } from "../codec/seed.ts";
import { randomFrom } from "../protocols/warpdrive-recordings.ts";
import { codeOf, IDS, type Node, Nodes, read, stage, write } from "./nodes.ts";
import { recordedExchanges } from "./old-node.ts";

const test = suite("warpdrive hostile peers");
const { A, B, C } = IDS;
const [port] = unified.ports;
/** For clients whose time goes faster, on a busy machine. */
const PATIENT = { timeoutMs: 500_000 };

/** Every request of the recordings with its port, by dialect. */
const REQUESTS = [unified, draft].flatMap((dialect) =>
  recordedExchanges(dialect).map(({ port, request }) => ({ path: port.name, bytes: request.bytes }))
);

/** A recorded request, cut, changed in some bytes, or with another one behind it. */
function mangled(random: () => number): { readonly path: string; readonly bytes: Uint8Array } {
  const pick = () => REQUESTS[Math.floor(random() * REQUESTS.length)];
  const { path, bytes } = pick();
  const mixed = Uint8Array.of(...bytes, ...pick().bytes);
  const end = random() < 0.3 ? Math.floor(random() * mixed.length) : mixed.length;
  for (let count = Math.floor(random() * 4); count > 0; count--) {
    mixed[Math.floor(random() * mixed.length)] = Math.floor(random() * 256);
  }
  if (random() < 0.1) mixed.fill(Math.floor(random() * 256));
  return { path, bytes: mixed.subarray(0, end) };
}

/** Sends bytes on a stream of their own, reads a little of what comes, and leaves. */
async function send(
  host: Host,
  peerId: string,
  { path, bytes }: { path: string; bytes: Uint8Array },
  patient: boolean,
) {
  try {
    await using stream = await host.openStream({ peerId }, path);
    await stream.write(bytes);
    if (patient) await stream.read(new Uint8Array(100), { timeoutMs: 5 });
  } catch {
    // Refusals of every kind are what this is about.
  }
}

async function works(b: Node, nodes: Nodes): Promise<void> {
  const a = await nodes.node(A);
  write(a.sources, { "fine.txt": "still fine" });
  const { offerId } = await a.client.createOffer(B, `${a.sources}/fine.txt`);
  await b.client.acceptFrom(A, offerId, PATIENT);
  await stage(b, "incoming", offerId, "completed");
  assert.is(read(b.downloads)["fine.txt"], "still fine");
}

test("thousands of broken requests of strangers change nothing outside the download folder, and the service works", async () => {
  console.log(`  WARPWIRE_SEED=${seed}`);
  const random = randomFrom(seed);
  await using nodes = new Nodes();
  const b = await nodes.node(B, { host: await nodes.fastHost(B), accept: "all" });
  const host = await nodes.fastHost(C);
  const around = () => readdirSync(dirname(b.downloads)).sort();
  const before = around();
  const peers = b.service.peers.list();
  for (let round = 0; round < 3000; round++) await send(host, B, mangled(random), round % 50 === 0);
  assert.equal(around(), before, `seed ${seed}`);
  assert.equal(b.service.peers.list(), peers);
  assert.ok(b.service.offers.list().every(({ incoming, peer }) => incoming && peer === C));
  assert.equal(read(b.downloads), {});
  await works(b, nodes);
});

test("broken requests of the node's own programs do not stop it", async () => {
  console.log(`  WARPWIRE_SEED=${seed}`);
  const random = randomFrom(seed + 1);
  await using nodes = new Nodes();
  const b = await nodes.node(B, { host: await nodes.fastHost(B) });
  for (let round = 0; round < 1000; round++) await send(b.host, B, mangled(random), false);
  await b.client.updatePeer(A, "mod", "", PATIENT);
  await works(b, nodes);
});

test("names that lead out of the download folder are shown, and never accepted", async () => {
  await using nodes = new Nodes();
  const b = await nodes.node(B, { accept: "all" });
  const client = warpdriveClient({ host: await nodes.host(C), peer: { peerId: B } });
  const names = ["../x", "/x", "a/../../x", "C:\\x", "a\0b", "a//b", "con", "a\\..\\..\\x"];
  for (const [index, Uri] of names.entries()) {
    const file: Info = { Uri, Path: "", Size: 1, IsDir: false, Perm: 0o777, Mime: "", Name: "x" };
    const { accepted } = await client.sendOffer(`id ${index}`, [file]);
    const offer = b.service.offers.find("incoming", `id ${index}`);
    if (offer.stage === "failed") {
      assert.is(accepted, false, Uri);
      assert.is(await codeOf(b.client.acceptOffer(offer.id)), "refused", Uri);
    } else {
      // A name that only another system could misread is changed: it stays inside.
      const { Names } = await b.client.offerTargets(C, offer.id);
      assert.not.match(Names![0], /(^|\/)\.\.(\/|$)|^\/|\0/, Uri);
    }
  }
  assert.ok(b.service.offers.list().filter(({ stage }) => stage === "failed").length >= 5);
});

test("ids are never paths, and the same id of another peer is another offer", async () => {
  await using nodes = new Nodes();
  const b = await nodes.node(B);
  const ids = ["", "../peers", "/etc/passwd", "a b", "x".repeat(255), "in 66", "é\n"];
  const senders = [A, C].map(async (id) => warpdriveClient({ host: await nodes.host(id), peer: { peerId: B } }));
  for (const client of await Promise.all(senders)) for (const id of ids) await client.sendOffer(id, []);
  const offers = b.service.offers.list("incoming");
  assert.is(offers.length, 2 * ids.length);
  assert.is(new Set(offers.map(({ key }) => key)).size, offers.length);
  assert.is(await codeOf(b.client.acceptOffer("a b")), "refused");
  await b.client.stopOffer({ incoming: true, peerId: C, offerId: "a b" });
  assert.equal(offers.filter(({ key }) => b.service.offers.get(key)!.stage === "rejected").map(({ peer }) => peer), [
    C,
  ]);
});

test("an id that is used again for something else is refused; the same offer again is answered again", async () => {
  await using nodes = new Nodes();
  const b = await nodes.node(B);
  const client = warpdriveClient({ host: await nodes.host(A), peer: { peerId: B } });
  const file: Info = { Uri: "a", Path: "", Size: 1, IsDir: false, Perm: 0o777, Mime: "", Name: "a" };
  await client.sendOffer("id", [file]);
  assert.equal(await client.sendOffer("id", [file]), { offerId: "id", accepted: false });
  assert.is(await codeOf(client.sendOffer("id", [{ ...file, Uri: "b" }])), "refused");
  assert.is(b.service.offers.list().length, 1);
});

test("a reason that a peer gives is a short word, or unknown", async () => {
  await using nodes = new Nodes();
  const b = await nodes.node(B);
  const client = warpdriveClient({ host: await nodes.host(A), peer: { peerId: B } });
  for (
    const [id, reason, kept] of [["1", "disk", "disk"], ["2", "x\n\u001b[2J", "unknown"], [
      "3",
      "a".repeat(65),
      "unknown",
    ]]
  ) {
    await client.sendOffer(id, []);
    await client.endOffer({ offerId: id, receiver: false, reason });
    const offer = b.service.offers.list().find((one) => one.id === id);
    assert.equal([offer?.stage, offer?.reason], ["failed", `peer-${kept}`]);
  }
});

test("a peer has a number of offers, and what is over gives way to what is new", async () => {
  await using nodes = new Nodes();
  const limits = { offersPerPeerMax: 3, offersMax: 5, entriesMax: 2, entriesTotalMax: 6 };
  const b = await nodes.node(B, { limits });
  const [a, c] = [A, C].map(async (id) => warpdriveClient({ host: await nodes.host(id), peer: { peerId: B } }));
  const file = (name: string): Info => ({ Uri: name, Path: "", Size: 1, IsDir: false, Perm: 0, Mime: "", Name: name });
  for (const id of ["1", "2", "3"]) await (await a).sendOffer(id, [file("a")]);
  assert.is(await codeOf((await a).sendOffer("4", [])), "refused");
  await b.client.stopOffer({ incoming: true, peerId: A, offerId: "2" });
  await (await a).sendOffer("4", []);
  await (await c).sendOffer("5", []);
  assert.is(await codeOf((await c).sendOffer("6", [file("a"), file("b"), file("c")])), "refused");
  await (await c).sendOffer("6", []);
  assert.equal(b.service.offers.list().map(({ id }) => id), ["1", "3", "4", "5", "6"]);
});

test("strangers take room from the one of them who takes most, and none from peers that somebody has named", async () => {
  await using nodes = new Nodes();
  const b = await nodes.node(B, { limits: { offersPerPeerMax: 3, offersMax: 4, entriesTotalMax: 5 } });
  const [a, c] = await Promise.all(
    [A, C].map(async (id) => warpdriveClient({ host: await nodes.host(id), peer: { peerId: B } })),
  );
  const ids = () => b.service.offers.list().map(({ id }) => id).join(" ");
  for (const id of ["a1", "a2", "a3"]) await a.sendOffer(id, []);
  for (const id of ["c1", "c2"]) await c.sendOffer(id, []);
  assert.is(ids(), "a2 a3 c1 c2");
  await b.service.peers.setAlias(A, "alice");
  await c.sendOffer("c3", []);
  assert.is(ids(), "a2 a3 c2 c3");
  const file = (name: string): Info => ({ Uri: name, Path: "", Size: 1, IsDir: false, Perm: 0, Mime: "", Name: name });
  await c.sendOffer("c4", ["1", "2", "3", "4", "5"].map(file));
  await a.sendOffer("a4", [file("1")]);
  assert.is(ids(), "a2 a3 a4");
  await b.service.peers.setAlias(C, "carol");
  await c.sendOffer("c5", []);
  assert.is(await codeOf(c.sendOffer("c6", [])), "refused");
  assert.is(ids(), "a2 a3 a4 c5");
});

test("sessions of one peer and of all have a number, and the node's own programs still get in", async () => {
  await using nodes = new Nodes();
  const b = await nodes.node(B, { sessionsMax: 12, sessionsPerPeerMax: 4 });
  const open = async (id: string, count: number) => {
    const host = await nodes.host(id);
    const codes = [];
    for (let n = 0; n < count; n++) {
      codes.push(await host.openStream({ peerId: B }, port.name).then(() => "open", (error) => error.code));
    }
    return codes.filter((code) => code === "open").length;
  };
  assert.is(await open(A, 6), 4);
  assert.is(await open(C, 6), 2);
  assert.equal(await b.client.listPeers(), []);
});

test("a peer that is slow, or sends nothing, is cut off", async () => {
  await using nodes = new Nodes();
  await nodes.node(B, { host: await nodes.fastHost(B) });
  const host = await nodes.host(C);
  for (const bytes of [[], [0x64], [0x64, 3, 0x61], [0x65, 1], [0xc8]]) {
    const stream = await host.openStream({ peerId: B }, port.name);
    await stream.write(Uint8Array.from(bytes));
    assert.is(await stream.read(new Uint8Array(1), { timeoutMs: 20_000 }), null);
  }
});

test("opcodes that are passed over have a number", async () => {
  await using nodes = new Nodes();
  await nodes.node(B);
  const stream = await (await nodes.host(C)).openStream({ peerId: B }, port.name);
  await stream.write(new Uint8Array(1024).fill(1));
  await stream.write(encode(requestSchema(port), { command: "ping" }));
  await stream.write(Uint8Array.of(7));
  const byte = new Uint8Array(1);
  await stream.read(byte);
  assert.is(byte[0], 7);
  const other = await (await nodes.host(A)).openStream({ peerId: B }, port.name);
  await other.write(new Uint8Array(1025).fill(1));
  assert.is(await other.read(byte), null);
});

test.run();
