/**
 * Relayed messages that are signed, sealed, repeated and confirmed; and those that are forged.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex } from "../../../codec/mod.ts";
import { type MsgpackValue, pack, Packed } from "../../../codec/msgpack/mod.ts";
import { type Relayed, RELAYED_TOKEN, relayedBody } from "../../../codec/protocols/storj/mod.ts";
import {
  type Identity,
  openEnvelope,
  publishSealingKey,
  readSealingKey,
  seal,
  signEnvelope,
} from "../../../src/identity/mod.ts";
import { rpcEndpoint } from "../../../src/rpc/mod.ts";
import type { RelayOptions } from "../../../src/storj/mod.ts";
import { isNearer } from "../../../src/storj/relay/next-hops.ts";
import { OldNode } from "../old-node.ts";
import { rejects } from "../expect.ts";
import { beside, type RelayNode, RelayWorld, taken } from "./world.ts";

const test = suite("storj: signed relayed messages");
const HERE = { ip: "10.0.0.1", port: 4653 };
const HOUR_MS = 3_600_000;

/** Somebody who brings messages to others as if they had been passed on. */
function carrier(world: RelayWorld) {
  const host = world.network.addHost();
  void host.start();
  const rpc = rpcEndpoint({ host });
  return (to: RelayNode, message: Packed | Uint8Array) => {
    const args = {
      nodeId: to.id.map((byte) => byte ^ 255),
      destination: to.id,
      hopLimit: 1,
      message: message instanceof Packed ? message : new Packed(message),
    };
    return world.drive(rpc.request(to.address, "relay_message", args));
  };
}

/** An envelope of our own kind. */
function envelope(
  from: Identity,
  to: Uint8Array,
  parts: Partial<Relayed> & Pick<Relayed, "time">,
  value: MsgpackValue = "hi",
) {
  const relayed: Relayed = { kind: "message", destination: to, confirm: false, content: pack(value).bytes, ...parts };
  return signEnvelope(from, RELAYED_TOKEN, relayedBody(relayed));
}

/** All bytes of datagrams that pass, from now on. */
function captured(world: RelayWorld): Uint8Array[] {
  const all: Uint8Array[] = [];
  world.onDatagram = (bytes) => void all.push(bytes.slice());
  return all;
}

function holds(bytes: Uint8Array, part: Uint8Array): boolean {
  return formatHex(bytes).includes(formatHex(part));
}

test("a signed message says whom it is from", async () => {
  const world = new RelayWorld();
  await world.join(20);
  const [, alice, , , bob] = world.nodes;
  assert.is(await alice.relay.send(bob.id, { text: "hi" }, { signed: true }), true);
  await world.pass(2000);
  assert.equal(taken(bob), [[formatHex(alice.id), { text: "hi" }]]);
  assert.is(bob.relay.stats().sent, 0, "nobody wants to know");
});

test("a repeated message is confirmed, and not sent again then", async () => {
  const world = new RelayWorld();
  await world.join(20);
  const [, alice, , , bob] = world.nodes;
  assert.is(await alice.relay.send(bob.id, "hi", { repeat: true }), true);
  assert.is(alice.relay.stats().unconfirmed, 1);
  await world.pass(600_000);
  assert.equal(taken(bob), [[formatHex(alice.id), "hi"]]);
  const { sent, unconfirmed, confirmed } = alice.relay.stats();
  assert.equal({ sent, unconfirmed, confirmed }, { sent: 1, unconfirmed: 0, confirmed: 1 });
  const told = alice.events.filter(({ type }) => type.startsWith("relayed"));
  assert.equal(told, [{ type: "relayed-confirmed", to: formatHex(bob.id), message: "hi" }]);
});

test("without a confirmation it is sent again after 1, 3, 5, 10, 15, 20, 25, 30, 60 and 120 s", async () => {
  const world = new RelayWorld(1, { jitterMs: 0 });
  const times: number[] = [];
  const messages: Uint8Array[] = [];
  const end = new Uint8Array(20).fill(0x11);
  const old = new OldNode(world.network, {
    id: beside(end, 1),
    era: "rpcudp",
    answers: {
      relay_message: ({ message }) => {
        times.push(world.network.nowMs);
        messages.push(message.bytes.slice());
        return HERE;
      },
    },
  });
  const alice = world.add();
  await world.drive(old.join(alice.address));
  await world.pass(10_000);
  assert.is(await alice.relay.send(end, "hi", { repeat: true }), true);
  await world.pass(700_000);
  const pauses = times.slice(1).map((time, index) => Math.round((time - times[index]) / 1000));
  // The first one waited for the node to say what it can.
  assert.equal(pauses.slice(1), [3, 5, 10, 15, 20, 25, 30, 60, 120]);
  assert.is(new Set(messages.map(formatHex)).size, 11, "each one is signed anew, or nodes would not pass it on");
  assert.ok(messages.every((bytes) => openEnvelope(bytes).ok));
  const told = alice.events.filter(({ type }) => type.startsWith("relayed"));
  assert.equal(told, [{ type: "relayed-unconfirmed", to: formatHex(end), message: "hi" }]);
  assert.is(alice.relay.stats().unconfirmed, 0);
});

