import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pack } from "../../codec/msgpack/mod.ts";
import { decodeDatagram, encodeRequest, encodeResponse } from "../../codec/protocols/storj/mod.ts";
import { SeededRandom } from "../../src/host/sim/mod.ts";
import { AnswersSent } from "../../src/rpc/answers-sent.ts";
import { SourceBudget, VerifiedAddresses } from "../../src/rpc/rate.ts";
import { RPC_LIMITS } from "../../src/rpc/mod.ts";
import { seed } from "../codec/seed.ts";
import { ALICE, BOB, KEY, type Node, recorder, type Scene, scene, type Stranger } from "./pair.ts";

const test = suite("rpc: limits");

const CONTACTS = Array.from({ length: 20 }, (_, index) => ({ id: KEY, ip: `100.100.100.${index}`, port: 40_000 }));

/** Numbered requests of a call with two ids. */
function findNode(number: number): Uint8Array {
  const messageId = new Uint8Array(20);
  new DataView(messageId.buffer).setUint32(0, number);
  return encodeRequest({ rpc: "find_node", args: { nodeId: ALICE, key: KEY }, messageId });
}

/** Sends requests evenly over a time. */
function flood({ network }: Scene, eve: Stranger, bob: Node, { perSecond = 0, seconds = 0 }) {
  const begin = network.nowMs;
  for (let index = 0; index < perSecond * seconds; index++) {
    network.at(begin + 1000 * index / perSecond, () => eve.send(findNode(index), bob));
  }
}

