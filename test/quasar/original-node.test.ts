import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex } from "../../codec/mod.ts";
import { pack, type Packed, unpack } from "../../codec/msgpack/mod.ts";
import { formatFilters, parseFilters } from "../../codec/protocols/storj/mod.ts";
import { SimNetwork } from "../../src/host/sim/mod.ts";
import { wireAddress } from "../../src/rpc/mod.ts";
import { OldNode } from "../storj/old-node.ts";
import { OriginalNode } from "./original-node.ts";

const test = suite("quasar: nodes as the originals are");

/** Originals that all know each other, so that their neighbours are exactly the nearest. */
class Originals {
  readonly network: SimNetwork;
  readonly nodes: OriginalNode[] = [];
  /** The number of the node, and the text that came. */
  readonly came: string[] = [];

  constructor(seed: number, count: number, depth: number) {
    this.network = new SimNetwork({ seed });
    for (let index = 0; index < count; index++) {
      const received = (_: unknown, event: Packed) => void this.came.push(`${index} ${unpack(event)}`);
      this.nodes.push(new OriginalNode(this.network, { depth, received }));
    }
    for (const { node: { known, id } } of this.nodes) {
      for (const { node: other } of this.nodes) {
        if (other.id !== id) known.set(formatHex(other.id), { id: other.id, ...wireAddress(other.address) });
      }
    }
  }

  pass(ms: number): Promise<void> {
    return this.network.run({ untilMs: this.network.nowMs + ms });
  }

  /** The numbers of those to whom neighbours lead, and neighbours of these. */
  reachable(from: number): Set<number> {
    const places = new Map(this.nodes.map(({ node }, index) => [formatHex(node.id), index]));
    const seen = new Set([from]);
    for (const index of seen) for (const { id } of this.nodes[index].neighbours()) seen.add(places.get(formatHex(id))!);
    seen.delete(from);
    return seen;
  }
}

test("the 20 nearest of 50 lead to 59 % of the others, of 100 to 29 %", () => {
  for (const [count, share] of [[50, 0.59], [100, 0.29]]) {
    let [reached, pairs] = [0, 0];
    for (let seed = 1; seed <= 12; seed++) {
      const originals = new Originals(seed, count, 1);
      for (const index of originals.nodes.keys()) reached += originals.reachable(index).size;
      pairs += count * (count - 1);
    }
    assert.ok(Math.abs(reached / pairs - share) < 0.06, `${reached / pairs} of ${count}`);
  }
});

test("where all subscribe, an event comes to exactly those who can be reached; where one does, to hardly more than half", async () => {
  const originals = new Originals(1, 50, 1);
  for (const [index, node] of originals.nodes.entries()) {
    node.subscribe("all");
    node.subscribe(`only ${index}`);
  }
  await originals.pass(10_000);
  originals.nodes[7].publish("all", pack("flood"));
  await originals.pass(20_000);
  const reached = [7, ...originals.reachable(7)].sort((a, b) => a - b);
  assert.equal(originals.came.map((text) => Number.parseInt(text)).sort((a, b) => a - b), reached);
  assert.ok(reached.length < 50, `${reached.length}`);

  originals.came.length = 0;
  let able = 0;
  for (let index = 0; index < 50; index++) {
    const publisher = (index * 7 + 3) % 50;
    if (publisher !== index && originals.reachable(publisher).has(index)) able += 1;
    originals.nodes[publisher].publish(`only ${index}`, pack(`single ${index}`));
    await originals.pass(500);
  }
  await originals.pass(20_000);
  const { length } = originals.came;
  assert.ok(length <= able && length >= 0.3 * 50 && length <= 0.75 * 50, `${length} of 50, ${able} can be reached`);
});

test("what it does wrong is done wrong", async () => {
  const { network, nodes: [node], came } = new Originals(1, 1, 3);
  const heard: unknown[] = [];
  const friend = new OldNode(network, {
    answers: {
      quasar_notify: ({ ttl }) => {
        heard.push(ttl);
        return null;
      },
      quasar_update: ({ filters }) => {
        heard.push(formatFilters(parseFilters(filters)).length);
        return false;
      },
    },
  });
  await network.drive(friend.request(node.node.address, "ping", { nodeId: friend.id }));
  node.subscribe("a");
  await network.run({ untilMs: network.nowMs + 10_000 });
  const notify = (topic: string, event: string, ttl: number) =>
    network.drive(friend.request(node.node.address, "quasar_notify", {
      ...{ nodeId: friend.id, topic, event: pack(event), publishers: [], ttl },
    }));
  // The ttl stays as it is after a delivery; 0 becomes 64, and 1 ends; -1 goes on for ever.
  for (const [topic, event, ttl] of [["a", "1", 9], ["b", "2", 0], ["b", "3", 1], ["b", "4", -1]] as const) {
    await notify(topic, event, ttl);
  }
  // An event that was on another topic is taken for the same.
  await notify("a", "2", 9);
  await network.run({ untilMs: network.nowMs + 10_000 });
  assert.equal(came, ["0 1"]);
  assert.equal(heard, [7623, 9, 63, -2]);
});

test.run();
