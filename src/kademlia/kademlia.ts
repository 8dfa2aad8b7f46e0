/**
 * A node of the hash table, put together from its parts.
 *
 * @module
 */

import type { Packed } from "../../codec/msgpack/mod.ts";
import { CONTACTS_MAX, ID_BYTES, type RpcReply } from "../../codec/protocols/storj/mod.ts";
import { HostError } from "../host/error.ts";
import type { WaitOptions } from "../host/host.ts";
import { type GiveUp, type Settle, wait } from "../host/timing/wait.ts";
import { type Answers, type Caller, type Cancel, wireAddress } from "../rpc/mod.ts";
import type {
  Found,
  FoundValue,
  GetOptions,
  Kademlia,
  KademliaOptions,
  KademliaSnapshot,
  KnownContact,
  LookupOptions,
  Stored,
  StoredValue,
} from "./api.ts";
import { Bootstrap } from "./bootstrap.ts";
import { type Contact, ContactCache } from "./contact.ts";
import { type DiversityLimits, diversityLimits } from "./diversity.ts";
import { Lookup, type LookupOutcome, type LookupPlan } from "./lookup.ts";
import { type NetworkSize, SizeEstimate } from "./network-size.ts";
import { Peers } from "./peers.ts";
import { RoutingTable } from "./routing-table.ts";
import { type KademliaStats, LookupCounts } from "./stats.ts";
import { Upkeep } from "./upkeep.ts";
import { Tally } from "./tally.ts";
import { isStored } from "./value-limits.ts";
import { keyOf, sourceOf, ValueMap } from "./values.ts";
import { isCloser, sameWords, wordsOf } from "./words.ts";

/** The k of this network: how many nodes keep a value. */
const K = 20;
/** Requests of a lookup under way. */
const ALPHA = 3;
/** The bit of a contact's extensions that says that its id is proven. */
export const PROVEN = 0x80;

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

/** What a lookup is to do, without what is the same for all of a node. */
type OwnPlan = Pick<LookupPlan, "rpc" | "target" | "settle"> & Partial<LookupPlan>;

class Engine implements Kademlia {
  readonly id: Uint8Array;
  readonly #options: KademliaOptions;
  readonly #k: number;
  readonly #limits: DiversityLimits;
  readonly #table: RoutingTable;
  readonly #peers: Peers;
  readonly #values: ValueMap;
  readonly #bootstrap: Bootstrap;
  readonly #upkeep: Upkeep;
  readonly #size = new SizeEstimate();
  readonly #counts = new LookupCounts();
  readonly #unhandle: () => void;
  /** How to give up what callers wait for. */
  readonly #open = new Set<GiveUp>();
  /** Lookups under way. */
  readonly #lookups = new Set<Lookup>();
  #added = 0;
  #gone = 0;
  #closed = false;

