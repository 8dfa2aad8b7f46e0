/**
 * Where others see nodes behind each kind of NAT, and how these stay within reach.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { NatOptions } from "../../src/host/sim/mod.ts";
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
