/**
 * Remembers the addresses of peers.
 *
 * @module
 */

import type { PeerInfo } from "../host.ts";

/** How many peers are remembered; those not asked for longest are forgotten first. */
const PEERS_MAX = 1024;
/** How many addresses of one peer are remembered. */
export const PEER_ADDRESSES_MAX = 8;

/**
 * The addresses of peers to which the program of this host has gone. What strangers say of themselves is not kept:
 * they could take the names of others.
 */
export class AddressBook {
  readonly #entries = new Map<string, readonly string[]>();

  /** The addresses given with a peer, or else those remembered of it. */
  addressesOf(peer: PeerInfo): readonly string[] {
    if (peer.addresses !== undefined && peer.addresses.length > 0) return peer.addresses;
    const found = this.#entries.get(peer.peerId);
    if (found === undefined) return [];
    this.#remember(peer.peerId, found);
    return found;
  }

  /** Keeps what is known of a peer instead of what was known. */
  keep({ peerId, addresses = [] }: PeerInfo): void {
    if (peerId !== "" && addresses.length > 0) this.#remember(peerId, addresses.slice(0, PEER_ADDRESSES_MAX));
  }

  #remember(peerId: string, addresses: readonly string[]): void {
    this.#entries.delete(peerId);
    this.#entries.set(peerId, addresses);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= PEERS_MAX) break;
      this.#entries.delete(oldest);
    }
  }
}
