import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pack } from "../../codec/msgpack/mod.ts";
import type { StoredValue, ValueChange } from "../../src/kademlia/mod.ts";
import { keyText } from "../../src/kademlia/values/values.ts";
import { seed } from "../codec/seed.ts";
import { type Node, World } from "./world.ts";

const test = suite("keeping values");
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

console.log(`  WARPWIRE_SEED=${seed}`);

async function storedAt({ engine }: Node): Promise<Map<string, StoredValue>> {
  const values = new Map<string, StoredValue>();
  for await (const stored of engine.values()) values.set(keyText(stored.key), stored);
  return values;
}

async function holders(world: World, key: Uint8Array): Promise<Node[]> {
  const found: Node[] = [];
  for (const node of world.nodes) if ((await storedAt(node)).has(keyText(key))) found.push(node);
  return found;
}

function stores(nodes: readonly Node[]): number {
  return nodes.reduce((sum, { rpc }) => {
    const { store, warpwire_store: aged } = rpc.stats().calls;
    return sum + (store?.sent ?? 0) + (aged?.sent ?? 0);
  }, 0);
}

async function stocked(nodes: number, values: number): Promise<{ world: World; keys: Uint8Array[] }> {
  const world = new World(seed);
  await world.join(nodes);
  const keys = Array.from({ length: values }, () => world.network.random.bytes(20));
  for (const key of keys) assert.ok((await world.drive(world.anybody().engine.put(key, pack("a")))).stored > 0);
  // Some nodes have got to know others by that, and treat them as newcomers.
  await world.pass(30_000);
  return { world, keys };
}

test("in an hour at rest nobody stores anything; then each value is stored anew once, with its age", async () => {
  const { world, keys } = await stocked(80, 100);
  const before = stores(world.nodes);
  const plain = () => world.nodes.reduce((sum, { rpc }) => sum + (rpc.stats().calls.store?.sent ?? 0), 0);
  const put = plain();
  const beganMs = world.nodes[0].host.clock.now();
  await world.pass(50 * MINUTE_MS);
  assert.is(stores(world.nodes), before);
  await world.pass(30 * MINUTE_MS);
  const each = (stores(world.nodes) - before) / keys.length;
  const lookups = world.nodes.reduce((sum, { engine }) => sum + engine.stats().republish.lookups, 0);
  console.log(`  ${each} stores a value, ${lookups} lookups for ${world.nodes.length} nodes`);
  assert.ok(each >= 18 && each <= 21, `${each} stores a value`);
  assert.ok(lookups <= 3 * world.nodes.length / 20, `${lookups} lookups`);
  assert.is(plain(), put, "after the puts, with warpwire_store only");
  const ages = await Promise.all(world.nodes.map(async (node) => [...(await storedAt(node)).values()]));
  assert.ok(ages.flat().every(({ firstMs }) => firstMs < beganMs), "nothing has grown younger");
});

test("a value lives for a week after it was put, and not longer for being republished", async () => {
  const { world, keys } = await stocked(5, 10);
  const [first] = await holders(world, keys[0]);
  const { firstMs } = (await storedAt(first)).get(keyText(keys[0]))!;
  await world.pass(100 * HOUR_MS);
  for (const node of await holders(world, keys[0])) {
    const stored = (await storedAt(node)).get(keyText(keys[0]))!;
    assert.ok(Math.abs(stored.firstMs - firstMs) < 2000, "all know when it was first seen");
  }
  const again = keys[1];
  await world.drive(world.nodes[0].engine.put(again, pack("a")));
  await world.pass(68 * HOUR_MS + MINUTE_MS);
  assert.is((await holders(world, keys[0])).length, 0);
  assert.is(await world.drive(world.nodes[2].engine.get(keys[0])), null);
  assert.ok(await world.drive(world.nodes[2].engine.get(again)), "what was put again lives on");
});

