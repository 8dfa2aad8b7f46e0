/**
 * Asks a warpdrive node for things: one's own, to see and steer what it does, or a peer's, to offer and fetch files.
 * It runs in pages, too.
 *
 * @module
 */

export { ClientSession } from "./client-session.ts";
export {
  type CreatedOffer,
  type DialectChoice,
  type DownloadStream,
  type OfferFilter,
  WarpdriveClient,
  warpdriveClient,
  type WarpdriveClientOptions,
} from "./client.ts";
export type { ArgsOf, CallName, EventOf, ListenName, ReplyOf } from "./client-session.ts";
export { SessionReader } from "./session-reader.ts";
export { WARPDRIVE_ERROR_CODES, WarpdriveError, type WarpdriveErrorCode } from "../error.ts";
