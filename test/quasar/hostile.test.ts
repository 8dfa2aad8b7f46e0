import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pack } from "../../codec/msgpack/mod.ts";
import { encodeRequest, NOTIFY_ANSWERS, type RpcArgs, type RpcName } from "../../codec/protocols/storj/mod.ts";
import { SeededRandom } from "../../src/host/sim/mod.ts";
import { seed } from "../codec/seed.ts";
import { Lone, notify, oldNotify } from "./lone.ts";
import { addressOf, idOf, OPEN, type Sent } from "./wire-node.ts";

const test = suite("quasar: hostile nodes");

const { taken } = NOTIFY_ANSWERS;

/** Of each node, the address of a neighbour that has answered it. */
const friends = new WeakMap<Lone, string>();

/** A node that subscribes to something, with neighbours and a friend. */
function befriended(): Lone {
  const node = new Lone({ rpcLimits: OPEN }).subscribe("news");
  for (const byte of [1, 2, 3, 4]) node.add(byte, [[], ["news"]], byte !== 4);
  node.routing.publish("hello", pack(1));
  const [{ to }] = answerAll(node);
  friends.set(node, to);
  return node;
}

/** Has all neighbours answer what they were sent. */
function answerAll(node: Lone): Sent[] {
  const all: Sent[] = [];
  for (let sent = node.sent(); sent.length > 0; sent = node.sent()) {
    for (const one of sent) node.answer(one, one.rpc === "warpwire_notify" ? taken : null);
    all.push(...sent);
  }
  return all;
}

/** An event of a friend still arrives, and is passed on. */
function friendIsHeard(node: Lone, value: string): void {
  const before = node.got.length;
  assert.is(node.ask(friends.get(node)!, "warpwire_notify", notify(1, "news", value)), taken);
  assert.equal(node.got.slice(before), [["news", value]]);
  assert.ok(node.sent().some(({ rpc }) => rpc === "warpwire_notify"));
}

test("100,000 events of any ttl from one address: a thousand are looked at, those of others arrive", () => {
  const node = befriended();
  const ttls = [-1, 0, 2 ** 31 - 1, -(2 ** 31), 64];
  let answers = 0;
  for (let count = 0; count < 100_000; count++) {
    const args = oldNotify(9, "spam", count, { ttl: ttls[count % ttls.length] });
    if (node.ask(9, "quasar_notify", args) !== undefined) answers += 1;
    if (count % 500 === 0) answerAll(node);
  }
  assert.is(answers, 1000);
  const { notifiesSent, notifiesRefused, history } = node.routing.stats();
  assert.ok(notifiesSent <= 1 + 400, `${notifiesSent}`);
  assert.ok(notifiesRefused >= 99_000 + 600, `${notifiesRefused}`);
  assert.ok(history <= 1001, `${history}`);
  friendIsHeard(node, "friend");
});

test("a friend that floods has its own bound, whoever is known besides has room", () => {
  const node = befriended();
  const friend = friends.get(node)!;
  let answers = 0;
  for (let count = 0; count < 5000; count++) {
    if (node.ask(friend, "quasar_notify", oldNotify(1, "spam", count)) !== undefined) answers += 1;
    if (count % 100 === 0) answerAll(node);
  }
  assert.is(answers, 1000);
  assert.is(node.ask(9, "quasar_notify", oldNotify(9, "news", "stranger")), null);
  assert.equal(node.got, [["news", "stranger"]]);
});

test("a ttl of 2^31 is none", () => {
  const node = befriended();
  const bytes = encodeRequest({
    rpc: "quasar_notify",
    args: oldNotify(9, "spam", 1, { ttl: 2 ** 31 - 1 }),
    messageId: idOf(1),
  });
  // As the largest number of 32 bits without a sign.
  bytes.set([0xce, 0x80, 0, 0, 0], bytes.length - 5);
  node.host.deliver(bytes, addressOf(9));
  assert.equal(node.host.take(), []);
});

