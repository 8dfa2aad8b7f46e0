/**
 * What carries the events of a node: Quasar among its contacts.
 *
 * @module
 */

import { type KademliaOverlay, kademliaOverlay, type Quasar, quasar, type QuasarOptions } from "../../quasar/mod.ts";
import type { Ground } from "../ground.ts";
import type { Carrier } from "./topics.ts";

/** Quasar among the contacts of a node. */
export class QuasarCarrier implements Carrier {
  readonly quasar: Quasar;
  readonly #ground: Ground;
  readonly #overlay: KademliaOverlay;

  /** @throws RangeError for options that make no filters */
  constructor(ground: Ground, options: Pick<QuasarOptions, "depth" | "received">) {
    const { host: { clock, random }, rpc, dht, limits: { topics }, tell } = ground;
    this.#ground = ground;
    this.#overlay = kademliaOverlay(dht, { clock });
    const parts = { overlay: this.#overlay, rpc, clock, random, limits: { topics }, onEvent: tell };
    this.quasar = quasar({ ...parts, ...options });
  }

  get isAlone(): boolean {
    const { dht } = this.#ground;
    return dht.closest(dht.id, 1).length === 0;
  }

  /** A contact has come, or is gone. */
  contactsChanged(): void {
    this.#overlay.changed();
  }

  async close(): Promise<void> {
    this.#overlay.close();
    await this.quasar.close();
  }
}
