/**
 * Where others see nodes behind each kind of NAT, and how these stay within reach.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { NatOptions } from "../../src/host/sim/mod.ts";
import { mostFrequent } from "../../src/storj/public-address.ts";
import { OldNode } from "./old-node.ts";
import { type Member, type StorjWorld, storjWorld } from "./world.ts";

const test = suite("storj: public addresses");

const HOUR_MS = 3_600_000;

/** The kinds, by what a node finds out. */
const KINDS: readonly (NatOptions & { readonly seen: "cone" | "symmetric" })[] = [
  { mapping: "socket", filter: "none", seen: "cone" },
  { mapping: "socket", filter: "address", seen: "cone" },
  { mapping: "socket", filter: "port", seen: "cone" },
  { mapping: "destination", filter: "port", seen: "symmetric" },
];

function nameOf({ mapping, filter }: NatOptions): string {
  return `${mapping}, ${filter}`;
}

/** A node behind a NAT of its own, in a network of public ones. */
async function behind(options: NatOptions, nodes = 12): Promise<{ world: StorjWorld; home: Member; ip: string }> {
  const world = await storjWorld({ nodes });
  const nat = world.network.addNat(options);
  const home = await world.add({ bootstrap: [world.members[0].place] }, world.network.addHost({ nat }));
  await world.drive(home.node.ready());
  await world.pass(20_000);
  return { world, home, ip: nat.ip };
}

test("a node that others see where it sees itself is public", async () => {
  const world = await storjWorld({ nodes: 4 });
  const [{ node, place }] = world.members;
  const [ip, port] = place.split(":");
  const at = { ip, port: Number(port) };
  assert.equal(await world.drive(node.transport()), { wan: at, lan: at, nat: "none" });
  assert.is(await world.drive(node.isPublic()), true);
  assert.equal(node.stats().publicAddress, { nat: "none", keptOpen: 0 });
  await world.close();
});

test("without others, nobody knows", async () => {
  const world = await storjWorld({ nodes: 1 });
  const [node] = world.nodes;
  assert.is(await world.drive(node.transport()), null);
  assert.is(await world.drive(node.isPublic()), false);
  await world.close();
});

for (const kind of KINDS) {
  test(`${nameOf(kind)}: the node knows what it is behind, and is private`, async () => {
    const { world, home, ip } = await behind(kind);
    const transport = (await world.drive(home.node.transport()))!;
    assert.equal(transport.lan, { ip: "192.168.0.1", port: 4653 });
    assert.is(transport.wan.ip, ip);
    assert.is(transport.nat, kind.seen);
    assert.is(await world.drive(home.node.isPublic()), false);
    await world.close();
  });

  test(`${nameOf(kind)}: the ways to five neighbours stay open, and relayed messages come in by them`, async () => {
    const { world, home } = await behind(kind);
    const nearest = home.node.peers().slice(0, 5).map(({ nodeId }) => nodeId);
    for (let minute = 1; minute <= 60; minute++) {
      await world.pass(HOUR_MS / 60);
      assert.is(home.node.stats().publicAddress.keptOpen, 5, `after ${minute} minutes`);
    }
    const neighbours = world.nodes.filter(({ nodeIdHex }) => nearest.includes(nodeIdHex));
    assert.is(neighbours.length, 5);
    for (const node of neighbours) assert.ok(await world.drive(node.messageSend(home.node.nodeId, "direct")));
    assert.is(Object.keys(home.node.messageList()).length, 5);
    const sender = world.members.find(({ node }) => !nearest.includes(node.nodeIdHex))!.node;
    assert.ok(await world.drive(sender.relayMessage(home.node.nodeId, "hello", { repeat: true })));
    await world.pass(5000);
    assert.equal(home.node.relayedMessages(), [{ from: sender.nodeIdHex, message: "hello", relayed: true }]);
    await world.close();
  });
}

for (const kind of KINDS) {
  test(`${nameOf(kind)}: others have it call them, and then they find it, write to it and open streams`, async () => {
    const { world, home } = await behind(kind);
    await world.pass(30_000);
    const nearest = home.node.peers().slice(0, 5).map(({ nodeId }) => nodeId);
    const [one, two] = world.nodes.filter(({ nodeIdHex }) =>
      !nearest.includes(nodeIdHex) && nodeIdHex !== home.node.nodeIdHex
    );
    const place = await world.drive(one.dhtFind(home.node.nodeId));
    assert.is(place?.ip, (await world.drive(home.node.transport()))!.wan.ip);
    assert.ok(await world.drive(one.messageSend(home.node.nodeId, "hello")));
    assert.equal(home.node.messageList(), { [one.nodeIdHex]: ["hello"] });
    const stream = await world.drive(two.openStream(home.node.nodeId));
    assert.is(await world.drive(stream.write(Uint8Array.of(1, 2, 3))), 3);
    await world.drive(stream.close());
    // A while later the way is closed, which a message may have to find out, and is opened again.
    await world.pass(300_000);
    await world.drive(one.messageSend(home.node.nodeId, "lost, or not"));
    assert.ok(await world.drive(one.messageSend(home.node.nodeId, "again")));
    await world.close();
  });
}

