import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pack } from "../../codec/msgpack/mod.ts";
import { eventDigest, type FilterKey, NOTIFY_ANSWERS, type RpcArgs } from "../../codec/protocols/storj/mod.ts";
import { Lone, notify, OWN_ID } from "./lone.ts";
import { idOf, type Sent } from "./wire-node.ts";

const test = suite("quasar: offers");

const { taken, known } = NOTIFY_ANSWERS;
type Offer = RpcArgs<"warpwire_offer">;

const offerOf = (from: number, { topic, event, publication }: RpcArgs<"warpwire_notify">): Offer => ({
  nodeId: idOf(from),
  topic,
  eventName: eventDigest(topic as FilterKey, event).subarray(0, 16),
  publication,
});

/** What a node has sent, by call. */
function calls(node: Lone) {
  const sent = node.sent();
  const of = (rpc: string) => sent.filter((one) => one.rpc === rpc);
  return { notifies: of("warpwire_notify"), offers: of("warpwire_offer"), wants: of("warpwire_want") };
}

const number = ({ to }: Sent) => Number(to.split(/[.:]/)[4]);

test("six get an event at once, the others are told of it a while later, unless they have it", () => {
  const node = new Lone();
  for (let byte = 1; byte <= 12; byte++) node.add(byte, [["news"]]);
  assert.is(node.routing.publish("news", pack("a")).sent, 6);
  const { notifies, offers } = calls(node);
  assert.equal([notifies.length, offers.length], [6, 0]);
  const others = node.neighbours.map(({ id }) => id[0]).filter((byte) => !notifies.map(number).includes(byte));
  const { args } = notifies[0] as Sent<"warpwire_notify">;
  // One has passed it on itself, and named another one that has it.
  const back = { ...args, nodeId: idOf(others[0]), publishers: [idOf(others[1])] };
  assert.is(node.ask(others[0], "warpwire_notify", back), known);
  // A third one offers it, but only neighbours are listened to, and it does not subscribe itself.
  node.subscribe("news");
  node.ask(others[2], "warpwire_offer", offerOf(others[2], args));
  for (const sent of notifies) node.answer(sent as Sent<"warpwire_notify">, taken);
  node.pass(140);
  assert.equal(node.sent(), []);
  node.pass(120);
  const told = calls(node).offers as Sent<"warpwire_offer">[];
  // None of them answers, so that each is told three times at most.
  assert.equal([...new Set(told.map(number))].sort(), others.slice(3).sort());
  assert.equal(told[0].args, { ...offerOf(0xbb, args), nodeId: OWN_ID });
  node.pass(60_000);
  assert.equal(calls(node).notifies, []);
});

test("who has it from a subscriber sends it to five", () => {
  const node = new Lone().subscribe("news");
  for (let byte = 1; byte <= 12; byte++) node.add(byte, [["news"]]);
  node.ask(1, "warpwire_notify", notify(1, "news", "a", { publishers: [idOf(1), idOf(2)] }));
  const { notifies } = calls(node);
  assert.is(notifies.length, 5);
  assert.ok(notifies.every((sent) => number(sent) > 2));
});

test("who was sent an event and is silent is told of it, because others were told that it has it", () => {
  const node = new Lone();
  for (let byte = 1; byte <= 3; byte++) node.add(byte, [["news"]]);
  assert.is(node.routing.publish("news", pack("a")).sent, 3);
  const { notifies } = calls(node);
  for (const sent of notifies) if (number(sent) !== 3) node.answer(sent as Sent<"warpwire_notify">, taken);
  node.pass(10_000);
  const { offers, notifies: again } = calls(node);
  assert.equal([...new Set(offers.map(number))], [3]);
  assert.ok(again.every((sent) => number(sent) === 3));
});

test("originals are not told, but sent all", () => {
  const node = new Lone();
  for (let byte = 1; byte <= 20; byte++) node.add(byte, [["news"]], byte % 2 === 0);
  assert.is(node.routing.publish("news", pack("a")).sent, 16);
  const sent = node.sent();
  assert.is(sent.filter(({ rpc }) => rpc === "quasar_notify").length, 10);
  for (const one of sent) if (one.rpc !== "quasar_notify") node.answer(one, taken);
  node.pass(1000);
  assert.is(new Set(calls(node).offers.map(number)).size, 4);
});

