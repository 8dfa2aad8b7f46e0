/**
 * What a node of the hash table is: its options, what it does, and what it tells.
 *
 * @module
 */

import type { Packed } from "../../codec/msgpack/mod.ts";
import type { Clock, Random, WaitOptions } from "../host/host.ts";
import type { Caller, RpcEndpoint } from "../rpc/mod.ts";
import type { Contact, ContactCache } from "./contact.ts";
import type { DiversityLimits } from "./diversity.ts";
import type { LookupStep } from "./lookup.ts";
import type { NetworkSize } from "./network-size.ts";
import type { KademliaStats } from "./stats.ts";
import type { ValueLimits } from "./value-limits.ts";

/** Options of `kademlia`. */
export interface KademliaOptions {
  /** Carries the calls. The node answers `ping`, `stun`, `find_node`, `find_value` and `store` on it. */
  readonly rpc: RpcEndpoint;
  readonly clock: Clock;
  readonly random: Random;
  /** The own id, 20 bytes. */
  readonly id: Uint8Array;
  /** How many nodes keep a value, and how many contacts a bucket has. Default 20, as everywhere in this network. */
  readonly k?: number;
  /** Requests of a lookup that are under way at all times; up to 10 while answers are late. Default 3. */
  readonly alpha?: number;
  /** Disjoint paths of a lookup, so that a node that lies misleads only one of them. Default 1. */
  readonly paths?: number;
  /** What is kept of the values of others. */
  readonly values?: Partial<ValueLimits>;
  /** How many contacts of one network count; false for any number. */
  readonly diversity?: Partial<DiversityLimits> | false;
  /** Where contacts come from. Nodes of one process that share it share the memory of contacts. */
  readonly contacts?: ContactCache;
  /** Called with what happens. It must not throw. */
  readonly onEvent?: (event: KademliaEvent) => void;
}

/** What happens in a node. */
export type KademliaEvent =
  /** A contact that has answered is in the table now. */
  | { readonly type: "contact-added"; readonly contact: Contact }
  /** A contact is out of the table: it was silent, or somebody else answers at its address. */
  | { readonly type: "contact-gone"; readonly contact: Contact }
  /** The table has nobody left; those known before are asked until somebody answers. */
  | { readonly type: "alone" }
  /** Somebody has answered, and the own neighbours are known. */
  | { readonly type: "joined"; readonly contacts: number }
  /** A lookup of any kind has ended. */
  | { readonly type: "lookup"; readonly target: Uint8Array; readonly rpcs: number; readonly ms: number };

/** Options of lookups. */
export interface LookupOptions extends WaitOptions {
  /** Called with each request and each answer. */
  readonly onProgress?: ((step: LookupStep) => void) | undefined;
}

/** Options of `get`. */
export interface GetOptions extends LookupOptions {
  /**
   * How many nodes have to answer with a value; then the most frequent one counts. Default 1: the first.
   */
  readonly quorum?: number | undefined;
}

/** Nodes that were found. */
export interface Found {
  /** The nearest to the target that are alive, the nearest first. */
  readonly contacts: readonly Contact[];
  /** Requests that it took. */
  readonly rpcs: number;
  /** How many answers led to the last of them. */
  readonly hops: number;
  readonly ms: number;
}

/** A value that was found. */
export interface FoundValue {
  readonly value: Packed;
  /** Whose answer it was; null for a value that this node keeps itself. */
  readonly from: Contact | null;
  /** How many nodes answered with it, and how many with any value. */
  readonly copies: number;
  readonly answers: number;
  readonly rpcs: number;
  readonly hops: number;
  readonly ms: number;
}

/** What became of a value that was put. */
export interface Stored {
  /** How many others have said that they keep it. 0 is failure, also where nobody was there to ask. */
  readonly stored: number;
  /** How many have said that they don't. */
  readonly refused: number;
}

/** A contact, with what the table knows of it. */
export interface KnownContact {
  readonly contact: Contact;
  /** How long ago it was heard of, in milliseconds. */
  readonly ageMs: number;
  /** How many requests in a row it has left without an answer. */
  readonly strikes: number;
  /** Its usual round trip in milliseconds, null if none was measured. */
  readonly roundTripMs: number | null;
  /** Whether it has proven that its id is its own. Its address is proven for every contact of the table. */
  readonly verified: boolean;
}

/** A value that is kept here. */
export interface StoredValue {
  readonly key: Uint8Array;
  readonly value: Packed;
  /** How long ago it was first seen, in milliseconds. */
  readonly ageMs: number;
}

/** A contact as plain data. */
export interface SnapshotContact {
  /** 20 bytes. */
  readonly id: Uint8Array;
  /** `udp:10.0.0.1:4653` */
  readonly address: string;
  /** How long ago it was heard of when the snapshot was taken, in milliseconds. */
  readonly ageMs: number;
}

/** What a node has to keep to find its network again: plain data, to be stored as one likes. Values are apart. */
export interface KademliaSnapshot {
  readonly contacts: readonly SnapshotContact[];
}

/** A node of the hash table. */
export interface Kademlia extends AsyncDisposable {
  /** The own id. */
  readonly id: Uint8Array;
  /**
   * Joins the network: asks the contacts of the snapshot and these addresses until one of them answers, with growing
   * pauses, and then looks for the own neighbours. When the table is empty one day, it begins anew by itself.
   *
   * @param addresses As hosts write them, `udp:10.0.0.1:4653`; names are resolved by the caller
   * @returns how many contacts there are then; 0 if there is nobody to ask
   * @throws HostError `aborted`, `timeout` (no default): then nobody is asked any more
   */
  bootstrap(addresses: readonly string[], options?: WaitOptions): Promise<{ readonly contacts: number }>;
  /**
   * The k nodes nearest to a target that are alive.
   *
   * @throws HostError `aborted`, `timeout` (no default), `closed`
   */
  findNodes(target: Uint8Array, options?: LookupOptions): Promise<Found>;
  /**
   * The value of a key, or null. Throws as {@link findNodes}.
   */
  get(key: Uint8Array, options?: GetOptions): Promise<FoundValue | null>;
  /**
   * Stores a value at the nodes nearest to its key, and here, if this is one of them. Throws as {@link findNodes}; then
   * some may have it.
   */
  put(key: Uint8Array, value: Packed, options?: LookupOptions): Promise<Stored>;
  /** The contact of an id, or null if nobody answers who has it. Throws as {@link findNodes}. */
  findContact(id: Uint8Array, options?: LookupOptions): Promise<Contact | null>;
  /** All contacts. */
  contacts(): readonly KnownContact[];
  /** The contacts closest to a target among those that are known, the closest first. */
  closest(target: Uint8Array, count?: number): readonly Contact[];
  /** The values that are kept here. */
  values(): AsyncIterable<StoredValue>;
  /** For other services on the same endpoint: somebody has called and says that it has this id. */
  seen(id: Uint8Array, from: Caller): void;
  /** What to keep for the next start. */
  snapshot(): KademliaSnapshot;
  /** Takes the contacts of a snapshot: those that {@link bootstrap} asks first. */
  restore(snapshot: KademliaSnapshot): void;
  /** How many nodes there are in the network, as far as lookups tell; null before the first. */
  networkSize(): NetworkSize | null;
  /** Figures. */
  stats(): KademliaStats;
  /** Ends all that is under way with `closed`, and answers no more. The endpoint stays open. */
  close(): Promise<void>;
}
