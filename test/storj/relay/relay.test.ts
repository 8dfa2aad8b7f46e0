/**
 * Relaying messages: sending, passing on, receiving.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../../codec/mod.ts";
import { pack } from "../../../codec/msgpack/mod.ts";
import { RELAY_HOPS_MAX, RELAY_MESSAGE_BYTES_MAX, type RpcArgs } from "../../../codec/protocols/storj/mod.ts";
import { joinBytes } from "../../../codec/values.ts";
import { rpcEndpoint } from "../../../src/rpc/mod.ts";
import { fixture } from "../../fixture.ts";
import { isNearer } from "../../../src/storj/relay/next-hops.ts";
import { OldNode } from "../old-node.ts";
import { rejects } from "../expect.ts";
import { beside, type RelayNode, RelayWorld, taken } from "./world.ts";

const test = suite("storj: relay");

type Asked = RpcArgs<"relay_message">;
const HERE = { ip: "10.0.0.1", port: 4653 };

/** An original of storjnode, which knows the call by one name, and takes what it is given or does not. */
function original(
  world: RelayWorld,
  id: Uint8Array,
  takes: (asked: Asked) => boolean = () => true,
  name = "relay_message",
) {
  const asked: Asked[] = [];
  const node: OldNode = new OldNode(world.network, {
    id,
    era: "rpcudp",
    answers: {
      relay_message: (args) => {
        if (node.asked.at(-1) !== name) return undefined;
        asked.push(args);
        return takes(args) ? HERE : null;
      },
    },
  });
  return { node, asked };
}

/** An original of storjnode 0.1, which knows the call by its later name only. */
function newOriginal(world: RelayWorld, id: Uint8Array) {
  return original(world, id, () => true, "msg");
}

/** A node of ours that knows originals, which know it. */
async function knowing(world: RelayWorld, others: readonly { readonly node: OldNode }[]): Promise<RelayNode> {
  const carrier = world.add();
  for (const { node } of others) await world.drive(node.join(carrier.address));
  await world.pass(1000);
  assert.is(carrier.ground.dht.contacts().length, others.length);
  return carrier;
}

/** Somebody who calls others, says that it has any id, and is known to nobody. */
function stranger(world: RelayWorld) {
  const host = world.network.addHost();
  void host.start();
  const rpc = rpcEndpoint({ host });
  const call = (to: RelayNode, args: Asked, wireName?: string) =>
    world.drive(rpc.request(to.address, "relay_message", args, wireName === undefined ? {} : { wireName }));
  return { host, rpc, call };
}

function far(id: Uint8Array): Uint8Array {
  return id.map((byte) => byte ^ 255);
}

test("a message reaches its destination through others, and says nothing of its sender", async () => {
  const world = new RelayWorld();
  await world.join(40);
  const [alice, bob] = [world.nodes[3], world.nodes[17]];
  assert.is(await world.drive(alice.relay.send(bob.id, "hi bob")), true);
  await world.pass(2000);
  assert.equal(taken(bob), [[null, "hi bob"]]);
  assert.equal(world.nodes.filter((node) => taken(node).length > 0), []);
});

test("what nobody nearer takes ends here", async () => {
  const world = new RelayWorld();
  await world.join(5);
  const [alice] = world.nodes;
  assert.is(await world.drive(alice.relay.send(far(alice.id), "lost")), true);
  await world.pass(20_000);
  const { queued } = alice.relay.stats();
  assert.is(queued, 0);
});

test("what is sent to oneself goes into the own queue, whose bound it keeps", async () => {
  const world = new RelayWorld();
  const alice = world.add({ limits: { relayed: 2 } });
  assert.is(await alice.relay.send(alice.id, "one"), true);
  assert.is(await alice.relay.send(alice.id, "two", { signed: true }), true);
  assert.is(await alice.relay.send(alice.id, "three"), false);
  assert.equal(taken(alice), [[null, "one"], [formatHex(alice.id), "two"]]);
});

