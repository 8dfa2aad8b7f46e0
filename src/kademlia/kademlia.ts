/**
 * A node of the hash table, put together from its parts.
 *
 * @module
 */

import type { Packed } from "../../codec/msgpack/mod.ts";
import { ID_BYTES, signedKey } from "../../codec/protocols/storj/mod.ts";
import { HostError } from "../host/error.ts";
import type { WaitOptions } from "../host/host.ts";
import { OwnedWaits } from "../host/timing/wait.ts";
import type { Caller, CallOptions, Cancel } from "../rpc/mod.ts";
import {
  checkId,
  checkNumbers,
  type Found,
  type FoundValue,
  type GetOptions,
  K,
  type Kademlia,
  type KademliaOptions,
  type KademliaSnapshot,
  keptOf,
  type KeptOptions,
  type KnownContact,
  type LookupOptions,
  type PutSignedOptions,
} from "./api.ts";
import { NodeAnswers } from "./answers.ts";
import { Bootstrap } from "./bootstrap.ts";
import { type Contact, ContactCache } from "./contact.ts";
import { type DiversityLimits, diversityLimits } from "./diversity.ts";
import { Extensions, type FoundSigned, readSigned, saidBy, signedAdmission } from "./extensions/mod.ts";
import { get, Tally } from "./get.ts";
import { Lookup, type LookupOutcome, type LookupPlan } from "./lookup.ts";
import { type NetworkSize, nodesAround, SizeEstimate } from "./network-size.ts";
import { Peers } from "./peers.ts";
import { extensionsOf, strikesOf, tripOf } from "./record.ts";
import { RoutingTable } from "./routing-table.ts";
import { type KademliaStats, LookupCounts } from "./stats.ts";
import { NEIGHBOURS, Upkeep } from "./upkeep.ts";
import {
  checkValue,
  Keeping,
  put,
  type PutEntry,
  putMany,
  type PutManyParts,
  type PutOutcome,
  type PutParts,
  type Stored,
  type StoredValue,
  type StoreOrigin,
} from "./values/mod.ts";
import { sameWords, wordsOf } from "./words.ts";

/**
 * Makes a node of the hash table on an endpoint. It knows nobody until it is told where to begin, by `bootstrap` or
 * because somebody calls.
 *
 * @throws RangeError for an id that does not have 20 bytes, or for numbers that are not positive
 * @throws TypeError if the endpoint answers one of the calls already
 */
export function kademlia(options: KademliaOptions): Kademlia {
  return new Engine(options);
}

const CLOSED = () => new HostError("closed", "The node of the hash table is closed");
/** Who stores what this node puts. */
const HERE: StoreOrigin = Object.freeze({ source: "" });

/** What a lookup is to do, without what is the same for all of a node. */
type OwnPlan = Pick<LookupPlan, "rpc" | "target" | "settle"> & Partial<LookupPlan>;

class Engine implements Kademlia {
  readonly id: Uint8Array;
  readonly #options: KeptOptions;
  readonly #k: number;
  readonly #limits: DiversityLimits;
  readonly #table: RoutingTable;
  readonly #peers: Peers;
  readonly #keeping: Keeping;
  readonly #extensions: Extensions;
  readonly #bootstrap: Bootstrap;
  readonly #upkeep: Upkeep;
  readonly #size = new SizeEstimate();
  readonly #counts = new LookupCounts();
  readonly #unhandle: () => void;
  readonly #waits: OwnedWaits;
  /** Lookups under way, if there are any. */
  #lookups: Set<Lookup> | null = null;
  #added = 0;
  #gone = 0;
  #closed = false;
  #closing: Promise<void> | null = null;

