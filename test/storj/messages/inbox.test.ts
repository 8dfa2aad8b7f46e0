import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, formatHex } from "../../../codec/mod.ts";
import { pack, Packed } from "../../../codec/msgpack/mod.ts";
import type { Caller } from "../../../src/rpc/mod.ts";
import type { ReceivedMessage, StorjEvent, StorjLimits } from "../../../src/storj/mod.ts";
import { Inbox, type KeptMessage } from "../../../src/storj/messages/mod.ts";

const test = suite("storj: inbox");

const LIMITS = { messages: 8192, messagesOfSender: 1024, relayed: 1024 } as StorjLimits;
const ALICE = new Uint8Array(20).fill(0xaa);
const BOB = new Uint8Array(20).fill(0xbb);
const [ALICE_HEX, BOB_HEX] = [formatHex(ALICE), formatHex(BOB)];

/** An inbox, with what it tells. */
function make(limits: Partial<StorjLimits> = {}) {
  const events: StorjEvent[] = [];
  const kept = new Map<number, KeptMessage>();
  const inbox = new Inbox({ limits: { ...LIMITS, ...limits }, tell: (event) => void events.push(event) }, {
    added: (sequence, entry) => void kept.set(sequence, entry),
    taken: (sequences) => sequences.forEach((sequence) => assert.ok(kept.delete(sequence))),
  });
  return { inbox, events, kept };
}

function caller(address: string, verified = true): Caller {
  return { address, era: "storjrpcudp", verified };
}

function idOf(number: number): Uint8Array {
  return new Uint8Array(20).fill(7).map((byte, index) => index < 4 ? number >>> (8 * index) : byte);
}