test("the queue takes 1,024 own messages, and the next one is refused", async () => {
  const world = new RelayWorld();
  const alice = world.add();
  const silent = original(world, far(alice.id), () => false);
  await world.drive(silent.node.join(alice.address));
  const sent = [];
  for (let index = 0; index < 1026; index++) sent.push(await alice.relay.send(far(alice.id), index));
  assert.equal(sent.map((isSent, index) => isSent ? -1 : index).filter((index) => index >= 0), [1024, 1025]);
  assert.is(alice.relay.stats().queued, 1024);
  await world.pass(60_000);
  assert.is(alice.relay.stats().queued, 0);
  assert.is(await alice.relay.send(far(alice.id), "again"), true);
});

test("messages of more than 519 packed bytes, and what is no message, are refused", async () => {
  const world = new RelayWorld();
  const { relay } = world.add();
  const to = far(world.nodes[0].id);
  const text = (bytes: number) => "x".repeat(bytes - 3);
  assert.is(await relay.send(to, text(RELAY_MESSAGE_BYTES_MAX)), true);
  await rejects(relay.send(to, text(RELAY_MESSAGE_BYTES_MAX + 1)), "too-large");
  await rejects(relay.send(to, "\ud800"), "invalid-message");
  await rejects(relay.send(to, text(516), { signed: true }), "too-large");
  await rejects(relay.send(to, "hi", { repeat: true, signed: false }), "invalid-message");
  const aborted = AbortSignal.abort("enough");
  await rejects(relay.send(to, "hi", { signal: aborted }), "aborted");
  relay.close();
  await rejects(relay.send(to, "hi"), "closed");
});

test("recorded requests get the recorded answers", async () => {
  const { cases } = fixture("storj-relay.json") as { cases: { name: string; bytes: string }[] };
  const recorded = (start: string) => parseHex(cases.find(({ name }) => name.startsWith(start))!.bytes);
  for (const request of ["relay_message request", "msg request", "relay_message carrying"]) {
    for (const takes of [true, false]) {
      const world = new RelayWorld(takes ? 7 : 8);
      const peer = world.network.addHost({ address: "udp:10.0.0.1:4000" });
      void peer.start();
      const answers: string[] = [];
      const mount = peer.mountDatagrams("storj", { raw: true, receive: ({ bytes }) => answers.push(formatHex(bytes)) });
      let identity = world.identity();
      // The recorded request goes from aaaa... to dddd...: nodes that begin with d are nearer, those below 8 farther.
      while (takes ? identity.nodeId[0] >> 4 !== 0xd : identity.nodeId[0] >= 0x80) identity = world.identity();
      const host = world.network.addHost({ address: "udp:10.9.9.9:4653" });
      const node = world.add({ host, identity });
      void mount.sendDatagram(recorded(request), { peerId: "", addresses: [node.address] });
      await world.pass(100);
      const expected = takes ? "relay_message accepted" : "relay_message refused";
      assert.equal(answers, [formatHex(recorded(expected))], request);
    }
  }
});

test("hop limits hold: 1 to 64 go on with one less, and the destination takes any", async () => {
  const world = new RelayWorld();
  const end = new Uint8Array(20).fill(0x11);
  const near = original(world, beside(end, 1));
  const carrier = await knowing(world, [near]);
  const eve = stranger(world);
  const ask = (hopLimit: number) =>
    eve.call(carrier, { nodeId: far(end), destination: end, hopLimit, message: pack(`hops ${hopLimit}`) });
  for (const refused of [0, -1, RELAY_HOPS_MAX + 1, 2 ** 31 - 1, -(2 ** 31)]) assert.is(await ask(refused), null);
  for (const taken of [1, 2, RELAY_HOPS_MAX]) assert.ok(await ask(taken));
  await world.pass(20_000);
  // Whoever gets it with none left could not pass it on, and this one is not its destination.
  assert.equal(near.asked.map(({ hopLimit }) => hopLimit).sort((a, b) => a - b), [1, RELAY_HOPS_MAX - 1]);
  for (const hopLimit of [0, -5, RELAY_HOPS_MAX + 1]) {
    const destination = carrier.id;
    assert.ok(await eve.call(carrier, { nodeId: far(end), destination, hopLimit, message: pack(hopLimit) }));
  }
  assert.equal(taken(carrier).map(([, message]) => message), [0, -5, RELAY_HOPS_MAX + 1]);
});

