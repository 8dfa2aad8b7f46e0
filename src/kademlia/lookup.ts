/**
 * Lookups: asking nearer and nearer nodes, several at a time and not in rounds, until the k nearest to a target that are
 * alive have answered, or a value is found.
 *
 * @module
 */

import type { Packed } from "../../codec/msgpack/mod.ts";
import { CONTACTS_MAX, type RpcReply } from "../../codec/protocols/storj/mod.ts";
import type { Timer } from "../host/host.ts";
import { NEAR_MS, type Outcome } from "../rpc/mod.ts";
import type { Contact } from "./contact.ts";
import type { Peers } from "./peers.ts";
import { tripOf } from "./record.ts";
import { type Candidate, Shortlist } from "./shortlist.ts";
import { distance, isCloser, type Words, wordsOf } from "./words.ts";

/** Requests under way at most, however many answers are late. */
export const IN_FLIGHT_MAX = 10;
/** Requests of one lookup at most: ten times what one needs in a network of millions. */
export const REQUESTS_MAX = 200;
/**
 * Requests to those that none of the nearest has named, before a lookup ends. That there is no value is worth asking more
 * of them, and seldom happens. With a fifth of liars among 500 nodes, 88 % of values were found without any.
 */
const PROBES = Object.freeze({ find_node: 3, find_value: 8 });
/**
 * Before that many milliseconds, no answer is late to who looks for nodes, not for a value: all of the nearest are asked
 * anyway, and from many at a time answers take longer than usual.
 */
const FIND_NODE_LATE_MS_MIN = 2;
/** As a part of the usual distance of the k-th nearest: who is nearer than that is one of them. */
const ALONE_DISTANCE = 0.5;
/** When only late answers are missing, a lookup waits for them this many of its longest round trips more. */
const GRACE_TRIPS = 2;
/** And no less than this: below, pauses of the program are longer than round trips. */
const GRACE_MS_MIN = 20;

/** What happened in a lookup. */
export interface LookupStep {
  /** `value` is an answer with a value; `late` means that somebody else is asked meanwhile. */
  readonly type: "asked" | "answered" | "value" | "late" | "silent";
  readonly contact: Contact;
  /** How many answers led to the contact, 1 for one of the own table. */
  readonly hops: number;
  /** Requests so far. */
  readonly rpcs: number;
}

/** What a lookup has found. */
export interface LookupOutcome {
  /** The nearest that have answered, the nearest first. */
  readonly contacts: readonly Contact[];
  /** Those that were asked. */
  readonly asked: readonly Contact[];
  /** The nearest of them that had no value, for a lookup of one. */
  readonly lacking: Contact | null;
  readonly rpcs: number;
  /** How many answers led to the last of the contacts, or to the value. */
  readonly hops: number;
  readonly ms: number;
}

/** What a lookup is to do. */
export interface LookupPlan {
  readonly peers: Peers;
  readonly target: Uint8Array;
  readonly rpc: "find_node" | "find_value";
  /** Contacts to begin with. */
  readonly seeds: readonly Contact[];
  /** Contacts that are not asked, whoever names them. */
  readonly without?: readonly Contact[];
  /** How many nodes there seem to be in the network; null if that is not known. */
  readonly nodes: number | null;
  /** How many of the nearest have to answer. */
  readonly k: number;
  /** Requests under way at all times. */
  readonly alpha: number;
  /** Disjoint paths: no node is asked, or listened to, on more than one. */
  readonly paths: number;
  /** How many of the k may be of one network. */
  readonly networkMax: number;
  /** Called with each value that is found; the lookup ends when it returns true. */
  readonly onValue?: ((value: Packed, from: Contact) => boolean) | undefined;
  /** Called with each contact that has answered; the lookup ends when it returns true. */
  readonly onAnswer?: ((contact: Contact) => boolean) | undefined;
  readonly onStep?: ((step: LookupStep) => void) | undefined;
  /** Called once at the end, after `start` has returned, unless the lookup is cancelled. */
  readonly settle: (outcome: LookupOutcome) => void;
}

/** A part of a lookup that shares no node with the others. */
interface Path {
  readonly list: Shortlist;
  /** Requests under way, and those of them whose answers are late. */
  inFlight: number;
  late: number;
}

