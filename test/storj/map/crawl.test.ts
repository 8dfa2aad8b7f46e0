/**
 * Maps of networks: everybody is found, and liars and the silent do not keep a crawl from its end.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex } from "../../../codec/mod.ts";
import { HostError } from "../../../src/host/mod.ts";
import { OwnedWaits } from "../../../src/host/timing/wait.ts";
import { crawl, type CrawlOptions, mapSvg, type NetworkMap, StorjError, storjNode } from "../../../src/storj/mod.ts";
import type { Caller } from "../../../src/rpc/mod.ts";
import { withStorjErrors } from "../../../src/storj/error.ts";
import type { Ground } from "../../../src/storj/ground.ts";
import { crawlFrom } from "../../../src/storj/map/crawl.ts";
import { type Fake, type Node, World } from "../../kademlia/world.ts";

const test = suite("storj: maps");

/** A network of nodes that are too many to sign anything. */
async function worldOf(count: number, seed: number): Promise<World> {
  const world = new World(seed);
  await world.join(count);
  return world;
}

/** What a crawl stands on, and how to close it. */
function groundOf({ engine: dht, rpc, host }: Node) {
  const waits = new OwnedWaits(host.clock, () => new HostError("closed", "The node is closed"));
  const wait: Ground["wait"] = (action, options, begin) => withStorjErrors(waits.wait(action, options, begin));
  return { ground: { dht, rpc, host, network: "storjnet", wait } as const, close: () => waits.close() };
}

function crawlBy(world: World, node: Node, options?: CrawlOptions): Promise<NetworkMap> {
  return world.drive(crawlFrom(groundOf(node).ground, options));
}

function requests(nodes: readonly Fake[]): number {
  return nodes.reduce((sum, { rpc }) => sum + rpc.stats().sent, 0);
}

/** What a node knows, as a map says it: without the one that asks, which nobody names to itself. */
function known({ engine }: Node, asker: Node): string[] {
  const ids = engine.contacts().map(({ contact }) => formatHex(contact.id));
  return ids.filter((id) => id !== formatHex(asker.id)).sort();
}

test("a map of 200 nodes names every node, and all that each of them knows", async () => {
  const world = await worldOf(200, 11);
  const asker = world.nodes[57];
  const before = requests(world.nodes);
  const map = await crawlBy(world, asker);
  assert.is(map.self, formatHex(asker.id));
  assert.is(map.complete, true);
  assert.is(map.nodes.size, 200);
  let [named, whole] = [0, 0];
  for (const node of world.nodes) {
    const entry = map.nodes.get(formatHex(node.id))!;
    assert.is(`udp:${entry.address}`, node.address);
    assert.ok(entry.seen !== null && entry.roundTripMs !== null);
    const all = node === asker ? known(node, node) : known(node, asker);
    const found = new Set(entry.peers);
    whole += all.length;
    named += all.filter((id) => found.has(id)).length;
  }
  // Tables change a little while they are asked.
  assert.ok(named > 0.99 * whole, `${named} of ${whole} connections`);
  const each = (requests(world.nodes) - before) / 200;
  assert.ok(each < 8, `${each} requests a node`);
});

test("a map of 1,000 nodes is whole; its picture takes less than 3 MB and 10 s", async () => {
  const world = await worldOf(1000, 12);
  const killed = world.nodes.slice(500, 600);
  world.kill(killed);
  const map = await crawlBy(world, world.nodes[0]);
  for (const { id } of world.nodes) assert.ok(map.nodes.get(formatHex(id))?.seen, "every node has answered");
  const silent = killed.map(({ id }) => map.nodes.get(formatHex(id))).filter((entry) => entry !== undefined);
  assert.ok(silent.length > 90, `${silent.length} of 100 are in the map that have gone`);
  for (const entry of silent) assert.equal([entry.peers, entry.seen, entry.roundTripMs], [[], null, null]);
  const started = performance.now();
  const svg = await mapSvg(map);
  const ms = performance.now() - started;
  assert.ok(svg.length < 3_000_000 && ms < 10_000, `${svg.length} bytes in ${ms} ms`);
});

test("a map of 30 nodes over UDP", async () => {
  await using first = await storjNode();
  const bootstrap = [`127.0.0.1:${first.port}`];
  const nodes = [first];
  try {
    for (let index = 1; index < 30; index++) {
      const node = await storjNode({ bootstrap });
      nodes.push(node);
      await node.ready({ timeoutMs: 10_000 });
    }
    const seen: number[] = [];
    const map = await crawl(nodes[7], { workers: 4, onProgress: ({ answered }) => seen.push(answered) });
    for (const { nodeIdHex, port } of nodes) assert.is(map.nodes.get(nodeIdHex)?.address, `127.0.0.1:${port}`);
    assert.is(map.nodes.size, 30);
    assert.is(seen.at(-1), 30);
  } finally {
    for (const node of nodes.slice(1)) await node.close();
  }
});

