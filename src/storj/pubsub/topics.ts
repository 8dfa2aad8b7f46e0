/**
 * Topics: who listens to which, here, and what has come.
 *
 * @module
 */

import { formatHex } from "../../../codec/mod.ts";
import { show } from "../../../codec/text/mod.ts";
import { type MsgpackValue, pack, Packed } from "../../../codec/msgpack/mod.ts";
import { type FilterKey, filterKeyBytes } from "../../../codec/protocols/storj/mod.ts";
import type { Settle } from "../../host/timing/wait.ts";
import type { Overlay, Quasar, QuasarOptions } from "../../quasar/mod.ts";
import type { Cancel } from "../../rpc/mod.ts";
import { type ListenOptions, QUERY_TIMEOUT_MS, type StorjLimits } from "../api.ts";
import { StorjError } from "../error.ts";
import type { Ground } from "../ground.ts";
import { topicOf } from "../ids.ts";
import type { TopicsStats } from "../stats.ts";
import { packedValue } from "../values.ts";
import type { TopicLike } from "./api.ts";
import { type EventLoop, type EventQueue, EventRoom } from "./event-queue.ts";

/** Bytes of a topic and an event, packed. A datagram has 8,192; the rest is for the call and for ids of nodes. */
export const EVENT_BYTES_MAX = 7168;

/** Called with an event, as often as there are topics under which it comes. It must not throw. */
export type EventHandler = (event: Packed, topic: TopicLike) => void;

/** What {@link Topics} are made of. */
export interface TopicsParts {
  readonly limits: Pick<StorjLimits, "topics" | "events" | "eventsBytes">;
  readonly overlay: Pick<Overlay, "neighbours">;
  readonly wait: Ground["wait"];
  /** Begins publish/subscribe among nodes. */
  begin(options: Pick<QuasarOptions, "received" | "onEvent">): Quasar;
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
export class Topics {
  /** The room for all events that wait. */
  readonly room: EventRoom;
  readonly #parts: TopicsParts;
  readonly #quasar: Quasar;
  /** By the names of topics. */
  readonly #shared = new Map<string, Shared>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #loops = new Set<Pick<EventLoop<unknown>, "end">>();
  /** Those who wait for a neighbour. */
  readonly #waiting = new Set<() => void>();
  #received = 0;
  #closed = false;

  constructor(parts: TopicsParts) {
    this.#parts = parts;
    this.room = new EventRoom(parts.limits);
    this.#quasar = parts.begin({
      received: (topic, event) => this.#arrived(topic, event),
      onEvent: ({ type }) => {
        if (type === "neighbour-added") this.#wake();
      },
    });
  }

  /**
   * See `PubSub.publish`. Alone, nothing happens at all: the same event can be published again when somebody is there.
   *
   * @throws StorjError `no-peers`, `invalid-message`, `too-large`, `closed`
   */
  async publish(topic: TopicLike, event: MsgpackValue | Packed): Promise<void> {
    const key = topicOf(topic);
    const packed = packedValue("an event", event instanceof Packed ? copyOf(event) : event, Infinity);
    checkSize(pack(key).bytes.length, packed.bytes.length);
    // Without an await where nobody is waited for: what is published in the same turn keeps its order.
    this.#checkOpen();
    if (!this.#hasNeighbours()) await this.#neighbour();
    this.#quasar.publish(key, packed);
  }

  /**
   * See `PubSub.subscribe`.
   *
   * @throws StorjError `limit`, `invalid-message`, `closed`
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

  /** The events of a topic that wait, in order. They are taken out. */
  events(topic: TopicLike): Packed[] {
    const name = nameOf(topicOf(topic));
    const subscription = this.#subscriptions.get(name);
    if (subscription?.following === null) this.#subscriptions.delete(name);
    return subscription?.queue.drain() ?? [];
  }

  /**
   * A loop over events of a topic, each in a form; those for which that is undefined are left out. See `PubSub.topic`.
   *
   * @throws StorjError `limit`, `invalid-message`, `closed`
   */
  loop<T>(
    topic: TopicLike,
    form: (event: Packed) => T | undefined,
    { signal }: ListenOptions = {},
  ): AsyncIterableIterator<T> {
    const following = this.follow([topic], (event) => loop.put(event));
    const loop = this.room.loop(form, signal, (ended) => {
      following[Symbol.dispose]();
      this.#loops.delete(ended);
    });
    if (!signal?.aborted) this.#loops.add(loop);
    return loop.items;
  }

  /**
   * Has a function called with each event of some topics, at once and in order; the bytes are its own. These topics do not
   * show in {@link subscriptions}, and are unknown to {@link unsubscribe}.
   *
   * @throws StorjError `limit` if not all of them have room, and then there is none; `invalid-message`, `closed`
   */
  follow(topics: Iterable<TopicLike>, handler: EventHandler): Disposable {
    this.#checkOpen();
    const all = new Map([...topics].map((given) => {
      const topic = topicOf(given);
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
    this.#wake();
    for (const loop of [...this.#loops]) loop.end();
    for (const [name, subscription] of this.#subscriptions) {
      if (subscription.following !== null) this.#end(name, subscription);
    }
    await this.#quasar.close();
  }

  #add(name: string, listener: Listener): void {
    const there = this.#shared.get(name);
    if (there !== undefined) return void there.listeners.add(listener);
    this.#shared.set(name, { topic: listener.topic, listeners: new Set([listener]) });
    this.#quasar.subscribe(listener.topic);
  }

  #remove(name: string, listener: Listener): void {
    const there = this.#shared.get(name);
    if (there === undefined || !there.listeners.delete(listener) || there.listeners.size > 0) return;
    this.#shared.delete(name);
    if (!this.#closed) this.#quasar.unsubscribe(there.topic);
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

  #hasNeighbours(): boolean {
    return this.#quasar.stats().neighbours > 0;
  }

  /** Waits until somebody is there to whom events can be sent: a node that has just joined is getting to know them. */
  async #neighbour(): Promise<void> {
    const { overlay, wait } = this.#parts;
    const isAlone = overlay.neighbours().length === 0;
    if (!isAlone) {
      await wait("Waiting for a neighbour", { timeoutMs: QUERY_TIMEOUT_MS }, (settle) => this.#wait(settle)).catch(
        unlessLate,
      );
    }
    this.#checkOpen();
    if (!this.#hasNeighbours()) throw new StorjError("no-peers", "Cannot publish an event: no other node is known");
  }

  #wait({ resolve }: Settle<void>): Cancel {
    const isThere = () => {
      this.#waiting.delete(isThere);
      resolve();
    };
    this.#waiting.add(isThere);
    return () => this.#waiting.delete(isThere);
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
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

/** @throws StorjError `too-large` */
function checkSize(ofTopic: number, ofEvent: number): void {
  if (ofTopic + ofEvent <= EVENT_BYTES_MAX) return;
  const sizes = `an event of ${ofEvent} bytes on a topic of ${ofTopic}`;
  throw new StorjError(
    "too-large",
    `Cannot publish ${sizes}: ${EVENT_BYTES_MAX} together are the most that all nodes read`,
  );
}

/** That nobody was there in time is not what goes wrong. */
function unlessLate(error: unknown): void {
  if (!(error instanceof StorjError) || error.code !== "timeout") throw error;
}
