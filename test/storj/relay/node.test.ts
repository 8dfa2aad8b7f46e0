/**
 * Relayed messages of whole nodes.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { storjNode } from "../../../src/storj/mod.ts";
import { rejects } from "../expect.ts";
import { type StorjWorld, storjWorld } from "../world.ts";

const test = suite("storj: relayed messages of nodes");

/** Somebody whom nobody has seen. */
const NOBODY = "29".repeat(20);

async function network(nodes = 6): Promise<StorjWorld> {
  return await storjWorld({ nodes, nodeOptions: (index) => ({ answerRequests: index === 2 }) });
}

test("messages reach handlers, loops and lists", async () => {
  const world = await network();
  const [alice, bob] = world.nodes;
  assert.is(await alice.relayMessage(bob.nodeIdHex, "one"), true);
  // They go their own ways, and one may overtake the other.
  await world.pass(5000);
  assert.is(await alice.relayMessage(bob.nodeId, { two: 2 }, { signed: true }), true);
  await world.pass(5000);
  assert.equal(bob.relayedMessages(), [
    { from: null, message: "one", relayed: true },
    { from: alice.nodeIdHex, message: { two: 2 }, relayed: true },
  ]);
  const seen: unknown[] = [];
  const handler = bob.onMessage((source, message, relayed) => void seen.push([source, message, relayed]));
  assert.is(await alice.relayMessage(bob.nodeIdHex, "three", { repeat: true }), true);
  await world.pass(5000);
  assert.equal(seen, [[alice.nodeId, "three", true]]);
  const told = world.members[0].events.filter(({ type }) => type.startsWith("relayed-"));
  assert.equal(told, [{ type: "relayed-confirmed", to: bob.nodeIdHex, message: "three" }]);
  handler[Symbol.dispose]();
  const next = bob.messages().next();
  assert.is(await alice.relayMessage(bob.nodeIdHex, "four"), true);
  assert.equal((await world.drive(next)).value, { from: null, message: "four", relayed: true });
  await world.close();
});

test("a sealed message needs the receiver's key, which nodes publish by themselves", async () => {
  const world = await network();
  const [alice, bob] = world.nodes;
  await world.pass(30_000);
  assert.is(await world.drive(alice.relayMessage(bob.nodeIdHex, "sealed", { sealed: true })), true);
  await world.pass(5000);
  assert.equal(bob.relayedMessages(), [{ from: alice.nodeIdHex, message: "sealed", relayed: true }]);
  await rejects(world.drive(alice.relayMessage(NOBODY, "sealed", { sealed: true })), "not-found");
  await world.close();
});

test("ids and messages are checked", async () => {
  const world = await network(1);
  const [alice] = world.nodes;
  for (const id of ["", "29", new Uint8Array(21), "x".repeat(40)]) {
    await rejects(alice.relayMessage(id, "hi"), "invalid-node-id");
    await rejects(alice.requestInfo(id), "invalid-node-id");
    await rejects(alice.requestPeers(id), "invalid-node-id");
  }
  await rejects(alice.relayMessage(NOBODY, "x".repeat(517)), "too-large");
  await rejects(alice.relayMessage(NOBODY, "\ud800"), "invalid-message");
  assert.is(await alice.relayMessage(alice.nodeId, "me"), true);
  assert.equal(alice.relayedMessages(), [{ from: null, message: "me", relayed: true }]);
  await world.close();
  await rejects(alice.relayMessage(NOBODY, "hi"), "closed");
  await rejects(alice.requestInfo(NOBODY), "closed");
});

test("a node that is asked says what it is and whom it knows, if it wants to", async () => {
  const world = await network();
  const [alice, bob, carol] = world.nodes;
  const info = await world.drive(alice.requestInfo(carol.nodeIdHex));
  assert.equal(info.network.transport, { ip: world.members[2].place.split(":")[0], port: 4653 });
  const peers = await world.drive(alice.requestPeers(carol.nodeId));
  assert.equal(
    [...peers].sort(),
    world.nodes.filter((node) => node !== carol).map(({ nodeIdHex }) => nodeIdHex).sort(),
  );
  await rejects(world.drive(alice.requestInfo(bob.nodeIdHex, { timeoutMs: 10_000 })), "timeout");
  await world.close();
});

test("what was queued is passed on before a node is closed", async () => {
  const world = await network();
  const [alice, bob] = world.nodes;
  for (let index = 0; index < 100; index++) assert.is(await alice.relayMessage(bob.nodeIdHex, index), true);
  await world.drive(alice.close());
  await world.pass(2000);
  assert.is(bob.relayedMessages().length, 100);
  // It does not wait for what cannot be passed on.
  const carol = world.members[2];
  world.network.partition([carol.host]);
  assert.is(await carol.node.relayMessage(bob.nodeIdHex, "lost"), true);
  const startMs = world.network.nowMs;
  await world.drive(carol.node.close());
  assert.ok(world.network.nowMs - startMs < 6000, `${world.network.nowMs - startMs} ms`);
});

test("over UDP", async () => {
  await using alice = await storjNode();
  await using bob = await storjNode({ bootstrap: [`127.0.0.1:${alice.port}`] });
  await bob.ready();
  const came = alice.messages();
  assert.is(await bob.relayMessage(alice.nodeIdHex, "hi alice", { repeat: true }), true);
  assert.equal((await came.next()).value, { from: bob.nodeIdHex, message: "hi alice", relayed: true });
  assert.is(await bob.relayMessage(alice.nodeIdHex, "hi again"), true);
  assert.equal((await came.next()).value, { from: null, message: "hi again", relayed: true });
  // Whose key is not there yet is waited for.
  assert.is(await bob.relayMessage(alice.nodeIdHex, "secret", { sealed: true }), true);
  assert.equal((await came.next()).value, { from: bob.nodeIdHex, message: "secret", relayed: true });
});

test.run();
