import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  createFilter,
  encodeRequest,
  FILTER_SUM_BYTES,
  filterHas,
  type FilterKey,
  filterParams,
  FILTERS_ANSWERS,
  type FiltersUpdate,
  filterWith,
  formatFilters,
} from "../../codec/protocols/storj/mod.ts";
import { SeededRandom } from "../../src/host/sim/mod.ts";
import { HomeFilters } from "../../src/quasar/home-filters.ts";
import { NeighbourFilters } from "../../src/quasar/neighbour-filters.ts";
import { seed } from "../codec/seed.ts";
import { LonePropagation } from "./lone-propagation.ts";
import { addressOf, idOf, OPEN, type Sent } from "./wire-node.ts";

const test = suite("quasar: hostile updates");

const { taken, whole, declined } = FILTERS_ANSWERS;
const params = filterParams();

/** All bits of a node with some topics. */
function wholeOf(byte: number, topics: readonly FilterKey[] = [], wanted = true): FiltersUpdate {
  const home = new HomeFilters(params, 3, idOf(byte));
  for (const topic of topics) home.add(String(topic), topic);
  const { from, to, levels } = home.telling(null, 0);
  return { nodeId: idOf(byte), wanted, from, to, sizes: params, levels };
}

/** Calls of the node, each once, however often it was sent again. */
function callsOf(sent: readonly Sent[]): Sent[] {
  return [...new Map(sent.map((one) => [String(one.bytes.subarray(1, 21)), one])).values()];
}

/** Answers everything, so that all addresses have answered; returns what was sent. */
function settle(node: LonePropagation, ms = 3000): Sent[] {
  const all: Sent[] = [];
  for (let passed = 0; passed < ms; passed += 200) {
    node.pass(200);
    for (const one of node.sent()) {
      all.push(one);
      if (one.rpc === "warpwire_filters") node.answer(one, taken);
      else if (one.rpc === "quasar_update") node.answer(one, false);
      else if (one.rpc === "ping") node.answer(one, idOf(1));
    }
  }
  return callsOf(all);
}

/** A node with two friends of ours, 1 and 2, that have told it their filters. */
function befriended(): LonePropagation {
  const node = new LonePropagation({ chosen: { 1: ["quasar"], 2: ["quasar"] }, rpcLimits: OPEN });
  settle(node);
  for (const byte of [1, 2]) assert.is(node.ask(byte, "warpwire_filters", wholeOf(byte, [`of ${byte}`])), taken);
  settle(node);
  return node;
}

/** Friends are still heard, and told. */
function friendsAreServed(node: LonePropagation): void {
  settle(node, 2000);
  assert.is(node.ask(1, "warpwire_filters", wholeOf(1, ["of 1", "still"])), taken);
  assert.ok(filterHas(node.propagation.own()[1], "still"));
  assert.ok(filterHas(node.propagation.own()[1], "of 2"));
  node.propagation.subscribe("mine");
  const told = settle(node, 2500).filter(({ rpc, to }) => rpc === "warpwire_filters" && to === addressOf(2));
  assert.ok(told.length >= 1 && told.length <= 3, `${told.length} updates`);
}

