import { suite } from "uvu";
import * as assert from "uvu/assert";

import { encode, formatHex } from "../../codec/mod.ts";
import { draft, type Info, requestSchema, unified } from "../../codec/protocols/warpdrive/mod.ts";
import { type CallName, warpdriveClient } from "../../src/warpdrive/mod.ts";
import { codeOf, IDS, Nodes, read, settled, stage } from "./nodes.ts";
import { OldNode, recordedExchanges } from "./old-node.ts";
import { sha256 } from "@noble/hashes/sha2.js";

const test = suite("warpdrive client");
const { A, B } = IDS;

for (const dialect of [unified, draft]) {
  test(`${dialect.name}: what old nodes were recorded to answer is asked for in the same bytes, and understood`, async () => {
    let asked = 0;
    for (const { port, request, answers } of recordedExchanges(dialect)) {
      const [{ part, value }] = answers;
      if (part !== "reply" || request.command === "download") continue;
      await using nodes = new Nodes();
      const host = await nodes.host(A);
      const old = new OldNode(host, dialect);
      old.answer(port, encode(requestSchema(port), { command: request.command, ...request.value }), answers[0].bytes);
      const local = unified.ports[0].commands.find(({ name }) => name === request.command)!.caller === "local";
      const client = warpdriveClient({ host: local ? host : await nodes.host(B), peer: { peerId: A } });
      const reply = await client.call(request.command as CallName, request.value as never);
      assert.equal(reply, value as unknown, request.command);
      // In the draft a byte confirms the peers. Then the session is ended.
      const finish = dialect === draft && request.command === "listPeers" ? "00ff" : "ff";
      const sent = formatHex(encode(requestSchema(port), { command: request.command, ...request.value }));
      await settled(() => old.streams[0]?.length === sent.length + finish.length);
      assert.equal(old.streams, [sent + finish], request.command);
      asked++;
    }
    assert.ok(asked > 20, `only ${asked} exchanges`);
  });

  test(`${dialect.name}: a download is read up to what was announced, and confirmed`, async () => {
    await using nodes = new Nodes();
    const old = new OldNode(await nodes.host(A), dialect);
    const downloads = recordedExchanges(dialect).filter(({ request, answers }) =>
      request.command === "download" && answers.length === 2
    );
    assert.ok(downloads.length > 3);
    const client = warpdriveClient({ host: await nodes.host(B), peer: { peerId: A } });
    for (const { port, request, answers } of downloads) {
      old.answer(port, request.bytes, concat(answers.map(({ bytes }) => bytes)));
      const { offerId, index, offset } = request.value as { offerId: string; index: number; offset: number };
      const download = await client.download(offerId, { index, offset });
      const bytes = new Uint8Array(answers[1].bytes.length);
      for (let filled = 0; filled < bytes.length;) filled += (await download.read(bytes.subarray(filled)))!;
      assert.equal(bytes, answers[1].bytes.slice());
      await download.finish();
      await settled(() => old.streams.at(-1)!.endsWith("00ff"));
      assert.is(old.streams.at(-1), `${formatHex(request.bytes)}00ff`);
    }
  });

  test(`${dialect.name}: a node that never answers is given up, one that closes refuses`, async () => {
    await using nodes = new Nodes();
    const host = await nodes.host(A);
    const old = new OldNode(host, dialect);
    const client = warpdriveClient({ host, timeoutMs: 30 });
    assert.is(await codeOf(client.acceptOffer("nope")), "timeout");
    const place = dialect.ports.find(({ commands }) => commands.some(({ name }) => name === "acceptOffer"))!;
    old.answer(place, encode(requestSchema(place), { command: "acceptOffer", offerId: "shut" }), "closes");
    assert.is(await codeOf(warpdriveClient({ host }).acceptOffer("shut")), "refused");
  });

  test(`${dialect.name}: the additions are asked for in a way that old nodes survive`, async () => {
    await using nodes = new Nodes();
    const host = await nodes.host(A);
    const old = new OldNode(host, dialect);
    for (const caller of [host, await nodes.host(B)]) {
      const client = warpdriveClient({ host: caller, peer: { peerId: A } });
      assert.is(await client.extensions({ timeoutMs: 30 }), 0);
      const end = { offerId: "6b036f4a", receiver: true, reason: "rejected" };
      assert.is(await client.endOffer(end, { timeoutMs: 30 }), false);
    }
    // Nothing but the one opcode, which is an unknown one, ever went out.
    assert.ok(old.streams.every((sent) => sent === "66"), old.streams.join(" "));
  });
}

