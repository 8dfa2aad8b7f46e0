/**
 * What was left out of an offer: collected, sent with the offer, and bounded where it comes from peers.
 *
 * @module
 */

import type { EntryInfo, Info, LeftOut } from "../../../codec/protocols/warpdrive/mod.ts";
import { SKIP_REASONS, type SkippedPath } from "../files/mod.ts";

/** How many names are sent and stored; the count includes the others. */
const ITEMS_MAX = 50;
/** Of a peer fewer are kept: every offer of a stranger has room for them. */
const PEER_ITEMS_MAX = 10;
/** How much of a path is sent, in UTF-16 units: its end, which has the name. */
const PATH_UNITS_MAX = 200;

/** What was left out, as it is stored and sent; `undefined` for nothing. */
export function leftOutOf(skipped: readonly Pick<SkippedPath, "uri" | "reason">[]): LeftOut | undefined {
  return bounded(
    skipped.length,
    skipped.slice(0, ITEMS_MAX).map(({ uri, reason }) => ({ Uri: uri, Reason: reason })),
    ITEMS_MAX,
  );
}

/** What was left out of an offer by its sender, and by the disk of its receiver. */
export function allLeftOut(
  { leftOut, notTaken }: { readonly leftOut?: LeftOut | undefined; readonly notTaken?: LeftOut | undefined },
): LeftOut | undefined {
  if (leftOut === undefined || notTaken === undefined) return leftOut ?? notTaken;
  return { Count: leftOut.Count + notTaken.Count, Items: [...leftOut.Items ?? [], ...notTaken.Items ?? []] };
}

/** Entries of an offer with what was left out of it: an addition to the first, which other programs pass over. */
export function withLeftOut(files: Info[], leftOut: LeftOut | undefined): Info[] {
  const [first, ...others] = files;
  return first === undefined || leftOut === undefined ? files : [{ ...first, LeftOut: leftOut }, ...others];
}

/** Takes what was left out from the entries of a peer's offer. Nothing in it is believed to be short or sensible. */
export function takeLeftOut(files: readonly Info[] | null): {
  readonly files: EntryInfo[] | null;
  readonly leftOut: LeftOut | undefined;
} {
  if (files === null) return { files, leftOut: undefined };
  const told = files[0]?.LeftOut;
  const items = told?.Items ?? [];
  const count = told === undefined ? 0 : Math.max(told.Count, items.length);
  return {
    files: files.map((info) => "LeftOut" in info || "ModifiedMs" in info ? entryOf(info) : info),
    leftOut: bounded(count, items, PEER_ITEMS_MAX),
  };
}

function entryOf({ LeftOut: _, ModifiedMs: _modified, ...info }: Info): EntryInfo {
  return info;
}

/** A path as it is stored and sent: of a long one, the end. */
export function shownPath(uri: string): string {
  return (uri.length > PATH_UNITS_MAX ? `…${uri.slice(1 - PATH_UNITS_MAX)}` : uri).toWellFormed();
}

function bounded(count: number, items: NonNullable<LeftOut["Items"]>, itemsMax: number): LeftOut | undefined {
  if (count <= 0) return undefined;
  return {
    Count: count,
    Items: items.slice(0, itemsMax).map(({ Uri, Reason }) => ({
      Uri: shownPath(Uri),
      Reason: Object.hasOwn(SKIP_REASONS, Reason) ? Reason : "unknown",
    })),
  };
}
