/**
 * The stream that every host gives out, and its queues.
 *
 * @module
 */

export { AsyncQueue } from "./async-queue.ts";
export { HostStream, type Transport } from "./host-stream.ts";
export { type MessageOptions, MessageReader, readBytes } from "./message-reader.ts";
export {
  type MessageSocket,
  type MessageSocketEvents,
  MessageSocketTransport,
  textMessageError,
  wsMessageSocket,
  type WsSocket,
} from "./message-socket.ts";
export { letGo, ReceiveQueue } from "./receive-queue.ts";
export { WriteQueue } from "./write-queue.ts";
