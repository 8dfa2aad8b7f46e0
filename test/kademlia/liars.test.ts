import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pack, type Packed } from "../../codec/msgpack/mod.ts";
import { seed } from "../codec/seed.ts";
import { idOf } from "./make.ts";
import { type Node, World } from "./world.ts";

const test = suite("liars");
console.log(`  WARPWIRE_SEED=${seed}`);

/** The contact of a node as others name it. */
function named({ id, address }: Pick<Node, "id" | "address">) {
  const [, ip, port] = address.split(":");
  return { id, ip, port: Number(port) };
}

/** A network of honest nodes, and liars who know each other and name each other only. */
async function divided(world: World, honest: number, liars: number): Promise<{ honest: Node[]; liars: Node[] }> {
  await world.join(honest);
  const all = { honest: [...world.nodes], liars: [] as Node[] };
  const find = ({ key }: { readonly key: Uint8Array }) => world.nearest(key, 20, all.liars).map(named);
  for (let count = 0; count < liars; count++) {
    const lies = { find_node: find, find_value: find, store: () => true };
    all.liars.push(await world.add({ lies }));
  }
  return all;
}

test("who has met hardly anybody but liars when joining finds its neighbours a little later", async () => {
  const world = new World(seed);
  const { honest, liars } = await divided(world, 150, 25);
  const node = await world.add();
  await world.drive(node.engine.bootstrap([liars[0].address]));
  const neighbours = world.nearest(node.id, 12, world.but(node)).filter((other) => honest.includes(other));
  const known = () => {
    const ids = new Set(node.engine.contacts().map(({ contact }) => contact.address));
    return neighbours.filter(({ address }) => ids.has(address)).length;
  };
  assert.is(known(), 0);
  // Some who are far away call.
  const far = world.nearest(node.id, 150, honest).slice(-3);
  for (const { rpc, id } of far) await world.drive(rpc.request(node.address, "ping", { nodeId: id }));
  await world.pass(120_000);
  assert.ok(known() >= neighbours.length - 1, `${known()} of ${neighbours.length}`);
});

test("a get that liars answered goes on with those who were not asked", async () => {
  const world = new World(seed, { jitterMs: 0 });
  const node = await world.add({ id: idOf([0x80]) });
  const find = () => [];
  const fake = async (id: Uint8Array, value?: Packed) => {
    const { address } = await world.fake({
      ping: () => id,
      find_node: find,
      find_value: value === undefined ? find : () => ({ value }),
      store: () => true,
    });
    await world.drive(node.engine.bootstrap([address]));
    await world.pass(1000);
    return address;
  };
  // Twenty that are near, and the first of those that are far away, with which lookups begin besides.
  for (let last = 1; last <= 20; last++) await fake(idOf([0, last]));
  await fake(idOf([0xc0]));
  const holder = await fake(idOf([0xc1]), pack("here"));
  const asked: string[] = [];
  const found = await world.drive(node.engine.get(idOf([0]), {
    onProgress: ({ type, contact }) => void (type === "asked" && asked.push(contact.address)),
  }));
  assert.equal(found?.value.bytes, pack("here").bytes);
  assert.is(asked[asked.length - 1], holder);
  assert.is(new Set(asked).size, asked.length, "nobody is asked twice");
  assert.equal([asked.length, found?.rpcs], [22, 22]);
});

test.run();
