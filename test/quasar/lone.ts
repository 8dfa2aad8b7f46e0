/**
 * One node with routing alone: the test is its neighbours, and sees each datagram.
 *
 * @module
 */

import { pack, type Packed, unpack } from "../../codec/msgpack/mod.ts";
import { createFilter, type FilterKey, filterWith, type RpcArgs } from "../../codec/protocols/storj/mod.ts";
import type { QuasarEvent, QuasarLimits } from "../../src/quasar/api.ts";
import { quasarLimits } from "../../src/quasar/limits.ts";
import type { KnownNeighbour } from "../../src/quasar/neighbours.ts";
import { Routing } from "../../src/quasar/routing.ts";
import type { RpcLimits } from "../../src/rpc/mod.ts";
import { addressOf, idOf, WireNode } from "./wire-node.ts";

/** The id of the node. */
export const OWN_ID = new Uint8Array(20).fill(0xbb);

const EMPTY = createFilter();

/** Options of {@link Lone}. */
export interface LoneOptions {
  readonly limits?: Partial<QuasarLimits>;
  readonly rpcLimits?: Partial<RpcLimits>;
}

/** The node. */
export class Lone extends WireNode {
  readonly routing: Routing;
  readonly neighbours: KnownNeighbour[] = [];
  readonly topics = new Map<FilterKey, FilterKey>();
  readonly got: [FilterKey, unknown][] = [];
  readonly events: QuasarEvent[] = [];
  readonly silent: KnownNeighbour[] = [];

  constructor({ limits, rpcLimits = {} }: LoneOptions = {}) {
    super(rpcLimits);
    const { clock, random } = this.host;
    this.routing = new Routing({
      id: OWN_ID,
      neighbours: { all: () => this.neighbours, silent: (neighbour) => void this.silent.push(neighbour) },
      rpc: this.rpc,
      clock,
      random,
      limits: quasarLimits(limits),
      ttl: 64,
      subscribed: (topic) => this.topics.get(topic),
      received: (topic, event) => void this.got.push([topic, unpack(event)]),
      seen: () => {},
      tell: (event) => void this.events.push(event),
    });
  }

  /** Subscribes to topics. */
  subscribe(...topics: FilterKey[]): this {
    for (const topic of topics) this.topics.set(topic, topic);
    return this;
  }

  /** A neighbour whose id is a byte twenty times, at an address that follows from it; keys of its levels, besides its id. */
  add(byte: number, levels: readonly (readonly FilterKey[])[] = [], isOurs = true): KnownNeighbour {
    const neighbour: KnownNeighbour = {
      id: idOf(byte),
      address: addressOf(byte),
      isOurs,
      call: {},
      levels: levels.map((keys, level) => filterWith(EMPTY, level === 0 ? [idOf(byte), ...keys] : keys)),
    };
    this.neighbours.push(neighbour);
    return neighbour;
  }

  /** The addresses to which it has sent something, as the bytes of their nodes, in order. */
  targets(): number[] {
    return this.sent().map(({ to }) => Number(to.split(/[.:]/)[4])).sort((a, b) => a - b);
  }
}

let number = 0;

/** Arguments of a `warpwire_notify`, of a new publication unless one is given. */
export function notify(
  from: number,
  topic: FilterKey,
  value: string | number | Packed,
  more: Partial<RpcArgs<"warpwire_notify">> = {},
): RpcArgs<"warpwire_notify"> {
  const publication = new Uint8Array(16);
  new DataView(publication.buffer).setUint32(0, ++number);
  const event = typeof value === "object" ? value : pack(value);
  return { nodeId: idOf(from), topic, event, publication, publishers: [], visited: [], ttl: 64, walked: 0, ...more };
}

/** Arguments of a `quasar_notify`. */
export function oldNotify(
  from: number,
  topic: RpcArgs<"quasar_notify">["topic"],
  value: string | number,
  more: Partial<RpcArgs<"quasar_notify">> = {},
): RpcArgs<"quasar_notify"> {
  return { nodeId: idOf(from), topic, event: pack(value), publishers: [], ttl: 64, ...more };
}
