/**
 * Calls to contacts, and what their answers and their silence mean for the table: who comes in, who is asked whether it
 * still lives, and who goes.
 *
 * @module
 */

import { CONTACTS_MAX, type RpcArgs, type RpcName } from "../../codec/protocols/storj/mod.ts";
import type { Clock } from "../host/host.ts";
import { type Caller, type CallOptions, type Cancel, type Outcome, type RpcEndpoint } from "../rpc/mod.ts";
import { wireAddress } from "../rpc/mod.ts";
import { addressTag, type Contact, type ContactCache, sameContact } from "./contact.ts";
import { isRpcudp, tripOf } from "./record.ts";
import type { RoutingTable } from "./routing-table.ts";
import { bytesOf, isCloser, sameWords, type Words, wordsOf } from "./words.ts";

/** Pings under way that ask strangers who they are: a node that is known to a thousand others is called often. */
const NEWCOMER_PINGS_MAX = 16;
/** Pings under way that ask contacts whether they live. */
const DOUBT_PINGS_MAX = 4;
/** How long the own addresses are remembered. */
const OWN_ADDRESSES_MS = 60_000;
/** The last buckets, which neighbours are in. */
const NEAR_BUCKETS = 2;
/** Strangers that are farther are worth a ping as long as their bucket has fewer than this. */
const FAR_FILL = 3;
/**
 * So many strangers that did not answer are remembered. One that calls again is asked again after a pause, which begins
 * with this and doubles each time: a node that has just come may be busy with that, and nobody hears of it meanwhile.
 */
const SILENT_MAX = 32;
const SILENT_MS_MIN = 1000;
const SILENT_MS_MAX = 60_000;
/** A call with a known id from another address is not a reason to ask a contact that was heard of within this time. */
const MOVED_FRESH_MS = 5000;

const NONE: readonly never[] = Object.freeze([]);

/** What {@link Peers} tells its owner. */
export interface PeersListener {
  /** A contact has come into the table; because it had called, as newcomers do, or because it was called. */
  added(contact: Contact, hasCalled: boolean): void;
  /** A contact is out of the table, because it was silent or is somebody else. */
  gone(contact: Contact): void;
}

/** What {@link Peers} is made of. */
export interface PeersParts {
  readonly rpc: RpcEndpoint;
  readonly clock: Clock;
  readonly table: RoutingTable;
  readonly contacts: ContactCache;
  readonly id: Uint8Array;
  readonly listener: PeersListener;
}

/** A stranger that did not answer: it is not asked again until then. */
interface Silent {
  readonly word: number;
  readonly pauseMs: number;
  readonly untilMs: number;
}

/** A contact that has answered, and comes in if another one is gone. */
interface Heir {
  readonly contact: Contact;
  readonly roundTripMs: number;
}

/** The contacts of a node as those it talks to. */
export class Peers {
  readonly rpc: RpcEndpoint;
  readonly clock: Clock;
  readonly table: RoutingTable;
  readonly contacts: ContactCache;
  /** The own id. */
  readonly id: Uint8Array;
  readonly #listener: PeersListener;
  /** Contacts that are being asked whether they live, and strangers who they are. */
  #asked: Set<Contact> | null = null;
  /** Strangers that are being asked something else: they may call meanwhile, and their answer says who they are. */
  #awaited: Set<Contact> | null = null;
  #newcomers = 0;
  #own: readonly string[] = [];
  /** The bits of their tags: hardly any other address has one of them. */
  #ownTags = 0;
  #ownUntilMs = 0;
  #doubts = 0;
  // Nothing is the same list for all nodes.
  #silent: readonly Silent[] = NONE;

  constructor({ rpc, clock, table, contacts, id, listener }: PeersParts) {
    this.rpc = rpc;
    this.clock = clock;
    this.table = table;
    this.contacts = contacts;
    this.id = id;
    this.#listener = listener;
  }