/** Lets what waits for promises run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

test("direct messages are listed by sender, in order, once", () => {
  const { inbox, kept } = make();
  for (let index = 0; index < 5; index++) {
    assert.ok(inbox.direct(ALICE, pack(index)));
    assert.ok(inbox.direct(BOB, pack([`to ${index}`, Uint8Array.of(index)])));
  }
  assert.is(kept.size, 10);
  const expected = [0, 1, 2, 3, 4].map((index) => [`to ${index}`, Uint8Array.of(index)]);
  assert.equal(inbox.list(), { [ALICE_HEX]: [0, 1, 2, 3, 4], [BOB_HEX]: expected });
  assert.equal(inbox.list(), {});
  assert.is(kept.size, 0);
  assert.equal(inbox.stats(), { direct: 0, relayed: 0, received: 10, refused: 0 });
});

test("what arrives is copied: nobody writes to it afterwards", () => {
  const { inbox } = make();
  const id = ALICE.slice();
  const bytes = pack("hello").bytes.slice();
  inbox.direct(id, new Packed(bytes));
  bytes.fill(0xc0);
  id.fill(0);
  assert.equal(inbox.list(), { [ALICE_HEX]: ["hello"] });
});

test("relayed messages have a list of their own, and one order with direct ones in a loop", async () => {
  const { inbox } = make();
  inbox.relayed(null, pack("one"));
  inbox.direct(ALICE, pack("two"));
  inbox.relayed(BOB, pack("three"));
  inbox.direct(BOB, pack("four"));
  const loop = inbox.iterate();
  const taken = [await loop.next(), await loop.next()];
  assert.equal(taken.map(({ value }) => value), [
    { from: null, message: "one", relayed: true },
    { from: ALICE_HEX, message: "two", relayed: false },
  ]);
  assert.equal(inbox.relayedList(), [{ from: BOB_HEX, message: "three", relayed: true }]);
  assert.equal(inbox.relayedList(), []);
  assert.equal(inbox.list(), { [BOB_HEX]: ["four"] });
});

test("who asks first gets a message, and what a loop did not ask for stays", async () => {
  const { inbox, kept } = make();
  const [first, second] = [inbox.iterate(), inbox.iterate()];
  const asked = [second.next(), first.next(), second.next()];
  for (let index = 0; index < 5; index++) assert.ok(inbox.direct(ALICE, pack(index)));
  const values = (await Promise.all(asked)).map(({ value }) => (value as ReceivedMessage).message);
  assert.equal(values, [0, 1, 2]);
  assert.is(kept.size, 2);
  for await (const { message } of first) {
    assert.is(message, 3);
    break;
  }
  assert.equal(inbox.list(), { [ALICE_HEX]: [4] });
  assert.equal(await first.next(), { done: true, value: undefined });
});

test("a loop ends with its signal and with the inbox, and takes nothing with it", async () => {
  const { inbox } = make();
  const controller = new AbortController();
  const loop = inbox.iterate({ signal: controller.signal });
  const [waiting, other] = [loop.next(), inbox.iterate().next()];
  controller.abort();
  assert.equal(await waiting, { done: true, value: undefined });
  inbox.direct(ALICE, pack(1));
  assert.equal((await other).value, { from: ALICE_HEX, message: 1, relayed: false });
  const last = inbox.iterate().next();
  inbox.close();
  assert.ok((await last).done);
  assert.ok((await inbox.iterate({ signal: AbortSignal.abort() }).next()).done);
  assert.ok((await inbox.iterate().next()).done);
  assert.not(inbox.direct(ALICE, pack(2)));
});

test("every handler gets every message, those that wait first; nobody else gets any meanwhile", async () => {
  const { inbox, kept } = make();
  const seen: unknown[] = [];
  const loop = inbox.iterate();
  inbox.direct(ALICE, pack(1));
  inbox.relayed(null, pack(2));
  const one = inbox.onMessage((source, message, relayed) => void seen.push(["one", source, message, relayed]));
  inbox.onMessage((source, message) => void seen.push(["two", source && source[0], message]));
  assert.equal(seen, []);
  assert.equal([inbox.list(), inbox.relayedList()], [{}, []]);
  const next = loop.next();
  await turn();
  inbox.direct(BOB, pack(3));
  assert.equal(seen, [
    ["one", ALICE, 1, false],
    ["two", 0xaa, 1],
    ["one", null, 2, true],
    ["two", null, 2],
    ["one", BOB, 3, false],
    ["two", 0xbb, 3],
  ]);
  assert.is(kept.size, 0);
  one[Symbol.dispose]();
  seen.length = 0;
  inbox.direct(BOB, pack(4));
  assert.equal(seen, [["two", 0xbb, 4]]);
  inbox.close();
  assert.ok((await next).done);
});

test("a handler that throws, now or later, or changes its message, disturbs no other", async () => {
  const { inbox, events } = make();
  const [thrown, rejected] = [new Error("thrown"), new Error("rejected")];
  inbox.onMessage((source, message) => {
    source!.fill(0);
    (message as number[]).push(4);
    throw thrown;
  });
  inbox.onMessage(() => Promise.reject(rejected));
  const seen: unknown[] = [];
  inbox.onMessage((source, message) => void seen.push(source, message));
  assert.ok(inbox.direct(ALICE, pack([1, 2])));
  await turn();
  assert.equal(seen, [ALICE, [1, 2]]);
  assert.equal(events, [
    { type: "message-handler-failed", error: thrown },
    { type: "message-handler-failed", error: rejected },
  ]);
});

test("handlers may send to their own node, and take handlers away", async () => {
  const { inbox } = make();
  const seen: unknown[] = [];
  const first = inbox.onMessage((_source, message) => {
    seen.push(["first", message]);
    if (message === "begin") {
      assert.ok(inbox.direct(ALICE, pack("again")));
      second[Symbol.dispose]();
    }
  });
  const second = inbox.onMessage((_source, message) => void seen.push(["second", message]));
  inbox.direct(ALICE, pack("begin"));
  await turn();
  assert.equal(seen, [["first", "begin"], ["first", "again"]]);
  first[Symbol.dispose]();
  inbox.direct(ALICE, pack("end"));
  assert.equal(inbox.list(), { [ALICE_HEX]: ["end"] });
});

test("what handlers leave when they go is for those who wait", async () => {
  const { inbox } = make();
  inbox.direct(ALICE, pack(1));
  const handler = inbox.onMessage(() => assert.unreachable("It is gone"));
  const next = inbox.iterate().next();
  handler[Symbol.dispose]();
  assert.equal((await next).value, { from: ALICE_HEX, message: 1, relayed: false });
});

test("one sender gets 1,024 places, all together 8,192; who takes gives places back", () => {
  const { inbox } = make();
  for (let sender = 0; sender < 8; sender++) {
    const from = caller(`udp:10.0.0.${sender + 1}:4653`);
    for (let count = 0; count < 1024; count++) assert.ok(inbox.direct(idOf(sender), pack(count), from));
    assert.not(inbox.direct(idOf(sender), pack("one more"), from));
  }
  assert.not(inbox.direct(idOf(8), pack("one more"), caller("udp:10.0.0.9:4653")));
  // Relayed ones have places of their own.
  for (let count = 0; count < 1024; count++) assert.ok(inbox.relayed(null, pack(count)));
  assert.not(inbox.relayed(null, pack("one more")));
  assert.equal(inbox.stats(), { direct: 8192, relayed: 1024, received: 9216, refused: 10 });
  const lists = Object.values(inbox.list());
  assert.equal(lists.map((list) => list.length), new Array(8).fill(1024));
  assert.equal(lists[7], Array.from({ length: 1024 }, (_, index) => index));
  assert.ok(inbox.direct(idOf(0), pack("again"), caller("udp:10.0.0.1:4653")));
});

/** Sends messages of ever other ids until one is refused, and returns how many were taken. */
function flood(inbox: Inbox, from: (index: number) => Caller): number {
  for (let index = 0;; index++) if (!inbox.direct(idOf(1000 + index), pack(index), from(index))) return index;
}

