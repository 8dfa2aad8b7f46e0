/**
 * Offers and transfers for commands: the node that they talk to, and how it is shown to people.
 *
 * @module
 */

export { acceptanceText, acceptOffer } from "./accept-offer.ts";
export { useWarpdrive, type Warpdrive, WARPDRIVE_COMMAND_OPTIONS, withWarpdrive } from "./warpdrive-connection.ts";
export { filterOf, offerKeyOf } from "./warpdrive-node.ts";
export { offerJson, offerRows, offerText, statusText } from "./offer-text.ts";
export { findOffer, peerJson, shortened } from "./peer-names.ts";
export { followOffers, OfferReport, watchOffers } from "./watch-offers.ts";
