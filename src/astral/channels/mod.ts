/**
 * The connections between programs and the service: bytes and objects.
 *
 * @module
 */

export { type Answerer, type Call, nameOf } from "./call.ts";
export { Connection, pipe } from "./connection.ts";
export { askPeer, LINK_PATH, PeerAnswering } from "./link.ts";
export { localStream } from "./local-stream.ts";
export { type ObjectChannel, objectChannel, type ObjectFormat } from "./object-channel.ts";
export { isLocal, isLoopback, Sockets, TCP_OPTIONS } from "./sockets.ts";
export { preparePath, protectPath } from "./unix-socket.ts";
