/**
 * Nodes that tell each other their filters over a simulated network, with an overlay that the test makes.
 *
 * @module
 */

import type { Capability, FilterKey } from "../../codec/protocols/storj/mod.ts";
import { calledRpc, filterHas, filterParams, filterPositions } from "../../codec/protocols/storj/mod.ts";
import { type LinkModel, type SimHost, SimNetwork } from "../../src/host/sim/mod.ts";
import type { Neighbour, Overlay } from "../../src/quasar/api.ts";
import { Propagation, type PropagationParts } from "../../src/quasar/propagation.ts";
import { type Answers, type RpcEndpoint, rpcEndpoint } from "../../src/rpc/mod.ts";

/** An overlay that the test changes. */
export class TestOverlay implements Overlay {
  readonly id: Uint8Array;
  readonly #rpc: RpcEndpoint;
  readonly #listeners = new Set<() => void>();
  #chosen: readonly Neighbour[] = [];
  readonly refusals: Neighbour[] = [];
  /** Ids that it knows besides. */
  everybody: readonly Uint8Array[] = [];

  constructor(id: Uint8Array, rpc: RpcEndpoint) {
    this.id = id;
    this.#rpc = rpc;
  }

  neighbours(): readonly Neighbour[] {
    return this.#chosen;
  }

  choose(chosen: readonly Neighbour[]): void {
    this.#chosen = chosen;
    for (const run of this.#listeners) run();
  }

  onChange(run: () => void): Disposable {
    this.#listeners.add(run);
    return { [Symbol.dispose]: () => void this.#listeners.delete(run) };
  }

  introduce({ address }: Neighbour, settle: Parameters<Overlay["introduce"]>[1]): () => void {
    const hello = { version: 1, capabilities: 33 };
    return this.#rpc.call(address, "warpwire_hello", { nodeId: this.id, hello }, ({ reply }) => {
      const can: Capability[] = reply !== undefined && (reply.capabilities & 32) !== 0 ? ["repeats", "quasar"] : [];
      settle(can, { repeats: can.length > 0 });
    }, { timeoutMs: 2500 });
  }

  known(): readonly Uint8Array[] {
    return this.everybody;
  }

  refused(neighbour: Neighbour): void {
    this.refusals.push(neighbour);
  }

  seen(): void {
    // Nobody else is to be found here.
  }
}

/** A node. */
export interface TestNode extends Neighbour {
  readonly host: SimHost;
  readonly rpc: RpcEndpoint;
  readonly overlay: TestOverlay;
  readonly propagation: Propagation;
  readonly topics: Set<FilterKey>;
}

/** Nodes, their network, and its time. */
export class PropagationWorld {
  readonly network: SimNetwork;
  readonly nodes: TestNode[] = [];
  /** The updates that went out, those that were sent again included. */
  readonly sent: { readonly bytes: number; readonly from: SimHost; readonly atMs: number }[] = [];

  constructor(seed: number, link: Partial<LinkModel> = {}) {
    this.network = new SimNetwork({
      seed,
      link: { latencyMs: 10, jitterMs: 40, ...link },
      watch: (bytes, from) => {
        if ((bytes[0] & 1) !== 0) return;
        const rpc = calledRpc(bytes);
        if (rpc === "warpwire_filters" || rpc === "quasar_update") {
          this.sent.push({ bytes: bytes.length, from, atMs: this.network.nowMs });
        }
      },
    });
  }

  /** Nodes that have chosen each other, and have told each other everything. */
  async grow(count: number, near = 10, options: Partial<PropagationParts> = {}): Promise<void> {
    for (let index = 0; index < count; index++) await this.add(options);
    this.chooseAll(near);
    await this.pass(10_000);
  }

  /** A node without neighbours. */
  async add(
    options: Partial<PropagationParts> = {},
    id: Uint8Array = this.network.random.bytes(20),
  ): Promise<TestNode> {
    const { host, rpc, address } = await this.endpoint({
      warpwire_hello: () => ({ version: 1, capabilities: 33 }),
      ping: () => id,
    });
    return this.#made({ host, rpc, id, address }, options);
  }

  /** Begins a node anew that knows nothing any more, with the same id at the same address. */
  async restart(
    { host, rpc, id, address, propagation }: TestNode,
    options: Partial<PropagationParts> = {},
  ): Promise<TestNode> {
    propagation.close();
    await rpc.close();
    this.nodes.splice(this.nodes.findIndex((node) => node.address === address), 1);
    const answer: Answers = { warpwire_hello: () => ({ version: 1, capabilities: 33 }), ping: () => id };
    return this.#made({ host, rpc: rpcEndpoint({ host, answer }), id, address }, options);
  }

