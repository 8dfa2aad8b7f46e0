import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { RpcName } from "../../codec/protocols/storj/mod.ts";
import { idOf } from "./make.ts";
import { type Fake, type Node, World } from "./world.ts";

const test = suite("peers of a node");

/** A peer that says who it is, and names nobody. */
function plain(id: Uint8Array) {
  return { ping: () => id, find_node: () => [] };
}

function asked(fake: Fake, rpc: RpcName): number {
  return fake.rpc.stats().calls[rpc]?.asked ?? 0;
}

function ids(node: Node): string[] {
  return node.engine.contacts().map(({ contact: { id, address } }) => `${id[0]} ${address}`).sort();
}

/** A call of a peer that says who it is. */
async function call(world: World, from: Fake, to: Node, nodeId: Uint8Array): Promise<void> {
  await world.drive(from.rpc.request(to.address, "ping", { nodeId }));
  await world.pass(2000);
}

test("a caller comes in after it has answered a ping, under the id that it answers with", async () => {
  const world = new World(1, { jitterMs: 0 });
  const node = await world.add({ id: idOf([0x80]) });
  const honest = await world.fake(plain(idOf([1])));
  const liar = await world.fake(plain(idOf([2])));
  await call(world, honest, node, idOf([1]));
  assert.is(asked(honest, "ping"), 1);
  await call(world, honest, node, idOf([1]));
  assert.is(asked(honest, "ping"), 1, "not again and again");
  await call(world, liar, node, idOf([9]));
  assert.equal(ids(node), [`1 ${honest.address}`, `2 ${liar.address}`]);
});

test("a caller that does not answer is asked ever more seldom, and is not named to others", async () => {
  const world = new World(2, { jitterMs: 0 });
  const node = await world.add({ id: idOf([0x80]) });
  const silent = await world.fake({});
  const sent = [0];
  for (let minute = 0; minute < 5; minute++) {
    for (let round = 0; round < 29; round++) await call(world, silent, node, idOf([1]));
    sent.push(node.rpc.stats().calls.ping!.sent);
  }
  const [first, ...later] = sent.slice(1).map((count, minute) => count - sent[minute]);
  assert.ok(first >= 4 && first <= 6, sent.join());
  assert.ok(later.every((count) => count <= 2), sent.join());
  assert.equal(ids(node), []);
  const other = await world.fake(plain(idOf([2])));
  const named = await world.drive(
    other.rpc.request(node.address, "find_node", { nodeId: idOf([2]), key: idOf([1]) }),
  );
  assert.equal(named, []);
});

test("a caller that was busy for a moment comes in when it calls again", async () => {
  const world = new World(10, { jitterMs: 0 });
  const node = await world.add({ id: idOf([0x80]) });
  let isBusy = true;
  const caller = await world.fake({ ping: () => isBusy ? undefined : idOf([1]) });
  await call(world, caller, node, idOf([1]));
  assert.equal(ids(node), []);
  await world.pass(10_000);
  isBusy = false;
  await call(world, caller, node, idOf([1]));
  assert.equal(ids(node), [`1 ${caller.address}`]);
});

test("callers that are pinged at once are bounded", async () => {
  const world = new World(3, { jitterMs: 0 });
  const node = await world.add({ id: idOf([0x80]) });
  const strangers = await Promise.all(Array.from({ length: 60 }, () => world.fake({})));
  for (const [index, { rpc }] of strangers.entries()) {
    void rpc.request(node.address, "ping", { nodeId: idOf([0x80, index]) }).catch(() => {});
  }
  await world.pass(100);
  assert.ok(node.rpc.stats().inFlight <= 16, `${node.rpc.stats().inFlight}`);
});

test("answers leave out the caller, by its id and by its address, and name the node that is asked for", async () => {
  const world = new World(4, { jitterMs: 0 });
  const node = await world.add({ id: idOf([0x80]) });
  const peers = await Promise.all([1, 2, 3].map((first) => world.fake(plain(idOf([first])))));
  for (const [index, peer] of peers.entries()) await call(world, peer, node, idOf([index + 1]));
  const named = async (nodeId: Uint8Array) => {
    const answer = await world.drive(peers[0].rpc.request(node.address, "find_node", { nodeId, key: idOf([2]) }));
    return answer.map(({ id }) => id[0]).sort();
  };
  assert.equal(await named(idOf([1])), [2, 3]);
  assert.equal(await named(idOf([2])), [3], "by id 2 and by the address of 1");
});

test("ping and stun say who and where", async () => {
  const world = new World(5);
  const node = await world.add();
  const peer = await world.fake({}, "udp:[2001:db8::7]:99");
  assert.equal(await world.drive(peer.rpc.request(node.address, "ping", { nodeId: idOf([1]) })), node.id);
  const seen = await world.drive(peer.rpc.request(node.address, "stun", {}));
  assert.equal(seen, { ip: "2001:db8::7", port: 99 });
});

