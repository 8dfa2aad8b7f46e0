/**
 * Hosts: one interface to every network, and the hosts that run everywhere, browsers included. Hosts on sockets are in
 * `warpwire/host/socket`, on WebSockets in `warpwire/host/websocket`, simulated ones in `warpwire/host/sim`.
 *
 * @module
 */

export { HOST_ERROR_CODES, HostError, type HostErrorCode, type HostErrorDetails } from "./error.ts";
export type {
  Clock,
  Datagram,
  DatagramMountOptions,
  DatagramProtocol,
  Host,
  IncomingStream,
  PeerInfo,
  Random,
  Stream,
  StreamMountOptions,
  StreamProtocol,
  Timer,
  WaitOptions,
} from "./host.ts";
export type { Fabric, LocalHost, LocalHostParts } from "./local-host.ts";
export { memoryHost, type MemoryHostOptions, MemoryNetwork } from "./memory.ts";
export { readBytes } from "./opening.ts";
export { systemClock, systemRandom } from "./system.ts";
