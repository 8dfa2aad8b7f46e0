/**
 * Opening and accepting streams: mounts, handshakes, dialing, and why any of these failed.
 *
 * @module
 */

export { AddressBook, PEER_ADDRESSES_MAX } from "./address-book.ts";
export { dialFailureOf, OtherPeerError, SILENCE, UnreachedError, withFailures } from "./dial-failure.ts";
export { Dialer, type DialTarget } from "./dialer.ts";
export { type Refusal, refusalError, StreamRequest } from "./stream-request.ts";
export { listenFailure, listenFailures, listenReason } from "./listen-failure.ts";
export { checkFree, checkText, MountedDatagrams, type MountHost, MountTable, StreamMountTable } from "./mounts.ts";
export { Answerer, type AnsweringHost, peerOf, readBytes, requestStream } from "./handshake.ts";
export { machineGroup, type SlotHolder, SlotTable } from "./slots.ts";
export { formatSocketAddress, parseSocketAddress, reachableAddress, type SocketAddress } from "./socket-address.ts";