test("the last hop goes to the destination only", async () => {
  const world = new RelayWorld();
  const end = new Uint8Array(20).fill(0x11);
  const [destination, near] = [original(world, end), original(world, beside(end, 1))];
  const carrier = await knowing(world, [near, destination]);
  const eve = stranger(world);
  assert.ok(await eve.call(carrier, { nodeId: far(end), destination: end, hopLimit: 1, message: pack("last") }));
  await world.pass(5000);
  assert.equal([destination.asked.length, near.asked.length], [1, 0]);
  assert.is(destination.asked[0].hopLimit, 0);
});

test("a message is taken only from a node that is farther from its destination, by its own account", async () => {
  const world = new RelayWorld();
  const carrier = world.add();
  const eve = stranger(world);
  const ask = (nodeId: Uint8Array, destination: Uint8Array) =>
    eve.call(carrier, { nodeId, destination, hopLimit: 9, message: pack("hi") });
  const end = beside(carrier.id, 4);
  assert.is(await ask(carrier.id, end), null, "as near");
  assert.is(await ask(beside(carrier.id, 1), beside(carrier.id, 1)), null, "the destination itself");
  assert.is(await ask(beside(end, 1), end), null, "nearer");
  assert.ok(await ask(far(end), end));
});

test("whatever a caller says, a message goes to nobody farther from its destination than this node", async () => {
  const world = new RelayWorld();
  const end = new Uint8Array(20).fill(0x11);
  const carrier = world.add();
  const [nearer, farther] = [original(world, beside(end, 1)), original(world, far(end))];
  await world.drive(farther.node.join(carrier.address));
  await world.pass(1000);
  const eve = stranger(world);
  assert.ok(await eve.call(carrier, { nodeId: far(end), destination: end, hopLimit: 9, message: pack("hi") }));
  await world.pass(30_000);
  assert.equal(farther.asked, []);
  assert.is(carrier.relay.stats().stuck, 1);
  await world.drive(nearer.node.join(carrier.address));
  await world.pass(1000);
  assert.ok(await eve.call(carrier, { nodeId: far(end), destination: end, hopLimit: 9, message: pack("hi") }));
  await world.pass(5000);
  assert.is(nearer.asked.length, 1, "what nobody took may come again");
});

test("a carrier passes a message on once, also to a liar who sends it back", async () => {
  const world = new RelayWorld();
  const end = new Uint8Array(20).fill(0x11);
  const near = original(world, beside(end, 1));
  const carrier = await knowing(world, [near]);
  const eve = stranger(world);
  const ask = (hopLimit: number, nodeId = far(end)) =>
    eve.call(carrier, { nodeId, destination: end, hopLimit, message: pack("hi") });
  for (let count = 0; count < 10; count++) assert.ok(await ask(9));
  await world.pass(5000);
  // It says that it is far away, and counts the hops down.
  for (let hops = 8; hops > 0; hops--) assert.ok(await ask(hops, beside(far(end), hops)));
  await world.pass(5000);
  assert.is(near.asked.length, 1);
  assert.is(carrier.relay.stats().carriedBefore, 17);
  await world.pass(100_000);
  assert.ok(await ask(9));
  await world.pass(5000);
  assert.is(near.asked.length, 2, "it is forgotten in time for those who send again");
});

test("only the nearest that accepts gets a message: nil and silence lead to the next", async () => {
  const world = new RelayWorld();
  const end = new Uint8Array(20).fill(0x11);
  const full = original(world, beside(end, 1), () => false);
  const silent = new OldNode(world.network, { id: beside(end, 2), era: "rpcudp" });
  const willing = original(world, beside(end, 3));
  const spare = original(world, beside(end, 4));
  const alice = await knowing(world, [full, { node: silent }, willing, spare]);
  assert.is(await alice.relay.send(end, "hi"), true);
  await world.pass(30_000);
  assert.equal([full, willing, spare].map(({ asked }) => asked.length), [1, 1, 0]);
  assert.equal(silent.asked.filter((name) => /relay|msg/.test(name)), ["relay_message", "msg"]);
  assert.is(await alice.relay.send(end, "again"), true);
  await world.pass(1000);
  assert.is(willing.asked.length, 2, "who was silent is not waited for again at once");
});