test("a newcomer gets what belongs to it, and a network that has been replaced has all values still", async () => {
  const { world, keys } = await stocked(40, 60);
  const before = stores(world.nodes);
  const first = world.nodes.slice();
  for (const old of first) {
    await world.drive((await world.add()).engine.bootstrap([world.nodes[world.nodes.length - 2].address]));
    await world.pass(30_000);
    world.kill([old]);
    await world.pass(2 * MINUTE_MS);
  }
  assert.ok(first.every((node) => !world.nodes.includes(node)));
  for (const key of keys) {
    const found = await world.drive(world.anybody().engine.get(key));
    assert.equal(found?.value, pack("a"));
  }
  assert.ok(stores(world.nodes) + stores(first) > before);
});

test("nodes that go and come for ever cause no storm", async () => {
  const { world, keys } = await stocked(30, 50);
  const node = world.nodes[11];
  const { address, id } = node;
  const others = world.nodes.filter((other) => other !== node);
  const before = stores(others);
  for (let round = 0; round < 10; round++) {
    // To the others it is dead for so long that they forget it, again and again.
    world.network.partition([node.host]);
    for (let ask = 0; ask < 3; ask++) {
      for (const other of others) void other.engine.findNodes(id);
      await world.pass(20_000);
    }
    world.network.heal();
    for (const other of others.slice(0, 5)) void other.engine.findNodes(id);
    void node.engine.bootstrap(others.slice(0, 3).map((other) => other.address));
    await world.pass(30_000);
  }
  const changes = (type: "contact-gone" | "contact-added") =>
    others.reduce(
      (sum, { events }) =>
        sum + events.filter((event) => event.type === type && event.contact.address === address).length,
      0,
    );
  console.log(`  ${changes("contact-gone")} times it was gone, ${changes("contact-added")} times it came`);
  assert.ok(changes("contact-gone") > 100 && changes("contact-added") > 100);
  const sent = stores(others) - before;
  console.log(`  ${sent} stores`);
  assert.ok(sent <= 4 * keys.length, `${sent} stores`);
});

test("values are told to be written a second later, and are there again after a start", async () => {
  const world = new World(seed);
  const disk = new Map<string, StoredValue>();
  let changed = 0;
  const keepValues = (changes: readonly ValueChange[]) => {
    changed += changes.length;
    for (const { key, stored } of changes) {
      if (stored === null) disk.delete(keyText(key));
      else disk.set(keyText(key), stored);
    }
  };
  const [node, other] = [await world.add({ keepValues }), await world.add()];
  await world.drive(other.engine.bootstrap([node.address]));
  const keys = Array.from({ length: 20 }, () => world.network.random.bytes(20));
  for (const key of keys) await world.drive(other.engine.put(key, pack("a")));
  await world.pass(1100);
  assert.is(disk.size, 20);
  const written = [...disk.values()];
  assert.ok(written.every(({ source }) => source === "10.0.0.2"));
  world.kill([node]);
  await world.pass(HOUR_MS);
  const tooOld = { ...written[0], key: new Uint8Array(20), firstMs: written[0].firstMs - 200 * HOUR_MS };
  disk.set(keyText(tooOld.key), tooOld);
  const again = await world.add({ keepValues, id: node.id });
  assert.is(again.engine.restoreValues([...disk.values()]), 20);
  await world.pass(1100);
  assert.is(disk.size, 20, "what is too old is to be removed");
  assert.is(changed, 21, "and nothing else is written again");
  assert.equal(await storedAt(again), new Map(written.map((stored) => [keyText(stored.key), stored])));
  await again.engine.close();
});

test("changes are written when a node is closed, and that it failed is told", async () => {
  const world = new World(seed);
  let written = 0;
  const node = await world.add({
    keepValues: (changes) => {
      written += changes.length;
      if (written === 1) throw new Error("full");
    },
  });
  await world.drive(node.engine.put(new Uint8Array(20), pack("a")));
  await world.pass(1500);
  assert.is(node.events.filter(({ type }) => type === "values-not-kept").length, 1);
  await node.engine.close();
  assert.is(written, 2);
});

test("a closed node republishes and hands over nothing", async () => {
  const { world } = await stocked(10, 10);
  for (const { engine } of world.nodes) await engine.close();
  const before = stores(world.nodes);
  await world.pass(3 * HOUR_MS);
  assert.is(stores(world.nodes), before);
});

test.run();
