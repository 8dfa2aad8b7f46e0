/**
 * Calls that come in: looked at, answered, or left without an answer.
 *
 * @module
 */

import { CodecError } from "../../codec/error.ts";
import {
  calledRpc,
  decodeDatagram,
  encodeResponse,
  type Era,
  HEADER_BYTES,
  type IncomingRequest,
  type OutgoingResponse,
  RPC_NAMES,
  type RpcArgs,
  type RpcName,
  type RpcReply,
  rpcs,
} from "../../codec/protocols/storj/mod.ts";
import type { Clock, Datagram, DatagramProtocol, PeerInfo, Timer } from "../host/host.ts";
import { AnswersSent } from "./answers-sent.ts";
import type { RpcLimits } from "./limits.ts";
import { addressOfPeer } from "./pending.ts";
import { CallerBudgets } from "./rate.ts";
import { REPEATABLE, SOON_FORGOTTEN } from "./repeatable.ts";
import type { Answers, Caller, RpcOptions } from "./rpc.ts";
import type { RpcCounts } from "./stats.ts";

/** What incoming calls need of their endpoint. */
export interface IncomingPlan {
  readonly options: RpcOptions;
  readonly limits: RpcLimits;
  readonly counts: RpcCounts;
  /** A number for an address, and whether the address is proven. */
  readonly source: (address: string) => number;
  readonly isProven: (source: number, nowMs: number) => boolean;
}

type Answer = (args: RpcArgs<RpcName>, from: Caller) => RpcReply<RpcName> | undefined;
type AnswerTable = { readonly [N in RpcName]?: Answer };

/** The calls of others to an endpoint. */
export class IncomingCalls {
  readonly #plan: IncomingPlan;
  readonly #clock: Clock;
  readonly #mount: DatagramProtocol;
  /** What answers, one or two: their functions are called where they are, because a table of them takes memory. */
  #answers: readonly AnswerTable[] = [];
  readonly #budgets: CallerBudgets;
  /** Addresses that services have vouched for, by their numbers, and how often. */
  #vouched: Map<number, number> | null = null;
  /** Answers to calls that may run twice, and to others. */
  #harmless: AnswersSent | null = null;
  #once: AnswersSent | null = null;
  #timer: Timer | null = null;
  #lastSent: Promise<void> | null = null;

  constructor(plan: IncomingPlan, mount: DatagramProtocol) {
    this.#plan = plan;
    this.#clock = plan.options.host.clock;
    this.#mount = mount;
    this.#budgets = new CallerBudgets(plan.limits);
  }

  /** See `RpcEndpoint.handle`. */
  handle(answers: Answers): () => void {
    for (const name of RPC_NAMES) {
      if (answers[name] === undefined || this.#answering(name) === undefined) continue;
      throw new TypeError(`Cannot answer "${name}": it is answered already`);
    }
    const added = answers as AnswerTable;
    this.#answers = this.#answers.concat([added]);
    return () => {
      this.#answers = this.#answers.filter((other) => other !== added);
    };
  }

  /** See `RpcEndpoint.vouch`. */
  vouch(source: number): () => void {
    const vouched = this.#vouched ??= new Map();
    vouched.set(source, (vouched.get(source) ?? 0) + 1);
    return () => {
      const left = vouched.get(source)! - 1;
      if (left === 0) vouched.delete(source);
      else vouched.set(source, left);
    };
  }

  /** Takes a request, at least 22 bytes. */
  receive({ bytes, peerInfo }: Datagram, era: Era): void {
    const { counts } = this.#plan;
    const nowMs = this.#clock.now();
    const address = addressOfPeer(peerInfo);
    const source = this.#plan.source(address);
    const verified = this.#plan.isProven(source, nowMs);
    const isNotice = ONE_WAY.has(calledRpc(bytes)!);
    const excess = isNotice && this.#vouched?.has(source) === true
      ? this.#budgets.takeNotice(nowMs, source)
      : this.#budgets.takeRequest(nowMs, source, verified);
    if (excess !== null) return counts.refuse(excess);
    if (isNotice) return this.#receiveNotice(bytes, { address, era, verified });
    const earlier = this.#harmless?.find(source, bytes) ?? this.#once?.find(source, bytes);
    if (earlier) return this.#repeat(earlier, bytes, peerInfo, { nowMs, source, verified });
    const request = this.#decode(bytes);
    if (request === null) return;
    const answers = this.#answering(request.rpc);
    if (answers === undefined) return counts.refuse("unanswered");
    const reserved = verified ? 0 : this.#plan.limits.onceBytes * RESERVED_PART;
    if (!isForgettable(request.rpc) && this.#once?.hasRoom(ONCE_ANSWER_BYTES + reserved) === false) {
      return counts.refuse("repeat-memory");
    }
    const callCounts = counts.of(request.rpc);
    callCounts.asked += 1;
    callCounts.bytesIn += bytes.length;
    const from: Caller = { address, era, verified };
    const response = this.#answer(answers, request, from);
    if (response === null) return;
    this.#keep(request.rpc, nowMs, source, response);
    if (this.#send(response, peerInfo, { nowMs, source, verified })) {
      callCounts.replied += 1;
      callCounts.bytesOut += response.length;
    }
  }

  /** Takes a call that has no answer, so that nothing of it need be remembered. */
  #receiveNotice(bytes: Uint8Array, from: Caller): void {
    const { counts, options: { onEvent } } = this.#plan;
    const request = this.#decode(bytes);
    if (request === null) return;
    const { rpc } = request;
    const answers = this.#answering(rpc);
    if (answers === undefined) return counts.refuse("unanswered");
    const callCounts = counts.of(rpc);
    callCounts.asked += 1;
    callCounts.bytesIn += bytes.length;
    try {
      answers[rpc]!(request.args, from);
    } catch (error) {
      counts.refuse("failed");
      onEvent?.({ type: "handler-failed", rpc, from, error });
    }
  }