test("nobody fills the queue for others by other ids, ports or networks", () => {
  const { inbox } = make();
  assert.is(flood(inbox, (index) => caller(`udp:203.0.113.${index % 256}:${1024 + index}`)), 4096);
  // Half of what is left, for each network.
  assert.is(flood(inbox, (index) => caller(`udp:[2001:db8:1::${index.toString(16)}]:4653`)), 2048);
  assert.is(flood(inbox, () => caller("udp:10.0.0.1:4653")), 1024);
  for (const [index, address] of ["udp:198.51.100.1:1", "udp:192.0.2.1:1"].entries()) {
    for (let count = 0; count < 256; count++) assert.ok(inbox.direct(idOf(index), pack(count), caller(address)));
  }
});

test("nobody uses up the places of somebody else by claiming to be them", () => {
  const { inbox } = make();
  const liar = caller("udp:203.0.113.1:4653");
  for (let count = 0; count < 1024; count++) assert.ok(inbox.direct(ALICE, pack(count), liar));
  assert.not(inbox.direct(ALICE, pack("one more"), liar));
  assert.ok(inbox.direct(ALICE, pack("the real one"), caller("udp:198.51.100.1:4653")));
});

test("the last eighth is for addresses that have answered: others may be forged", () => {
  const { inbox } = make();
  const forged = (index: number) => caller(`udp:${11 + index % 110}.0.${index >> 8 & 255}.1:4653`, false);
  assert.is(flood(inbox, forged), 7168);
  assert.ok(inbox.direct(ALICE, pack(1), caller("udp:198.51.100.1:4653")));
  assert.ok(inbox.direct(ALICE, pack("to oneself")));
  let relayed = 0;
  while (inbox.relayed(null, pack(relayed), forged(relayed))) relayed++;
  assert.is(relayed, 896);
  assert.ok(inbox.relayed(null, pack(1), caller("udp:198.51.100.1:4653")));
});

test("programs of one machine are told apart by their ports", () => {
  const { inbox } = make();
  for (let port = 1; port <= 8; port++) {
    for (let count = 0; count < 1024; count++) {
      assert.ok(inbox.direct(idOf(port), pack(count), caller(`udp:127.0.0.1:${port}`)));
    }
  }
  assert.is(inbox.stats().direct, 8192);
});

test("a message that JavaScript has no value for is refused at once", () => {
  const { inbox, kept } = make();
  // A map with the key 1, and one that has "a" twice.
  for (const bytes of [[0x81, 1, 2], [0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2]]) {
    assert.throws(
      () => inbox.direct(ALICE, new Packed(Uint8Array.from(bytes))),
      (error: Error) => error instanceof CodecError,
    );
  }
  assert.is(kept.size, 0);
  assert.equal(inbox.list(), {});
});

test("what waited when a program ended comes back in order, and takes its places again", async () => {
  const before = make({ messages: 8 });
  before.inbox.direct(ALICE, pack(1));
  before.inbox.relayed(null, pack(2));
  before.inbox.direct(BOB, pack(3));
  before.inbox.close();
  assert.is(before.kept.size, 3);
  const { inbox, kept } = make({ messages: 8 });
  for (const [sequence, entry] of before.kept) kept.set(sequence, entry);
  const damaged: KeptMessage = { from: ALICE, message: new Packed(Uint8Array.of(0x81, 1, 2)), relayed: false };
  kept.set(4, damaged);
  inbox.restore([...before.kept, [4, damaged] as const].reverse());
  assert.is(kept.size, 3);
  const loop = inbox.iterate();
  assert.equal([(await loop.next()).value!.message, (await loop.next()).value!.message], [1, 2]);
  for (let count = 0; count < 7; count++) assert.ok(inbox.direct(ALICE, pack(count)));
  assert.not(inbox.direct(ALICE, pack("one more")));
  assert.equal([...kept.keys()], [3, 5, 6, 7, 8, 9, 10, 11]);
  assert.equal(inbox.list()[BOB_HEX], [3]);
  assert.is(kept.size, 0);
});

test.run();
