/**
 * Publish/subscribe of a storj node: topics, and content by schema.
 *
 * @module
 */

export type * from "./api.ts";
export { type EventLoop, type EventQueue, EventRoom } from "./event-queue.ts";
export { EVENT_BYTES_MAX, type EventHandler, Topics, type TopicsParts } from "./topics.ts";
