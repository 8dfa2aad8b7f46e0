/**
 * Storing many values, each at the nodes nearest to its key, with a bounded number of requests under way.
 *
 * @module
 */

import type { Contact } from "../contact.ts";
import type { Cancel } from "./node.ts";

/** How many silent nodes are replaced by the next nearest ones, for each value. */
const SPARE_TARGETS = 10;

/** What became of one value. */
export interface Spreading {
  /** How many nodes have it now. */
  readonly stored: number;
  /** How many didn't want it. */
  readonly refused: number;
  /** How many didn't answer. */
  readonly silent: number;
}

/** What is stored where. */
export interface SpreadOptions {
  /** How many values there are. */
  readonly count: number;
  /** How many requests may be under way. */
  readonly inFlight: number;
  /**
   * At how many nodes a value shall be, and the nodes nearest to it, up to as many as are asked for; null if it need not
   * be stored any more. Called when its turn comes.
   */
  readonly targets: (
    index: number,
    spare: number,
  ) => { readonly want: number; readonly nearest: readonly Contact[] } | null;
  /** Stores one value at one node. The answer is null if there was none. It must not come before `send` returns. */
  readonly send: (index: number, to: Contact, settle: (stored: boolean | null) => void) => Cancel;
  /** Called when nothing of a value is under way any more; null for those that needed no storing. */
  readonly done: (index: number, spreading: Spreading | null) => void;
  /** Called after all. */
  readonly end: () => void;
}

interface Job {
  readonly index: number;
  /** Whom to ask, and how many of them were. */
  readonly nearest: readonly Contact[];
  asked: number;
  /** How many more nodes shall get it, and how many requests are under way. */
  open: number;
  pending: number;
  stored: number;
  refused: number;
  silent: number;
}

/** Work that is begun once and may be given up, even while it begins. */
export interface Spread {
  readonly start: () => void;
  readonly cancel: Cancel;
}

/** Stores values. */
export function spread(options: SpreadOptions): Spread {
  const running = new Set<Cancel>();
  let next = 0;
  let job: Job | null = null;
  let working = 0;
  let over = false;
  /** Jobs with a silent node to be replaced: they go first. */
  const again: Job[] = [];

  const finish = (finished: Job) => {
    if (finished.pending > 0 || finished.open > 0) return;
    working--;
    options.done(finished.index, finished);
  };
  const send = (of: Job) => {
    const to = of.nearest[of.asked++];
    of.open--;
    of.pending++;
    const cancel = options.send(of.index, to, (stored) => {
      running.delete(cancel);
      of.pending--;
      if (stored === null) of.silent++;
      else if (stored) of.stored++;
      else of.refused++;
      if (stored === null && of.asked + of.open < of.nearest.length) {
        if (of.open++ === 0) again.push(of);
      }
      finish(of);
      goOn();
    });
    running.add(cancel);
    // It may have been given up by `send` itself.
    if (over) cancel();
  };
  const take = (): Job | null => {
    while (next < options.count) {
      const index = next++;
      const targets = options.targets(index, SPARE_TARGETS);
      if (targets === null || targets.nearest.length === 0 || targets.want === 0) {
        options.done(index, targets && { stored: 0, refused: 0, silent: 0 });
        if (over) return null;
        continue;
      }
      const { want, nearest } = targets;
      working++;
      const open = Math.min(want, nearest.length);
      return { index, nearest, asked: 0, open, pending: 0, stored: 0, refused: 0, silent: 0 };
    }
    return null;
  };
  const goOn = () => {
    while (!over && running.size < options.inFlight) {
      const waiting: Job | null = again[0] ?? job ?? (job = take());
      if (waiting === null) break;
      send(waiting);
      if (waiting.open > 0) continue;
      if (waiting === again[0]) again.shift();
      if (waiting === job) job = null;
    }
    if (over || working > 0 || next < options.count) return;
    over = true;
    options.end();
  };
  const cancel = () => {
    over = true;
    for (const each of running) each();
    running.clear();
  };
  return { start: goOn, cancel };
}
