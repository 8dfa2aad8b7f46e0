/**
 * Calls that wait for their answer, or to be sent.
 *
 * @module
 */

import { type Era, ID_BYTES, type RpcName } from "../../codec/protocols/storj/mod.ts";
import type { PeerInfo } from "../host/host.ts";
import type { RpcLimits } from "./limits.ts";
import type { CallOptions, Outcome } from "./rpc.ts";
import type { CallCounts } from "./stats.ts";

/** Where a call is in its life. */
export const CALL_STATE = Object.freeze({ waiting: 0, inFlight: 1, over: 2 });

/** What is done when a call is over. */
export type Settle = (outcome: Outcome<RpcName>) => void;

/** What a call is made of. */
export type CallParts = Pick<
  PendingCall,
  "rpc" | "era" | "peer" | "datagram" | "settle" | "options" | "repeatable" | "counts"
>;

/** One call. */
export class PendingCall {
  readonly rpc: RpcName;
  readonly era: Era;
  readonly peer: PeerLoad;
  /** The request, with the message id after its first byte. */
  readonly datagram: Uint8Array;
  readonly settle: Settle;
  readonly options: CallOptions;
  /** Whether the peer may get it more than once. */
  readonly repeatable: boolean;
  /** What is counted of calls of this name. */
  readonly counts: CallCounts;
  state: number = CALL_STATE.waiting;
  /** Whether its caller knows that it is late. */
  late = false;
  /** How often it was sent. */
  sends = 0;
  /** When it was sent last, and the time before. */
  sentMs = 0;
  earlierMs = 0;
  /** When something is to be done unless the answer is there: send it again, or give it up. */
  dueMs = 0;
  /** After how long it is sent again the next time. */
  retryMs = 0;
  /** When it is given up, which may be postponed, but not beyond the last moment. */
  endMs = 0;
  lastMs = 0;
  /** Neighbours in the list that it is in: of the peer's waiting calls, or of all that are under way. */
  previous: PendingCall | null = null;
  next: PendingCall | null = null;

  constructor({ rpc, era, peer, datagram, settle, options, repeatable, counts }: CallParts) {
    this.rpc = rpc;
    this.era = era;
    this.peer = peer;
    this.datagram = datagram;
    this.settle = settle;
    this.options = options;
    this.repeatable = repeatable;
    this.counts = counts;
  }
}

/** Calls in order: a list that is linked through them, so that any of them can be taken out. */
class CallList {
  first: PendingCall | null = null;
  #last: PendingCall | null = null;

  push(call: PendingCall): void {
    call.previous = this.#last;
    if (this.#last === null) this.first = call;
    else this.#last.next = call;
    this.#last = call;
  }

  remove(call: PendingCall): void {
    const { previous, next } = call;
    if (previous === null) this.first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    call.previous = call.next = null;
  }
}

/** What one peer is asked at the moment. */
export class PeerLoad {
  readonly info: PeerInfo;
  inFlight = 0;
  /** Made for the first call that has to wait. */
  waiting: CallList | null = null;
  /** Whether the peer is among those whose calls only wait because there are too many in all. */
  held = false;

  constructor(address: string) {
    this.info = { peerId: "", addresses: [address] };
  }
}

/** The address of a peer. */
export function addressOfPeer(info: PeerInfo): string {
  return info.addresses?.[0] ?? info.peerId;
}

/** All calls that are not over. Its tables are made as calls come and dropped with the last one. */
export class PendingCalls {
  readonly #limits: RpcLimits;
  /** By the first 32 bits of the message id, of which no two are equal. */
  #byWord: Map<number, PendingCall> | null = null;
  #peers: Map<string, PeerLoad> | null = null;
  readonly #underWay = new CallList();
  /** Peers that are held, in order. */
  #held: PeerLoad[] = [];
  #inFlight = 0;
  #waiting = 0;

  constructor(limits: RpcLimits) {
    this.#limits = limits;
  }

  /** How many calls are under way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** How many calls wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether one more call has to fail. */
  get full(): boolean {
    return this.#waiting >= this.#limits.waiting;
  }

  /** Whether a message id may begin with this word. */
  isFree(word: number): boolean {
    return this.#byWord === null || !this.#byWord.has(word);
  }

  /** The load of a peer, which stays here as long as it has calls. */
  peer(address: string): PeerLoad {
    return this.#peers?.get(address) ?? new PeerLoad(address);
  }

  /** The call under way whose message id begins with a word. */
  at(word: number): PendingCall | null {
    const call = this.#byWord?.get(word);
    return call === undefined || call.state !== CALL_STATE.inFlight ? null : call;
  }

