/**
 * Publish/subscribe among the nodes of an overlay.
 *
 * @module
 */

export type * from "./api.ts";
export { EVENT_BYTES_MAX } from "./carried.ts";
export { QUASAR_LIMITS } from "./limits.ts";
export { type KademliaOverlay, kademliaOverlay, type KademliaOverlayOptions } from "./overlay.ts";
export { quasar } from "./quasar.ts";
export type { PropagationStats, QuasarStats, RoutingStats } from "./stats.ts";
