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
export {
  type Fabric,
  type LocalHost,
  type LocalHostParts,
  memoryHost,
  type MemoryHostOptions,
  MemoryNetwork,
} from "./local/mod.ts";
export { readBytes } from "./streams/mod.ts";
export { systemClock, systemRandom } from "./timing/mod.ts";
