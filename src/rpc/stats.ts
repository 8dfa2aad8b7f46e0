/**
 * What an endpoint counts.
 *
 * @module
 */

import type { RpcName } from "../../codec/protocols/storj/mod.ts";
import type { RecentTrips } from "./round-trip.ts";

/**
 * Why a datagram got no answer, or was not looked at:
 *
 * - `short`: less than 22 bytes; `type`: an unknown type byte
 * - `malformed`: a request that is not a name with arguments; `unknown-call`: a name that nobody knows
 * - `arguments`: too few, too many, or of wrong types
 * - `unanswered`: a call that nothing here answers; `declined`: its function returned `undefined`
 * - `failed`: its function threw, or returned what cannot be sent
 * - `rate`: too many requests of one address; `rate-all`: too many in all
 * - `bytes`: too many bytes of answers for an address that has not proven itself; `bytes-all`: for all such
 * - `repeat-memory`: no room to remember a call that must not run twice
 */
export type RefusedReason =
  | "short"
  | "type"
  | "malformed"
  | "unknown-call"
  | "arguments"
  | "unanswered"
  | "declined"
  | "failed"
  | "rate"
  | "rate-all"
  | "bytes"
  | "bytes-all"
  | "repeat-memory";

/** What is counted of one call, or of all. */
export interface CallStats {
  /** Calls that were sent, those that have no answer included. */
  readonly sent: number;
  /** Of these: answered; without an answer in time; failed otherwise; given up. The rest is under way. */
  readonly answered: number;
  readonly timedOut: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Calls whose answer was late, whether it came or not. */
  readonly late: number;
  /** Requests that were sent again. */
  readonly retransmitted: number;
  /** Requests of others that were understood, each counted once. */
  readonly asked: number;
  /** Of these: answered. */
  readonly replied: number;
  /** Bytes of all requests and answers that belong to it. */
  readonly bytesOut: number;
  readonly bytesIn: number;
}

/** What has happened at an endpoint since it was made. */
export interface RpcStats extends CallStats {
  /** The same by call, for those that occurred. */
  readonly calls: { readonly [N in RpcName]?: CallStats };
  /** Repeats of requests of others, which got the same answer again; part of the sums of bytes, and of no call. */
  readonly repeated: number;
  /** Datagrams that got no answer, by reason. */
  readonly refused: { readonly [R in RefusedReason]?: number };
  /** Answers to nothing that is under way: late, second, or forged. */
  readonly unexpected: number;
  /** Answers to a call that is under way, but from another address or in another era. */
  readonly foreign: number;
  /** Calls under way, and waiting. */
  readonly inFlight: number;
  readonly waiting: number;
  /** Addresses that count as proven. */
  readonly verified: number;
  /** Recent round trips in milliseconds, or null before the first. */
  readonly roundTripMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
}

/** {@link CallStats}, as they grow. */
export class CallCounts implements CallStats {
  readonly rpc: RpcName;
  /** The counts of the call that came before. */
  readonly earlier: CallCounts | null;
  sent = 0;
  answered = 0;
  timedOut = 0;
  failed = 0;
  cancelled = 0;
  late = 0;
  retransmitted = 0;
  asked = 0;
  replied = 0;
  bytesOut = 0;
  bytesIn = 0;

  constructor(rpc: RpcName, earlier: CallCounts | null) {
    this.rpc = rpc;
    this.earlier = earlier;
  }
}

const COUNTED = Object.keys(new CallCounts("ping", null)).filter((name) => name !== "rpc" && name !== "earlier") as (
  keyof CallStats
)[];

/** What an endpoint counts, made as it occurs. */
export class RpcCounts {
  /** Of a handful of calls, the latest first: a list takes no memory of its own, and is as fast as a map. */
  #latest: CallCounts | null = null;
  #refused: Map<RefusedReason, number> | null = null;
  unexpected = 0;
  foreign = 0;
  /** Repeats are not decoded, so nobody knows of which call they are. */
  repeated = 0;
  repeatedBytesIn = 0;
  repeatedBytesOut = 0;

  /** What is counted of a call. */
  of(rpc: RpcName): CallCounts {
    for (let counts = this.#latest; counts !== null; counts = counts.earlier) if (counts.rpc === rpc) return counts;
    return this.#latest = new CallCounts(rpc, this.#latest);
  }

  /** Counts a datagram that gets no answer. */
  refuse(reason: RefusedReason): void {
    const refused = this.#refused ??= new Map();
    refused.set(reason, (refused.get(reason) ?? 0) + 1);
  }

  /** All of it, with what is known elsewhere. */
  summary(
    now: Pick<RpcStats, "inFlight" | "waiting" | "verified">,
    trips: RecentTrips | null,
  ): RpcStats {
    const all: CallCounts[] = [];
    for (let counts = this.#latest; counts !== null; counts = counts.earlier) all.unshift(counts);
    const calls = Object.fromEntries(all.map((counts) => [counts.rpc, sumOf([counts])]));
    const { unexpected, foreign, repeated } = this;
    const sum = sumOf(all);
    return {
      ...sum,
      bytesIn: sum.bytesIn + this.repeatedBytesIn,
      bytesOut: sum.bytesOut + this.repeatedBytesOut,
      repeated,
      calls,
      refused: Object.fromEntries(this.#refused ?? []),
      unexpected,
      foreign,
      ...now,
      roundTripMs: trips && {
        p50: trips.percentileMs(0.5),
        p95: trips.percentileMs(0.95),
        p99: trips.percentileMs(0.99),
      },
    };
  }
}

function sumOf(all: readonly CallCounts[]): CallStats {
  return Object.fromEntries(
    COUNTED.map((name) => [name, all.reduce((sum, counts) => sum + counts[name], 0)]),
  ) as unknown as CallStats;
}
