/**
 * Nodes on a simulated network.
 *
 * @module
 */

import { type LinkModel, type SimHost, SimNetwork } from "../../src/host/sim/mod.ts";
import { type Kademlia, kademlia, type KademliaEvent, type KademliaOptions } from "../../src/kademlia/mod.ts";
import { type Answers, type RpcEndpoint, rpcEndpoint } from "../../src/rpc/mod.ts";
import { CountingClock } from "../host/counting-clock.ts";
import { distanceOf } from "./make.ts";

/** The latency of these networks. */
const LINK = { latencyMs: 10, jitterMs: 40 };

/** A node. */
export interface Node {
  readonly host: SimHost;
  readonly rpc: RpcEndpoint;
  readonly id: Uint8Array;
  readonly address: string;
  readonly engine: Kademlia;
  readonly events: KademliaEvent[];
  readonly clock: CountingClock;
}

/** Something that answers calls as it likes. */
export type Fake = Pick<Node, "host" | "rpc" | "address">;

/** What is special about a node. */
export interface NodeOptions extends Partial<Omit<KademliaOptions, "rpc">> {
  readonly address?: string;
  /** Answers in place of the engine's. */
  readonly lies?: Answers;
}

/** Nodes on a network, and its time. */
export class World {
  readonly network: SimNetwork;
  readonly nodes: Node[] = [];

  constructor(seed = 1, link: Partial<LinkModel> = {}) {
    this.network = new SimNetwork({ seed, link: { ...LINK, ...link } });
  }

  /** A node that knows nobody. */
  async add({ address, lies, ...options }: NodeOptions = {}): Promise<Node> {
    const host = this.network.addHost(address === undefined ? {} : { address });
    await host.start();
    const endpoint = rpcEndpoint({ host });
    const rpc = lies === undefined ? endpoint : lying(endpoint, lies);
    const { random } = host;
    const clock = new CountingClock(host.clock);
    const id = options.id ?? random.bytes(20);
    const events: KademliaEvent[] = [];
    const onEvent = (event: KademliaEvent) => void events.push(event);
    const engine = kademlia({ rpc, clock, random, onEvent, ...options, id });
    const node = { host, rpc: endpoint, id, address: host.addresses()[0], engine, events, clock };
    this.nodes.push(node);
    return node;
  }

  /** Something at an address that answers calls as it likes, and counts them. */
  async fake(answers: Answers, address?: string): Promise<Fake> {
    const host = this.network.addHost(address === undefined ? {} : { address });
    await host.start();
    return { host, rpc: rpcEndpoint({ host, answer: answers }), address: host.addresses()[0] };
  }

  /** Adds nodes that join through a random one of those before, one after the other. */
  async join(
    count: number,
    options: (index: number) => NodeOptions = () => ({}),
    through: () => Node = () => this.anybody(),
  ): Promise<void> {
    for (let index = 0; index < count; index++) {
      const via = this.nodes.length === 0 ? [] : [through().address];
      const node = await this.add(options(index));
      await this.drive(node.engine.bootstrap(via));
    }
    await this.pass(20_000);
  }

  /** A random node. */
  anybody(): Node {
    return this.nodes[Math.floor(this.network.random.next() * this.nodes.length)];
  }

  /** Lets time pass until a promise is settled. */
  drive<T>(work: Promise<T>): Promise<T> {
    return this.network.drive(work);
  }

  /** Lets time pass. */
  pass(ms: number): Promise<void> {
    return this.network.run({ untilMs: this.network.nowMs + ms });
  }

  /** Ends nodes without a word to the others. */
  kill(nodes: readonly Node[]): void {
    for (const node of nodes) {
      node.host.crash();
      this.nodes.splice(this.nodes.indexOf(node), 1);
    }
  }

  /** All nodes but one. */
  but(node: Node): Node[] {
    return this.nodes.filter((other) => other !== node);
  }

  /** The nodes nearest to a target, worked out from all of them, or of some. */
  nearest(target: Uint8Array, count: number, of: readonly Node[] = this.nodes): Node[] {
    const keyed = of.map((node) => ({ node, distance: distanceOf(node.id, target) }));
    keyed.sort((a, b) => a.distance < b.distance ? -1 : 1);
    return keyed.slice(0, count).map(({ node }) => node);
  }
}

/** All datagrams that endpoints have sent. */
export function datagrams(nodes: readonly Fake[]): number {
  return nodes.reduce((sum, { rpc }) => {
    const { sent, retransmitted, replied, repeated } = rpc.stats();
    return sum + sent + retransmitted + replied + repeated;
  }, 0);
}

function lying(rpc: RpcEndpoint, lies: Answers): RpcEndpoint {
  return {
    host: rpc.host,
    call: (...args) => rpc.call(...args),
    request: (...args) => rpc.request(...args),
    tell: (...args) => rpc.tell(...args),
    vouch: (address) => rpc.vouch(address),
    // They may be methods.
    handle: (answers) =>
      rpc.handle(new Proxy(answers, { get: (own, name) => Reflect.get(name in lies ? lies : own, name)?.bind(own) })),
    stats: () => rpc.stats(),
    close: () => rpc.close(),
    [Symbol.asyncDispose]: () => rpc.close(),
  };
}
