import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pack, unpack } from "../../codec/msgpack/mod.ts";
import { eventDigest, NOTIFY_ANSWERS } from "../../codec/protocols/storj/mod.ts";
import { Lone, notify, oldNotify, OWN_ID } from "./lone.ts";
import { idOf, type Sent } from "./wire-node.ts";

const test = suite("quasar: routing");

const { taken, known, busy } = NOTIFY_ANSWERS;
type Notified = Sent<"warpwire_notify">;
const notified = (node: Lone) => node.sent() as Notified[];
const ids = (list: readonly Uint8Array[]) => list.map(([byte]) => byte);

test("the nearest level that has the topic decides, among those without a publisher", () => {
  const node = new Lone();
  node.add(1, [[], [], ["news"]]);
  node.add(2, [[], ["news"]]);
  node.add(3, [[], [], []]);
  node.ask(9, "warpwire_notify", notify(9, "news", "a"));
  assert.equal(node.targets(), [2]);
  // The topic may be in level 1 of 2 because of 7, and in level 2 of 1 because of somebody else.
  node.neighbours.splice(1, 1);
  node.add(2, [[], ["news", idOf(7)]]);
  node.ask(9, "warpwire_notify", notify(9, "news", "b", { publishers: [idOf(7)] }));
  assert.equal(node.targets(), [1]);
});

test("among those that are as near, one is chosen at random, nodes of ours before others", () => {
  const node = new Lone();
  for (const byte of [1, 2, 3]) node.add(byte, [[], ["news"]]);
  node.add(4, [[], ["news"]], false);
  const counts = new Map<number, number>();
  for (let event = 0; event < 60; event++) {
    node.ask(9, "warpwire_notify", notify(9, "news", event));
    for (const to of node.targets()) counts.set(to, (counts.get(to) ?? 0) + 1);
  }
  assert.equal([...counts.keys()].sort(), [1, 2, 3]);
  assert.ok([...counts.values()].every((count) => count >= 8), String([...counts]));
});

test("without a trace a random neighbour that has not had it goes on", () => {
  const node = new Lone();
  for (const byte of [1, 2, 3, 4]) node.add(byte);
  const more = { publishers: [idOf(2)], visited: [idOf(3)], walked: 1 };
  for (let event = 0; event < 20; event++) {
    assert.is(node.ask(1, "warpwire_notify", notify(1, "news", event, more)), taken);
    const [sent, ...others] = notified(node);
    assert.equal([sent.to, others.length], ["udp:10.0.0.4:4000", 0]);
    assert.equal([ids(sent.args.visited), ids(sent.args.publishers)], [[3, 0xbb, 4], [2]]);
    assert.equal([sent.args.ttl, sent.args.walked], [63, 2]);
    node.answer(sent, taken);
  }
});

test("without a trace an event goes to the part of the network that is farthest from where it has been", () => {
  const node = new Lone();
  // Own id 0xbb, 1011 in bits; it comes from 0010, after 0111.
  for (const byte of [0xb8, 0x10, 0x40, 0xe0]) node.add(byte);
  const targets = () => node.targets();
  for (let event = 0; event < 10; event++) {
    node.ask(0x20, "warpwire_notify", notify(0x20, "news", event, { visited: [idOf(0x70)], walked: 2 }));
    assert.equal(targets(), [0xe0]);
  }
  // Originals, who forget what was lost, come last wherever they are.
  node.neighbours.splice(3, 1);
  node.add(0xe0, [], false);
  node.ask(0x20, "warpwire_notify", notify(0x20, "news", "x", { visited: [idOf(0x70)], walked: 2 }));
  assert.equal(targets(), [0x40]);
});

test("neighbours who subscribe are sent it, and each learns of the others", () => {
  const node = new Lone();
  node.add(1, [["news"]]);
  node.add(2, [["news"]]);
  node.add(3, [[], ["news"]]);
  node.ask(9, "warpwire_notify", notify(9, "news", "a", { publishers: [idOf(8)], walked: 3 }));
  const sent = notified(node);
  assert.equal(sent.map(({ to }) => to).sort(), ["udp:10.0.0.1:4000", "udp:10.0.0.2:4000"]);
  for (const { args } of sent) assert.equal(ids(args.publishers).sort(), [1, 2, 8]);
});

