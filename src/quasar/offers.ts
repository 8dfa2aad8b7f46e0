/**
 * Events that some neighbours were not sent: they are told that it is here, and ask for it if they lack it.
 *
 * @module
 */

import type { Packed } from "../../codec/msgpack/mod.ts";
import type { FilterKey, RpcReply } from "../../codec/protocols/storj/mod.ts";
import type { Clock, Random, Timer } from "../host/host.ts";
import type { Cancel, RpcEndpoint } from "../rpc/mod.ts";
import { type EventId, keyOf, nameOf } from "./history.ts";
import { neighbourName } from "./choice.ts";
import type { KnownNeighbour } from "./neighbours.ts";

/** What offers need. */
export interface OfferParts {
  /** The own id. */
  readonly id: Uint8Array;
  readonly rpc: RpcEndpoint;
  readonly clock: Clock;
  readonly random: Random;
  readonly underWay: Set<Cancel>;
  /** Whether a publication has come. */
  readonly has: (publication: string) => boolean;
  /** What was asked for has come. */
  readonly arrived: (found: Found) => void;
}

/** An event that was asked for. */
export interface Found {
  readonly topic: FilterKey;
  readonly event: Packed;
  readonly eventName: Uint8Array;
  readonly publication: Uint8Array;
  /** Who had it. */
  readonly from: KnownNeighbour;
}

/** An event that was passed on. */
interface Kept {
  readonly topic: FilterKey;
  readonly event: Packed;
  readonly eventId: EventId;
  /** Neighbours who may lack it, by the names of their ids. */
  readonly lacking: Map<string, KnownNeighbour>;
}

/** An event that others have and that has not come. */
interface Lacked {
  readonly topic: FilterKey;
  readonly eventName: Uint8Array;
  readonly publication: Uint8Array;
  /** The address of the first who has offered it. */
  readonly first: string;
  /** Who has it, in the order of their offers. */
  readonly from: KnownNeighbour[];
}

/** After so long neighbours are told, and up to so much longer: most will have the event then, and this node knows of it. */
const OFFER_MS = 150;
const OFFER_SPREAD_MS = 100;
/** So long after an offer the event is asked for. Together with the above, about 300 ms after it was sent to others. */
const WANT_MS = 100;
/** While more calls are under way, nobody is told of events: who does not answer must not keep others from getting them. */
const UNDER_WAY_MAX = 512;
/** Events that are kept for those who ask, and their bytes. */
const KEPT_MAX = 1024;
const KEPT_BYTES_MAX = 4 * 1024 * 1024;
/** Events that were offered and have not come: those that one neighbour was the first to offer, and how many are asked for each. */
const LACKED_MAX = 64;
const ASKED_MAX = 3;

/** What a node offers and what it is offered. */
export class Offers {
  readonly #parts: OfferParts;
  /** By publication, the oldest first. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;
  readonly #lacked = new Map<string, Lacked>();
  /** How many of these each neighbour was the first to offer. */
  readonly #offered = new Map<string, number>();
  readonly #timers = new Set<Timer>();

  constructor(parts: OfferParts) {
    this.#parts = parts;
  }

  /** An event was passed on to some of the neighbours who subscribe; these others may lack it. */
  keep({ topic, event, eventId }: Omit<Kept, "lacking">, others: readonly KnownNeighbour[]): void {
    const name = keyOf(eventId);
    const lacking = new Map(this.#kept.get(name)?.lacking);
    for (const neighbour of others) lacking.set(neighbourName(neighbour), neighbour);
    this.#drop(name);
    this.#kept.set(name, { topic, event, eventId, lacking });
    this.#bytes += event.bytes.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT_MAX && this.#bytes <= KEPT_BYTES_MAX) break;
      this.#drop(oldest);
    }
    this.#later(OFFER_MS + OFFER_SPREAD_MS * this.#parts.random.next(), () => this.#offer(name));
  }

  /** Nodes have a publication. */
  noteHas(key: string, ids: readonly Uint8Array[]): void {
    const kept = this.#kept.get(key);
    if (kept !== undefined) { for (const id of ids) kept.lacking.delete(nameOf(id)); }
  }

  /** A neighbour has an event of a topic that is subscribed to. */
  offered(topic: FilterKey, eventName: Uint8Array, publication: Uint8Array, from: KnownNeighbour): void {
    const name = keyOf({ name: eventName, publication });
    if (this.#parts.has(name)) return this.noteHas(name, [from.id]);
    const lacked = this.#lacked.get(name);
    if (lacked !== undefined) {
      if (lacked.from.length < ASKED_MAX && !lacked.from.includes(from)) lacked.from.push(from);
      return;
    }
    const offered = this.#offered.get(from.address) ?? 0;
    if (offered >= LACKED_MAX) return;
    this.#offered.set(from.address, offered + 1);
    const names = { eventName: eventName.slice(), publication: publication.slice() };
    this.#lacked.set(name, { topic, ...names, first: from.address, from: [from] });
    this.#later(WANT_MS, () => this.#want(name));
  }

  /** Somebody asks for an event. */
  wanted(eventName: Uint8Array, publication: Uint8Array): RpcReply<"warpwire_want"> {
    const kept = this.#kept.get(keyOf({ name: eventName, publication }));
    return kept === undefined ? null : { event: kept.event };
  }

  close(): void {
    for (const timer of this.#timers) timer.clear();
    this.#timers.clear();
    this.#kept.clear();
    this.#lacked.clear();
    this.#offered.clear();
    this.#bytes = 0;
  }

  #offer(name: string): void {
    const { id: nodeId, rpc, underWay } = this.#parts;
    const kept = this.#kept.get(name);
    if (kept === undefined) return;
    const { topic, eventId: { name: eventName, publication }, lacking } = kept;
    for (const { address, call } of lacking.values()) {
      if (underWay.size >= UNDER_WAY_MAX) break;
      const settle = () => void underWay.delete(cancel);
      const cancel = rpc.call(address, "warpwire_offer", { nodeId, topic, eventName, publication }, settle, call);
      underWay.add(cancel);
    }
    lacking.clear();
  }

  #want(name: string): void {
    const { id: nodeId, rpc, underWay, has, arrived } = this.#parts;
    const lacked = this.#lacked.get(name);
    if (lacked === undefined) return;
    const from = lacked.from.shift();
    if (from === undefined || has(name)) return this.#lackNoMore(name, lacked.first);
    const { topic, eventName, publication } = lacked;
    const cancel = rpc.call(from.address, "warpwire_want", { nodeId, eventName, publication }, ({ reply, error }) => {
      underWay.delete(cancel);
      if (error?.code === "closed") return;
      if (reply) arrived({ topic, eventName, publication, event: reply.event, from });
      // If it was not to be had, the next one is asked; otherwise nobody.
      this.#want(name);
    }, from.call);
    underWay.add(cancel);
  }

  #lackNoMore(name: string, first: string): void {
    this.#lacked.delete(name);
    const left = this.#offered.get(first)! - 1;
    if (left === 0) this.#offered.delete(first);
    else this.#offered.set(first, left);
  }

  #drop(name: string): void {
    const kept = this.#kept.get(name);
    if (kept === undefined) return;
    this.#kept.delete(name);
    this.#bytes -= kept.event.bytes.length;
  }

  #later(delayMs: number, run: () => void): void {
    const timer = this.#parts.clock.setTimer(delayMs, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
  }
}