  #made(
    { host, rpc, id, address }: Pick<TestNode, "host" | "rpc" | "id" | "address">,
    options: Partial<PropagationParts>,
  ): TestNode {
    const overlay = new TestOverlay(id, rpc);
    const { clock, random } = host;
    const propagation = new Propagation({ overlay, rpc, clock, random, ...options });
    const node = { id, address, host, rpc, overlay, propagation, topics: new Set<FilterKey>() };
    this.nodes.push(node);
    return node;
  }

  /** Something that answers calls as it likes. */
  async endpoint(answer: Answers): Promise<{ host: SimHost; rpc: RpcEndpoint; address: string }> {
    const host = this.network.addHost();
    await host.start();
    return { host, rpc: rpcEndpoint({ host, answer }), address: host.addresses()[0] };
  }

  /** Has each node choose its nearest ones and a random one of each part that is farther away. */
  chooseAll(near = 10): void {
    for (const node of this.nodes) {
      const others = this.nodes.filter((other) => other !== node)
        .map((other) => ({ other, shared: sharedBits(node.id, other.id) }))
        .sort((a, b) => compareDistance(a.other.id, b.other.id, node.id));
      const nearest = others.slice(0, near);
      const chosen = nearest.map(({ other }) => other);
      for (let bits = 0; bits < (nearest[nearest.length - 1]?.shared ?? 0); bits++) {
        const part = others.filter(({ shared }) => shared === bits);
        if (part.length > 0) chosen.push(part[Math.floor(this.network.random.next() * part.length)].other);
      }
      node.overlay.choose(chosen);
    }
  }

  /** Lets time pass. */
  pass(ms: number): Promise<void> {
    return this.network.run({ untilMs: this.network.nowMs + ms });
  }

  subscribe(node: TestNode, topic: FilterKey): void {
    node.topics.add(topic);
    node.propagation.subscribe(topic);
  }

  unsubscribe(node: TestNode, topic: FilterKey): void {
    node.topics.delete(topic);
    node.propagation.unsubscribe(topic);
  }

  /** The nodes that a node has as neighbours. */
  neighboursOf(node: TestNode): TestNode[] {
    return node.propagation.all().map(({ address }) => this.nodes.find((other) => other.address === address)!);
  }

  /** What is wrong with what the nodes know of each other, worked out from their subscriptions alone. */
  wrong(levels = 2): string[] {
    const wrong: string[] = [];
    for (const node of this.nodes) {
      for (const known of node.propagation.all()) {
        const other = this.nodes.find(({ address }) => address === known.address)!;
        if (!this.neighboursOf(other).includes(node)) wrong.push(`${known.address} is no neighbour of ${node.address}`);
        if (!sameBits(known.levels[0]?.bits, levelBits([other]))) wrong.push(`level 0 of ${known.address}`);
      }
      const own = node.propagation.own();
      for (let level = 1; level < levels; level++) {
        if (!sameBits(own[level].bits, levelBits(this.#around(node, level)))) {
          wrong.push(`level ${level} of ${node.address}`);
        }
      }
    }
    return wrong;
  }

  /** The nodes to which so many hops lead, there and back included. */
  #around(node: TestNode, hops: number): TestNode[] {
    let around = [node];
    for (let hop = 0; hop < hops; hop++) around = [...new Set(around.flatMap((one) => this.neighboursOf(one)))];
    return around;
  }
}

/** The bits of a level that has the ids and topics of nodes. */
export function levelBits(nodes: readonly TestNode[]): Uint8Array {
  const params = filterParams();
  const bits = new Uint8Array(Math.ceil(params.sliceBits * params.sliceCount / 8));
  for (const { id, topics } of nodes) {
    for (const key of [id, ...topics]) {
      for (const [slice, position] of filterPositions(params, key).entries()) {
        const bit = slice * params.sliceBits + position;
        bits[bit >> 3] |= 1 << (bit & 7);
      }
    }
  }
  return bits;
}

/** Whether a neighbour has a topic in a level, as far as a node knows. */
export function knows(node: TestNode, neighbour: Neighbour, level: number, topic: FilterKey): boolean {
  const known = node.propagation.all().find(({ address }) => address === neighbour.address);
  const filter = known?.levels[level];
  return filter !== undefined && filterHas(filter, topic);
}

function sameBits(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function sharedBits(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at < 0 ? 160 : 8 * at + Math.clz32(a[at] ^ b[at]) - 24;
}

function compareDistance(a: Uint8Array, b: Uint8Array, target: Uint8Array): number {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at < 0 ? 0 : (a[at] ^ target[at]) - (b[at] ^ target[at]);
}
