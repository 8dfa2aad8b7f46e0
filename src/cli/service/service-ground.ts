/**
 * What every service stands on: a data folder of its own, the store and the book of peers in it, and a log.
 *
 * @module
 */

import { openStore, type Store } from "../../store/mod.ts";
import type { PeerBook } from "../../warpdrive/mod.ts";
import { prepareFolder } from "./data-folder.ts";
import type { Log, LogOpener } from "./log.ts";
import type { GroundConfig } from "./service-config.ts";
import { type Claim, claimFolder } from "./service-file.ts";
import { openPeerBook } from "./service-peers.ts";

/** What a service stands on. */
export interface ServiceGround {
  readonly log: Log;
  /** Whether a peer is in the book, and not blocked. */
  readonly isKnown: (peerId: string) => boolean;
  readonly claim: Claim;
  readonly store: Store;
  readonly book: PeerBook;
  /** What is to be done at the end, the last first. */
  readonly undo: (() => Promise<void> | void)[];
}

/**
 * Starts a service on the ground that every service has. If that fails, everything is undone.
 *
 * @throws ServiceError `running`, `folder`; StoreError `locked`, `io`; what `begin` throws
 */
export async function onGround<T extends object>(
  { folder, peers }: GroundConfig,
  openLog: LogOpener,
  begin: (ground: ServiceGround) => Promise<T>,
): Promise<T & AsyncDisposable> {
  const undo: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  let open: PeerBook | null = null;
  const isKnown = (peerId: string) => open !== null && open.knows(peerId) && open.rule(peerId) !== "block";
  const { log, end } = openLog(isKnown);
  undo.push(end);
  try {
    await prepareFolder(folder);
    const claim = await claimFolder(folder);
    undo.push(claim.release);
    const store = await openStoreIn(folder.path, log);
    undo.push(() => store.close());
    const book = open = await openPeerBook(store, peers, log);
    return { ...await begin({ log, isKnown, claim, store, book, undo }), [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function openStoreIn(folder: string, log: Log): Promise<Store> {
  return openStore({
    folder,
    onDamage: ({ message, setAside }) =>
      log({ type: "warning", message: setAside === "" ? message : `${message}; it was put into ${setAside}` }),
    onTrouble: (error) =>
      log({
        type: "warning",
        severe: error !== null,
        message: error === null
          ? "Changes are stored again"
          : `${error.message}; until there is room again, new offers and changes are lost when the service stops`,
      }),
  });
}
