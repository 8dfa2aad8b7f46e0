/**
 * Sharing files between nodes: the warpdrive service, and a client that talks to it or to an original node.
 *
 * @module
 */

export {
  type CreatedOffer,
  type DialectChoice,
  type DownloadStream,
  type OfferFilter,
  WarpdriveClient,
  warpdriveClient,
  type WarpdriveClientOptions,
} from "./client/mod.ts";
export type { ArgsOf, CallName, EventOf, ListenName, ReplyOf } from "./client/mod.ts";
export { WARPDRIVE_ERROR_CODES, WarpdriveError, type WarpdriveErrorCode } from "./error.ts";
export { type CollisionPolicy, FILES_ERROR_CODES, FilesError, type FilesErrorCode } from "./files/mod.ts";
export {
  OFFER_LIMITS,
  type OfferEvent,
  type OfferLimits,
  type OfferStage,
  type OfferState,
  type StoredFile,
} from "./offers/mod.ts";
export type { AcceptPolicy } from "./session/mod.ts";
export { type KnownPeer, PeerBook, type PeerChange, type PeerRule } from "./peer-book.ts";
export {
  type ServiceOffers,
  type ServicePeers,
  type WarpdriveService,
  warpdriveService,
  type WarpdriveServiceOptions,
} from "./service.ts";
