/**
 * Calls that go out: sent, sent again, answered or given up.
 *
 * @module
 */

import { CodecError } from "../../codec/error.ts";
import {
  datagramType,
  decodeResponse,
  encodeRequest,
  HEADER_BYTES,
  ID_BYTES,
  type OutgoingRequest,
  type RpcArgs,
  type RpcName,
  rpcs,
} from "../../codec/protocols/storj/mod.ts";
import { HostError } from "../host/error.ts";
import type { Clock, Datagram, DatagramProtocol, Host, Timer } from "../host/host.ts";
import { canonicalAddress } from "./address.ts";
import { RpcError, type RpcErrorCode } from "./error.ts";
import type { RpcLimits } from "./limits.ts";
import { addressOfPeer, CALL_STATE, idWord, PendingCall, PendingCalls, type Settle } from "./pending.ts";
import { REPEATABLE } from "./repeatable.ts";
import { RecentTrips, retryTimes } from "./round-trip.ts";
import type { CallOptions, Cancel, RpcOptions } from "./rpc.ts";
import type { RpcCounts } from "./stats.ts";

/** The time after which a call is given up at the latest: QUERY_TIMEOUT of storjnode, rpcudp's time limit. */
export const TIMEOUT_MS = 5000;
/** How often a request is sent at most. */
const SENDS_MAX = 3;
/** The longest pause of a call that insists, unless the peer needs longer to answer: it is sent 17 times in 5 s. */
const INSIST_MS = 300;
/** A call that is sent again is given up after this many retry times: 1, 2 and 4 after each time it was sent ... */
const RETRY_TIMES = 7;
/** ... but not before this time, in which a peer may be busy with something else. */
const SILENCE_MS_MIN = 1000;
/** A timer that is later than this found the program standing still; as long is left for looking at what came meanwhile. */
const STALL_MS = 20;
/** What is due within this time is done now: times with fractions are rounded on their way through a timer. */
const SLACK_MS = 0.5;
/** What outgoing calls need of their endpoint. */
export interface OutgoingPlan {
  readonly options: RpcOptions;
  readonly limits: RpcLimits;
  readonly counts: RpcCounts;
  /** Called when an address has answered, which proves it. */
  readonly proven: (address: string, nowMs: number) => void;
}

/** For `encodeRequest`, which copies it at once. */
const messageId = new Uint8Array(ID_BYTES);
/** The message id of calls that have no answer. */
const NO_MESSAGE_ID = new Uint8Array(ID_BYTES);
const NO_OPTIONS: CallOptions = Object.freeze({});

/** The calls of an endpoint to others. */
export class OutgoingCalls {
  readonly #plan: OutgoingPlan;
  readonly #host: Host;
  readonly #clock: Clock;
  readonly #mount: DatagramProtocol;
  readonly #calls: PendingCalls;
  #trips: RecentTrips | null = null;
  #timer: Timer | null = null;
  #timerMs = 0;
  #closed = false;
  /** What the host returned last: some hosts return the same promise each time. */
  #lastSent: Promise<void> | null = null;

  constructor(plan: OutgoingPlan, mount: DatagramProtocol) {
    this.#plan = plan;
    this.#host = plan.options.host;
    this.#clock = this.#host.clock;
    this.#mount = mount;
    this.#calls = new PendingCalls(plan.limits);
  }

  get inFlight(): number {
    return this.#calls.inFlight;
  }

  get waiting(): number {
    return this.#calls.waiting;
  }

  /** Recent round trips, if there were any. */
  get trips(): RecentTrips | null {
    return this.#trips;
  }