test("events from forged addresses do not use up what others may send", () => {
  const node = befriended();
  for (let source = 0; source < 5000; source++) {
    const address = `udp:11.${source >> 8}.${source & 255}.1:4000`;
    for (let count = 0; count < 4; count++) {
      node.ask(address, "quasar_notify", oldNotify(9, "spam", `${source} ${count}`));
    }
    if (source % 50 === 0) answerAll(node);
  }
  assert.ok(node.routing.stats().notifiesSent <= 1 + 1000);
  friendIsHeard(node, "friend");
});

test("neighbours that do not answer: so many calls are under way, and no more", () => {
  const node = befriended();
  for (let second = 0; second < 4; second++) {
    for (let count = 0; count < 900; count++) {
      node.ask(9, "warpwire_notify", notify(9, "spam", `${second} ${count}`));
    }
    node.pass(900);
  }
  const { inFlight, waiting } = node.rpc.stats();
  assert.ok(inFlight + waiting <= 512 + 6, `${inFlight} and ${waiting}`);
  // There is room for those that are known.
  const before = node.got.length;
  assert.is(node.ask(friends.get(node)!, "warpwire_notify", notify(1, "news", "friend")), taken);
  assert.is(node.got.length, before + 1);
});

test("publishers of thousands of ids", () => {
  const node = befriended();
  const ids = Array.from({ length: 2900 }, (_, index) => {
    const id = idOf(200);
    new DataView(id.buffer).setUint32(0, index);
    return id;
  });
  // More than a request of ours takes, so it is put together here.
  const args = oldNotify(9, "spam", 1);
  const small = encodeRequest({ rpc: "quasar_notify", args, messageId: idOf(7) });
  const list = pack(ids as unknown as string[]).bytes;
  const bytes = new Uint8Array(small.length - 2 + list.length + 1);
  bytes.set(small.subarray(0, -2));
  bytes.set(list, small.length - 2);
  bytes.set([64], bytes.length - 1);
  node.host.deliver(bytes, addressOf(9));
  assert.equal(node.sent(), []);
  // As many as a datagram takes.
  assert.is(node.ask(9, "quasar_notify", oldNotify(9, "spam", 2, { publishers: ids.slice(0, 365) })), null);
  const [sent, ...others] = node.sent();
  assert.equal([(sent.args as RpcArgs<"quasar_notify">).publishers.length, others.length], [16, 0]);
});

test("topics that are none, and large ones", () => {
  const node = befriended();
  for (const topic of [["news"], [1, 2, 3], { news: 1 }, [[]]]) {
    const args = { topic, event: pack(1), nodeId: idOf(9) } as unknown as RpcArgs<"quasar_notify">;
    assert.is(node.ask(9, "quasar_notify", { ...args, publishers: [], ttl: 64 }), undefined);
    assert.is(node.ask(9, "warpwire_notify", { ...notify(9, "", 1), topic: args.topic }), undefined);
    const offer = {
      nodeId: idOf(9),
      topic: args.topic,
      eventName: idOf(1).subarray(4),
      publication: idOf(1).subarray(4),
    };
    assert.is(node.ask(9, "warpwire_offer", offer), undefined);
  }
  assert.is(node.rpc.stats().refused.failed, undefined);
  const large = "t".repeat(8000);
  node.subscribe(large);
  assert.is(node.ask(9, "quasar_notify", oldNotify(9, large, 1)), null);
  assert.equal(node.got, [[large, 1]]);
  assert.ok(node.sent().every(({ bytes }) => bytes.length <= 8192));
  assert.is(
    node.ask(9, "warpwire_offer", {
      nodeId: idOf(9),
      topic: large,
      eventName: new Uint8Array(16),
      publication: new Uint8Array(16),
    }),
    null,
  );
});

test("the same event from a hundred nodes is delivered and passed on once", () => {
  const node = befriended();
  const args = notify(9, "news", "same");
  for (let peer = 0; peer < 100; peer++) {
    const nodeId = idOf(100 + peer);
    node.ask(100 + peer, "warpwire_notify", { ...args, nodeId });
    node.ask(100 + peer, "quasar_notify", oldNotify(100 + peer, "news", "same"));
    // Each with a number of its own.
    node.ask(100 + peer, "warpwire_notify", notify(100 + peer, "news", "same"));
  }
  assert.equal(node.got, [["news", "same"]]);
  assert.is(node.sent().length, 2);
});