function bytesOf(eve: Stranger): number {
  return eve.received.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

test("16 calls to a peer and 1,024 in all are under way; 4,096 wait in order, and more are busy", () => {
  const { network, node, stranger } = scene();
  const alice = node();
  const strangers = Array.from({ length: 70 }, stranger);
  const order: number[] = [];
  let number = 0;
  const call = (to: Stranger, settle = () => {}) => {
    const args = { nodeId: ALICE, message: pack(number++) };
    return alice.endpoint.call(to.address, "message_notify", args, settle);
  };
  const load = () => [alice.endpoint.stats().inFlight, alice.endpoint.stats().waiting];
  for (let count = 0; count < 20; count++) call(strangers[0]);
  assert.equal(load(), [16, 4]);
  for (const to of strangers.slice(1)) for (let count = 0; count < 16; count++) call(to);
  assert.equal(load(), [1024, 4 + 69 * 16 - 1008]);
  while (load()[1] < 4096) call(strangers[load()[1] % 70]);
  const { outcomes, settle, codes } = recorder(network);
  call(strangers[1], settle as never);
  assert.is(outcomes.length, 0);
  network.runSync({ untilMs: 1 });
  assert.equal([codes(), load()], [["busy"], [1024, 4096]]);

  // Whoever answers gets the next one: in the order of the calls to it.
  const first = strangers[0];
  network.runSync({ untilMs: 30 });
  for (let round = 0; round < 5; round++) {
    for (const { bytes } of first.received.splice(0)) {
      const datagram = decodeDatagram(bytes);
      assert.ok(datagram.kind === "request" && datagram.rpc === "message_notify");
      order.push(datagram.args.message.bytes.reduce((sum, byte) => 256 * sum + byte, 0) % 65536);
      first.send(encodeResponse({ rpc: "message_notify", reply: true, messageId: datagram.messageId }), alice);
    }
    network.runSync({ untilMs: network.nowMs + 40 });
  }
  // Others wait before it, so that it gets only a few.
  assert.ok(order.length > 16 && order.length < 50, `${order.length} calls`);
  assert.equal(order, [...order].sort((a, b) => a - b));
  for (const { received } of strangers) assert.ok(received.length <= 16, `${received.length}`);
  assert.is(load()[0], 1024);
});

test("what waits is sent when its peer has room, also when others fail or are given up", () => {
  const { network, node, stranger } = scene();
  const [alice, bob, silent] = [node(), node({ answer: { ping: () => BOB } }), stranger()];
  const { settle, codes } = recorder(network);
  for (let count = 0; count < 100; count++) {
    alice.endpoint.call(silent.address, "ping", { nodeId: ALICE }, settle, { timeoutMs: 1000 });
    alice.endpoint.call(bob.address, "ping", { nodeId: ALICE }, settle);
  }
  network.runSync();
  assert.is(codes().filter((code) => code === "ok").length, 100);
  assert.is(codes().filter((code) => code === "timeout").length, 100);
  // Seven groups of 16, a second each; none of them kept the answers waiting.
  assert.ok(network.nowMs >= 7000 && network.nowMs < 60_000);
  assert.equal(codes().slice(0, 16), new Array(16).fill("ok"));
});

test("20,000 find_node a second from an address that answers nothing draw 64 KiB in 10 s", () => {
  const all = scene();
  const { network, node, stranger } = all;
  const eve = stranger();
  let runs = 0;
  const bob = node({ answer: { find_node: () => (runs++, CONTACTS) } });
  flood(all, eve, bob, { perSecond: 20_000, seconds: 3 });
  network.runSync({ untilMs: 3100 });
  assert.ok(bytesOf(eve) <= 64 * 1024 && bytesOf(eve) > 40 * 1024, `${bytesOf(eve)} bytes`);
  assert.ok(runs <= 100, `ran ${runs} times`);
  const { refused, asked, repeated } = bob.endpoint.stats();
  assert.is((refused.rate ?? 0) + (refused.bytes ?? 0) + asked + repeated, 60_000);
  // Later it gets some more: never more than 64 KiB within 10 s.
  const times: [atMs: number, bytes: number][] = [];
  eve.received.length = 0;
  for (let atMs = 3100; atMs < 40_000; atMs += 10) {
    network.at(atMs, () => eve.send(findNode(atMs), bob));
    network.at(atMs + 5, () => times.push([network.nowMs, bytesOf(eve)]));
  }
  network.runSync({ untilMs: 41_000 });
  for (const [atMs, bytes] of times) {
    const [, later = bytesOf(eve)] = times.find(([other]) => other >= atMs + 10_000) ?? [];
    assert.ok(later - bytes <= 64 * 1024, `${later - bytes} bytes from ${atMs} ms`);
  }
  assert.ok(bytesOf(eve) > 100 * 1024, `${bytesOf(eve)} bytes later`);
});

test("all addresses together that answer nothing draw 1 MiB a second", () => {
  const all = scene();
  const { network, node, stranger } = all;
  const many = Array.from({ length: 400 }, stranger);
  const bob = node({ answer: { find_node: () => CONTACTS } });
  for (const eve of many) flood(all, eve, bob, { perSecond: 40, seconds: 1 });
  network.runSync({ untilMs: 1500 });
  const bytes = many.reduce((sum, eve) => sum + bytesOf(eve), 0);
  // A second of the clock ends in the middle of it, or not.
  assert.ok(bytes > 1000 * 1024 && bytes <= 2 * 1024 * 1024, `${bytes} bytes`);
  assert.ok(bob.endpoint.stats().refused["bytes-all"]! > 5000);
});

test("an address that has answered us is served, while others flood from theirs", () => {
  const all = scene();
  const { network, node, stranger } = all;
  const many = Array.from({ length: 100 }, stranger);
  const bob = node({ answer: { find_node: () => CONTACTS } });
  const alice = node({ answer: { ping: () => ALICE } });
  const { settle, codes } = recorder(network);
  bob.endpoint.call(alice.address, "ping", { nodeId: BOB }, settle);
  network.runSync({ untilMs: 100 });
  for (const eve of many) flood(all, eve, bob, { perSecond: 500, seconds: 1 });
  let [answered, failed] = [0, 0];
  for (let index = 0; index < 1000; index++) {
    network.at(100 + index, () => {
      alice.endpoint.call(bob.address, "find_node", { nodeId: ALICE, key: KEY }, ({ reply }) => {
        if (reply?.length === 20) answered++;
        else failed++;
      });
    });
  }
  network.runSync({ untilMs: 8000 });
  assert.equal([codes(), answered, failed], [["ok"], 1000, 0]);
  assert.is(alice.endpoint.stats().retransmitted, 0);
  const { refused } = bob.endpoint.stats();
  assert.ok(refused["rate-all"]! + refused["bytes-all"]! > 40_000, JSON.stringify(refused));
});

test("a peer is asked no more than its limit of requests a second, and no less than half of it", () => {
  const limits = { peerRequestsPerSecond: 200 };
  const all = scene();
  const { network, node, stranger } = all;
  const eve = stranger();
  let runs = 0;
  const bob = node({ answer: { find_node: () => (runs++, []) }, limits });
  bob.endpoint.call(eve.address, "ping", { nodeId: BOB }, () => {});
  network.runSync({ untilMs: 25 });
  const { messageId } = decodeDatagram(eve.received[0].bytes);
  eve.send(encodeResponse({ rpc: "ping", reply: ALICE, messageId }), bob);
  network.runSync({ untilMs: 980 });
  flood(all, eve, bob, { perSecond: 1000, seconds: 5 });
  network.runSync({ untilMs: 6500 });
  assert.ok(runs <= 5 * 200 && runs >= 5 * 100, `${runs} in 5 s`);
  assert.is(bob.endpoint.stats().refused.rate, 5000 - runs);
});

test("garbage of every kind is counted and nothing else, while requests are answered", () => {
  const { network, node, stranger } = scene();
  const [eve, alice] = [stranger(), node({ answer: { ping: () => ALICE } })];
  const bob = node({ answer: { ping: () => BOB } });
  const { settle, codes, outcomes } = recorder(network);
  bob.endpoint.call(alice.address, "ping", { nodeId: BOB }, () => {});
  const random = new SeededRandom(seed);
  for (let index = 0; index < 10_000; index++) {
    network.at(100 + index / 50, () => {
      const garbage = random.bytes(Math.floor(random.next() * 120));
      // Half of them look like datagrams at least.
      if (garbage.length > 0 && index % 2 === 0) garbage[0] %= 4;
      eve.send(garbage, bob);
    });
  }
  for (let index = 0; index < 100; index++) {
    network.at(100 + 2 * index, () => void alice.endpoint.call(bob.address, "ping", { nodeId: ALICE }, settle));
  }
  network.runSync({ untilMs: 1000 });
  assert.equal(codes(), new Array(100).fill("ok"), `WARPWIRE_SEED=${seed}`);
  assert.ok(outcomes.every(({ atMs }) => atMs < 400));
  assert.is(eve.received.length, 0);
  const { refused, unexpected, foreign } = bob.endpoint.stats();
  assert.is(Object.values(refused).reduce((sum, count) => sum + count!, unexpected + foreign), 10_000);
  for (const reason of ["short", "type", "malformed", "rate"] as const) assert.ok(refused[reason]! > 50, reason);
});

test("forged answers change nothing", () => {
  const { network, node, stranger } = scene();
  const [eve, silent, alice] = [stranger(), stranger(), node()];
  const { settle, codes } = recorder(network);
  const bob = node({ answer: { ping: () => BOB } });
  alice.endpoint.call(silent.address, "ping", { nodeId: ALICE }, settle);
  network.runSync({ untilMs: 25 });
  const { messageId } = decodeDatagram(silent.received[0].bytes);
  const random = new SeededRandom(seed);
  for (let index = 0; index < 10_000; index++) {
    network.at(30 + index / 10, () => {
      const id = index % 2 === 0 ? messageId : random.bytes(20);
      (index % 2 === 0 ? eve : silent).send(encodeResponse({ rpc: "ping", reply: KEY, messageId: id }), alice);
    });
  }
  for (let index = 0; index < 50; index++) {
    network.at(30 + 20 * index, () => void alice.endpoint.call(bob.address, "ping", { nodeId: ALICE }, settle));
  }
  network.runSync();
  assert.equal(codes(), [...new Array(50).fill("ok"), "timeout"]);
  const { foreign, unexpected, verified } = alice.endpoint.stats();
  assert.equal([foreign + unexpected, verified], [10_000, 1]);
});

test("a call that must not run twice is not run while repeats of it could not be recognised", () => {
  const { network, node, stranger } = scene();
  const eve = stranger();
  const seen: number[] = [];
  const bob = node({
    answer: {
      message_notify: ({ message }) => {
        seen.push(message.bytes[0]);
        return true;
      },
    },
    limits: { onceBytes: 5000 },
  });
  const send = (number: number) => {
    const messageId = new Uint8Array(20).fill(number);
    const message = pack(number);
    eve.send(encodeRequest({ rpc: "message_notify", args: { nodeId: ALICE, message }, messageId }), bob);
  };
  for (let number = 0; number < 40; number++) send(number);
  network.runSync({ untilMs: 100 });
  const before = seen.length;
  assert.ok(before >= 10 && before < 20, `${before} ran`);
  for (let number = 0; number < 40; number++) send(number);
  network.runSync({ untilMs: 14_000 });
  assert.is(seen.length, before);
  assert.is(bob.endpoint.stats().refused["repeat-memory"], 2 * (40 - before));
  // When they have been forgotten, there is room again.
  network.runSync({ untilMs: 25_000 });
  send(100);
  network.runSync({ untilMs: 26_000 });
  assert.is(seen.length, before + 1);
});

test("answers are kept within their bytes, the oldest dropped first, and only for their time", () => {
  const sent = new AnswersSent(10_000, 15_000);
  const answer = (number: number) => Uint8Array.of(3, ...new Uint8Array(20).fill(number), ...new Uint8Array(79));
  const request = (number: number) => Uint8Array.of(2, ...new Uint8Array(20).fill(number));
  for (let number = 0; number < 60; number++) sent.keep(number * 1000, 7, answer(number));
  assert.is(sent.find(7, request(59))?.length, 100);
  assert.ok(sent.find(7, request(45)) !== null && sent.find(7, request(20)) === null);
  assert.is(sent.find(8, request(59)), null);
  const before = Array.from({ length: 60 }, (_, number) => sent.find(7, request(number))).filter(Boolean).length;
  assert.ok(before * (100 + 192) <= 10_000, `${before} kept`);
  assert.ok(sent.forget(70_000) > 0);
  assert.is(sent.find(7, request(50)), null);
  assert.is(sent.find(7, request(59))?.[1], 59);
  assert.is(sent.forget(100_000), 0);
  assert.is(sent.find(7, request(59)), null);
  // The copy is of its own: datagrams share memory.
  const bytes = answer(1);
  sent.keep(100_000, 7, bytes);
  bytes.fill(0);
  assert.is(sent.find(7, request(1))?.[1], 1);
});

test("a budget never gives more than its maximum within its span, nor much less", () => {
  const random = new SeededRandom(seed);
  const budget = new SourceBudget(1000, 10_000, 2);
  const taken: { atMs: number; amount: number }[] = [];
  let nowMs = 1_700_000_000_000;
  for (let count = 0; count < 5000; count++) {
    nowMs += random.next() * 40;
    const amount = Math.ceil(random.next() * 30);
    if (!budget.has(nowMs, 5, amount)) continue;
    budget.take(5, amount);
    taken.push({ atMs: nowMs, amount });
  }
  let most = 0;
  for (const { atMs } of taken) {
    const within = taken.filter((one) => one.atMs >= atMs && one.atMs < atMs + 10_000);
    most = Math.max(most, within.reduce((sum, { amount }) => sum + amount, 0));
  }
  assert.ok(most <= 1000 && most > 600, `WARPWIRE_SEED=${seed}: ${most}`);
  // Another source has a budget of its own, also while this one has none left.
  while (budget.has(nowMs, 5, 1)) budget.take(5, 1);
  assert.ok(budget.has(nowMs, 6, 100));
});

test("proven addresses are known for an hour or two, and bounded in number", () => {
  const verified = new VerifiedAddresses(RPC_LIMITS.verified, RPC_LIMITS.verifiedMs);
  const hour = RPC_LIMITS.verifiedMs;
  verified.add(hour, 0);
  verified.add(hour, 77);
  assert.ok(verified.has(hour, 0) && verified.has(2 * hour - 1, 77) && !verified.has(hour, 78));
  assert.ok(verified.has(2.5 * hour, 77));
  verified.add(2.5 * hour, 78);
  assert.ok(!verified.has(4.5 * hour, 77));
  const many = new VerifiedAddresses(1000, hour);
  for (let number = 1; number <= 10_000; number++) many.add(hour, Math.imul(number, 0x9e3779b1) >>> 0);
  assert.ok(many.size >= 1000 && many.size <= 2000, `${many.size}`);
  assert.ok(many.has(hour, Math.imul(9999, 0x9e3779b1) >>> 0) && !many.has(hour, 0x9e3779b1));
});

test("limits that are none are refused", () => {
  assert.throws(() => scene().node({ limits: { inFlight: 0 } }), /Cannot limit inFlight to 0/);
  assert.throws(() => scene().node({ limits: { repeatMs: NaN } }), RangeError);
});

test.run();