test("who names as many as a datagram holds, and none of them is there, gets twenty of each answer into the map", async () => {
  const world = await worldOf(40, 13);
  const { random } = world.network;
  const lie = () =>
    Array.from({ length: 200 }, () => ({ id: random.bytes(20), ip: `203.0.${random.bytes(1)[0]}.9`, port: 4000 }));
  const liar = await world.add({ lies: { find_node: lie } });
  await world.drive(liar.engine.bootstrap([world.nodes[0].address]));
  const started = world.network.nowMs;
  const map = await crawlBy(world, world.nodes[5]);
  for (const { id } of world.nodes) assert.ok(map.nodes.get(formatHex(id))?.seen);
  const invented = map.nodes.size - world.nodes.length;
  // It is asked for its nearest, and for one part that is farther.
  assert.ok(invented > 0 && invented <= 3 * 20, `${invented} were invented`);
  const ms = world.network.nowMs - started;
  assert.ok(ms < 60_000, `${ms} ms`);
});

test("addresses that answer with one new id after the other, and name each other for ever, come to an end", async () => {
  const world = await worldOf(30, 14);
  const { random } = world.network;
  // One machine with all the addresses of a network, which are others every time.
  let count = 0;
  const invent = () =>
    Array.from({ length: 20 }, () => ({ id: random.bytes(20), ip: "198.51.100.7", port: 1 + count++ % 65_535 }));
  const answers = { ping: () => random.bytes(20), find_node: invent };
  for (let port = 1; port < 600; port++) await world.fake(answers, `udp:198.51.100.7:${port}`);
  const door = await world.add({ lies: { find_node: invent } });
  await world.drive(door.engine.bootstrap([world.nodes[0].address]));
  const map = await crawlBy(world, world.nodes[3]);
  for (const { id } of world.nodes) assert.ok(map.nodes.get(formatHex(id))?.seen);
  assert.is(map.complete, false);
  const ofNetwork = [...map.nodes.values()].filter(({ address }) => address.startsWith("198.51.100.")).length;
  assert.ok(ofNetwork <= 2 * 256, `${ofNetwork} of one network`);
});

test("a map has as many nodes as it may, and says that it is not complete", async () => {
  const world = await worldOf(60, 15);
  const map = await crawlBy(world, world.nodes[2], { nodesMax: 25 });
  assert.is(map.nodes.size, 25);
  assert.is(map.complete, false);
  for (const { peers } of map.nodes.values()) {
    for (const peer of peers) assert.ok(map.nodes.has(peer), "who is named is in the map");
  }
});

test("those who say nothing hold nobody up: with 300 of them a map takes seconds", async () => {
  const world = await worldOf(40, 16);
  const silent = Array.from(
    { length: 20 },
    (_, at) => ({ id: world.network.random.bytes(20), ip: `10.9.9.${at}`, port: 9 }),
  );
  for (let at = 0; at < 15; at++) {
    const named = silent.map(({ id, ...place }) => ({ ...place, id: id.map((byte) => byte ^ (at + 1)), port: at + 1 }));
    const node = await world.add({ lies: { find_node: () => named } });
    await world.drive(node.engine.bootstrap([world.nodes[0].address]));
  }
  const started = world.network.nowMs;
  const map = await crawlBy(world, world.nodes[5], { workers: 8 });
  const ms = world.network.nowMs - started;
  assert.is(map.nodes.size, 55 + 300);
  assert.is([...map.nodes.values()].filter(({ seen }) => seen !== null).length, 55);
  // One after the other in 8 places they would take 190 s.
  assert.ok(ms < 20_000, `${ms} ms`);
});

test("a node that says it is another one does not take that one's place", async () => {
  const world = await worldOf(30, 17);
  const victim = world.nodes[9];
  const thief = await world.fake({ ping: () => victim.id, find_node: () => [] });
  const { ip, port } = placeOf(thief);
  const id = world.network.random.bytes(20);
  const friend = await world.add({ lies: { find_node: () => [{ id, ip, port }, { id: victim.id, ip, port }] } });
  await world.drive(friend.engine.bootstrap([world.nodes[0].address]));
  for (const asker of world.nodes.slice(0, 5)) {
    const map = await crawlBy(world, asker);
    assert.is(`udp:${map.nodes.get(formatHex(victim.id))?.address}`, victim.address);
    assert.is(map.nodes.get(formatHex(id))?.seen, null, "nobody has that id");
  }
});

