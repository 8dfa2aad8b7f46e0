/**
 * What the services of a node stand on: its identity, its calls, its hash table, and how others are found.
 *
 * @module
 */

import type { Capability } from "../../codec/protocols/storj/mod.ts";
import type { Host, WaitOptions } from "../host/mod.ts";
import type { Settle } from "../host/timing/wait.ts";
import type { Identity } from "../identity/mod.ts";
import type { Contact, Kademlia } from "../kademlia/mod.ts";
import type { Caller, CallOptions, Cancel, RpcEndpoint } from "../rpc/mod.ts";
import type { StorjEvent, StorjLimits, StorjNetwork } from "./api.ts";

/** A node that was found, and how to call it. */
export interface Peer {
  readonly contact: Contact;
  /** Its era, its round trips, and whether every call may be sent again. */
  readonly options: CallOptions;
  /** What it can beyond what the originals can. */
  readonly capabilities: ReadonlySet<Capability>;
}

/** What the services of a node stand on. */
export interface Ground {
  readonly identity: Identity;
  readonly host: Host;
  readonly rpc: RpcEndpoint;
  readonly dht: Kademlia;
  readonly network: StorjNetwork;
  readonly limits: StorjLimits;
  /** Fires when the node is closed. */
  readonly closing: AbortSignal;
  /**
   * Begins something and waits for its end. Rejects with StorjError `aborted`, `timeout` (no default), `closed`.
   *
   * @param begin Returns how to cancel what was begun
   */
  wait<T>(action: string, options: WaitOptions, begin: (settle: Settle<T>) => Cancel): Promise<T>;
  /** Tells the owner of the node what happens. */
  tell(event: StorjEvent): void;
  /**
   * The contact of a node, from the contacts, from what was found within the last hour, or by a lookup; null if nobody
   * answers who has this id. Throws StorjError `aborted`, `timeout`, `closed`.
   */
  find(id: Uint8Array, options?: WaitOptions): Promise<Contact | null>;
  /** What was found has failed: the next {@link find} looks anew. */
  forget(contact: Contact): void;
  /**
   * What a node can, and how to call it; asks the node if that is not known yet. Who does not answer is an original.
   * Throws StorjError `aborted`, `timeout`, `closed`.
   */
  introduce(contact: Contact, options?: WaitOptions): Promise<Peer>;
  /** Somebody has called and says that it has this id: whoever answers calls tells the hash table. */
  seen(id: Uint8Array, from: Caller): void;
}
