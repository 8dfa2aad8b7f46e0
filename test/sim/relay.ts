/**
 * Relaying in a network of many nodes: messages from anybody to anybody else, sent again until they are confirmed.
 *
 * @module
 */

import { formatHex } from "../../codec/mod.ts";
import { type NatOptions, SimNetwork } from "../../src/host/sim/mod.ts";
import { Identity } from "../../src/identity/mod.ts";
import { ContactCache } from "../../src/kademlia/mod.ts";
import { wireAddress } from "../../src/rpc/mod.ts";
import { Inbox } from "../../src/storj/messages/mod.ts";
import { NodeGround } from "../../src/storj/node-ground.ts";
import { PublicAddress } from "../../src/storj/public-address.ts";
import { Relay } from "../../src/storj/relay/mod.ts";
import type { RelayStats } from "../../src/storj/stats.ts";
import { Pace } from "./pace.ts";
import { rounded, type Spread, spread } from "./report.ts";
import { ipOf, LINK } from "./world.ts";

/** What happens. */
export interface RelayScenario {
  readonly nodes: number;
  readonly messages: number;
  readonly loss: number;
  /** The share of nodes behind NATs, a third each of three kinds. */
  readonly nat: number;
  /** The share of nodes that take messages and pass none on. */
  readonly liars: number;
  readonly seed: number;
}

/** What came of it. */
export interface RelayFigures {
  readonly nodes: number;
  readonly messages: number;
  readonly loss: number;
  readonly nat: number;
  readonly liars: number;
  readonly seed: number;
  /** Messages that arrived, each counted once; that arrived again; and that their sender knows to have arrived. */
  readonly arrived: number;
  readonly doubled: number;
  readonly confirmed: number;
  /** How long they took, and how often one was sent. */
  readonly ms: Spread;
  readonly sends: number;
  /** Requests to pass a message on, for each message with its confirmation. */
  readonly passed: number;
  readonly stuck: number;
  readonly wallS: number;
  readonly digest: string;
}

interface Node {
  readonly id: Uint8Array;
  readonly address: string;
  readonly ground: NodeGround;
}

/** A node that does what it says. */
interface HonestNode extends Node {
  readonly relay: Relay;
}

const PORT = 4653;
const JOIN_GAP_MS = 20;
const FIRST_GAPS_MS = 1000;
const SETTLE_MS = 60_000;
const SEND_GAP_MS = 50;
/** All pauses between attempts, and the wait for the last confirmation. */
const REPEATED_MS = 330_000;
const IDLE_SLICE_MS = 50;

/** Three kinds: what is let in comes from an address that was sent to; from its port; and the ports are of one destination. */
const NATS: readonly NatOptions[] = [
  { filter: "address" },
  { filter: "port" },
  { mapping: "destination", filter: "port" },
];

class Relays extends Pace {
  readonly honest: HonestNode[] = [];
  /** When each message was sent and came, by its text. */
  readonly sentMs = new Map<string, number>();
  readonly cameMs = new Map<string, number>();
  doubled = 0;
  confirmed = 0;
  /** Those that have joined, and that others reach without being called first. */
  readonly #open: Node[] = [];
  readonly #contacts: ContactCache;
  readonly #nat: number;
  readonly #liars: number;

  constructor({ seed, loss, nat, liars, nodes }: RelayScenario) {
    super(new SimNetwork({ seed, link: { ...LINK, loss } }));
    this.#nat = nat;
    this.#liars = liars;
    this.#contacts = new ContactCache(2 * nodes);
  }

  async join(count: number): Promise<void> {
    const joins: Promise<unknown>[] = [];
    for (let index = 0; index < count; index++) {
      const via = index > 0 ? [this.#oneOf(this.#open.length > 0 ? this.#open : this.honest).address] : [];
      const { random } = this.network;
      // The first one is honest, and is reached by all.
      const kind = index > 0 && random.chance(this.#nat) ? NATS[index % NATS.length] : null;
      const node = this.#add(index, kind, index === 0 || !random.chance(this.#liars));
      const joined = node.ground.dht.bootstrap(via);
      joins.push(kind === null ? joined.then(() => this.#open.push(node)) : joined);
      await this.pass(Math.max(JOIN_GAP_MS, FIRST_GAPS_MS / (index + 1)));
    }
    await this.until(Promise.all(joins));
    await this.pass(SETTLE_MS, IDLE_SLICE_MS);
  }

  async send(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const from = this.anybody();
      let to = from;
      while (to === from) to = this.anybody();
      const text = `${formatHex(to.id)} ${index}`;
      this.sentMs.set(text, this.nowMs);
      void from.relay.send(to.id, text, { repeat: true });
      await this.pass(SEND_GAP_MS);
    }
    await this.pass(REPEATED_MS, IDLE_SLICE_MS);
  }

  anybody(): HonestNode {
    return this.#oneOf(this.honest);
  }

  sum(of: (stats: RelayStats) => number): number {
    return this.honest.reduce((sum, { relay }) => sum + of(relay.stats()), 0);
  }

  #oneOf<T>(nodes: readonly T[]): T {
    return nodes[Math.floor(this.network.random.next() * nodes.length)];
  }

  #add(index: number, kind: NatOptions | null, isHonest: boolean): Node {
    const host = kind === null
      ? this.network.addHost({ address: `udp:${ipOf(index)}:${PORT}` })
      : this.network.addHost({ nat: this.network.addNat(kind) });
    void host.start();
    const identity = Identity.generate({ random: (count) => host.random.bytes(count) });
    const ground = new NodeGround({
      host,
      identity,
      proves: false,
      dht: { contacts: this.#contacts },
      tell: ({ type }) => {
        if (type === "relayed-confirmed") this.confirmed += 1;
        if (type === "contact-added") place.contactAdded();
      },
    });
    // It keeps the ways to its neighbours open.
    const place = new PublicAddress(ground);
    const node = { id: identity.nodeId, address: host.addresses()[0], ground };
    if (isHonest) this.honest.push({ ...node, relay: this.#relay(ground) });
    else ground.rpc.handle({ relay_message: (_, from) => wireAddress(from.address) });
    return node;
  }

  #relay(ground: NodeGround): Relay {
    const inbox = new Inbox(ground);
    inbox.onMessage((_, message) => this.#came(ground.identity.nodeIdHex, message));
    return new Relay(ground, inbox);
  }

  #came(id: string, message: unknown): void {
    if (typeof message !== "string" || !message.startsWith(`${id} `)) throw new Error(`${id} got ${message}`);
    if (this.cameMs.has(message)) this.doubled += 1;
    else this.cameMs.set(message, this.nowMs);
  }
}

/** All of it. */
export async function relayed(scenario: RelayScenario): Promise<RelayFigures> {
  const startMs = performance.now();
  const world = new Relays(scenario);
  await world.join(scenario.nodes);
  await world.send(scenario.messages);
  const { nodes, messages, loss, nat, liars, seed } = scenario;
  return {
    ...{ nodes, messages, loss, nat, liars, seed },
    arrived: world.cameMs.size,
    doubled: world.doubled,
    confirmed: world.confirmed,
    ms: spread([...world.cameMs].map(([text, ms]) => ms - world.sentMs.get(text)!)),
    sends: rounded(world.sum(({ sent }) => sent) / messages, 3),
    passed: rounded(world.sum(({ passed }) => passed) / messages, 2),
    stuck: world.sum(({ stuck }) => stuck),
    wallS: rounded((performance.now() - startMs) / 1000, 1),
    digest: world.network.digest(),
  };
}
