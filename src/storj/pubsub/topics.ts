/**
 * Topics: who listens to which, here, and what has come.
 *
 * @module
 */

import { formatHex } from "../../../codec/mod.ts";
import { show } from "../../../codec/text/mod.ts";
import { pack, Packed } from "../../../codec/msgpack/mod.ts";
import { type FilterKey, filterKeyBytes } from "../../../codec/protocols/storj/mod.ts";
import type { Clock } from "../../host/mod.ts";
import { EVENT_BYTES_MAX, type Quasar, type QuasarOptions, type QuasarStats } from "../../quasar/mod.ts";
import {
  type Given,
  type ListenOptions,
  QUERY_TIMEOUT_MS,
  type StorjLimits,
  type ValueLike,
  type ValueOptions,
} from "../api.ts";
import { StorjError } from "../error.ts";
import type { Ground } from "../ground.ts";
import { topicOf } from "../ids.ts";
import type { TopicsStats } from "../stats.ts";
import { packedValue } from "../values.ts";
import type { TopicLike } from "../pubsub-api.ts";
import { type EventLoop, type EventQueue, EventRoom } from "./event-queue.ts";

/** How often a node that is getting to know its neighbours looks whether it has. */
const LOOK_MS = 50;
/** So long it waits to be told who subscribes to what; originals tell that when something changes. */
const FILTERS_MS = 1000;

/** Called with an event, as often as there are topics under which it comes. It must not throw. */
export type EventHandler = (event: Packed, topic: TopicLike) => void;

/** What carries events to other nodes, and brings theirs. */
export interface Carrier {
  readonly quasar: Pick<Quasar, "subscribe" | "unsubscribe" | "publish"> & {
    stats(): Pick<QuasarStats, "neighbours" | "known">;
  };
  /** Whether this node knows nobody. */
  readonly isAlone: boolean;
  close(): Promise<void>;
}

/** What {@link Topics} are made of. */
export interface TopicsParts<C extends Carrier> {
  readonly limits: Pick<StorjLimits, "topics" | "events" | "eventsBytes">;
  readonly clock: Clock;
  readonly wait: Ground["wait"];
  readonly carrier: (received: QuasarOptions["received"]) => C;
}

/** Somebody here who listens to a topic. */
interface Listener {
  readonly topic: TopicLike;
  readonly handler: EventHandler;
}

/** A topic that somebody here listens to, as others are told of it. */
interface Shared {
  readonly topic: TopicLike;
  readonly listeners: Set<Listener>;
}

/** A topic that the user has subscribed to, or of which there is something left. */
interface Subscription {
  readonly topic: TopicLike;
  readonly queue: EventQueue;
  /** Null if it has ended. */
  following: Disposable | null;
}

/** The topics of a node. */
export class Topics<C extends Carrier = Carrier> {
  /** The room for all events that wait. */
  readonly room: EventRoom;
  readonly carrier: C;
  readonly #parts: TopicsParts<C>;
  /** By the names of topics. */
  readonly #shared = new Map<string, Shared>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #loops = new Set<Pick<EventLoop<unknown>, "end">>();
  /** Whether there were neighbours, and what those wait for who publish before that. */
  #hasMet = false;
  #search: Promise<void> | null = null;
  #received = 0;
  #closed = false;

