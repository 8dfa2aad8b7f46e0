/**
 * The other nodes that the service knows.
 *
 * @module
 */

import type { Clock } from "../host/mod.ts";
import type { PeerStatus } from "./events.ts";
import type { Names } from "./names.ts";

/** How many peers are remembered; those not heard of for longest are forgotten first. */
const PEERS_MAX = 1024;

interface Peer {
  queriesIn: number;
  queriesOut: number;
  streams: number;
  seenMs: number;
}

/** What has passed between this node and others. */
export class Peers {
  readonly #clock: Clock;
  readonly #names: Names;
  readonly #peers = new Map<string, Peer>();

  constructor(clock: Clock, names: Names) {
    this.#clock = clock;
    this.#names = names;
  }

  /** A peer has sent a query. */
  heard(identity: string): void {
    this.#seen(identity).queriesIn += 1;
  }

  /** A peer has accepted a query. */
  asked(identity: string): void {
    this.#seen(identity).queriesOut += 1;
  }

  /** A stream from a peer has begun or ended. */
  streams(identity: string, change: 1 | -1): void {
    this.#seen(identity).streams += change;
  }

  /** Everything known of contacts and other peers. */
  list(): readonly PeerStatus[] {
    const identities = new Set([...this.#names.contacts, ...this.#peers.keys()]);
    return [...identities].map((identity) => {
      const peer = this.#peers.get(identity) ?? fresh();
      return { identity, name: this.#names.display(identity), ...peer };
    });
  }

  #seen(identity: string): Peer {
    const peer = this.#peers.get(identity) ?? fresh();
    peer.seenMs = Math.floor(this.#clock.now());
    this.#peers.delete(identity);
    this.#peers.set(identity, peer);
    for (const [oldest, { streams }] of this.#peers) {
      if (this.#peers.size <= PEERS_MAX) break;
      if (streams === 0) this.#peers.delete(oldest);
    }
    return peer;
  }
}

function fresh(): Peer {
  return { queriesIn: 0, queriesOut: 0, streams: 0, seenMs: 0 };
}
