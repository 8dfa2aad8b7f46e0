import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../codec/mod.ts";
import {
  createFilter,
  filterHas,
  type FilterKey,
  type FilterLayout,
  filterWith,
  formatFilters,
  HEADER_BYTES,
  parseFilters,
  type RpcArgs,
} from "../../codec/protocols/storj/mod.ts";
import { recordedCases, recordedRelay } from "../protocols/storj/recorded.ts";
import { LonePropagation } from "./lone-propagation.ts";
import { OriginalNode } from "./original-node.ts";
import { knows, PropagationWorld } from "./propagation-world.ts";
import { addressOf, idOf, type Sent } from "./wire-node.ts";

const test = suite("quasar: neighbours as the originals are");

/** The text of filters with keys in each level. */
function textOf(levels: readonly (readonly FilterKey[])[], layout: FilterLayout = "1.1", capacity = 512): string {
  return formatFilters(levels.map((keys) => filterWith(createFilter({ capacity, layout }), keys)));
}

const update = (byte: number, filters: string): RpcArgs<"quasar_update"> => ({ nodeId: idOf(byte), filters });

/** The updates that were sent, each once, however often it was sent again. */
function updatesOf(sent: readonly Sent[]): Sent<"quasar_update">[] {
  const updates = sent.filter(({ rpc }) => rpc === "quasar_update") as Sent<"quasar_update">[];
  return [...new Map(updates.map((one) => [formatHex(one.bytes.subarray(0, HEADER_BYTES)), one])).values()];
}

test("an update that was recorded is taken, and answered in the bytes of the originals", () => {
  const { request } = recordedCases.find(({ name }) => name.startsWith("quasar_update"))!;
  const node = new LonePropagation({ depth: 1, chosen: { 0xaa: [] } });
  const [first] = updatesOf(node.told());
  // The same but for the message id, who it is from, and its one key.
  const [own, recorded] = [formatHex(first.bytes), request!];
  assert.is(own.length, recorded.length);
  const mask = (hex: string) => hex.slice(2 * HEADER_BYTES).replace(/(aa|bb){20}/, "id").slice(0, 120);
  assert.is(mask(own).slice(0, 40), mask(recorded).slice(0, 40));
  assert.is(first.args.filters.length, 2541);
  node.host.deliver(parseHex(recorded), addressOf(0xaa));
  const [answer] = node.host.take();
  assert.is(
    formatHex(answer.bytes),
    `03${recorded.slice(2, 2 * HEADER_BYTES)}c2`,
    "with one level nothing of it is told",
  );
  assert.equal(node.propagation.all().map(({ isOurs, levels }) => [isOurs, levels.length]), [[false, 1]]);
  assert.equal(node.propagation.stats().updateBytesReceived, 2541);
});

test("filters that are pulled are the own ones, in the bytes of the pull era", () => {
  const node = new LonePropagation();
  node.propagation.subscribe("news");
  const { bytes } = recordedRelay.find(({ name }) => name.startsWith("quasar_filters request"))!;
  node.host.deliver(parseHex(bytes), addressOf(0xaa));
  const [answer] = node.host.take();
  const hex = formatHex(answer.bytes);
  assert.is(hex.slice(0, 48), `03${bytes.slice(2, 2 * HEADER_BYTES)}c51dc7`);
  const filters = parseFilters(new TextDecoder().decode(answer.bytes.subarray(HEADER_BYTES + 3)));
  assert.equal([filters.length, filterHas(filters[0], "news"), filterHas(filters[0], idOf(0xbb))], [3, true, true]);
});

test("old nodes are told everything, when something has changed and at the refresh, once a second at most", () => {
  const node = new LonePropagation({ chosen: { 1: [], 2: [] } });
  const first = updatesOf(node.told());
  assert.is(node.propagation.all().length, 2, "whoever answers is one");
  assert.equal(first.map(({ to }) => to), [addressOf(1), addressOf(2)]);
  assert.is(first[0].args.filters.length, 7623);
  node.propagation.subscribe("news");
  const second = updatesOf(node.told());
  assert.is(second.length, 2);
  assert.ok(filterHas(parseFilters(second[1].args.filters)[0], "news"));
  for (let topic = 0; topic < 30; topic++) {
    node.propagation.subscribe(topic);
    node.pass(100);
  }
  const more = updatesOf(node.told(3000));
  assert.ok(more.length <= 12, `${more.length} in 6 s`);
  let refreshed = 0;
  for (let second = 0; second < 600; second++) refreshed += updatesOf(node.told(1000)).length;
  assert.is(refreshed, 2, "the refresh");
});

test("updates are taken of those whose address has answered, and the answer says whether the own filters change", () => {
  const node = new LonePropagation({ chosen: { 1: [] } });
  assert.is(node.ask(1, "quasar_update", update(1, textOf([["a"], [], []]))), false, "it has not answered yet");
  assert.is(node.propagation.stats().updatesRefused, 1);
  node.told();
  assert.is(node.ask(1, "quasar_update", update(1, textOf([["a"], ["b"], []]))), true);
  assert.is(node.ask(1, "quasar_update", update(1, textOf([["a"], ["b"], []]))), false);
  const own = node.propagation.own();
  assert.equal([filterHas(own[1], "a"), filterHas(own[2], "b"), filterHas(own[0], "a")], [true, true, false]);
  assert.equal(node.events.map(({ type }) => type), ["neighbour-added"]);
  assert.is(node.ask(1, "quasar_update", update(1, textOf([["a"]]))), true, "fewer levels count as far as they go");
  assert.not(filterHas(node.propagation.own()[2], "b"));
});