test("the dialect is found out", async () => {
  await using nodes = new Nodes();
  const host = await nodes.host(B);
  for (const [id, dialect] of [["new", unified], ["old", draft]] as const) {
    new OldNode(await nodes.host(id), dialect);
    const client = warpdriveClient({ host, peer: { peerId: id }, timeoutMs: 30 });
    assert.is(await codeOf(client.download("nope")), "timeout");
    const other = warpdriveClient({
      host,
      peer: { peerId: id },
      timeoutMs: 30,
      dialect: dialect === draft ? "unified" : "draft",
    });
    assert.is(await codeOf(other.download("nope")), "unknown-protocol");
  }
  assert.is(await codeOf(warpdriveClient({ host, peer: { peerId: "nobody" } }).listPeers()), "unreachable");
});

test("a node of one's own answers in both dialects, and to pings", async () => {
  await using nodes = new Nodes();
  const { host } = await nodes.node(A);
  const peer = { peerId: A };
  for (const dialect of ["unified", "draft"] as const) {
    const client = warpdriveClient({ host: await nodes.host(dialect), peer, dialect });
    assert.ok(await client.ping() >= 0);
    assert.is(await client.extensions(), dialect === "unified" ? 1 : 0);
    const own = warpdriveClient({ host, dialect });
    await own.updatePeer(B, "alias", dialect);
    assert.equal(await own.listPeers(), [{ Id: B, Alias: dialect, Mod: "" }]);
    assert.equal(await own.listOffers(), []);
    // A stranger may do nothing of that: the unified port ignores it, the draft's closes.
    const stranger = warpdriveClient({ host: await nodes.host(`stranger ${dialect}`), peer, dialect, timeoutMs: 30 });
    assert.is(await codeOf(stranger.listPeers()), dialect === "unified" ? "timeout" : "refused");
  }
});

test("an old trusted sender that has not stored its offer yet is asked again", async () => {
  await using nodes = new Nodes();
  const host = await nodes.fastHost(A);
  const old = new OldNode(host, unified);
  const b = await nodes.node(B, { host: await nodes.fastHost(B) });
  await b.service.peers.setRule(A, "trust");
  const [port] = unified.ports;
  const content = new TextEncoder().encode("hello warpdrive\n");
  const request = encode(requestSchema(port), { command: "download", offerId: "id", index: 0, offset: 0 });
  const files: Info[] = [
    {
      Uri: "hello.txt",
      Path: "",
      Size: 16,
      IsDir: false,
      Perm: 420,
      Mime: "",
      Name: "hello.txt",
      Sha256: hex(content),
    },
  ];
  const { accepted } = await warpdriveClient({ host, peer: { peerId: B } }).sendOffer("id", files);
  assert.is(accepted, true);
  await settled(() => old.streams.length === 2);
  old.answer(port, request, concat([Uint8Array.of(0), content]));
  const done = await stage(b, "incoming", "id", "completed");
  assert.is(done.reason, "");
  assert.equal(read(b.downloads), { "hello.txt": "hello warpdrive\n" });
});

test("a file with another hash than was announced is not kept, and the offer fails", async () => {
  await using nodes = new Nodes();
  const host = await nodes.fastHost(A);
  const old = new OldNode(host, unified);
  const b = await nodes.node(B, { host: await nodes.fastHost(B), accept: "all" });
  const [port] = unified.ports;
  const files: Info[] = [
    { Uri: "a.txt", Path: "", Size: 3, IsDir: false, Perm: 420, Mime: "", Name: "a.txt", Sha256: "0".repeat(64) },
  ];
  old.answer(
    port,
    encode(requestSchema(port), { command: "download", offerId: "id", index: 0, offset: 0 }),
    Uint8Array.of(0, 1, 2, 3),
  );
  await warpdriveClient({ host, peer: { peerId: B } }).sendOffer("id", files);
  assert.is((await stage(b, "incoming", "id", "failed")).reason, "hash-mismatch");
  assert.equal(read(b.downloads), {});
});

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function hex(bytes: Uint8Array): string {
  return formatHex(sha256(bytes));
}

test.run();
