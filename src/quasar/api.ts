/**
 * What publish/subscribe is: what it stands on, its options, what it does, and what it tells.
 *
 * @module
 */

import type { Packed } from "../../codec/msgpack/mod.ts";
import type { Capability, FilterKey, FilterLayout } from "../../codec/protocols/storj/mod.ts";
import type { Clock, Random } from "../host/host.ts";
import type { Caller, CallOptions, Cancel, RpcEndpoint } from "../rpc/mod.ts";
import type { QuasarStats } from "./stats.ts";

/** A node next to this one in the overlay. */
export interface Neighbour {
  /** 20 bytes. */
  readonly id: Uint8Array;
  /** As hosts write it, `udp:10.0.0.1:4653`. */
  readonly address: string;
}

/** Who is next to whom. */
export interface Overlay {
  /** The own id, 20 bytes. */
  readonly id: Uint8Array;
  /**
   * Whom this node chooses as neighbours: the nearest ones, and one from each part of the network that is farther away.
   * At most 40, and the same ones as long as they live. Others may choose this node besides.
   */
  neighbours(): readonly Neighbour[];
  /** Has a function called when the choice may have changed. */
  onChange(run: () => void): Disposable;
  /**
   * Finds out what a neighbour can beyond what the originals can, and how to call it. Who does not answer is an original.
   *
   * @param settle Called once, before this returns if it is known; not after the call is cancelled
   */
  introduce(neighbour: Neighbour, settle: (can: readonly Capability[], options: CallOptions) => void): Cancel;
  /** Ids of all nodes that are known, each the same object each time: whoever is among them need not be told twice. */
  known?(): readonly Uint8Array[];
  /** Whether nearly all nodes are neighbours of neighbours, and do not all know each other. If this is not said, it is not so. */
  isDense?(): boolean;
  /** A chosen neighbour has declined, or does not answer: there may be another one in its place. */
  refused?(neighbour: Neighbour): void;
  /** Somebody has called and says that it has this id. */
  seen(id: Uint8Array, from: Caller): void;
}

/** Bounds on what others can make a node keep and send, each with its default in `QUASAR_LIMITS`. */
export interface QuasarLimits {
  /** Own subscriptions. */
  readonly topics: number;
  /** Neighbours, chosen ones and those who chose this node. */
  readonly neighbours: number;
  /** Events that are remembered, so that none is delivered twice. */
  readonly history: number;
  /** Ids of nodes that an event names, so that it is not sent back to them. */
  readonly publishers: number;
  /** Events a second that are looked at from one address. */
  readonly notifiesPerSecond: number;
}

/** Options of {@link quasar}. */
export interface QuasarOptions {
  readonly overlay: Overlay;
  /** Carries the calls. Quasar answers its own calls on it, those of the originals and ours. */
  readonly rpc: RpcEndpoint;
  readonly clock: Clock;
  readonly random: Random;
  /** Called with each event of a topic that is subscribed to, once. It must not throw. */
  readonly received: (topic: FilterKey, event: Packed) => void;
  /** Levels of the own filters. Default 3. */
  readonly depth?: number;
  /** Keys that a level is made for. Default 512. */
  readonly capacity?: number;
  /** How likely a key is found in a filter that was not added. Default 0.001. */
  readonly errorRate?: number;
  /** Which pybloom. Default 1.1. */
  readonly layout?: FilterLayout;
  /** How many hops an event may take. Default 64. */
  readonly ttl?: number;
  /** How often all neighbours are sent the filters, in milliseconds. Default 600,000. */
  readonly refreshMs?: number;
  /** How old filters may be that count, in milliseconds. Default 660,000. */
  readonly freshnessMs?: number;
  readonly limits?: Partial<QuasarLimits>;
  /** Called with what happens. It must not throw. */
  readonly onEvent?: (event: QuasarEvent) => void;
}

/** What happens. */
export type QuasarEvent =
  /** A node is a neighbour now, and its filters are known; or is one no more. */
  | { readonly type: "neighbour-added" | "neighbour-gone"; readonly neighbour: Neighbour }
  /** An event went nowhere: nobody was left to send it to, or it had no hops left. */
  | { readonly type: "walk-died"; readonly reason: "ttl" | "nobody" | "silent" };

/** Publish/subscribe among the nodes of an overlay. */
export interface Quasar extends AsyncDisposable {
  /**
   * Subscribes to a topic; twice is once.
   *
   * @throws RangeError for more topics than the limit says
   */
  subscribe(topic: FilterKey): void;
  /** Ends a subscription; false if there is none. */
  unsubscribe(topic: FilterKey): boolean;
  subscriptions(): readonly FilterKey[];
  /**
   * Publishes an event. If this node subscribes to the topic, it gets it at once. The same event within a minute is
   * nothing new.
   *
   * @returns to how many nodes it was sent, 0 if nobody is there; and whether it was nothing new
   * @throws RangeError for an event that no datagram takes
   */
  publish(topic: FilterKey, event: Packed): { readonly sent: number; readonly repeated: boolean };
  /** Figures. */
  stats(): QuasarStats;
  /** Ends all that is under way, and answers no more. The endpoint stays open. */
  close(): Promise<void>;
}
