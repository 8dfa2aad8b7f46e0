/**
 * The book of peers in a running service: read by the local service for its names, and by its link for addresses.
 *
 * @module
 */

import { isIdentity } from "../../../codec/protocols/astral/mod.ts";
import type { Contacts } from "../../astral/mod.ts";
import type { PeerInfo } from "../../host/mod.ts";
import type { LinkHost } from "../../host/link/mod.ts";
import type { Store } from "../../store/mod.ts";
import { PeerBook } from "../../warpdrive/mod.ts";
import type { Log } from "./log.ts";
import type { PeerText } from "./peer-text.ts";

/**
 * Opens the book and puts peers into it. A name that another peer has goes to the one that is named now.
 *
 * @throws StoreError; WarpdriveError `limit`
 */
export async function openPeerBook(store: Store, peers: readonly PeerText[], log: Log): Promise<PeerBook> {
  const book = new PeerBook(store);
  await book.open();
  for (const { name, identity, addresses } of peers) {
    for (const other of book.list().filter(({ id, alias }) => name !== "" && alias === name && id !== identity)) {
      log({ type: "warning", message: `The name "${name}" was that of ${other.id}, and is now that of ${identity}` });
      await book.update(other.id, { alias: "" });
    }
    await book.update(identity, {
      ...(name === "" ? {} : { alias: name }),
      ...(addresses.length === 0 ? {} : { addresses }),
    });
  }
  return book;
}

/** The peers whose addresses are known. */
export function peersWithAddresses(book: PeerBook): PeerInfo[] {
  return book.list()
    .filter(({ id, addresses }) => isIdentity(id) && addresses.length > 0)
    .map(({ id: peerId, addresses }) => ({ peerId, addresses }));
}

/** The names in the book, for the local service. */
export function contactsOf(book: PeerBook): Contacts {
  return {
    identities: () => book.list().map(({ id }) => id),
    identityOf: (name) => book.named(name),
    nameOf: (identity) => book.alias(identity),
    setName: (identity, alias) => book.update(identity, { alias }),
  };
}

/** Passes addresses of peers that are added later to the link; returns what ends that. */
export function followPeers(book: PeerBook, link: LinkHost): () => Promise<void> {
  const ending = new AbortController();
  const following = (async () => {
    for await (const { id, addresses } of book.events.subscribe(ending.signal)) {
      if (isIdentity(id) && addresses.length > 0) link.remember({ peerId: id, addresses });
    }
  })();
  return async () => {
    ending.abort();
    await following;
  };
}