test("a contact goes after two requests without an answer, and one that waited takes its place", async () => {
  const world = new World(6, { jitterMs: 0 });
  const node = await world.add({ id: idOf([0x80]), k: 2 });
  // Two near ones split the bucket off the far half, which then has room for two.
  const near = await Promise.all([1, 2, 3].map((last) => world.fake(plain(idOf([0x80, last])))));
  for (const [index, peer] of near.entries()) await call(world, peer, node, idOf([0x80, index + 1]));
  const far = await Promise.all([1, 2, 3].map((last) => world.fake(plain(idOf([last])))));
  await world.drive(node.engine.bootstrap(far.map(({ address }) => address)));
  const known = ids(node).filter((text) => !text.startsWith("128"));
  assert.is(known.length, 2, known.join());
  const [waits] = far.filter(({ address }) => !known.some((text) => text.endsWith(` ${address}`)));
  const [victim] = far.filter((fake) => fake !== waits);
  victim.host.crash();
  assert.is(node.rpc.stats().timedOut, 0);
  await world.drive(node.engine.findNodes(idOf([far.indexOf(victim) + 1])));
  await world.pass(20_000);
  assert.is(node.rpc.stats().timedOut, 2, "a request and a ping");
  const now = ids(node);
  assert.not(now.some((text) => text.endsWith(` ${victim.address}`)), now.join());
  assert.ok(now.some((text) => text.endsWith(` ${waits.address}`)), now.join());
});

test("a full bucket asks whom it has not heard of for long, and only a silent one is replaced", async () => {
  const world = new World(7, { jitterMs: 0 });
  const node = await world.add({ id: idOf([0x80]), k: 2 });
  const peers = await Promise.all([1, 2, 3].map((last) => world.fake(plain(idOf([last])))));
  const near = await world.fake(plain(idOf([0x81])));
  await call(world, near, node, idOf([0x81]));
  await call(world, peers[0], node, idOf([1]));
  await world.pass(1000);
  await call(world, peers[1], node, idOf([2]));
  const full = ids(node);
  assert.is(full.length, 3, full.join());
  await call(world, peers[2], node, idOf([3]));
  assert.equal(ids(node), full, "those that were heard of lately stay, and nobody is asked");
  assert.is(asked(peers[2], "ping"), 0);
  await world.pass(16 * 60_000);
  await call(world, peers[2], node, idOf([3]));
  await world.pass(10_000);
  assert.equal(ids(node), full, "both are alive");
  peers[0].host.crash();
  await world.pass(16 * 60_000);
  // One of the two is asked for each call; the other one is alive.
  for (let round = 0; round < 2; round++) {
    await call(world, peers[2], node, idOf([3]));
    await world.pass(30_000);
  }
  const now = ids(node);
  assert.not(now.some((text) => text.startsWith("1 ")), now.join());
  assert.ok(now.some((text) => text.startsWith("3 ")), now.join());
});

test("an id at another address takes the place of the old one only when that one is silent", async () => {
  const world = new World(8, { jitterMs: 0 });
  const node = await world.add({ id: idOf([0x80]) });
  const [old, moved] = [await world.fake(plain(idOf([1]))), await world.fake(plain(idOf([1])))];
  await call(world, old, node, idOf([1]));
  await world.pass(10_000);
  await call(world, moved, node, idOf([1]));
  await world.pass(20_000);
  assert.equal(ids(node), [`1 ${old.address}`]);
  old.host.crash();
  await call(world, moved, node, idOf([1]));
  await world.pass(30_000);
  assert.equal(ids(node), [`1 ${moved.address}`]);
});

test("an address with another id takes the place of the old one, when that is who answers there", async () => {
  const world = new World(9, { jitterMs: 0 });
  const node = await world.add({ id: idOf([0x80]) });
  let id = idOf([1]);
  const peer = await world.fake({ ping: () => id, find_node: () => [] });
  await call(world, peer, node, idOf([1]));
  // Somebody names the address under an invented id: it answers, but as who it is.
  const { ip, port } = node.engine.contacts()[0].contact;
  const liar = await world.fake({ ping: () => idOf([2]), find_node: () => [{ id: idOf([7]), ip, port }] });
  await world.drive(node.engine.bootstrap([liar.address]));
  await world.drive(node.engine.findNodes(idOf([7])));
  await world.pass(20_000);
  assert.equal(ids(node), [`1 ${peer.address}`, `2 ${liar.address}`]);
  // The same program with another id.
  id = idOf([7]);
  await world.drive(node.engine.findNodes(idOf([7])));
  await world.pass(20_000);
  assert.equal(ids(node), [`2 ${liar.address}`, `7 ${peer.address}`]);
});

test.run();
