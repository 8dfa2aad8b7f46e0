/**
 * Storing many values, with one lookup for all keys of a region.
 *
 * @module
 */

import type { Packed } from "../../../codec/msgpack/mod.ts";
import type { WaitOptions } from "../../host/host.ts";
import type { OwnedWaits } from "../../host/timing/wait.ts";
import type { Contact } from "../contact.ts";
import { sameWords, type Words, wordsOf } from "../words.ts";
import type { Cancel } from "./node.ts";
import { checkKey, checkValue, isAmong, type Stored } from "./put.ts";
import { type Spread, spread } from "./spread.ts";
import { survey, type SurveyNode } from "./survey.ts";
import { keyText } from "./values.ts";

/** So many values are looked at together: more find no more in common, and wait longer for the first to be stored. */
const TOGETHER_MAX = 1000;
/** Lookups and stores under way at a time. */
const LOOKUPS_MAX = 4;
const STORES_MAX = 64;

/** What became of one of many values. */
export interface PutOutcome extends Stored {
  readonly key: Uint8Array;
  /** Why the value could not be put at all; null if that was tried. */
  readonly error: RangeError | null;
}

/** A key and its value. */
export type PutEntry = readonly [key: Uint8Array, value: Packed];

/** What {@link putMany} needs of its node. */
export interface PutManyParts {
  readonly node: SurveyNode;
  readonly waits: OwnedWaits;
  /** Stores at another node; its answer is null if there was none. */
  readonly store: (to: Contact, key: Uint8Array, value: Packed, settle: (stored: boolean | null) => void) => Cancel;
  /** Stores here. */
  readonly storeHere: (key: Uint8Array, value: Packed) => void;
}

/** Puts values, a thousand at a time. What is returned tells of each as soon as it is known. */
export async function* putMany(
  parts: PutManyParts,
  entries: Iterable<PutEntry>,
  options: WaitOptions,
): AsyncGenerator<PutOutcome> {
  for (const some of together(entries)) {
    const ready: PutOutcome[] = [];
    let tell = () => {};
    const work = new AbortController();
    const signal = options.signal === undefined ? work.signal : AbortSignal.any([options.signal, work.signal]);
    const all = parts.waits.wait<void>(
      "Putting values",
      { ...options, signal },
      ({ resolve }) =>
        begin(parts, some, (outcome) => {
          ready.push(outcome);
          tell();
        }, resolve),
    );
    let over = false;
    const isOver = () => {
      over = true;
      tell();
    };
    all.then(isOver, isOver);
    try {
      for (;;) {
        for (const outcome of ready.splice(0)) yield outcome;
        if (over) break;
        await new Promise<void>((resolve) => tell = resolve);
      }
      await all;
    } finally {
      // For who leaves the loop: nobody listens any more.
      work.abort();
    }
  }
}

/** Entries in lists of {@link TOGETHER_MAX}; a key that comes again begins another list, so that its last value stays. */
function* together(entries: Iterable<PutEntry>): Generator<PutEntry[]> {
  let some = new Map<string, PutEntry>();
  for (const [key, value] of entries) {
    const text = keyText(key);
    if (some.size === TOGETHER_MAX || some.has(text)) {
      yield [...some.values()];
      some = new Map();
    }
    some.set(text, [key.slice(), value]);
  }
  if (some.size > 0) yield [...some.values()];
}

/** Puts values. */
function begin(
  parts: PutManyParts,
  entries: readonly PutEntry[],
  tell: (outcome: PutOutcome) => void,
  end: () => void,
): Cancel {
  const good: PutEntry[] = [];
  for (const entry of entries) {
    const error = faultOf(entry);
    if (error === null) good.push(entry);
    else tell({ key: entry[0], stored: 0, refused: 0, error });
  }
  if (good.length === 0) {
    end();
    return () => {};
  }
  good.sort(([one], [other]) => keyText(one) < keyText(other) ? -1 : 1);
  const keys = good.map(([key]) => wordsOf(key));
  let cancel: Cancel = survey(parts.node, keys, {
    parallel: LOOKUPS_MAX,
    settle: (pool) => {
      const run = spreadAll(parts, good, keys, (key, count) => pool.nearest(key, count), tell, end);
      cancel = run.cancel;
      run.start();
    },
  });
  return () => cancel();
}

function spreadAll(
  { node, store, storeHere }: PutManyParts,
  entries: readonly PutEntry[],
  keys: readonly Words[],
  nearest: (key: Words, count: number) => Contact[],
  tell: (outcome: PutOutcome) => void,
  end: () => void,
): Spread {
  const { k, own } = node.table;
  return spread({
    count: entries.length,
    inFlight: STORES_MAX,
    targets: (index, spare) => {
      const key = keys[index];
      const found = nearest(key, k + spare).filter((contact) => !sameWords(contact, own));
      if (isAmong({ k, own }, key, found.slice(0, k))) storeHere(...entries[index]);
      return { want: k, nearest: found };
    },
    send: (index, to, settle) => store(to, ...entries[index], settle),
    done: (index, spreading) => {
      const { stored = 0, refused = 0 } = spreading ?? {};
      tell({ key: entries[index][0], stored, refused, error: null });
    },
    end,
  });
}

function faultOf([key, value]: PutEntry): RangeError | null {
  try {
    checkKey(key);
    checkValue(value);
    return null;
  } catch (error) {
    return error as RangeError;
  }
}