test("after a delivery an event goes on to others: to two after the first, then to three", () => {
  const node = new Lone().subscribe("news");
  for (const byte of [1, 2, 3, 4, 5]) node.add(byte, [[], byte === 3 ? ["news"] : []]);
  node.ask(9, "warpwire_notify", notify(9, "news", "a", { walked: 3 }));
  const first = notified(node);
  assert.is(first.length, 2);
  assert.is(first[0].to, "udp:10.0.0.3:4000");
  for (const { args } of first) assert.equal([ids(args.publishers), args.walked, args.ttl], [[0xbb], 0, 64]);
  node.ask(9, "warpwire_notify", notify(9, "news", "b", { publishers: [idOf(8)], walked: 7 }));
  const second = notified(node);
  assert.is(second.length, 3);
  // The ones who look for further subscribers know of each other.
  for (const { args } of second) {
    assert.equal(ids(args.visited).sort(), second.map(({ to }) => Number(to.split(/[.:]/)[4])).sort());
  }
  assert.equal(node.got, [["news", "a"], ["news", "b"]]);
});

test("a search ends after so many hops, and ttl is what it is", () => {
  const node = new Lone();
  node.add(1);
  const hops = (publishers: number, walked: number, ttl = 64) => {
    const more = { publishers: Array.from({ length: publishers }, (_, index) => idOf(100 + index)), walked, ttl };
    assert.is(node.ask(9, "warpwire_notify", notify(9, "news", Math.random(), more)), taken);
    return notified(node).length;
  };
  // Nobody has had it: only ttl counts.
  assert.equal([hops(0, 60), hops(0, 0, 2), hops(0, 0, 1)], [1, 1, 0]);
  assert.equal([hops(1, 3), hops(1, 4), hops(2, 5), hops(2, 6), hops(2, 7)], [1, 0, 1, 1, 0]);
  assert.equal([hops(3, 10), hops(3, 11), hops(9, 10), hops(9, 11)], [1, 0, 1, 0]);
  assert.equal(node.events, [1, 2, 3, 4, 5].map(() => ({ type: "walk-died", reason: "ttl" })));
  assert.is(node.routing.stats().died.ttl, 5);
});

test("a search goes on for two hops more while a neighbour shows that there is somebody", () => {
  const node = new Lone();
  node.add(1, [[], ["news"]]);
  const goesOn = (walked: number) => {
    node.ask(9, "warpwire_notify", notify(9, "news", walked, { publishers: [idOf(100)], walked }));
    return notified(node).length === 1;
  };
  assert.equal([goesOn(4), goesOn(5), goesOn(6)], [true, true, false]);
});

test("a ttl above 64 is 64, 0 and less is dropped and answered", () => {
  const node = new Lone().subscribe("news");
  node.add(1, [], false);
  for (const ttl of [0, -1, -(2 ** 31)]) {
    assert.is(node.ask(9, "quasar_notify", oldNotify(9, "news", ttl, { ttl })), null);
    assert.equal(node.sent(), []);
  }
  assert.is(node.ask(9, "warpwire_notify", notify(9, "news", "x", { ttl: 0 })), known);
  assert.equal([node.got, node.routing.stats().notifiesRefused], [[], 4]);
  assert.is(node.ask(9, "quasar_notify", oldNotify(9, "news", "much", { ttl: 2 ** 31 - 1 })), null);
  // An original is told how far a search goes.
  assert.is((node.sent() as Sent<"quasar_notify">[])[0].args.ttl, 5);
  const more = { publishers: [idOf(7), idOf(8)], ttl: 255 };
  node.ask(9, "quasar_notify", oldNotify(9, "other", "old", { ...more, ttl: 1000 }));
  assert.is((node.sent() as Sent<"quasar_notify">[])[0].args.ttl, 63);
  node.ask(9, "warpwire_notify", notify(9, "other", "own", { ...more, publishers: [] }));
  assert.is((node.sent() as Sent<"quasar_notify">[])[0].args.ttl, 63);
  node.ask(9, "warpwire_notify", notify(9, "other", "searched", { ...more, walked: 3 }));
  assert.is((node.sent() as Sent<"quasar_notify">[])[0].args.ttl, 4);
});

test("with a ttl of 1 an event goes no further, but from a subscriber to others", () => {
  const node = new Lone().subscribe("news");
  node.add(1, [["news", "other"]], false);
  node.ask(9, "quasar_notify", oldNotify(9, "other", 1, { ttl: 1 }));
  assert.equal(node.sent(), []);
  node.ask(9, "quasar_notify", oldNotify(9, "news", 1, { ttl: 1 }));
  assert.is((node.sent() as Sent<"quasar_notify">[])[0].args.ttl, 1);
});

test("an event is known by its topic and its bytes", () => {
  const node = new Lone().subscribe("news", "other");
  node.ask(9, "quasar_notify", oldNotify(9, "news", "same"));
  node.ask(9, "quasar_notify", oldNotify(9, "other", "same"));
  node.ask(8, "quasar_notify", oldNotify(8, "other", "same"));
  node.ask(8, "warpwire_notify", notify(8, "other", "same"));
  assert.equal(node.got, [["news", "same"], ["other", "same"]]);
  assert.is(node.routing.stats().duplicates, 2);
});

