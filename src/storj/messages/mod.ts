/**
 * Messages: the inbox of a node, and sending to others.
 *
 * @module
 */

export { Inbox, type InboxKeeper, type KeptMessage } from "./inbox.ts";
export { type Place, Places } from "./places.ts";
export { MESSAGE_BYTES_MAX, Messages } from "./messages.ts";
export { Reader, type ReaderSource, type Waiter } from "./reader.ts";
