/**
 * Commands that ask the local service.
 *
 * @module
 */

export { cancelCommand, rejectCommand } from "./end-offer.ts";
export { getCommand } from "./get.ts";
export { inCommand, outCommand, watchCommand } from "./offers.ts";
export { aliasCommand, askCommand, blockCommand, trustCommand } from "./peer-rules.ts";
export { peerCommand, peersCommand } from "./peer.ts";
export { pingCommand } from "./ping.ts";
export { queryCommand } from "./query.ts";
export { registerCommand } from "./register.ts";
export { sendCommand } from "./send.ts";
export { statusCommand } from "./status.ts";
