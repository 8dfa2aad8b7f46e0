import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encode } from "../../codec/mod.ts";
import { type Info, requestSchema, unified } from "../../codec/protocols/warpdrive/mod.ts";
import { memoryStore } from "../../src/store/mod.ts";
import { warpdriveClient, WarpdriveError } from "../../src/warpdrive/mod.ts";
import { codeOf, IDS, Nodes, settled, write } from "./nodes.ts";

const test = suite("warpdrive hostile peers");
const { A, B, C } = IDS;
const [port] = unified.ports;
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

/** An entry of an offer. */
function named(name: string): Info {
  return { Uri: name, Path: "", Size: 1, IsDir: false, Perm: 0, Mime: "", Name: name };
}

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
  assert.is(ids(), "a2 a3 c1 c2 c3");
  await b.client.stopOffer({ incoming: true, peerId: C, offerId: "c1" });
  await c.sendOffer("c4", ["1", "2", "3", "4", "5"].map((name) => named(name)));
  await a.sendOffer("a4", [named("1")]);
  assert.is(ids(), "a2 a3 c2 c3 c4 a4");
  await b.service.peers.setAlias(C, "carol");
  assert.is(await codeOf(a.sendOffer("a5", [])), "refused");
  assert.is(ids(), "a2 a3 c2 c3 c4 a4");
});

test("a stranger's refused offers take no room of what others received, can resume or have still to fetch", async () => {
  await using nodes = new Nodes();
  const [host, store] = [await nodes.fastHost(B), await memoryStore()];
  const b = await nodes.node(B, { host, store, limits: { offersMax: 8, offersPerPeerMax: 8 } });
  const [a, c] = await Promise.all(
    [A, C].map(async (id) => warpdriveClient({ host: await nodes.host(id), peer: { peerId: B } })),
  );
  await b.service.peers.setAlias(A, "alice");
  await a.sendOffer("received", []);
  await b.client.acceptFrom(A, "received").catch(() => {});
  await b.client.stopOffer({ incoming: true, peerId: A, offerId: "received" }).catch(() => {});
  write(b.sources, { "mine.txt": "mine" });
  await b.client.createOffer(A, `${b.sources}/mine.txt`).catch(() => {});
  for (const id of ["1", "2", "3", "4", "5"]) await a.sendOffer(id, [named("x")]);
  const before = () => b.service.offers.list().filter(({ peer }) => peer === A).map(({ key }) => key);
  const there = before();
  for (let n = 0; n < 40; n++) await c.sendOffer(`flood ${n}`, [named("../x")]);
  assert.equal(before(), there);
  const kept = b.service.offers.list("incoming").filter(({ peer }) => peer === C);
  assert.equal([kept.length, kept.at(-1)!.id, kept.at(-1)!.reason], [8, "flood 39", "unsafe-path"]);
});

test("texts and lists that are too long are refused, and nothing of them is kept", async () => {
  await using nodes = new Nodes();
  const limits = { bytesMax: 20_000, bytesPerPeerMax: 40_000, strangersBytesMax: 60_000 };
  const b = await nodes.node(B, { limits });
  const [a, c] = await Promise.all(
    [A, C].map(async (id) => warpdriveClient({ host: await nodes.host(id), peer: { peerId: B } })),
  );
  for (const field of ["Uri", "Path", "Name", "Mime", "Sha256"]) {
    const file = { ...named("a"), [field]: "é".repeat(2100) };
    assert.is(await codeOf(a.sendOffer(field, [named("b"), file])), "refused", field);
  }
  const many = (count: number) => Array.from({ length: count }, (_, n) => named(`${n}`.padStart(100, "x")));
  assert.is(await codeOf(a.sendOffer("large", many(100))), "refused");
  assert.is(b.service.offers.list().length, 0);
  for (const id of ["a1", "a2"]) await a.sendOffer(id, many(40));
  assert.is(await codeOf(a.sendOffer("a3", many(40))), "refused");
  for (const id of ["c1", "c2"]) await c.sendOffer(id, many(40));
  await b.service.peers.setAlias(A, "alice");
  await a.sendOffer("a4", []);
  assert.equal(b.service.offers.list().map(({ id }) => id), ["a1", "a2", "c1", "c2", "a4"]);
  const sizes = b.service.offers.list().map(({ listBytes }) => listBytes);
  assert.ok(sizes.every((bytes) => bytes <= limits.bytesMax), String(sizes));
});