test("10,000 random and mutated filters of both calls are never fatal, and change nobody else's", () => {
  console.log(`  WARPWIRE_SEED=${seed}`);
  const random = new SeededRandom(seed);
  const whatever = (max: number) => Math.floor(random.next() * max);
  const node = befriended();
  node.choose({ 1: ["quasar"], 2: ["quasar"], 3: ["quasar"], 4: [] });
  settle(node, 5000);
  const text = formatFilters([["a"], ["b"], ["c"]].map((keys) => filterWith(createFilter(), keys)));
  const bytes = () => random.bytes(whatever(40));
  for (let round = 0; round < 5000; round++) {
    const good = wholeOf(3, ["x"]);
    const levels = [
      good.levels.map((level) => random.next() < 0.5 ? level : bytes()),
      Array.from({ length: whatever(20) }, bytes),
      good.levels.map((level) => level.map((byte) => random.next() < 0.02 ? whatever(256) : byte)),
    ][whatever(3)];
    const sizes = random.next() < 0.7 ? params : {
      errorRate: random.next() * 2,
      sliceCount: whatever(20),
      sliceBits: [whatever(3000), 2 ** 40][whatever(2)],
      capacity: [whatever(2000), 2 ** 50][whatever(2)],
    };
    const from = random.next() < 0.5 ? null : random.bytes(FILTER_SUM_BYTES);
    const to = random.next() < 0.5 ? good.to : random.bytes(FILTER_SUM_BYTES);
    const answer = node.ask(3, "warpwire_filters", {
      ...good,
      from,
      to,
      sizes: random.next() < 0.9 ? sizes : null,
      levels,
    });
    assert.ok(answer === undefined || [taken, whole, declined as number].includes(answer));
    const at = whatever(text.length);
    const broken = [
      text.slice(0, at) + String.fromCharCode(32 + whatever(90)) + text.slice(at + 1),
      text.slice(0, at),
      text.replace("AAAA", "____"),
      formatFilters([filterWith(createFilter({ capacity: 1 + whatever(600) }), ["z"])]),
      "[".repeat(whatever(8000)),
    ][whatever(5)];
    node.ask(4, "quasar_update", { nodeId: idOf(4), filters: broken });
    if (round % 10 === 0) settle(node, 1000);
  }
  const { neighbours, updatesRefused } = node.propagation.stats();
  assert.ok(neighbours <= 4);
  assert.ok(updatesRefused > 5000, `${updatesRefused} were refused`);
  friendsAreServed(node);
});

test("1,000 ids at one address are one neighbour, and forged ones are none", () => {
  const node = befriended();
  node.choose({ 1: ["quasar"], 2: ["quasar"], 5: [] });
  settle(node, 4000);
  const before = node.propagation.all().length;
  for (let index = 0; index < 1000; index++) {
    const nodeId = new Uint8Array(20).fill(9);
    new DataView(nodeId.buffer).setUint32(0, index);
    node.ask(9, "warpwire_filters", { ...wholeOf(9), nodeId });
    node.ask(5, "warpwire_filters", { ...wholeOf(9), nodeId });
    node.ask(5, "quasar_update", { nodeId, filters: formatFilters([filterWith(createFilter(), [index])]) });
    if (index % 20 === 0) settle(node, 1000);
  }
  const all = node.propagation.all();
  assert.ok(all.length <= before + 1, `${all.length} neighbours`);
  assert.is(new Set(all.map(({ address }) => address)).size, all.length);
  friendsAreServed(node);
});

test("strangers cannot have others asked without end, and become no neighbours without having answered", () => {
  const node = befriended();
  node.sent();
  for (let index = 0; index < 5000; index++) {
    const address = `udp:10.1.${index >> 8}.${index & 255}:4000`;
    const answer = node.ask(address, "warpwire_filters", { ...wholeOf(7), nodeId: idOf(1 + index % 99) });
    assert.is(answer, whole, "it is to try again");
    assert.is(node.ask(address, "quasar_update", { nodeId: idOf(7), filters: formatFilters([createFilter()]) }), false);
  }
  assert.ok(node.sent().length <= 40, "questions to forged addresses");
  assert.is(node.propagation.all().length, 2);
  friendsAreServed(node);
});