test("two nodes behind NATs reach each other unless one has a port for each, and the other looks at ports", async () => {
  const [, byAddress, byPort, symmetric] = KINDS;
  const pairs = [[byPort, byPort, true], [byAddress, symmetric, true], [symmetric, byAddress, true]] as const;
  const closed = [[byPort, symmetric, false], [symmetric, byPort, false]] as const;
  for (const [from, to, isReached] of [...pairs, ...closed]) {
    const { world, home } = await behind(to, 16);
    const bootstrap = [world.members[0].place];
    const other = await world.add({ bootstrap }, world.network.addHost({ nat: world.network.addNat(from) }));
    await world.drive(other.node.ready());
    await world.pass(60_000);
    const sent = await world.drive(other.node.messageSend(home.node.nodeId, "hello"));
    assert.is(sent, isReached, `${nameOf(from)} to ${nameOf(to)}`);
    assert.is(Object.keys(home.node.messageList()).length, sent ? 1 : 0);
    await world.close();
  }
});

test("who is named and does not call is not there: a few seconds more, and null", async () => {
  const world = await storjWorld({ nodes: 8 });
  const { node: dead, host } = world.members[7];
  const [node] = world.nodes;
  host.crash();
  await world.pass(30_000);
  const begin = world.network.nowMs;
  assert.is(await world.drive(node.dhtFind(dead.nodeId, { timeoutMs: 30_000 })), null);
  assert.ok(world.network.nowMs - begin < 15_000, `${world.network.nowMs - begin} ms`);
});

test("what most say counts, of equals what came first", () => {
  const [a, b] = [{ ip: "10.0.0.1", port: 1 }, { ip: "10.0.0.1", port: 2 }];
  assert.equal(mostFrequent([a, b, b]), { at: b, count: 2 });
  assert.equal(mostFrequent([b, a, a, b]), { at: b, count: 2 });
  assert.is(mostFrequent([]), null);
});

test("a public node asks where it is now and then, and keeps nothing open", async () => {
  const world = await storjWorld({ nodes: 8 });
  const [node] = world.nodes;
  const before = node.stats().calls.calls;
  await world.pass(HOUR_MS);
  const { stun, ping } = node.stats().calls.calls;
  const asked = stun!.sent - (before.stun?.sent ?? 0);
  assert.ok(asked >= 25 && asked <= 35, `${asked} were asked in an hour`);
  assert.ok((ping?.sent ?? 0) - (before.ping?.sent ?? 0) < 100);
  await world.close();
});

test("neighbours that fall silent are replaced, and called again later", async () => {
  const { world, home } = await behind({ filter: "port" });
  const nearest = home.node.peers().slice(0, 2).map(({ nodeId }) => nodeId);
  const dead = world.members.filter(({ node }) => nearest.includes(node.nodeIdHex));
  assert.is(dead.length, 2);
  for (const { host } of dead) host.crash();
  await world.pass(35_000);
  assert.is(home.node.stats().publicAddress.keptOpen, 5);
  const before = pingsSent(home);
  await world.pass(60_000);
  assert.ok(pingsSent(home) - before < 30, `${pingsSent(home) - before} calls in a minute`);
});

function pingsSent({ node }: Member): number {
  return node.stats().calls.calls.ping!.sent;
}

test("one who lies about where a node is changes nothing; two nodes of one house are not public for each other", async () => {
  const world = await storjWorld({ nodes: 4 });
  const nat = world.network.addNat();
  const bootstrap = [world.members[0].place];
  const first = await world.add({ bootstrap }, world.network.addHost({ nat }));
  await world.drive(first.node.ready());
  const second = await world.add({ bootstrap: [...bootstrap, first.place] }, world.network.addHost({ nat }));
  await world.drive(second.node.ready());
  await world.pass(30_000);
  const inside = second.node.knownPeers().filter(({ contact }) => contact.ip.startsWith("192.168."));
  assert.is(inside.length, 1, "they know each other by their inner addresses");
  assert.is((await world.drive(second.node.transport()))!.nat, "cone");
  const liar = new OldNode(world.network, {
    id: beside(first.node.nodeId),
    answers: { stun: () => ({ ip: "10.9.9.9", port: 9 }) },
  });
  await world.drive(liar.join(world.members[0].address));
  await world.pass(30_000);
  const known = await world.drive(first.node.dhtFind(liar.id));
  assert.is(known?.ip, liar.place.split(":")[0]);
  assert.equal(await world.drive(first.node.transport()), {
    wan: { ip: nat.ip, port: 1024 },
    lan: { ip: "192.168.0.1", port: 4653 },
    nat: "cone",
  });
  assert.ok(liar.asked.includes("stun"));
  await world.close();
});

/** The nearest id there is. */
function beside(id: Uint8Array): Uint8Array {
  return id.with(19, id[19] ^ 1);
}

test("one who is asked alone cannot tell what kind of NAT it is", async () => {
  const { world, home } = await behind({ mapping: "destination" }, 1);
  assert.is((await world.drive(home.node.transport()))!.nat, "unknown");
  assert.is(home.node.stats().publicAddress.keptOpen, 1);
  await world.close();
});

test.run();
