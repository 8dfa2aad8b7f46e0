import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex } from "../../codec/mod.ts";
import type { Kademlia } from "../../src/kademlia/mod.ts";
import { kademliaOverlay } from "../../src/quasar/mod.ts";
import type { Neighbour } from "../../src/quasar/mod.ts";
import { Propagation } from "../../src/quasar/propagation.ts";
import { distanceOf } from "../kademlia/make.ts";
import { type Node, World } from "../kademlia/world.ts";

const test = suite("quasar: the overlay of a hash table");

const names = (neighbours: readonly Neighbour[]) => neighbours.map(({ id }) => formatHex(id));

/** How many bits two ids share at the beginning. */
function shared(a: Uint8Array, b: Uint8Array): number {
  return 160 - distanceOf(a, b).toString(2).length;
}

/** The ids of the nearest of some contacts, the nearest first. */
function nearest({ id, engine }: Node, count: number): Uint8Array[] {
  const ids = engine.contacts().map(({ contact }) => contact.id);
  return ids.sort((a, b) => distanceOf(id, a) < distanceOf(id, b) ? -1 : 1).slice(0, count);
}

test("the ten nearest, and one of each part that is farther away", async () => {
  const world = new World(21);
  await world.join(60);
  for (const node of world.nodes) {
    const chosen = kademliaOverlay(node.engine, { clock: node.clock }).neighbours();
    const near = nearest(node, 10);
    assert.equal(names(chosen.slice(0, 10)), near.map(formatHex));
    const bits = shared(node.id, near[9]);
    const parts = new Set(
      node.engine.contacts().map(({ contact }) => shared(node.id, contact.id)).filter((one) => one < bits),
    );
    assert.equal(chosen.slice(10).map(({ id }) => shared(node.id, id)).sort(), [...parts].sort());
    for (const { id, address } of chosen) {
      assert.ok(node.engine.contacts().some(({ contact }) => contact.address === address && contact.id === id));
    }
  }
});

test("nodes choose different ones of a part that is far away from all of them", async () => {
  const world = new World(22);
  await world.join(60);
  const chosen = new Map<string, number>();
  const near = world.nodes.filter(({ id }) => id[0] < 128);
  for (const { engine, clock, id } of near) {
    for (const one of kademliaOverlay(engine, { clock }).neighbours()) {
      if (shared(id, one.id) === 0) chosen.set(formatHex(one.id), (chosen.get(formatHex(one.id)) ?? 0) + 1);
    }
  }
  assert.ok(chosen.size >= 6, `${chosen.size} of ${world.nodes.length - near.length}`);
  assert.ok(Math.max(...chosen.values()) <= near.length / 3);
});

test("a neighbour that is far away stays as long as it lives; another one takes its place if it is gone or refuses", async () => {
  const world = new World(23);
  await world.join(40);
  const node = world.nodes[0];
  const overlay = kademliaOverlay(node.engine, { clock: node.clock });
  let told = 0;
  const listener = overlay.onChange(() => told++);
  const far = () => overlay.neighbours().slice(10);
  const [first] = far();
  await world.join(30);
  overlay.changed();
  overlay.changed();
  await world.pass(500);
  assert.is(told, 0, "gathered");
  await world.pass(1000);
  assert.is(told, 1);
  assert.ok(names(far()).includes(formatHex(first.id)), "it is not changed for another one");
  overlay.changed();
  await world.pass(1500);
  assert.is(told, 1, "nothing has changed");
  const part = shared(node.id, first.id);
  const of = (neighbours: readonly Neighbour[]) => neighbours.find(({ id }) => shared(node.id, id) === part);
  overlay.refused!(first);
  await world.pass(1500);
  const second = of(overlay.neighbours())!;
  assert.equal([told, names([second]).includes(formatHex(first.id))], [2, false]);
  await world.pass(700_000);
  overlay.changed();
  await world.pass(1500);
  assert.is(of(overlay.neighbours()), second, "nor for the one that was there before, when its time is over");
  const [nearestOne] = overlay.neighbours();
  overlay.refused!(nearestOne);
  await world.pass(1500);
  assert.not(names(overlay.neighbours()).includes(formatHex(nearestOne.id)));
  assert.is(names(overlay.neighbours().slice(0, 10)).length, 10, "the eleventh is in its place");
  const ids = node.engine.contacts().map(({ contact }) => formatHex(contact.id));
  assert.equal(overlay.known!().map(formatHex).sort(), ids.sort());
  await world.pass(700_000);
  overlay.changed();
  await world.pass(1500);
  assert.ok(names(overlay.neighbours()).includes(formatHex(nearestOne.id)), "it is asked again some time");
  const before = told;
  listener[Symbol.dispose]();
  overlay.refused!(of(overlay.neighbours())!);
  await world.pass(1500);
  assert.is(told, before, "who does not listen any more is not told");
  overlay.close();
  overlay.changed();
  const { timers } = node.clock;
  overlay.close();
  assert.is(node.clock.timers, timers);
});

/** Nodes of a hash table of which each has its overlay, and tells its neighbours its filters. */
class Swarm {
  readonly world: World;
  readonly members: { node: Node; propagation: Propagation }[] = [];

  constructor(seed: number) {
    this.world = new World(seed, { loss: 0.01 });
  }

  async grow(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      let changed = () => {};
      const node = await this.world.add({ offers: ["quasar"], onEvent: () => changed() });
      const overlay = kademliaOverlay(node.engine, { clock: node.clock });
      changed = () => overlay.changed();
      const { rpc, clock, host: { random } } = node;
      const propagation = new Propagation({ overlay, rpc, clock, random });
      this.members.push({ node, propagation });
      const via = index === 0 ? [] : [this.members[Math.floor(random.next() * index)].node.address];
      await this.world.drive(node.engine.bootstrap(via));
    }
    await this.world.pass(30_000);
  }
}

test("nodes of a hash table agree on neighbours by themselves, and old nodes among them are found out", async () => {
  const swarm = new Swarm(24);
  await swarm.grow(30);
  const plain: Kademlia[] = [];
  for (let index = 0; index < 3; index++) {
    const node = await swarm.world.add();
    plain.push(node.engine);
    await swarm.world.drive(node.engine.bootstrap([swarm.members[index].node.address]));
  }
  await swarm.world.pass(60_000);
  const addresses = new Set(swarm.members.map(({ node }) => node.address));
  const of = (address: string) => swarm.members.find(({ node }) => node.address === address)!;
  for (const { node, propagation } of swarm.members) {
    const all = propagation.all();
    assert.ok(all.length >= 10 && all.length <= 25, `${all.length} neighbours`);
    for (const { address, isOurs, levels, call } of all) {
      assert.ok(addresses.has(address), "who does not answer is none");
      assert.equal([isOurs, levels.length, call.repeats], [true, 3, true]);
      assert.ok(of(address).propagation.all().some((one) => one.address === node.address), "in both directions");
    }
  }
});

test.run();
