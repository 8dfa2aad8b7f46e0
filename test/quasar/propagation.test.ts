import { suite } from "uvu";
import * as assert from "uvu/assert";
import { filterHas } from "../../codec/protocols/storj/mod.ts";
import type { QuasarEvent } from "../../src/quasar/api.ts";
import { Propagation } from "../../src/quasar/propagation.ts";
import { seed } from "../codec/seed.ts";
import { ManualClock } from "../host/manual-clock.ts";
import { knows, PropagationWorld, type TestNode } from "./propagation-world.ts";

const test = suite("quasar: propagation");

test("neighbours agree in both directions, and each level 1 is what the neighbours have", async () => {
  const world = new PropagationWorld(7);
  await world.grow(50);
  assert.equal(world.wrong(), []);
  const degrees = world.nodes.map(({ propagation }) => propagation.all().length);
  assert.ok(degrees.every((degree) => degree >= 10 && degree <= 30), String(degrees));
  assert.ok(world.sent.every(({ bytes }) => bytes <= 2560), "a first exchange");
  assert.is(new Set(world.nodes[0].propagation.all()).size, degrees[0]);
  assert.is(world.nodes[0].propagation.all(), world.nodes[0].propagation.all(), "the same list");
  // What goes along only with the next change comes with the refresh at last.
  await world.pass(620_000);
  assert.equal(world.wrong(3), []);
  const { neighbours, known, updatesRefused, leftOut } = world.nodes[0].propagation.stats();
  assert.equal([neighbours, known, updatesRefused, leftOut], [degrees[0], degrees[0], 0, 0]);
});

test("a subscription costs no more messages than there are nodes, and each is small", async () => {
  for (const [count, rounds] of [[50, 6], [120, 2]]) {
    const world = new PropagationWorld(count);
    await world.grow(count);
    for (const { overlay } of world.nodes) overlay.everybody = world.nodes.map(({ id }) => id);
    await world.pass(30_000);
    world.sent.length = 0;
    for (let round = 0; round < rounds; round++) {
      const node = world.nodes[7 * round];
      world.subscribe(node, `topic ${round}`);
      await world.pass(5000);
      assert.equal(world.wrong(), []);
      // Everybody within two hops knows of a way, though most neighbours have told nobody.
      const near = world.neighboursOf(node);
      for (const other of near.flatMap((one) => world.neighboursOf(one))) {
        const isTold = other === node ||
          world.neighboursOf(other).some((one) =>
            knows(other, one, 0, `topic ${round}`) || knows(other, one, 1, `topic ${round}`)
          );
        assert.ok(isTold, `${other.address} knows no way to ${node.address}`);
      }
    }
    assert.ok(world.sent.length / rounds <= count, `${world.sent.length / rounds} messages a subscription`);
    const mean = world.sent.reduce((sum, { bytes }) => sum + bytes, 0) / world.sent.length;
    assert.ok(mean <= 250, `${mean} bytes on the average`);
    const toNeighbours = world.sent.filter(({ from }) =>
      world.nodes.some((node, at) => node.host === from && at % 7 === 0)
    );
    assert.ok(toNeighbours.some(({ bytes }) => bytes <= 200));
    console.log(
      `  ${count} nodes: ${(world.sent.length / rounds).toFixed(1)} messages of ${
        mean.toFixed(0)
      } bytes a subscription`,
    );
  }
});

test("whatever is lost, all levels are right in the end", async () => {
  console.log(`  WARPWIRE_SEED=${seed}`);
  const world = new PropagationWorld(seed, { loss: 0.1, duplicate: 0.05 });
  await world.grow(24, 5);
  const { random } = world.network;
  const anybody = () => world.nodes[Math.floor(random.next() * world.nodes.length)];
  for (let step = 0; step < 150; step++) {
    const node = anybody();
    const topic = Math.floor(random.next() * 8);
    if (random.next() < 0.5) world.subscribe(node, topic);
    else world.unsubscribe(node, topic);
    if (random.next() < 0.05) world.chooseAll(3 + Math.floor(random.next() * 4));
    await world.pass(random.next() * 1500);
  }
  // A lost agreement is made again at the refresh.
  await world.pass(700_000);
  assert.equal(world.wrong(), []);
  for (const node of world.nodes) {
    for (const { address, id } of node.overlay.neighbours()) {
      const known = node.propagation.all().find((one) => one.address === address);
      assert.ok(known !== undefined && filterHas(known.levels[0], id), "whoever was chosen is a neighbour");
    }
  }
});

/** Two nodes that have chosen each other. */
async function pair(
  options: ConstructorParameters<typeof PropagationWorld>[1] = {},
  limits = {},
): Promise<PropagationWorld> {
  const world = new PropagationWorld(3, options);
  await world.grow(2, 10, limits);
  return world;
}

