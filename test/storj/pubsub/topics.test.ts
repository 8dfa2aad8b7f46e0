import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseHex } from "../../../codec/mod.ts";
import { type MsgpackValue, pack, Packed, unpack } from "../../../codec/msgpack/mod.ts";
import { STORJ_LIMITS, type TopicLike } from "../../../src/storj/mod.ts";
import { rejects, throws } from "../expect.ts";
import { fakeTopics } from "./fake-quasar.ts";

const test = suite("storj: topics");

const TEXT = new TextEncoder();
/** A map whose keys are no texts. */
const UNREADABLE = new Packed(parseHex("8101c0"));

test("events of a topic are taken once, in order, whatever they are", () => {
  const { topics, quasar } = fakeTopics();
  topics.subscribe("news");
  const events = [1, "two", null, { three: [3n ** 39n, new Uint8Array(3)] }, false, 0, ""];
  for (const event of events) quasar.hear("news", event as MsgpackValue);
  assert.is(topics.stats().waiting, events.length);
  assert.equal(topics.events("news"), events);
  assert.equal(topics.events("news"), []);
  quasar.hear("news", "more");
  assert.equal(topics.events("news"), ["more"]);
  const { received, waiting, waitingBytes, dropped } = topics.stats();
  assert.equal([received, waiting, waitingBytes, dropped], [8, 0, 0, 0]);
});

test("topics keep their events apart; of one that is not subscribed to there are none", () => {
  const { topics, quasar } = fakeTopics();
  topics.subscribe("a");
  topics.subscribe("b");
  quasar.hear("b", 1);
  quasar.hear("a", 2);
  quasar.hear("c", 3);
  quasar.hear("b", 4);
  assert.equal(topics.events("c"), []);
  assert.equal(topics.events("a"), [2]);
  assert.equal(topics.events("b"), [1, 4]);
});

test("a topic is text, bytes or a number, and the same one if its bytes are", () => {
  const { topics, quasar } = fakeTopics();
  const bytes = TEXT.encode("news");
  topics.subscribe(bytes);
  topics.subscribe("news");
  topics.subscribe(5);
  topics.subscribe("5");
  assert.equal(quasar.topics, [bytes, 5]);
  quasar.hear("5", "five");
  quasar.hear("news", "text");
  quasar.hear(TEXT.encode("news"), "bytes");
  assert.equal(topics.events(5), ["five"]);
  assert.equal(topics.events("news"), ["text", "bytes"]);
  bytes[0] = 0;
  assert.equal(topics.subscriptions(), [TEXT.encode("news"), 5]);
  (topics.subscriptions()[0] as Uint8Array)[0] = 0;
  assert.equal(topics.subscriptions(), [TEXT.encode("news"), 5]);
  topics.unsubscribe("news");
  assert.equal(topics.subscriptions(), [5]);
  for (const bad of [null, undefined, {}, [], true, 5n, "\ud800"]) {
    for (const call of ["subscribe", "unsubscribe", "events"] as const) {
      throws(() => topics[call](bad as TopicLike), "invalid-message");
    }
    throws(() => topics.topic(bad as TopicLike), "invalid-message");
  }
  assert.equal(quasar.topics, [5]);
});

test("a topic beside which no event has room is refused", () => {
  const { topics, quasar } = fakeTopics();
  for (const topic of ["x".repeat(8100), new Uint8Array(1_000_000)]) {
    throws(() => topics.subscribe(topic), "too-large");
    throws(() => topics.topic(topic), "too-large");
  }
  topics.subscribe("x".repeat(8099));
  assert.is(quasar.topics.length, 1);
});

test("subscribing twice is once; what is not subscribed to cannot be ended", () => {
  const { topics, quasar } = fakeTopics();
  topics.subscribe("news");
  quasar.hear("news", 1);
  topics.subscribe("news");
  assert.equal(quasar.topics, ["news"]);
  assert.equal(topics.events("news"), [1]);
  topics.unsubscribe("news");
  assert.equal(quasar.topics, []);
  throws(() => topics.unsubscribe("news"), "not-found");
  throws(() => topics.unsubscribe("other"), "not-found");
});

test("what had come can be taken once after the end of a subscription", () => {
  const { topics, quasar } = fakeTopics();
  topics.subscribe("news");
  quasar.hear("news", 1);
  quasar.hear("news", 2);
  topics.unsubscribe("news");
  quasar.hear("news", "too late");
  throws(() => topics.unsubscribe("news"), "not-found");
  assert.equal(topics.subscriptions(), []);
  assert.equal(topics.events("news"), [1, 2]);
  assert.equal(topics.events("news"), []);
  topics.subscribe("news");
  quasar.hear("news", 3);
  topics.unsubscribe("news");
  topics.subscribe("news");
  quasar.hear("news", 4);
  assert.equal(topics.events("news"), [3, 4], "what nobody took is still there");
  assert.equal(topics.subscriptions(), ["news"]);
});

