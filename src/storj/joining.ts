/**
 * How a node comes into its network, and stays there.
 *
 * @module
 */

import type { Timer, WaitOptions } from "../host/mod.ts";
import type { KademliaSnapshot } from "../kademlia/mod.ts";
import { WALK_TIMEOUT_MS } from "./api.ts";
import { type BootstrapPlaces, resolveNames } from "./bootstrap.ts";
import { withStorjErrors } from "./error.ts";
import type { Ground } from "./ground.ts";

/** The way of a node into its network. */
export class Joining {
  readonly #ground: Ground;
  /** Called when the first contact comes. */
  readonly #waiting = new Set<() => void>();
  #isJoining = false;
  #timer: Timer | null = null;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** Begins to look for the network: at contacts of an earlier time, and at places. */
  begin({ addresses, names }: BootstrapPlaces, restored: KademliaSnapshot | undefined): void {
    const { dht, closing, host: { clock } } = this.#ground;
    if (restored !== undefined) dht.restore(restored);
    if (addresses.length > 0 || (restored?.contacts.length ?? 0) > 0) this.#joinBy(addresses);
    void resolveNames(names, {
      clock,
      closing,
      found: (resolved) => this.#joinBy(resolved),
      isEnough: () => dht.stats().contacts > 0,
    });
    this.#refreshLater();
  }

  /** See `StorjNode.ready`. */
  ready(options: WaitOptions = {}): Promise<void> {
    return this.#ground.wait<void>("Looking for neighbours", options, ({ resolve }) => {
      const isReady = () => resolve();
      if (this.#ground.dht.stats().contacts > 0) isReady();
      else this.#waiting.add(isReady);
      return () => void this.#waiting.delete(isReady);
    });
  }

  /** See `StorjNode.refreshNeighbours`. */
  async refresh(options?: WaitOptions): Promise<void> {
    const { dht } = this.#ground;
    await withStorjErrors(dht.findNodes(dht.id, options));
  }

  /** To be called when a contact has come into the table. */
  contactAdded(): void {
    for (const isReady of this.#waiting) isReady();
    this.#waiting.clear();
    if (!this.#isJoining) this.#joinAsFirst();
  }

  /** Looks for neighbours no more. */
  close(): void {
    this.#timer?.clear();
  }

  #joinBy(addresses: readonly string[]): void {
    this.#isJoining = true;
    // It ends when somebody has answered, or with the node.
    this.#ground.dht.bootstrap(addresses).catch(() => {});
  }

  /** The first node of a network is found by others, and then looks for neighbours, too. */
  #joinAsFirst(): void {
    this.#isJoining = true;
    this.#ground.host.clock.setTimer(0, () => {
      if (!this.#ground.closing.aborted) this.#joinBy([]);
    });
  }

  #refreshLater(): void {
    this.#timer = this.#ground.host.clock.setTimer(WALK_TIMEOUT_MS, () => {
      this.refresh().catch(() => {});
      this.#refreshLater();
    });
  }
}
