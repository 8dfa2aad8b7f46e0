/**
 * How far the windows of streams grow: over a distance, a window is all that can be on its way, but one that is full
 * takes as much memory here until somebody reads.
 *
 * @module
 */

import type { Connection, Stream as MuxedStream } from "@libp2p/interface";

const MIB = 1024 * 1024;

/** How far the window of each stream grows where the reader keeps up: enough for 50 MB/s over 20 ms. */
export const WINDOW_BYTES_MAX = MIB;
/** How far it grows if there is room: 160 MB/s over 100 ms. */
export const WINDOW_BYTES_MOST = 16 * MIB;
/** How much more than the windows of all its streams one connection gets. */
const CONNECTION_BYTES_MAX = 32 * MIB;
/** How much more all connections get together, and those that strangers have made: known peers have places reserved. */
const ALL_BYTES_MAX = 128 * MIB;
const STRANGERS_BYTES_MAX = 32 * MIB;
/** Over less, in milliseconds, the windows of all streams suffice. */
const ROUND_TRIP_MS_MIN = 5;

/** What is used of a stream of yamux, beyond what libp2p knows of streams. */
interface YamuxStream {
  /** How much may come before the other side is told of more. It is doubled while the reader keeps up. */
  readonly recvWindow?: number;
  maxStreamWindowSize?: number;
  /** The round trip in milliseconds; -1 until it has been measured. */
  getRTT?(): number;
}

/** The room for the windows of one host. */
export class WindowBudget {
  readonly #isKnown: (connection: Connection) => boolean;
  readonly #connections = new Map<Connection, number>();
  #all = 0;
  #strangers = 0;

  /** @param isKnown Whether a connection is to a known peer, or was made by this host itself */
  constructor(isKnown: (connection: Connection) => boolean) {
    this.#isKnown = isKnown;
  }

  /** How many bytes are given to windows. */
  get bytes(): number {
    return this.#all;
  }

  /**
   * Lets the window of a stream grow as long as the reader keeps up and there is room. The memory is given back when the
   * stream ends.
   */
  grow(muxed: MuxedStream, connection: Connection): void {
    const yamux = muxed as YamuxStream;
    if (yamux.maxStreamWindowSize === undefined || yamux.getRTT === undefined) return;
    const gifts: { readonly bytes: number; readonly isKnown: boolean }[] = [];
    muxed.addEventListener("message", () => {
      const { recvWindow = 0, maxStreamWindowSize: most = Infinity } = yamux;
      // It grows as far as it may before it is given more.
      if (recvWindow < most || most >= WINDOW_BYTES_MOST || yamux.getRTT!() < ROUND_TRIP_MS_MIN) return;
      const gift = { bytes: most, isKnown: this.#isKnown(connection) };
      if (!this.#take(connection, gift)) return;
      gifts.push(gift);
      yamux.maxStreamWindowSize = 2 * most;
    });
    muxed.addEventListener("close", () => {
      for (const gift of gifts.splice(0)) this.#give(connection, gift);
    });
  }

  #take(connection: Connection, { bytes, isKnown }: { readonly bytes: number; readonly isKnown: boolean }): boolean {
    const ofConnection = (this.#connections.get(connection) ?? 0) + bytes;
    const isTooMuch = ofConnection > CONNECTION_BYTES_MAX || this.#all + bytes > ALL_BYTES_MAX ||
      !isKnown && this.#strangers + bytes > STRANGERS_BYTES_MAX;
    if (isTooMuch) return false;
    this.#connections.set(connection, ofConnection);
    this.#all += bytes;
    if (!isKnown) this.#strangers += bytes;
    return true;
  }

  #give(connection: Connection, { bytes, isKnown }: { readonly bytes: number; readonly isKnown: boolean }): void {
    const left = this.#connections.get(connection)! - bytes;
    if (left > 0) this.#connections.set(connection, left);
    else this.#connections.delete(connection);
    this.#all -= bytes;
    if (!isKnown) this.#strangers -= bytes;
  }
}
