/**
 * The JSON documents of warpdrive, with the fields that its Go programs write, in their order.
 *
 * The types are written out because JSR takes no inferred ones; the compiler and a test hold them to the shapes.
 *
 * @module
 */

import {
  jsonArray,
  jsonBool,
  type JsonFields,
  jsonInt,
  jsonInt64,
  type JsonLimits,
  jsonObject,
  type JsonObjectValue,
  jsonOptional,
  type JsonShape,
  jsonString,
  jsonUint32,
} from "../../json/mod.ts";

/** How a SHA-256 is written in documents. */
export const SHA256_FORM = /^[0-9a-f]{64}$/;

/** A known peer. `Mod` is `""` (ask), `"trust"` or `"block"`; nodes store any other text, too. */
export interface Peer {
  Id: string;
  Alias: string;
  Mod: string;
}
/** See {@link Peer}. */
export const Peer: JsonShape<Peer> = jsonObject({ Id: jsonString, Alias: jsonString, Mod: jsonString });

/** Something that a sender left out, and why, as a code; an addition of warpwire. */
export interface LeftOutItem {
  Uri: string;
  Reason: string;
}
/** See {@link LeftOutItem}. */
export const LeftOutItem: JsonShape<LeftOutItem> = jsonObject({ Uri: jsonString, Reason: jsonString });

/** What a sender left out of an offer, and why: how much, and some of it by name; an addition of warpwire. */
export interface LeftOut {
  Count: number;
  Items: LeftOutItem[] | null;
}
/** See {@link LeftOut}. */
export const LeftOut: JsonShape<LeftOut> = jsonObject({ Count: jsonInt64, Items: jsonArray(LeftOutItem) });

/**
 * How many files stayed instead of those of an offer, by how they compare with those; an addition of warpwire.
 * `Unknown` ones could not be compared, because the sender sent no hash.
 */
export interface Kept {
  Same: number;
  Different: number;
  Unknown: number;
}
/** See {@link Kept}. */
export const Kept: JsonShape<Kept> = jsonObject({ Same: jsonInt64, Different: jsonInt64, Unknown: jsonInt64 });

/**
 * One entry of an offer: a file or a directory. `Size` counts bytes; `Perm` is Go's file mode, whose low nine bits are
 * the Unix permissions. `Sha256` is an addition of warpwire that other programs pass over: the hash of a file in 64
 * lower-case hex digits, or `later` where the command `fileHash` returns it.
 */
export interface EntryInfo {
  Uri: string;
  Path: string;
  Size: number;
  IsDir: boolean;
  Perm: number;
  Mime: string;
  Name: string;
  Sha256?: string | undefined;
}

/** The shape of an {@link EntryInfo} with further fields after its own, as a node keeps it. */
export function entryInfo<const F extends JsonFields>(more: F): JsonShape<EntryInfo & JsonObjectValue<F>> {
  return jsonObject({
    Uri: jsonString,
    Path: jsonString,
    Size: jsonInt64,
    IsDir: jsonBool,
    Perm: jsonUint32,
    Mime: jsonString,
    Name: jsonString,
    Sha256: jsonOptional(jsonString),
    ...more,
  }) as JsonShape as JsonShape<EntryInfo & JsonObjectValue<F>>;
}

/**
 * An entry in a list of entries. The first one may have `LeftOut`, which is an addition of warpwire; so is `ModifiedMs`:
 * when a large file was changed last, milliseconds since 1970. It stands for a hash that is not there yet.
 */
export interface Info extends EntryInfo {
  LeftOut?: LeftOut | undefined;
  ModifiedMs?: number | undefined;
}
/** See {@link Info}. */
export const Info: JsonShape<Info> = entryInfo({
  LeftOut: jsonOptional(LeftOut),
  ModifiedMs: jsonOptional(jsonInt64),
});

const statusFields = {
  Id: jsonString,
  In: jsonBool,
  Status: jsonString,
  Index: jsonInt,
  Progress: jsonInt64,
  Update: jsonInt64,
};

/** Why an offer is in its state, as a code; an addition of warpwire, left out if there is none. */
const reasonField = { Reason: jsonOptional(jsonString) };

