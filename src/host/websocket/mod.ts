/**
 * Hosts on WebSockets: what programs in web pages can reach. Pages only open streams; on Node and Deno hosts listen
 * too, with the package `ws`.
 *
 * Nothing here is authenticated, and `ws:` is not encrypted: a peer's id is what it says. Listen where only those can
 * connect who may, and name the web pages that may.
 *
 * @module
 */

export {
  loadWs,
  type UpgradeServer,
  type WebSocketClass,
  WebSocketHost,
  webSocketHost,
  type WebSocketHostOptions,
  type WebSocketLike,
} from "./host.ts";