test("a publication that comes again gets the same answer from the same node, and goes no further", () => {
  const node = new Lone().subscribe("news");
  node.add(1, [["news"]]);
  const args = notify(9, "news", "a");
  assert.is(node.ask(9, "warpwire_notify", args), taken);
  assert.equal(node.targets(), [1]);
  assert.is(node.ask(9, "warpwire_notify", args), taken);
  assert.is(node.ask(8, "warpwire_notify", { ...args, nodeId: idOf(8) }), known);
  assert.equal([node.targets(), node.got.length], [[], 1]);
});

test("a number stands for its own event only", () => {
  const node = new Lone().subscribe("news");
  const args = notify(9, "news", "true");
  node.ask(8, "warpwire_notify", { ...args, nodeId: idOf(8), event: pack("false") });
  assert.is(node.ask(9, "warpwire_notify", args), taken);
  assert.equal(node.got.map(([, event]) => event), ["false", "true"]);
});

test("an event that was published anew arrives anew, but not what has lost its number on its way", () => {
  const node = new Lone().subscribe("news");
  node.ask(9, "warpwire_notify", notify(9, "news", "a"));
  node.ask(8, "quasar_notify", oldNotify(8, "news", "a"));
  node.pass(29_000);
  assert.is(node.ask(9, "warpwire_notify", notify(9, "news", "a")), known);
  node.pass(29_000);
  assert.is(node.ask(9, "warpwire_notify", notify(9, "news", "a")), taken);
  node.pass(100_000);
  node.ask(8, "quasar_notify", oldNotify(8, "news", "a"));
  assert.is(node.got.length, 2);
});

test("what comes without a number is known for ever, however it came first", () => {
  const node = new Lone().subscribe("news");
  const numbered = notify(9, "news", "a");
  node.ask(9, "warpwire_notify", numbered);
  node.pass(100_000);
  node.ask(8, "quasar_notify", oldNotify(8, "news", "a"));
  const derived = eventDigest("news", numbered.event).subarray(-16);
  node.pass(100_000);
  assert.is(node.ask(7, "warpwire_notify", notify(7, "news", "a", { publication: derived })), known);
  const other = notify(9, "news", "b");
  node.ask(9, "warpwire_notify", other);
  node.pass(100_000);
  const again = { publication: eventDigest("news", other.event).subarray(-16) };
  assert.is(node.ask(7, "warpwire_notify", notify(7, "news", "b", again)), known);
  assert.is(node.got.length, 2);
});

test("what came without a number goes on to ours with one that follows from it, and counts as it did", () => {
  const [first, second] = [new Lone(), new Lone().subscribe("news")];
  first.add(1);
  first.ask(9, "quasar_notify", oldNotify(9, "news", "a"));
  const [{ args }] = notified(first);
  assert.is(second.ask(0xbb, "warpwire_notify", args), taken);
  second.pass(100_000);
  assert.is(second.ask(7, "warpwire_notify", { ...args, nodeId: idOf(7) }), known);
  assert.is(second.got.length, 1);
});

test("a silent neighbour is replaced by another one, and that is told", () => {
  const node = new Lone();
  node.add(1, [[], ["news"]]);
  node.add(2, [[], [], ["news"]]);
  node.ask(9, "warpwire_notify", notify(9, "news", "a"));
  assert.equal(node.targets(), [1]);
  node.pass(10_000);
  // Each is sent the event three times before it is given up.
  assert.equal(node.targets(), [1, 1, 2, 2, 2]);
  assert.equal([...new Set(node.silent.map(({ id }) => id[0]))], [1, 2]);
  assert.equal(node.events, [{ type: "walk-died", reason: "silent" }]);
});

test("whoever is asked to look for further subscribers and is silent is replaced, too", () => {
  const node = new Lone().subscribe("news");
  for (const byte of [1, 2, 3]) node.add(byte);
  node.ask(9, "warpwire_notify", notify(9, "news", "a"));
  const [first, second] = notified(node);
  node.answer(first, taken);
  node.pass(5000);
  const third = node.neighbours.find(({ address }) => address !== first.to && address !== second.to)!;
  assert.ok(node.sent().some(({ to }) => to === third.address));
});

test("a subscriber who is silent does not end the search for others", () => {
  const node = new Lone();
  node.add(1, [["news"]]);
  node.add(2);
  node.ask(9, "warpwire_notify", notify(9, "news", "a"));
  assert.equal(node.targets(), [1]);
  node.pass(6000);
  assert.equal([...new Set(node.targets())], [1, 2]);
});

