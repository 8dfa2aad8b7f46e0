/**
 * What clients of the user API may take.
 *
 * @module
 */

/** Bounds on what clients can make a server do and keep. */
export interface UserApiLimits {
  /** Connections. When there are so many, a new one takes the place of the oldest that is not in a call. Default 256. */
  readonly connections: number;
  /**
   * Calls a second of one connection, each of a batch counted; so many may come at once. Beyond it requests over HTTP get
   * 429, and messages wait. `Infinity` for no limit. Default 500.
   */
  readonly callsPerSecond: number;
  /** Requests of one connection under way. Default 64. */
  readonly underWay: number;
  /** Bytes of a request. Default 1 MiB. */
  readonly requestBytes: number;
  /** Bytes that wait for a client that reads slowly. Beyond it nothing is read of it, and notifications are dropped. Default 1 MiB. */
  readonly queuedBytes: number;
  /** Bytes of requests and answers over HTTP that are held for all clients together. Default 64 MiB. */
  readonly heldBytes: number;
  /** How long the headers of a request, and a token after a WebSocket was opened, may take, in milliseconds. Default 10 s. */
  readonly headersMs: number;
  /** How long the body of a request may take after that, in milliseconds. Default 30 s. */
  readonly bodyMs: number;
  /** How long a connection may be without a request, in milliseconds. Default 60 s. */
  readonly idleMs: number;
}

/** The limits that hold unless others are given. */
export const USER_API_LIMITS: UserApiLimits = Object.freeze({
  connections: 256,
  callsPerSecond: 500,
  underWay: 64,
  requestBytes: 1024 * 1024,
  queuedBytes: 1024 * 1024,
  heldBytes: 64 * 1024 * 1024,
  headersMs: 10_000,
  bodyMs: 30_000,
  idleMs: 60_000,
});
