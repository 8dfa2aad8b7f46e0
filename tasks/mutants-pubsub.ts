/**
 * Faults of publish/subscribe.
 *
 * @module
 */

import { group, type Mutant } from "./mutants-row.ts";

/** All of them. */
export const PUBSUB_MUTANTS: readonly Mutant[] = [
  ...group("src/storj/pubsub", ["storj/pubsub/topics"], [
    [
      "the newest events are dropped",
      "event-queue",
      "queue.takeFirst();\n        this.#dropped",
      "void queue;\n        this.#dropped",
    ],
    ["events of a topic wait without bound", "event-queue", "queue.size > this.#limits.events", "false"],
    [
      "all events together have no bound",
      "event-queue",
      "while (this.#bytes > this.#limits.eventsBytes)",
      "while (false)",
    ],
    ["whoever gets an event makes room", "event-queue", "other.bytes > largest.bytes", "false"],
    ["small events take no room", "event-queue", "EVENT_BYTES = 64", "EVENT_BYTES = 0"],
    ["what was drained still takes room", "event-queue", "this.room.changed(this, -this.#bytes)", "void 0"],
    [
      "loops miss what comes while they are busy",
      "event-queue",
      "return this.#queue.put(event);\n        const item",
      "return;\n        const item",
    ],
    ["a loop that waits for nothing more never ends", "event-queue", "if (this.#isLast)", "if (false)"],
    ["what a loop has left takes room", "event-queue", "this.#queue.drain();", ""],
    ["a loop that has ended stays subscribed", "event-queue", "this.#whenEnded(this);", ""],
    ["unreadable events are handed out", "event-queue", "if (item !== undefined)\n", "if (true)\n"],
    ["topics have no bound", "topics", "if (count > max)", "if (false)"],
    [
      "topics that several listen to count twice",
      "topics",
      "filter((name) => !this.#shared.has(name)).length",
      "length",
    ],
    ["a subscription ends with the first who leaves", "topics", " || there.listeners.size > 0", ""],
    ["others are not told of the end", "topics", "this.carrier.unsubscribe(there.topic)", "void 0"],
    ["who subscribes anew loses what had come", "topics", "known?.queue ?? ", ""],
    ["what had come is gone with the subscription", "topics", "subscription.queue.size === 0", "true"],
    ["handlers share the bytes of an event", "topics", "listener.handler(copyOf(event)", "listener.handler(event"],
    ["what is too large has no code", "topics", "cause instanceof RangeError", "false"],
    ["nobody waits for neighbours", "topics", "while (!this.#closed && !isDone())", "while (false)"],
    ["who is alone waits for neighbours", "topics", "this.carrier.isAlone || ", ""],
    ["who is alone publishes", "topics", "if (!this.#hasMet)\n            throw", "if (false)\n            throw"],
    ["what neighbours subscribe to does not matter", "topics", "known > 0 || ", "true || "],
    ["neighbours who tell nothing are waited for each time", "topics", "return this.#hasMet && ", "return false && "],
    ["neighbours who tell nothing are waited for without end", "topics", "waitedMs() >= FILTERS_MS", "false"],
    ["silent neighbours are waited for without end", "topics", "waitedMs() >= QUERY_TIMEOUT_MS", "false"],
    ["later events overtake those that wait", "topics", "this.#search !== null || ", ""],
    ["one who waited in vain waits for ever", "topics", ".finally(() => this.#search = null)", ""],
    ["loops do not end with the node", "topics", "loop.end();", "void loop;"],
    [
      "subscriptions show after the end of the node",
      "topics",
      "if (subscription.following !== null)\n                this.#end(",
      "if (false)\n                this.#end(",
    ],
  ]),
];
