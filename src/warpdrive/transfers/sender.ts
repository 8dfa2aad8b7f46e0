/**
 * The sender of an offer, as its receiver talks to it.
 *
 * @module
 */

import { type Clock, type Host, HostError } from "../../host/mod.ts";
import { pause } from "../../host/timing/mod.ts";
import { type DownloadStream, WarpdriveClient } from "../client/mod.ts";
import type { TransferPoint } from "../files/mod.ts";
import type { OfferState } from "../offers/mod.ts";
import { Attempts } from "./retry.ts";

/** How long a sender may take to confirm. */
const CONFIRM_MS_MAX = 10_000;
/** A sender that has not stored its new offer yet never answers; it is asked again soon. */
const CONFIRM_NEW_MS_MAX = 2000;
const NEW_MS = 15_000;
/** The time between two questions for a hash that is still being made: the sender waits with its answers, too. */
const HASH_PAUSE_MS = 500;
/** How often a sender is notified that everything has arrived, in about a minute; old nodes a third of that. */
const PATIENCE = 9;

/** The sender of one offer. */
export class OfferSender {
  readonly #clock: Clock;
  readonly #client: WarpdriveClient;
  readonly #offer: OfferState;

  constructor(host: Host, offer: OfferState) {
    this.#clock = host.clock;
    this.#client = new WarpdriveClient({ host, peer: { peerId: offer.peer, addresses: offer.addresses } });
    this.#offer = offer;
  }

  /** Asks for the bytes from a point on. */
  async download(from: TransferPoint, signal?: AbortSignal): Promise<DownloadStream> {
    const isNew = this.#clock.now() - this.#offer.createMs < NEW_MS;
    const timeoutMs = isNew ? CONFIRM_NEW_MS_MAX : CONFIRM_MS_MAX;
    return await this.#client.download(this.#offer.id, from, { signal, timeoutMs });
  }

  /** Asks for a hash until the sender has made it; `onWaiting` is called each time it is still at it. */
  async hash(index: number, signal: AbortSignal, onWaiting: () => void): Promise<string> {
    for (;;) {
      const sha256 = await this.#client.fileHash(this.#offer.id, index, { signal });
      if (sha256 !== null) return sha256;
      onWaiting();
      await pause(this.#clock, HASH_PAUSE_MS, signal);
    }
  }

  /**
   * Notifies the sender that everything has arrived until it has noted that. The byte that ends a download has no answer: a
   * sender that was killed, or whose connection broke at that moment, takes the offer for interrupted.
   *
   * @param notTaken the reasons by which it learns what was not stored
   */
  async notifyCompleted(notTaken: () => Promise<readonly string[]>, signal: AbortSignal): Promise<void> {
    const attempts = new Attempts();
    for (let patience = PATIENCE; patience > 0;) {
      try {
        if (await this.#notify("completed", signal)) {
          for (const reason of await notTaken()) await this.#notify(reason, signal);
          return;
        }
        // It may be an old node, or one that was just killed.
        patience -= PATIENCE / 3;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof HostError)) throw error;
        patience--;
      }
      if (patience > 0) await attempts.pause(this.#clock, signal);
    }
  }

  /** Notifies the sender of what became of its offer. Resolves to whether it understands that. */
  async #notify(reason: string, signal: AbortSignal): Promise<boolean> {
    const { id, incoming } = this.#offer;
    return await this.#client.endOffer({ offerId: id, receiver: incoming, reason }, { signal });
  }
}
