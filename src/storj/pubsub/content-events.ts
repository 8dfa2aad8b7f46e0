/**
 * Publish/subscribe by content: events go out under the digests of their schemas, and come to those who want them.
 *
 * @module
 */

import { Packed } from "../../../codec/msgpack/mod.ts";
import type { ListenOptions, ValueOptions } from "../api.ts";
import {
  type Content,
  type ContentEvent,
  contentEvent,
  type ContentLike,
  type ContentSchema,
  contentSchema,
  EVENT,
  eventDigests,
  fail,
  isMap,
  packContent,
  plainContent,
  readContent,
  SCHEMA,
  schemaOf,
} from "../content/mod.ts";
import { StorjError } from "../error.ts";
import type { ContentStats } from "../stats.ts";
import type { GivenContent, PublishEventOptions, SubscribeSchemaOptions } from "../pubsub-api.ts";
import type { EventLoop, EventQueue, Form } from "./event-queue.ts";
import { SchemaListener } from "./schema-listener.ts";
import type { Topics } from "./topics.ts";

/** Schemas that were published with and are remembered; the oldest are forgotten. */
const PUBLISHED_MAX = 256;

/** Topics under which an event goes out at most; it has one for each index of each of its schemas. */
const TOPICS_MAX = 256;

/** A schema that is subscribed to. */
interface Subscribed {
  readonly listener: SchemaListener;
  readonly queue: EventQueue;
  readonly packed: Packed;
}

/** A loop over events of a schema. */
interface Looping {
  readonly listener: SchemaListener;
  readonly loop: Pick<EventLoop<unknown>, "end">;
}

/** An event, and the schemas that it fits. */
interface Outgoing {
  readonly event: ContentEvent;
  readonly schemas: readonly ContentSchema[];
}

/** Events of a node by content. */
export class ContentEvents {
  readonly #topics: Topics;
  /** By the texts of schemas, as is the next one. */
  readonly #subscribed = new Map<string, Subscribed>();
  /** The oldest first. */
  readonly #published = new Map<string, ContentSchema>();
  readonly #loops = new Set<Looping>();
  #refused = 0;
  #closed = false;

  constructor(topics: Topics) {
    this.#topics = topics;
  }