test("a neighbour that changes all the time makes no more work for the others than the bounds allow", () => {
  const node = befriended();
  let toOthers = 0;
  let asked = 0;
  let bytes = 0;
  const home = new HomeFilters(params, 3, idOf(1));
  let told = home.telling(null, 0).told;
  assert.is(node.ask(1, "warpwire_filters", wholeOf(1)), taken);
  for (let second = 0; second < 400; second++) {
    for (let each = 0; each < 25; each++) {
      home.add("one", `${second} ${each}`);
      const { told: next, ...telling } = home.telling(told, 0);
      const update = { nodeId: idOf(1), wanted: true, ...telling, sizes: null };
      asked += 1;
      const answer = node.ask(1, "warpwire_filters", update);
      if (answer === taken) told = next;
      if (answer === whole) told = home.telling(null, 0).told;
    }
    for (const one of settle(node, 1000)) {
      if (one.to !== addressOf(2)) continue;
      toOthers += 1;
      bytes += one.bytes.length;
    }
  }
  assert.is(asked, 10_000);
  assert.ok(node.propagation.stats().updatesRefused > 5000, "more than ten a second are not looked at");
  assert.ok(toOthers <= 70, `${toOthers} updates in 400 s: 60 of one neighbour, and the refresh`);
  assert.ok(bytes <= 60_000, `${bytes} bytes`);
  friendsAreServed(node);
});

test("those who come and go leave room and time for others", () => {
  const node = befriended();
  // Forty that have answered once, because they were chosen once.
  const crowd = Array.from({ length: 60 }, (_, index) => 100 + index);
  for (let at = 0; at < 60; at += 20) {
    node.choose({
      1: ["quasar"],
      2: ["quasar"],
      ...Object.fromEntries(crowd.slice(at, at + 20).map((byte) => [byte, []])),
    });
    settle(node, 3000);
  }
  node.choose({ 1: ["quasar"], 2: ["quasar"] });
  settle(node, 3000);
  let joined = 0;
  for (let second = 0; second < 60; second++) {
    for (const byte of crowd) {
      if (node.ask(byte, "warpwire_filters", wholeOf(byte)) === taken) joined += 1;
      node.ask(byte, "warpwire_filters", wholeOf(byte, [], false));
    }
    settle(node, 1000);
  }
  assert.ok(joined <= 110, `${joined} times one came`);
  const answers = crowd.map((byte) => node.ask(byte, "warpwire_filters", wholeOf(byte)));
  settle(node, 120_000);
  for (const byte of crowd) {
    node.ask(byte, "warpwire_filters", wholeOf(byte));
    settle(node, 1200);
  }
  assert.is(answers.length, 60);
  assert.is(node.propagation.all().length, 40, "as many as there is room for");
  assert.ok(
    node.propagation.all().some(({ id }) => id[0] === 1) && node.propagation.all().some(({ id }) => id[0] === 2),
  );
  assert.is(node.ask(159, "warpwire_filters", wholeOf(159)), declined);
  assert.is(node.ask(158, "quasar_update", { nodeId: idOf(158), filters: formatFilters([createFilter()]) }), false);
  friendsAreServed(node);
});

test("full filters are left out, so that those of others stay of use", () => {
  const node = befriended();
  const full = createFilter();
  full.bits.fill(255, 0, full.bits.length - 1);
  const copy = NeighbourFilters.of([full]);
  assert.is(copy.levels[0].ones, 8 * (full.bits.length - 1));
  const home = new HomeFilters(params, 3, idOf(3));
  home.rebuild([copy], -1);
  assert.is(home.leftOut, 1);
  node.choose({ 1: ["quasar"], 2: ["quasar"], 4: [] });
  settle(node, 3000);
  assert.is(node.ask(4, "quasar_update", { nodeId: idOf(4), filters: formatFilters([full, full, full]) }), false);
  assert.is(node.propagation.stats().leftOut, 1);
  assert.not(filterHas(node.propagation.own()[1], "anything"));
  assert.ok(filterHas(node.propagation.own()[1], "of 2"));
  friendsAreServed(node);
});

test("the own id and an update to oneself are nothing", () => {
  const node = befriended();
  assert.is(node.ask(1, "warpwire_filters", { ...wholeOf(1), nodeId: idOf(0xbb) }), declined);
  assert.is(node.ask(1, "quasar_update", { nodeId: idOf(0xbb), filters: formatFilters([createFilter()]) }), false);
  assert.is(node.propagation.all().length, 2);
  const large = encodeRequest({ rpc: "warpwire_filters", args: wholeOf(1), messageId: idOf(1) });
  assert.ok(large.length < 300);
});

test.run();