test("through 30 % loss, a repeated message arrives once", async () => {
  const world = new RelayWorld(5);
  await world.join(30);
  world.network.setLinks({ loss: 0.3 });
  const bob = world.nodes[7];
  const senders = world.nodes.filter((node) => node !== bob).slice(0, 20);
  for (const { relay, id } of senders) assert.is(await relay.send(bob.id, formatHex(id), { repeat: true }), true);
  await world.pass(400_000);
  const came = taken(bob);
  assert.ok(came.every(([from, message]) => from === message));
  assert.equal(came.map(([from]) => from).sort(), senders.map(({ id }) => formatHex(id)).sort());
});

test("a message that comes again is confirmed again, and delivered once", async () => {
  const world = new RelayWorld();
  const [alice, bob] = [world.add(), world.add()];
  await world.drive(alice.ground.dht.bootstrap([bob.address]));
  await world.pass(1000);
  const bring = carrier(world);
  const time = Math.floor(alice.host.clock.now());
  const confirmed = envelope(alice.identity, bob.id, { time, confirm: true });
  for (let count = 0; count < 30; count++) {
    assert.ok(await bring(bob, confirmed));
    await world.pass(5000);
  }
  assert.equal(taken(bob), [[formatHex(alice.id), "hi"]]);
  const { delivered, repeated } = bob.relay.stats();
  assert.equal([delivered, repeated], [1, 29]);
  // Nobody can have the node send without end.
  assert.is(bob.relay.stats().passed, 12);
  await world.pass(8 * HOUR_MS);
  assert.ok(await bring(bob, confirmed), "not said to be refused, or others would be tried");
  assert.equal(taken(bob), [], "too old by now");
});

test("confirmations that lead nowhere take an eighth of the queue at most", async () => {
  const world = new RelayWorld(1, { latencyMs: 1, jitterMs: 0 });
  const bob = world.add({ limits: { relaying: 64 } });
  const dead = new OldNode(world.network, { era: "rpcudp" });
  await world.drive(dead.join(bob.address));
  await world.pass(1000);
  const bring = carrier(world);
  for (let count = 0; count < 20; count++) {
    // All of them for a node beside one that is silent.
    let eve = world.identity();
    while (!isNearer(eve.nodeId, dead.id, bob.id)) eve = world.identity();
    const time = Math.floor(bob.host.clock.now());
    assert.ok(await bring(bob, envelope(eve, bob.id, { time, confirm: true })));
  }
  assert.is(taken(bob).length, 20);
  assert.is(bob.relay.stats().queued, 8);
});

test("what is too old, too far in the future, or for somebody else is not delivered", async () => {
  const world = new RelayWorld();
  const bob = world.add();
  const alice = world.identity();
  const bring = carrier(world);
  const now = bob.host.clock.now();
  for (const time of [now - 7 * HOUR_MS, now + 2 * HOUR_MS, 0]) await bring(bob, envelope(alice, bob.id, { time }));
  await bring(bob, envelope(alice, beside(bob.id, 1), { time: now }));
  assert.equal(taken(bob), []);
  assert.is(bob.relay.stats().ignored, 4);
  assert.is(bob.relay.stats().checked, 0, "and costs no check of a signature");
  for (const time of [now - 5 * HOUR_MS, now + HOUR_MS / 2]) await bring(bob, envelope(alice, bob.id, { time }));
  assert.is(taken(bob).length, 2);
});

