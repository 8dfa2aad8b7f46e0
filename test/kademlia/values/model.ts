/**
 * A network of nodes that keep values, without datagrams: lookups find at once who is really nearest, and what is stored
 * arrives, a while later each. What keeping does is counted.
 *
 * @module
 */

import type { Packed } from "../../../codec/msgpack/mod.ts";
import { type SimHost, SimNetwork } from "../../../src/host/sim/mod.ts";
import type { Contact } from "../../../src/kademlia/contact.ts";
import { diversityLimits } from "../../../src/kademlia/diversity.ts";
import { ContactPool } from "../../../src/kademlia/values/contact-pool.ts";
import { Handover } from "../../../src/kademlia/values/handover.ts";
import type { KeepingNode } from "../../../src/kademlia/values/node.ts";
import { Republisher } from "../../../src/kademlia/values/republish.ts";
import { RoutingTable } from "../../../src/kademlia/routing-table.ts";
import type { HeldValue } from "../../../src/kademlia/values/value-limits.ts";
import { isStored } from "../../../src/kademlia/values/value-limits.ts";
import { keyOf, keyText, ValueMap } from "../../../src/kademlia/values/values.ts";
import { type Words, wordsOf } from "../../../src/kademlia/words.ts";
import { contactOf } from "../make.ts";

const LOOKUP_MS = 400;
const TRIP_MS = 50;
const SILENCE_MS = 3000;

/** A node of the model. */
export class ModelNode implements KeepingNode {
  readonly contact: Contact;
  readonly clock: SimHost["clock"];
  readonly random: SimHost["random"];
  readonly table: RoutingTable;
  readonly values: ValueMap;
  readonly republisher: Republisher;
  readonly handover: Handover;
  readonly #model: Model;
  alive = true;

  constructor(model: Model, host: SimHost) {
    this.#model = model;
    this.clock = host.clock;
    this.random = host.random;
    const ip = host.addresses()[0] ?? `udp:10.${host.index >> 16}.${(host.index >> 8) & 255}.${host.index & 255}:4653`;
    this.contact = contactOf(host.random.bytes(20), ip.slice(4).replace(/:\d+$/, ""));
    this.table = new RoutingTable(this.contact, model.k, diversityLimits(false), host.clock);
    this.values = new ValueMap({ now: () => host.clock.now() });
    this.republisher = new Republisher(this);
    this.handover = new Handover(this);
  }

  lookup(target: Uint8Array, settle: (found: readonly Contact[]) => void): () => void {
    this.#model.lookups++;
    return this.#later(LOOKUP_MS, () => settle(this.#model.nearest(target, this)));
  }

  near(of: Contact, target: Words, settle: (named: readonly Contact[] | null) => void): () => void {
    const node = this.#model.of(of);
    if (!node.alive) return this.#later(SILENCE_MS, () => settle(null));
    return this.#later(2 * TRIP_MS, () => {
      settle(node.table.closest(target, node.table.k).filter((contact) => contact !== this.contact));
    });
  }

  keep(to: Contact, held: HeldValue, settle: (stored: boolean | null) => void): () => void {
    this.#model.stores++;
    this.#model.onStore?.(this, to, held);
    const ageMs = this.clock.now() - held.firstMs;
    const node = this.#model.of(to);
    return this.#later(TRIP_MS * (1 + this.random.next()), () => {
      if (!node.alive) {
        this.#later(SILENCE_MS, () => settle(null));
        return;
      }
      const stored = node.take(held.text, held.value, ageMs);
      this.#later(TRIP_MS, () => settle(stored));
    });
  }

  take(text: string, value: Packed, ageMs: number | undefined): boolean {
    const outcome = this.values.store(keyOf(text), value, { source: "10.0.0.1", ageMs });
    if (outcome === "new") this.republisher.arrived();
    else if (outcome === "kept") this.republisher.heard();
    return isStored(outcome);
  }

  #later(delayMs: number, run: () => void): () => void {
    const timer = this.clock.setTimer(delayMs, () => this.alive && run());
    return () => timer.clear();
  }
}

/** The whole network. */
export class Model {
  readonly network: SimNetwork;
  readonly k: number;
  readonly nodes: ModelNode[] = [];
  readonly #byContact = new Map<string, ModelNode>();
  /** Those that are alive, as long as nobody comes or goes. */
  #alive: ContactPool | null = null;
  lookups = 0;
  stores = 0;
  onStore: ((from: ModelNode, to: Contact, held: HeldValue) => void) | null = null;

  constructor(seed: number, count: number, k = 20) {
    this.network = new SimNetwork({ seed });
    this.k = k;
    for (let index = 0; index < count; index++) this.#add();
    for (const node of this.nodes) this.#fill(node);
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.network.runSync({ untilMs: this.network.nowMs + ms });
  }

  of(contact: Contact): ModelNode {
    return this.#byContact.get(keyText(contact.id))!;
  }

  /** The k nodes nearest to a target that are alive. */
  nearest(target: Uint8Array, besides: ModelNode | null = null): Contact[] {
    if (this.#alive === null) {
      this.#alive = new ContactPool();
      this.#alive.add(this.nodes.filter(({ alive }) => alive).map(({ contact }) => contact));
    }
    const nearest = this.#alive.nearest(wordsOf(target), this.k + 1);
    return nearest.filter((contact) => contact !== besides?.contact).slice(0, this.k);
  }

  /** Stores a value at the k nodes nearest to its key. */
  put(key: Uint8Array, value: Packed): void {
    for (const contact of this.nearest(key)) this.of(contact).take(keyText(key), value, undefined);
  }

  /** A node joins: whoever has room for it gets to know it by being called, and is known to it by having been called. */
  join(): ModelNode {
    const node = this.#add();
    this.#fill(node);
    for (const other of this.nodes) {
      if (other !== node && other.alive && other.table.admit(node.contact) === "added") {
        other.handover.came(node.contact);
      }
    }
    return node;
  }

  /** A node dies; after the given time everybody notices. */
  die(node: ModelNode, noticeMs: number): void {
    node.alive = false;
    this.#alive = null;
    node.republisher.close();
    node.handover.close();
    this.network.at(this.network.nowMs + noticeMs, () => {
      for (const other of this.nodes) {
        if (!other.alive || !other.table.has(node.contact)) continue;
        other.table.remove(node.contact);
        other.handover.went(node.contact);
      }
    });
  }

  /** How many of the k nodes nearest to a key have its value. */
  holders(key: Uint8Array): number {
    return this.nearest(key).filter((contact) => this.of(contact).values.get(key) !== null).length;
  }

  #add(): ModelNode {
    const node = new ModelNode(this, this.network.addHost());
    this.nodes.push(node);
    this.#alive = null;
    this.#byContact.set(keyText(node.contact.id), node);
    return node;
  }

  #fill(node: ModelNode): void {
    const others = this.nodes.filter((other) => other.alive && other !== node).map(({ contact }) => contact);
    // Those that are near were asked, whatever else a node knows.
    for (const contact of [...this.nearest(node.contact.id, node), ...others]) node.table.admit(contact);
  }
}
