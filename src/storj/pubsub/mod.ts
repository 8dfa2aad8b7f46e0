/**
 * Publish/subscribe of a storj node: topics, and content by schema.
 *
 * @module
 */

export type * from "./api.ts";
