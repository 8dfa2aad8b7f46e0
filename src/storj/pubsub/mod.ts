/**
 * Publish/subscribe of a storj node: topics, and content by schema.
 *
 * @module
 */

export { ContentEvents } from "./content-events.ts";
export { type EventLoop, type EventQueue, EventRoom, type Form } from "./event-queue.ts";
export { type Carrier, type EventHandler, Topics, type TopicsParts } from "./topics.ts";
export { QuasarCarrier } from "./quasar-carrier.ts";