test("there are 512 topics, with those of loops and content", () => {
  const { topics, quasar } = fakeTopics();
  assert.is(STORJ_LIMITS.topics, 512);
  for (let index = 0; index < 510; index++) topics.subscribe(index);
  const loop = topics.topic("loop");
  const all = ["x", "y"];
  throws(() => topics.follow(all, () => {}), "limit");
  assert.is(quasar.topics.length, 511, "all of them or none");
  const followed = topics.follow(["x", "x", 7], () => {});
  throws(() => topics.subscribe("one more"), "limit");
  throws(() => topics.topic("one more"), "limit");
  topics.subscribe("x");
  topics.topic(7);
  followed[Symbol.dispose]();
  throws(() => topics.subscribe("one more"), "limit");
  void loop.return?.();
  topics.subscribe("one more");
  assert.is(topics.stats().topics, 512);
});

test("each loop gets all events, and so does the list", async () => {
  const { topics, quasar } = fakeTopics();
  topics.subscribe("news");
  const [first, second] = [topics.topic("news"), topics.topic("news")];
  assert.equal(quasar.topics, ["news"]);
  const waiting = first.next();
  for (const event of [null, 1, 2]) quasar.hear("news", event);
  assert.equal(await waiting, { done: false, value: null });
  assert.equal((await first.next()).value, 1);
  for (const event of [null, 1, 2]) assert.equal(await second.next(), { done: false, value: event });
  assert.equal(topics.events("news"), [null, 1, 2]);
  assert.equal((await first.next()).value, 2);
});

test("a loop subscribes to its topic as long as it runs", async () => {
  const { topics, quasar } = fakeTopics();
  const loop = topics.topic("news");
  assert.equal([quasar.topics, topics.subscriptions()], [["news"], []]);
  throws(() => topics.unsubscribe("news"), "not-found");
  quasar.hear("news", 1);
  quasar.hear("news", 2);
  for await (const event of loop) {
    assert.is(event, 1);
    break;
  }
  assert.equal(quasar.topics, []);
  assert.equal(await loop.next(), { done: true, value: undefined });
  const { waiting, waitingBytes } = topics.stats();
  assert.equal([waiting, waitingBytes], [0, 0], "what a loop has left is gone");
});

test("a subscription outlives a loop, and a loop a subscription", async () => {
  const { topics, quasar } = fakeTopics();
  topics.subscribe("a");
  const [a, b] = [topics.topic("a"), topics.topic("b")];
  topics.subscribe("b");
  await a.return?.();
  topics.unsubscribe("b");
  assert.equal(quasar.topics, ["a", "b"]);
  quasar.hear("a", 1);
  quasar.hear("b", 2);
  assert.equal(topics.events("a"), [1]);
  assert.equal(await b.next(), { done: false, value: 2 });
  await b.return?.();
  assert.equal(quasar.topics, ["a"]);
});

test("the signal ends a loop, also one that waits and one that has not begun", async () => {
  const { topics, quasar } = fakeTopics();
  const over = new AbortController();
  const loop = topics.topic("news", { signal: over.signal });
  const [first, second] = [loop.next(), loop.next()];
  over.abort();
  assert.equal([await first, await second], Array(2).fill({ done: true, value: undefined }));
  assert.equal(quasar.topics, []);
  const late = topics.topic("news", { signal: over.signal });
  assert.equal(await late.next(), { done: true, value: undefined });
  assert.equal(quasar.topics, []);
});

test("those who ask at once are answered in turn", async () => {
  const { topics, quasar } = fakeTopics();
  const loop = topics.topic("news");
  const asked = [loop.next(), loop.next(), loop.next()];
  for (const event of [1, 2, 3, 4]) quasar.hear("news", event);
  assert.equal((await Promise.all(asked)).map(({ value }) => value), [1, 2, 3]);
  assert.is((await loop.next()).value, 4);
});

test("8,192 events of a topic wait; the oldest make room and are counted", async () => {
  const { topics, quasar } = fakeTopics();
  assert.is(STORJ_LIMITS.events, 8192);
  topics.subscribe("news");
  topics.subscribe("quiet");
  quasar.hear("quiet", "first");
  const loop = topics.topic("news");
  for (let event = 0; event < 8195; event++) quasar.hear("news", event);
  assert.equal([topics.stats().dropped, topics.stats().waiting], [6, 2 * 8192 + 1]);
  const taken = topics.events("news");
  assert.equal([taken.length, taken[0], taken.at(-1)], [8192, 3, 8194]);
  assert.equal(topics.events("quiet"), ["first"]);
  for (let event = 3; event < 8195; event++) assert.is((await loop.next()).value, event);
  assert.equal([topics.stats().waiting, topics.stats().waitingBytes], [0, 0]);
});

