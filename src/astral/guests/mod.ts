/**
 * The programs that use the service over apphost: where they connect, and how they are served.
 *
 * @module
 */

export { GuestAcceptor } from "./guest-acceptor.ts";
export { Guests } from "./guests.ts";
export { type Listener, listenOnSocket, parseSocketListening, type SocketListening } from "./listener.ts";
export { listenOnWebSocket, parseWebSocketListening, type WebSocketListening } from "./websocket-listener.ts";
