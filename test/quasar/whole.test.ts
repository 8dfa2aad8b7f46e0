import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pack, unpack } from "../../codec/msgpack/mod.ts";
import type { FilterKey } from "../../codec/protocols/storj/mod.ts";
import { type SimHost, SimNetwork } from "../../src/host/sim/mod.ts";
import { EVENT_BYTES_MAX, type Quasar, quasar, type QuasarOptions } from "../../src/quasar/mod.ts";
import { type RpcEndpoint, rpcEndpoint } from "../../src/rpc/mod.ts";
import { seed } from "../codec/seed.ts";
import { CountingClock } from "../host/counting-clock.ts";
import { TestOverlay } from "./propagation-world.ts";

const test = suite("quasar: whole nodes");

interface Node {
  readonly id: Uint8Array;
  readonly address: string;
  readonly host: SimHost;
  readonly rpc: RpcEndpoint;
  readonly clock: CountingClock;
  readonly overlay: TestOverlay;
  readonly engine: Quasar;
  readonly got: [FilterKey, unknown][];
}

/** Nodes with filters that they tell each other. */
class World {
  readonly network = new SimNetwork({ seed, link: { latencyMs: 10, jitterMs: 20 } });
  readonly nodes: Node[] = [];

  async add(options: Partial<QuasarOptions> = {}): Promise<Node> {
    const host = this.network.addHost();
    await host.start();
    const id = host.random.bytes(20);
    const answer = { warpwire_hello: () => ({ version: 1, capabilities: 33 }), ping: () => id };
    const rpc = rpcEndpoint({ host, answer });
    const overlay = new TestOverlay(id, rpc);
    const clock = new CountingClock(host.clock);
    const got: Node["got"] = [];
    const received = (topic: FilterKey, event: Parameters<typeof unpack>[0]) => void got.push([topic, unpack(event)]);
    const engine = quasar({ overlay, rpc, clock, random: host.random, received, ...options });
    const node = { id, address: host.addresses()[0], host, rpc, clock, overlay, engine, got };
    this.nodes.push(node);
    return node;
  }

  /** Makes nodes neighbours in a ring, each of so many next ones. */
  async ring(reach: number): Promise<void> {
    for (const [index, node] of this.nodes.entries()) {
      node.overlay.choose(
        Array.from({ length: reach }, (_, step) => this.nodes[(index + step + 1) % this.nodes.length]),
      );
    }
    await this.pass(6000);
  }

  pass(ms: number): Promise<void> {
    return this.network.run({ untilMs: this.network.nowMs + ms });
  }
}

test("events reach those who subscribe, over nodes that do not", async () => {
  const world = new World();
  for (let count = 0; count < 12; count++) await world.add();
  await world.ring(2);
  const [publisher, , , near, , , far] = world.nodes;
  for (const node of [near, far]) node.engine.subscribe("news");
  far.engine.subscribe(5);
  await world.pass(4000);
  assert.equal(publisher.engine.publish("news", pack("first")), { sent: 1, repeated: false });
  publisher.engine.publish("5", pack("a number is its text"));
  publisher.engine.publish("nobody's", pack("lost"));
  await world.pass(3000);
  assert.equal(near.got, [["news", "first"]]);
  assert.equal(far.got.sort(), [[5, "a number is its text"], ["news", "first"]]);
  const others = world.nodes.filter((node) => node !== near && node !== far);
  assert.equal(others.flatMap(({ got }) => got), []);
  const { published, delivered, subscriptions, died } = publisher.engine.stats();
  assert.equal([published, delivered, subscriptions, died.silent], [3, 0, 0, 0]);
  assert.is(far.engine.stats().delivered, 2);
});

test("own subscriptions get own events, alone or not; the same event is nothing new for a minute", async () => {
  const world = new World();
  const node = await world.add();
  node.engine.subscribe("news");
  node.engine.subscribe("news");
  assert.equal(node.engine.publish("news", pack(1)), { sent: 0, repeated: false });
  assert.equal(node.engine.publish("news", pack(1)), { sent: 0, repeated: true });
  assert.equal(node.engine.publish("other", pack(1)), { sent: 0, repeated: false });
  await world.pass(59_000);
  assert.is(node.engine.publish("news", pack(1)).repeated, true);
  await world.pass(2000);
  assert.is(node.engine.publish("news", pack(1)).repeated, false);
  assert.equal(node.got, [["news", 1], ["news", 1]]);
  assert.equal(node.engine.subscriptions(), ["news"]);
  assert.equal([node.engine.unsubscribe("news"), node.engine.unsubscribe("news")], [true, false]);
  node.engine.publish("news", pack(2));
  assert.is(node.got.length, 2);
});

