/**
 * Fifty nodes on the UDP of this machine.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pack, unpack } from "../../codec/msgpack/mod.ts";
import type { Host } from "../../src/host/mod.ts";
import { socketHost } from "../../src/host/socket/host.ts";
import { kademlia } from "../../src/kademlia/mod.ts";
import { kademliaOverlay, type Quasar, quasar } from "../../src/quasar/mod.ts";
import { rpcEndpoint } from "../../src/rpc/mod.ts";

const test = suite("quasar: over UDP");

const NODES = 50;
/** All know of a subscription after this time, and events come within it. */
const BOUND_MS = 4000;
/** Events of a long row that are under way at once; and how long the row may take on a busy machine. */
const AT_ONCE = 4;
const ROW_MS = 90_000;

/** Nodes that have joined, and what has come to them. */
class Swarm implements AsyncDisposable {
  readonly quasars: Quasar[] = [];
  readonly #closing: (() => Promise<void>)[] = [];
  /** How often each event came to each node, as `0 text`. */
  readonly came = new Map<string, number>();
  #expected = Infinity;
  #total = 0;
  #all: () => void = () => {};
  #host: Host | undefined;
  #added: () => void = () => {};
  #onReceived: (text: string) => void = () => {};

  async join(count: number): Promise<void> {
    const joins: Promise<unknown>[] = [];
    for (let index = 0; index < count; index++) {
      const host = await socketHost({ peerId: `node ${index}`, listen: ["udp:127.0.0.1:0"] });
      await host.start();
      const rpc = rpcEndpoint({ host });
      const { clock, random } = host;
      // All of them are at one address.
      const dht = kademlia({
        ...{ rpc, clock, random, id: random.bytes(20), offers: ["quasar"], diversity: false },
        onEvent: ({ type }) => /^contact/.test(type) && overlay.changed(),
      });
      const overlay = kademliaOverlay(dht, { clock });
      const pubsub = quasar({
        ...{ overlay, rpc, clock, random },
        received: (_, event) => this.#received(index, unpack(event) as string),
        onEvent: ({ type }) => type === "neighbour-added" && this.#added(),
      });
      this.#closing.push(async () => {
        await pubsub.close();
        await dht.close();
        await rpc.close();
        await host.stop();
      });
      this.quasars.push(pubsub);
      const via = this.#host?.addresses() ?? [];
      this.#host ??= host;
      joins.push(dht.bootstrap(via));
    }
    await Promise.all(joins);
    await this.#connected();
  }

  /** Lets the time pass after which all know of subscriptions: the bound is what is tested. */
  subscribed(): Promise<void> {
    return new Promise((resolve) => void this.#host!.clock.setTimer(BOUND_MS, resolve));
  }

  /** Begins something, and waits until so many events have come, or the time is over. */
  async receive(expected: number, begin: () => void, boundMs: number = BOUND_MS): Promise<void> {
    this.came.clear();
    this.#total = 0;
    this.#expected = expected;
    const all = new Promise<void>((resolve) => this.#all = resolve);
    const timer = this.#host!.clock.setTimer(boundMs, this.#all);
    begin();
    await all;
    timer.clear();
  }

  /** Publishes events to all, some at once; the next one when one has come to all. */
  async row(count: number): Promise<void> {
    const left = new Map<string, number>();
    let next = 0;
    const publish = () => {
      if (next === count) return;
      const text = `number ${next}`;
      left.set(text, this.quasars.length);
      this.quasars[next++ * 7 % this.quasars.length].publish("all", pack(text));
    };
    this.#onReceived = (text) => {
      left.set(text, left.get(text)! - 1);
      if (left.get(text) === 0) publish();
    };
    await this.receive(count * this.quasars.length, () => {
      for (let begun = 0; begun < AT_ONCE; begun++) publish();
    }, ROW_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closing) await close();
  }

  /** Until all neighbours of all nodes have told their filters. */
  #connected(): Promise<void> {
    return new Promise((resolve) => {
      this.#added = () => {
        const stats = this.quasars.map((quasar) => quasar.stats());
        if (stats.every(({ neighbours, known }) => known === neighbours && known >= 10)) resolve();
      };
      this.#added();
    });
  }

  #received(index: number, text: string): void {
    const name = `${index} ${text}`;
    this.came.set(name, (this.came.get(name) ?? 0) + 1);
    this.#onReceived(text);
    if (++this.#total === this.#expected) this.#all();
  }
}

test("fifty nodes get what they subscribe to, each event once and none lost", async () => {
  await using swarm = new Swarm();
  await swarm.join(NODES);
  const { quasars } = swarm;
  for (const [index, quasar] of quasars.entries()) {
    quasar.subscribe("all");
    if (index % 2 === 0) quasar.subscribe(`only ${index}`);
  }
  await swarm.subscribed();

  const once = (count: number, what: string) => {
    assert.is(swarm.came.size, count, what);
    assert.ok([...swarm.came.values()].every((times) => times === 1), what);
  };
  await swarm.receive(NODES, () => void quasars[3].publish("all", pack("to all")));
  once(NODES, "all subscribe");
  await swarm.receive(25, () => {
    for (let index = 0; index < NODES; index += 2) {
      quasars[(index * 7 + 11) % NODES].publish(`only ${index}`, pack(`to ${index}`));
    }
  });
  once(25, "one subscribes to each");
  await swarm.row(200);
  once(200 * NODES, "200 events");
});

test.run();