test("strangers who begin large lists and do not end them keep no other stranger out", async () => {
  await using nodes = new Nodes();
  const errors: [unknown, string | undefined][] = [];
  const b = await nodes.node(B, { onError: (error, peer) => errors.push([error, peer]) });
  const piece = new Uint8Array(1024 * 1024).fill(0x20);
  const begun = [];
  for (const id of [A, C]) {
    const stream = await (await nodes.host(id)).openStream({ peerId: B }, port.name);
    await stream.write(Uint8Array.of(0x64, 1, 0x61, 0x5b));
    for (let n = 0; n < 31; n++) await stream.write(piece, { timeoutMs: 60_000 });
    begun.push(stream);
  }
  const honest = warpdriveClient({ host: await nodes.host("02".padEnd(66, "7")), peer: { peerId: B } });
  await honest.sendOffer("large", Array.from({ length: 90_000 }, (_, n) => named(`${n}`)), { timeoutMs: 60_000 });
  assert.equal(b.service.offers.list().map(({ id, count }) => [id, count]), [["large", 90_000]]);
  await settled(() => errors.length > 0);
  const [[error, peer]] = errors;
  assert.is((error as WarpdriveError).code, "limit");
  assert.ok(peer === A || peer === C, peer);
  for (const stream of begun) stream.abort();
});

test("a peer that has begun a large list cannot begin another one, and may after the first has gone", async () => {
  await using nodes = new Nodes();
  const errors: [unknown, string | undefined][] = [];
  await nodes.node(B, { onError: (error, peer) => errors.push([error, peer]) });
  const host = await nodes.host(A);
  const half = new Uint8Array(1024 * 1024).fill(0x20);
  const begin = async () => {
    const stream = await host.openStream({ peerId: B }, port.name);
    await stream.write(Uint8Array.of(0x64, 1, 0x61, 0x5b));
    return stream;
  };
  const fill = async (stream: Awaited<ReturnType<typeof begin>>) => {
    for (let n = 0; n < 20; n++) await stream.write(half, { timeoutMs: 5000 });
  };
  const first = await begin();
  await fill(first);
  const second = await begin();
  const ended = second.read(new Uint8Array(1), { timeoutMs: 20_000 });
  await fill(second).catch(() => {});
  assert.is(await ended.catch(() => null), null);
  await settled(() => errors.length > 0);
  // Whose session it was is known to those who keep a log.
  assert.equal(errors.map(([error, peer]) => [(error as WarpdriveError).code, peer]), [["limit", A]]);
  await first.close();
});

test("people and programs see the names that the disk gets, not those that the sender shows", async () => {
  await using nodes = new Nodes();
  const b = await nodes.node(B);
  const client = warpdriveClient({ host: await nodes.host(A), peer: { peerId: B } });
  const lie = (Uri: string): Info => ({ ...named(Uri), Name: "holiday.jpg" });
  write(b.downloads, { "notes.txt": "there" });
  await client.sendOffer("one", [lie(".bash_profile")]);
  await client.sendOffer("two", [lie("a.jpg"), lie(".config/autostart/x.desktop"), lie("b.jpg")]);
  await client.sendOffer("three", [lie("photos/a.jpg")]);
  await client.sendOffer("four", [lie("notes.txt")]);
  const names = [".bash_profile", ".config", "photos/a.jpg", "notes (2).txt"];
  assert.equal((await b.client.listSummaries("incoming")).map(({ Name }) => Name), names);
  const watched: string[] = [];
  for await (const { Name } of b.client.watchOffers("incoming")) if (watched.push(Name) === names.length) break;
  assert.equal(watched, names);
  const listed = (await b.client.listOffers("incoming")).map(({ Files }) => Files!.map(({ Name }) => Name).join(" "));
  assert.equal(listed, [".bash_profile", "a.jpg x.desktop b.jpg", "a.jpg", "notes.txt"]);
});

test("an offer is meant by its id where only one has it; a key that is gone is never another one's id", async () => {
  await using nodes = new Nodes();
  const b = await nodes.node(B);
  const [a, c] = await Promise.all(
    [A, C].map(async (id) => warpdriveClient({ host: await nodes.host(id), peer: { peerId: B } })),
  );
  const { offers } = b.service;
  for (const [client, id] of [[a, "same"], [c, "same"], [a, "only"]] as const) await client.sendOffer(id, []);
  const key = offers.find("incoming", "only").key;
  assert.is(offers.get("only")!.key, key);
  assert.equal(await offers.files("only"), []);
  assert.is(await codeOf(offers.stop("same")), "ambiguous");
  assert.is(await codeOf(offers.accept("same")), "ambiguous");
  assert.is(await codeOf(offers.accept("on")), "unknown-offer");
  const missing = key.replace("only", "gone");
  await c.sendOffer(missing, []);
  assert.is(await codeOf(offers.stop(missing)), "unknown-offer");
  await offers.stop("only");
  assert.is(offers.get(key)!.stage, "rejected");
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
