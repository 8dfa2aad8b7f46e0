/**
 * Figures of publish/subscribe, as plain data.
 *
 * @module
 */

/** What propagation counts. */
export interface PropagationStats {
  /** Neighbours, and those of them whose filters are known and fresh. */
  readonly neighbours: number;
  readonly known: number;
  /** Updates that were sent and that came, and the bytes of their filters. */
  readonly updatesSent: number;
  readonly updatesReceived: number;
  readonly updateBytesSent: number;
  readonly updateBytesReceived: number;
  /** Updates that came and were not taken: filters of other sizes, senders who may not, what cannot be read. */
  readonly updatesRefused: number;
  /** Neighbours whose filters were left out of the own ones, because these would have been full. */
  readonly leftOut: number;
}

/** What routing counts. */
export interface RoutingStats {
  /** Events that were published here. */
  readonly published: number;
  /** Events that were sent to others, with each hop of those of others, and that came. */
  readonly notifiesSent: number;
  readonly notifiesReceived: number;
  /** Events that came and were not looked at: too many from one address, or not to be read. */
  readonly notifiesRefused: number;
  /** Events of own subscriptions. */
  readonly delivered: number;
  /** Events that had come before. */
  readonly duplicates: number;
  /** Events that went no further from here, by the reason. */
  readonly died: { readonly ttl: number; readonly nobody: number; readonly silent: number };
  /** Events that are remembered. */
  readonly history: number;
}

/** Figures of publish/subscribe. */
export interface QuasarStats extends PropagationStats, RoutingStats {
  readonly subscriptions: number;
}
