/**
 * Getting a value: along one way and, if nobody there has it, along another.
 *
 * @module
 */

import type { Packed } from "../../codec/msgpack/mod.ts";
import type { Cancel } from "../rpc/mod.ts";
import type { FoundValue, GetOptions } from "./api.ts";
import type { Contact } from "./contact.ts";
import type { LookupOutcome, LookupPlan } from "./lookup.ts";
import { CANDIDATES_MAX } from "./shortlist.ts";
import { sameBytes } from "./values/mod.ts";

interface Count {
  readonly value: Packed;
  /** Who answered first with it. */
  readonly from: Contact | null;
  copies: number;
}

/** Counts values by their bytes, so that they may be of any type. */
export class Tally {
  readonly #quorum: number;
  readonly #counts: Count[] = [];
  #answers = 0;

  constructor(quorum: number) {
    this.#quorum = quorum;
  }

  /** Counts an answer; returns whether there are enough. */
  add(value: Packed, from: Contact | null): boolean {
    const same = this.#counts.find((count) => sameBytes(count.value.bytes, value.bytes));
    if (same === undefined) this.#counts.push({ value, from, copies: 1 });
    else same.copies += 1;
    this.#answers += 1;
    return this.#answers >= this.#quorum;
  }

  /** The most frequent value, of several the first; null if there was none. */
  most(): Pick<FoundValue, "value" | "from" | "copies" | "answers"> | null {
    let most: Count | null = null;
    for (const count of this.#counts) if (most === null || count.copies > most.copies) most = count;
    return most === null ? null : { ...most, answers: this.#answers };
  }
}

/** What a get needs of its node. */
export interface GetParts {
  readonly key: Uint8Array;
  readonly tally: Tally;
  readonly onProgress: GetOptions["onProgress"];
  readonly look: (
    plan: Pick<LookupPlan, "rpc" | "target" | "onStep" | "onValue" | "settle"> & Partial<LookupPlan>,
  ) => Cancel;
  /** So many contacts of the table, the nearest first. */
  readonly closest: (count: number) => readonly Contact[];
  /** Gives a value to a contact that lacked it. */
  readonly give: (contact: Contact | null, value: Packed) => void;
}

/**
 * Gets a value. `settle` is called once, unless it is given up.
 *
 * Those who lie name each other. So where the first lookup finds nothing, a second one shares nobody with it: it begins
 * with contacts of the table that were not asked, and asks none of those who were. Only what is nowhere costs that.
 */
export function get(parts: GetParts, settle: (found: FoundValue | null) => void): Cancel {
  const { key, tally, onProgress, look, closest, give } = parts;
  const plan = {
    rpc: "find_value",
    target: key,
    onValue: (value: Packed, from: Contact) => tally.add(value, from),
  } as const;
  const finish = ({ lacking }: LookupOutcome, total: Pick<FoundValue, "rpcs" | "hops" | "ms">) => {
    const most = tally.most();
    if (most === null) return settle(null);
    give(lacking, most.value);
    settle({ ...most, ...total });
  };
  const others = (asked: readonly Contact[]) =>
    closest(CANDIDATES_MAX + asked.length).filter((contact) => !asked.includes(contact)).slice(0, CANDIDATES_MAX);
  let cancel = look({
    ...plan,
    onStep: onProgress,
    settle: (first) => {
      const { rpcs, hops, ms } = first;
      const seeds = tally.most() === null ? others(first.asked) : [];
      if (seeds.length === 0) return finish(first, { rpcs, hops, ms });
      cancel = look({
        ...plan,
        seeds,
        without: first.asked,
        onStep: onProgress && ((step) => onProgress({ ...step, rpcs: rpcs + step.rpcs })),
        settle: (second) => finish(second, { rpcs: rpcs + second.rpcs, hops: second.hops, ms: ms + second.ms }),
      });
    },
  });
  return () => cancel();
}
