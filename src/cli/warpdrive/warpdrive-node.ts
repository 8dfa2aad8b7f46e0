/**
 * A warpdrive node as the commands of people need it: a service of ours, or an original program without our additions.
 *
 * @module
 */

import {
  FILTERS,
  type Offer,
  type OfferStatus,
  type Peer,
  type Summary,
  type Targets,
} from "../../../codec/protocols/warpdrive/mod.ts";
import { type CreatedOffer, type OfferFilter, type WarpdriveClient, WarpdriveError } from "../../warpdrive/mod.ts";
import { EventHub } from "../../event-hub.ts";
import { listName } from "../../warpdrive/offers/mod.ts";

/** What is done with a node. */
export interface WarpdriveNode {
  /** Whether it has the additions; without them some things cannot be done: `unsupported`. */
  readonly extended: boolean;
  peers(): Promise<Peer[]>;
  setPeer(peerId: string, attribute: "alias" | "mod" | "addresses", value: string): Promise<void>;
  offers(filter: OfferFilter): Promise<Summary[]>;
  /** All offers as they are, and then every one that is new or changes, until the signal fires or the loop is left. */
  watch(filter: OfferFilter, signal: AbortSignal): AsyncIterable<Summary>;
  /** Offers absolute paths to a peer; an original node makes an offer of each. */
  send(peerId: string, paths: readonly string[]): Promise<CreatedOffer[]>;
  /** Accepts an offer. Resolves to whether it waits for its turn. */
  accept(offer: Summary): Promise<boolean>;
  /** Rejects an offer that waits, or cancels one that is not over. */
  stop(offer: Summary): Promise<void>;
  /** Where the files of an incoming offer go; `null` from an original node. */
  targets(offer: Summary): Promise<Targets | null>;
}

/** Finds out what a node can do. */
export async function warpdriveNode(client: WarpdriveClient): Promise<WarpdriveNode> {
  return await client.extensions() > 0 ? extendedNode(client) : originalNode(client);
}

/** Identifies an offer among those of a node. */
export function offerKeyOf({ In, Peer, Id }: Pick<Summary, "In" | "Peer" | "Id">): string {
  return JSON.stringify([In, Peer, Id]);
}

function extendedNode(client: WarpdriveClient): WarpdriveNode {
  return {
    extended: true,
    ...peersOf(client),
    offers: (filter) => client.listSummaries(filter),
    watch: (filter, signal) => client.watchOffers(filter, { signal }),
    send: async (peerId, paths) => [await client.offerPaths(peerId, paths)],
    accept: async ({ Peer, Id }) => (await client.acceptFrom(Peer, Id)).waiting,
    stop: ({ In, Peer, Id }) => client.stopOffer({ incoming: In, peerId: Peer, offerId: Id }),
    targets: ({ Peer, Id }) => client.offerTargets(Peer, Id),
  };
}

function originalNode(client: WarpdriveClient): WarpdriveNode {
  return {
    extended: false,
    ...peersOf(client),
    offers: async (filter) => (await client.listOffers(filter)).map(summaryOf),
    watch: (filter, signal) => watchOriginal(client, filter, signal),
    send: async (peerId, paths) => {
      const created: CreatedOffer[] = [];
      for (const path of paths) created.push(await client.createOffer(peerId, path));
      return created;
    },
    accept: async ({ Id }) => {
      await client.acceptOffer(Id);
      return false;
    },
    stop: () =>
      Promise.reject(new WarpdriveError("unsupported", "Cannot end an offer: an original node has no command for it")),
    targets: () => Promise.resolve(null),
  };
}

function peersOf(client: WarpdriveClient): Pick<WarpdriveNode, "peers" | "setPeer"> {
  return {
    peers: () => client.listPeers(),
    setPeer: (peerId, attribute, value) => client.updatePeer(peerId, attribute, value),
  };
}

/** Combines what an original node reports in three ways: the list, new offers, changes. */
async function* watchOriginal(
  client: WarpdriveClient,
  filter: OfferFilter,
  signal: AbortSignal,
): AsyncGenerator<Summary, void, undefined> {
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  const feed = new EventHub<Summary>();
  const offers = new Map<string, Offer>();
  const put = (offer: Offer) => {
    offers.set(idKey(offer), offer);
    feed.publish(idKey(offer), summaryOf(offer));
  };
  const change = async (status: OfferStatus) => {
    // The news of an offer may come after that of its change.
    const before = offers.get(idKey(status)) ??
      (await client.listOffers(filter, { signal: both })).find((offer) => idKey(offer) === idKey(status));
    if (before !== undefined) put({ ...before, ...status });
  };
  const news = feed.subscribe(both);
  let failure: unknown;
  const run = (work: () => Promise<void>) => work().catch((error) => failure ??= error).finally(() => ending.abort());
  const listening = [
    run(async () => {
      for await (const offer of client.listenOffers(filter, { signal: both })) put(offer);
    }),
    run(async () => {
      for await (const status of client.listenStatus(filter, { signal: both })) await change(status);
    }),
  ];
  try {
    for (const offer of await client.listOffers(filter, { signal })) put(offer);
    yield* news;
  } finally {
    ending.abort();
    await Promise.all(listening);
  }
  if (failure !== undefined && !signal.aborted) throw failure;
}

/** The changes of an original node do not say whose offer it is. */
function idKey({ In, Id }: { readonly In: boolean; readonly Id: string }): string {
  return JSON.stringify([In, Id]);
}

/** An offer without its entries; how much is done follows from where it is. */
function summaryOf({ Files, ...offer }: Offer): Summary {
  const files = Files ?? [];
  const sizes = files.map(({ Size, IsDir }) => IsDir ? 0 : Size);
  const sum = (to: number) => sizes.slice(0, to).reduce((total, size) => total + size, 0);
  const bytes = sum(sizes.length);
  const reached = sum(Math.max(0, offer.Index)) + Math.max(0, offer.Progress);
  return {
    ...offer,
    // Of one's own offers an original node has absolute paths only.
    Name: offer.In ? listName(files) : files[0]?.Name ?? "",
    Count: files.length,
    Bytes: bytes,
    Done: offer.Status === "completed" ? bytes : Math.min(bytes, offer.Status === "awaiting" ? 0 : reached),
  };
}

/** The names of filters for a direction. */
export function filterOf(incoming: boolean): keyof typeof FILTERS {
  return incoming ? "incoming" : "outgoing";
}
