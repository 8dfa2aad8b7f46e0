/**
 * Signed values in a network of nodes of ours, of nodes of 2016 and of strangers.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex } from "../../../codec/mod.ts";
import type { RpcName } from "../../../codec/protocols/storj/mod.ts";
import { pack, type Packed, unpack } from "../../../codec/msgpack/mod.ts";
import { packSigned, signedKey, unpackSigned } from "../../../codec/protocols/storj/mod.ts";
import { type Answers, rpcEndpoint } from "../../../src/rpc/mod.ts";
import { type OldNode, type OurNode, type Scene, scene, sentOf } from "./nodes.ts";
import { ownerOf, signedBy } from "./owners.ts";

const test = suite("kademlia: signed values in a network");

const alice = ownerOf(100);
const { address } = alice.own;
const key = signedKey(address, "news");

/** A network of eight nodes that check signatures, the first of which is Alice's. */
async function network(): Promise<{ at: Scene; nodes: OurNode[] }> {
  const at = scene();
  const nodes = [alice, ...[1, 2, 3, 4, 5, 6, 7].map((seed) => ownerOf(seed))].map((signatures) =>
    at.node({ signatures })
  );
  await at.join(...nodes);
  return { at, nodes };
}

const put = ({ network }: Scene, node: OurNode, sequence: number, value = `value ${sequence}`) =>
  network.drive(node.dht.putSigned("news", pack(value), { sequence }));

const get = ({ network }: Scene, node: OurNode) => network.drive(node.dht.getSigned(address, "news"));

/** What the nodes have under the key. */
async function kept(nodes: readonly OurNode[], of = key): Promise<(Packed | null)[]> {
  return await Promise.all(nodes.map(async ({ dht }) => {
    for await (const stored of dht.values()) if (formatHex(stored.key) === formatHex(of)) return stored.value;
    return null;
  }));
}

test("what the owner has put is found by all, and the newest of it", async () => {
  const { at, nodes } = await network();
  assert.is(await get(at, nodes[5]), null);
  assert.equal(await put(at, nodes[0], 1), { stored: 7, refused: 0 });
  for (const node of nodes) {
    const found = (await get(at, node))!;
    assert.equal([unpack(found.value), found.sequence, found.copies], ["value 1", 1, 8]);
  }
  assert.equal(await put(at, nodes[0], 5), { stored: 7, refused: 0 });
  assert.is(unpack((await get(at, nodes[3]))!.value), "value 5");
  assert.is(
    unpackSigned((await at.network.drive(nodes[2].dht.get(key)))!.value)!.sequence,
    5,
    "a value like any other",
  );
});

test("lower sequences and other values of the same one are refused by all who have a newer one", async () => {
  const { at, nodes } = await network();
  await put(at, nodes[0], 5);
  assert.equal(await put(at, nodes[0], 4), { stored: 0, refused: 7 });
  assert.equal(await put(at, nodes[0], 5, "another"), { stored: 0, refused: 7 });
  assert.equal(await put(at, nodes[0], 5), { stored: 7, refused: 0 }, "the same again");
  assert.is(unpack((await get(at, nodes[4]))!.value), "value 5");
});

test("strangers overwrite nothing, whatever they store and by whatever call", async () => {
  const { at, nodes } = await network();
  await put(at, nodes[0], 1);
  const genuine = unpackSigned(signedBy(alice, { sequence: 1 }))!;
  const offers = [
    pack("garbage"),
    pack(null),
    signedBy(ownerOf(66), { sequence: 99, key }),
    packSigned({ ...genuine, sequence: 99 }),
    packSigned({ ...genuine, sequence: 2 ** 53 - 1, publicKey: ownerOf(66).own.publicKey }),
  ];
  const host = at.network.addHost();
  await host.start();
  const mallory = rpcEndpoint({ host });
  const nodeId = ownerOf(66).own.nodeId;
  let refused = 0;
  for (const node of nodes) {
    for (const value of offers) {
      const calls = [
        mallory.request(node.address, "store", { nodeId, key, value }),
        mallory.request(node.address, "warpwire_store", { nodeId, key, value, age: 0 }),
      ];
      for (const stored of await at.network.drive(Promise.all(calls))) if (!stored) refused++;
    }
  }
  assert.is(refused, 8 * 5 * 2);
  for (const value of await kept(nodes)) assert.is(unpackSigned(value!)!.sequence, 1);
});

test("a newer value comes in place of one that is younger, with the age that is told", async () => {
  const { at, nodes: [owner, node] } = await network();
  await put(at, owner, 1);
  const args = { nodeId: owner.dht.id, key, value: signedBy(alice, { sequence: 2 }), age: 3600 };
  assert.is(await at.network.drive(owner.rpc.request(node.address, "warpwire_store", args)), true);
  assert.is(unpackSigned((await kept([node]))[0]!)!.sequence, 2);
});

test("who was first under the key is no matter: the owner comes in place of it", async () => {
  const { at, nodes } = await network();
  const [owner, ...others] = nodes;
  await at.network.drive(nodes[3].dht.put(key, pack("garbage")));
  assert.ok((await kept(others)).every((value) => unpack(value!) === "garbage"));
  assert.is(await get(at, nodes[5]), null, "garbage is nothing");
  assert.equal(await put(at, owner, 1), { stored: 7, refused: 0 });
  assert.ok((await kept(others)).every((value) => unpackSigned(value!)?.sequence === 1));
});