test("both names are tried, and the one that was answered is remembered", async () => {
  const world = new RelayWorld();
  const end = new Uint8Array(20).fill(0x11);
  const names = (node: OldNode) => node.asked.filter((name) => /relay|msg/.test(name));
  const newer = newOriginal(world, beside(end, 1));
  const alice = await knowing(world, [newer]);
  for (const message of ["one", "two", "three"]) {
    assert.is(await alice.relay.send(end, message), true);
    await world.pass(20_000);
  }
  assert.equal(names(newer.node), ["relay_message", "msg", "msg", "msg"]);
  assert.is(newer.asked.length, 3);
  const other = newOriginal(world, beside(end, 2));
  await world.drive(other.node.join(alice.address));
  await world.pass(1000);
  await world.drive(newer.node.host.stop());
  assert.is(await alice.relay.send(end, "four"), true);
  await world.pass(30_000);
  assert.is(names(other.node)[0], "msg", "strangers are asked by the name that was answered last");
});

test("the name that a node knows is remembered for each of them", async () => {
  const world = new RelayWorld();
  const ends = [new Uint8Array(20).fill(0x11), new Uint8Array(20).fill(0xee)];
  const newer = newOriginal(world, beside(ends[0], 1));
  const older = original(world, beside(ends[1], 1));
  const names = (node: OldNode) => node.asked.filter((name) => /relay|msg/.test(name));
  const alice = await knowing(world, [newer, older]);
  for (const [index, end] of [ends[0], ends[1], ends[0], ends[1]].entries()) {
    assert.is(await alice.relay.send(end, index), true);
    await world.pass(20_000);
  }
  assert.equal(names(newer.node), ["relay_message", "msg", "msg"]);
  assert.equal(names(older.node), ["msg", "relay_message", "relay_message"]);
});

test("both names are understood", async () => {
  const world = new RelayWorld();
  const bob = world.add();
  const eve = stranger(world);
  for (const name of ["relay_message", "msg"]) {
    const answer = await eve.call(
      bob,
      { nodeId: far(bob.id), destination: bob.id, hopLimit: 1, message: pack(name) },
      name,
    );
    assert.is(`udp:${answer!.ip}:${answer!.port}`, eve.host.addresses()[0]);
  }
  assert.equal(taken(bob).map(([, message]) => message), ["relay_message", "msg"]);
});

test("a node of ours that knows nobody nearer says so to others of ours, which find another way", async () => {
  const world = new RelayWorld(4);
  const nearest = world.add();
  const end = beside(nearest.id, 1);
  const ids = [world.identity(), world.identity()].sort((a, b) => isNearer(end, a.nodeId, b.nodeId) ? -1 : 1);
  const [second, alice] = ids.map((identity) => world.add({ identity }));
  for (const { ground } of [second, alice]) await world.drive(ground.dht.bootstrap([nearest.address]));
  const { node, asked } = original(world, end);
  // Only one of them gets to know it.
  await world.drive(node.request(second.address, "ping", { nodeId: node.id }));
  await world.pass(1000);
  assert.is(await alice.relay.send(end, "hi"), true);
  await world.pass(20_000);
  assert.equal([nearest.relay.stats().declined, second.relay.stats().carried, asked.length], [1, 1, 1]);
  const eve = stranger(world);
  const args = { nodeId: far(end), destination: end, hopLimit: 9, message: pack("Eve's") };
  assert.ok(await eve.call(nearest, args), "others expect it to take what it has room for");
});

test("a full inbox refuses, and what it refused may come again", async () => {
  const world = new RelayWorld();
  const bob = world.add({ limits: { relayed: 1024 } });
  const eve = stranger(world);
  // Some places are for those who have answered.
  await world.drive(bob.ground.rpc.request(eve.host.addresses()[0], "ping", { nodeId: bob.id }).catch(() => {}));
  const ask = (message: unknown) =>
    eve.call(bob, { nodeId: far(bob.id), destination: bob.id, hopLimit: 1, message: pack(message as number) });
  let count = 0;
  while (await ask(count) !== null) count += 1;
  assert.ok(count >= 896 && count <= 1024, `${count} messages`);
  assert.is(taken(bob).length, count);
  assert.ok(await ask(count));
});

