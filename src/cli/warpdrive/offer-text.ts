/**
 * Offers, as people and programs get to see them.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import type { Summary } from "../../../codec/protocols/warpdrive/mod.ts";
import type { OfferStage } from "../../warpdrive/mod.ts";
import { isEnded, isRunning } from "../../warpdrive/offers/mod.ts";
import { type PeerNames, shortened } from "./peer-names.ts";
import {
  type Amounts,
  codeText,
  formatBytes,
  formatTime,
  keptJson,
  keptText,
  leftOutJson,
  percentOf,
} from "../terminal/mod.ts";

/** Whether an offer is over. */
export function isOver({ Status }: Summary): boolean {
  return isEnded({ stage: Status as OfferStage });
}

/** Whether an offer's files are being transferred, or wait for that. */
export function isUnderWay({ Status }: Summary): boolean {
  return isRunning({ stage: Status as OfferStage });
}

/** An offer for programs: the names of the protocol in the manner of JSON. */
export function offerJson(offer: Summary, names: PeerNames): Record<string, unknown> {
  const alias = names.peers.find(({ Id }) => Id === offer.Peer)?.Alias ?? "";
  return {
    ...{ id: offer.Id, incoming: offer.In, peer: offer.Peer, alias },
    ...{ status: offer.Status, reason: offer.Reason ?? "" },
    ...{ name: offer.Name, entries: offer.Count, bytes: offer.Bytes, done: offer.Done },
    ...{ createMs: offer.Create, updateMs: offer.Update },
    ...(offer.LeftOut !== undefined && { leftOut: leftOutJson(offer.LeftOut) }),
    ...(offer.Kept !== undefined && { kept: keptJson(offer.Kept) }),
  };
}

/** The rows of a table of offers, not escaped. */
export function offerRows(offers: readonly Summary[], names: PeerNames): string[][] {
  const ids = offers.map(({ Id }) => Id);
  return offers.map((offer) => [
    shortened(offer.Id, ids),
    names.nameOf(offer.Peer),
    statusText(offer),
    formatBytes(offer.Bytes),
    formatTime(offer.Create).slice(0, 16).replace("T", " "),
    nameText(offer),
  ]);
}

/** Why an offer is in its stage, in words; empty where the stage says it. */
function reasonOf({ Status, Reason = "" }: Summary): string {
  return Reason === "" || Reason === Status ? "" : codeText(Reason);
}

/** The stage of an offer, how far it is, and why. */
export function statusText(offer: Summary): string {
  const { Status, Done, Kept, In } = offer;
  const Reason = Kept === undefined ? reasonOf(offer) : keptText(keptJson(Kept), In ? "kept" : "kept by the peer");
  // What is "updated" for the protocol is on its way for people.
  const stage = Status === "updated" ? "under way" : Status;
  const part = isOver(offer) && Status !== "completed" && Done > 0 || Status === "updated";
  const percent = part ? ` ${percentOf(offerAmounts(offer))}%` : "";
  return `${stage}${percent}${Reason === "" ? "" : ` (${Reason})`}`;
}

/** How much of an offer is done. */
export function offerAmounts({ Done, Bytes, Index, Count }: Summary): Amounts {
  // Before it begins, the index is -1.
  return { done: Done, bytes: Bytes, entries: { done: Math.min(Math.max(Index, 0), Count), of: Count } };
}

/** The first name of an offer, and how many entries there are beside it; not escaped. */
export function nameText({ Name, Count, LeftOut }: Summary): string {
  if (Count === 0) return "nothing";
  const left = LeftOut === undefined ? [] : [`${LeftOut.Count} left out`];
  const notes = [...(Count === 1 ? [] : [`${Count} entries`]), ...left];
  return notes.length === 0 ? Name : `${Name} (${notes.join(", ")})`;
}

/** An offer in a sentence: `photos (214 entries), 1.30 GB`; harmless for a terminal. */
export function offerText(offer: Summary): string {
  return `${escapeText(nameText(offer))}, ${formatBytes(offer.Bytes)}`;
}