  /**
   * See `PubSub.publishEvent`.
   *
   * @throws StorjError `invalid-event`, `invalid-schema`, `no-peers`, `too-large`, `closed`
   */
  async publishEvent(given: ContentLike, { schema }: PublishEventOptions = {}): Promise<void> {
    this.#checkOpen();
    const content = readContent(EVENT, given);
    const { event, schemas } = schema === undefined
      ? this.#outgoing(content)
      : this.#using(contentSchema(schema), content);
    const digests = new Set(schemas.flatMap((each) => eventDigests(each, event)));
    if (digests.size > TOPICS_MAX) {
      fail(SCHEMA, ["indexes"], `are too many: the event has ${digests.size} topics, more than ${TOPICS_MAX}`);
    }
    const packed = packContent(EVENT, event);
    await Promise.all([...digests].map((digest) => this.#topics.publish(digest, packed)));
  }

  /**
   * See `PubSub.subscribeSchema`.
   *
   * @throws StorjError `invalid-schema`, `limit`, `closed`
   */
  subscribeSchema(given: ContentLike, options: SubscribeSchemaOptions = {}): void {
    this.#checkOpen();
    const schema = contentSchema(given);
    const subscribed = this.#subscribed.get(schema.text) ?? this.#subscription(schema);
    subscribed.listener.add(options);
    this.#subscribed.set(schema.text, subscribed);
  }

  /**
   * See `PubSub.unsubscribeSchema`.
   *
   * @throws StorjError `invalid-schema`, `closed`
   */
  unsubscribeSchema(given: ContentLike): void {
    this.#checkOpen();
    const { listener, queue } = this.#subscriptionOf(given);
    listener.end();
    queue.clear();
    this.#subscribed.delete(listener.schema.text);
  }

  /** See `PubSub.schemaSubscriptions`. */
  schemaSubscriptions<O extends ValueOptions>(options?: O): GivenContent<O>[] {
    const current = [...this.#subscribed.values()].filter(({ listener }) => listener.isFollowing);
    return current.map(({ packed, listener }) => {
      return (options?.packed === true ? packed : plainContent(listener.schema.value)) as GivenContent<O>;
    });
  }

  /**
   * See `PubSub.schemaEvents`.
   *
   * @throws StorjError `invalid-schema`
   */
  schemaEvents<O extends ValueOptions>(given: ContentLike, options?: O): GivenContent<O>[] {
    return this.#subscriptionOf(given).queue.drain(contentForm(options));
  }

  /**
   * See `PubSub.content`.
   *
   * @throws StorjError `invalid-schema`, `limit`, `closed`
   */
  content<O extends SubscribeSchemaOptions & ListenOptions>(
    given: ContentLike,
    options?: O,
  ): AsyncIterableIterator<GivenContent<O>> {
    this.#checkOpen();
    const listener = this.#listener(contentSchema(given), (event) => loop.put(event));
    listener.add(options ?? {});
    const loop = this.#topics.room.loop(contentForm(options), options?.signal, () => {
      listener.end();
      for (const looping of this.#loops) if (looping.listener === listener) this.#loops.delete(looping);
    });
    if (listener.isFollowing) this.#loops.add({ listener, loop });
    return loop.items;
  }

  stats(): ContentStats {
    return { schemas: this.schemaSubscriptions().length, published: this.#published.size, refused: this.#refused };
  }

  /** Ends everything. What has come can still be taken. */
  close(): void {
    this.#closed = true;
    for (const { listener } of this.#subscribed.values()) listener.end();
    for (const { listener, loop } of [...this.#loops]) {
      listener.end();
      loop.end();
    }
  }

  #subscription(schema: ContentSchema): Subscribed {
    const queue = this.#topics.room.queue();
    // Here and not when it is asked for: what cannot be given to anybody is refused.
    const packed = packContent(SCHEMA, schema.value);
    return { listener: this.#listener(schema, (event) => queue.put(event)), queue, packed };
  }

  #listener(schema: ContentSchema, deliver: (event: Packed) => void): SchemaListener {
    return new SchemaListener(schema, this.#topics, deliver, () => this.#refused++);
  }

  #subscriptionOf(given: ContentLike): Subscribed {
    const subscribed = this.#subscribed.get(contentSchema(given).text);
    return subscribed ?? fail(SCHEMA, [], "is not subscribed to");
  }

  /** An event with all known schemas that it fits, or with the one that it brings along. */
  #outgoing(content: Content): Outgoing {
    const known = this.#known();
    const schemas = known.filter((schema) => fits(schema, content));
    if (schemas.length > 0) return { event: content as ContentEvent, schemas };
    if (isMap(content) && content.size === 2 && content.has("schema") && content.has("event")) {
      return this.#using(schemaOf(content.get("schema")!), content.get("event")!);
    }
    // With one schema there is one reason.
    if (known.length === 1) contentEvent(known[0], content);
    fail(EVENT, [], `fits none of the ${known.length} schemas that this node has subscribed to or published with`);
  }

  /** An event with a schema that somebody has given. */
  #using(schema: ContentSchema, content: Content): Outgoing {
    const event = contentEvent(schema, content);
    this.#published.delete(schema.text);
    this.#published.set(schema.text, schema);
    if (this.#published.size > PUBLISHED_MAX) this.#published.delete(this.#published.keys().next().value!);
    return { event, schemas: [schema] };
  }

  #known(): ContentSchema[] {
    const listeners = [...this.#subscribed.values(), ...this.#loops].map(({ listener }) => listener.schema);
    const schemas = [...this.#published.values(), ...listeners];
    return [...new Map(schemas.map((schema) => [schema.text, schema])).values()];
  }

  #checkOpen(): void {
    if (this.#closed) throw new StorjError("closed", "The node is closed");
  }
}

function fits(schema: ContentSchema, content: Content): boolean {
  try {
    contentEvent(schema, content);
    return true;
  } catch (error) {
    if (error instanceof StorjError) return false;
    throw error;
  }
}

/** How events are handed out. All that are delivered are JSON, with texts also where Python 2 had bytes. */
function contentForm<O extends ValueOptions>(options: O | undefined): Form<GivenContent<O>> {
  const form = options?.packed === true
    ? (event: Packed) => event
    : (event: Packed) => plainContent(readContent(EVENT, event));
  return form as Form<GivenContent<O>>;
}
