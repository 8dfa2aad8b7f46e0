/**
 * The distributed hash table of the storj nodes: who is near which key, and what is kept there.
 *
 * @module
 */

export type {
  Found,
  FoundValue,
  GetOptions,
  Kademlia,
  KademliaEvent,
  KademliaOptions,
  KademliaSnapshot,
  KnownContact,
  LookupOptions,
  PutSignedOptions,
  SnapshotContact,
} from "./api.ts";
export { type Contact, ContactCache, sameContact } from "./contact.ts";
export { DIVERSITY, type DiversityLimits, EXEMPT, networkOf } from "./diversity.ts";
export type { FoundSigned, Introduced, Signatures, Signer } from "./extensions/mod.ts";
export { kademlia } from "./kademlia.ts";
export type { LookupStep } from "./lookup.ts";
export type { NetworkSize } from "./network-size.ts";
export type { KademliaStats, Percentiles } from "./stats.ts";
export {
  type HandoverStats,
  type KeepingStats,
  type KeepValues,
  type PutEntry,
  type PutOutcome,
  type RepublishStats,
  type Stored,
  type StoredValue,
  VALUE_LIMITS,
  type ValueChange,
  type ValueLimits,
  type ValueStats,
} from "./values/mod.ts";