  /** See `RpcEndpoint.call`. */
  call(to: string, rpc: RpcName, args: RpcArgs<RpcName>, settle: Settle, options: CallOptions = NO_OPTIONS): Cancel {
    if (this.#closed) return this.#failLater(settle, closedError(rpc));
    if (this.#calls.full) return this.#failLater(settle, busyError(rpc, to));
    const { era: own = "storjrpcudp" } = this.#plan.options;
    const { era = rpcs[rpc].eras.includes(own) ? own : rpcs[rpc].eras[0], wireName = rpc, repeats = false } = options;
    this.#drawMessageId();
    let datagram: Uint8Array;
    try {
      datagram = encodeRequest({ rpc, args, messageId, era, wireName } as OutgoingRequest<RpcName>);
    } catch (error) {
      if (!(error instanceof CodecError && error.code === "limit")) throw error;
      return this.#failLater(settle, new RpcError("too-large", `Cannot call "${rpc}"`, { cause: error }));
    }
    const peer = this.#calls.peer(canonicalAddress(to));
    const counts = this.#plan.counts.of(rpc);
    const repeatable = repeats || REPEATABLE[rpc];
    const call = new PendingCall({ rpc, era, peer, datagram, settle, options, repeatable, counts });
    if (this.#calls.add(call)) this.#begin(call, this.#clock.now());
    return () => this.#cancel(call);
  }

  /** See `RpcEndpoint.tell`. */
  tell(to: string, rpc: RpcName, args: RpcArgs<RpcName>): void {
    if (this.#closed) return;
    const { era: own = "storjrpcudp" } = this.#plan.options;
    // Nobody answers it, so its message id need not be told from others.
    const datagram = encodeRequest({ rpc, args, messageId: NO_MESSAGE_ID, era: own } as OutgoingRequest<RpcName>);
    const counts = this.#plan.counts.of(rpc);
    counts.sent += 1;
    counts.bytesOut += datagram.length;
    const sent = this.#mount.sendDatagram(datagram, { peerId: "", addresses: [to] });
    if (sent === this.#lastSent) return;
    this.#lastSent = sent;
    sent.catch(ignore);
  }

  /** Takes a response, at least 22 bytes. */
  receive({ bytes, peerInfo }: Datagram): void {
    const call = this.#calls.find(bytes);
    const { counts } = this.#plan;
    if (call === null) {
      counts.unexpected += 1;
      return;
    }
    const address = addressOfPeer(call.peer.info);
    const isForeign = addressOfPeer(peerInfo) !== address && !peerInfo.addresses?.includes(address);
    if (isForeign || datagramType(bytes[0])!.era !== call.era) {
      counts.foreign += 1;
      return;
    }
    const nowMs = this.#clock.now();
    call.counts.bytesIn += bytes.length;
    this.#plan.proven(address, nowMs);
    const roundTripMs = this.#roundTripMs(call, nowMs);
    (this.#trips ??= new RecentTrips()).add(roundTripMs);
    let reply;
    try {
      const payload = new Uint8Array(bytes.buffer, bytes.byteOffset + HEADER_BYTES, bytes.length - HEADER_BYTES);
      ({ reply } = decodeResponse(call.rpc, payload));
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      const message = `Calling "${call.rpc}" of "${address}" failed: the answer is not one to this call`;
      return this.#fail(call, new RpcError("invalid-reply", message, { cause: error }));
    }
    call.counts.answered += 1;
    this.#remove(call);
    call.settle({ reply, roundTripMs });
    this.#rest();
  }

  /** Ends all calls with `closed`. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const calls = [...this.#calls.underWay(), ...this.#calls.waitingCalls()];
    for (const call of calls) {
      this.#calls.remove(call);
      call.counts.failed += call.sends > 0 ? 1 : 0;
    }
    this.#rest();
    for (const call of calls) call.settle({ error: closedError(call.rpc) });
  }

  /** A fresh message id; of its numbers, only those of the host are drawn on. */
  #drawMessageId(): void {
    const { random } = this.#host;
    do {
      // 32 of the 53 bits of each number: no bytes to allocate.
      for (let index = 0; index < ID_BYTES; index += 4) {
        const word = random.next() * 2 ** 32;
        messageId[index] = word;
        messageId[index + 1] = word / 2 ** 8;
        messageId[index + 2] = word / 2 ** 16;
        messageId[index + 3] = word / 2 ** 24;
      }
    } while (!this.#calls.isFree(wordOf(messageId)));
  }

  #begin(call: PendingCall, nowMs: number): void {
    const { options, repeatable } = call;
    const { lateMs, retryMs } = retryTimes(options.roundTrip, this.#trips, options.retryMsMin);
    const isBrief = repeatable && options.insists !== true;
    const silenceMs = isBrief ? Math.max(RETRY_TIMES * retryMs, SILENCE_MS_MIN) : TIMEOUT_MS;
    call.lastMs = nowMs + Math.min(options.timeoutMs ?? TIMEOUT_MS, TIMEOUT_MS);
    call.endMs = Math.min(nowMs + silenceMs, call.lastMs);
    call.retryMs = retryMs;
    // Where nobody wants to know, nothing has to be done before.
    call.dueMs = Math.min(nowMs + (options.onLate === undefined ? retryMs : lateMs), call.endMs);
    call.counts.sent += 1;
    this.#send(call, nowMs);
    this.#arm(call.dueMs);
  }

  #send(call: PendingCall, nowMs: number): void {
    call.sends += 1;
    call.earlierMs = call.sentMs;
    call.sentMs = nowMs;
    call.counts.bytesOut += call.datagram.length;
    const sent = this.#mount.sendDatagram(call.datagram, call.peer.info);
    if (sent === this.#lastSent) return;
    this.#lastSent = sent;
    // The promise may be settled long after the call: it holds a number, not the call and its bytes.
    const word = idWord(call.datagram);
    sent.then(undefined, (error) => this.#sendFailed(word, error));
  }

  #sendFailed(word: number, cause: unknown): void {
    const call = this.#calls.at(word);
    // An earlier one may have arrived.
    if (call === null || call.sends > 1) return;
    const hostCode = cause instanceof HostError ? cause.code : "";
    const code: RpcErrorCode = hostCode === "too-large" || hostCode === "closed" ? hostCode : "refused";
    const to = addressOfPeer(call.peer.info);
    this.#fail(call, new RpcError(code, `Cannot send "${call.rpc}" to "${to}"`, { cause }));
  }

  /** Sends the call again, or gives it up. */
  #late(call: PendingCall, nowMs: number): void {
    if (!call.late) {
      call.late = true;
      call.counts.late += 1;
      call.options.onLate?.();
      if (call.state !== CALL_STATE.inFlight) return;
    }
    if (nowMs + SLACK_MS >= call.endMs) return this.#timeOut(call);
    const insists = call.options.insists === true;
    if (!call.repeatable || (call.sends >= SENDS_MAX && !insists)) {
      call.dueMs = call.endMs;
      return;
    }
    const againMs = call.sentMs + call.retryMs;
    if (nowMs + SLACK_MS < againMs) {
      call.dueMs = Math.min(againMs, call.endMs);
      return;
    }
    call.counts.retransmitted += 1;
    this.#send(call, nowMs);
    call.retryMs = insists ? Math.min(2 * call.retryMs, Math.max(call.retryMs, INSIST_MS)) : 2 * call.retryMs;
    call.dueMs = Math.min(nowMs + call.retryMs, call.endMs);
  }

  #timeOut(call: PendingCall): void {
    const to = addressOfPeer(call.peer.info);
    call.counts.timedOut += 1;
    this.#plan.options.onEvent?.({ type: "timeout", rpc: call.rpc, to });
    if (call.state !== CALL_STATE.inFlight) return;
    this.#remove(call);
    call.settle({ error: new RpcError("timeout", `Calling "${call.rpc}" of "${to}" got no answer`) });
  }

  #fail(call: PendingCall, error: RpcError): void {
    call.counts.failed += 1;
    this.#remove(call);
    call.settle({ error });
    this.#rest();
  }

  #failLater(settle: Settle, error: RpcError): Cancel {
    const timer = this.#clock.setTimer(0, () => settle({ error }));
    return () => timer.clear();
  }

  #cancel(call: PendingCall): void {
    if (call.state === CALL_STATE.over) return;
    if (call.sends > 0) call.counts.cancelled += 1;
    this.#remove(call);
    this.#rest();
  }

  /** Takes a call out, and sends what waited for its place. */
  #remove(call: PendingCall): void {
    this.#calls.remove(call);
    for (let next = this.#calls.takeNext(); next !== null; next = this.#calls.takeNext()) {
      this.#begin(next, this.#clock.now());
    }
  }

