/**
 * The two sets of type bytes, by the package that brought them.
 *
 * `rpcudp` (2015, and again in the kademlia of today) has 00 for requests and 01 for responses; `storjrpcudp` (2016) has
 * 02 and 03, so that nodes of the two networks don't understand each other.
 *
 * @module
 */

/** Which type bytes the datagrams have: 00 and 01, or 02 and 03. */
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
