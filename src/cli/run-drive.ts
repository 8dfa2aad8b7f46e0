/**
 * The warpdrive service of a local service.
 *
 * @module
 */

import type { Host } from "../host/host.ts";
import { openStore } from "../store/mod.ts";
import { type OfferState, warpdriveService } from "../warpdrive/mod.ts";
import type { DriveConfig } from "./drive-config.ts";
import type { Log } from "./log.ts";

/** Where a warpdrive service works. */
export interface DriveParts {
  readonly host: Host;
  /** The data folder, in which its store is. */
  readonly folder: string;
  readonly config: DriveConfig;
  readonly log: Log;
}

/**
 * Starts a warpdrive service; returns what stops it. The log tells of offers whose stage changes.
 *
 * @throws StoreError `locked`, `io`
 */
export async function startDrive({ host, folder, config, log }: DriveParts): Promise<() => Promise<void>> {
  const warn = (message: string) => log({ type: "warning", message });
  const store = await openStore({
    folder,
    onDamage: ({ message, setAside }) => warn(`${message}; it was put into ${setAside}`),
  });
  const service = warpdriveService({
    ...{ host, store, ...config },
    // The host proves who asks: a program without a token is nobody, and may do nothing.
    isLocal: ({ peerId }) => peerId === host.peerId,
    onError: (error) => warn(`warpdrive: ${error instanceof Error ? error.message : error}`),
  });
  const stop = async () => {
    await service.stop();
    await store.close();
  };
  try {
    await service.start();
  } catch (error) {
    await stop();
    throw error;
  }
  const ending = new AbortController();
  const logged = logOffers(service.offers.events(ending.signal), log);
  return async () => {
    ending.abort();
    await logged;
    await stop();
  };
}

async function logOffers(events: AsyncIterable<{ readonly offer: OfferState }>, log: Log): Promise<void> {
  /** The last stage told of each offer that is not over; those that are over need not be remembered. */
  const told = new Map<string, string>();
  for await (const { offer } of events) {
    const { key, id, peer, incoming, stage, reason, name, count, bytes } = offer;
    const state = `${stage} ${reason}`;
    if (stage === "updated" || told.get(key) === state) continue;
    if (stage === "awaiting" || stage === "accepted") told.set(key, state);
    else told.delete(key);
    log({ type: "offer", id, peer, incoming, stage, reason, name, count, bytes });
  }
}
