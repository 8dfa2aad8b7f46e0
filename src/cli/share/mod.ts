/**
 * `share` and `receive`: a folder, an address with a code, and no service.
 *
 * @module
 */

export { FetchReport } from "./fetch-report.ts";
export {
  addressesNote,
  formatShareAddress,
  newShareCode,
  parseShareAddress,
  sharedAddresses,
  shareListen,
} from "./share-address.ts";
export {
  type FetchEvent,
  fetchShare,
  isPassing,
  listShare,
  planShare,
  type Share,
  type ShareList,
} from "./share-fetch.ts";
export { checkNotAllLost, namedLost, reportLost } from "./share-lost.ts";
export { sharePort } from "./share-port.ts";
export { confirmed, hiddenNames, isHidden, namesText, reviewText, rootOf, withoutHidden } from "./share-review.ts";
export { serveShare, type ShareEvent } from "./share-server.ts";
