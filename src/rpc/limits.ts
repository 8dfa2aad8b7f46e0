/**
 * What an endpoint does at most.
 *
 * @module
 */

/** The limits of an endpoint, each with the reason for its default in {@link RPC_LIMITS}. */
export interface RpcLimits {
  /** Calls to one peer that may be under way; more wait. */
  readonly inFlightPerPeer: number;
  /** Calls that may be under way in all; more wait. */
  readonly inFlight: number;
  /** Calls that may wait; more fail with `busy`. */
  readonly waiting: number;
  /** Requests a second that are looked at from one address that has not proven itself. */
  readonly strangerRequestsPerSecond: number;
  /** Requests a second that are looked at from one address that has answered us. */
  readonly peerRequestsPerSecond: number;
  /** Requests a second that are looked at in all; those of strangers and those of peers count separately. */
  readonly requestsPerSecond: number;
  /** Calls without an answer that are looked at in a second, from one address that a service has vouched for. */
  readonly noticesPerSecond: number;
  /** Bytes of answers that one address draws in {@link strangerSpanMs}, as long as it has not proven itself. */
  readonly strangerBytes: number;
  /** The time in milliseconds to which {@link strangerBytes} belongs. */
  readonly strangerSpanMs: number;
  /** Bytes of answers a second that all addresses together draw which have not proven themselves. */
  readonly strangersBytesPerSecond: number;
  /** Addresses that are remembered as proven, twice: those of the last {@link verifiedMs}, and those before. */
  readonly verified: number;
  /** How long an address counts as proven after it has answered, in milliseconds; up to twice as long. */
  readonly verifiedMs: number;
  /** How long repeats of a request are recognised, in milliseconds; a third longer at most. */
  readonly repeatMs: number;
  /** Bytes of answers that are kept for repeats of calls that may be run twice without harm; older ones are dropped. */
  readonly repeatBytes: number;
  /**
   * Bytes of answers that are kept for repeats of other calls; while there is no room, these are not answered. Half of it is
   * for addresses that have answered us.
   */
  readonly onceBytes: number;
}

/** The limits by default. */
export const RPC_LIMITS: RpcLimits = Object.freeze({
  // A lookup has 3 to 10 calls under way and asks nobody twice; 16 leaves room for several lookups and for stores.
  inFlightPerPeer: 16,
  // With 5 s for a silent peer, 200 calls a second of which nobody answers one.
  inFlight: 1024,
  // What `putMany` hands over at once; each takes about 500 bytes.
  waiting: 4096,
  // A hundredth of a core. A node that joins asks each peer a handful of times, and proves itself with its first answer.
  strangerRequestsPerSecond: 1000,
  // 5 % of a core: a request takes about 10 µs. Peers that republish ten thousand values come near it.
  peerRequestsPerSecond: 5000,
  // A fifth of a core for each of the two groups.
  requestsPerSecond: 20_000,
  // 60 MB/s of a stream, and its acknowledgements; what is refused of these takes 3 µs each. All together get four times that.
  noticesPerSecond: 60_000,
  // 75 answers of find_node: more than any node needs before it has answered us.
  strangerBytes: 64 * 1024,
  strangerSpanMs: 10_000,
  // 8 Mbit/s: what somebody can make us send to others by forging their addresses.
  strangersBytesPerSecond: 1024 * 1024,
  // 16 KiB for each of both, made as they fill.
  verified: 4096,
  // Buckets of a table are refreshed once an hour, which asks their contacts again.
  verifiedMs: 3_600_000,
  // Three times the time after which a caller gives up (QUERY_TIMEOUT, 5 s).
  repeatMs: 15_000,
  // 300 answers of find_node; beyond, such a call is just run again.
  repeatBytes: 256 * 1024,
  // 38,000 answers of 22 to 60 bytes with what it takes to keep them: 2,000 messages a second, for as long as one likes.
  onceBytes: 8 * 1024 * 1024,
});