  /**
   * Calls a contact. Its answer brings it into the table, or to the end of its bucket; silence counts against it.
   *
   * @param settle Called once, after the table knows, unless the call is cancelled
   */
  call<N extends RpcName>(
    to: Contact,
    rpc: N,
    args: RpcArgs<N>,
    settle: (outcome: Outcome<N>) => void,
    options: Pick<CallOptions, "onLate" | "repeats" | "retryMsMin"> = {},
  ): Cancel {
    const record = this.table.record(to);
    const { onLate, repeats = false, retryMsMin = 0 } = options;
    const roundTrip = tripOf(record);
    const isStranger = record === 0;
    if (isStranger) (this.#awaited ??= new Set()).add(to);
    const cancel = this.rpc.call(
      to.address,
      rpc,
      args,
      (outcome) => {
        if (isStranger) this.#awaitNoMore(to);
        if (outcome.error === undefined) this.#answered(to, outcome.roundTripMs);
        else if (isSilence(outcome.error.code)) this.#wasSilent(to);
        settle(outcome);
      },
      isRpcudp(record)
        ? { onLate, repeats, retryMsMin, roundTrip, era: "rpcudp" }
        : { onLate, repeats, retryMsMin, roundTrip },
    );
    return !isStranger ? cancel : () => {
      this.#awaitNoMore(to);
      cancel();
    };
  }

  /** Asks a contact for those that it knows near to a target: others than both, the nearest first; null if it is silent. */
  near(of: Contact, target: Words, settle: (named: readonly Contact[] | null) => void): Cancel {
    return this.call(of, "find_node", { nodeId: this.id, key: bytesOf(target) }, ({ reply }) => {
      if (reply === undefined) return settle(null);
      const named = reply.slice(0, CONTACTS_MAX).map(({ id, ip, port }) => this.contacts.intern(id, ip, port))
        .filter((contact) => contact !== null && !sameWords(contact, of) && !this.isOwn(contact)) as Contact[];
      settle(named.sort((a, b) => isCloser(target, a, b) ? -1 : 1));
    });
  }

  /** Whether a contact is this node itself. */
  isOwn(contact: Contact): boolean {
    if (sameWords(contact, this.table.own)) return true;
    const own = this.ownAddresses();
    return (this.#ownTags & tagBit(contact.tag)) !== 0 && own.includes(contact.address);
  }

  /** Where this node is. On sockets the system is asked for it, so it is asked once a minute only. */
  ownAddresses(): readonly string[] {
    const now = this.clock.now();
    if (this.#own.length === 0 || now >= this.#ownUntilMs) {
      this.#own = this.rpc.host.addresses();
      this.#ownTags = this.#own.reduce((bits, address) => bits | tagBit(addressTag(address)), 0);
      this.#ownUntilMs = now + OWN_ADDRESSES_MS;
    }
    return this.#own;
  }

  /** Notes who calls: a contact has been heard of; a stranger is asked who it is, where the table has use for it. */
  heard(id: Uint8Array, from: Caller): void {
    const known = this.table.find(wordsOf(id));
    if (known !== null && known.address === from.address) {
      this.table.seen(known, from.era === "rpcudp");
      return;
    }
    if (this.#newcomers >= NEWCOMER_PINGS_MAX) return;
    const { ip, port } = wireAddress(from.address);
    const contact = this.contacts.intern(id, ip, port);
    if (contact === null) return;
    const isOfUse = known !== null ? this.table.ageMs(known) > MOVED_FRESH_MS : this.#isOfUse(contact);
    if (isOfUse && !this.#isWaitedFor(contact) && !this.isOwn(contact)) this.#askNewcomer(contact, from);
  }

  /** Asks an address who is there; whoever answers comes into the table, where there is room. */
  greet(address: string, settle: (contact: Contact | null) => void): Cancel {
    return this.rpc.call(address, "ping", { nodeId: this.id }, (outcome) => {
      if (outcome.error !== undefined) return settle(null);
      const { ip, port } = wireAddress(address);
      const contact = this.contacts.intern(outcome.reply, ip, port);
      const isOther = contact !== null && !this.isOwn(contact);
      if (isOther) this.#answered(contact, outcome.roundTripMs);
      settle(isOther ? contact : null);
    });
  }

  /**
   * Whether a stranger is worth a ping: if it is a neighbour, whom others will want to hear of; if there is hardly anybody
   * of its part of the network; or if the table has somebody in its place who may be gone.
   */
  #isOfUse(contact: Contact): boolean {
    const { table } = this;
    const bucket = table.bucketOf(contact);
    const isFar = bucket < table.fills.length - NEAR_BUCKETS;
    if (isFar && table.fills[bucket] >= FAR_FILL) return table.doubtful(contact) !== null;
    return table.hasRoomFor(contact) || table.doubtful(contact) !== null;
  }

  #askNewcomer(contact: Contact, from: Caller): void {
    const asked = this.#asked ??= new Set();
    asked.add(contact);
    this.#newcomers += 1;
    const { address, port, ip } = contact;
    const options: CallOptions = { era: from.era };
    this.rpc.call(address, "ping", { nodeId: this.id }, (outcome) => {
      this.#newcomers -= 1;
      this.#done(contact);
      if (outcome.error !== undefined) return this.#rememberSilent(contact);
      const real = this.contacts.intern(outcome.reply, ip, port);
      if (real === null || this.isOwn(real)) return;
      this.#answered(real, outcome.roundTripMs, true);
      this.table.seen(real, from.era === "rpcudp");
    }, options);
  }

  #answered(contact: Contact, roundTripMs: number, hasCalled = false): void {
    const { table } = this;
    const admission = table.admit(contact, roundTripMs);
    if (admission === "added") this.#listener.added(contact, hasCalled);
    else if (admission === "full") {
      table.keepWaiting(contact);
      const doubtful = table.doubtful(contact);
      if (doubtful !== null) this.#askDoubtful(doubtful);
    } else if (admission === "moved" || admission === "renamed") {
      const old = admission === "moved" ? table.find(contact) : table.at(contact.address);
      if (old !== null) this.#askDoubtful(old, { contact, roundTripMs });
    }
  }

  #wasSilent(contact: Contact): void {
    if (this.table.strike(contact)) this.#gone(contact);
    // It is named to nobody meanwhile, and asked by no lookup: so it is asked now, for good or ill.
    else if (this.table.has(contact)) this.#askDoubtful(contact);
  }

