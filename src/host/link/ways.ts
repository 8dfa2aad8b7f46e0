/**
 * Where peers were found to answer over TLS, and where not.
 *
 * @module
 */

import type { Clock } from "../host.ts";

/** How many peers are remembered; those not asked for longest are forgotten first. */
const PEERS_MAX = 1024;
/** How long a peer is not tried again that did not answer, in milliseconds: it may have been updated, or moved. */
const SILENT_MS = 300_000;

/** What is known of peers. */
export class TlsWays {
  readonly #clock: Clock;
  /** Addresses at which a peer answers, or since when it does not. */
  readonly #ways = new Map<string, readonly string[] | number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The addresses at which a peer answers; none if it does not; `null` if that is not known. */
  of(peerId: string): readonly string[] | null {
    const found = this.#ways.get(peerId);
    if (found === undefined) return null;
    if (typeof found !== "number") return found;
    return this.#clock.now() - found < SILENT_MS ? [] : null;
  }

  /** It is not known any more where a peer answers. */
  forget(peerId: string): void {
    this.#ways.delete(peerId);
  }

  /** A peer answers at some addresses, or, without any, nowhere. */
  set(peerId: string, addresses: readonly string[]): void {
    if (peerId === "") return;
    this.#ways.delete(peerId);
    this.#ways.set(peerId, addresses.length === 0 ? this.#clock.now() : addresses);
    if (this.#ways.size > PEERS_MAX) this.#ways.delete(this.#ways.keys().next().value!);
  }
}
