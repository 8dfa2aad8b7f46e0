/**
 * Pings: the name under which every service answers them, and what is told of one.
 *
 * @module
 */

/** The name that echoes what it gets, on every node that runs this service. */
export const PING_NAME = ".ping";

/** One line that `warpwire.ping` answers. */
export interface PingLine {
  readonly peer: string;
  /** Number of the ping, from 1. */
  readonly seq: number;
  /** How long it took there and back, in milliseconds. */
  readonly rttMs?: number;
  /** How long it took until the stream was open; in the first line only. */
  readonly openMs?: number;
  /** Why there was no answer: a code of `HostError`. It is the last line then. */
  readonly error?: string;
}