  /** Forgets everything. */
  close(): void {
    this.#timer?.clear();
    this.#timer = this.#harmless = this.#once = null;
  }

  #decode(bytes: Uint8Array): IncomingRequest<RpcName> | null {
    // Most garbage shows here; an error with its place costs ten times as much as all else.
    if (!ARRAY_HEADS.has(bytes[HEADER_BYTES])) {
      this.#plan.counts.refuse("malformed");
      return null;
    }
    try {
      const datagram = decodeDatagram(bytes);
      if (datagram.kind === "request" && datagram.rpc !== null) return datagram as IncomingRequest<RpcName>;
      this.#plan.counts.refuse("unknown-call");
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.#plan.counts.refuse(error.path.startsWith("args") ? "arguments" : "malformed");
    }
    return null;
  }

  /** What answers a call. */
  #answering(rpc: RpcName): AnswerTable | undefined {
    for (const answers of this.#answers) if (answers[rpc] !== undefined) return answers;
    return undefined;
  }

  /** The response to a request, or null for none. */
  #answer(answers: AnswerTable, request: IncomingRequest<RpcName>, from: Caller): Uint8Array | null {
    const { rpc, messageId, era } = request;
    const { options: { addresses = "bin", onEvent }, counts } = this.#plan;
    try {
      const reply = answers[rpc]!(request.args, from);
      if (reply !== undefined) {
        return encodeResponse({ rpc, reply, messageId, era, addresses } as OutgoingResponse<RpcName>);
      }
      counts.refuse("declined");
    } catch (error) {
      counts.refuse("failed");
      onEvent?.({ type: "handler-failed", rpc, from, error });
    }
    return null;
  }

  #repeat(answer: Uint8Array, request: Uint8Array, to: PeerInfo, source: Source): void {
    // Repeats are not decoded: of which call they are is not known.
    this.#plan.counts.repeated += 1;
    this.#plan.counts.repeatedBytesIn += request.length;
    if (this.#send(answer, to, source)) this.#plan.counts.repeatedBytesOut += answer.length;
  }

  /** Sends an answer, unless its recipient has drawn too much. */
  #send(answer: Uint8Array, to: PeerInfo, { nowMs, source, verified }: Source): boolean {
    const excess = verified ? null : this.#budgets.takeBytes(nowMs, source, answer.length);
    if (excess !== null) {
      this.#plan.counts.refuse(excess);
      return false;
    }
    const sent = this.#mount.sendDatagram(answer, to);
    if (sent !== this.#lastSent) {
      this.#lastSent = sent;
      sent.catch(ignore);
    }
    return true;
  }

  #keep(rpc: RpcName, nowMs: number, source: number, answer: Uint8Array): void {
    const { repeatBytes, onceBytes, repeatMs } = this.#plan.limits;
    if (isForgettable(rpc)) (this.#harmless ??= new AnswersSent(repeatBytes, repeatMs)).keep(nowMs, source, answer);
    else (this.#once ??= new AnswersSent(onceBytes, repeatMs)).keep(nowMs, source, answer);
    this.#timer ??= this.#clock.setTimer(repeatMs, () => this.#forget());
  }

  #forget(): void {
    const nowMs = this.#clock.now();
    this.#budgets.forget(nowMs);
    const harmlessMs = this.#harmless?.forget(nowMs) ?? 0;
    const onceMs = this.#once?.forget(nowMs) ?? 0;
    if (harmlessMs === 0) this.#harmless = null;
    if (onceMs === 0) this.#once = null;
    const nextMs = harmlessMs && onceMs ? Math.min(harmlessMs, onceMs) : harmlessMs || onceMs;
    this.#timer = nextMs === 0 ? null : this.#clock.setTimer(Math.ceil(nextMs), () => this.#forget());
  }
}

/** Whether repeats of a call may be forgotten when there is no room to remember them. */
function isForgettable(rpc: RpcName): boolean {
  return REPEATABLE[rpc] || SOON_FORGOTTEN.has(rpc);
}

/** Where a request came from. */
interface Source {
  readonly nowMs: number;
  readonly source: number;
  readonly verified: boolean;
}

/** Calls that have no answer. */
const ONE_WAY: ReadonlySet<RpcName> = new Set(RPC_NAMES.filter((name) => rpcs[name].oneWay));

/** The first byte of an array of two, in each form of msgpack. */
const ARRAY_HEADS: ReadonlySet<number> = new Set([0x92, 0xdc, 0xdd]);

/** The part of the memory for these that strangers do not get: they could use it up by asking for nothing of use. */
const RESERVED_PART = 1 / 2;

/** The most that an answer to a call has which must not run twice. */
const ONCE_ANSWER_BYTES = 128;

/** A datagram may get lost, an answer too. */
function ignore(): void {}