  /** The call under way with the message id of a datagram, of which at least the header is there. */
  find(datagram: Uint8Array): PendingCall | null {
    const call = this.at(idWord(datagram));
    if (call === null) return null;
    const own = call.datagram;
    for (let index = 1; index <= ID_BYTES; index++) if (own[index] !== datagram[index]) return null;
    return call;
  }

  /** Takes a call in. Returns whether it is to be sent now; otherwise it waits. */
  add(call: PendingCall): boolean {
    const { peer } = call;
    (this.#byWord ??= new Map()).set(idWord(call.datagram), call);
    if (peer.inFlight === 0 && !peer.waiting?.first) (this.#peers ??= new Map()).set(addressOfPeer(peer.info), peer);
    if (this.#hasRoom(peer) && this.#inFlight < this.#limits.inFlight && !peer.waiting?.first) {
      this.#begin(call);
      return true;
    }
    (peer.waiting ??= new CallList()).push(call);
    this.#waiting += 1;
    if (this.#hasRoom(peer)) this.#hold(peer);
    return false;
  }

  /** Takes a call out, which is over by that. */
  remove(call: PendingCall): void {
    const { peer } = call;
    if (call.state === CALL_STATE.inFlight) {
      this.#underWay.remove(call);
      this.#inFlight -= 1;
      peer.inFlight -= 1;
      if (peer.waiting?.first) this.#hold(peer);
    } else {
      peer.waiting!.remove(call);
      this.#waiting -= 1;
    }
    call.state = CALL_STATE.over;
    this.#byWord!.delete(idWord(call.datagram));
    if (peer.inFlight === 0 && !peer.waiting?.first) this.#peers!.delete(addressOfPeer(peer.info));
  }

  /** The next call that waited and may be sent now. */
  takeNext(): PendingCall | null {
    while (this.#held.length > 0 && this.#inFlight < this.#limits.inFlight) {
      const peer = this.#held.shift()!;
      peer.held = false;
      const call = peer.waiting?.first;
      if (!call || !this.#hasRoom(peer)) continue;
      peer.waiting!.remove(call);
      this.#waiting -= 1;
      this.#begin(call);
      if (peer.waiting!.first && this.#hasRoom(peer)) this.#hold(peer);
      return call;
    }
    return null;
  }

  /** The calls under way, in the order in which they were begun. */
  underWay(): PendingCall[] {
    const calls: PendingCall[] = [];
    for (let call = this.#underWay.first; call !== null; call = call.next) calls.push(call);
    return calls;
  }

  /** The calls under way of which something is due by a time. */
  due(nowMs: number): PendingCall[] {
    const calls: PendingCall[] = [];
    for (let call = this.#underWay.first; call !== null; call = call.next) if (call.dueMs <= nowMs) calls.push(call);
    return calls;
  }

  /** Postpones everything by a time in which the program stood still, so that answers are looked at first. */
  postpone(ms: number): void {
    for (let call = this.#underWay.first; call !== null; call = call.next) {
      call.endMs = Math.min(call.endMs + ms, call.lastMs);
      call.dueMs = Math.min(call.dueMs + ms, call.endMs);
    }
  }

  /** When something is due next; `Infinity` for never. */
  nextDueMs(): number {
    let dueMs = Infinity;
    for (let call = this.#underWay.first; call !== null; call = call.next) dueMs = Math.min(dueMs, call.dueMs);
    return dueMs;
  }

  /** The calls that wait. */
  waitingCalls(): PendingCall[] {
    return [...this.#byWord?.values() ?? []].filter(({ state }) => state === CALL_STATE.waiting);
  }

  /** Drops the tables if there are no calls. Returns whether there are none. */
  rest(): boolean {
    if (this.#inFlight > 0 || this.#waiting > 0) return false;
    this.#byWord = null;
    this.#peers = null;
    return true;
  }

  #hasRoom(peer: PeerLoad): boolean {
    return peer.inFlight < this.#limits.inFlightPerPeer;
  }

  #begin(call: PendingCall): void {
    call.state = CALL_STATE.inFlight;
    call.peer.inFlight += 1;
    this.#inFlight += 1;
    this.#underWay.push(call);
  }

  #hold(peer: PeerLoad): void {
    if (peer.held) return;
    peer.held = true;
    this.#held.push(peer);
  }
}

/** The first 32 bits of the message id of a datagram. */
export function idWord(datagram: Uint8Array): number {
  return datagram[1] | (datagram[2] << 8) | (datagram[3] << 16) | (datagram[4] << 24);
}
