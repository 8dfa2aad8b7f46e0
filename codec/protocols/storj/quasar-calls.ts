/**
 * Calls of our own for publish/subscribe, with the capability `quasar`.
 *
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import {
  any,
  arrayOf,
  boolean,
  bytesLike,
  float64,
  intBetween,
  type MsgpackShape,
  type MsgpackValue,
  namedTuple,
  nil,
  nullable,
  type Packed,
  packed,
  uint,
} from "../../msgpack/mod.ts";
import { BOTH, type Rpc, rpc } from "./call.ts";
import { type FilterKey, filterKeyBytes } from "./dht-key.ts";
import { FILTER_SUM_BYTES, type FilterParams } from "./filters/mod.ts";
import { id, ids } from "./shapes.ts";

/** Bytes of the number of a publication: so many that none comes up twice. */
export const PUBLICATION_BYTES = 16;

/** Bytes of a digest by which an event is known, the first ones of {@link eventDigest}. */
export const EVENT_NAME_BYTES = 16;

/** What a node says to an event. */
export const NOTIFY_ANSWERS = Object.freeze({
  /** It takes it, and passes it on. */
  taken: 0,
  /** It has had it. */
  known: 1,
  /** It has too much to do. */
  busy: 2,
});

/** An event on its way. */
export interface Notify {
  readonly nodeId: Uint8Array;
  /** A key of filters; anything else is refused. */
  readonly topic: MsgpackValue;
  readonly event: Packed;
  /** 16 bytes: the same for all copies of what was published once. */
  readonly publication: Uint8Array;
  /** Subscribers who have it, or are sent it now. */
  readonly publishers: readonly Uint8Array[];
  /** Others who have passed it on. */
  readonly visited: readonly Uint8Array[];
  /** How many hops it may still take. */
  readonly ttl: number;
  /** How many hops it has taken since a subscriber had it. */
  readonly walked: number;
}

/** What a node says to the filters of another one. */
export const FILTERS_ANSWERS = Object.freeze({
  /** It has them now, and both are neighbours. */
  taken: 0,
  /** It needs all bits: it does not have what the changes are of. */
  whole: 1,
  /** The two are not neighbours: it has enough of them, or neither wants the other. */
  declined: 2,
});

/** The filters of a node for a neighbour, or what has changed in them. */
export interface FiltersUpdate {
  /** 20 bytes. */
  readonly nodeId: Uint8Array;
  /** Whether the sender has chosen the other one as a neighbour, and did not just accept it. */
  readonly wanted: boolean;
  /** The checksum of the filters of which these are changes; null if all bits that are set are there. */
  readonly from: Uint8Array | null;
  /** The checksum of what the filters are then. */
  readonly to: Uint8Array;
  /** The sizes of all levels, with all bits. */
  readonly sizes: FilterParams | null;
  /** Of each level the bits that have changed, or all that are set, as `packPositions` writes them. */
  readonly levels: readonly Uint8Array[];
}

/** Our own calls for publish/subscribe by name, with their types written out. */
export interface QuasarCalls {
  readonly warpwire_notify: Rpc<Notify, number>;
  readonly warpwire_offer: Rpc<
    { nodeId: Uint8Array; topic: MsgpackValue; eventName: Uint8Array; publication: Uint8Array },
    null
  >;
  readonly warpwire_want: Rpc<
    { nodeId: Uint8Array; eventName: Uint8Array; publication: Uint8Array },
    { event: Packed } | null
  >;
  readonly warpwire_filters: Rpc<FiltersUpdate, number>;
}

const publication: MsgpackShape<Uint8Array> = bytesLike(PUBLICATION_BYTES);
const eventName: MsgpackShape<Uint8Array> = bytesLike(EVENT_NAME_BYTES);
const byte = intBetween(0, 255);
const sum: MsgpackShape<Uint8Array> = bytesLike(FILTER_SUM_BYTES);
const sizes: MsgpackShape<FilterParams> = namedTuple(
  { errorRate: float64, sliceCount: uint, sliceBits: uint, capacity: uint },
  (errorRate, sliceCount, sliceBits, capacity) => ({ errorRate, sliceCount, sliceBits, capacity }),
);

/** Our own calls for publish/subscribe by name. */
export const quasarCalls: QuasarCalls = Object.freeze({
  warpwire_notify: rpc({
    eras: BOTH,
    args: namedTuple(
      { nodeId: id, topic: any, event: packed, publication, publishers: ids, visited: ids, ttl: byte, walked: byte },
      (nodeId, topic, event, publication, publishers, visited, ttl, walked) => {
        return { nodeId, topic, event, publication, publishers, visited, ttl, walked };
      },
    ),
    reply: byte,
    note: "As quasar_notify. 0 when the node takes it and passes it on, 1 when it has had it, 2 when it is busy.",
  }),
  warpwire_offer: rpc({
    eras: BOTH,
    args: namedTuple(
      { nodeId: id, topic: any, eventName, publication },
      (nodeId, topic, eventName, publication) => ({ nodeId, topic, eventName, publication }),
    ),
    reply: nil,
    note: "Says that the caller has an event, by half of its digest and its publication. Who lacks it asks for it.",
  }),
  warpwire_want: rpc({
    eras: BOTH,
    args: namedTuple(
      { nodeId: id, eventName, publication },
      (nodeId, eventName, publication) => ({ nodeId, eventName, publication }),
    ),
    reply: nullable(namedTuple({ event: packed }, (event) => ({ event }))),
    note: "The event, or nil when the node does not have it any more.",
  }),
  warpwire_filters: rpc({
    eras: BOTH,
    args: namedTuple(
      {
        nodeId: id,
        wanted: boolean,
        from: nullable(sum),
        to: sum,
        sizes: nullable(sizes),
        levels: arrayOf(bytesLike()),
      },
      (nodeId, wanted, from, to, sizes, levels) => ({ nodeId, wanted, from, to, sizes, levels }),
    ),
    reply: byte,
    note:
      "0 when they are taken and the two are neighbours, 1 when all bits are needed, 2 when they are not neighbours.",
  }),
});

/** What an event is known by: 32 bytes, the SHA-256 of its topic and its packed bytes. `5` and `"5"` are one topic. */
export function eventDigest(topic: FilterKey, event: Packed): Uint8Array {
  const key = filterKeyBytes(topic);
  const bytes = new Uint8Array(4 + key.length + event.bytes.length);
  new DataView(bytes.buffer).setUint32(0, key.length);
  bytes.set(key, 4);
  bytes.set(event.bytes, 4 + key.length);
  return sha256(bytes);
}
