/**
 * The receivers of a share: it must not end while one of them fetches, and one that is idle must not keep it open.
 *
 * @module
 */

import type { Clock, Timer } from "../../host/mod.ts";

/** A receiver that is connected, and takes nothing new for this long, is not waited for any more. */
export const HELD_MS_MAX = 60_000;
/** How long somebody whose connection broke has to come back: receivers try four times within it. */
export const RETURN_MS_MAX = 10_000;
/** How long the share stays at least after the first one has come: others may have been told at the same time. */
export const TOGETHER_MS = 1_000;
/** How long those who have everything may take to leave, which they do by themselves. */
export const LEAVE_MS_MAX = 100;

interface Receiver {
  sessions: number;
  /** When it came. */
  readonly openedMs: number;
  /** Whether bytes were asked for. */
  begun: boolean;
  complete: boolean;
  /** The most that was taken at any time: taking the same again is not progress. */
  done: number;
  /** When there was progress last. */
  movedMs: number;
  /** When the last session ended. */
  leftMs: number;
}

/** Callbacks of {@link ShareReceivers}. */
export interface ReceiversOptions {
  readonly clock: Clock;
  /** Somebody has everything, and these are still waited for; called again whenever they change. */
  readonly onWaiting: (peers: readonly string[]) => void;
  /** Somebody has everything, and nobody is waited for any more. */
  readonly onOver: () => void;
}

/** The receivers of a share. */
export class ShareReceivers implements Disposable {
  readonly #options: ReceiversOptions;
  readonly #receivers = new Map<string, Receiver>();
  /** Until when the share stays at least, and until when for those who have not left; Infinity until it is to end. */
  #endMs = Infinity;
  #leaveMs = Infinity;
  #over = false;
  #waiting = "";
  #timer: Timer | null = null;

  constructor(options: ReceiversOptions) {
    this.#options = options;
  }

  /** A peer has opened a session. */
  opened(peer: string): void {
    const nowMs = this.#options.clock.now();
    if (this.#endMs === Infinity) this.#forget(nowMs);
    const times = { openedMs: nowMs, movedMs: nowMs, leftMs: nowMs };
    const receiver = this.#receivers.get(peer) ?? { sessions: 0, begun: false, complete: false, done: 0, ...times };
    receiver.sessions++;
    this.#receivers.set(peer, receiver);
    this.#look();
  }

  /** A session of a peer has ended. */
  closed(peer: string): void {
    const receiver = this.#receivers.get(peer);
    if (receiver === undefined) return;
    receiver.sessions--;
    receiver.leftMs = this.#options.clock.now();
    this.#look();
  }

  /** A peer asks for bytes from a point on. */
  started(peer: string, done: number): void {
    const receiver = this.#receivers.get(peer);
    if (receiver === undefined) return;
    // A new process has a new identity, and what the one of before has left on disk.
    if (!receiver.begun && done > 0) this.#takeOver(done);
    receiver.begun = true;
    receiver.complete = false;
    this.moved(peer, done);
  }

  /** A peer has taken bytes up to a point. */
  moved(peer: string, done: number): void {
    const receiver = this.#receivers.get(peer);
    if (receiver === undefined || done <= receiver.done) return;
    receiver.done = done;
    receiver.movedMs = this.#options.clock.now();
  }

  /** A peer has everything. */
  completed(peer: string): void {
    const receiver = this.#receivers.get(peer);
    if (receiver !== undefined) receiver.complete = true;
    this.#look();
  }

  /** From now on the share is over as soon as nobody is waited for. */
  end(): void {
    if (this.#endMs === Infinity) {
      const nowMs = this.#options.clock.now();
      const opened = [...this.#receivers.values()].filter(({ begun }) => begun).map(({ openedMs }) => openedMs);
      this.#forget(nowMs);
      this.#endMs = Math.min(nowMs, ...opened) + TOGETHER_MS;
      this.#leaveMs = Math.max(nowMs + LEAVE_MS_MAX, this.#endMs);
    }
    this.#look();
  }

  /** Those who had begun when the share was to end, and did not get everything. */
  get missed(): string[] {
    return [...this.#receivers].filter(([, { begun, complete }]) => begun && !complete).map(([peer]) => peer);
  }

  [Symbol.dispose](): void {
    this.#over = true;
    this.#timer?.clear();
  }

  /** Finds out who is waited for, and looks again when that may end. */
  #look(): void {
    if (this.#endMs === Infinity || this.#over) return;
    this.#timer?.clear();
    const nowMs = this.#options.clock.now();
    const waiting = [...this.#receivers].filter(([, receiver]) => deadlineMs(receiver) > nowMs);
    const isLeft = [...this.#receivers.values()].every(({ sessions }) => sessions === 0);
    const endMs = isLeft ? this.#endMs : this.#leaveMs;
    if (waiting.length === 0 && endMs <= nowMs) {
      this.#over = true;
      return this.#options.onOver();
    }
    const deadlines = waiting.length === 0 ? [endMs] : waiting.map(([, receiver]) => deadlineMs(receiver));
    const next = Math.min(...deadlines);
    this.#timer = this.#options.clock.setTimer(next - nowMs, () => this.#look());
    const peers = waiting.map(([peer]) => peer);
    if (peers.length === 0 || this.#waiting === peers.join()) return;
    this.#waiting = peers.join();
    this.#options.onWaiting(peers);
  }

  /** Forgets those who are gone. */
  #forget(nowMs: number): void {
    for (const [peer, receiver] of this.#receivers) {
      if (receiver.sessions === 0 && deadlineMs(receiver) <= nowMs) this.#receivers.delete(peer);
    }
  }

  /** Forgets the one that was interrupted soonest after a point from which somebody resumes. */
  #takeOver(done: number): void {
    const left = [...this.#receivers].filter(([, one]) => one.sessions === 0 && !one.complete && one.done >= done);
    const [nearest] = left.sort(([, a], [, b]) => a.done - b.done);
    if (nearest !== undefined) this.#receivers.delete(nearest[0]);
  }
}

/** Until when somebody is waited for. */
function deadlineMs({ sessions, begun, complete, movedMs, leftMs }: Receiver): number {
  if (complete) return -Infinity;
  if (sessions > 0) return movedMs + HELD_MS_MAX;
  return begun ? leftMs + RETURN_MS_MAX : -Infinity;
}
