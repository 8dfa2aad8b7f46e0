/**
 * Storj nodes on a simulated network.
 *
 * @module
 */

import { type LinkModel, type SimHost, SimNetwork } from "../../src/host/sim/mod.ts";
import { storjNode } from "../../src/storj/mod.ts";
import type { StorjEvent, StorjNode, StorjNodeOptions } from "../../src/storj/mod.ts";

/** The latency of these networks. */
const LINK = { latencyMs: 10, jitterMs: 40 };

/** What makes a {@link StorjWorld}. */
export interface WorldOptions {
  /** What the run depends on. Default 1. */
  readonly seed?: number;
  /** How many nodes join, one after the other. Default none. */
  readonly nodes?: number;
  readonly link?: Partial<LinkModel>;
  /** What is special about a node. */
  readonly nodeOptions?: (index: number) => Omit<StorjNodeOptions, "host">;
}

/** A node with what belongs to it. */
export interface Member {
  readonly node: StorjNode;
  readonly host: SimHost;
  /** As hosts write it. */
  readonly address: string;
  /** As users write it: `10.0.0.1:4653`. */
  readonly place: string;
  readonly events: StorjEvent[];
}

/** Nodes on a network, and its time. */
export class StorjWorld {
  readonly network: SimNetwork;
  readonly members: Member[] = [];

  constructor({ seed = 1, link = {} }: Pick<WorldOptions, "seed" | "link"> = {}) {
    this.network = new SimNetwork({ seed, link: { ...LINK, ...link } });
  }

  /** The nodes. */
  get nodes(): StorjNode[] {
    return this.members.map(({ node }) => node);
  }

  /** Starts a node, which knows nobody unless the options say so. Its key comes from the seed. */
  async add(options: StorjNodeOptions = {}, host: SimHost = this.network.addHost()): Promise<Member> {
    const events: StorjEvent[] = [];
    const onEvent = (event: StorjEvent) => {
      events.push(event);
      options.onEvent?.(event);
    };
    const node = await this.drive(storjNode({ ...options, host, onEvent }));
    const [address] = host.addresses();
    const member = { node, host, address, place: address.slice("udp:".length), events };
    this.members.push(member);
    return member;
  }

  /** Adds nodes that join through the first one, one after the other. */
  async join(count: number, options: NonNullable<WorldOptions["nodeOptions"]> = () => ({})): Promise<void> {
    for (let index = 0; index < count; index++) {
      const bootstrap = this.members.length === 0 ? [] : [this.members[0].place];
      const { node } = await this.add({ bootstrap, ...options(index) });
      if (bootstrap.length > 0) await this.drive(node.ready());
    }
    await this.pass(5000);
  }

  /** Lets time pass until a promise is settled. */
  drive<T>(work: Promise<T>): Promise<T> {
    return this.network.drive(work);
  }

  /** Lets time pass. */
  pass(ms: number): Promise<void> {
    return this.network.run({ untilMs: this.network.nowMs + ms });
  }

  /** Closes all nodes. */
  async close(): Promise<void> {
    for (const { node } of this.members) await this.drive(node.close());
  }
}

/** A network of nodes that have joined. */
export async function storjWorld(options: WorldOptions = {}): Promise<StorjWorld> {
  const world = new StorjWorld(options);
  await world.join(options.nodes ?? 0, options.nodeOptions);
  return world;
}
