/**
 * Codes in words for people: of errors, of what was left out of an offer, of files that stayed. Programs get the codes.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import type { Kept, LeftOut, Summary } from "../../../codec/protocols/warpdrive/mod.ts";
import { HOST_ERROR_CODES } from "../../host/mod.ts";
import { FILES_ERROR_CODES, SKIP_REASONS, type SkipReason } from "../../warpdrive/files/mod.ts";
import { WARPDRIVE_ERROR_CODES } from "../../warpdrive/mod.ts";

/** Reasons that are not codes of errors. */
const OTHERS: Readonly<Record<string, string>> = {
  "kept-same": "files of the same names were there, with the same content",
  "kept-others": "files of the same names were there, and stayed",
  interrupted: "interrupted",
  undelivered: "the peer was not reached",
  unknown: "for an unknown reason",
};

const MEANINGS: Readonly<Record<string, string>> = {
  ...HOST_ERROR_CODES,
  ...WARPDRIVE_ERROR_CODES,
  ...FILES_ERROR_CODES,
  ...OTHERS,
};

/**
 * A code as words within a sentence. A peer's code has `peer-` before it, and perhaps the number of an entry after
 * it; words that are not codes stay as they are.
 */
export function codeText(code: string): string {
  const [, peer, bare] = /^(peer-)?(.*?)(?:-\d+)?$/.exec(code) ?? ["", undefined, code];
  const text = Object.hasOwn(MEANINGS, bare) ? lowerCased(MEANINGS[bare]) : bare;
  return peer === undefined ? text : `the peer reports: ${text}`;
}

/** A sentence as it continues after a colon. */
export function lowerCased(text: string): string {
  return /^[A-Z][a-z]* /.test(text) ? text[0].toLowerCase() + text.slice(1) : text;
}

/** How many files were kept, by how they compare with those of the offer, for programs. */
export interface KeptJson {
  readonly same: number;
  readonly different: number;
  readonly unknown: number;
}

/** See {@link KeptJson}. */
export function keptJson({ Same, Different, Unknown }: Kept): KeptJson {
  return { same: Same, different: Different, unknown: Unknown };
}

/** `3 kept: 2 equal, 1 different`. */
export function keptText({ same, different, unknown }: KeptJson, verb = "kept"): string {
  const parts = [[same, "equal"], [different, "different"], [unknown, "not compared"]] as const;
  const words = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return `${same + different + unknown} ${verb}: ${words.join(", ")}`;
}

/** A line for each thing that was left out, and one for those without a name; harmless for a terminal. */
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
