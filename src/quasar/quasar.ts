/**
 * Publish/subscribe of a node: whom it has as neighbours, what they subscribe to, and how events travel among them.
 *
 * @module
 */

import { formatHex } from "../../codec/mod.ts";
import type { Packed } from "../../codec/msgpack/mod.ts";
import { type FilterKey, filterKeyBytes, FILTERS_DEPTH_MAX } from "../../codec/protocols/storj/mod.ts";
import type { Quasar, QuasarLimits, QuasarOptions } from "./api.ts";
import { quasarLimits } from "./limits.ts";
import { Propagation } from "./propagation.ts";
import { Routing, TTL_MAX } from "./routing.ts";
import type { QuasarStats } from "./stats.ts";

/**
 * Makes a node of publish/subscribe.
 *
 * @throws RangeError for options out of bounds
 * @throws TypeError if its calls are answered already
 */
export function quasar(options: QuasarOptions): Quasar {
  return new QuasarNode(options);
}

class QuasarNode implements Quasar {
  readonly #limits: QuasarLimits;
  readonly #propagation: Propagation;
  readonly #routing: Routing;
  /** By the bytes of their keys, in the order in which they came. */
  readonly #topics = new Map<string, FilterKey>();

  constructor(options: QuasarOptions) {
    const { overlay, rpc, clock, random, received, onEvent, ttl = TTL_MAX } = options;
    checkNumbers(options);
    this.#limits = quasarLimits(options.limits);
    this.#propagation = new Propagation(options);
    this.#routing = new Routing({
      id: overlay.id,
      neighbours: this.#propagation,
      rpc,
      clock,
      random,
      limits: this.#limits,
      ttl,
      subscribed: (topic) => this.#topics.get(topicName(topic)),
      received,
      seen: (id, from) => overlay.seen(id, from),
      tell: (event) => onEvent?.(event),
    });
  }

  subscribe(topic: FilterKey): void {
    const name = topicName(topic);
    if (this.#topics.has(name)) return;
    const { topics } = this.#limits;
    if (this.#topics.size >= topics) throw new RangeError(`Cannot subscribe to more than ${topics} topics`);
    this.#topics.set(name, topic);
    this.#propagation.subscribe(topic);
  }

  unsubscribe(topic: FilterKey): boolean {
    if (!this.#topics.delete(topicName(topic))) return false;
    this.#propagation.unsubscribe(topic);
    return true;
  }

  subscriptions(): readonly FilterKey[] {
    return [...this.#topics.values()];
  }

  publish(topic: FilterKey, event: Packed): { readonly sent: number; readonly repeated: boolean } {
    return this.#routing.publish(topic, event);
  }

  stats(): QuasarStats {
    return { ...this.#propagation.stats(), ...this.#routing.stats(), subscriptions: this.#topics.size };
  }

  close(): Promise<void> {
    this.#routing.close();
    this.#propagation.close();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** @throws RangeError for numbers out of bounds; those that make no filters are refused where these are made */
function checkNumbers({ ttl = TTL_MAX, depth = 1, refreshMs = 1, freshnessMs = 1 }: QuasarOptions): void {
  for (const [name, value, max] of [["ttl", ttl, TTL_MAX], ["depth", depth, FILTERS_DEPTH_MAX]] as const) {
    if (Number.isInteger(value) && value >= 1 && value <= max) continue;
    throw new RangeError(`Cannot use ${value} as ${name}: it is a whole number between 1 and ${max}`);
  }
  for (const [name, value] of Object.entries({ refreshMs, freshnessMs })) {
    if (!(value > 0)) throw new RangeError(`Cannot use ${value} as ${name}: it is a time above 0`);
  }
}

/** @throws TypeError for what is not a key */
function topicName(topic: FilterKey): string {
  return formatHex(filterKeyBytes(topic));
}
