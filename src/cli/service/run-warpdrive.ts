/**
 * The warpdrive service of a local service.
 *
 * @module
 */

import type { Host } from "../../host/mod.ts";
import type { Store } from "../../store/mod.ts";
import { reasonOf } from "../../coded-error.ts";
import { type OfferState, type PeerBook, warpdriveService } from "../../warpdrive/mod.ts";
import type { WarpdriveConfig } from "./warpdrive-config.ts";
import { allLeftOut } from "../../warpdrive/offers/mod.ts";
import { keptJson, leftOutJson } from "../terminal/mod.ts";
import type { Log } from "./log.ts";

/** Where a warpdrive service works. */
export interface WarpdriveParts {
  readonly host: Host;
  readonly store: Store;
  readonly peers: PeerBook;
  readonly config: WarpdriveConfig;
  readonly log: Log;
}

/**
 * Starts a warpdrive service; returns what stops it. The log shows offers whose stage changes.
 */
export async function startWarpdrive(
  { host, store, peers, config, log }: WarpdriveParts,
): Promise<() => Promise<void>> {
  const service = warpdriveService({
    ...{ host, store, peers, ...config },
    // The host proves who asks: a program without a token is nobody, and may do nothing.
    isLocal: ({ peerId }) => peerId === host.peerId,
    onError: (error, peer) =>
      log({
        ...{ type: "warning", message: `warpdrive: ${error instanceof Error ? error.message : error}` },
        ...{ code: reasonOf(error), ...(peer !== undefined && { peer }) },
      }),
  });
  await service.start();
  const ending = new AbortController();
  const logged = logOffers(service.offers.events(ending.signal), log);
  return async () => {
    ending.abort();
    await logged;
    await service.stop();
  };
}

/** The stages of offers that somebody, or a rule, has accepted. */
const TAKEN: ReadonlySet<string> = new Set(["accepted", "updated", "completed"]);

async function logOffers(events: AsyncIterable<{ readonly offer: OfferState }>, log: Log): Promise<void> {
  /** The last stage logged of each offer that is not over; those that are over need not be remembered. */
  const told = new Map<string, string>();
  for await (const { offer } of events) {
    const { key, id, peer, incoming, stage, reason, name, count, bytes, kept } = offer;
    const leftOut = allLeftOut(offer);
    // A receiver reports what it has not stored when its offer is complete.
    const state = `${stage} ${reason} ${leftOut?.Count ?? 0}`;
    const before = told.get(key);
    if (stage === "updated" || before === state) continue;
    if (stage === "awaiting" || stage === "accepted") told.set(key, state);
    else told.delete(key);
    const left = leftOut === undefined ? {} : { leftOut: leftOutJson(leftOut) };
    // Those who stop an offer here give no other reason than the stage; those at the other end do.
    const taken = !incoming || before !== undefined && !before.startsWith("awaiting") || TAKEN.has(stage) ||
      reason === stage;
    const stayed = kept === undefined ? {} : { kept: keptJson(kept) };
    log({ type: "offer", id, peer, incoming, stage, reason, name, count, bytes, taken, ...left, ...stayed });
  }
}