test("what was offered is asked for if it has not come", () => {
  const node = new Lone().subscribe("news");
  node.add(1);
  node.add(2);
  const [came, lost] = [notify(1, "news", "came"), notify(1, "news", "lost")];
  for (const args of [came, lost]) {
    assert.is(node.ask(1, "warpwire_offer", offerOf(1, args)), null);
    assert.is(node.ask(2, "warpwire_offer", offerOf(2, args)), null);
  }
  node.ask(1, "warpwire_notify", { ...came, publishers: [idOf(2)] });
  node.sent();
  node.pass(99);
  assert.equal(calls(node).wants, []);
  node.pass(1);
  const [want, ...more] = calls(node).wants as Sent<"warpwire_want">[];
  assert.equal([number(want), more.length], [1, 0]);
  assert.equal(want.args.publication, lost.publication);
  // The first one has it no more, the second one has.
  node.answer(want, null);
  const [again] = calls(node).wants as Sent<"warpwire_want">[];
  assert.is(number(again), 2);
  node.answer(again, { event: pack("lost") });
  assert.equal(node.got, [["news", "came"], ["news", "lost"]]);
  node.pass(10_000);
  assert.equal(calls(node).wants, []);
});

test("somebody who does not answer is asked no more, and another one is", () => {
  const node = new Lone().subscribe("news");
  for (const byte of [1, 2, 3, 4]) node.add(byte);
  const args = notify(1, "news", "a");
  for (const byte of [1, 2, 3, 4]) node.ask(byte, "warpwire_offer", offerOf(byte, args));
  node.pass(60_000);
  assert.equal([...new Set(calls(node).wants.map(number))], [1, 2, 3]);
});

test("what is sent in place of what was asked for is not taken", () => {
  const node = new Lone().subscribe("news");
  node.add(1);
  node.ask(1, "warpwire_offer", offerOf(1, notify(1, "news", "a")));
  node.pass(100);
  const [want] = calls(node).wants as Sent<"warpwire_want">[];
  node.answer(want, { event: pack("something else") });
  assert.equal(node.got, []);
});

test("only neighbours are asked, and only for what is subscribed to", () => {
  const node = new Lone().subscribe("news");
  node.add(1);
  node.add(2, [], false);
  for (const [from, topic] of [[9, "news"], [2, "news"], [1, "other"]] as const) {
    assert.is(node.ask(from, "warpwire_offer", offerOf(from, notify(from, topic, "a"))), null);
  }
  node.pass(1000);
  assert.equal(node.sent(), []);
});

test("an event is given to those who ask as long as it is kept, which is so many and so many bytes", () => {
  const node = new Lone();
  for (let byte = 1; byte <= 7; byte++) node.add(byte, [["news"]]);
  const published: RpcArgs<"warpwire_notify">[] = [];
  const publish = (value: string) => {
    node.routing.publish("news", pack(value));
    const sent = node.sent();
    published.push((sent.find(({ rpc }) => rpc === "warpwire_notify") as Sent<"warpwire_notify">).args);
    for (const one of sent) node.answer(one, one.rpc === "warpwire_notify" ? taken : null);
  };
  const want = (args: RpcArgs<"warpwire_notify">) => {
    const { eventName, publication } = offerOf(7, args);
    return node.ask(7, "warpwire_want", { nodeId: idOf(7), eventName, publication });
  };
  for (let event = 0; event < 1030; event++) {
    publish(String(event));
    node.pass(10);
  }
  node.pass(2000);
  assert.equal(want(published[1029]), { event: pack("1029") });
  assert.equal(want(published[5]), null);
  assert.equal(want(published[6]), { event: pack("6") });
  assert.equal(want({ ...published[7], publication: published[8].publication }), null);
  // 540 of 8 KB take the place of the small ones: no more than 4 MiB in all.
  for (let event = 0; event < 540; event++) {
    publish(String(event).padStart(8000, " "));
    node.pass(10);
  }
  assert.equal(want(published[1029]), null);
  const kept = published.slice(1030).filter((args) => want(args) !== null);
  const bytes = kept.reduce((sum, { event }) => sum + event.bytes.length, 0);
  assert.ok(bytes <= 4 * 1024 * 1024 && bytes > 4 * 1024 * 1024 - 8100, `${bytes}`);
});

test.run();
