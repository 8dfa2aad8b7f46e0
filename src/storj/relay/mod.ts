/**
 * Relayed messages: those that other nodes pass on.
 *
 * @module
 */

export { Relay, type RelayServices } from "./relay.ts";
export { isSealingKey } from "./sealing-keys.ts";
