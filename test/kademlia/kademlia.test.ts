import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pack } from "../../codec/msgpack/mod.ts";
import { datagrams, World } from "./world.ts";

const test = suite("hash table");

test("sixty nodes find every value, and the nearest of all targets", async () => {
  const world = new World(1);
  await world.join(60);
  assert.ok(datagrams(world.nodes) / 60 <= 170, `${datagrams(world.nodes) / 60} datagrams to join`);
  const keys = Array.from({ length: 40 }, () => world.network.random.bytes(20));
  for (const [index, key] of keys.entries()) {
    const outcome = await world.drive(world.anybody().engine.put(key, pack(`value ${index}`)));
    assert.equal(outcome, { stored: 20, refused: 0 });
  }
  for (const [index, key] of keys.entries()) {
    const found = await world.drive(world.anybody().engine.get(key));
    assert.equal(found?.value.bytes, pack(`value ${index}`).bytes);
  }
  for (let round = 0; round < 20; round++) {
    const target = world.network.random.bytes(20);
    const node = world.anybody();
    const { contacts } = await world.drive(node.engine.findNodes(target));
    assert.equal(contacts.map(({ id }) => id), world.nearest(target, 20, world.but(node)).map(({ id }) => id));
  }
  const missing = await world.drive(world.anybody().engine.get(new Uint8Array(20)));
  assert.is(missing, null);
});

test("a node alone finds nobody, keeps what it puts, and says that nobody else does", async () => {
  const world = new World(2);
  const { engine } = await world.add();
  assert.equal(await world.drive(engine.bootstrap([])), { contacts: 0 });
  const { contacts } = await world.drive(engine.findNodes(new Uint8Array(20)));
  assert.equal(contacts, []);
  assert.equal(await world.drive(engine.put(new Uint8Array(20), pack(1))), { stored: 0, refused: 0 });
  assert.equal((await engine.get(new Uint8Array(20)))?.value.bytes, pack(1).bytes);
});

test.run();
