/**
 * Sessions: a peer's commands and their answers.
 *
 * @module
 */

export { type NodeParts, targetsOf } from "./handlers.ts";
export { type AcceptPolicy, OfferExchange } from "./offer-exchange.ts";
export { type Exchange, type Handlers, serveSession } from "./session.ts";
export { Sessions } from "./sessions.ts";