test("a confirmation counts only from whom the message was for", async () => {
  const world = new RelayWorld();
  const [alice, bob] = [world.add(), world.add()];
  const eve = world.identity();
  const bring = carrier(world);
  const all = captured(world);
  await world.drive(alice.ground.dht.bootstrap([bob.address]));
  // Bob is gone; what is sent to him is seen.
  bob.relay.close();
  assert.is(await alice.relay.send(bob.id, "hi", { repeat: true }), true);
  await world.pass(1000);
  assert.ok(all.length > 0);
  const { createHash } = await import("node:crypto");
  const sent = all.map(envelopeOf).find((found) => found !== null)!;
  const opened = openEnvelope(sent);
  assert.ok(opened.ok);
  const digest = createHash("sha256").update(opened.envelope.sender).update(opened.envelope.signedBytes).digest();
  const time = Math.floor(alice.host.clock.now());
  const seen = { kind: "seen" as const, content: new Uint8Array(digest), time };
  await bring(alice, envelope(eve, alice.id, seen));
  assert.is(alice.relay.stats().unconfirmed, 1, "of somebody else");
  const forged = envelope(bob.identity, alice.id, seen);
  forged[forged.length - 1] ^= 1;
  await bring(alice, forged);
  assert.is(alice.relay.stats().unconfirmed, 1, "forged");
  await bring(alice, envelope(bob.identity, alice.id, { ...seen, content: new Uint8Array(32) }));
  assert.is(alice.relay.stats().unconfirmed, 1, "of another message");
  await bring(alice, envelope(bob.identity, beside(alice.id, 1), seen));
  assert.is(alice.relay.stats().unconfirmed, 1, "for somebody else");
  await bring(alice, envelope(bob.identity, alice.id, seen));
  assert.is(alice.relay.stats().unconfirmed, 0);
});

/** The envelope in a captured request, if there is one. */
function envelopeOf(datagram: Uint8Array): Uint8Array | null {
  const text = formatHex(datagram);
  const at = text.indexOf("95c414");
  return at === -1 ? null : datagram.subarray(at / 2);
}

test("a forged envelope is not delivered, and checked once", async () => {
  const world = new RelayWorld();
  const bob = world.add();
  const bring = carrier(world);
  const good = envelope(world.identity(), bob.id, { time: bob.host.clock.now() });
  const forged = good.slice();
  forged[forged.length - 10] ^= 1;
  for (let count = 0; count < 50; count++) assert.ok(await bring(bob, forged));
  assert.equal(taken(bob), []);
  const { forged: counted, checked } = bob.relay.stats();
  assert.equal([counted, checked], [50, 1]);
  // Somebody else's name on an own signature.
  const renamed = good.slice();
  renamed[5] ^= 1;
  assert.ok(await bring(bob, renamed));
  assert.equal(taken(bob), []);
});

test("checks of signatures are bounded, and what could not be checked is refused", async () => {
  const world = new RelayWorld(1, { latencyMs: 1, jitterMs: 0 });
  const bob = world.add();
  const eve = world.network.addHost();
  void eve.start();
  const rpc = rpcEndpoint({ host: eve });
  const good = envelope(world.identity(), bob.id, { time: bob.host.clock.now() });
  const asked = [];
  for (let index = 0; index < 500; index++) {
    const message = good.slice();
    message[message.length - 1] ^= index & 255;
    message[message.length - 2] ^= 1 + (index >> 8);
    const args = {
      nodeId: bob.id.map((byte) => byte ^ 255),
      destination: bob.id,
      hopLimit: 1,
      message: new Packed(message),
    };
    asked.push(rpc.request(bob.address, "relay_message", args).catch(() => null));
  }
  const answers = await world.drive(Promise.all(asked));
  const { checked, forged } = bob.relay.stats();
  const seconds = Math.ceil(world.network.nowMs / 1000);
  assert.ok(checked <= 50 * (seconds + 1), `${checked} checks in ${seconds} s`);
  assert.is(forged, checked);
  assert.ok(answers.filter((answer) => answer === null).length >= 300);
  assert.equal(taken(bob), []);
  // Somebody else still gets through.
  assert.ok(await carrier(world)(bob, good));
  assert.is(taken(bob).length, 1);
});

test("an array of five that is no envelope is a message like any other", async () => {
  const world = new RelayWorld();
  const bob = world.add();
  const bring = carrier(world);
  const values: MsgpackValue[] = [
    [1, 2, 3, 4, 5],
    ["sender", 1, "token", "body", "signature"],
    [new Uint8Array(20), 1, "token", "body", new Uint8Array(64)],
    [new Uint8Array(20), -1, "token", "body", new Uint8Array(65)],
    [new Uint8Array(19), 1, "token", "body", new Uint8Array(65)],
  ];
  for (const value of values) assert.ok(await bring(bob, pack(value)));
  assert.equal(taken(bob), values.map((value) => [null, value]));
  assert.is(bob.relay.stats().checked, 0);
});

