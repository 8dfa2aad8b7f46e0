/**
 * Where a libp2p host has found peers.
 *
 * @module
 */

import { AddressBook } from "../connect/mod.ts";
import type { PeerInfo } from "../host.ts";

/**
 * The addresses of peers, in two books: those to which the program has gone itself, and those that came by themselves or
 * were announced in the local network. So strangers can't drive out those that matter, however many come. Connections
 * prove who answers: a wrong address costs an attempt, nothing more.
 */
export class KnownPeers {
  readonly #reached = new AddressBook();
  readonly #heard = new AddressBook();

  /** The addresses given with a peer, or else those known, the best first. */
  addressesOf(peer: PeerInfo): readonly string[] {
    const reached = this.#reached.addressesOf(peer);
    return reached === peer.addresses ? reached : unique(reached, this.#heard.addressesOf({ peerId: peer.peerId }));
  }

  /** A peer was reached at the first of these addresses, or the program says that it is there. */
  reached(peerId: string, addresses: readonly string[]): void {
    this.#reached.keep({ peerId, addresses: unique(addresses, this.#reached.addressesOf({ peerId })) });
  }

  /** A peer, or somebody, says where it listens. */
  heard(peerId: string, addresses: readonly string[]): void {
    this.#heard.keep({ peerId, addresses });
  }
}

function unique(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())];
}
