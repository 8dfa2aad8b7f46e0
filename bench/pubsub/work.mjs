/**
 * What every network of publishers and subscribers is asked to do.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "../frames/random.mjs";

/** How many nodes there are, and how many connections each has where nodes have connections. */
export const NODES = 50;
export const CONNECTIONS = 9;
/** Characters of an event, with the part by which it is recognized on the wire. */
export const EVENT_CHARS = 200;
export const EVENT_MARK = "8f1d62a07be94c35";
/** Events of a slice of the topic that all subscribe to: first one after the other, then all at once. */
export const SLICE_EVENTS = 25;
/** Slices of a run, and how many of them only warm up. */
export const SLICES = 8;
export const WARM_SLICES = 3;
/** Topics with one subscriber each. */
export const SINGLE_TOPICS = 25;
/** How long subscriptions may take until events are published, and how long an event may take. */
export const SUBSCRIBE_MS = 4000;
export const EVENT_MS = 4000;

/**
 * A node that runs.
 *
 * @typedef {object} Node
 * @property {(topic: string, received: (event: string) => void) => void} subscribe
 * @property {(topic: string, event: string) => Promise<void>} publish
 */

/**
 * @typedef {object} Sent
 * @property {number} events messages with an event in it; a message with two counts as two
 * @property {number} messages all messages
 * @property {number} bytes of all messages
 */

/**
 * A network.
 *
 * @typedef {object} System
 * @property {(count: number, connections: number) => Promise<Node[]>} start nodes that have found each other
 * @property {() => Sent} sent what all nodes have sent until now
 */

/**
 * What became of events.
 *
 * @typedef {object} Fate
 * @property {number} events that were published
 * @property {number} expected deliveries to other nodes than the publisher
 * @property {number} twice deliveries of what the node had already
 * @property {number[]} ms that each delivery took
 */

const SEED = 20162;
/** The topic that all subscribe to. */
const EVERYBODY = "everybody";
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** A run of the work on one network. */
export class Work {
  /** @type {Node[]} */
  #nodes = [];
  #random = seededRandom(SEED);
  #system;
  /** Events that are under way: what happens when a node gets them. @type {Map<string, (node: number) => void>} */
  #underWay = new Map();

  /** @param {System} system */
  constructor(system) {
    this.#system = system;
  }

  /** Starts all nodes. */
  async start() {
    this.#nodes = await this.#system.start(NODES, CONNECTIONS);
  }

  /** All nodes subscribe to one topic. */
  async subscribeAll() {
    for (const node of this.#nodes.keys()) this.#subscribe(node, EVERYBODY);
    await pause(SUBSCRIBE_MS);
  }

  /** Random nodes publish to all, one after the other. @returns {Promise<Fate>} */
  async oneByOne(count) {
    const fates = [];
    for (let n = 0; n < count; n++) fates.push(await this.#publishToAll());
    return together(fates);
  }

  /** Random nodes publish to all, at once. @returns {Promise<Fate>} */
  async atOnce(count) {
    return together(
      await Promise.all(
        Array.from({ length: count }, () => this.#publishToAll()),
      ),
    );
  }

  /** Nodes subscribe to a topic each, which others publish an event to. @returns {Promise<Fate>} */
  async single(count) {
    const pairs = Array.from({ length: count }, (_, n) => {
      const [subscriber, publisher] = this.#random.shuffle([
        ...this.#nodes.keys(),
      ]);
      return { topic: `single ${n}`, subscriber, publisher };
    });
    for (const { topic, subscriber } of pairs) {
      this.#subscribe(subscriber, topic);
    }
    await pause(SUBSCRIBE_MS);
    const fates = pairs.map(({ topic, publisher }) => this.#publish(publisher, topic, 1));
    return together(await Promise.all(fates));
  }

  #subscribe(node, topic) {
    this.#nodes[node].subscribe(
      topic,
      (event) => this.#underWay.get(event)?.(node),
    );
  }

  #publishToAll() {
    return this.#publish(
      this.#random.integer(this.#nodes.length),
      EVERYBODY,
      this.#nodes.length - 1,
    );
  }

  /** Publishes an event, and waits until it has reached all others that it is for, or for the longest that it may take. */
  async #publish(publisher, topic, expected) {
    const event = EVENT_MARK +
      this.#random.text(EVENT_CHARS - EVENT_MARK.length, LETTERS);
    const fate = { events: 1, expected, twice: 0, ms: [] };
    const reached = new Set();
    const late = new AbortController();
    const startMs = performance.now();
    const all = new Promise((resolve) => {
      // It stays: what comes late, or once more, counts as well.
      this.#underWay.set(event, (node) => {
        if (reached.has(node)) fate.twice++;
        else if (node !== publisher) fate.ms.push(performance.now() - startMs);
        reached.add(node);
        if (fate.ms.length === expected) resolve();
      });
    });
    await this.#nodes[publisher].publish(topic, event);
    await Promise.race([
      all,
      pause(EVENT_MS, null, { signal: late.signal }).catch(() => {}),
    ]);
    late.abort();
    return fate;
  }
}

/** @param {Fate[]} fates @returns {Fate} */
export function together(fates) {
  const sum = (property) => fates.reduce((total, fate) => total + fate[property], 0);
  return {
    ...{
      events: sum("events"),
      expected: sum("expected"),
      twice: sum("twice"),
    },
    ms: fates.flatMap(({ ms }) => ms),
  };
}
