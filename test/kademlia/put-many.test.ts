import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pack, unpack } from "../../codec/msgpack/mod.ts";
import { keyText } from "../../src/kademlia/values/values.ts";
import type { PutOutcome } from "../../src/kademlia/mod.ts";
import { seed } from "../codec/seed.ts";
import { type Node, World } from "./world.ts";

const test = suite("putting values");

console.log(`  WARPWIRE_SEED=${seed}`);

async function holders(world: World, key: Uint8Array): Promise<Node[]> {
  const found: Node[] = [];
  for (const node of world.nodes) {
    for await (const stored of node.engine.values()) if (keyText(stored.key) === keyText(key)) found.push(node);
  }
  return found;
}

function requests(nodes: readonly Node[]): number {
  return nodes.reduce((sum, { rpc }) => sum + rpc.stats().sent, 0);
}

async function collect(outcomes: AsyncIterable<PutOutcome>, into: PutOutcome[] = []): Promise<PutOutcome[]> {
  for await (const outcome of outcomes) into.push(outcome);
  return into;
}

test("a value is put at the k nodes that are nearest, and here if this is one of them", async () => {
  const world = new World(seed);
  await world.join(120);
  for (let count = 0; count < 20; count++) {
    const node = world.anybody();
    const key = world.network.random.bytes(20);
    assert.equal(await world.drive(node.engine.put(key, pack(count))), { stored: 20, refused: 0 });
    const found = await holders(world, key);
    for (const near of world.nearest(key, 20)) assert.ok(found.includes(near));
    // Twenty others, and this one where it belongs.
    assert.is(found.length, found.includes(node) ? 21 : 20);
  }
});

test("stores are under way before the lookup has ended, where it is known how many nodes there are", async () => {
  const world = new World(seed);
  await world.join(150);
  const node = world.nodes[3];
  for (let count = 0; count < 5; count++) await world.drive(node.engine.findNodes(world.network.random.bytes(20)));
  let early = 0;
  for (let count = 0; count < 10; count++) {
    const sent = () => node.rpc.stats().calls.store?.sent ?? 0;
    const [before] = [sent()];
    let during = 0;
    const onProgress = () => during = sent() - before;
    assert.is(
      (await world.drive(node.engine.put(world.network.random.bytes(20), pack("a"), { onProgress }))).stored,
      20,
    );
    early += during;
    assert.is(sent() - before, 20, "each node is asked once");
  }
  assert.ok(early > 30, `${early} of 200 stores were early`);
});

test("with nobody there, nothing counts as stored", async () => {
  const world = new World(seed);
  const node = await world.add();
  const key = world.network.random.bytes(20);
  assert.equal(await world.drive(node.engine.put(key, pack("a"))), { stored: 0, refused: 0 });
  assert.equal(await world.drive(collect(node.engine.putMany([[key, pack("b")]]))), [
    { key, stored: 0, refused: 0, error: null },
  ]);
  assert.is(unpack((await world.drive(node.engine.get(key)))!.value), "b", "it is kept here");
});

test("nodes that are full say no, and that is told", async () => {
  const world = new World(seed);
  await world.join(6, (index) => index === 0 ? {} : { values: { valuesMax: 1 } });
  const [node] = world.nodes;
  const keys = [1, 2].map(() => world.network.random.bytes(20));
  assert.equal(await world.drive(node.engine.put(keys[0], pack("a"))), { stored: 5, refused: 0 });
  assert.equal(await world.drive(node.engine.put(keys[1], pack("a"))), { stored: 0, refused: 5 });
  assert.equal(
    await world.drive(node.engine.put(keys[0], pack("b"))),
    { stored: 5, refused: 0 },
    "in place of its own",
  );
});

test("what no node of 2016 could read is not put", async () => {
  const world = new World(seed);
  await world.join(3);
  const [node] = world.nodes;
  const key = new Uint8Array(20);
  const [fits, long] = [pack("x".repeat(8116)), pack("x".repeat(8117))];
  assert.equal(await world.drive(node.engine.put(key, fits)), { stored: 2, refused: 0 });
  const error = await node.engine.put(key, long).catch((thrown) => thrown);
  assert.instance(error, RangeError);
  const outcomes = await world.drive(collect(node.engine.putMany([[key, long], [key, fits], [key.slice(1), fits]])));
  assert.equal(outcomes.map(({ stored, error }) => [stored, error === null]).sort(), [[0, false], [0, false], [
    2,
    true,
  ]]);
});