test("filters of other sizes are set aside, what cannot be read gets no answer, and both are counted", () => {
  const node = new LonePropagation({ chosen: { 1: [] } });
  node.told();
  assert.is(node.ask(1, "quasar_update", update(1, textOf([["a"], [], []]))), true);
  for (const capacity of [8, 256, 1024]) {
    assert.is(node.ask(1, "quasar_update", update(1, textOf([["b"]], "1.1", capacity))), false);
    node.pass(1000);
  }
  for (const text of ["", "[]", "[[]]", "x".repeat(8000), "null", textOf([["a"]]).slice(1)]) {
    assert.is(node.ask(1, "quasar_update", update(1, text)), undefined);
    node.pass(1000);
  }
  assert.is(node.propagation.stats().updatesRefused, 9);
  assert.ok(filterHas(node.propagation.all()[0].levels[0], "a"), "what was there stays");
});

test("one with the newer layout is told in its own, and is united with its like", () => {
  const node = new LonePropagation({ chosen: { 1: [], 2: [], 3: [] } });
  node.propagation.subscribe("news");
  node.told();
  for (const byte of [1, 2]) {
    assert.is(node.ask(byte, "quasar_update", update(byte, textOf([[`of ${byte}`], [], []], "2.0"))), true);
  }
  node.ask(3, "quasar_update", update(3, textOf([["of 3"], [], []])));
  const sent = updatesOf(node.told());
  const to = (byte: number) => parseFilters(sent.find(({ to }) => to === addressOf(byte))!.args.filters);
  const pulledBy3 = parseFilters(node.ask(3, "quasar_filters", { nodeId: idOf(3) })!);
  assert.equal([to(1)[0].sliceBits, pulledBy3[0].sliceBits], [737, 1473]);
  assert.equal([filterHas(to(1)[0], "news"), filterHas(to(1)[0], idOf(0xbb))], [true, true]);
  assert.equal(["of 1", "of 2", "of 3"].map((key) => filterHas(to(1)[1], key)), [true, true, false]);
  assert.equal(["of 1", "of 2", "of 3"].map((key) => filterHas(pulledBy3[1], key)), [false, false, true]);
  node.propagation.subscribe("more");
  assert.ok(
    filterHas(parseFilters(updatesOf(node.told()).find(({ to }) => to === addressOf(2))!.args.filters)[0], "more"),
  );
  const pulled = parseFilters(node.ask(1, "quasar_filters", { nodeId: idOf(1) })!);
  assert.equal([pulled[0].sliceBits, filterHas(pulled[0], "more")], [737, true]);
});

test("one that was not chosen is a neighbour as long as its filters are fresh", () => {
  const node = new LonePropagation({ chosen: { 1: [] } });
  node.told();
  node.choose({});
  assert.is(node.propagation.all().length, 0);
  assert.is(node.ask(1, "quasar_update", update(1, textOf([["a"], [], []]))), true);
  assert.is(updatesOf(node.told()).length, 1, "it is told ours");
  assert.is(node.propagation.all().length, 1);
  node.told(600_000);
  node.told(70_000);
  assert.equal([node.propagation.all().length, filterHas(node.propagation.own()[1], "a")], [0, false]);
  assert.is(node.events.at(-1)!.type, "neighbour-gone");
});

test("who does not answer updates, or cannot, is chosen no more", () => {
  const node = new LonePropagation({ chosen: { 1: [] } });
  node.pass(30_000);
  assert.equal(node.refused.map(({ address }) => address), [addressOf(1)]);
  assert.is(node.propagation.all().length, 0);
  const sent = updatesOf(node.sent());
  assert.is(sent.length, 3);
  node.pass(200_000);
  assert.is(node.sent().length, 0);
  node.pass(400_000);
  assert.ok(updatesOf(node.sent()).length >= 3, "it is tried again at the refresh");
  assert.ok(node.refused.length >= 2);
  const other = new LonePropagation({ chosen: { 1: [] }, call: { era: "rpcudp" } });
  other.pass(1000);
  assert.equal([other.refused.length, other.sent().length], [1, 0], "the call is not in that era");
  const large = new LonePropagation({ chosen: { 1: [] }, depth: 4 });
  large.pass(1000);
  assert.equal([large.refused.length, large.sent().length], [1, 0], "a text that does not fit");
});

test("originals and nodes of ours have each other's topics in their filters", async () => {
  // Updates of originals have no order: one that overtakes another one leaves the older filters.
  const world = new PropagationWorld(31, { jitterMs: 0 });
  const originals = Array.from({ length: 4 }, () => new OriginalNode(world.network));
  for (let index = 0; index < 4; index++) await world.add();
  for (const [index, original] of originals.entries()) {
    for (const other of [...originals.map(({ node }) => node), ...world.nodes]) {
      if (other.address === original.node.address) continue;
      const [ip, port] = other.address.slice(4).split(":");
      original.node.known.set(formatHex(other.id), { id: other.id, ip, port: Number(port) });
    }
    original.subscribe(`original ${index}`);
  }
  for (const node of world.nodes) {
    node.overlay.choose(
      [...originals.map(({ node }) => node), ...world.nodes].filter(({ address }) => address !== node.address),
    );
  }
  await world.pass(20_000);
  for (const [index, node] of world.nodes.entries()) world.subscribe(node, `ours ${index}`);
  originals[0].subscribe("late");
  await world.pass(20_000);
  for (const node of world.nodes) {
    assert.is(node.propagation.all().length, 7);
    for (const [index, { node: other }] of originals.entries()) {
      assert.ok(knows(node, other, 0, `original ${index}`));
      for (const own of world.nodes.keys()) {
        assert.ok(knows(node, other, 1, `ours ${own}`), "the originals have taken ours");
      }
    }
    assert.ok(knows(node, originals[0].node, 0, "late"));
    assert.ok(filterHas(node.propagation.own()[1], "late"));
  }
});

test.run();
