/**
 * Limits the memory for incomplete arguments of peers: lists of files that begin and do not end.
 *
 * @module
 */

import type { Clock } from "../../host/mod.ts";
import { WarpdriveError } from "../error.ts";

/** So much of each session is not counted, so that small offers get through whatever others do. */
const FREE_BYTES = 64 * 1024;
/** What the sessions of one peer may keep at once: the largest list there is. */
const PEER_BYTES_MAX = 34 * 1024 * 1024;
/** What those of all strangers together may keep: the largest lists of two of them. */
const STRANGERS_BYTES_MAX = 2 * PEER_BYTES_MAX;
/** What those of all peers that are known may keep. That of strangers takes nothing of it. */
const KNOWN_BYTES_MAX = 4 * PEER_BYTES_MAX;
/** A list that comes slower than this, of late, is the first to give way. */
const SLOW_BYTES_PER_SECOND = 256 * 1024;
/** In this time what has come counts for little more than a third, in milliseconds. */
const FADE_MS = 2000;
/** Strangers who hold so many times more than somebody who needs room give way, too, however fast their lists come. */
const UNFAIR = 2;

/** Whose bytes are kept. */
export interface BudgetOwner {
  readonly peer: string;
  /** Whether nobody knows the peer. It is asked each time. */
  readonly isStranger: () => boolean;
  /** Called when the bytes have to give way to those of others; they are not counted any more. */
  readonly giveWay: (reason: WarpdriveError) => void;
}

/** Bytes that one session keeps. */
export interface BudgetShare {
  /** Takes further bytes. Throws WarpdriveError `limit` when there is no room for them. */
  take(count: number): void;
  /** Gives back everything. */
  free(): void;
}

/** What one session keeps. */
interface Held {
  readonly owner: BudgetOwner;
  /** What has come of the arguments that are read now, and how much of it is counted. */
  came: number;
  counted: number;
  /** What has come of late, and when that was. */
  recent: number;
  lastMs: number;
  /** Why nothing more is taken. */
  gone: WarpdriveError | null;
}

/**
 * Counts the bytes that sessions keep: of each peer, of all strangers and of all known peers. When there is no room,
 * lists that have almost stopped arriving are dropped, first those of the peer that holds most. So a peer that begins lists
 * and does not end them keeps nobody out.
 */
export class ArgumentBudget {
  readonly #clock: Clock;
  readonly #held = new Set<Held>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The share of a new session. */
  share(owner: BudgetOwner): BudgetShare {
    const held: Held = { owner, came: 0, counted: 0, recent: 0, lastMs: this.#clock.now(), gone: null };
    return { take: (count) => this.#take(held, count), free: () => this.#drop(held) };
  }

  #take(held: Held, count: number): void {
    if (held.gone !== null) throw held.gone;
    const nowMs = this.#clock.now();
    held.recent = this.#recent(held) + count;
    held.lastMs = nowMs;
    held.came += count;
    const more = Math.max(0, held.came - FREE_BYTES) - held.counted;
    if (more === 0) return;
    held.counted += more;
    this.#held.add(held);
    const stranger = held.owner.isStranger();
    const { peer } = held.owner;
    const fits = this.#makeRoom(held, (one) => one.owner.peer === peer, PEER_BYTES_MAX, false) && this.#makeRoom(
      held,
      ({ owner }) => owner.isStranger() === stranger,
      stranger ? STRANGERS_BYTES_MAX : KNOWN_BYTES_MAX,
      stranger,
    );
    if (fits) return;
    this.#refuse(held);
    throw held.gone;
  }

  /** Makes others give way until no more is kept than may be; `false` if nobody has to. */
  #makeRoom(held: Held, counts: (one: Held) => boolean, bytesMax: number, fair: boolean): boolean {
    for (;;) {
      const all = [...this.#held].filter(counts);
      if (bytesOf(all) <= bytesMax) return true;
      const others = all.filter((one) => one !== held);
      const slow = others.filter((one) => this.#recent(one) < SLOW_BYTES_PER_SECOND * FADE_MS / 1000);
      const ofPeer = (peer: string) => bytesOf(all.filter(({ owner }) => owner.peer === peer));
      const own = ofPeer(held.owner.peer);
      const unfair = fair ? others.filter(({ owner }) => ofPeer(owner.peer) > UNFAIR * own) : [];
      const [next] = (slow.length > 0 ? slow : unfair).sort((a, b) =>
        ofPeer(b.owner.peer) - ofPeer(a.owner.peer) || this.#recent(a) - this.#recent(b)
      );
      if (next === undefined) return false;
      next.owner.giveWay(this.#refuse(next));
    }
  }

  /** What has come of late of a list: the longer ago, the less it counts. */
  #recent({ recent, lastMs }: Held): number {
    return recent * Math.exp((lastMs - this.#clock.now()) / FADE_MS);
  }

  #refuse(held: Held): WarpdriveError {
    this.#drop(held);
    const { peer } = held.owner;
    return held.gone = new WarpdriveError(
      "limit",
      `Cannot take further arguments of the peer "${peer}": too many lists are open`,
    );
  }

  #drop(held: Held): void {
    this.#held.delete(held);
    Object.assign(held, { came: 0, counted: 0 });
  }
}

function bytesOf(all: readonly Held[]): number {
  return all.reduce((sum, { counted }) => sum + counted, 0);
}
