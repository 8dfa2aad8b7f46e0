/**
 * Publish/subscribe among the nodes of an overlay.
 *
 * @module
 */

export type * from "./api.ts";
export { QUASAR_LIMITS } from "./limits.ts";
export type { PropagationStats, QuasarStats, RoutingStats } from "./stats.ts";
