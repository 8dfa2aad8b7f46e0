/**
 * What was left out of an offer, as people and programs get to see it.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import type { LeftOut, Summary } from "../../../codec/protocols/warpdrive/mod.ts";
import { SKIP_REASONS, type SkipReason } from "../../warpdrive/files/mod.ts";

/** The exit status of commands that did what they could, while something was left out: neither success nor failure. */
export const LEFT_OUT_STATUS = 3;

/** A line for each thing that was left out, and one for those that were not told; harmless for a terminal. */
export function leftOutLines({ Count, Items }: LeftOut, start = "left out"): string[] {
  const items = Items ?? [];
  const lines = items.map(({ Uri, Reason }) => `${start}: ${escapeText(Uri)} ${reasonText(Reason)}`);
  return Count > items.length ? [...lines, `${start}: ${Count - items.length} more`] : lines;
}

/** The reasons for which the disk of a receiver does not take something, when its time has come. */
const NOT_TAKEN: ReadonlySet<string> = new Set<SkipReason>(["name-refused", "too-large"]);

/** A line for each thing that the receiver's disk did not take, as far as they are known by name. */
export function notTakenLines({ LeftOut }: Pick<Summary, "LeftOut">): string[] {
  const items = (LeftOut?.Items ?? []).filter(({ Reason }) => NOT_TAKEN.has(Reason));
  return leftOutLines({ Count: items.length, Items: items });
}

/** What was left out, for programs: how much in all, and some of it by name. */
export interface LeftOutJson {
  readonly count: number;
  readonly items: readonly { readonly path: string; readonly reason: string }[];
}

/** See {@link LeftOutJson}. */
export function leftOutJson({ Count, Items }: LeftOut): LeftOutJson {
  return { count: Count, items: (Items ?? []).map(({ Uri, Reason }) => ({ path: Uri, reason: Reason })) };
}

/** A code in words that follow a name. */
export function reasonText(code: string): string {
  return Object.hasOwn(SKIP_REASONS, code) ? SKIP_REASONS[code as keyof typeof SKIP_REASONS] : "for an unknown reason";
}
