/**
 * Messages between nodes of ours, and with old ones, on a simulated network.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex } from "../../../codec/mod.ts";
import type { MsgpackValue, Packed } from "../../../codec/msgpack/mod.ts";
import { pack, unpack } from "../../../codec/msgpack/mod.ts";
import { StorjError, type StorjErrorCode, type StorjNode } from "../../../src/storj/mod.ts";
import { OldNode, type OldNodeOptions } from "../old-node.ts";
import { type Member, type StorjWorld, storjWorld } from "../world.ts";

const test = suite("storj: sending messages");

/** A message for each of so many. */
const MANY = 10_000;
/** The longest text that an old node reads. */
const TEXT_MAX = 8129;

function codeOf(work: Promise<unknown>): Promise<StorjErrorCode | "none"> {
  return work.then(() => "none", (error) => {
    assert.instance(error, StorjError);
    return (error as StorjError).code;
  });
}

/** Numbers that a node gets, in order. */
function numbersOf(node: StorjNode): number[] {
  const numbers: number[] = [];
  node.onMessage((_source, message) => void numbers.push(message as number));
  return numbers;
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** An old node that takes messages, and has joined by the first node. */
async function oldReceiver(world: StorjWorld, options: OldNodeOptions = {}) {
  const taken: MsgpackValue[] = [];
  const take = ({ message }: { readonly message: Packed }) => taken.push(unpack(message)) > 0;
  const old = new OldNode(world.network, { answers: { message_notify: take }, ...options });
  await world.drive(old.join(world.members[0].address));
  await world.pass(5000);
  return { old, taken };
}

test("ten thousand messages arrive in order, each once, through 10 % loss both ways", async () => {
  const world = await storjWorld({ nodes: 2 });
  const [alice, bob] = world.nodes;
  const numbers = numbersOf(bob);
  assert.ok(await world.drive(alice.messageSend(bob.nodeId, -1)));
  world.network.setLinks({ loss: 0.1, duplicate: 0.05, reorder: 0.1 });
  const sent = await world.drive(Promise.all(upTo(MANY).map((number) => alice.messageSend(bob.nodeIdHex, number))));
  assert.is(sent.filter((taken) => taken).length, MANY);
  assert.equal(numbers, [-1, ...upTo(MANY)]);
  await world.close();
});

test("many send to one, and one to many; each keeps its order", async () => {
  const world = await storjWorld({ nodes: 6, link: { loss: 0.1 } });
  const [bob, ...others] = world.nodes;
  const bySender = new Map<number, number[]>();
  bob.onMessage((source, message) => {
    const [number] = message as number[];
    assert.equal(source, others[number].nodeId);
    bySender.set(number, [...bySender.get(number) ?? [], (message as number[])[1]]);
  });
  const toOthers = others.map(numbersOf);
  await world.drive(Promise.all(
    upTo(100).flatMap((index) =>
      others.flatMap((other, number) => [
        other.messageSend(bob.nodeId, [number, index]),
        bob.messageSend(other.nodeId, index),
      ])
    ),
  ));
  for (const [number, numbers] of toOthers.entries()) {
    assert.equal(bySender.get(number), upTo(100));
    assert.equal(numbers, upTo(100));
  }
  await world.close();
});

test("an old node gets no message twice, however many are lost; unanswered ones are false", async () => {
  const world = await storjWorld({ nodes: 3 });
  const { old, taken } = await oldReceiver(world);
  const [alice] = world.nodes;
  assert.ok(await world.drive(alice.messageSend(old.id, "hello")));
  world.network.setLinks({ loss: 0.1 });
  const outcomes: boolean[] = [];
  for (const number of upTo(300)) outcomes.push(await world.drive(alice.messageSend(old.id, number)));
  const numbers = taken.slice(1) as number[];
  assert.equal(numbers, [...new Set(numbers)], "each once");
  assert.equal(numbers, [...numbers].sort((a, b) => a - b), "in order");
  for (const [number, isTaken] of outcomes.entries()) if (isTaken) assert.ok(numbers.includes(number));
  const told = outcomes.filter((isTaken) => isTaken).length;
  // One in ten is lost on each way; at a silent place, it is looked for anew.
  assert.ok(told >= 200 && told <= 265, `${told} of 300 were confirmed`);
  assert.ok(numbers.length > told, "some arrived without a confirmation");
  const messages = old.asked.filter((name) => name === "message_notify").length;
  assert.is(messages, taken.length);
  await world.close();
});

test("what an old node sends arrives in order, and never twice, also when the network doubles it", async () => {
  const world = await storjWorld({ nodes: 3 });
  const { old } = await oldReceiver(world);
  const [{ node: bob, address }] = world.members;
  const numbers = numbersOf(bob);
  world.network.setLinks({ loss: 0.1, duplicate: 0.2 });
  let told = 0;
  for (const number of upTo(300)) {
    if (await world.drive(old.request(address, "message_notify", { nodeId: old.id, message: pack(number) }))) told++;
  }
  assert.equal(numbers, [...new Set(numbers)].sort((a, b) => a - b));
  assert.ok(numbers.length >= told && told > 200, `${told} of ${numbers.length}`);
  await world.close();
});

test("an old node of storjnode gets direct_message, and answers with an address or nil", async () => {
  const world = await storjWorld({ nodes: 3, nodeOptions: () => ({ network: "storjnode" }) });
  const taken: MsgpackValue[] = [];
  const { old } = await oldReceiver(world, {
    era: "rpcudp",
    answers: {
      direct_message: ({ message }) =>
        taken.length < 2 && taken.push(unpack(message)) ? { ip: "10.0.0.1", port: 1 } : null,
    },
  });
  const [alice] = world.nodes;
  const sent = [];
  for (const number of upTo(3)) sent.push(await world.drive(alice.messageSend(old.id, number)));
  assert.equal(sent, [true, true, false]);
  assert.equal(taken, [0, 1]);
  // And the other way round.
  const args = { nodeId: old.id, message: pack("hi") };
  assert.equal(await world.drive(old.request(world.members[0].address, "direct_message", args)), {
    ip: "10.0.0.4",
    port: 4653,
  });
  assert.equal(alice.messageList(), { [formatHex(old.id)]: ["hi"] });
  await world.close();
});

test("an old node of the other era is written to in its own", async () => {
  const world = await storjWorld({ nodes: 3 });
  const taken: MsgpackValue[] = [];
  const { old } = await oldReceiver(world, {
    era: "rpcudp",
    answers: { direct_message: ({ message }) => taken.push(unpack(message)) ? { ip: "10.0.0.1", port: 1 } : null },
  });
  assert.ok(await world.drive(world.nodes[0].messageSend(old.id, "hello")));
  assert.equal(taken, ["hello"]);
  assert.not.ok(old.asked.includes("message_notify"));
  await world.close();
});

test("the longest text is read by old nodes and ours, and a longer one is not sent", async () => {
  const world = await storjWorld({ nodes: 2 });
  const { old, taken } = await oldReceiver(world);
  const [alice, bob] = world.nodes;
  const text = "x".repeat(TEXT_MAX);
  assert.ok(await world.drive(alice.messageSend(old.id, text)));
  assert.ok(await world.drive(alice.messageSend(bob.nodeId, text)));
  assert.equal(taken, [text]);
  assert.equal(bob.messageList(), { [alice.nodeIdHex]: [text] });
  assert.is(await codeOf(alice.messageSend(bob.nodeId, `${text}x`)), "too-large");
  assert.is(await codeOf(alice.messageSend(alice.nodeId, `${text}x`)), "too-large");
  await world.close();
});

test("what is no message, and who is no node, is said at once", async () => {
  const world = await storjWorld({ nodes: 2 });
  const [alice, bob] = world.nodes;
  let deep: MsgpackValue = 1;
  for (let depth = 0; depth < 1000; depth++) deep = [deep];
  const circle: MsgpackValue[] = [];
  circle.push(circle);
  for (const message of [deep, circle, undefined, () => {}, Symbol("x"), new Map(), { a: undefined }, 2n ** 65n]) {
    assert.is(await codeOf(alice.messageSend(bob.nodeId, message as MsgpackValue)), "invalid-message");
  }
  for (const id of ["", "ab", "xy".repeat(20), `${bob.nodeIdHex}00`, new Uint8Array(19), 5, null]) {
    assert.is(await codeOf(alice.messageSend(id as string, "hello")), "invalid-node-id");
  }
  assert.equal(bob.messageList(), {});
  await world.close();
});

test("a message to oneself is in the own queue, until that is full", async () => {
  const world = await storjWorld({ nodes: 1, nodeOptions: () => ({ limits: { messages: 3 } }) });
  const [alice] = world.nodes;
  const sent = [];
  for (const number of upTo(4)) sent.push(await alice.messageSend(alice.nodeIdHex, number));
  assert.equal(sent, [true, true, true, false]);
  assert.equal(alice.messageList(), { [alice.nodeIdHex]: [0, 1, 2] });
  assert.ok(await alice.messageSend(alice.nodeIdHex, 5));
  const { value } = await alice.messages().next();
  assert.equal(value, { from: alice.nodeIdHex, message: 5, relayed: false });
  await world.close();
});

test("nobody there is false; a full queue is false; taken messages make room", async () => {
  const world = await storjWorld({ nodes: 3, nodeOptions: () => ({ limits: { messages: 16, messagesOfSender: 4 } }) });
  const [alice, bob] = world.nodes;
  assert.is(await world.drive(alice.messageSend("ab".repeat(20), "hello")), false);
  const send = (number: number) => world.drive(alice.messageSend(bob.nodeId, number));
  const sent = [];
  for (const number of upTo(6)) sent.push(await send(number));
  assert.equal(sent, [true, true, true, true, false, false]);
  assert.equal(bob.messageList(), { [alice.nodeIdHex]: upTo(4) });
  assert.ok(await send(6));
  await world.close();
});

test("without any other node, there is nobody", async () => {
  const world = await storjWorld({ nodes: 1 });
  assert.is(await world.drive(world.nodes[0].messageSend("ab".repeat(20), "hello")), false);
  await world.close();
});

test("who is named with its address is asked there, and nobody else", async () => {
  const world = await storjWorld({ nodes: 1 });
  const [alice] = world.nodes;
  const { node: bob, host } = await world.add();
  const { old, taken } = await oldReceiverApart(world);
  const at = ({ host }: { host: { addresses(): readonly string[] } }) => {
    const [ip, port] = host.addresses()[0].slice(4).split(":");
    return { ip, port: Number(port) };
  };
  assert.is(await world.drive(alice.messageSend(bob.nodeId, "lost")), false);
  assert.ok(await world.drive(alice.messageSend(bob.nodeId, "hello", { at: at({ host }) })));
  assert.equal(bob.messageList(), { [alice.nodeIdHex]: ["hello"] });
  assert.ok(await world.drive(alice.messageSend(old.id, "hello", { at: at(old) })));
  assert.equal(taken, ["hello"]);
  assert.not.ok(old.asked.includes("find_node"));
  for (const wrong of [{ ip: "example.org", port: 1 }, { ip: "10.0.0.1", port: 0 }, { ip: "10.0.0.1", port: 70_000 }]) {
    assert.is(await world.drive(alice.messageSend(old.id, "hello", { at: wrong })), false);
  }
  await world.close();
});

function oldReceiverApart(world: StorjWorld) {
  const taken: MsgpackValue[] = [];
  const old = new OldNode(world.network, {
    answers: { message_notify: ({ message }) => taken.push(unpack(message)) > 0 },
  });
  return { old, taken };
}

test("who has moved is found for the next message, not for the one that failed", async () => {
  const world = await storjWorld({ nodes: 6 });
  const [alice] = world.nodes;
  const { node, host } = world.members[5];
  assert.ok(await world.drive(alice.messageSend(node.nodeId, 1)));
  const key = node.wif();
  await world.drive(node.close());
  host.crash();
  const moved = await world.add({ key, bootstrap: [world.members[1].place] });
  await world.drive(moved.node.ready());
  await world.pass(10_000);
  assert.is(await world.drive(alice.messageSend(moved.node.nodeId, 2)), false);
  assert.ok(await world.drive(alice.messageSend(moved.node.nodeId, 3)));
  assert.equal(moved.node.messageList(), { [alice.nodeIdHex]: [3] });
  await world.drive(moved.node.close());
  world.members.splice(5);
  await world.close();
});

test("a dead node costs the time of its answer, and holds up nobody but those who write to it", async () => {
  const world = await storjWorld({ nodes: 4 });
  const [alice, bob, carol] = world.nodes;
  assert.ok(await world.drive(alice.messageSend(carol.nodeId, "first")));
  world.members[2].host.crash();
  const begin = world.network.nowMs;
  const dead = alice.messageSend(carol.nodeId, "second");
  assert.ok(await world.drive(alice.messageSend(bob.nodeId, "hello")));
  assert.ok(world.network.nowMs - begin < 1000, `${world.network.nowMs - begin} ms`);
  assert.is(await world.drive(dead), false);
  assert.ok(world.network.nowMs - begin <= 5100, `${world.network.nowMs - begin} ms`);
});

/** Sends to a node that is dead already. */
async function toTheDead(): Promise<{ readonly world: StorjWorld; readonly alice: Member; readonly dead: StorjNode }> {
  const world = await storjWorld({ nodes: 3 });
  const [alice, , dead] = world.members;
  assert.ok(await world.drive(alice.node.messageSend(dead.node.nodeId, "first")));
  dead.host.crash();
  return { world, alice, dead: dead.node };
}

test("who waits may give up, by a signal or after a time; those behind are sent", async () => {
  const { world, alice: { node: alice }, dead } = await toTheDead();
  const controller = new AbortController();
  const first = codeOf(alice.messageSend(dead.nodeId, 1, { timeoutMs: 2000 }));
  const second = codeOf(alice.messageSend(dead.nodeId, 2, { signal: controller.signal }));
  const third = codeOf(alice.messageSend(dead.nodeId, 3, { timeoutMs: 1000 }));
  const last = alice.messageSend(dead.nodeId, 4);
  const begin = world.network.nowMs;
  controller.abort(new Error("enough"));
  assert.is(await second, "aborted");
  assert.is(alice.stats().messages.waiting, 3);
  assert.is(await world.drive(third), "timeout");
  assert.is(world.network.nowMs - begin, 1000);
  assert.is(await world.drive(first), "timeout");
  assert.is(world.network.nowMs - begin, 2000);
  assert.is(await world.drive(last), false);
  assert.is(await codeOf(alice.messageSend(dead.nodeId, 5, { signal: AbortSignal.abort() })), "aborted");
});

test("more than can wait are refused as busy, and nothing of them is left", async () => {
  const { world, alice: { node: alice }, dead } = await toTheDead();
  const waiting = upTo(16_384).map((number) => codeOf(alice.messageSend(dead.nodeId, number, { timeoutMs: 1000 })));
  assert.is(await codeOf(alice.messageSend(dead.nodeId, "one more")), "busy");
  assert.equal(new Set(await world.drive(Promise.all(waiting))), new Set(["timeout"]));
  assert.is(await world.drive(alice.messageSend(dead.nodeId, "again")), false);
});

test("closing ends what waits with closed", async () => {
  const { world, alice: { node: alice }, dead } = await toTheDead();
  const waiting = upTo(3).map((number) => codeOf(alice.messageSend(dead.nodeId, number)));
  const loop = alice.messages().next();
  await world.pass(100);
  await world.drive(alice.close());
  assert.equal(await Promise.all(waiting), ["closed", "closed", "closed"]);
  assert.ok((await loop).done);
  assert.is(await codeOf(alice.messageSend(dead.nodeId, 4)), "closed");
});

test("ten thousand messages of forged senders from one address leave room for others", async () => {
  const world = await storjWorld({ nodes: 3 });
  const [{ node: bob, address }, { node: alice }] = world.members;
  const old = new OldNode(world.network);
  let taken = 0;
  for (let round = 0; round < 100; round++) {
    await world.drive(Promise.all(
      upTo(100).map(async () => {
        const args = { nodeId: world.network.random.bytes(20), message: pack("spam") };
        if (await old.request(address, "message_notify", args)) taken++;
      }),
    ));
  }
  assert.is(taken, 4096);
  assert.ok(await world.drive(alice.messageSend(bob.nodeId, "hello")));
  assert.equal(bob.messageList()[alice.nodeIdHex], ["hello"]);
  await world.close();
});

test("what one node throws in a handler is told there, and the sender has its answer", async () => {
  const world = await storjWorld({ nodes: 2 });
  const [alice, bob] = world.nodes;
  bob.onMessage(() => {
    throw new Error("The handler is broken");
  });
  const numbers = numbersOf(bob);
  assert.ok(await world.drive(alice.messageSend(bob.nodeId, 1)));
  assert.equal(numbers, [1]);
  assert.is(world.members[1].events.filter(({ type }) => type === "message-handler-failed").length, 1);
  await world.close();
});

test.run();