test("offers that are never kept: each neighbour is asked for so much, and the offers of others count", () => {
  const node = befriended();
  const offer = (from: number, number: number) => {
    const eventName = new Uint8Array(16).fill(from);
    new DataView(eventName.buffer).setUint32(0, number);
    return { nodeId: idOf(from), topic: "news", eventName, publication: new Uint8Array(16) };
  };
  for (let count = 0; count < 900; count++) node.ask(1, "warpwire_offer", offer(1, count));
  node.ask(2, "warpwire_offer", offer(2, 0));
  node.pass(100);
  const { waiting, inFlight } = node.rpc.stats();
  assert.is(inFlight + waiting, 65);
  assert.ok(node.sent().some(({ rpc, to }) => rpc === "warpwire_want" && to === addressOf(2)));
  // When they are given up, it is as before.
  node.pass(60_000);
  assert.equal([node.rpc.stats().inFlight, node.rpc.stats().waiting], [0, 0]);
});

test("asking for what is not there", () => {
  const node = befriended();
  let answers = 0;
  for (let count = 0; count < 5000; count++) {
    const eventName = new Uint8Array(16);
    new DataView(eventName.buffer).setUint32(0, count);
    const reply = node.ask(9, "warpwire_want", { nodeId: idOf(9), eventName, publication: new Uint8Array(16) });
    if (reply === null) answers += 1;
  }
  assert.is(answers, 1000);
  friendIsHeard(node, "friend");
});

test("history is bounded, the oldest are forgotten", () => {
  const node = new Lone({ limits: { history: 100, notifiesPerSecond: 1e6 }, rpcLimits: OPEN }).subscribe("news");
  for (let count = 0; count < 101; count++) node.ask(9, "warpwire_notify", notify(9, "news", count));
  assert.equal([node.routing.stats().history, node.got.length], [100, 101]);
  node.pass(100_000);
  node.ask(9, "quasar_notify", oldNotify(9, "news", 1));
  assert.is(node.got.length, 101);
  node.ask(9, "quasar_notify", oldNotify(9, "news", 0));
  assert.is(node.got.length, 102);
});

test("broken calls of every kind disturb nobody", () => {
  console.log(`  WARPWIRE_SEED=${seed}`);
  const random = new SeededRandom(seed);
  const node = befriended();
  const good: [RpcName, unknown][] = [
    ["warpwire_notify", notify(9, "news", "x", { publishers: [idOf(1)], visited: [idOf(2)] })],
    ["quasar_notify", oldNotify(9, "news", "y", { publishers: [idOf(1)] })],
    ["warpwire_offer", {
      nodeId: idOf(9),
      topic: "news",
      eventName: new Uint8Array(16),
      publication: new Uint8Array(16),
    }],
    ["warpwire_want", { nodeId: idOf(9), eventName: new Uint8Array(16), publication: new Uint8Array(16) }],
  ];
  const datagrams = good.map(([rpc, args]) => encodeRequest({ rpc, args, messageId: idOf(3) } as never));
  for (let count = 0; count < 20_000; count++) {
    const bytes = datagrams[count % datagrams.length].slice();
    for (let change = 0; change <= random.next() * 4; change++) {
      bytes[21 + Math.floor(random.next() * (bytes.length - 21))] = random.next() * 256;
    }
    new DataView(bytes.buffer).setUint32(1, count);
    node.host.deliver(random.next() < 0.2 ? bytes.subarray(0, 22 + random.next() * 60) : bytes, addressOf(9));
    if (count % 100 === 0) {
      node.pass(100);
      answerAll(node);
    }
  }
  assert.is(node.rpc.stats().refused.failed ?? 0, 0);
  node.pass(1000);
  friendIsHeard(node, "friend");
});

test.run();
