import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pack } from "../../codec/msgpack/mod.ts";
import type { Contact as Named } from "../../codec/protocols/storj/mod.ts";
import type { LookupStep } from "../../src/kademlia/mod.ts";
import { REQUESTS_MAX } from "../../src/kademlia/lookup.ts";
import { idOf } from "./make.ts";
import { type Fake, type Node, World } from "./world.ts";

const test = suite("lookups");

/** The contact of a node as others name it. */
function named({ id, address }: Pick<Node, "id" | "address">): Named {
  const [, ip, port] = address.split(":");
  return { id, ip, port: Number(port) };
}

test("an aborted lookup sends nothing more, and leaves nothing behind", async () => {
  const world = new World(1, { loss: 1 });
  const node = await world.add();
  world.network.setLinks({ loss: 0 });
  const silent = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const id = idOf([index + 1]);
      return { id, ...await world.fake({ ping: () => id }) };
    }),
  );
  await world.drive(node.engine.bootstrap(silent.map(({ address }) => address)));
  await world.pass(60_000);
  const before = node.rpc.stats();
  const controller = new AbortController();
  const lookup = node.engine.findNodes(idOf([3]), { signal: controller.signal });
  const failed = lookup.catch((error) => error);
  await world.pass(5);
  assert.ok(node.rpc.stats().sent > before.sent);
  controller.abort();
  const { sent, retransmitted } = node.rpc.stats();
  assert.is((await failed).code, "aborted");
  await world.pass(20_000);
  const after = node.rpc.stats();
  assert.equal([after.sent, after.retransmitted], [sent, retransmitted]);
  assert.equal([after.inFlight, after.waiting], [0, 0]);
});

test("a thousand aborted lookups leave no request and no timer", async () => {
  const world = new World(2);
  await world.join(8);
  const [node] = world.nodes;
  await world.pass(60_000);
  const { timers } = node.clock;
  for (let round = 0; round < 1000; round++) {
    const controller = new AbortController();
    const { signal } = controller;
    const target = world.network.random.bytes(20);
    const { engine } = node;
    const failed = (round % 2 === 0 ? engine.findNodes(target, { signal }) : engine.get(target, { signal })).catch(
      () => {},
    );
    assert.ok(node.rpc.stats().inFlight > 0);
    controller.abort();
    await failed;
  }
  assert.equal([node.rpc.stats().inFlight, node.rpc.stats().waiting], [0, 0]);
  assert.is(node.clock.timers, timers);
});

test("answers may be full of nonsense: the first twenty count, and of these what can be a contact", async () => {
  const world = new World(3, { jitterMs: 0 });
  const node = await world.add({ id: idOf([0x80]) });
  const honest = await Promise.all([1, 2, 3].map(async (last) => {
    const id = idOf([0, last]);
    return { id, ...await world.fake({ ping: () => id, find_node: () => [] }) };
  }));
  const late = { id: idOf([0, 9]), ...await world.fake({ find_node: () => [] }) };
  const nonsense: Named[] = [
    { id: node.id, ip: "10.9.9.9", port: 4653 },
    { ...named(node), id: idOf([0, 0, 5]) },
    { id: idOf([0, 0, 1]), ip: "10.0.0.1", port: 0 },
    ...["localhost", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1", "10.0.0.1 ", "1e3", "", "é"].map(
      (ip, last) => ({ id: idOf([0, 0, 2, last]), ip, port: 4653 }),
    ),
  ];
  const answer = [...nonsense, ...honest.map(named), ...honest.map(named), honest[0], late].map((contact) =>
    "ip" in contact ? contact : named(contact)
  );
  while (answer.length < 60) answer.push(named(late));
  assert.ok(answer.slice(0, 20).every(({ id }) => id !== late.id));
  const liar = await world.fake({ ping: () => idOf([1]), find_node: () => answer });
  await world.drive(node.engine.bootstrap([liar.address]));
  await world.drive(node.engine.findNodes(idOf([0])));
  await world.pass(20_000);
  const known = node.engine.contacts().map(({ contact: { address } }) => address).sort();
  assert.equal(known, [...honest, liar].map(({ address }) => address).sort());
  assert.is(late.rpc.stats().asked, 0);
});

test("a lookup ends, however many nearer nodes are invented", async () => {
  const world = new World(4, { jitterMs: 0 });
  const node = await world.add({ id: idOf([0x80]) });
  let number = 0;
  // Each answers for whatever id it was given, and names twenty that are nearer yet, at addresses that answer too.
  const answers = {
    ping: () => idOf([0x40]),
    find_node: (): Named[] => {
      number += 1;
      return fakes.slice(0, 20).map((fake, at) => named({ id: idOf([0, 0xff - number, at]), address: fake.address }));
    },
  };
  const fakes: Fake[] = await Promise.all(Array.from({ length: 20 }, () => world.fake(answers)));
  await world.drive(node.engine.bootstrap([fakes[0].address]));
  await world.pass(60_000);
  const found = await world.drive(node.engine.findNodes(idOf([0])));
  assert.ok(found.rpcs <= REQUESTS_MAX, `${found.rpcs}`);
});

