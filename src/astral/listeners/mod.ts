/**
 * Where programs reach the service: sockets and WebSockets.
 *
 * @module
 */

export { type Listener, listenOnSocket, parseSocketListening, type SocketListening } from "./listener.ts";
export { listenOnWebSocket, parseWebSocketListening, type WebSocketListening } from "./websocket-listener.ts";