  /**
   * How long the answer took. Which of several requests it answers is unknown: the last one, unless that would be less
   * than half of the usual time.
   */
  #roundTripMs({ sends, sentMs, earlierMs, options: { roundTrip } }: PendingCall, nowMs: number): number {
    const lastMs = nowMs - sentMs;
    if (sends === 1) return lastMs;
    const usualMs = roundTrip?.meanMs ?? this.#trips?.percentileMs(0.5) ?? 0;
    return lastMs < usualMs / 2 ? nowMs - earlierMs : lastMs;
  }

  #arm(dueMs: number): void {
    if (this.#timer !== null) {
      if (this.#timerMs <= dueMs) return;
      this.#timer.clear();
    }
    this.#timerMs = dueMs;
    this.#timer = this.#clock.setTimer(Math.max(0, dueMs - this.#clock.now()), () => this.#onTimer());
  }

  #onTimer(): void {
    this.#timer = null;
    const nowMs = this.#clock.now();
    const stalledMs = nowMs - this.#timerMs;
    try {
      if (stalledMs > STALL_MS) this.#calls.postpone(stalledMs + STALL_MS);
      for (const call of this.#calls.due(nowMs + SLACK_MS)) {
        if (call.state === CALL_STATE.inFlight && call.dueMs <= nowMs + SLACK_MS) this.#late(call, nowMs);
      }
    } finally {
      if (!this.#rest()) this.#arm(this.#calls.nextDueMs());
    }
  }

  /** Lets go of what only calls need, if there are none. Returns whether there are none. */
  #rest(): boolean {
    if (!this.#calls.rest()) return false;
    this.#timer?.clear();
    this.#timer = null;
    return true;
  }
}

/** A datagram may get lost. */
function ignore(): void {}

function wordOf(id: Uint8Array): number {
  return id[0] | (id[1] << 8) | (id[2] << 16) | (id[3] << 24);
}

function closedError(rpc: RpcName): RpcError {
  return new RpcError("closed", `Cannot call "${rpc}": the endpoint is closed`);
}

function busyError(rpc: RpcName, to: string): RpcError {
  return new RpcError("busy", `Cannot call "${rpc}" of "${to}": too many calls are waiting`);
}