test("changes are gathered for 200 ms, and a neighbour is told once a second at most", async () => {
  const world = await pair();
  const [alice, bob] = world.nodes;
  await world.pass(5000);
  world.sent.length = 0;
  for (let topic = 0; topic < 20; topic++) {
    world.subscribe(alice, topic);
    await world.pass(5);
  }
  await world.pass(95);
  assert.is(world.sent.length, 0, "gathered");
  await world.pass(500);
  assert.is(world.sent.length, 1, "all together, and the other tells nothing, since it would be the last level");
  assert.ok(knows(bob, alice, 0, 0) && knows(bob, alice, 0, 19));
  world.sent.length = 0;
  for (let round = 0; round < 100; round++) {
    world.subscribe(alice, `more ${round}`);
    await world.pass(100);
  }
  await world.pass(2000);
  assert.ok(world.sent.length <= 12 && world.sent.length >= 8, `${world.sent.length} in 12 s`);
  assert.ok(world.sent.every(({ atMs }, at) => at === 0 || atMs - world.sent[at - 1].atMs >= 1000));
  assert.equal(world.wrong(), []);
});

test("a subscription is ended as soon as it is begun, and nothing is sent for what comes to nothing", async () => {
  const world = await pair();
  const [alice, bob] = world.nodes;
  await world.pass(5000);
  world.subscribe(alice, "news");
  await world.pass(400);
  assert.ok(knows(bob, alice, 0, "news"));
  await world.pass(2000);
  world.unsubscribe(alice, "news");
  await world.pass(400);
  assert.not(knows(bob, alice, 0, "news"));
  await world.pass(2000);
  world.sent.length = 0;
  world.subscribe(alice, "news");
  await world.pass(100);
  world.unsubscribe(alice, "news");
  world.subscribe(alice, "5");
  world.unsubscribe(alice, "5");
  assert.not(alice.propagation.unsubscribe("never"));
  await world.pass(3000);
  assert.ok(world.sent.length <= 1);
  assert.equal(world.wrong(), []);
  alice.propagation.subscribe(5);
  assert.ok(alice.propagation.unsubscribe("5"), "as keys they are the same");
});

test("of the last level only a little goes along with others, and all of it with the refresh", async () => {
  const world = await pair();
  const [alice, bob] = world.nodes;
  await world.pass(3000);
  for (let topic = 0; topic < 20; topic++) world.subscribe(bob, topic);
  const known = () =>
    Array.from({ length: 20 }, (_, topic) => topic).filter((topic) => knows(alice, bob, 2, topic)).length;
  await world.pass(3000);
  assert.is(known(), 0, "nobody tells it alone");
  await world.pass(1_300_000);
  assert.is(known(), 20);
});

test("neighbours whom neither wants any more are none; one who is still wanted stays", async () => {
  const world = await pair();
  const [alice, bob] = world.nodes;
  alice.overlay.choose([]);
  await world.pass(3000);
  assert.equal([alice.propagation.all().length, bob.propagation.all().length], [1, 1], "bob wants alice");
  world.subscribe(bob, "news");
  await world.pass(3000);
  assert.ok(knows(alice, bob, 0, "news"));
  bob.overlay.choose([]);
  await world.pass(3000);
  assert.equal([alice.propagation.all().length, bob.propagation.all().length], [0, 0]);
  assert.equal(world.wrong(), []);
});

test("who begins anew at its address gets everything again, and so do its neighbours", async () => {
  for (const isChosen of [true, false]) {
    const world = await pair();
    const [alice, bob] = world.nodes;
    world.subscribe(alice, "news");
    world.subscribe(bob, "weather");
    await world.pass(3000);
    const again = await world.restart(bob);
    if (isChosen) again.overlay.choose([alice]);
    else world.subscribe(alice, "more");
    await world.pass(8000);
    assert.ok(knows(again, alice, 0, "news"));
    assert.not(knows(alice, again, 0, "weather"), "it has not subscribed again");
    assert.equal(world.wrong(), []);
  }
});

test("events say who is a neighbour, and a silent one is none; it is asked again at the refresh", async () => {
  const events: QuasarEvent[] = [];
  const world = await pair({}, { onEvent: (event: QuasarEvent) => void events.push(event) });
  const [alice, bob] = world.nodes;
  assert.equal(events.map(({ type }) => type), ["neighbour-added", "neighbour-added"]);
  world.network.partition([alice.host], [bob.host]);
  const [known] = alice.propagation.all();
  alice.propagation.silent(known);
  await world.pass(25_000);
  assert.is(alice.propagation.all().length, 0);
  assert.equal(alice.overlay.refusals.map(({ address }) => address), [bob.address]);
  assert.is(events.at(-1)!.type, "neighbour-gone");
  assert.is(filterHas(alice.propagation.own()[1], bob.id), false);
  world.network.heal();
  await world.pass(620_000);
  assert.equal([alice.propagation.all().length, bob.propagation.all().length], [1, 1]);
  assert.equal(world.wrong(), []);
  alice.propagation.silent(alice.propagation.all()[0]);
  await world.pass(25_000);
  assert.is(alice.propagation.all().length, 1, "it was there");
});