/** One lookup. */
export class Lookup {
  readonly #plan: LookupPlan;
  readonly #target: Words;
  readonly #args: { readonly nodeId: Uint8Array; readonly key: Uint8Array };
  readonly #paths: readonly Path[];
  readonly #startMs: number;
  /** Whether one node is asked alone, because it probably has the value, and has neither answered nor is late. */
  #alone: boolean;
  #inFlight: Candidate[] = [];
  #lacking: Candidate | null = null;
  #timer: Timer | null = null;
  #rpcs = 0;
  #longestMs = 0;
  #over = false;

  constructor(plan: LookupPlan) {
    const { peers, target, rpc, k, paths, networkMax, seeds, nodes } = plan;
    this.#plan = plan;
    this.#target = wordsOf(target);
    this.#args = { nodeId: peers.id, key: target };
    this.#startMs = peers.clock.now();
    this.#paths = Array.from({ length: paths }, () => ({
      list: new Shortlist(this.#target, k, networkMax, PROBES[rpc], nodes === null ? 1 : k / nodes),
      inFlight: 0,
      late: 0,
    }));
    this.#alone = paths === 1 && this.#mayAskAlone(plan);
    if (plan.without !== undefined) { for (const { list } of this.#paths) list.leaveOut(plan.without); }
    for (const [index, seed] of seeds.entries()) {
      if (!this.#paths.some(({ list }) => list.has(seed))) this.#paths[index % paths].list.add(seed, null);
    }
  }

  /**
   * Whether the nearest of the contacts to begin with is so near to the target that it has the value, and so near by that
   * handling datagrams takes longer than their way. Elsewhere the quickest of three answers is worth more.
   */
  #mayAskAlone({ peers: { table }, rpc, k, nodes, seeds: [nearest] }: LookupPlan): boolean {
    if (rpc !== "find_value" || nodes === null || nearest === undefined) return false;
    const trip = tripOf(table.record(nearest));
    return trip !== null && trip.meanMs < NEAR_MS && distance(this.#target, nearest) < ALONE_DISTANCE * k / nodes;
  }

  /** Begins. */
  start(): void {
    const state = this.#ask();
    // Whoever began it gets to hear of its end later, also where there is nobody to ask.
    if (state === "done") this.#timer = this.#plan.peers.clock.setTimer(0, () => this.#finish(null));
  }

  /** Ends the lookup without a word: nothing more is sent, and nothing of it is left. */
  cancel(): void {
    if (this.#over) return;
    this.#end();
    for (const { cancel } of this.#inFlight) cancel?.();
    this.#inFlight = [];
  }

  /** Asks whom there is to ask, or ends. */
  #advance(): void {
    if (this.#over) return;
    const state = this.#ask();
    if (state === "done") return this.#finish(null);
    // That there is no value is true only when nobody can have it any more. And with no answer at all there is nothing to
    // measure by.
    const isLate = state === "late" && this.#longestMs > 0 && this.#plan.rpc === "find_node";
    if (!isLate) this.#timer?.clear();
    if (!isLate) this.#timer = null;
    else this.#timer ??= this.#plan.peers.clock.setTimer(this.#graceMs(), () => this.#finish(null));
  }

  #graceMs(): number {
    return Math.max(GRACE_TRIPS * this.#longestMs, GRACE_MS_MIN);
  }

  /** Asks whom there is to ask, and says what is missing: nothing, late answers only, or others. */
  #ask(): "wait" | "late" | "done" {
    let state: "wait" | "late" | "done" = "done";
    for (const path of this.#paths) {
      const next = this.#askPath(path);
      if (next === "wait" || (next === "late" && state === "done")) state = next;
    }
    return state;
  }

  #askPath(path: Path): "wait" | "late" | "done" {
    const { alpha } = this.#plan;
    const share = this.#alone ? 1 : Math.ceil(alpha / this.#paths.length);
    for (;;) {
      const next = path.list.next();
      if (typeof next === "string") return next;
      if (path.inFlight >= share + path.late || this.#inFlight.length >= IN_FLIGHT_MAX) return "wait";
      if (this.#rpcs >= REQUESTS_MAX) return path.inFlight > path.late ? "wait" : path.late > 0 ? "late" : "done";
      this.#call(path, next);
    }
  }

  #call(path: Path, candidate: Candidate): void {
    const { peers, rpc } = this.#plan;
    path.list.asked(candidate);
    path.inFlight += 1;
    this.#rpcs += 1;
    this.#inFlight.push(candidate);
    this.#report("asked", candidate);
    const settle = (outcome: Outcome<"find_node"> | Outcome<"find_value">) => this.#settled(path, candidate, outcome);
    candidate.cancel = peers.call(candidate.contact, rpc, this.#args, settle, {
      onLate: () => this.#late(path, candidate),
      retryMsMin: rpc === "find_node" ? FIND_NODE_LATE_MS_MIN : 0,
    });
  }

  #late(path: Path, candidate: Candidate): void {
    if (this.#over) return;
    this.#alone = false;
    path.late += 1;
    path.list.late(candidate);
    this.#report("late", candidate);
    this.#advance();
  }

  #settled(path: Path, candidate: Candidate, outcome: Outcome<"find_node"> | Outcome<"find_value">): void {
    candidate.cancel = null;
    if (this.#over) return;
    this.#alone = false;
    path.inFlight -= 1;
    if (candidate.isLate) path.late -= 1;
    this.#inFlight.splice(this.#inFlight.indexOf(candidate), 1);
    if (outcome.error !== undefined) {
      path.list.silent(candidate);
      this.#report("silent", candidate);
    } else {
      path.list.answered(candidate);
      this.#longestMs = Math.max(this.#longestMs, outcome.roundTripMs);
      if (this.#take(path, candidate, outcome.reply)) return this.#finish(candidate);
    }
    this.#advance();
  }

  /** Takes an answer in; returns whether it ends the lookup. */
  #take(path: Path, candidate: Candidate, reply: RpcReply<"find_node"> | RpcReply<"find_value">): boolean {
    const { onValue, onAnswer } = this.#plan;
    const { contact } = candidate;
    if (!Array.isArray(reply)) {
      this.#report("value", candidate);
      return onValue?.(reply.value, contact) ?? false;
    }
    this.#report("answered", candidate);
    if (this.#lacking === null || isCloser(this.#target, contact, this.#lacking.contact)) this.#lacking = candidate;
    this.#addAll(path, candidate, reply);
    return onAnswer?.(contact) ?? false;
  }

  #addAll(path: Path, referrer: Candidate, named: RpcReply<"find_node">): void {
    const { peers } = this.#plan;
    const count = Math.min(named.length, CONTACTS_MAX);
    for (let index = 0; index < count; index++) {
      const { id, ip, port } = named[index];
      const contact = peers.contacts.intern(id, ip, port);
      if (contact === null || peers.isOwn(contact)) continue;
      if (this.#paths.length > 1 && this.#paths.some((other) => other !== path && other.list.has(contact))) continue;
      path.list.add(contact, referrer);
    }
  }

  #finish(last: Candidate | null): void {
    if (this.#over) return;
    this.#end();
    const { peers, k, settle } = this.#plan;
    const nearest = this.#paths.flatMap(({ list }) => list.nearest());
    if (this.#paths.length > 1) {
      nearest.sort((a, b) => isCloser(this.#target, a.contact, b.contact) ? -1 : 1);
      nearest.length = Math.min(nearest.length, k);
    }
    settle({
      contacts: nearest.map(({ contact }) => contact),
      asked: this.#paths.flatMap(({ list }) => list.met),
      lacking: this.#lacking?.contact ?? null,
      rpcs: this.#rpcs,
      hops: last?.hops ?? nearest.reduce((hops, candidate) => Math.max(hops, candidate.hops), 0),
      ms: peers.clock.now() - this.#startMs,
    });
  }

  #end(): void {
    this.#over = true;
    this.#timer?.clear();
    this.#timer = null;
  }

  #report(type: LookupStep["type"], { contact, hops }: Candidate): void {
    this.#plan.onStep?.({ type, contact, hops, rpcs: this.#rpcs });
  }
}
