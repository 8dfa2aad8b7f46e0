/**
 * The calls of publish/subscribe: topics, and content by schema.
 *
 * @module
 */

import { JsonNumber } from "../../../codec/json/mod.ts";
import { StorjError } from "../../storj/mod.ts";
import { UserError } from "../errors.ts";
import { type Call, call, optional, param } from "./call.ts";
import { answers, arrayOf, CONTENT, integer, KEY, type Kind, listOf, NULL, VALUE } from "./kinds.ts";

const NOTHING = answers("null", NULL, "Null");
const EVENTS = answers("JsonValue[]", arrayOf({}), "The events in order. They are taken out");
const ABOUT_TOPIC = 'Its name. `5` and `"5"` are one topic';
const ABOUT_SCHEMA = "The schema: an object, or the text of its JSON, in which `5` and `5.0` are different numbers";

/** A topic: integers travel as such, since the original program tells them from texts. */
export const TOPIC: Kind<string | number | Uint8Array> = {
  ...KEY,
  read(json, path) {
    const key = KEY.read(json, path);
    return json instanceof JsonNumber && Number.isSafeInteger(Number(key)) ? Number(key) : key;
  },
};

/** The most indexes of a schema that can be named, and their number. */
const INDEX_MAX = 65_535;

const SCHEMA = {
  application: "Test Application",
  title: "Test Schema",
  uuid: "test",
  fields: { sell: { type: "boolean" }, price: { type: "number", minimum: 0, maximum: 100, resolution: 8 } },
  indexes: [["price", "sell"]],
};

/** The calls of topics. */
export const TOPIC_CALLS: readonly Call[] = [
  call({
    name: "pubsub_publish",
    from: "v1",
    about: "Publishes an event for a topic. The same event within a minute is nothing new.",
    params: [param("topic", TOPIC, ABOUT_TOPIC), param("event", VALUE, "With the topic at most about 7 KB of msgpack")],
    result: NOTHING,
    errors: ["NoPeers", "InvalidMessage"],
    example: { params: ["weather", { degrees: 21.5 }], result: null },
    run: ({ node }, { topic, event }) => node.publish(topic, event),
  }),
  call({
    name: "pubsub_subscribe",
    from: "v1",
    about: "Subscribes to the events of a topic. Twice is once.",
    params: [param("topic", TOPIC, ABOUT_TOPIC)],
    result: NOTHING,
    errors: ["Limit"],
    example: { params: ["weather"], result: null },
    run: ({ node }, { topic }) => node.subscribe(topic),
  }),
  call({
    name: "pubsub_unsubscribe",
    from: "v1",
    about: "Ends a subscription. What has come can still be taken once.",
    params: [param("topic", TOPIC, ABOUT_TOPIC)],
    result: NOTHING,
    errors: ["NotSubscribed"],
    example: { params: ["weather"], result: null },
    run({ node }, { topic }) {
      try {
        node.unsubscribe(topic);
      } catch (error) {
        if (!(error instanceof StorjError) || error.code !== "not-found") throw error;
        throw new UserError("NotSubscribed", error.message);
      }
    },
  }),
  call({
    name: "pubsub_subscriptions",
    from: "v1",
    about: "The topics that are subscribed to.",
    params: [],
    result: answers("Key[]", arrayOf({}), "The topics, as they were given"),
    example: { params: [], result: ["weather"] },
    run: ({ node }) => node.subscriptions(),
  }),
  call({
    name: "pubsub_events",
    from: "v1",
    about: "The events of a topic that have come since the last time. None for a topic that is not subscribed to.",
    params: [param("topic", TOPIC, ABOUT_TOPIC)],
    result: EVENTS,
    example: { params: ["weather"], result: [{ degrees: 21.5 }] },
    run: ({ node }, { topic }) => node.events(topic, { packed: true }),
  }),
];

/** The calls of content. */
export const CONTENT_CALLS: readonly Call[] = [
  call({
    name: "publish",
    from: "v0",
    about: "Publishes an event by what it says.",
    params: [
      param("event", CONTENT, "The event, or an object with `schema` and `event`"),
      optional(
        "schema",
        CONTENT,
        null,
        "Its schema. By default every schema that this node knows and that the event fits",
      ),
    ],
    result: NOTHING,
    errors: ["InvalidEvent", "InvalidSchema", "NoPeers"],
    example: { params: [{ sell: true, price: 12.5 }, SCHEMA], result: null },
    run: ({ node }, { event, schema }) => node.publishEvent(event, schema === null ? {} : { schema }),
  }),
  call({
    name: "subscribe",
    from: "v0",
    about: "Subscribes to events of a schema.",
    params: [
      param("schema", CONTENT, ABOUT_SCHEMA),
      optional(
        "subscription",
        CONTENT,
        null,
        "Which events, for each field of an index. By default all events of the schema",
      ),
      optional(
        "indexes",
        listOf(integer(0, INDEX_MAX)),
        null,
        "Which indexes of the schema may be used, by number. By default all",
      ),
    ],
    result: NOTHING,
    errors: ["InvalidSchema", "Limit"],
    example: { params: [SCHEMA, { price: [10, 20], sell: [true] }], result: null },
    run: ({ node }, { schema, subscription, indexes }) =>
      node.subscribeSchema(schema, {
        ...(subscription !== null && { subscription }),
        ...(indexes !== null && { indexes }),
      }),
  }),
  call({
    name: "unsubscribe",
    from: "v0",
    about: "Ends the subscriptions of a schema.",
    params: [param("schema", CONTENT, ABOUT_SCHEMA)],
    result: NOTHING,
    errors: ["InvalidSchema"],
    example: { params: [SCHEMA], result: null },
    run: ({ node }, { schema }) => node.unsubscribeSchema(schema),
  }),
  call({
    name: "subscriptions",
    from: "v0",
    about: "The schemas that are subscribed to.",
    params: [],
    result: answers("JsonValue[]", arrayOf({ type: "object" }), "The schemas"),
    example: { params: [], result: [SCHEMA] },
    run: ({ node }) => node.schemaSubscriptions({ packed: true }),
  }),
  call({
    name: "events",
    from: "v0",
    about: "The events of a schema that have come since the last time.",
    params: [param("schema", CONTENT, ABOUT_SCHEMA)],
    result: EVENTS,
    errors: ["InvalidSchema"],
    example: { params: [SCHEMA], result: [{ sell: true, price: 12.5 }] },
    run: ({ node }, { schema }) => node.schemaEvents(schema, { packed: true }),
  }),
];