test("all events together have a bound; the fullest queue makes room", () => {
  const eventsBytes = 100_000;
  const { topics, quasar } = fakeTopics({ eventsBytes });
  for (const topic of ["quiet", "loud", "louder"]) topics.subscribe(topic);
  quasar.hear("quiet", "rare");
  for (let event = 0; event < 100; event++) {
    quasar.hear("loud", [event, new Uint8Array(900)]);
    quasar.hear("louder", [event, new Uint8Array(1900)]);
    assert.ok(topics.stats().waitingBytes <= eventsBytes);
  }
  assert.ok(topics.stats().waitingBytes > eventsBytes - 4000);
  assert.equal(topics.events("quiet"), ["rare"]);
  const numbers = (topic: string) => topics.events(topic).map((event) => (event as number[])[0]);
  const [loud, louder] = [numbers("loud"), numbers("louder")];
  for (const left of [loud, louder]) {
    assert.equal(left, Array.from({ length: left.length }, (_, index) => 100 - left.length + index));
    assert.ok(left.length > 20, `${left.length} are left`);
  }
  assert.is(topics.stats().dropped, 200 - loud.length - louder.length);
});

test("who gets few events keeps them, however many others wait", () => {
  const { topics, quasar } = fakeTopics({ eventsBytes: 100_000 });
  topics.subscribe("loud");
  topics.subscribe("quiet");
  for (let event = 0; event < 100; event++) quasar.hear("loud", new Uint8Array(1900));
  for (let event = 0; event < 20; event++) quasar.hear("quiet", [event, new Uint8Array(1900)]);
  assert.equal(
    topics.events("quiet").map((event) => (event as number[])[0]),
    Array.from({ length: 20 }, (_, index) => index),
  );
});

test("many small events take no more memory than large ones", () => {
  const { topics, quasar } = fakeTopics({ eventsBytes: 10_000 });
  topics.subscribe("news");
  for (let event = 0; event < 1000; event++) quasar.hear("news", 7);
  assert.ok(topics.stats().waiting < 200);
});

test("events for which there is no value are left out and counted, and can be had as bytes", async () => {
  const { topics, quasar } = fakeTopics();
  topics.subscribe("news");
  const [values, bytes] = [topics.topic("news"), topics.topic("news", { packed: true })];
  const [value, packed] = [values.next(), bytes.next()];
  quasar.hear("news", UNREADABLE);
  quasar.hear("news", "fine");
  quasar.hear("news", UNREADABLE);
  quasar.hear("news", "as well");
  assert.is((await value).value, "fine");
  assert.is((await values.next()).value, "as well");
  assert.equal((await packed).value.bytes, UNREADABLE.bytes);
  assert.is(topics.stats().unreadable, 2);
  assert.equal(topics.events("news", { packed: true }).map(({ bytes }) => bytes.length), [3, 5, 3, 8]);
});

test("what comes is copied, for each who gets it", () => {
  const { topics, quasar } = fakeTopics();
  const followed: Packed[] = [];
  topics.follow(["news"], (event) => void followed.push(event));
  topics.subscribe("news");
  const event = new Packed(pack("hello").bytes.slice());
  quasar.hear("news", event);
  event.bytes.fill(0xc0);
  assert.is(unpack(followed[0]), "hello");
  followed[0].bytes.fill(0xc0);
  assert.equal(topics.events("news"), ["hello"]);
});

test("those who follow topics are called for each, and do not show", () => {
  const { topics, quasar } = fakeTopics();
  const seen: [TopicLike, MsgpackValue][] = [];
  const first = topics.follow(["a", 5], (event, topic) => void seen.push([topic, unpack(event)]));
  const second = topics.follow(["5"], (event, topic) => {
    seen.push([topic, unpack(event)]);
    second[Symbol.dispose]();
  });
  assert.equal([topics.subscriptions(), quasar.topics], [[], ["a", 5]]);
  for (const topic of ["5", 5, "a", "b"]) quasar.hear(topic, `on ${topic}`);
  assert.equal(seen, [[5, "on 5"], ["5", "on 5"], [5, "on 5"], ["a", "on a"]]);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assert.equal(quasar.topics, []);
});