/** Nodes of 2016 that are nearest to the key, and have what they are given. */
function oldNodes(at: Scene, nodes: readonly OurNode[], values: readonly Packed[]): OldNode[] {
  const known = nodes.map(({ dht, host }) => {
    const [, ip, port] = /^udp:(.*):(\d+)$/.exec(host.addresses()[0])!;
    return { id: dht.id, ip, port: Number(port) };
  });
  return values.map((value, index) => {
    const old = at.oldNode(key.with(19, key[19] ^ (index + 1)), known);
    old.values.set(formatHex(key), value);
    return old;
  });
}

test("old nodes with garbage, forgeries and old values do not fool a reader", async () => {
  const { at, nodes } = await network();
  const [reader] = nodes.slice(-1);
  await put(at, nodes[0], 7);
  const genuine = unpackSigned(signedBy(alice, { sequence: 7 }))!;
  const values = [
    pack("garbage"),
    packSigned({ ...genuine, sequence: 99 }),
    signedBy(ownerOf(66), { sequence: 99, key }),
    signedBy(alice, { sequence: 3, value: "old" }),
    pack(Array.from({ length: 100 }, () => [])),
  ];
  const old = oldNodes(at, nodes, values);
  for (const { rpc, contact } of old) {
    for (const { address } of nodes) await at.network.drive(rpc.request(address, "ping", { nodeId: contact.id }));
  }
  await at.network.run({ untilMs: at.network.nowMs + 1000 });
  const asked = sentOf(reader, "find_value");
  const found = (await get(at, reader))!;
  assert.equal([unpack(found.value), found.sequence, found.copies, found.answers], ["value 7", 7, 8, 13]);
  assert.is(sentOf(reader, "find_value") - asked, 12, "all are asked");
  // The nearest one that lacked it was given the newest value; the others are left as they are.
  await at.network.run({ untilMs: at.network.nowMs + 1000 });
  const sequences = old.map(({ values }) => unpackSigned(values.get(formatHex(key))!)?.sequence);
  assert.equal(sequences, [7, 99, 99, 3, undefined]);
});

test("a reader takes the newest, though most have an older one", async () => {
  const { at, nodes } = await network();
  await put(at, nodes[0], 1);
  const [old] = oldNodes(at, nodes, [signedBy(alice, { sequence: 2, value: "newest" })]);
  for (const { address } of nodes) {
    await at.network.drive(old.rpc.request(address, "ping", { nodeId: old.contact.id }));
  }
  await at.network.run({ untilMs: at.network.nowMs + 1000 });
  const found = (await get(at, nodes[4]))!;
  assert.equal([unpack(found.value), found.copies], ["newest", 1]);
});

test("nodes that keep silent hold up a reader only where nobody else has the value", async () => {
  const { at, nodes } = await network();
  await put(at, nodes[0], 1);
  const host = at.network.addHost();
  await host.start();
  const nodeId = key.with(19, key[19] ^ 1);
  let asked = 0;
  const answer: Answers = { ping: () => nodeId, find_node: () => [], find_value: () => void asked++ };
  const mute = rpcEndpoint({ host, answer });
  for (const { address } of nodes) await at.network.drive(mute.request(address, "ping", { nodeId }));
  await at.network.run({ untilMs: at.network.nowMs + 1000 });
  const begun = at.network.nowMs;
  assert.is((await get(at, nodes[4]))!.copies, 8);
  assert.ok(asked > 0);
  assert.ok(at.network.nowMs - begun < 500, `${at.network.nowMs - begun} ms`);
  assert.is(await at.network.drive(nodes[4].dht.getSigned(address, "nothing")), null);
});

test("a node without signatures keeps signed values like all others, and reads none", async () => {
  const at = scene();
  const [plain, owner] = [at.node(), at.node({ signatures: alice })];
  await at.join(plain, owner);
  assert.equal(await put(at, owner, 2), { stored: 1, refused: 0 });
  assert.equal(await at.network.drive(owner.dht.put(key, pack("garbage"))), { stored: 1, refused: 0 });
  for (const refused of [plain.dht.getSigned(address, "news"), plain.dht.putSigned("n", pack(1), { sequence: 1 })]) {
    assert.instance(await refused.catch((error) => error), TypeError);
  }
});

test("an aborted reading sends nothing more", async () => {
  const { at, nodes } = await network();
  await put(at, nodes[0], 1);
  // By then the nodes have looked around after joining.
  await at.network.run({ untilMs: at.network.nowMs + 20_000 });
  const controller = new AbortController();
  const reading = nodes[5].dht.getSigned(address, "news", { signal: controller.signal });
  const failed = reading.catch((error) => error);
  await at.network.run({ untilMs: at.network.nowMs + 60 });
  controller.abort();
  // Contacts that have answered are introduced yet, which is not a part of reading.
  const sent = () =>
    ["find_node", "find_value", "store"].map((rpc) => nodes[5].rpc.stats().calls[rpc as RpcName]?.sent);
  const before = sent();
  assert.is((await failed).code, "aborted");
  await at.network.run({ untilMs: at.network.nowMs + 20_000 });
  assert.equal(sent(), before);
});

test.run();
