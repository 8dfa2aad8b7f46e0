/**
 * Nodes that relay, without the rest of a storj node, and what passes between them.
 *
 * @module
 */

import { type LinkModel, type SimHost, SimNetwork } from "../../../src/host/sim/mod.ts";
import { Identity } from "../../../src/identity/mod.ts";
import type { StorjEvent, StorjLimits, StorjNetwork } from "../../../src/storj/mod.ts";
import { Inbox } from "../../../src/storj/messages/mod.ts";
import { NodeGround } from "../../../src/storj/node-ground.ts";
import { Relay } from "../../../src/storj/relay/mod.ts";

/** The latency of these networks. */
const LINK = { latencyMs: 10, jitterMs: 10 };

/** A node that relays. */
export interface RelayNode {
  readonly host: SimHost;
  readonly id: Uint8Array;
  readonly address: string;
  readonly identity: Identity;
  readonly ground: NodeGround;
  readonly inbox: Inbox;
  readonly relay: Relay;
  readonly events: StorjEvent[];
}

/** What is special about a node. */
export interface RelayNodeOptions {
  readonly host?: SimHost;
  readonly identity?: Identity;
  readonly network?: StorjNetwork;
  readonly limits?: Partial<StorjLimits>;
  readonly answerRequests?: boolean;
  /** Whether it signs values, and publishes its sealing key. Default false. */
  readonly proves?: boolean;
}

/** Nodes that relay, on a network. */
export class RelayWorld {
  readonly network: SimNetwork;
  readonly nodes: RelayNode[] = [];
  /** Called with each datagram that is sent. */
  onDatagram: ((bytes: Uint8Array, from: SimHost, to: SimHost) => void) | null = null;

  constructor(seed = 1, link: Partial<LinkModel> = {}) {
    this.network = new SimNetwork({
      seed,
      link: { ...LINK, ...link },
      watch: (bytes, from, to) => this.onDatagram?.(bytes, from, to),
    });
  }

  /** An identity of the seed. */
  identity(): Identity {
    return Identity.generate({ random: (count) => this.network.random.bytes(count) });
  }

  /** A node that knows nobody. */
  add({ host = this.network.addHost(), identity = this.identity(), ...options }: RelayNodeOptions = {}): RelayNode {
    void host.start();
    const { answerRequests, proves = false, network, limits } = options;
    const events: StorjEvent[] = [];
    const tell = (event: StorjEvent) => void events.push(event);
    const ground = new NodeGround({ host, identity, network, limits, proves, tell });
    const inbox = new Inbox(ground);
    const relay = new Relay(ground, inbox, { answerRequests });
    const node = { host, id: identity.nodeId, address: host.addresses()[0], identity, ground, inbox, relay, events };
    this.nodes.push(node);
    return node;
  }

  /** Adds nodes that join through the first one, one after the other. */
  async join(count: number, options: RelayNodeOptions = {}): Promise<void> {
    for (let index = 0; index < count; index++) {
      const node = this.add(options);
      if (this.nodes.length > 1) await this.drive(node.ground.dht.bootstrap([this.nodes[0].address]));
    }
    await this.pass(10_000);
  }

  /** Lets time pass until a promise is settled. */
  drive<T>(work: Promise<T>): Promise<T> {
    return this.network.drive(work);
  }

  /** Lets time pass. */
  pass(ms: number): Promise<void> {
    return this.network.run({ untilMs: this.network.nowMs + ms });
  }
}

/** The relayed messages of a node, taken out of its inbox: who signed each, and what it says. */
export function taken({ inbox }: RelayNode): readonly (readonly [from: string | null, message: unknown])[] {
  return inbox.relayedList().map(({ from, message }) => [from, message] as const);
}

/** An id that differs from another one in its last bits only, which are given. */
export function beside(id: Uint8Array, bits: number): Uint8Array {
  const other = id.slice();
  other[18] ^= bits >> 8;
  other[19] ^= bits & 255;
  return other;
}
