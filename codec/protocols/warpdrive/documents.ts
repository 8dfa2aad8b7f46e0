/**
 * The JSON documents of warpdrive, with the fields that its Go programs write, in their order.
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
  jsonString,
  jsonUint32,
} from "../../json/mod.ts";

/** A known peer. `Mod` is `""` (ask), `"trust"` or `"block"`; nodes store any other text, too. */
export const Peer = jsonObject({ Id: jsonString, Alias: jsonString, Mod: jsonString });
/** See {@link Peer}. */
export type Peer = JsonInfer<typeof Peer>;

/**
 * One entry of an offer: a file or a directory. `Size` counts bytes; `Perm` is Go's file mode, whose low nine bits are
 * the Unix permissions.
 */
export const Info = jsonObject({
  Uri: jsonString,
  Path: jsonString,
  Size: jsonInt64,
  IsDir: jsonBool,
  Perm: jsonUint32,
  Mime: jsonString,
  Name: jsonString,
});
/** See {@link Info}. */
export type Info = JsonInfer<typeof Info>;

const statusFields = {
  Id: jsonString,
  In: jsonBool,
  Status: jsonString,
  Index: jsonInt,
  Progress: jsonInt64,
  Update: jsonInt64,
};

/**
 * How far an offer is. `Status` is `awaiting`, `accepted`, `updated`, `completed` or `failed`; `Index` is the entry
 * being copied (-1 before the first) and `Progress` its bytes; `Update` is a Unix time in milliseconds.
 */
export const OfferStatus = jsonObject(statusFields);
/** See {@link OfferStatus}. */
export type OfferStatus = JsonInfer<typeof OfferStatus>;

/** An offer: its status, when it was made (Unix time in milliseconds), whose it is, and its entries. */
export const Offer = jsonObject({ ...statusFields, Create: jsonInt64, Peer: jsonString, Files: jsonArray(Info) });
/** See {@link Offer}. */
export type Offer = JsonInfer<typeof Offer>;

/** All peers; `null` when there are none. */
export const Peers = jsonArray(Peer);
/** All entries of an offer; `null` and `[]` are both used for none. */
export const Files = jsonArray(Info);
/** Offers; `null` when there are none. */
export const Offers = jsonArray(Offer);
/** A change of a peer: its id, `alias` or `mod`, and the new text. Go ignores what follows the third item. */
export const PeerUpdate = jsonArray(jsonString);