  constructor(options: KademliaOptions) {
    const { rpc, clock, random, id, k = K, contacts = new ContactCache(), signatures, addresses, offers } = options;
    checkId("node id", id);
    checkNumbers(options);
    this.id = id.slice();
    this.#options = keptOf(options);
    this.#k = k;
    this.#limits = diversityLimits(options.diversity);
    const table = this.#table = new RoutingTable(wordsOf(id), k, this.#limits, clock);
    this.#waits = new OwnedWaits(clock, CLOSED);
    const admit = signatures === undefined ? undefined : signedAdmission(signatures, clock);
    this.#peers = new Peers({ rpc, clock, table, contacts, id: this.id, listener: this });
    this.#extensions = new Extensions({ peers: this.#peers, random, signatures, addresses, offers });
    this.#keeping = new Keeping({
      clock,
      random,
      table,
      limits: options.values,
      admit,
      lookup: (target, settle) => this.#look({ rpc: "find_node", target, settle: ({ contacts }) => settle(contacts) }),
      near: (of, target, settle) => this.#peers.near(of, target, settle),
      keep: (to, held, settle) => this.#extensions.keep(to, held, settle),
      keepValues: options.keepValues,
      onFailure: (error) => this.#options.onEvent?.({ type: "values-not-kept", error }),
    });
    this.#upkeep = new Upkeep({
      clock,
      random,
      peers: this.#peers,
      id: this.id,
      lookup: (target, how, settle) =>
        this.#look({ rpc: "find_node", target, ...how, settle: (outcome) => settle(outcome.contacts) }),
    });
    this.#bootstrap = new Bootstrap({ peers: this.#peers, clock, random, join: (settle) => this.#upkeep.join(settle) });
    this.#unhandle = rpc.handle(new NodeAnswers(this.#peers, this.#keeping, this.#extensions));
  }

  bootstrap(addresses: readonly string[], options: WaitOptions = {}): Promise<{ readonly contacts: number }> {
    return this.#waits.wait(
      "Joining the network",
      options,
      ({ resolve }) =>
        this.#bootstrap.start(addresses, (contacts) => {
          this.#options.onEvent?.({ type: "joined", contacts });
          resolve({ contacts });
        }),
    );
  }

  findNodes(target: Uint8Array, options: LookupOptions = {}): Promise<Found> {
    checkId("target", target);
    return this.#waits.wait("Looking for nodes", options, ({ resolve }) =>
      this.#look({
        rpc: "find_node",
        target: target.slice(),
        onStep: options.onProgress,
        settle: ({ contacts, rpcs, hops, ms }) => resolve({ contacts, rpcs, hops, ms }),
      }));
  }

  async get(key: Uint8Array, options: GetOptions = {}): Promise<FoundValue | null> {
    checkId("key", key);
    const { quorum = 1 } = options;
    if (!(Number.isInteger(quorum) && quorum >= 1)) throw new RangeError(`Cannot get a value from ${quorum} nodes`);
    const tally = new Tally(quorum);
    const own = this.#keeping.values.get(key);
    if (own !== null && tally.add(own, null)) return { ...tally.most()!, rpcs: 0, hops: 0, ms: 0 };
    return await this.#waits.wait<FoundValue | null>("Getting a value", options, ({ resolve }) =>
      get({
        key: key.slice(),
        tally,
        onProgress: options.onProgress,
        look: (plan) => this.#look(plan),
        closest: (count) => this.#table.closest(wordsOf(key), count),
        give: (contact, value) => this.#giveTo(contact, key, value),
      }, resolve));
  }

  async put(key: Uint8Array, value: Packed, { onProgress, ...options }: LookupOptions = {}): Promise<Stored> {
    checkId("key", key);
    checkValue(value);
    const own = key.slice();
    const parts: PutParts = {
      k: this.#k,
      own: this.#table.own,
      nodesMax: nodesAround(this.#table, this.#size.get()?.high),
      lookup: (plan) => this.#look({ rpc: "find_node", ...plan }),
      store: (to, settle) => this.#store(to, own, value, settle),
      storeHere: () => this.#keeping.store(own, value, HERE),
    };
    return await this.#waits.wait("Putting a value", options, ({ resolve }) => put(parts, own, onProgress, resolve));
  }

  putMany(entries: Iterable<PutEntry>, options: WaitOptions = {}): AsyncGenerator<PutOutcome> {
    const parts: PutManyParts = {
      node: this.#keeping,
      waits: this.#waits,
      store: (to, key, value, settle) => this.#store(to, key, value, settle),
      storeHere: (key, value) => this.#keeping.store(key, value, HERE),
    };
    return putMany(parts, entries, options);
  }

  async putSigned(name: string, value: Packed, options: PutSignedOptions): Promise<Stored> {
    const { key, packed } = this.#extensions.sign(name, value, options.sequence);
    return await this.put(key, packed, options);
  }

  async getSigned(address: string, name: string, options: LookupOptions = {}): Promise<FoundSigned | null> {
    const key = signedKey(address, name);
    const { verify } = this.#extensions;
    return await this.#waits.wait<FoundSigned | null>("Getting a signed value", options, ({ resolve }) => {
      let cancel = this.#look({
        rpc: "find_node",
        target: key,
        onStep: options.onProgress,
        settle: ({ contacts }) => {
          const own = this.#keeping.values.get(key);
          const give = (contact: Contact, packed: Packed) => this.#giveTo(contact, key, packed);
          cancel = readSigned({ peers: this.#peers, verify, key, contacts, own, give, settle: resolve });
        },
      });
      return () => cancel();
    });
  }

  prove(contact: Contact, options: WaitOptions = {}): Promise<boolean> {
    return this.#waits.wait("Asking for a proof", options, ({ resolve }) => this.#extensions.prove(contact, resolve));
  }

  callOptions(contact: Contact): CallOptions {
    return this.#extensions.callOptions(contact);
  }

  introduce(contact: Contact, settle: Parameters<Kademlia["introduce"]>[1]): Cancel {
    return this.#extensions.introduce(contact, settle);
  }

  findContact(id: Uint8Array, options: LookupOptions = {}): Promise<Contact | null> {
    checkId("id", id);
    const wanted = wordsOf(id);
    return this.#waits.wait<Contact | null>("Looking for a contact", options, ({ resolve }) => {
      let found: Contact | null = null;
      return this.#look({
        rpc: "find_node",
        target: id.slice(),
        onStep: options.onProgress,
        onAnswer: (contact) => {
          if (!sameWords(contact, wanted)) return false;
          found = contact;
          return true;
        },
        settle: () => resolve(found),
      });
    });
  }

  contacts(): readonly KnownContact[] {
    const contacts: KnownContact[] = [];
    this.#table.forEach((contact, record) => {
      const roundTripMs = tripOf(record)?.meanMs ?? null;
      const ageMs = this.#table.ageMs(contact);
      contacts.push({ contact, ageMs, strikes: strikesOf(record), roundTripMs, ...saidBy(extensionsOf(record)) });
    });
    return contacts;
  }

  closest(target: Uint8Array, count: number = this.#k): readonly Contact[] {
    checkId("target", target);
    return this.#table.closest(wordsOf(target), count);
  }

  async *values(): AsyncIterable<StoredValue> {
    for (const stored of this.#keeping.stored()) yield await Promise.resolve(stored);
  }

  restoreValues(values: Iterable<StoredValue>): number {
    return this.#keeping.restore(values);
  }

  seen(id: Uint8Array, from: Caller): void {
    if (!this.#closed && id.length === ID_BYTES) this.#peers.heard(id, from);
  }

  snapshot(): KademliaSnapshot {
    return {
      contacts: this.contacts().map(({ contact: { id, address }, ageMs }) => ({ id: id.slice(), address, ageMs })),
    };
  }

  restore({ contacts }: KademliaSnapshot): void {
    const latestFirst = [...contacts].sort((a, b) => a.ageMs - b.ageMs);
    this.#bootstrap.restore(latestFirst.map(({ address }) => address));
  }

  networkSize(): NetworkSize | null {
    return this.#size.get();
  }

  stats(): KademliaStats {
    return {
      ...this.#counts.summary(),
      contacts: this.#table.size,
      buckets: [...this.#table.fills],
      added: this.#added,
      gone: this.#gone,
      ...this.#keeping.stats(),
      networkSize: this.networkSize(),
    };
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#closed = true;
    this.#unhandle();
    this.#bootstrap.stop();
    this.#upkeep.stop();
    this.#extensions.close();
    for (const lookup of [...this.#lookups ?? []]) lookup.cancel();
    this.#waits.close();
    await this.#keeping.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** For `Peers`: a contact has come into the table. */
  added(contact: Contact, hasCalled: boolean): void {
    this.#added += 1;
    this.#upkeep.begin();
    this.#keeping.came(contact, hasCalled);
    this.#extensions.added();
    this.#options.onEvent?.({ type: "contact-added", contact });
  }

  /** For `Peers`: a contact is out of the table. */
  gone(contact: Contact): void {
    this.#gone += 1;
    this.#options.onEvent?.({ type: "contact-gone", contact });
    if (this.#closed) return;
    this.#keeping.went(contact);
    if (this.#table.size === 0) this.#options.onEvent?.({ type: "alone" });
    this.#bootstrap.gone(contact);
  }

  /** Begins a lookup. */
  #look(own: OwnPlan): Cancel {
    const { alpha, paths, onEvent } = this.#options;
    const target = wordsOf(own.target);
    const lookup: Lookup = new Lookup({
      peers: this.#peers,
      seeds: this.#seeds(own.target),
      nodes: nodesAround(this.#table, this.#size.get()?.nodes),
      k: this.#k,
      alpha,
      paths,
      networkMax: this.#limits.lookup,
      ...own,
      settle: (outcome: LookupOutcome) => {
        this.#lookupOver(lookup);
        const { contacts, ms, rpcs, hops } = outcome;
        this.#counts.add(ms, rpcs, hops);
        this.#upkeep.touch({ bucket: this.#table.bucketOf(target) });
        if (own.rpc === "find_node" && contacts.length >= NEIGHBOURS) this.#size.add(target, contacts, this.#table.own);
        onEvent?.({ type: "lookup", target: own.target, rpcs, ms });
        own.settle(outcome);
      },
    });
    (this.#lookups ??= new Set()).add(lookup);
    lookup.start();
    return () => {
      this.#lookupOver(lookup);
      lookup.cancel();
    };
  }

  #lookupOver(lookup: Lookup): void {
    if (this.#lookups?.delete(lookup) && this.#lookups.size === 0) this.#lookups = null;
  }

  /** Contacts to begin a lookup with: those that left a request without an answer only where there are no others. */
  #seeds(target: Uint8Array): readonly Contact[] {
    const words = wordsOf(target);
    const sound = this.#table.closest(words, this.#k, { struck: true });
    const nearest = sound.length > 0 ? sound : this.#table.closest(words, this.#k);
    // The nearest may all be of one kind; those that are far away are asked at the end.
    return [...nearest, ...this.#table.oneOfEach()];
  }

  /** Gives a value that was found to the nearest node that lacked it. */
  #giveTo(contact: Contact | null, key: Uint8Array, value: Packed): void {
    if (contact !== null) this.#store(contact, key, value, () => {});
  }

  #store(to: Contact, key: Uint8Array, value: Packed, settle: (stored: boolean | null) => void): Cancel {
    return this.#peers.call(to, "store", { nodeId: this.id, key, value }, (outcome) => {
      settle(outcome.error === undefined ? outcome.reply : null);
    });
  }
}
