/**
 * Hosts in one process.
 *
 * @module
 */

export { copyDatagram, type Fabric, LocalHost, type LocalHostParts } from "./host.ts";
export { memoryHost, type MemoryHostOptions, MemoryNetwork } from "./memory.ts";
export { CARRIED, type CarriedKind, type Flow, PairedTransport } from "./paired-transport.ts";