test("machines of one network get no more into the map together than one of them could", async () => {
  const world = await worldOf(30, 21);
  const { random } = world.network;
  // Neighbours by their ids, so that they are asked for all parts of their tables.
  const invent = (id: Uint8Array) =>
    Array.from({ length: 20 }, () => {
      const near = random.bytes(20);
      near.set(id.subarray(0, 4));
      return { id: near, ip: [11, ...random.bytes(3)].join("."), port: 4653 };
    });
  const liars = await Promise.all(Array.from({ length: 6 }, async (_, at) => {
    const id = random.bytes(20);
    const liar = await world.fake({ ping: () => id, find_node: () => invent(id) }, `udp:198.51.100.${at + 1}:4653`);
    return { id, ...placeOf(liar) };
  }));
  const friend = await world.add({ lies: { find_node: () => liars } });
  await world.drive(friend.engine.bootstrap([world.nodes[0].address]));
  const map = await crawlBy(world, world.nodes[3]);
  for (const { id } of liars) assert.ok(map.nodes.get(formatHex(id))?.seen, "each of them has answered");
  const invented = map.nodes.size - world.nodes.length - liars.length;
  assert.ok(invented > 500 && invented <= 1000, `${invented} were invented`);
  assert.is(map.complete, false);
});

test("a node that somebody names at a wrong address is found where another one names it", async () => {
  const world = await worldOf(20, 22);
  const id = world.network.random.bytes(20);
  const node = await world.fake({ ping: () => id, find_node: () => [] });
  // What is late is named last.
  const liar = await world.add({ lies: { find_node: () => [{ id, ip: "10.99.0.1", port: 4653 }] } });
  await world.drive(liar.engine.bootstrap([world.nodes[0].address]));
  const far = await world.add({ lies: { find_node: () => [{ id, ...placeOf(node) }] } });
  await world.drive(far.engine.bootstrap([world.nodes[0].address]));
  world.network.setLink(far.host, world.nodes[4].host, { latencyMs: 900 });
  const map = await crawlBy(world, world.nodes[4]);
  assert.is(`udp:${map.nodes.get(formatHex(id))?.address}`, node.address);
});

test("nodes that understand only the other era are asked in that one", async () => {
  const world = await worldOf(20, 20);
  const old = [1, 2].map((byte) => world.network.random.bytes(20).fill(byte, 0, 1));
  const ofEra = async (id: Uint8Array, named: () => { id: Uint8Array; ip: string; port: number }[]) => {
    const answers = { ping: () => id, find_node: named };
    const only = <T>(answer: () => T) => (_: unknown, { era }: Caller) => era === "rpcudp" ? answer() : undefined;
    return await world.fake({ ping: only(answers.ping), find_node: only(answers.find_node) });
  };
  const second = await ofEra(old[1], () => []);
  const first = await ofEra(old[0], () => [{ id: old[1], ...placeOf(second) }]);
  const friend = await world.add({ lies: { find_node: () => [{ id: old[0], ...placeOf(first) }] } });
  await world.drive(friend.engine.bootstrap([world.nodes[0].address]));
  const map = await crawlBy(world, world.nodes[4]);
  assert.equal(map.nodes.get(formatHex(old[0]))?.peers, [formatHex(old[1])]);
  assert.ok(map.nodes.get(formatHex(old[1]))?.seen);
});

test("a crawl is given up by a signal, after a time, and when the node is closed", async () => {
  const world = await worldOf(30, 18);
  const [node] = world.nodes;
  const controller = new AbortController();
  const { ground, close } = groundOf(node);
  const codeOf = async (work: Promise<unknown>, act: () => void = () => {}) => {
    const outcome = work.then(() => null, (error) => error);
    await world.pass(20);
    act();
    const error = await world.drive(outcome);
    assert.instance(error, StorjError);
    return error.code;
  };
  const { signal } = controller;
  assert.is(await codeOf(crawlFrom(ground, { signal }), () => controller.abort()), "aborted");
  assert.is(await codeOf(crawlFrom(ground, { timeoutMs: 30 })), "timeout");
  assert.is(await codeOf(crawlFrom(ground), close), "closed");
  assert.is(await codeOf(crawlFrom(ground)), "closed");
  const stopper = new AbortController();
  let told = 0;
  const onProgress = () => {
    told += 1;
    stopper.abort();
  };
  assert.is(await codeOf(crawlFrom(groundOf(node).ground, { signal: stopper.signal, onProgress })), "aborted");
  await world.pass(60_000);
  assert.is(told, 1, "nothing goes on");
  const { inFlight } = node.rpc.stats();
  assert.is(inFlight, 0, "nobody is asked any more");
});

test("options that make no sense are refused", async () => {
  const world = await worldOf(2, 19);
  for (const options of [{ workers: 0 }, { workers: 1.5 }, { workers: 10_000 }, { nodesMax: 0 }, { nodesMax: NaN }]) {
    const error = await crawlBy(world, world.nodes[0], options).catch((error) => error);
    assert.instance(error, RangeError);
  }
  const error = await crawl({} as Parameters<typeof crawl>[0]).catch((error) => error);
  assert.instance(error, TypeError);
});

function placeOf({ address }: Fake): { readonly ip: string; readonly port: number } {
  const [, ip, port] = /^udp:(.*):(\d+)$/.exec(address)!;
  return { ip, port: Number(port) };
}

test.run();
