/**
 * What a node of the hash table is: its options, what it does, and what it tells.
 *
 * @module
 */

import type { Packed } from "../../codec/msgpack/mod.ts";
import { type Capability, ID_BYTES } from "../../codec/protocols/storj/mod.ts";
import type { Clock, Random, WaitOptions } from "../host/host.ts";
import type { Caller, CallOptions, Cancel, RpcEndpoint } from "../rpc/mod.ts";
import type { Contact, ContactCache } from "./contact.ts";
import type { DiversityLimits } from "./diversity.ts";
import type { FoundSigned, Introduced, Signatures } from "./extensions/mod.ts";
import type { LookupStep } from "./lookup.ts";
import type { NetworkSize } from "./network-size.ts";
import type { KademliaStats } from "./stats.ts";
import type { KeepValues, PutEntry, PutOutcome, Stored, StoredValue, ValueLimits } from "./values/mod.ts";

/** The k of this network: how many nodes keep a value. */
export const K = 20;
/** Requests of a lookup under way. */
export const ALPHA = 3;

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
  /**
   * Told what has changed among the values that are kept, so that somebody can write it to disk: at most half a second later,
   * all changes of that time together. What it writes is given back with {@link Kademlia.restoreValues}.
   */
  readonly keepValues?: KeepValues;
  /** How many contacts of one network count; false for any number. */
  readonly diversity?: Partial<DiversityLimits> | false;
  /** Where contacts come from. Nodes of one process that share it share the memory of contacts. */
  readonly contacts?: ContactCache;
  /**
   * Who signs, and how signatures are checked: `signatures` of `warpwire/identity` for the identity with the own id. With
   * them the node proves its id, has contacts prove theirs, and keeps signed values from being overwritten by strangers.
   */
  readonly signatures?: Signatures;
  /**
   * Where others reach this node, as in `udp:10.0.0.1:4653`, if its host does not know that. A proof of the own id is
   * given only to those who have asked for it there.
   */
  readonly addresses?: readonly string[];
  /** What services on the same endpoint can do beyond what the originals do: others are told when they ask. */
  readonly offers?: readonly Capability[];
  /** Called with what happens. It must not throw. */
  readonly onEvent?: (event: KademliaEvent) => void;
}

/** @throws RangeError for numbers of options that are not whole and positive */
export function checkNumbers({ k = K, alpha = ALPHA, paths = 1 }: KademliaOptions): void {
  for (const [name, value] of Object.entries({ k, alpha, paths })) {
    if (!(Number.isInteger(value) && value >= 1)) throw new RangeError(`Cannot use ${value} as ${name}`);
  }
}

/** @throws RangeError for what is not 20 bytes */
export function checkId(what: string, id: Uint8Array): void {
  if (id.length !== ID_BYTES) throw new RangeError(`Cannot use a ${what} of ${id.length} bytes: it has ${ID_BYTES}`);
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
  /** `keepValues` has failed; what it was told comes again with the next changes, a while later. */
  | { readonly type: "values-not-kept"; readonly error: unknown }
  /** A lookup of any kind has ended. */
  | { readonly type: "lookup"; readonly target: Uint8Array; readonly rpcs: number; readonly ms: number };

/** Options of lookups. */
export interface LookupOptions extends WaitOptions {
  /** Called with each request and each answer. */
  readonly onProgress?: ((step: LookupStep) => void) | undefined;
}

/** Options of `putSigned`. */
export interface PutSignedOptions extends LookupOptions {
  /** From 0 to 2^53-1, and higher than that of every value before: nodes refuse others, readers don't take them. */
  readonly sequence: number;
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
  /** What it can beyond what the originals can; nothing as long as it was not asked. */
  readonly capabilities: readonly Capability[];
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
   *
   * @throws RangeError for a value of more than 8,119 bytes, which not all nodes could read
   */
  put(key: Uint8Array, value: Packed, options?: LookupOptions): Promise<Stored>;
  /**
   * Stores many values, like {@link put}, but with one lookup for all keys that are near each other: 21 requests for each
   * of a thousand values in a network of a thousand nodes, in place of 45. The outcomes come in any order; who leaves the
   * loop gives up the rest. The time limit holds for every thousand values. Throws as {@link findNodes}; then some of the
   * values may be stored.
   */
  putMany(entries: Iterable<PutEntry>, options?: WaitOptions): AsyncIterable<PutOutcome>;
  /**
   * Stores a value that nobody else can replace at nodes of ours, under the key `signedKey(own address, name)`. The others
   * keep it like any other value. Throws as {@link findNodes}.
   *
   * @throws TypeError for a node without signatures
   */
  putSigned(name: string, value: Packed, options: PutSignedOptions): Promise<Stored>;
  /**
   * The newest value that the owner of an address has stored under a name, or null: of all nodes nearest to the key, the
   * highest sequence with a valid signature. Throws as {@link findNodes}.
   *
   * @throws TypeError for a node without signatures
   */
  getSigned(address: string, name: string, options?: LookupOptions): Promise<FoundSigned | null>;
  /**
   * Whether a contact has proven that its id is its own, asking it if it has not. False for nodes that are not ours.
   *
   * @throws HostError `aborted`, `timeout` (no default), `closed`
   * @throws TypeError for a node without signatures
   */
  prove(contact: Contact, options?: WaitOptions): Promise<boolean>;
  /**
   * For other services on the same endpoint, what is known of a contact that helps to call it: its era, its round trips,
   * and whether it recognises repeats, so that every call may be sent again. A contact that was not asked yet what it can is
   * asked now; nobody waits for the answer, so the first calls do without.
   */
  callOptions(contact: Contact): CallOptions;
  /**
   * What a contact can, and how to call it: asks it if it was not asked before. Who does not answer is an original.
   *
   * @param settle Called once, before this returns if it is known; not after the call is cancelled
   */
  introduce(contact: Contact, settle: Introduced): Cancel;
  /** The contact of an id, or null if nobody answers who has it. Throws as {@link findNodes}. */
  findContact(id: Uint8Array, options?: LookupOptions): Promise<Contact | null>;
  /** All contacts. */
  contacts(): readonly KnownContact[];
  /** The contacts closest to a target among those that are known, the closest first. */
  closest(target: Uint8Array, count?: number): readonly Contact[];
  /** The values that are kept here. */
  values(): AsyncIterable<StoredValue>;
  /**
   * Takes values that were kept by `keepValues` before the program began.
   *
   * @returns how many of them are kept again; the others are too old, or there is no room for them
   */
  restoreValues(values: Iterable<StoredValue>): number;
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

/** The options that an engine needs later: what else came with them is not kept. */
export type KeptOptions = Required<Pick<KademliaOptions, "alpha" | "paths">> & Pick<KademliaOptions, "onEvent">;

/** By default all engines have the same object. */
const DEFAULTS: KeptOptions = Object.freeze({ alpha: ALPHA, paths: 1 });

/** The options that are needed later. */
export function keptOf({ alpha = ALPHA, paths = 1, onEvent }: KademliaOptions): KeptOptions {
  if (onEvent !== undefined) return { alpha, paths, onEvent };
  return alpha === ALPHA && paths === 1 ? DEFAULTS : { alpha, paths };
}