test("filters that are not told again are too old after eleven minutes", async () => {
  const world = await pair({}, { refreshMs: 2 ** 40 });
  const [alice, bob] = world.nodes;
  const [known] = alice.propagation.all();
  await world.pass(640_000);
  assert.is(known.levels.length, 3);
  await world.pass(30_000);
  assert.is(known.levels.length, 0);
  assert.equal([alice.propagation.stats().neighbours, alice.propagation.stats().known], [1, 0]);
  world.subscribe(bob, "news");
  await world.pass(3000);
  assert.ok(knows(alice, bob, 0, "news"), "whoever has lost them is told all of them");
});

test("there are 40 neighbours at most, those whom this node has chosen first", async () => {
  const world = new PropagationWorld(5);
  const hub = await world.add({ limits: { neighbours: 4 } });
  const others: TestNode[] = [];
  for (let index = 0; index < 8; index++) others.push(await world.add());
  for (const other of others.slice(0, 6)) other.overlay.choose([hub]);
  await world.pass(10_000);
  const addresses = () => hub.propagation.all().map(({ address }) => address);
  assert.is(addresses().length, 4);
  const refused = others.slice(0, 6).filter(({ overlay }) => overlay.refusals.length > 0);
  assert.is(refused.length, 2, "the others were declined");
  hub.overlay.choose([others[6], others[7]]);
  await world.pass(10_000);
  assert.is(addresses().length, 4);
  assert.ok(addresses().includes(others[6].address) && addresses().includes(others[7].address));
  assert.equal(world.wrong().filter((text) => !text.includes("is no neighbour of")), []);
});

test("nodes of ours with the two layouts understand each other", async () => {
  const world = new PropagationWorld(6);
  const old = await world.add();
  const also = await world.add();
  const newer = await world.add({ layout: "2.0" });
  newer.overlay.choose([old]);
  old.overlay.choose([newer, also]);
  await world.pass(5000);
  world.subscribe(newer, "news");
  world.subscribe(also, "weather");
  await world.pass(5000);
  assert.ok(knows(old, newer, 0, "news"));
  assert.ok(knows(newer, old, 1, "weather"));
  assert.ok(knows(also, old, 1, "news"), "they are united in the layout that both have");
  assert.is(old.propagation.all().find(({ address }) => address === newer.address)!.levels[0].sliceBits, 1473);
});

test("filters of one level, of two and of more than ours count as far as they go", async () => {
  const world = new PropagationWorld(8);
  const nodes: TestNode[] = [];
  for (const depth of [1, 2, 3, 5]) nodes.push(await world.add({ depth, capacity: 256 }));
  for (const node of nodes) node.overlay.choose(nodes.filter((other) => other !== node));
  await world.pass(5000);
  for (const [index, node] of nodes.entries()) world.subscribe(node, `topic ${index}`);
  await world.pass(5000);
  for (const node of nodes) {
    for (const other of nodes) {
      if (other === node) continue;
      assert.ok(knows(node, other, 0, `topic ${nodes.indexOf(other)}`));
    }
  }
  assert.ok(filterHas(nodes[2].propagation.own()[1], "topic 0"));
});

test("options that make no filters, or such that fit into no datagram, are refused; closing ends everything", async () => {
  const world = new PropagationWorld(9);
  const { overlay, rpc, host: { clock, random }, propagation } = await world.add();
  propagation.close();
  propagation.close();
  for (
    const options of [{ capacity: 0 }, { errorRate: 1 }, { capacity: 5000 }, { depth: 9 }, {
      limits: { neighbours: 0 },
    }]
  ) {
    assert.throws(
      () => new Propagation({ overlay, rpc, clock, random, ...options }),
      RangeError,
      JSON.stringify(options),
    );
  }
  const counted = new ManualClock();
  const again = new Propagation({ overlay, rpc, clock: counted, random, depth: 4 });
  again.subscribe("news");
  assert.is(counted.timers, 1);
  again.close();
  assert.is(counted.timers, 0);
  const { events } = { events: world.network.eventCount };
  await world.pass(1_000_000);
  assert.is(world.network.eventCount, events, "no timer is left");
});

test.run();
