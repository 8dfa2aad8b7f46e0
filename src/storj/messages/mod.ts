/**
 * Messages: the inbox of a node, and sending to others.
 *
 * @module
 */

export { Inbox, type InboxKeeper, type InboxStats, type KeptMessage } from "./inbox.ts";
export { type Place, Places } from "./places.ts";
export { MESSAGE_BYTES_MAX, Messages, type MessageStats } from "./messages.ts";