test("a stranger who fills the queue keeps neither own messages out nor those of others", async () => {
  const world = new RelayWorld();
  const end = new Uint8Array(20).fill(0x11);
  const slow = new OldNode(world.network, { id: beside(end, 1), era: "rpcudp" });
  const carrier = await knowing(world, [{ node: slow }]);
  const eve = stranger(world);
  const flood = [];
  for (let index = 0; index < 2000; index++) {
    const args = { nodeId: far(end), destination: end, hopLimit: 9, message: pack(index) };
    flood.push(eve.rpc.request(carrier.address, "relay_message", args).catch(() => undefined));
  }
  const answers = await world.drive(Promise.all(flood));
  const queued = answers.filter((answer) => answer !== null && answer !== undefined).length;
  assert.ok(queued >= 100 && queued <= 600, `${queued} of Eve's`);
  const anna = stranger(world);
  const args = { nodeId: far(end), destination: end, hopLimit: 9, message: pack("Anna's") };
  assert.ok(await anna.call(carrier, args));
  for (let index = 0; index < 256; index++) assert.is(await carrier.relay.send(end, index), true);
});

test("many strangers together leave a quarter of the queue for own messages", async () => {
  const world = new RelayWorld();
  const end = new Uint8Array(20).fill(0x11);
  const carrier = world.add({ limits: { relaying: 64 } });
  const slow = new OldNode(world.network, { id: beside(end, 1), era: "rpcudp" });
  await world.drive(slow.join(carrier.address));
  await world.pass(1000);
  let queued = 0;
  for (let index = 0; index < 12; index++) {
    const eve = stranger(world);
    for (let count = 0; count < 8; count++) {
      const args = { nodeId: far(end), destination: end, hopLimit: 9, message: pack([index, count]) };
      if (await eve.call(carrier, args) !== null) queued += 1;
    }
  }
  assert.ok(queued >= 40, `${queued} messages of strangers`);
  for (let index = 0; index < 16; index++) assert.is(await carrier.relay.send(end, index), true);
});

test("a copy that another node brings is not delivered twice; what the same node sends again is", async () => {
  const world = new RelayWorld();
  const bob = world.add();
  const [one, two] = [stranger(world), stranger(world)];
  const args = { nodeId: far(bob.id), destination: bob.id, hopLimit: 1, message: pack("ok") };
  assert.ok(await one.call(bob, args));
  assert.ok(await two.call(bob, args));
  assert.equal(taken(bob), [[null, "ok"]]);
  assert.ok(await one.call(bob, args));
  assert.equal(taken(bob), [[null, "ok"]]);
});

test("nodes that speak differently pass on each other's messages", async () => {
  const world = new RelayWorld(2);
  const networks = ["storjnet", "storjnode", "kademlia"] as const;
  for (let index = 0; index < 30; index++) await world.join(1, { network: networks[index % 3] });
  const [one, two, three] = world.nodes.slice(12);
  for (const [from, to] of [[one, two], [two, three], [three, one]]) {
    assert.is(await from.relay.send(to.id, "plain"), true);
    await world.pass(5000);
    assert.is(await from.relay.send(to.id, "repeated", { repeat: true }), true);
    await world.pass(5000);
    assert.equal(taken(to), [[null, "plain"], [formatHex(from.id), "repeated"]]);
    assert.is(from.relay.stats().unconfirmed, 0);
  }
});

test("what nests deeply, or is no value, disturbs nobody", async () => {
  const world = new RelayWorld();
  const bob = world.add();
  const eve = stranger(world);
  const bytes = [
    new Uint8Array(519).fill(0x91).with(518, 0xc0),
    // A map with a key twice; a key that is no text.
    Uint8Array.of(0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2),
    Uint8Array.of(0x81, 1, 2),
  ];
  const nodeId = far(bob.id);
  for (const one of bytes) {
    const request = joinBytes([
      Uint8Array.of(0, ...world.network.random.bytes(20), 0x92, 0xad),
      new TextEncoder().encode("relay_message"),
      Uint8Array.of(0x94, 0xc4, 20, ...nodeId, 0xc4, 20, ...bob.id, 1),
      one,
    ]);
    const mount = world.network.addHost();
    void mount.start();
    void mount.mountDatagrams("storj", { raw: true }).sendDatagram(request, { peerId: "", addresses: [bob.address] });
    await world.pass(100);
  }
  assert.equal(taken(bob), []);
  assert.equal(bob.events.filter(({ type }) => type === "handler-failed"), []);
  assert.ok(await eve.call(bob, { nodeId, destination: bob.id, hopLimit: 1, message: pack("still there") }));
  assert.equal(taken(bob), [[null, "still there"]]);
});

test.run();
