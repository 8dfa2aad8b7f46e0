/**
 * Asking nodes through others what they are and whom they know.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex } from "../../../codec/mod.ts";
import { Packed } from "../../../codec/msgpack/mod.ts";
import { signedParts } from "../../../codec/protocols/storj/mod.ts";
import { type Identity, openEnvelope, signEnvelope } from "../../../src/identity/mod.ts";
import { INFO_VERSION } from "../../../src/storj/relay/peers-info.ts";
import { root } from "../../../tasks/project.ts";
import { rejects } from "../expect.ts";
import { type RelayNode, RelayWorld, taken } from "./world.ts";

const test = suite("storj: asking nodes");

/** A network in which one node answers questions. */
async function network(seed = 1) {
  const world = new RelayWorld(seed);
  await world.join(20);
  const answering = world.add({ answerRequests: true });
  await world.drive(answering.ground.dht.bootstrap([world.nodes[0].address]));
  await world.pass(10_000);
  return { world, alice: world.nodes[4], answering };
}

function signal(from: Identity, name: string, random?: (count: number) => Uint8Array): Packed {
  const { token, body } = signedParts({ token: "signal", name });
  return new Packed(signEnvelope(from, token, body, random === undefined ? {} : { random }));
}

function bring(world: RelayWorld, from: RelayNode, to: RelayNode, message: Packed) {
  const nodeId = to.id.map((byte) => byte ^ 255);
  return world.drive(
    from.ground.rpc.request(to.address, "relay_message", { nodeId, destination: to.id, hopLimit: 1, message }),
  );
}

test("a node says what it is", async () => {
  const { world, alice, answering } = await network();
  const { version, storage, network: { transport, isPublic, unl }, platform } = await world.drive(
    alice.relay.requestInfo(answering.id),
  );
  assert.match(version, /^\d+\.\d+\.\d+$/);
  // A release that is not told of here is noticed.
  const { version: released } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  assert.is(version, released);
  assert.is(version, INFO_VERSION);
  assert.is(storage.total, 64 * 1024 * 1024);
  assert.is(storage.total, storage.used + storage.free);
  assert.is(`udp:${transport.ip}:${transport.port}`, answering.address);
  assert.equal([isPublic, unl], [true, ""]);
  assert.ok(platform.system.length > 0 && platform.machine.length > 0);
  assert.equal(taken(answering), [], "the question is not shown");
  assert.equal(taken(alice), [], "nor the answer");
});

test("a node names the nodes near to it", async () => {
  const { world, alice, answering } = await network();
  const peers = await world.drive(alice.relay.requestPeers(answering.id));
  const nearest = answering.ground.dht.closest(answering.id, 20).map(({ id }) => formatHex(id));
  assert.equal(peers.map(formatHex), nearest);
});

test("questions and answers that get lost are sent again", async () => {
  const { world, alice, answering } = await network(2);
  world.network.setLinks({ loss: 0.4 });
  const [info, peers] = await world.drive(
    Promise.all([alice.relay.requestInfo(answering.id), alice.relay.requestPeers(answering.id)]),
  );
  assert.is(info.version, INFO_VERSION);
  // Nodes that were silent for a while are out of its table.
  assert.ok(peers.length > 3, `${peers.length} peers`);
  assert.is(alice.relay.stats().unconfirmed, 0);
});

test("nobody is told who does not want to be asked", async () => {
  const { world, alice } = await network();
  const silent = world.nodes[9];
  await rejects(world.drive(alice.relay.requestInfo(silent.id, { timeoutMs: 20_000 })), "timeout");
  assert.is(alice.relay.stats().unconfirmed, 0);
  const { checked, ignored } = silent.relay.stats();
  assert.equal([checked, ignored > 0], [0, true]);
  const startMs = world.network.nowMs;
  await rejects(world.drive(alice.relay.requestPeers(silent.id)), "timeout");
  assert.is(Math.round((world.network.nowMs - startMs) / 1000), 120);
});

test("what waits for an answer ends with the signal, and with the node", async () => {
  const { world, alice } = await network();
  const silent = world.nodes[9];
  const controller = new AbortController();
  const asked = alice.relay.requestInfo(silent.id, { signal: controller.signal });
  const other = alice.relay.requestInfo(silent.id);
  controller.abort();
  await rejects(world.drive(asked), "aborted");
  assert.is(alice.relay.stats().unconfirmed, 1, "somebody else still waits");
  await world.drive(alice.relay.close());
  alice.ground.beginClosing();
  await rejects(world.drive(other), "closed");
});

test("asking oneself needs nobody", async () => {
  const world = new RelayWorld();
  const alice = world.add();
  assert.is((await alice.relay.requestInfo(alice.id)).version, INFO_VERSION);
  assert.equal(await alice.relay.requestPeers(alice.id), []);
});

test("a question that comes again is answered a few times only, whoever brings it", async () => {
  const { world, alice, answering } = await network();
  await world.pass(10_000);
  const asked = signal(world.identity(), "request_info");
  const before = answering.relay.stats();
  for (let count = 0; count < 100; count++) await bring(world, alice, answering, asked);
  const { passed, stuck, checked } = answering.relay.stats();
  const answers = passed + stuck - before.passed - before.stuck;
  assert.ok(answers >= 1 && answers <= 4, `${answers} answers`);
  assert.ok(checked - before.checked <= 4);
});

test("many who ask at once get few answers a second", async () => {
  const { world, alice, answering } = await network();
  const before = answering.relay.stats();
  const startMs = world.network.nowMs;
  for (let count = 0; count < 40; count++) {
    await bring(world, alice, answering, signal(world.identity(), "request_peers"));
  }
  const seconds = Math.ceil((world.network.nowMs - startMs) / 1000);
  const { passed, stuck } = answering.relay.stats();
  assert.ok(passed + stuck - before.passed - before.stuck <= 5 * (seconds + 1));
});

test("an answer is taken from whom it was asked, signed by that one", async () => {
  const { world, alice } = await network();
  const bob = world.nodes[9];
  const eve = world.identity();
  const asked = alice.relay.requestPeers(bob.id);
  const { token, body } = signedParts({ token: "peers", peers: [new Uint8Array(20).fill(7)] });
  await bring(world, bob, alice, new Packed(signEnvelope(eve, token, body)));
  const forged = signEnvelope(bob.identity, token, body);
  forged[forged.length - 1] ^= 1;
  await bring(world, bob, alice, new Packed(forged));
  const wrong = signedParts({ token: "peers", peers: [] });
  const odd = signEnvelope(bob.identity, wrong.token, new Uint8Array(19));
  assert.ok(openEnvelope(odd).ok);
  await bring(world, bob, alice, new Packed(odd));
  assert.is(alice.relay.stats().unconfirmed, 1);
  await bring(world, bob, alice, new Packed(signEnvelope(bob.identity, token, body)));
  assert.equal(await world.drive(asked), [new Uint8Array(20).fill(7)]);
  assert.equal(taken(alice), []);
});

test("signals that are none are ignored", async () => {
  const { world, alice, answering } = await network();
  const before = answering.relay.stats();
  for (const name of ["", "request_everything", "constructor", "__proto__"]) {
    await bring(world, alice, answering, signal(world.identity(), name));
  }
  assert.is(answering.relay.stats().ignored - before.ignored, 4);
  assert.equal(taken(answering), []);
});

test.run();
