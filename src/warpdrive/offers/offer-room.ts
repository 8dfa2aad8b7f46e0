/**
 * How much room each peer may take in the book of offers, and which offers are evicted for new ones.
 *
 * @module
 */

import { WarpdriveError } from "../error.ts";
import { isEnded, isRunning, type OfferState } from "./offer.ts";

/** How many offers there may be, and how large. */
export interface OfferLimits {
  /** Offers of one peer that came to this node and are not over. Default 100. */
  readonly offersPerPeerMax: number;
  /** Offers in all, but for those of strangers that were never begun. Default 2,000. */
  readonly offersMax: number;
  /** Entries of one offer. Default 100,000. */
  readonly entriesMax: number;
  /**
   * Entries of all offers that {@link offersMax} counts. Default 750,000: with those of strangers a list can be read.
   */
  readonly entriesTotalMax: number;
  /** Encoded size of the entries of one offer in bytes. Default 32 MiB, the most that the protocol's document holds. */
  readonly bytesMax: number;
  /**
   * Encoded size of all open offers of one peer in bytes. Default 64 MiB; half of {@link strangersBytesMax} for
   * strangers.
   */
  readonly bytesPerPeerMax: number;
  /** Encoded size of all offers that {@link offersMax} counts. Default 160 MiB: a list of all must fit into 256 MiB. */
  readonly bytesTotalMax: number;
  /** Offers of all strangers together that were never begun; at most {@link offersMax}. Default 500. */
  readonly strangersOffersMax: number;
  /** Their entries. Default 150,000: the largest offer of one, and some of others. */
  readonly strangersEntriesMax: number;
  /** Their encoded size in bytes. Default 64 MiB: the largest offers of two of them. */
  readonly strangersBytesMax: number;
}

const MIB = 1024 * 1024;

/** The limits that hold unless others are given. */
export const OFFER_LIMITS: OfferLimits = Object.freeze({
  offersPerPeerMax: 100,
  offersMax: 2000,
  entriesMax: 100_000,
  entriesTotalMax: 750_000,
  bytesMax: 32 * MIB,
  bytesPerPeerMax: 64 * MIB,
  bytesTotalMax: 160 * MIB,
  strangersOffersMax: 500,
  strangersEntriesMax: 150_000,
  strangersBytesMax: 64 * MIB,
});

/** Whether nobody has ever named a peer. */
export type IsStranger = (peer: string) => boolean;

/** What is to be added. */
export type NewRoom = Pick<OfferState, "incoming" | "peer" | "stage" | "index" | "count" | "listBytes">;

/** Room that offers take, or may take. */
interface Room {
  offers: number;
  entries: number;
  bytes: number;
}

/**
 * Chooses the offers that are evicted for a new one.
 *
 * There are two shelves. What strangers have offered and nobody has begun to fetch is on one of its own: however many
 * they send, they take room from each other only, those first who take most. On the other shelf, what is over and
 * cannot be resumed makes room, of strangers first and then of the peer who takes most. What can be resumed, and what
 * waits, makes room for nobody else's offers.
 *
 * @throws WarpdriveError `limit`
 */
export function makeRoom(
  offer: NewRoom,
  offers: readonly OfferState[],
  limits: OfferLimits,
  isStranger: IsStranger,
): OfferState[] {
  checkSize(offer, limits);
  const unbegun = isUnbegun(offer, isStranger);
  const shelf = offers.filter((one) => isUnbegun(one, isStranger) === unbegun);
  const max: Room = unbegun
    ? {
      offers: Math.min(limits.strangersOffersMax, limits.offersMax),
      entries: Math.min(limits.strangersEntriesMax, limits.entriesTotalMax),
      bytes: limits.strangersBytesMax,
    }
    : { offers: limits.offersMax, entries: limits.entriesTotalMax, bytes: limits.bytesTotalMax };
  const removed = new Set<OfferState>();
  if (offer.incoming) keepShare(offer, offers, shelf, limits, unbegun, removed);
  const left = roomOf([offer, ...shelf.filter((one) => !removed.has(one))]);
  const ranks = unbegun ? strangersRanks(shelf) : ranksFor(offer, shelf, isStranger);
  while (left.offers > max.offers || left.entries > max.entries || left.bytes > max.bytes) {
    const by = left.offers > max.offers ? "offers" : left.entries > max.entries ? "entries" : "bytes";
    const next = leastWelcome(ranks, removed, by);
    if (next === undefined) throw new WarpdriveError("limit", "Cannot add an offer: there are too many already");
    removed.add(next);
    left.offers--;
    left.entries -= next.count;
    left.bytes -= next.listBytes;
  }
  return [...removed];
}

