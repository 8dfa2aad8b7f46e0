/**
 * Where others see nodes behind each kind of NAT, and how these stay within reach.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { NatOptions } from "../../src/host/sim/mod.ts";
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

test.run();