test("silent nodes do not hold up a lookup: others are asked meanwhile", async () => {
  const world = new World(5);
  await world.join(60);
  const keys = Array.from({ length: 30 }, () => world.network.random.bytes(20));
  for (const [index, key] of keys.entries()) await world.drive(world.anybody().engine.put(key, pack(index)));
  world.kill(world.nodes.filter((_, index) => index % 3 === 0));
  const times: number[] = [];
  for (const [index, key] of keys.entries()) {
    const steps: LookupStep[] = [];
    const found = await world.drive(world.anybody().engine.get(key, { onProgress: (step) => steps.push(step) }));
    assert.ok(found !== null);
    assert.equal(found.value.bytes, pack(index).bytes);
    times.push(found.ms);
    assert.is(steps.filter(({ type }) => type === "asked").length, found.rpcs);
  }
  times.sort((a, b) => a - b);
  assert.ok(times[28] < 1200, `${times}`);
});

test("where round trips are short, who probably has a value is asked alone, unless it is silent", async () => {
  const world = new World(8, { latencyMs: 0.2, jitterMs: 0.1 });
  await world.join(60);
  const keys = Array.from({ length: 40 }, () => world.network.random.bytes(20));
  for (const [index, key] of keys.entries()) await world.drive(world.anybody().engine.put(key, pack(index)));
  const getAll = async () => {
    const asked: number[] = [];
    for (const [index, key] of keys.entries()) {
      const node = world.nearest(key, world.nodes.length)[40];
      const found = await world.drive(node.engine.get(key));
      assert.equal(found?.value.bytes, pack(index).bytes);
      asked.push(found!.rpcs);
      assert.ok(found!.ms < 60, `${found!.ms}`);
    }
    return asked.sort((a, b) => a - b);
  };
  const asked = await getAll();
  // Some of the answers are late.
  assert.is(asked[27], 1, `${asked}`);
  world.kill(world.nodes.filter((_, index) => index % 4 === 0));
  assert.ok((await getAll())[39] > 1);
});

test("where round trips are short, who is asked alone is soon late, however much they vary", async () => {
  const world = new World(9, { latencyMs: 0.05, jitterMs: 0.2 });
  await world.join(60);
  const keys = Array.from({ length: 60 }, () => world.network.random.bytes(20));
  for (const [index, key] of keys.entries()) await world.drive(world.anybody().engine.put(key, pack(index)));
  world.kill(world.nodes.filter((_, index) => index % 3 === 0));
  const times: number[] = [];
  for (const key of keys) {
    const found = await world.drive(world.nearest(key, world.nodes.length)[35].engine.get(key));
    if (found!.rpcs > 1) times.push(found!.ms);
  }
  times.sort((a, b) => a - b);
  assert.ok(times.length >= 15 && times[times.length >> 1] < 0.8 && times.at(-1)! < 2.2, `${times}`);
});

test("with a twentieth of the datagrams lost, everything is found", async () => {
  const world = new World(6, { loss: 0.05 });
  await world.join(60);
  for (let index = 0; index < 40; index++) {
    const key = world.network.random.bytes(20);
    const { stored } = await world.drive(world.anybody().engine.put(key, pack(index)));
    assert.ok(stored >= 18, `${stored}`);
    assert.equal((await world.drive(world.anybody().engine.get(key)))?.value.bytes, pack(index).bytes);
  }
  const gone = world.nodes.reduce((sum, { engine }) => sum + engine.stats().gone, 0);
  assert.ok(gone <= 3, `${gone} contacts gone, though all are alive`);
});

test("values are found though a fifth of the nodes name their own kind only", async () => {
  const world = new World(7);
  const isLiar = (index: number) => index % 5 === 1;
  const liars = () => world.nodes.filter((_, index) => isLiar(index));
  const find = ({ key }: { readonly key: Uint8Array }) => world.nearest(key, 20, liars()).map(named);
  const lies = { find_node: find, find_value: find, store: () => true };
  const pick = () => {
    const honest = world.nodes.filter((_, index) => !isLiar(index));
    return honest[Math.floor(world.network.random.next() * honest.length)];
  };
  await world.join(100, (index) => isLiar(index) ? { lies } : {}, pick);
  let found = 0;
  for (let index = 0; index < 100; index++) {
    const key = world.network.random.bytes(20);
    await world.drive(pick().engine.put(key, pack(index)));
    if (await world.drive(pick().engine.get(key)) !== null) found += 1;
  }
  assert.ok(found >= 99, `${found}`);
});

