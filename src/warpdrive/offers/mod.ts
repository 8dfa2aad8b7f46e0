/**
 * Offers: what they contain, where they are kept, and the room that they may take.
 *
 * @module
 */

export { allLeftOut, leftOutOf, takeLeftOut, withLeftOut } from "./left-out.ts";
export { keptOf, notTakenOf, notTakenReasons, parseNotTakenReason } from "./not-taken.ts";
export { OfferBook, type OfferChange, type OfferEvent, UNDELIVERED } from "./offer-book.ts";
export { OFFER_LIMITS, type OfferLimits } from "./offer-room.ts";
export { checkTexts, listName } from "./offer-texts.ts";
export {
  isEnded,
  isRunning,
  offerDocument,
  offerKey,
  type OfferStage,
  type OfferState,
  statusDocument,
  summaryDocument,
} from "./offer.ts";
export { fileEntry, offeredEntry, sentInfo, type StoredFile, storedFile } from "./offered-file.ts";