test("a walk that came back goes on by another neighbour, once", () => {
  const node = new Lone();
  for (const byte of [1, 2, 3]) node.add(byte);
  node.ask(9, "warpwire_notify", notify(9, "news", "a"));
  const [first] = notified(node);
  node.answer(first, known);
  const [second, ...more] = notified(node);
  assert.is(more.length, 0);
  assert.is.not(second.to, first.to);
  node.answer(second, known);
  assert.equal(node.sent(), []);
});

test("a neighbour that is busy is replaced", () => {
  const node = new Lone();
  for (const byte of [1, 2]) node.add(byte);
  node.ask(9, "warpwire_notify", notify(9, "news", "a"));
  const [first] = notified(node);
  node.answer(first, busy);
  const [second] = notified(node);
  assert.is.not(second.to, first.to);
  assert.equal(node.silent, []);
  node.answer(second, busy);
  assert.equal([node.sent(), node.events], [[], [{ type: "walk-died", reason: "silent" }]]);
});

test("nobody is there", () => {
  const node = new Lone().subscribe("news");
  assert.equal(node.routing.publish("news", pack("a")), { sent: 0, repeated: false });
  assert.equal(node.routing.publish("news", pack("a")), { sent: 0, repeated: true });
  assert.equal([node.got, node.events], [[["news", "a"]], [{ type: "walk-died", reason: "nobody" }]]);
  assert.is(node.ask(9, "warpwire_notify", notify(9, "other", "b")), taken);
  assert.is(node.routing.stats().died.nobody, 2);
});

test("what is published goes out with the whole ttl, to originals without a number", () => {
  const node = new Lone();
  node.add(1, [["news"]]);
  node.add(2, [["news"]], false);
  assert.equal(node.routing.publish("news", pack("a")), { sent: 2, repeated: false });
  const [own, old] = node.sent() as [Notified, Sent<"quasar_notify">];
  assert.equal([own.rpc, old.rpc], ["warpwire_notify", "quasar_notify"]);
  assert.equal([own.args.nodeId, own.args.ttl, unpack(own.args.event)], [OWN_ID, 64, "a"]);
  assert.equal([old.args.nodeId, old.args.ttl, old.args.topic], [OWN_ID, 64, "news"]);
  assert.equal(ids(old.args.publishers), [1, 2]);
});

test("lists of ids are shortened to what a datagram takes, the event never is", () => {
  const node = new Lone().subscribe("news");
  const to = [node.add(1), node.add(2, [], false)];
  const publishers = Array.from(
    { length: 360 },
    (_, index) => new Uint8Array(20).fill(index).fill(0x80 + (index >> 8), 10),
  );
  for (const neighbour of to) {
    node.neighbours.splice(0, 2, neighbour);
    for (const size of [10, 2000, 4000, 7900, 8090]) {
      const event = pack(new Uint8Array(size - 3).fill(neighbour.id[0]));
      const count = Math.min(360, Math.floor((8192 - 64 - 5 - event.bytes.length) / 22));
      const given = publishers.slice(0, count);
      node.ask(9, "quasar_notify", { ...oldNotify(9, "news", 1), event, publishers: given });
      const [sent] = notified(node);
      assert.ok(sent.bytes.length <= 8192, `${sent.bytes.length}`);
      assert.equal(sent.args.event.bytes, event.bytes);
      // It has added itself.
      given.push(OWN_ID);
      const { length } = sent.args.publishers;
      assert.ok(
        length === Math.min(neighbour.isOurs ? 16 : 256, count + 1) || sent.bytes.length > 8192 - 22,
        `${length} of ${count}`,
      );
      assert.equal(sent.args.publishers, length === 0 ? [] : given.slice(-length));
      node.answer(sent as Sent, neighbour.isOurs ? taken : null);
    }
  }
});

test("an event that only an original's call has room for goes to ours in that", () => {
  const node = new Lone();
  node.add(1);
  const event = pack("x".repeat(8192 - 64 - 5 - 3));
  assert.is(node.ask(9, "quasar_notify", { ...oldNotify(9, "news", 1), event }), null);
  const [sent] = node.sent();
  assert.equal([sent.rpc, sent.bytes.length <= 8192], ["quasar_notify", true]);
  // One byte more, and no original could read it.
  const larger = pack("x".repeat(8192 - 64 - 5 - 2));
  assert.is(node.ask(9, "quasar_notify", { ...oldNotify(9, "news", 1), event: larger }), undefined);
  assert.equal(node.sent(), []);
});

test.run();