test("a hundred nodes of three networks do not surround a key, unless there are no limits", async () => {
  const outcomes: number[] = [];
  for (const diversity of [undefined, false] as const) {
    const world = new World(8);
    const address = (index: number) => `udp:${20 + index}.${index}.7.9:4653`;
    const options = diversity === undefined ? {} : { diversity };
    await world.join(60, (index) => ({ ...options, address: address(index) }));
    const honest = [...world.nodes];
    const pick = () => honest[Math.floor(world.network.random.next() * honest.length)];
    const key = world.network.random.bytes(20);
    const sybils: Node[] = [];
    const find = () => sybils.map(named).slice(0, 20);
    const lies = { find_node: find, find_value: find, store: () => true };
    for (let index = 0; index < 100; index++) {
      const id = key.slice();
      id[18] ^= index + 1;
      const sybil = await world.add({ ...options, id, lies, address: `udp:99.1.${index % 3}.${index + 1}:4653` });
      sybils.push(sybil);
      await world.drive(sybil.engine.bootstrap([pick().address]));
    }
    await world.pass(20_000);
    let found = 0;
    for (let index = 0; index < 20; index++) {
      await world.drive(pick().engine.put(key, pack(index)));
      const value = (await world.drive(pick().engine.get(key)))?.value;
      if (value !== undefined && String(value.bytes) === String(pack(index).bytes)) found += 1;
    }
    outcomes.push(found);
  }
  assert.is(outcomes[0], 20);
  assert.ok(outcomes[1] < 10, `${outcomes[1]} of 20 without limits`);
});

test("disjoint paths share no node, and find the same", async () => {
  const world = new World(9);
  await world.join(60, () => ({ paths: 3 }));
  for (let round = 0; round < 10; round++) {
    const target = world.network.random.bytes(20);
    const node = world.anybody();
    const asked: string[] = [];
    const onProgress = ({ type, contact }: LookupStep) => void (type === "asked" && asked.push(contact.address));
    const { contacts } = await world.drive(node.engine.findNodes(target, { onProgress }));
    assert.is(new Set(asked).size, asked.length);
    assert.equal(contacts.map(({ id }) => id), world.nearest(target, 20, world.but(node)).map(({ id }) => id));
  }
});

test("with a quorum the value counts that most nodes have, of any type", async () => {
  const world = new World(10, { jitterMs: 0 });
  const node = await world.add({ id: idOf([0x80]) });
  const [right, wrong] = [pack([1, { a: new Uint8Array(2) }]), pack("wrong")];
  const peers = await Promise.all(Array.from({ length: 9 }, (_, index) => {
    const value = index % 3 === 0 ? wrong : right;
    return world.fake({ ping: () => idOf([index + 1]), find_node: () => [], find_value: () => ({ value }) });
  }));
  await world.drive(node.engine.bootstrap(peers.map(({ address }) => address)));
  await world.pass(1000);
  const found = await world.drive(node.engine.get(idOf([1]), { quorum: 9 }));
  assert.equal([found?.value.bytes, found?.copies, found?.answers], [right.bytes, 6, 9]);
  const first = await world.drive(node.engine.get(idOf([1])));
  assert.is(first?.answers, 1);
  assert.not.equal(await world.drive(node.engine.get(idOf([1]), { quorum: 100 })), null);
});

test("after a get, the nearest node that lacked the value gets it", async () => {
  const world = new World(11, { jitterMs: 0 });
  const node = await world.add({ id: idOf([0x80]) });
  const stored: Uint8Array[] = [];
  const lacking = await world.fake({
    ping: () => idOf([1]),
    find_node: () => [],
    find_value: () => [named({ id: idOf([3]), address: holder.address })],
    store: ({ value }) => {
      stored.push(value.bytes.slice());
      return true;
    },
  });
  const holder = await world.fake({
    ping: () => idOf([3]),
    find_node: () => [],
    find_value: () => ({ value: pack(7) }),
  });
  await world.drive(node.engine.bootstrap([lacking.address]));
  await world.pass(1000);
  const found = await world.drive(node.engine.get(idOf([0])));
  assert.equal([found?.value.bytes, found?.hops, found?.rpcs], [pack(7).bytes, 2, 2]);
  await world.pass(1000);
  assert.equal(stored, [pack(7).bytes]);
});

test("a contact is found by its id, and by nobody else's", async () => {
  const world = new World(12);
  await world.join(40);
  for (let round = 0; round < 10; round++) {
    const [asker, wanted] = [world.anybody(), world.anybody()];
    if (asker === wanted) continue;
    const found = await world.drive(asker.engine.findContact(wanted.id));
    assert.is(found?.address, wanted.address);
  }
  assert.is(await world.drive(world.nodes[0].engine.findContact(idOf([1, 2, 3]))), null);
});

test.run();