test("publishing hands over what it was given, in order; own subscriptions get it", async () => {
  const { topics, quasar } = fakeTopics();
  topics.subscribe("news");
  const own = new Packed(pack({ own: true }).bytes.slice());
  const done = [topics.publish("news", 1), topics.publish(5, [2]), topics.publish("news", own)];
  own.bytes.fill(0xc0);
  await Promise.all(done);
  assert.equal(quasar.published.map(([topic, event]) => [topic, unpack(event)]), [
    ["news", 1],
    [5, [2]],
    ["news", { own: true }],
  ]);
  assert.equal(topics.events("news"), [1, { own: true }]);
});

test("what cannot be published is not", async () => {
  const { topics, quasar } = fakeTopics();
  const bytes = (count: number) => new Uint8Array(count);
  await rejects(topics.publish("news", undefined as unknown as MsgpackValue), "invalid-message");
  await rejects(topics.publish("news", (() => {}) as unknown as MsgpackValue), "invalid-message");
  await rejects(topics.publish({} as TopicLike, 1), "invalid-message");
  await rejects(topics.publish("news", bytes(8000)), "too-large");
  assert.equal(quasar.published, []);
  await topics.publish("news", bytes(7000));
  assert.is(quasar.published.length, 1);
});

test("alone, nothing is published at all", async () => {
  const { topics, quasar } = fakeTopics();
  topics.subscribe("news");
  quasar.neighbours = 0;
  quasar.isAlone = true;
  await rejects(topics.publish("news", 1), "no-peers");
  assert.equal([quasar.published, topics.events("news")], [[], []]);
  quasar.neighbours = 1;
  await topics.publish("news", 1);
  assert.equal([quasar.published.length, topics.events("news")], [1, [1]]);
});

/** Lets promises run, and time pass. */
async function pass(clock: { advance(ms: number): void }, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    clock.advance(50);
  }
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

test("a node that is getting to know its neighbours publishes as soon as one is known, in order", async () => {
  const { topics, quasar, clock } = fakeTopics();
  [quasar.neighbours, quasar.known] = [0, 0];
  const done = [topics.publish("news", 1), topics.publish("news", 2)];
  await pass(clock, 300);
  assert.equal(quasar.published, []);
  [quasar.neighbours, quasar.known] = [1, 1];
  done.push(topics.publish("news", 3));
  assert.equal(quasar.published, []);
  await pass(clock, 50);
  await Promise.all(done);
  await topics.publish("news", 4);
  assert.equal(quasar.published.map(([, event]) => unpack(event)), [1, 2, 3, 4]);
  assert.is(clock.timers, 0);
});

test("neighbours who do not say what they subscribe to are waited for once, and not long", async () => {
  const { topics, quasar, clock } = fakeTopics();
  quasar.known = 0;
  const first = topics.publish("news", 1);
  await pass(clock, 950);
  assert.equal(quasar.published, []);
  await pass(clock, 50);
  await first;
  await topics.publish("news", 2);
  assert.is(quasar.published.length, 2);
});

test("without a neighbour that is known in time there is nobody", async () => {
  const { topics, quasar, clock } = fakeTopics();
  [quasar.neighbours, quasar.known] = [0, 0];
  let over = false;
  const waiting = rejects(topics.publish("news", 1), "no-peers").finally(() => over = true);
  await pass(clock, 4950);
  assert.is(over, false);
  await pass(clock, 50);
  await waiting;
  assert.equal([quasar.published, clock.timers], [[], 0]);
});

test("closing ends loops after what had come, and nothing begins any more", async () => {
  const { topics, quasar, clock } = fakeTopics();
  topics.subscribe("news");
  const [idle, busy] = [topics.topic("news"), topics.topic("news")];
  const waits = idle.next();
  quasar.hear("news", 1);
  assert.is((await waits).value, 1);
  const last = idle.next();
  quasar.neighbours = 0;
  const publishing = rejects(topics.publish("news", 2), "closed");
  await topics.close();
  await pass(clock, 50);
  await publishing;
  assert.equal(await last, { done: true, value: undefined });
  assert.equal(await busy.next(), { done: false, value: 1 });
  assert.equal(await busy.next(), { done: true, value: undefined });
  assert.equal([quasar.closed, topics.subscriptions()], [1, []]);
  assert.equal(topics.events("news"), [1], "what had come can still be taken");
  throws(() => topics.subscribe("news"), "closed");
  throws(() => topics.unsubscribe("news"), "closed");
  throws(() => topics.topic("news"), "closed");
  throws(() => topics.follow([], () => {}), "closed");
  await rejects(topics.publish("news", 3), "closed");
});

test.run();
