/**
 * An event on its way from node to node.
 *
 * @module
 */

import { pack, type Packed } from "../../codec/msgpack/mod.ts";
import { type FilterKey, ID_BYTES, type RpcArgs } from "../../codec/protocols/storj/mod.ts";
import { type EventId, nameOf } from "./history.ts";

/** An event, and how far it has come. */
export interface Carried {
  readonly topic: FilterKey;
  readonly event: Packed;
  readonly eventId: EventId;
  /** Subscribers who have it, or are sent it now. */
  readonly publishers: readonly Uint8Array[];
  /** Others who have passed it on, the last ones. */
  readonly visited: readonly Uint8Array[];
  /** How many hops it may still take. */
  readonly ttl: number;
  /** How many hops it has taken since a subscriber had it. */
  readonly walked: number;
}

/** Bytes of the largest datagram that the originals read. */
const DATAGRAM_BYTES_MAX = 8192;
/** What a `warpwire_notify` without ids has besides topic and event, and a `quasar_notify`. */
const OWN_BYTES = 89;
const OLD_BYTES = 64;
/** Bytes of an id in a list. */
const LISTED_ID_BYTES = 2 + ID_BYTES;
/**
 * How many nodes of each kind an event names among ours. With all of them, of 100 subscribers among 1,000 nodes, as many
 * messages are sent: who had it long ago is far away.
 */
const LISTED_MAX = 16;

/** Bytes that topic and event may have together, packed, so that they fit into a datagram that all nodes read. */
export const EVENT_BYTES_MAX = DATAGRAM_BYTES_MAX - OWN_BYTES;

/** Bytes of topic and event, packed. */
export function eventBytes(topic: FilterKey, event: Packed): number {
  return pack(topic).bytes.length + event.bytes.length;
}

/** Whether an event that came in some call can be passed on in any. */
export function canPassOn(topic: FilterKey, event: Packed): boolean {
  return eventBytes(topic, event) <= DATAGRAM_BYTES_MAX - OLD_BYTES;
}

/** The arguments for a node of ours, or null if they don't fit. The event is never shortened, the lists are. */
export function ownArguments(nodeId: Uint8Array, carried: Carried, max: number): RpcArgs<"warpwire_notify"> | null {
  const { topic, event, eventId: { publication }, ttl, walked } = carried;
  const room = EVENT_BYTES_MAX - eventBytes(topic, event);
  if (room < 0) return null;
  const ids = Math.floor(room / LISTED_ID_BYTES);
  const publishers = last(carried.publishers, Math.min(ids, max, LISTED_MAX));
  // Without a subscriber yet, the way is long in a network whose filters do not show one, and must not lead back.
  const visitedMax = carried.publishers.length === 0 ? max : LISTED_MAX;
  const visited = last(carried.visited, Math.min(ids - publishers.length, visitedMax));
  return { nodeId, topic, event, publication, publishers, visited, ttl, walked };
}

/** The arguments for an original. */
export function oldArguments(
  nodeId: Uint8Array,
  { topic, event, publishers, ttl }: Carried,
  max: number,
): RpcArgs<"quasar_notify"> {
  const ids = Math.floor((DATAGRAM_BYTES_MAX - OLD_BYTES - eventBytes(topic, event)) / LISTED_ID_BYTES);
  return { nodeId, topic, event, publishers: last(publishers, Math.min(ids, max)), ttl };
}

/** The ids of two lists, each once. */
export function joinIds(ids: readonly Uint8Array[], more: readonly Uint8Array[]): Uint8Array[] {
  const byName = new Map(ids.map((id) => [nameOf(id), id]));
  for (const id of more) byName.set(nameOf(id), id);
  return [...byName.values()];
}

/** The last elements of a list, so many at most. */
export function last<T>(list: readonly T[], max: number): T[] {
  return max > 0 ? list.slice(-max) : [];
}
