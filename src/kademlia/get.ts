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
import type { Tally } from "./tally.ts";

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
