/**
 * What publish/subscribe of a storj node is: topics, and content by schema.
 *
 * @module
 */

import type { MsgpackValue, Packed } from "../../codec/msgpack/mod.ts";
import type { DhtKeyLike } from "./ids.ts";
import type { Given, ListenOptions, ValueLike, ValueOptions } from "./values.ts";
import type { ContentLike } from "./content/mod.ts";

export type { ContentLike };

/** A topic: text, bytes or a number. `5` and `"5"` are one topic. */
export type TopicLike = DhtKeyLike;

/** What schemas and their events are given as, by the options: an object, or its msgpack. */
export type GivenContent<O> = O extends { readonly packed: true } ? Packed : { [key: string]: MsgpackValue };

/** Options of `publishEvent`. */
export interface PublishEventOptions {
  /** Under which schema. Default: every schema that this node knows and that the event fits. */
  readonly schema?: ContentLike;
}

/** Options of `subscribeSchema`. */
export interface SubscribeSchemaOptions {
  /**
   * Which events, for each field of the index: a list of booleans or of choices, `[lower, upper]` of a number, or an object
   * that has to be the same. Default: all events of the schema.
   */
  readonly subscription?: ContentLike;
  /** Which of the schema's indexes may be used, by number. Default: all. */
  readonly indexes?: readonly number[];
}

/** Publish/subscribe. What is thrown and what promises reject with are `StorjError`s: `closed`, and those named at each. */
export interface PubSub extends TopicPubSub, ContentPubSub {}

/** Publish/subscribe by topics. */
export interface TopicPubSub {
  /**
   * Publishes an event. If this node subscribes to the topic, it gets it, too. The same event within a minute is nothing
   * new. Rejects with `no-peers`, `invalid-message`, `too-large`.
   */
  publish(topic: TopicLike, event: ValueLike): Promise<void>;
  /** Subscribes to a topic; twice is once. Throws `limit` beyond 512 topics, `invalid-message`, `too-large`. */
  subscribe(topic: TopicLike): void;
  /** Ends a subscription. What has come can still be taken once. Throws `not-found`. */
  unsubscribe(topic: TopicLike): void;
  /** The topics that are subscribed to, as they were given. */
  subscriptions(): TopicLike[];
  /** The events of a topic that wait, in order. They are taken out. Empty for a topic that is not subscribed to. */
  events<O extends ValueOptions>(topic: TopicLike, options?: O): Given<O>[];
  /**
   * Events of a topic as they come; subscribes to it as long as the loop runs, unless it was subscribed to before. Several
   * loops each get all events. Ends with `break`, the signal, or the node. Throws as {@link subscribe}.
   */
  topic<O extends ListenOptions>(topic: TopicLike, options?: O): AsyncIterableIterator<Given<O>>;
}

/** Publish/subscribe by content: what is in an event decides who gets it. */
export interface ContentPubSub {
  /**
   * Publishes an event by what it says. Without a schema it goes out under every schema that this node has subscribed to or
   * published with and that it fits. Rejects with `invalid-event`, `invalid-schema`, `no-peers`, `too-large`.
   *
   * @param event Or an object of `schema` and `event`, which brings its schema along
   */
  publishEvent(event: ContentLike, options?: PublishEventOptions): Promise<void>;
  /**
   * Subscribes to events of a schema; several times for several wishes, and what several want comes once. Throws
   * `invalid-schema`, also for a subscription that does not fit the schema or wants more than 256 combinations of values,
   * and for integers of more than 64 bits; `limit`.
   */
  subscribeSchema(schema: ContentLike, options?: SubscribeSchemaOptions): void;
  /** Ends the subscriptions of a schema. Throws `invalid-schema` if there are none. */
  unsubscribeSchema(schema: ContentLike): void;
  /** The schemas that are subscribed to. */
  schemaSubscriptions<O extends ValueOptions>(options?: O): GivenContent<O>[];
  /** The events of a schema that wait, in order. They are taken out. Throws `invalid-schema` if it is not subscribed to. */
  schemaEvents<O extends ValueOptions>(schema: ContentLike, options?: O): GivenContent<O>[];
  /** Events of a schema as they come, as {@link topic} has those of a topic. Throws as {@link subscribeSchema}. */
  content<O extends SubscribeSchemaOptions & ListenOptions>(
    schema: ContentLike,
    options?: O,
  ): AsyncIterableIterator<GivenContent<O>>;
}
