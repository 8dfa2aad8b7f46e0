/**
 * The one error class of hosts and the table of its codes.
 *
 * @module
 */

import { CodedError } from "../coded-error.ts";

/**
 * Every code a {@link HostError} can carry, with its meaning. The codes are stable: programs may compare them, and
 * `docs/hosts.md` lists the same ones.
 */
export const HOST_ERROR_CODES = {
  /** The caller's `AbortSignal` fired, or the stream was given up with `abort()`. The signal's reason is the cause. */
  aborted: "The caller gave up",
  /** What was waited for did not come within `timeoutMs`. */
  timeout: "It took too long",
  /** No address leads to the peer, or somebody else answers there. */
  unreachable: "The peer cannot be reached",
  /** The peer has not mounted the path. */
  "unknown-protocol": "The peer does not speak the protocol",
  /** The peer refused the stream; `rejectCode` is the number that it gave. */
  rejected: "The peer refused the stream",
  /** More is waiting than there may be: requests at the peer, or a second read of one stream. */
  busy: "Too much is waiting already",
  /** The stream, mount or host was closed, here or (for writing) by the other side. */
  closed: "It was closed",
  /** The stream broke: the other side gave it up, crashed, or the network failed. */
  reset: "The stream broke",
  /** A datagram has more than `datagramBytesMax` bytes. */
  "too-large": "The datagram is too large",
  /** An address cannot be understood, or cannot be listened on. */
  address: "The address cannot be used",
  /** The path is mounted already. */
  mounted: "The path is mounted already",
  /** The host has no such means: datagrams where the network knows only streams. */
  unsupported: "The host cannot do that",
  /** The other side broke the exchange with which a stream is opened. */
  protocol: "The other side does not follow the protocol",
} as const;

/** One of the stable error codes of {@link HOST_ERROR_CODES}. */
export type HostErrorCode = keyof typeof HOST_ERROR_CODES;

/** What belongs to a {@link HostError}. */
export interface HostErrorDetails {
  /** The number with which the peer refused, from 1 to 255; only with the code `rejected`. */
  readonly rejectCode?: number;
  /** The error that caused this one, or the reason of an `AbortSignal`. */
  readonly cause?: unknown;
}

/**
 * Thrown by hosts, streams and mounted protocols.
 *
 * ```ts
 * const error = new HostError("rejected", 'Opening "warpdrive" was refused', { rejectCode: 7 });
 * console.log(error.code, error.rejectCode); // rejected 7
 * ```
 */
export class HostError extends CodedError<HostErrorCode> {
  override readonly name: string = "HostError";
  /** The number with which the peer refused, from 1 to 255; 0 with every code but `rejected`. */
  readonly rejectCode: number;

  constructor(code: HostErrorCode, message: string, details: HostErrorDetails = {}) {
    super(code, message, details);
    this.rejectCode = details.rejectCode ?? 0;
  }
}
