/**
 * What every hash table is asked to do.
 *
 * @module
 */

import { seededRandom } from "../frames/random.mjs";

/** How many nodes join. */
export const NETWORKS = [50, 200];
/** Bytes of a value: bittorrent-dht takes less than 1,000. */
export const VALUE_BYTES = 200;
/** What one slice of a run does: some nodes put values, others get them. */
export const SLICE_PUTS = 50;
export const SLICE_GETS = 100;
/** Slices of a run, and how many of them only warm up: it takes some hundred calls until the code is compiled well. */
export const SLICES = 8;
export const WARM_SLICES = 4;
/** The part of all nodes that stops, and how many values are got right after. */
export const STOPPED_SHARE = 0.3;
export const GETS_AFTER = 60;

/**
 * A node that runs.
 *
 * @typedef {object} Node
 * @property {(value: Uint8Array) => Promise<unknown>} put resolves to the key when the value is stored
 * @property {(key: unknown) => Promise<Uint8Array | null>} get
 * @property {(key: unknown) => boolean | Promise<boolean>} holds whether the node has the value itself
 * @property {() => Promise<void>} stop without a word to the others
 */

/**
 * A hash table.
 *
 * @typedef {object} System
 * @property {(first: Node | undefined) => Promise<Node>} join a node that knows one other, or none; resolves when it
 * has found its place
 * @property {() => number} datagrams how many all nodes have sent
 */

/** @typedef {{ key: unknown, value: Uint8Array, by: Node }} Stored */

const SEED = 20161;
/** How often a node and a value are drawn until the node does not hold the value. */
const TRIES_MAX = 10_000;

/** A run of the work on one system, step by step. */
export class Work {
  /** @type {Node[]} */
  #nodes = [];
  /** @type {Stored[]} */
  #stored = [];
  #random = seededRandom(SEED);
  #system;

  /** @param {System} system */
  constructor(system) {
    this.#system = system;
  }

  /** Nodes join, one after the other, through the first. @returns {Promise<number[]>} milliseconds each took */
  join(count) {
    return timed(count, async () => {
      this.#nodes.push(await this.#system.join(this.#nodes[0]));
    });
  }

  /** Random nodes put random values. @returns {Promise<number[]>} milliseconds each took */
  put(count) {
    const puts = Array.from({ length: count }, () => [this.#any(this.#nodes), this.#random.bytes(VALUE_BYTES)]);
    return timed(count, async () => {
      const [by, value] = puts.pop();
      const key = await by.put(value);
      return () => this.#stored.push({ key, value, by });
    });
  }

  /**
   * Draws random nodes, each with a random value that another one has put and that it does not hold itself.
   *
   * @returns {Promise<{ node: Node, stored: Stored }[]>} what {@link Work.get} is to get
   */
  async drawGets(count) {
    const gets = [];
    while (gets.length < count) gets.push(await this.#anyGet());
    return gets;
  }

  /** Nodes get values. @returns {Promise<{ ms: number[], found: number }>} */
  async get(gets) {
    let [found, next] = [0, 0];
    const ms = await timed(gets.length, async () => {
      const { node, stored } = gets[next++];
      const value = await node.get(stored.key);
      return () => found += value !== null && sameBytes(value, stored.value) ? 1 : 0;
    });
    return { ms, found };
  }

  async #anyGet() {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const [node, stored] = [this.#any(this.#nodes), this.#any(this.#stored)];
      if (node !== stored.by && !await node.holds(stored.key)) return { node, stored };
    }
    throw new Error("Nearly every node holds every value");
  }

  /** Stops a share of the nodes, at random. */
  async stop(share) {
    const stopping = this.#random.shuffle(this.#nodes).splice(0, Math.round(this.#nodes.length * share));
    await Promise.all(stopping.map((node) => node.stop()));
  }

  #any(items) {
    return items[this.#random.integer(items.length)];
  }
}

/** Calls something again and again, and measures each call. What it returns is called outside the timing. */
async function timed(count, call) {
  const ms = [];
  for (let n = 0; n < count; n++) {
    const startMs = performance.now();
    const finish = await call();
    ms.push(performance.now() - startMs);
    finish?.();
  }
  return ms;
}

function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
