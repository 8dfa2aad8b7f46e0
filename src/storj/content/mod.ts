/**
 * Content by schema: what schemas, events and subscriptions are, and the topics under which events travel.
 *
 * @module
 */

import { eventDigests, subscriptionPlan } from "./digest.ts";
import { EVENT } from "./fault.ts";
import { contentEvent, contentSubscription } from "./match.ts";
import { readContent } from "./read.ts";
import { contentSchema } from "./schema.ts";
import type { ContentLike } from "./value.ts";

export { eventDigests, type Plan, subscriptionPlan } from "./digest.ts";
export { EVENT, fail, SCHEMA } from "./fault.ts";
export { type ContentEvent, contentEvent, contentSubscription, matches, type Subscription } from "./match.ts";
export { readContent } from "./read.ts";
export { type ContentSchema, contentSchema, schemaOf } from "./schema.ts";
export { type Content, type ContentLike, type ContentMap, isMap } from "./value.ts";
export { packContent, plainContent } from "./write.ts";

/**
 * The topics of an event of a schema: for each index a digest of the names of the schema and of the event's values of the
 * index's fields, of numbers the bucket. They are those of the original programs.
 *
 * ```ts
 * import { contentDigests, subscriptionDigests } from "warpwire/storj";
 *
 * const schema = `{
 *   "application": "shop", "title": "offers", "uuid": "1",
 *   "fields": {
 *     "sold": { "type": "boolean" },
 *     "price": { "type": "number", "minimum": 0, "maximum": 100, "resolution": 10 }
 *   },
 *   "indexes": [["sold", "price"]]
 * }`;
 * const [digest] = contentDigests(schema, { sold: false, price: 24.5 });
 * const wanted = subscriptionDigests(schema, { sold: [false], price: [0, 30] });
 * console.log(wanted.length, wanted.includes(digest)); // 4 true
 * ```
 *
 * @param indexes Which indexes, by number. Default: all
 * @throws StorjError `invalid-schema`, `invalid-event`
 */
export function contentDigests(schema: ContentLike, event: ContentLike, indexes?: readonly number[]): string[] {
  const checked = contentSchema(schema);
  return eventDigests(checked, contentEvent(checked, readContent(EVENT, event)), indexes);
}

/**
 * The topics of all events that a subscription wants, by the one index that needs the fewest.
 *
 * @param subscription What is wanted of each field of an index; without one, all events
 * @param indexes Which indexes may be used, by number. Default: all
 * @throws StorjError `invalid-schema`, also if there are more than 256 combinations of wanted values, or a field is an
 *   object whose value is not given
 */
export function subscriptionDigests(
  schema: ContentLike,
  subscription?: ContentLike,
  indexes?: readonly number[],
): string[] {
  const checked = contentSchema(schema);
  const wanted = subscription === undefined ? null : contentSubscription(checked, subscription);
  return [...subscriptionPlan(checked, wanted, indexes).digests];
}
