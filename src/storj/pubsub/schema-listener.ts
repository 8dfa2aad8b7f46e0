/**
 * Who listens to events of one schema: which topics that takes, and which of the events that come on them are meant.
 *
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { formatHex } from "../../../codec/mod.ts";
import type { Packed } from "../../../codec/msgpack/mod.ts";
import {
  type ContentEvent,
  contentEvent,
  type ContentSchema,
  contentSubscription,
  EVENT,
  eventDigests,
  matches,
  readContent,
  type Subscription,
  subscriptionPlan,
} from "../content/mod.ts";
import { StorjError } from "../error.ts";
import type { SubscribeSchemaOptions } from "../pubsub-api.ts";
import type { Topics } from "./topics.ts";

/** Events that came on one of several topics and may still come on the others. */
const AWAITED_MAX = 1024;

/** What is subscribed to. */
interface Wish {
  /** Null for all events. */
  readonly subscription: Subscription | null;
  /** The index by whose digests the events come. */
  readonly index: number;
  readonly digests: readonly string[];
}

/** The subscriptions of one schema that share a queue or a loop. Events that several of them want are one event. */
export class SchemaListener {
  readonly schema: ContentSchema;
  readonly #topics: Pick<Topics, "follow">;
  readonly #deliver: (event: Packed) => void;
  readonly #refuse: () => void;
  /** By what was asked for. */
  readonly #wishes = new Map<string, Wish>();
  /** The topics on which an event came since it was delivered, by its digest; the oldest first. */
  readonly #came = new Map<string, Set<string>>();
  #following: Disposable | null = null;

  /**
   * @param deliver Called with each event that is meant, once
   * @param refuse Called for each that came, but does not fit the schema or its topic
   */
  constructor(
    schema: ContentSchema,
    topics: Pick<Topics, "follow">,
    deliver: (event: Packed) => void,
    refuse: () => void,
  ) {
    this.schema = schema;
    this.#topics = topics;
    this.#deliver = deliver;
    this.#refuse = refuse;
  }

  /** Whether it listens. */
  get isFollowing(): boolean {
    return this.#following !== null;
  }

  /**
   * Adds a subscription; the same one twice is once.
   *
   * @throws StorjError `invalid-schema`, `limit`, `closed`, and then nothing has changed
   */
  add({ subscription, indexes }: SubscribeSchemaOptions): void {
    const wanted = subscription === undefined ? null : contentSubscription(this.schema, subscription);
    const name = `${wanted?.text ?? ""} ${indexes?.join() ?? ""}`;
    if (this.#wishes.has(name)) return;
    const { index, digests } = subscriptionPlan(this.schema, wanted, indexes);
    const all = new Set([...this.#wishes.values()].flatMap((wish) => wish.digests).concat(digests));
    // The new topics first: those that stay are never left.
    const following = this.#topics.follow(all, (event, topic) => this.#arrived(event, String(topic)));
    this.#following?.[Symbol.dispose]();
    this.#following = following;
    this.#wishes.set(name, { subscription: wanted, index, digests });
  }

  /** Listens no more. */
  end(): void {
    this.#following?.[Symbol.dispose]();
    this.#following = null;
  }

  #arrived(packed: Packed, topic: string): void {
    const event = this.#fitting(packed);
    if (event === null) return this.#refuse();
    const digests = eventDigests(this.schema, event);
    // Who publishes an event under the digest of another one does not have it delivered more than once.
    if (!digests.includes(topic)) return this.#refuse();
    const wishes = [...this.#wishes.values()].filter(({ subscription }) => {
      return subscription === null || matches(subscription, event);
    });
    const awaited = new Set(wishes.map(({ index }) => digests[index]));
    if (awaited.has(topic) && (awaited.size === 1 || this.#isFirst(packed, topic))) this.#deliver(packed);
  }

  #fitting(packed: Packed): ContentEvent | null {
    try {
      return contentEvent(this.schema, readContent(EVENT, packed));
    } catch (error) {
      if (error instanceof StorjError) return null;
      throw error;
    }
  }

  /**
   * Whether an event that comes on several topics comes for the first time. On a topic on which it came before it is the
   * next one that says the same.
   */
  #isFirst({ bytes }: Packed, topic: string): boolean {
    const name = formatHex(sha256(bytes));
    const came = this.#came.get(name);
    if (came !== undefined && !came.has(topic)) {
      came.add(topic);
      return false;
    }
    this.#came.delete(name);
    this.#came.set(name, new Set([topic]));
    if (this.#came.size > AWAITED_MAX) this.#came.delete(this.#came.keys().next().value!);
    return true;
  }
}