/** Whether an offer is one of a stranger of which nothing was ever fetched. */
function isUnbegun(offer: NewRoom | OfferState, isStranger: IsStranger): boolean {
  return offer.incoming && offer.index < 0 && !isRunning(offer) && isStranger(offer.peer);
}

/** Whether the rest of an offer can still be fetched, here or by the peer. */
function isResumable({ stage, incoming, index }: OfferState): boolean {
  return stage === "failed" && (!incoming || index >= 0);
}

function checkSize({ count, listBytes }: NewRoom, { entriesMax, bytesMax }: OfferLimits): void {
  if (count > entriesMax) throw new WarpdriveError("limit", `Cannot add an offer of ${count} entries`);
  if (listBytes > bytesMax) throw new WarpdriveError("limit", `Cannot add an offer whose list has ${listBytes} bytes`);
}

/** Keeps a peer within its share: too many open offers are refused, and older ones that are over make room. */
function keepShare(
  offer: NewRoom,
  offers: readonly OfferState[],
  shelf: readonly OfferState[],
  limits: OfferLimits,
  unbegun: boolean,
  removed: Set<OfferState>,
): void {
  const { offersPerPeerMax, bytesPerPeerMax, strangersBytesMax } = limits;
  const open = offers.filter((one) => one.incoming && one.peer === offer.peer && !isEnded(one));
  if (open.length >= offersPerPeerMax) {
    throw new WarpdriveError("limit", `Cannot add an offer: ${open.length} of this peer wait already`);
  }
  const bytesMax = unbegun ? Math.min(bytesPerPeerMax, strangersBytesMax / 2) : bytesPerPeerMax;
  const openBytes = roomOf([offer, ...open]).bytes;
  if (openBytes > bytesMax) {
    throw new WarpdriveError("limit", `Cannot add an offer: the lists of this peer would have ${openBytes} bytes`);
  }
  if (!unbegun) return;
  const own = shelf.filter(({ peer }) => peer === offer.peer);
  const share = roomOf([offer, ...own]);
  for (const one of oldestFirst(own.filter(isEnded))) {
    if (share.offers <= offersPerPeerMax && share.bytes <= bytesMax) return;
    removed.add(one);
    share.offers--;
    share.bytes -= one.listBytes;
  }
}

/** Those that make room for a stranger's new offer: others of strangers, what is over first. */
function strangersRanks(shelf: readonly OfferState[]): OfferState[][] {
  return [oldestFirst(shelf.filter(isEnded)), shelf.filter(({ stage }) => stage === "awaiting")];
}

/** Those that make room for any other new offer, the first rank first. */
function ranksFor(offer: NewRoom, shelf: readonly OfferState[], isStranger: IsStranger): OfferState[][] {
  const over = oldestFirst(shelf.filter(isEnded));
  const ofStranger = ({ incoming, peer }: NewRoom | OfferState) => incoming && isStranger(peer);
  const past = over.filter((one) => !isResumable(one));
  const strangers = past.filter(ofStranger);
  // Of its own offers a peer may lose also those that could be resumed; so may the person whose node this is.
  const own = over.filter((one) => isResumable(one) && (!offer.incoming || one.incoming && one.peer === offer.peer));
  if (ofStranger(offer)) return [strangers, own];
  return [strangers, past.filter((one) => !ofStranger(one)), own];
}

/** The first offer of the first rank that has any, of the peer who takes most there. */
function leastWelcome(
  ranks: readonly (readonly OfferState[])[],
  removed: ReadonlySet<OfferState>,
  by: keyof Room,
): OfferState | undefined {
  for (const rank of ranks) {
    const left = rank.filter((one) => !removed.has(one));
    const taken = new Map<string, number>();
    for (const one of left) taken.set(takerOf(one), (taken.get(takerOf(one)) ?? 0) + roomOf([one])[by]);
    let found: OfferState | undefined;
    const takenBy = (one: OfferState | undefined) => one === undefined ? -1 : taken.get(takerOf(one))!;
    for (const one of left) if (takenBy(one) > takenBy(found)) found = one;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Who takes the room of an offer: the peer it came from, or this node. */
function takerOf({ incoming, peer }: OfferState): string {
  return incoming ? peer : "";
}

function roomOf(offers: readonly (NewRoom | OfferState)[]): Room {
  const room: Room = { offers: offers.length, entries: 0, bytes: 0 };
  for (const { count, listBytes } of offers) {
    room.entries += count;
    room.bytes += listBytes;
  }
  return room;
}

function oldestFirst(offers: readonly OfferState[]): OfferState[] {
  return [...offers].sort((a, b) => a.updateMs - b.updateMs);
}
