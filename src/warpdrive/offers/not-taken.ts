/**
 * What a complete download lacks: entries in whose place existing files were kept, and entries that the disk could not
 * store. The sender is notified by reason codes, which nodes without them ignore.
 *
 * @module
 */

import type { Kept, LeftOut } from "../../../codec/protocols/warpdrive/mod.ts";
import type { KeptFile, LeftOutEntry } from "../files/mod.ts";
import { leftOutOf, shownPath } from "./left-out.ts";
import type { OfferState } from "./offer.ts";
import type { StoredFile } from "./offered-file.ts";

/** How many entries are listed by position: as many as fit into a reason of 255 bytes. */
const TOLD_MAX = 25;
/** `kept-2-1-0`: that many files stayed, equal, different, and not compared. */
const KEPT_FORM = /^kept-(\d{1,6})-(\d{1,6})-(\d{1,6})$/;
/** `left-3-n5-l7`: that many entries were left out, some of them for their names, some for their sizes. */
const LEFT_FORM = /^left-(\d{1,6})((?:-[nl]\d{1,6}){0,25})$/;
const LETTERS: Readonly<Record<string, LeftOutEntry["reason"]>> = { n: "name-refused", l: "too-large" };

/** What there is to note of an offer that is over. */
export type NotTaken = Pick<OfferState, "kept" | "notTaken" | "reason">;

/** What came of a download, as it is noted. */
export function notTakenOf(
  files: readonly StoredFile[],
  { kept, leftOut }: { readonly kept: readonly KeptFile[]; readonly leftOut: readonly LeftOutEntry[] },
): NotTaken {
  const counts = keptOf(kept);
  const left = leftOutOf(leftOut.map(({ index, reason }) => ({ uri: files[index]?.Uri ?? "", reason })));
  return {
    reason: keptReason(counts),
    ...(counts !== undefined && { kept: counts }),
    ...(left !== undefined && { notTaken: left }),
  };
}

/** How many files were kept, by how they compare with those of the offer; `undefined` for none. */
export function keptOf(files: readonly KeptFile[]): Kept | undefined {
  if (files.length === 0) return undefined;
  const count = (content: KeptFile["content"]) => files.filter((file) => file.content === content).length;
  return { Same: count("same"), Different: count("different"), Unknown: count("unknown") };
}

function keptReason(kept: Kept | undefined): string {
  if (kept === undefined) return "";
  return kept.Different + kept.Unknown === 0 ? "kept-same" : "kept-others";
}

/** The reasons that are sent to the sender. */
export function notTakenReasons({ kept, notTaken }: OfferState, files: readonly StoredFile[]): string[] {
  const reasons: string[] = [];
  if (kept !== undefined) reasons.push(`kept-${kept.Same}-${kept.Different}-${kept.Unknown}`);
  if (notTaken !== undefined) {
    const positions = new Map(files.map(({ Uri }, index) => [shownPath(Uri), index]));
    const items = (notTaken.Items ?? []).flatMap(({ Uri, Reason }) => {
      const index = positions.get(Uri);
      return index === undefined ? [] : [`-${Reason === LETTERS.l ? "l" : "n"}${index}`];
    });
    reasons.push(`left-${notTaken.Count}${items.slice(0, TOLD_MAX).join("")}`);
  }
  return reasons;
}

/** Parses such a reason of a receiver; `undefined` for other reasons, and for counts that exceed the offer. */
export function parseNotTakenReason(
  reason: string,
  count: number,
  files: readonly StoredFile[],
): Partial<NotTaken> | undefined {
  const [, ...numbers] = KEPT_FORM.exec(reason) ?? [];
  if (numbers.length > 0) {
    const [Same, Different, Unknown] = numbers.map(Number);
    const kept: Kept = { Same, Different, Unknown };
    const sum = Same + Different + Unknown;
    return sum > 0 && sum <= count ? { kept, reason: `peer-${keptReason(kept)}` } : undefined;
  }
  const [, left, list = ""] = LEFT_FORM.exec(reason) ?? [];
  if (left === undefined || !(Number(left) > 0 && Number(left) <= count)) return undefined;
  const items = list.split("-").slice(1).flatMap((item) => {
    const uri = files[Number(item.slice(1))]?.Uri;
    return uri === undefined ? [] : [{ uri, reason: LETTERS[item[0]] }];
  });
  const notTaken: LeftOut = { Count: Math.max(Number(left), items.length), Items: leftOutOf(items)?.Items ?? [] };
  return { notTaken };
}
