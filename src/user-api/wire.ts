/**
 * What goes in and out of the calls, as JSON.
 *
 * @module
 */

/** A value of JSON. Bytes that are no UTF-8 text are {@link Bytes}. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Bytes, as hex digits. */
export interface Bytes {
  readonly hex: string;
}

/** A key of the hash table, or a topic. */
export type Key = string | number | Bytes;

/** A schema, an event or a subscription: an object, or the text of its JSON, in which `5` and `5.0` are different. */
export type Content = string | { readonly [key: string]: JsonValue };

/** An IP address and a port. */
export type Place = readonly [ip: string, port: number];

/** A message that other nodes have passed on. */
export interface RelayedMessage {
  /** Who has signed it; null for nobody. */
  readonly from: string | null;
  readonly message: JsonValue;
}

/** What a call is answered with instead of a result. */
export interface ErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What a node is started with, as far as others may know. */
export interface NodeFacts {
  readonly network: string;
  readonly listen: string;
  /** What it was told to join by. */
  readonly bootstrap: readonly string[];
  /** In milliseconds since 1970. */
  readonly startedMs: number;
}

/** The status of a node. */
export interface NodeStatus extends NodeFacts {
  readonly nodeId: string;
  readonly address: string;
  readonly port: number;
  /** The nearest ones, and how many there are in all. */
  readonly peers: readonly (readonly [nodeid: string, ip: string, port: number])[];
  readonly contacts: number;
  /** Values that it holds, those that it puts anew, messages that nobody has taken or that are passed on, streams. */
  readonly values: number;
  readonly keptPuts: number;
  readonly messages: number;
  readonly relaying: number;
  readonly streams: number;
}