test("an event that is published again after a minute arrives again, once", async () => {
  const world = new World();
  for (let count = 0; count < 8; count++) await world.add();
  await world.ring(2);
  const [publisher, ...others] = world.nodes;
  for (const { engine } of others) engine.subscribe("news");
  await world.pass(4000);
  for (let time = 1; time <= 3; time++) {
    assert.is(publisher.engine.publish("news", pack("tick")).repeated, false);
    await world.pass(61_000);
    assert.equal(others.map(({ got }) => got.length), others.map(() => time));
  }
});

test("neighbours learn of the end of a subscription at once", async () => {
  const world = new World();
  for (let count = 0; count < 2; count++) await world.add();
  await world.ring(1);
  const [{ engine }, other] = world.nodes;
  engine.subscribe("news");
  await world.pass(4000);
  const before = engine.stats().updatesSent;
  assert.is(other.engine.publish("news", pack(1)).sent, 1);
  await world.pass(1000);
  engine.unsubscribe("news");
  await world.pass(4000);
  assert.is(engine.stats().updatesSent, before + 1);
  other.engine.publish("news", pack(2));
  await world.pass(1000);
  assert.equal(world.nodes[0].got, [["news", 1]]);
});

test("512 topics and no more", async () => {
  const world = new World();
  const { engine } = await world.add();
  for (let topic = 0; topic < 512; topic++) engine.subscribe(topic);
  assert.throws(() => engine.subscribe("one more"), (error: unknown) => error instanceof RangeError);
  engine.subscribe(7);
  assert.is(engine.unsubscribe("7"), true);
  engine.subscribe("one more");
  assert.is(engine.subscriptions().length, 512);
});

test("an event as large as a datagram takes it arrives, a larger one is refused", async () => {
  const world = new World();
  for (let count = 0; count < 6; count++) await world.add();
  await world.ring(1);
  world.nodes[3].engine.subscribe("large");
  await world.pass(4000);
  // Five bytes of topic and its length, three of the text's.
  const text = "x".repeat(EVENT_BYTES_MAX - 6 - 3);
  world.nodes[0].engine.publish("large", pack(text));
  await world.pass(3000);
  assert.equal(world.nodes[3].got, [["large", text]]);
  assert.throws(() => world.nodes[0].engine.publish("large", pack(`${text}x`)), /Cannot publish 8104 bytes/);
});

test("options out of bounds are refused", async () => {
  const world = new World();
  const { overlay, rpc, clock, host: { random }, engine } = await world.add();
  await engine.close();
  const options = { overlay, rpc, clock, random, received: () => {} };
  const bad: Partial<QuasarOptions>[] = [{ ttl: 0 }, { ttl: 65 }, { ttl: 1.5 }, { limits: { topics: 0 } }, {
    depth: 0,
  }];
  for (const wrong of bad) {
    assert.throws(() => quasar({ ...options, ...wrong }), (error: unknown) => error instanceof RangeError);
  }
  const again = quasar(options);
  assert.throws(() => quasar(options), (error: unknown) => error instanceof TypeError);
  await again.close();
});

test("a node that is closed leaves nothing behind", async () => {
  const world = new World();
  for (let count = 0; count < 16; count++) await world.add();
  await world.ring(5);
  for (const { engine } of world.nodes) engine.subscribe("news");
  await world.pass(4000);
  const [node, other] = world.nodes;
  node.engine.publish("news", pack("last"));
  other.engine.publish("news", pack("also"));
  // In the midst of it.
  await world.pass(30);
  assert.ok(node.clock.timers > 0);
  for (const { engine } of world.nodes) {
    await engine.close();
    await engine.close();
  }
  assert.equal(world.nodes.map(({ clock }) => clock.timers), world.nodes.map(() => 0));
  assert.equal(world.nodes.map(({ rpc }) => rpc.stats().inFlight), world.nodes.map(() => 0));
  assert.equal(node.engine.publish("news", pack("after")), { sent: 0, repeated: false });
  const counts = world.nodes.map(({ got }) => got.length);
  await world.pass(10_000);
  assert.equal(world.nodes.map(({ got }) => got.length), counts);
});

test.run();
