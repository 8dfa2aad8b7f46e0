/**
 * What was left out of an offer, as people and programs get to see it.
 *
 * @module
 */

import { escapeText } from "../../codec/mod.ts";
import type { LeftOut } from "../../codec/protocols/warpdrive/mod.ts";
import { SKIP_REASONS } from "../warpdrive/files/mod.ts";

/** The exit status of commands that did what they could, while something was left out: neither success nor failure. */
export const LEFT_OUT_STATUS = 3;

/** A line for each thing that was left out, and one for those that were not told; harmless for a terminal. */
export function leftOutLines({ Count, Items }: LeftOut, start = "left out"): string[] {
  const items = Items ?? [];
  const lines = items.map(({ Uri, Reason }) => `${start}: ${escapeText(Uri)} ${reasonText(Reason)}`);
  return Count > items.length ? [...lines, `${start}: ${Count - items.length} more`] : lines;
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