/**
 * How far an offer is. `Status` is `awaiting`, `accepted`, `updated`, `completed` or `failed`, from warpwire also
 * `rejected` or `cancelled`; `Index` is the entry being copied (-1 before the first) and `Progress` its bytes; `Update`
 * is a Unix time in milliseconds.
 */
export interface OfferStatus {
  Id: string;
  In: boolean;
  Status: string;
  Index: number;
  Progress: number;
  Update: number;
  Reason?: string | undefined;
}
/** See {@link OfferStatus}. */
export const OfferStatus: JsonShape<OfferStatus> = jsonObject({ ...statusFields, ...reasonField });

/** An offer: its status, when it was made (Unix time in milliseconds), whose it is, and its entries. */
export interface Offer extends OfferStatus {
  Create: number;
  Peer: string;
  Files: Info[] | null;
}
/** See {@link Offer}. */
export const Offer: JsonShape<Offer> = jsonObject({
  ...statusFields,
  Create: jsonInt64,
  Peer: jsonString,
  Files: jsonArray(Info),
  ...reasonField,
});

/** All peers; `null` when there are none. */
export const Peers: JsonShape<Peer[] | null> = jsonArray(Peer);
/** All entries of an offer; `null` and `[]` are both used for none. */
export const Files: JsonShape<Info[] | null> = jsonArray(Info);
/** Offers; `null` when there are none. */
export const Offers: JsonShape<Offer[] | null> = jsonArray(Offer);
/** A change of a peer: its id, `alias` or `mod`, and the new text. Go ignores what follows the third item. */
export const PeerUpdate: JsonShape<string[] | null> = jsonArray(jsonString);

/**
 * Bounds on the entries of one offer: with a hash an entry takes about 300 bytes and 17 values and keys, so both leave
 * room for more than 100,000 files.
 */
export const FILES_LIMITS: Partial<JsonLimits> = Object.freeze({ bytesMax: 32 * 1024 * 1024, countMax: 2_000_000 });
/**
 * Bounds on one offer in a list: a node shows its own programs absolute paths instead of the shorter names that its
 * peers get, and names that the disk gets instead of those that a sender chose, which takes twice as many bytes at
 * most.
 */
export const OFFER_LIMITS: Partial<JsonLimits> = Object.freeze({ bytesMax: 65 * 1024 * 1024, countMax: 2_100_000 });
/** Bounds on a list of all offers, which only a client reads, and only from its own node. */
export const OFFERS_LIMITS: Partial<JsonLimits> = Object.freeze({ bytesMax: 256 * 1024 * 1024, countMax: 16_000_000 });

/**
 * An offer without its entries; an addition of warpwire. `Name` is that of the first entry, `Count` the number of
 * entries, `Bytes` the sum of their sizes, `Done` how many of those have been transferred.
 */
export interface Summary extends OfferStatus {
  Create: number;
  Peer: string;
  Name: string;
  Count: number;
  Bytes: number;
  Done: number;
  LeftOut?: LeftOut | undefined;
  Kept?: Kept | undefined;
}
/** See {@link Summary}. */
export const Summary: JsonShape<Summary> = jsonObject({
  ...statusFields,
  Create: jsonInt64,
  Peer: jsonString,
  Name: jsonString,
  Count: jsonInt,
  Bytes: jsonInt64,
  Done: jsonInt64,
  LeftOut: jsonOptional(LeftOut),
  Kept: jsonOptional(Kept),
  ...reasonField,
});
/** Summaries of offers; an addition of warpwire. */
export const Summaries: JsonShape<Summary[] | null> = jsonArray(Summary);
/** What to offer, and the recipient: an id, an alias or the unambiguous beginning of one; an addition of warpwire. */
export interface PathsOffer {
  Peer: string;
  Paths: string[] | null;
}
/** See {@link PathsOffer}. */
export const PathsOffer: JsonShape<PathsOffer> = jsonObject({ Peer: jsonString, Paths: jsonArray(jsonString) });
/** Where the entries of an offer go: the folder and the names below it, one for each entry; an addition of warpwire. */
export interface Targets {
  Folder: string;
  Names: string[] | null;
}
/** See {@link Targets}. */
export const Targets: JsonShape<Targets> = jsonObject({ Folder: jsonString, Names: jsonArray(jsonString) });
