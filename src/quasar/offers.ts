/**
 * Events that some neighbours were not sent: they are told that it is here, and ask for it if they lack it.
 *
 * @module
 */

import type { Packed } from "../../codec/msgpack/mod.ts";
import type { FilterKey, RpcReply } from "../../codec/protocols/storj/mod.ts";
import type { Clock, Random, Timer } from "../host/host.ts";
import type { Cancel, RpcEndpoint } from "../rpc/mod.ts";
import { nameOf } from "./history.ts";
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
  readonly publication: Uint8Array;
  /** Who had it. */
  readonly from: KnownNeighbour;
}

/** An event that was passed on. */
interface Kept {
  readonly topic: FilterKey;
  readonly event: Packed;
  readonly publication: Uint8Array;
  /** Neighbours who may lack it, by the names of their ids. */
  readonly lacking: Map<string, KnownNeighbour>;
}

/** An event that others have and that has not come. */
interface Lacked {
  readonly topic: FilterKey;
  readonly publication: Uint8Array;
  /** Who has it, in the order of their offers. */
  readonly from: KnownNeighbour[];
}

/** After so long neighbours are told, and up to so much longer: most will have the event then, and this node knows of it. */
const OFFER_MS = 150;
const OFFER_SPREAD_MS = 100;
/** So long after an offer the event is asked for. Together with the above, about 300 ms after it was sent to others. */
const WANT_MS = 100;
/** Events that are kept for those who ask, and their bytes. */
const KEPT_MAX = 1024;
const KEPT_BYTES_MAX = 4 * 1024 * 1024;
/** Events that were offered and have not come, and who is asked for each. */
const LACKED_MAX = 1024;
const ASKED_MAX = 3;

/** What a node offers and what it is offered. */
export class Offers {
  readonly #parts: OfferParts;
  /** By publication, the oldest first. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;
  readonly #lacked = new Map<string, Lacked>();
  readonly #timers = new Set<Timer>();

  constructor(parts: OfferParts) {
    this.#parts = parts;
  }

  /** An event was passed on to some of the neighbours who subscribe; these others may lack it. */
  keep({ topic, event, publication }: Omit<Kept, "lacking">, others: readonly KnownNeighbour[]): void {
    const lacking = new Map(others.map((neighbour) => [nameOf(neighbour.id), neighbour]));
    const name = nameOf(publication);
    this.#drop(name);
    this.#kept.set(name, { topic, event, publication, lacking });
    this.#bytes += event.bytes.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT_MAX && this.#bytes <= KEPT_BYTES_MAX) break;
      this.#drop(oldest);
    }
    this.#later(OFFER_MS + OFFER_SPREAD_MS * this.#parts.random.next(), () => this.#offer(name));
  }

  /** Nodes have a publication. */
  noteHas(publication: Uint8Array, ids: readonly Uint8Array[]): void {
    const kept = this.#kept.get(nameOf(publication));
    if (kept !== undefined) { for (const id of ids) kept.lacking.delete(nameOf(id)); }
  }

  /** A neighbour has an event of a topic that is subscribed to. */
  offered(topic: FilterKey, publication: Uint8Array, from: KnownNeighbour): void {
    const name = nameOf(publication);
    if (this.#parts.has(name)) return this.noteHas(publication, [from.id]);
    const lacked = this.#lacked.get(name);
    if (lacked !== undefined) {
      if (lacked.from.length < ASKED_MAX && !lacked.from.includes(from)) lacked.from.push(from);
      return;
    }
    if (this.#lacked.size >= LACKED_MAX) return;
    this.#lacked.set(name, { topic, publication: publication.slice(), from: [from] });
    this.#later(WANT_MS, () => this.#want(name));
  }

  /** Somebody asks for an event. */
  wanted(publication: Uint8Array): RpcReply<"warpwire_want"> {
    const kept = this.#kept.get(nameOf(publication));
    return kept === undefined ? null : { event: kept.event };
  }

  close(): void {
    for (const timer of this.#timers) timer.clear();
    this.#timers.clear();
    this.#kept.clear();
    this.#lacked.clear();
    this.#bytes = 0;
  }

  #offer(name: string): void {
    const { id: nodeId, rpc, underWay } = this.#parts;
    const kept = this.#kept.get(name);
    if (kept === undefined) return;
    const { topic, publication, lacking } = kept;
    for (const { address, call } of lacking.values()) {
      const settle = () => void underWay.delete(cancel);
      const cancel = rpc.call(address, "warpwire_offer", { nodeId, topic, publication }, settle, call);
      underWay.add(cancel);
    }
    lacking.clear();
  }

  #want(name: string): void {
    const { id: nodeId, rpc, underWay, has, arrived } = this.#parts;
    const lacked = this.#lacked.get(name);
    const from = lacked?.from.shift();
    if (lacked === undefined || from === undefined || has(name)) {
      this.#lacked.delete(name);
      return;
    }
    const { topic, publication } = lacked;
    const cancel = rpc.call(from.address, "warpwire_want", { nodeId, publication }, ({ reply }) => {
      underWay.delete(cancel);
      if (reply) arrived({ topic, publication, event: reply.event, from });
      // If it was not to be had, the next one is asked; otherwise nobody.
      this.#want(name);
    }, from.call);
    underWay.add(cancel);
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
