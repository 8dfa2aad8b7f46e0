/**
 * The connections between programs and the service: bytes and objects.
 *
 * @module
 */

export { type Answerer, type Call, Connection, localStream, nameOf, pipe } from "./connection.ts";
export { PeerAnswering } from "./answering.ts";
export { PeerAsking } from "./asking.ts";
export {
  type ObjectChannel,
  objectChannel,
  type ObjectFormat,
  objectOf,
  readObjectFrame,
  writeObjectFrame,
} from "./object-channel.ts";
export { type DialledProgram, isLocal, Sockets, TCP_OPTIONS } from "./sockets.ts";
