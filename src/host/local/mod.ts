/**
 * Hosts in one process.
 *
 * @module
 */

export { CARRIED, type CarriedKind, type Flow } from "./flow.ts";
export { type Fabric, LocalHost, type LocalHostParts } from "./host.ts";
export { memoryHost, type MemoryHostOptions, MemoryNetwork } from "./memory.ts";
export { PairedTransport } from "./paired-transport.ts";
