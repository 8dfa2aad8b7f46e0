/**
 * The storj node: a hash table to put and get, messages, streams, relaying, and a map of the network.
 *
 * @module
 */

export type { NodeInfo } from "../../codec/protocols/storj/mod.ts";
export type * from "./api.ts";
export { QUERY_TIMEOUT_MS, STORJ_LIMITS, WALK_TIMEOUT_MS } from "./api.ts";
export { contentDigests, subscriptionDigests } from "./content/mod.ts";
export { STORJ_ERROR_CODES, StorjError, type StorjErrorCode } from "./error.ts";
export { storjHome } from "./persistence/mod.ts";
export * from "./map/mod.ts";
export type * from "./pubsub-api.ts";
export { storjNode } from "./start.ts";
export type {
  ContentStats,
  InboxStats,
  MessageStats,
  RelayStats,
  StorjStats,
  StreamsStats,
  TopicsStats,
} from "./stats.ts";