  constructor(options: KademliaOptions) {
    const { rpc, clock, random, id, k = K, contacts = new ContactCache() } = options;
    checkId("node id", id);
    checkNumbers(options);
    this.id = id.slice();
    this.#options = options;
    this.#k = k;
    this.#limits = diversityLimits(options.diversity);
    this.#table = new RoutingTable(wordsOf(id), k, this.#limits, clock);
    const table = this.#table;
    this.#values = new ValueMap({ now: () => clock.now(), limits: options.values });
    this.#peers = new Peers({ rpc, clock, table, contacts, id: this.id, listener: this });
    this.#upkeep = new Upkeep({
      clock,
      random,
      table,
      id: this.id,
      lookup: (target, wanted, settle) =>
        this.#look({ rpc: "find_node", target, k: wanted, settle: (outcome) => settle(outcome.contacts) }),
    });
    this.#bootstrap = new Bootstrap({ peers: this.#peers, clock, random, join: (settle) => this.#upkeep.join(settle) });
    this.#unhandle = rpc.handle(this.#answers());
  }

  bootstrap(addresses: readonly string[], options: WaitOptions = {}): Promise<{ readonly contacts: number }> {
    return this.#wait("Joining the network", options, ({ resolve }) =>
      this.#bootstrap.start(addresses, (contacts) => {
        this.#options.onEvent?.({ type: "joined", contacts });
        resolve({ contacts });
      }));
  }

  findNodes(target: Uint8Array, options: LookupOptions = {}): Promise<Found> {
    checkId("target", target);
    return this.#wait("Looking for nodes", options, ({ resolve }) =>
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
    const own = this.#values.get(key);
    if (own !== null && tally.add(own, null)) {
      return { ...tally.most()!, rpcs: 0, hops: 0, ms: 0 };
    }
    return await this.#wait<FoundValue | null>("Getting a value", options, ({ resolve }) =>
      this.#look({
        rpc: "find_value",
        target: key.slice(),
        onStep: options.onProgress,
        onValue: (value, from) => tally.add(value, from),
        settle: (outcome) => {
          const most = tally.most();
          if (most === null) return resolve(null);
          this.#giveTo(outcome.lacking, key, most.value);
          const { rpcs, hops, ms } = outcome;
          resolve({ ...most, rpcs, hops, ms });
        },
      }));
  }

  put(key: Uint8Array, value: Packed, options: LookupOptions = {}): Promise<Stored> {
    checkId("key", key);
    return this.#wait("Putting a value", options, ({ resolve }) => {
      const cancels = new Set<Cancel>();
      cancels.add(this.#look({
        rpc: "find_node",
        target: key.slice(),
        onStep: options.onProgress,
        settle: ({ contacts }) => {
          cancels.clear();
          this.#storeHere(key, value, contacts);
          let [stored, refused, open] = [0, 0, contacts.length];
          if (open === 0) return resolve({ stored, refused });
          for (const contact of contacts) {
            cancels.add(this.#store(contact, key, value, (answer) => {
              if (answer === true) stored += 1;
              else if (answer === false) refused += 1;
              open -= 1;
              if (open === 0) resolve({ stored, refused });
            }));
          }
        },
      }));
      return () => cancels.forEach((cancel) => cancel());
    });
  }

  findContact(id: Uint8Array, options: LookupOptions = {}): Promise<Contact | null> {
    checkId("id", id);
    const wanted = wordsOf(id);
    return this.#wait<Contact | null>("Looking for a contact", options, ({ resolve }) => {
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
    this.#table.forEach((contact, { ageMs, strikes, trip, extensions }) => {
      const verified = (extensions & PROVEN) !== 0;
      contacts.push({ contact, ageMs, strikes, roundTripMs: trip?.meanMs ?? null, verified });
    });
    return contacts;
  }

  closest(target: Uint8Array, count: number = this.#k): readonly Contact[] {
    checkId("target", target);
    return this.#table.closest(wordsOf(target), count);
  }

  async *values(): AsyncIterable<StoredValue> {
    for (const { text, value, firstMs } of this.#values.entries()) {
      yield await Promise.resolve({ key: keyOf(text), value, ageMs: this.#options.clock.now() - firstMs });
    }
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
      values: this.#values.stats(),
      networkSize: this.networkSize(),
    };
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    this.#unhandle();
    this.#bootstrap.stop();
    this.#upkeep.stop();
    for (const lookup of [...this.#lookups]) lookup.cancel();
    this.#lookups.clear();
    for (const giveUp of [...this.#open]) giveUp(closedError());
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** For `Peers`: a contact has come into the table. */
  added(contact: Contact): void {
    this.#added += 1;
    this.#options.onEvent?.({ type: "contact-added", contact });
  }

  /** For `Peers`: a contact is out of the table. */
  gone(contact: Contact): void {
    this.#gone += 1;
    this.#options.onEvent?.({ type: "contact-gone", contact });
    if (this.#closed) return;
    if (this.#table.size === 0) this.#options.onEvent?.({ type: "alone" });
    this.#bootstrap.gone(contact);
  }

  #answers(): Answers {
    return {
      ping: ({ nodeId }, from) => {
        this.#peers.heard(nodeId, from);
        return this.id;
      },
      stun: (_, from) => wireAddress(from.address),
      find_node: ({ nodeId, key }, from) => {
        const named = this.#named(nodeId, key, from);
        this.#peers.heard(nodeId, from);
        return named;
      },
      find_value: ({ nodeId, key }, from) => {
        const value = this.#values.get(key);
        const reply = value === null ? this.#named(nodeId, key, from) : { value };
        this.#peers.heard(nodeId, from);
        return reply;
      },
      store: ({ nodeId, key, value }, from) => {
        this.#peers.heard(nodeId, from);
        return isStored(this.#values.store(key, value, { source: sourceOf(from.address) }));
      },
    };
  }

  /** The contacts that are named to a caller, without the caller. */
  #named(nodeId: Uint8Array, key: Uint8Array, { address }: Caller): RpcReply<"find_node"> {
    const leaveOut = { id: wordsOf(nodeId), address, struck: true };
    return this.#table.closest(wordsOf(key), Math.min(this.#k, CONTACTS_MAX), leaveOut);
  }

  /** Begins a lookup. */
  #look(own: OwnPlan): Cancel {
    const { alpha = ALPHA, paths = 1, onEvent } = this.#options;
    const table = this.#table;
    const target = wordsOf(own.target);
    const lookup: Lookup = new Lookup({
      peers: this.#peers,
      seeds: this.#seeds(own.target),
      k: this.#k,
      alpha,
      paths,
      networkMax: this.#limits.lookup,
      ...own,
      settle: (outcome: LookupOutcome) => {
        this.#lookups.delete(lookup);
        const { contacts, ms, rpcs, hops } = outcome;
        this.#counts.add(ms, rpcs, hops);
        this.#upkeep.touch({ bucket: table.bucketOf(target) });
        if (own.rpc === "find_node" && contacts.length === this.#k) this.#size.add(target, contacts, table.own);
        onEvent?.({ type: "lookup", target: own.target, rpcs, ms });
        own.settle(outcome);
      },
    });
    this.#lookups.add(lookup);
    lookup.start();
    return () => {
      this.#lookups.delete(lookup);
      lookup.cancel();
    };
  }

  /** Contacts to begin a lookup with: those that left a request without an answer only where there are no others. */
  #seeds(target: Uint8Array): readonly Contact[] {
    const words = wordsOf(target);
    const sound = this.#table.closest(words, this.#k, { struck: true });
    return sound.length > 0 ? sound : this.#table.closest(words, this.#k);
  }

  /** Keeps a value here, if this is one of the k nodes nearest to its key. */
  #storeHere(key: Uint8Array, value: Packed, nearest: readonly Contact[]): void {
    const belongs = nearest.length < this.#k || isCloser(wordsOf(key), this.#table.own, nearest[nearest.length - 1]);
    if (belongs) this.#values.store(key, value, { source: "" });
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

  #wait<T>(action: string, options: WaitOptions, begin: (settle: Settle<T>) => Cancel): Promise<T> {
    if (this.#closed) return Promise.reject(closedError());
    return wait(this.#options.clock, action, options, (settle) => {
      const cancel = begin({
        resolve: (value) => {
          this.#open.delete(end);
          settle.resolve(value);
        },
        reject: (error) => {
          this.#open.delete(end);
          settle.reject(error);
        },
      });
      const end: GiveUp = (error) => {
        this.#open.delete(end);
        cancel();
        settle.reject(error);
      };
      this.#open.add(end);
      return end;
    });
  }
}

/** @throws RangeError for what is not 20 bytes */
function checkId(what: string, id: Uint8Array): void {
  if (id.length !== ID_BYTES) throw new RangeError(`Cannot use a ${what} of ${id.length} bytes: it has ${ID_BYTES}`);
}

/** @throws RangeError for numbers of options that are not whole and positive */
function checkNumbers({ k = K, alpha = ALPHA, paths = 1 }: KademliaOptions): void {
  for (const [name, value] of Object.entries({ k, alpha, paths })) {
    if (!(Number.isInteger(value) && value >= 1)) throw new RangeError(`Cannot use ${value} as ${name}`);
  }
}

function closedError(): HostError {
  return new HostError("closed", "The node of the hash table is closed");
}