  #gone(contact: Contact): void {
    const next = this.table.nextWaiting(contact);
    this.#listener.gone(contact);
    // It has answered, but that may be long ago.
    if (next !== null) this.call(next, "ping", { nodeId: this.id }, ignore);
  }

  /** Asks a contact whether it lives, as often as it takes to be sure, and takes another in once it is known to be gone. */
  #askDoubtful(contact: Contact, instead: Heir | null = null): void {
    if (this.#doubts >= DOUBT_PINGS_MAX || this.#isWaitedFor(contact)) return;
    (this.#asked ??= new Set()).add(contact);
    this.#doubts += 1;
    this.call(contact, "ping", { nodeId: this.id }, (outcome) => {
      this.#doubts -= 1;
      this.#done(contact);
      if (outcome.error === undefined) this.#checkName(contact, outcome.reply, outcome.roundTripMs, instead);
      else if (this.table.has(contact)) {
        if (isSilence(outcome.error.code)) this.#askDoubtful(contact, instead);
      } else if (instead !== null) this.#answered(instead.contact, instead.roundTripMs);
    });
  }

  /** Where somebody else answers than the contact that was asked, that contact is gone. */
  #checkName(contact: Contact, id: Uint8Array, roundTripMs: number, instead: Heir | null): void {
    if (id.length === contact.id.length && sameWords(wordsOf(id), contact)) return;
    if (this.table.has(contact)) {
      this.table.remove(contact);
      this.#listener.gone(contact);
    }
    const real = this.contacts.intern(id, contact.ip, contact.port);
    if (real !== null && !this.isOwn(real) && (instead === null || sameContact(real, instead.contact))) {
      this.#answered(real, roundTripMs);
    }
  }

  #isWaitedFor(contact: Contact): boolean {
    if (this.#asked?.has(contact) || this.#awaited?.has(contact)) return true;
    const word = wordOf(contact);
    const now = this.clock.now();
    return this.#silent.some((silent) => silent.word === word && silent.untilMs > now);
  }

  #awaitNoMore(contact: Contact): void {
    this.#awaited?.delete(contact);
    if (this.#awaited?.size === 0) this.#awaited = null;
  }

  #done(contact: Contact): void {
    this.#asked?.delete(contact);
    if (this.#asked?.size === 0) this.#asked = null;
  }

  #rememberSilent(contact: Contact): void {
    const word = wordOf(contact);
    const last = this.#silent.find((silent) => silent.word === word);
    const pauseMs = last === undefined ? SILENT_MS_MIN : Math.min(2 * last.pauseMs, SILENT_MS_MAX);
    const others = this.#silent.filter((silent) => silent !== last);
    this.#silent = [...others.slice(1 - SILENT_MAX), { word, pauseMs, untilMs: this.clock.now() + pauseMs }];
  }
}

/** Whether an error means that nobody is there: not what this side refuses to send. */
function isSilence(code: string): boolean {
  return code === "timeout" || code === "refused" || code === "invalid-reply";
}

/** A number for an id and its port, for which a mistake costs a minute. */
function wordOf(contact: Words & { readonly port: number }): number {
  return contact.w0 ^ contact.w1 ^ Math.imul(contact.port, 0x9e3779b1);
}

function ignore(): void {}

function tagBit(tag: number): number {
  return 1 << (tag & 31);
}
