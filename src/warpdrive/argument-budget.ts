/**
 * The memory that arguments of peers take before they are complete: lists of files that begin and do not end.
 *
 * @module
 */

import { WarpdriveError } from "./error.ts";

/** So much of each session is not counted, so that small offers get through whatever others do. */
const FREE_BYTES = 64 * 1024;
/** What the sessions of one peer may keep at once: the largest list there is. */
const PEER_BYTES_MAX = 34 * 1024 * 1024;
/** What those of all strangers together may keep: the largest lists of two of them. */
const STRANGERS_BYTES_MAX = 2 * PEER_BYTES_MAX;

/** Bytes that one session keeps. */
export interface BudgetShare {
  /** Takes further bytes. Throws WarpdriveError `limit` when there is no room for them. */
  take(count: number): void;
  /** Gives back everything. */
  free(): void;
}

/** Counts what sessions keep, of each peer and of all strangers together. */
export class ArgumentBudget {
  readonly #perPeer = new Map<string, number>();
  #strangersBytes = 0;

  /** The share of a new session. */
  share(peer: string, stranger: boolean): BudgetShare {
    let [came, counted] = [0, 0];
    return {
      take: (count) => {
        came += count;
        const more = Math.max(0, came - FREE_BYTES) - counted;
        if (more === 0) return;
        const ofPeer = (this.#perPeer.get(peer) ?? 0) + more;
        const ofStrangers = this.#strangersBytes + (stranger ? more : 0);
        if (ofPeer > PEER_BYTES_MAX || stranger && ofStrangers > STRANGERS_BYTES_MAX) {
          throw new WarpdriveError("limit", `Cannot take further arguments of the peer "${peer}": too many are open`);
        }
        counted += more;
        this.#perPeer.set(peer, ofPeer);
        this.#strangersBytes = ofStrangers;
      },
      free: () => {
        const left = (this.#perPeer.get(peer) ?? 0) - counted;
        if (left > 0) this.#perPeer.set(peer, left);
        else this.#perPeer.delete(peer);
        if (stranger) this.#strangersBytes -= counted;
        [came, counted] = [0, 0];
      },
    };
  }
}
