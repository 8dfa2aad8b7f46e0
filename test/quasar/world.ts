/**
 * Nodes with routing alone, on a simulated network with neighbours that know everything.
 *
 * @module
 */

import { pack } from "../../codec/msgpack/mod.ts";
import { calledRpc, type FilterKey } from "../../codec/protocols/storj/mod.ts";
import { type LinkModel, SimNetwork } from "../../src/host/sim/mod.ts";
import type { QuasarEvent, QuasarLimits } from "../../src/quasar/api.ts";
import { quasarLimits } from "../../src/quasar/limits.ts";
import { Routing } from "../../src/quasar/routing.ts";
import { type RpcEndpoint, rpcEndpoint } from "../../src/rpc/mod.ts";
import { type ExactNode, ExactOverlay, joinNearAndFar } from "./exact.ts";

/** A node. */
export interface RoutingNode extends ExactNode {
  readonly topics: Set<FilterKey>;
  readonly rpc: RpcEndpoint;
  readonly routing: Routing;
  /** What has come, and when. */
  readonly received: { readonly topic: FilterKey; readonly event: unknown; readonly atMs: number }[];
  readonly events: QuasarEvent[];
}

/** Nodes and their network. */
export class World {
  readonly network: SimNetwork;
  readonly overlay = new ExactOverlay();
  readonly nodes: RoutingNode[] = [];
  /** How many requests of each call were sent, those that were sent again included. */
  readonly sent = new Map<string, number>();

  constructor(seed: number, link: Partial<LinkModel> = {}) {
    this.network = new SimNetwork({
      seed,
      link: { latencyMs: 10, jitterMs: 40, ...link },
      watch: (bytes) => {
        const rpc = (bytes[0] & 1) === 0 ? calledRpc(bytes) : undefined;
        if (rpc !== undefined) this.sent.set(rpc, (this.sent.get(rpc) ?? 0) + 1);
      },
    });
  }

  /** Adds a node without neighbours. */
  async add(limits: Partial<QuasarLimits> = {}): Promise<RoutingNode> {
    const host = this.network.addHost();
    await host.start();
    const rpc = rpcEndpoint({ host });
    const id = host.random.bytes(20);
    const topics = new Set<FilterKey>();
    const node = this.overlay.add({ id, address: host.addresses()[0], isOurs: true, topics });
    const received: RoutingNode["received"][number][] = [];
    const events: QuasarEvent[] = [];
    const routing = new Routing({
      id,
      neighbours: this.overlay.neighboursOf(node),
      rpc,
      clock: host.clock,
      random: host.random,
      limits: quasarLimits(limits),
      ttl: 64,
      subscribed: (topic) => topics.has(topic) ? topic : undefined,
      received: (topic, event) => void received.push({ topic, event, atMs: this.network.nowMs }),
      seen: () => {},
      tell: (event) => void events.push(event),
    });
    const made = Object.assign(node, { topics, rpc, routing, received, events });
    this.nodes.push(made);
    return made;
  }

  /** Adds nodes, and makes them neighbours as those of a network are. */
  async grow(count: number): Promise<void> {
    for (let index = 0; index < count; index++) await this.add();
    joinNearAndFar(this.overlay, () => this.network.random.next());
  }

  /** Some random nodes. */
  some(count: number): RoutingNode[] {
    const left = [...this.nodes];
    return Array.from({ length: count }, () => left.splice(Math.floor(this.network.random.next() * left.length), 1)[0]);
  }

  /** Has nodes subscribe to a topic. */
  subscribe(nodes: readonly RoutingNode[], topic: FilterKey): void {
    for (const { topics } of nodes) topics.add(topic);
    this.overlay.changed();
  }

  /** Publishes a value. */
  publish(node: RoutingNode, topic: FilterKey, value: string | number): ReturnType<Routing["publish"]> {
    return node.routing.publish(topic, pack(value));
  }

  /** Lets time pass. */
  pass(ms: number): Promise<void> {
    return this.network.run({ untilMs: this.network.nowMs + ms });
  }

  /** How many requests of a call were sent. */
  count(rpc: string): number {
    return this.sent.get(rpc) ?? 0;
  }
}
