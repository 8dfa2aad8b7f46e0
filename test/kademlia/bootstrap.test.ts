import { suite } from "uvu";
import * as assert from "uvu/assert";
import { idOf } from "./make.ts";
import { World } from "./world.ts";

const test = suite("joining a network");

test("addresses are asked again after pauses that grow from 1 s to 60 s, until one answers", async () => {
  const world = new World(1, { jitterMs: 0 });
  const node = await world.add();
  const silent = await world.fake({});
  const times: number[] = [];
  const joining = world.drive(node.engine.bootstrap([silent.address]));
  // `drive` lets time pass; a script looks on and lets somebody answer after ten minutes.
  let sent = 0;
  const look = () => {
    const now = node.rpc.stats().calls.ping?.sent ?? 0;
    if (now > sent) times.push(world.network.nowMs);
    sent = now;
    if (world.network.nowMs < 600_000) world.network.at(world.network.nowMs + 100, look);
    else silent.rpc.handle({ ping: () => idOf([1]), find_node: () => [] });
  };
  look();
  assert.equal(await joining, { contacts: 1 });
  const gaps = times.slice(1).map((time, index) => time - times[index]);
  assert.ok(gaps[0] >= 1000 && gaps[0] < 8000, `${gaps}`);
  assert.ok(gaps.at(-1)! >= 60_000 && gaps.at(-1)! < 82_000, `${gaps}`);
  assert.ok(gaps.length < 20, `${gaps}`);
});

test("who gives up waiting asks nobody any more", async () => {
  const world = new World(2);
  const node = await world.add();
  const silent = await world.fake({});
  const controller = new AbortController();
  const failed = node.engine.bootstrap([silent.address], { signal: controller.signal }).catch((error) => error);
  await world.pass(1500);
  controller.abort();
  assert.is((await failed).code, "aborted");
  const { sent, retransmitted } = node.rpc.stats();
  await world.pass(300_000);
  const after = node.rpc.stats();
  assert.equal([after.sent, after.retransmitted, node.clock.timers], [sent, retransmitted, 0]);
  const late = node.engine.bootstrap([silent.address], { timeoutMs: 1000 }).catch((error) => error);
  assert.is((await world.drive(late)).code, "timeout");
});

test("a node that was killed finds its network by its snapshot alone", async () => {
  const world = new World(3);
  await world.join(30);
  const [old] = world.nodes;
  const snapshot = old.engine.snapshot();
  assert.ok(snapshot.contacts.length >= 10);
  world.kill([old]);
  const node = await world.add({ id: old.id });
  node.engine.restore(structuredClone(snapshot));
  const { contacts } = await world.drive(node.engine.bootstrap([]));
  assert.ok(contacts >= 10, `${contacts}`);
  const target = world.network.random.bytes(20);
  const found = await world.drive(node.engine.findNodes(target));
  assert.equal(found.contacts.map(({ id }) => id), world.nearest(target, 20, world.but(node)).map(({ id }) => id));
});

test("a node that was cut off comes back by itself, also when its table has become empty", async () => {
  const world = new World(4);
  await world.join(20);
  const [node] = world.nodes;
  world.network.partition([node.host]);
  for (let round = 0; round < 40 && node.engine.contacts().length > 0; round++) {
    await world.drive(node.engine.findNodes(world.network.random.bytes(20)));
    await world.pass(10_000);
  }
  assert.equal(node.engine.contacts(), []);
  assert.is(node.events.filter(({ type }) => type === "alone").length, 1);
  await world.pass(600_000);
  world.network.heal();
  await world.pass(120_000);
  assert.ok(node.engine.contacts().length >= 10, `${node.engine.contacts().length}`);
});

test("parts of the network of which nothing was heard for an hour get a lookup inside them", async () => {
  const world = new World(5);
  await world.join(60);
  const [node] = world.nodes;
  await world.pass(60_000);
  node.events.length = 0;
  await world.pass(3 * 3_600_000);
  const targets = node.events.flatMap((event) => event.type === "lookup" ? [event.target] : []);
  const shared = (target: Uint8Array) => {
    const at = target.findIndex((byte, index) => byte !== node.id[index]);
    return at < 0 ? 160 : 8 * at + Math.clz32(target[at] ^ node.id[at]) - 24;
  };
  const bits = targets.map(shared);
  for (const bucket of [0, 160]) {
    const count = bits.filter((number) => number === bucket).length;
    assert.ok(count >= 2 && count <= 4, `${count} lookups of ${bucket} in ${bits}`);
  }
});

test("the size of the network is known within the bounds that are given", async () => {
  const world = new World(6);
  await world.join(150);
  let within = 0;
  for (const node of world.nodes.slice(0, 20)) {
    for (let round = 0; round < 30; round++) await world.drive(node.engine.findNodes(world.network.random.bytes(20)));
    const { nodes, low, high } = node.engine.networkSize()!;
    assert.ok(nodes > 75 && nodes < 300, `${nodes}`);
    if (low <= 150 && high >= 150) within += 1;
  }
  assert.ok(within >= 16, `${within} of 20`);
});

test("a closed node answers no more and leaves no timer, and what waits for it ends", async () => {
  const world = new World(7);
  await world.join(10);
  const [node, other] = world.nodes;
  const failed = node.engine.findNodes(idOf([1])).catch((error) => error);
  await node.engine.close();
  assert.is((await failed).code, "closed");
  assert.is(node.clock.timers, 0);
  assert.is((await node.engine.get(idOf([1])).catch((error) => error)).code, "closed");
  const answer = other.rpc.request(node.address, "ping", { nodeId: other.id }).catch((error) => error);
  assert.is((await world.drive(answer)).code, "timeout");
});

test.run();
