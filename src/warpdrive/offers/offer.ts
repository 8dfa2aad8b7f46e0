/**
 * Offers as the service keeps them, and the documents made of them.
 *
 * @module
 */

import {
  jsonArray,
  jsonBool,
  type JsonInfer,
  jsonInt,
  jsonInt64,
  jsonObject,
  jsonOptional,
  jsonString,
} from "../../../codec/json/mod.ts";
import { Kept, LeftOut, type Offer, type OfferStatus, type Summary } from "../../../codec/protocols/warpdrive/mod.ts";
import { allLeftOut } from "./left-out.ts";
import { shortened } from "./offer-texts.ts";
import { listedInfo, type StoredFile } from "./offered-file.ts";

/**
 * What an offer goes through. The first five are those of the original programs; `rejected` and `cancelled` are the
 * ends that somebody chose.
 */
export type OfferStage = "awaiting" | "accepted" | "updated" | "completed" | "failed" | "rejected" | "cancelled";

/** An offer, without its entries. */
export interface OfferState {
  /** Identifies it among all offers of this node: direction, peer and id. */
  readonly key: string;
  /** The sender's id for it: 0 to 255 bytes of any text. */
  readonly id: string;
  /** The other side. */
  readonly peer: string;
  /** Whether it came to this node. */
  readonly incoming: boolean;
  readonly stage: OfferStage;
  /** The entry that is being copied, -1 before the first, the number of entries after the last. */
  readonly index: number;
  /** Bytes of that entry that are done. */
  readonly progress: number;
  /** Bytes of all entries that are done. */
  readonly done: number;
  /** When it was made and changed last: milliseconds since 1970. */
  readonly createMs: number;
  readonly updateMs: number;
  /** Why it is in this stage: the code of an error, or of the other side; empty for no reason. */
  readonly reason: string;
  /**
   * What it is called: the path of its only entry, or a name of the first level; of incoming ones as the disk gets it.
   */
  readonly name: string;
  /** How many entries there are, and the sum of their sizes. */
  readonly count: number;
  readonly bytes: number;
  /** What it is called in the offer, where that is another name. */
  readonly offeredName?: string | undefined;
  /** What its sender left out, if anything. */
  readonly leftOut?: LeftOut | undefined;
  /** What the receiver's disk did not take of it, if anything. */
  readonly notTaken?: LeftOut | undefined;
  /** How many files of the receiver stayed instead of those of the offer, if any. */
  readonly kept?: Kept | undefined;
  /** Encoded size of its entries in the store, in bytes. */
  readonly listBytes: number;
  /** Where the peer said it can be found. */
  readonly addresses: readonly string[];
}

/** What an entry takes in the store, about: for offers of versions that did not note it. */
const ENTRY_BYTES = 300;
/** The stages that nothing follows unless somebody asks for it. */
const ENDED: ReadonlySet<OfferStage> = new Set(["completed", "failed", "rejected", "cancelled"]);
const RUNNING: ReadonlySet<OfferStage> = new Set(["accepted", "updated"]);

/** Whether an offer is over. */
export function isEnded({ stage }: Pick<OfferState, "stage">): boolean {
  return ENDED.has(stage);
}

/** Whether an offer was accepted and is not over. */
export function isRunning({ stage }: Pick<OfferState, "stage">): boolean {
  return RUNNING.has(stage);
}

/** The key of an offer. Different offers have different keys, whatever their ids contain. */
export function offerKey(incoming: boolean, peer: string, id: string): string {
  return `${incoming ? "in" : "out"} ${peer.length} ${peer} ${id}`;
}

/** The stored form of {@link OfferState}. */
export const StoredOffer = jsonObject({
  id: jsonString,
  peer: jsonString,
  incoming: jsonBool,
  stage: jsonString,
  index: jsonInt,
  progress: jsonInt64,
  done: jsonInt64,
  createMs: jsonInt64,
  updateMs: jsonInt64,
  reason: jsonString,
  name: jsonString,
  count: jsonInt,
  bytes: jsonInt64,
  listBytes: jsonOptional(jsonInt64),
  addresses: jsonArray(jsonString),
  leftOut: jsonOptional(LeftOut),
  offeredName: jsonOptional(jsonString),
  notTaken: jsonOptional(LeftOut),
  kept: jsonOptional(Kept),
});

/** An offer out of the store. */
export function fromStored(stored: JsonInfer<typeof StoredOffer>): OfferState {
  const { stage, addresses, ...rest } = stored;
  return {
    ...rest,
    name: shortened(stored.name),
    listBytes: stored.listBytes ?? ENTRY_BYTES * stored.count,
    key: offerKey(stored.incoming, stored.peer, stored.id),
    stage: stage as OfferStage,
    addresses: addresses ?? [],
  };
}

/** An offer for the store. */
export function toStored({ key: _, ...state }: OfferState): JsonInfer<typeof StoredOffer> {
  return { ...state, addresses: [...state.addresses] };
}

/** The status of an offer as a document. */
export function statusDocument(state: OfferState): OfferStatus {
  return {
    Id: state.id,
    In: state.incoming,
    Status: state.stage,
    Index: state.index,
    Progress: state.progress,
    Update: state.updateMs,
    ...(state.reason !== "" && { Reason: state.reason }),
  };
}

/** An offer with its entries as a document; `null` means no entries. */
export function offerDocument(state: OfferState, files: readonly StoredFile[] | null): Offer {
  return {
    ...statusDocument(state),
    Create: state.createMs,
    Peer: state.peer,
    Files: files === null ? null : files.map((file) => listedInfo(file, state.incoming)),
  };
}

/** An offer without its entries as a document. */
export function summaryDocument(state: OfferState): Summary {
  const { createMs, peer, name, count, bytes, done, kept } = state;
  const leftOut = allLeftOut(state);
  return {
    ...statusDocument(state),
    ...{ Create: createMs, Peer: peer, Name: name, Count: count, Bytes: bytes, Done: done },
    ...(leftOut !== undefined && { LeftOut: leftOut }),
    ...(kept !== undefined && { Kept: kept }),
  };
}
