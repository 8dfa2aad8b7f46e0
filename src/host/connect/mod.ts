/**
 * What hosts are made of: their life, opening and accepting streams, mounts, handshakes, dialing, datagrams, and why
 * any of these failed.
 *
 * @module
 */

export { AddressBook, PEER_ADDRESSES_MAX } from "./address-book.ts";
export { BaseHost, type DatagramMounts, type HostShare } from "./base-host.ts";
export { ConnectionHost, type ConnectionHostOptions } from "./connection-host.ts";
export {
  type DialFailureCode,
  dialFailureOf,
  dialFailuresText,
  OtherPeerError,
  SILENCE,
  UnreachedError,
  withFailures,
} from "./dial-failure.ts";
export type { DialTarget } from "./dialer.ts";
export { type Refusal, refusalError, StreamRequest } from "./stream-request.ts";
export {
  boundAddress,
  closeServer,
  listenFailure,
  listenFailures,
  listenOnAll,
  listenReason,
  startListening,
} from "./listening.ts";
export { checkText, DatagramMountTable, MountedDatagrams, StreamMountTable } from "./mounts.ts";
export { type Caller, peerOf, requestStream, Responder, type ResponderHost } from "./handshake.ts";
export { machineGroup, machineOf, type SlotHolder, SlotTable } from "./slots.ts";
export { AbortGroup, serveStreams } from "./serve-streams.ts";
export {
  formatSocketAddress,
  formatTlsAddress,
  hostNameOf,
  hostOf,
  isLoopback,
  parseSocketAddress,
  parseTlsAddress,
  parseWebSocketAddress,
  reachableAddress,
  reachableWebSocketAddress,
  type SocketAddress,
  withSocketAddress,
} from "./socket-address.ts";
export { StreamDatagrams } from "./datagrams-over-streams.ts";