test("many values: 24 requests for each at most, at the same nodes as one by one", async () => {
  const world = new World(seed);
  await world.join(250);
  const node = world.nodes[7];
  const entries = Array.from({ length: 500 }, (_, index) => [world.network.random.bytes(20), pack(index)] as const);
  const before = requests([node]);
  const outcomes = await world.drive(collect(node.engine.putMany(entries)));
  const each = (requests([node]) - before) / entries.length;
  console.log(`  ${each} requests a value`);
  assert.ok(each <= 24, `${each} requests a value`);
  assert.is(outcomes.length, entries.length);
  assert.ok(outcomes.every(({ stored, refused, error }) => stored === 20 && refused === 0 && error === null));
  assert.is(new Set(outcomes.map(({ key }) => keyText(key))).size, entries.length);
  let [right, all] = [0, 0];
  for (const [key] of entries.slice(0, 100)) {
    const found = await holders(world, key);
    for (const near of world.nearest(key, 20, world.but(node))) {
      all++;
      if (found.includes(near)) right++;
    }
  }
  assert.ok(right >= 0.995 * all, `${right} of ${all} nearest nodes have them`);
  for (const [key, value] of entries.slice(0, 50)) {
    assert.equal((await world.drive(world.anybody().engine.get(key)))?.value, value);
  }
});

test("of a key that comes twice, the last value stays", async () => {
  const world = new World(seed);
  await world.join(30);
  const keys = Array.from({ length: 10 }, () => world.network.random.bytes(20));
  const entries = [...keys, ...keys].map((key, index) => [key, pack(index)] as const);
  const outcomes = await world.drive(collect(world.nodes[0].engine.putMany(entries)));
  assert.is(outcomes.length, 20);
  for (const [index, key] of keys.entries()) {
    assert.equal((await world.drive(world.nodes[9].engine.get(key)))?.value, pack(10 + index));
  }
});

test("an aborted one sends nothing more from then on", async () => {
  const world = new World(seed);
  await world.join(60);
  const [node] = world.nodes;
  for (const afterMs of [1, 150, 400, 900]) {
    const controller = new AbortController();
    const entries = Array.from({ length: 300 }, () => [world.network.random.bytes(20), pack("a")] as const);
    const got: PutOutcome[] = [];
    const work = collect(node.engine.putMany(entries, { signal: controller.signal }), got).catch((error) => error);
    await world.pass(afterMs);
    controller.abort();
    // Pings of its own upkeep don't count.
    const sent = () => {
      const { find_node: found, store } = node.rpc.stats().calls;
      return [found, store].map((call) => (call?.sent ?? 0) + (call?.retransmitted ?? 0));
    };
    const before = sent();
    assert.is((await world.drive(work)).code, "aborted");
    await world.pass(60_000);
    assert.equal(sent(), before);
    assert.is(node.rpc.stats().inFlight, 0);
    assert.ok(got.length < 300);
  }
});

test("who leaves the loop gives up the rest", async () => {
  const world = new World(seed);
  await world.join(60);
  const [node] = world.nodes;
  const entries = Array.from({ length: 300 }, () => [world.network.random.bytes(20), pack("a")] as const);
  await world.drive((async () => {
    for await (const outcome of node.engine.putMany(entries)) {
      assert.is(outcome.stored, 20);
      break;
    }
  })());
  await world.pass(10_000);
  assert.ok(node.rpc.stats().calls.store!.sent < 2000);
});

test("nodes that die while values are put are replaced by the next nearest", async () => {
  const world = new World(seed);
  await world.join(100);
  const [node] = world.nodes;
  world.kill(world.nodes.filter((_, index) => index > 0 && index % 5 === 0));
  const entries = Array.from({ length: 100 }, () => [world.network.random.bytes(20), pack("a")] as const);
  const outcomes = await world.drive(collect(node.engine.putMany(entries)));
  assert.ok(outcomes.every(({ stored }) => stored >= 19), JSON.stringify(outcomes.map(({ stored }) => stored)));
});

test.run();
