/**
 * The type bytes and sizes in the protocol of the storj nodes.
 *
 * @module
 */

/**
 * Which type bytes the datagrams have, by the package that brought them. `rpcudp` (2015, and again in the kademlia of
 * today) has 00 for requests and 01 for responses; `storjrpcudp` (2016) has 02 and 03, so that nodes of the two networks
 * don't understand each other.
 */
export type Era = "rpcudp" | "storjrpcudp";

/** What a datagram is. */
export type DatagramKind = "request" | "response";

/** The type byte of each kind of datagram in each era. */
export const TYPE_BYTES: Readonly<Record<Era, Readonly<Record<DatagramKind, number>>>> = Object.freeze({
  rpcudp: Object.freeze({ request: 0x00, response: 0x01 }),
  storjrpcudp: Object.freeze({ request: 0x02, response: 0x03 }),
});

/** What a type byte says. */
export interface DatagramType {
  readonly era: Era;
  readonly kind: DatagramKind;
}

const TYPES: readonly DatagramType[] = [
  { era: "rpcudp", kind: "request" },
  { era: "rpcudp", kind: "response" },
  { era: "storjrpcudp", kind: "request" },
  { era: "storjrpcudp", kind: "response" },
];

/** What a type byte says, or undefined for an unknown one. */
export function datagramType(byte: number): DatagramType | undefined {
  return TYPES[byte];
}

/** Bytes of a node id, a key of the hash table and a message id: a SHA-1 or HASH160. */
export const ID_BYTES = 20;

/** Bytes of a stream id. */
export const STREAM_ID_BYTES = 32;

/** Bytes before the msgpack value of a datagram: the type and the message id. */
export const HEADER_BYTES = 1 + ID_BYTES;

/** Bytes of the smallest datagram that is looked at; shorter ones are ignored. */
export const DATAGRAM_BYTES_MIN = HEADER_BYTES + 1;

/**
 * Bytes of the msgpack value of a request, `[name, [arguments]]`; rpcudp calls it 8K. The caller refuses to send more.
 * Answers have no limit but that of UDP.
 */
export const REQUEST_BYTES_MAX = 8192;

/** Bytes of data that a `stream_write` can carry: what the name and the ids leave of a request. */
export const STREAM_WRITE_BYTES_MAX = 8118;

/** UTF-8 bytes of a text that a `message_notify` can carry. */
export const MESSAGE_TEXT_BYTES_MAX = 8150;

/** UTF-8 bytes of a text that a `store` can carry as its value. */
export const VALUE_TEXT_BYTES_MAX = 8137;

/**
 * Bytes of a packed message to relay: 548 for a datagram that passes everywhere, less what storjnode took for its overhead.
 * The real one is 82, so that the largest datagram has 601 bytes.
 */
export const RELAY_MESSAGE_BYTES_MAX = 519;

/** The hop limit that a relayed message begins with, which is also the highest that is accepted. */
export const RELAY_HOPS_MAX = 64;

/** The most contacts of an answer: the k of this Kademlia. Decoding takes more, since only nodes keep to it. */
export const CONTACTS_MAX = 20;