  constructor(parts: TopicsParts<C>) {
    this.#parts = parts;
    this.room = new EventRoom(parts.limits);
    this.carrier = parts.carrier((topic, event) => this.#arrived(topic, event));
  }

  /**
   * See `PubSub.publish`. Alone, nothing happens at all: the same event can be published again when somebody is there.
   *
   * @throws StorjError `no-peers`, `invalid-message`, `too-large`, `closed`
   */
  async publish(topic: TopicLike, event: ValueLike): Promise<void> {
    const key = topicOf(topic);
    const packed = packedValue("an event", event, Infinity);
    this.#checkOpen();
    // Nothing is waited for once a neighbour is known, and all wait for the same: so events keep their order.
    if (this.#search !== null || !this.#isMet()) {
      await (this.#search ??= this.#meet().finally(() => this.#search = null));
    }
    try {
      this.carrier.quasar.publish(key, packed);
    } catch (cause) {
      if (cause instanceof RangeError) throw new StorjError("too-large", cause.message, { cause });
      throw cause;
    }
  }

  /**
   * See `PubSub.subscribe`.
   *
   * @throws StorjError `limit`, `invalid-message`, `too-large`, `closed`
   */
  subscribe(given: TopicLike): void {
    const topic = topicOf(given);
    const name = nameOf(topic);
    const known = this.#subscriptions.get(name);
    if (known !== undefined && known.following !== null) return;
    const queue = known?.queue ?? this.room.queue();
    const following = this.follow([topic], (event) => queue.put(event));
    this.#subscriptions.set(name, { topic, queue, following });
  }

  /**
   * See `PubSub.unsubscribe`.
   *
   * @throws StorjError `not-found`, `invalid-message`, `closed`
   */
  unsubscribe(topic: TopicLike): void {
    this.#checkOpen();
    const name = nameOf(topicOf(topic));
    const subscription = this.#subscriptions.get(name);
    if (subscription === undefined || subscription.following === null) {
      throw new StorjError("not-found", `The topic ${show(topic)} is not subscribed to`);
    }
    this.#end(name, subscription);
  }

  /** See `PubSub.subscriptions`. */
  subscriptions(): TopicLike[] {
    const current = [...this.#subscriptions.values()].filter(({ following }) => following !== null);
    return current.map(({ topic }) => topicOf(topic));
  }

  /** See `PubSub.events`. */
  events<O extends ValueOptions>(topic: TopicLike, options?: O): Given<O>[] {
    const name = nameOf(topicOf(topic));
    const subscription = this.#subscriptions.get(name);
    if (subscription?.following === null) this.#subscriptions.delete(name);
    return subscription?.queue.drain(this.room.form(options)) ?? [];
  }

  /**
   * See `PubSub.topic`.
   *
   * @throws StorjError `limit`, `invalid-message`, `too-large`, `closed`
   */
  topic<O extends ListenOptions>(topic: TopicLike, options?: O): AsyncIterableIterator<Given<O>> {
    const following = this.follow([topic], (event) => loop.put(event));
    const loop = this.room.loop(this.room.form(options), options?.signal, (ended) => {
      following[Symbol.dispose]();
      this.#loops.delete(ended);
    });
    if (!options?.signal?.aborted) this.#loops.add(loop);
    return loop.items;
  }

  /**
   * Has a function called with each event of some topics, at once and in order; the bytes are its own. These topics do not
   * show in {@link subscriptions}, and are unknown to {@link unsubscribe}.
   *
   * @throws StorjError `limit` if not all of them have room, and then there is none; `invalid-message`, `too-large`, `closed`
   */
  follow(topics: Iterable<TopicLike>, handler: EventHandler): Disposable {
    this.#checkOpen();
    const all = new Map([...topics].map((given) => {
      const topic = topicOf(given);
      checkLength(topic);
      return [nameOf(topic), { topic, handler }] as const;
    }));
    const count = this.#shared.size + [...all.keys()].filter((name) => !this.#shared.has(name)).length;
    const { topics: max } = this.#parts.limits;
    if (count > max) throw new StorjError("limit", `Cannot subscribe to ${count} topics: ${max} are the most`);
    for (const [name, listener] of all) this.#add(name, listener);
    return { [Symbol.dispose]: () => all.forEach((listener, name) => this.#remove(name, listener)) };
  }

  stats(): TopicsStats {
    const { waiting, bytes, dropped, unreadable } = this.room;
    const topics = this.#shared.size;
    return { topics, received: this.#received, waiting, waitingBytes: bytes, dropped, unreadable };
  }

  /** Ends everything. What has come can still be taken. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const loop of [...this.#loops]) loop.end();
    for (const [name, subscription] of this.#subscriptions) {
      if (subscription.following !== null) this.#end(name, subscription);
    }
    await this.carrier.close();
  }

  #add(name: string, listener: Listener): void {
    const there = this.#shared.get(name);
    if (there !== undefined) return void there.listeners.add(listener);
    this.#shared.set(name, { topic: listener.topic, listeners: new Set([listener]) });
    this.carrier.quasar.subscribe(listener.topic);
  }

  #remove(name: string, listener: Listener): void {
    const there = this.#shared.get(name);
    if (there === undefined || !there.listeners.delete(listener) || there.listeners.size > 0) return;
    this.#shared.delete(name);
    if (!this.#closed) this.carrier.quasar.unsubscribe(there.topic);
  }

  #end(name: string, subscription: Subscription): void {
    subscription.following?.[Symbol.dispose]();
    subscription.following = null;
    if (subscription.queue.size === 0) this.#subscriptions.delete(name);
  }

  #arrived(topic: FilterKey, event: Packed): void {
    const there = this.#shared.get(nameOf(topic));
    if (there === undefined) return;
    this.#received += 1;
    for (const listener of [...there.listeners]) listener.handler(copyOf(event), listener.topic);
  }

  /** Whether events can be sent to somebody. */
  #isMet(): boolean {
    return this.#hasMet && this.carrier.quasar.stats().neighbours > 0;
  }

  /** Waits until somebody is there to whom events can be sent: a node that has just joined is getting to know them. */
  async #meet(): Promise<void> {
    const { clock, wait } = this.#parts;
    const beganMs = clock.now();
    const waitedMs = () => clock.now() - beganMs;
    const isDone = () => {
      const { neighbours, known } = this.carrier.quasar.stats();
      if (neighbours > 0) return known > 0 || waitedMs() >= FILTERS_MS;
      return this.carrier.isAlone || waitedMs() >= QUERY_TIMEOUT_MS;
    };
    while (!this.#closed && !isDone()) {
      await wait<void>("Waiting for neighbours", {}, ({ resolve }) => {
        const timer = clock.setTimer(LOOK_MS, resolve);
        return () => timer.clear();
      });
    }
    this.#checkOpen();
    this.#hasMet = this.carrier.quasar.stats().neighbours > 0;
    if (!this.#hasMet) throw new StorjError("no-peers", "Cannot publish an event: no other node is known");
  }

  #checkOpen(): void {
    if (this.#closed) throw new StorjError("closed", "The node is closed");
  }
}

/** What is the same for topics that are the same to the nodes of 2016. */
function nameOf(topic: FilterKey): string {
  return formatHex(filterKeyBytes(topic));
}

/** Memory of its own. */
function copyOf({ bytes }: Packed): Packed {
  return new Packed(bytes.slice());
}

/** @throws StorjError `too-large` for a topic with which no event can be published */
function checkLength(topic: TopicLike): void {
  const { length } = pack(topic).bytes;
  if (length < EVENT_BYTES_MAX) return;
  throw new StorjError("too-large", `Cannot subscribe to a topic of ${length} bytes: no event fits beside it`);
}