test("an envelope with another token is delivered as it is, with its signer", async () => {
  const world = new RelayWorld();
  const bob = world.add();
  const alice = world.identity();
  const bring = carrier(world);
  const bytes = signEnvelope(alice, "greeting", "hi");
  const again = signEnvelope(alice, "greeting", "hi", { random: () => new Uint8Array(32).fill(1) });
  assert.not.equal(bytes, again);
  for (const message of [bytes, bytes, again]) assert.ok(await bring(bob, message));
  const [[from, message], ...others] = taken(bob);
  assert.is(from, formatHex(alice.nodeId));
  assert.equal((message as MsgpackValue[]).slice(1, 4), [1, "greeting", "hi"]);
  assert.equal(others, []);
});

test("a signed message that holds nothing readable is dropped", async () => {
  const world = new RelayWorld();
  const bob = world.add();
  const bring = carrier(world);
  const time = Math.floor(bob.host.clock.now());
  for (const content of [new Uint8Array(0), Uint8Array.of(0xc1), Uint8Array.of(1, 2)]) {
    assert.ok(await bring(bob, envelope(world.identity(), bob.id, { time, content })));
  }
  assert.equal(taken(bob), []);
  assert.is(bob.relay.stats().ignored, 3);
});

test("only the receiver can read a sealed message", async () => {
  const world = new RelayWorld(3);
  await world.join(25, { proves: true });
  await world.pass(60_000);
  const [, alice, , , bob] = world.nodes;
  const all = captured(world);
  const secret = "the password is swordfish";
  assert.is(await world.drive(alice.relay.send(bob.id, secret, { sealed: true, repeat: true })), true);
  await world.pass(5000);
  assert.equal(taken(bob), [[formatHex(alice.id), secret]]);
  assert.is(alice.relay.stats().unconfirmed, 0);
  const bytes = new TextEncoder().encode(secret);
  assert.ok(all.length > 10);
  for (const datagram of all) {
    for (let at = 0; at + 8 <= bytes.length; at++) assert.not.ok(holds(datagram, bytes.subarray(at, at + 8)));
  }
  // What is not sealed is found that way.
  assert.is(await world.drive(alice.relay.send(bob.id, secret)), true);
  await world.pass(5000);
  assert.ok(all.some((datagram) => holds(datagram, bytes)));
});

test("a message is not sealed for a node that has published no key, and not for a key of somebody else", async () => {
  const world = new RelayWorld(3);
  await world.join(8, { proves: true });
  await world.pass(60_000);
  const [, alice, bob] = world.nodes;
  const nobody = world.identity();
  await rejects(world.drive(alice.relay.send(nobody.nodeId, "hi", { sealed: true })), "not-found");
  // Somebody signs a value of his own with the key of somebody else.
  const eve = world.nodes[5];
  await world.drive(eve.ground.dht.putSigned("sealing key", pack(publishSealingKey(bob.identity)), { sequence: 2 }));
  await rejects(world.drive(alice.relay.send(eve.id, "hi", { sealed: true })), "not-found");
  // 237 bytes and 375 of msgpack are the most.
  const send = (bytes: number, options: RelayOptions) =>
    world.drive(alice.relay.send(bob.id, "x".repeat(bytes - (bytes > 255 ? 3 : 2)), options));
  await rejects(send(238, { sealed: true }), "too-large");
  assert.is(await send(237, { sealed: true }), true);
  await rejects(send(376, { repeat: true }), "too-large");
  assert.is(await send(375, { repeat: true }), true);
  await world.pass(5000);
  assert.is(taken(bob).length, 2);
});

test("what somebody else has sealed cannot be signed as one's own", async () => {
  const world = new RelayWorld();
  const bob = world.add();
  const [alice, eve] = [world.identity(), world.identity()];
  const bring = carrier(world);
  const key = readSealingKey(publishSealingKey(bob.identity), bob.id);
  const content = seal(alice, key, pack("hi").bytes, { random: (count) => world.network.random.bytes(count) });
  const time = Math.floor(bob.host.clock.now());
  assert.ok(await bring(bob, envelope(eve, bob.id, { kind: "sealed", content, time })));
  assert.equal(taken(bob), []);
  assert.ok(await bring(bob, envelope(alice, bob.id, { kind: "sealed", content, time })));
  assert.equal(taken(bob), [[formatHex(alice.nodeId), "hi"]]);
  assert.ok(
    await bring(bob, envelope(alice, bob.id, { kind: "sealed", content: content.subarray(1), time: time + 1 })),
  );
  assert.equal(taken(bob), []);
});

test.run();
