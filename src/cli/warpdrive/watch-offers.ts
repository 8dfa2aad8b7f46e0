/**
 * Watching the offers of a node: showing what becomes of them, asking about those that come, waiting for their end.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import type { Summary } from "../../../codec/protocols/warpdrive/mod.ts";
import { codeText, notTakenLines, type TransferReport } from "../terminal/mod.ts";
import { askAbout, carryOut, type PromptParts } from "./accept-offer.ts";
import { isOver, isUnderWay, offerAmounts, offerJson, offerText, statusText } from "./offer-text.ts";
import type { PeerNames } from "./peer-names.ts";
import { offerKeyOf, type WarpdriveNode } from "./warpdrive-node.ts";

/** What an offer report works with. */
export interface OfferReportOptions {
  readonly report: TransferReport;
  readonly names: PeerNames;
  /** Whether programs read it: they get every change as it comes. */
  readonly json: boolean;
}

/** Shows what becomes of offers: bars for those under way, a line for every change of the others. */
export class OfferReport {
  readonly #options: OfferReportOptions;
  /** The last state shown of every offer. */
  readonly #told = new Map<string, string>();

  constructor(options: OfferReportOptions) {
    this.#options = options;
  }

  /**
   * An offer as it is now.
   *
   * @param isAsked whether somebody waits for this one; people do not see another that was over before it was ever shown
   */
  async tell(offer: Summary, isAsked = false): Promise<void> {
    const { report, names, json } = this.#options;
    if (!names.knows(offer.Peer)) await names.load();
    const key = offerKeyOf(offer);
    const before = this.#told.get(key);
    const stage = isUnderWay(offer) ? "under way" : offer.Status;
    const state = `${stage} ${offer.Reason ?? ""} ${offer.LeftOut?.Count ?? 0}`;
    this.#told.set(key, state);
    if (json) return report.say("", { type: "offer", ...offerJson(offer, names) });
    if (state !== before && (before !== undefined || isAsked || !isOver(offer))) {
      report.say(this.#line(offer), {});
      for (const line of notTakenLines(offer)) report.warn(line, {});
    }
    if (!isUnderWay(offer)) return report.hide(key);
    const note = offer.Status === "accepted" ? (offer.Reason ? codeText(offer.Reason) : "waiting") : undefined;
    const name = `${offer.Name} ${this.#way(offer)}`;
    report.show(key, { name, ...offerAmounts(offer), note });
  }

  /** `from anna: photos (3 entries), 1.30 GB: completed`. */
  #line(offer: Summary): string {
    return `${escapeText(this.#way(offer))}: ${offerText(offer)}: ${escapeText(statusText(offer))}`;
  }

  #way({ In, Peer }: Summary): string {
    return `${In ? "from" : "to"} ${this.#options.names.nameOf(Peer)}`;
  }
}

/** What watching works with. */
export interface WatchParts {
  readonly node: WarpdriveNode;
  readonly offers: OfferReport;
  readonly report: TransferReport;
  readonly signal: AbortSignal;
  /** Where a person can be asked about offers that come. */
  readonly prompt?: PromptParts | undefined;
}

/** Shows what becomes of all offers, and asks about incoming ones, until the signal fires. */
export async function watchOffers({ node, offers, report, signal, prompt }: WatchParts): Promise<void> {
  const asked = new Set<string>();
  /** Questions are asked one after another. */
  let asking: Promise<void> = Promise.resolve();
  for await (const offer of node.watch("all", signal)) {
    await offers.tell(offer);
    const key = offerKeyOf(offer);
    if (prompt === undefined || !offer.In || offer.Status !== "awaiting" || asked.has(key)) continue;
    asked.add(key);
    asking = asking.then(() => ask(offer, prompt, report)).catch((error) => report.say(failureText(offer, error), {}));
  }
  await asking;
}

async function ask(offer: Summary, prompt: PromptParts, report: TransferReport): Promise<void> {
  // While others were asked about, this one may have come to an end.
  const now = (await prompt.node.offers("incoming")).find((one) => offerKeyOf(one) === offerKeyOf(offer));
  if (now?.Status !== "awaiting" || prompt.signal.aborted) return;
  const decision = await report.during(() => askAbout(now, prompt));
  const outcome = await carryOut(decision, now, prompt);
  if (outcome !== "") report.say(`${offerText(now)}: ${outcome}`, {});
}

function failureText(offer: Summary, error: unknown): string {
  return `${offerText(offer)}: ${escapeText(error instanceof Error ? error.message : String(error))}`;
}

/**
 * Shows what becomes of some offers until all of them are over, or the signal fires. Resolves to whether all of them are
 * complete.
 *
 * @param keys as `offerKeyOf` makes them
 */
export async function followOffers(
  keys: ReadonlySet<string>,
  { node, offers, signal }: Omit<WatchParts, "prompt" | "report">,
): Promise<boolean> {
  const open = new Set(keys);
  let complete = true;
  if (open.size === 0) return true;
  for await (const offer of node.watch("all", signal)) {
    const key = offerKeyOf(offer);
    if (!open.has(key)) continue;
    // The transfer may have ended before the watch began.
    await offers.tell(offer, true);
    if (!isOver(offer) || mayGoOn(offer)) continue;
    open.delete(key);
    complete &&= offer.Status === "completed";
    if (open.size === 0) return complete;
  }
  return false;
}

/** Whether the peer that fetches an offer was merely interrupted: it comes back by itself. */
function mayGoOn({ In, Status, Reason }: Summary): boolean {
  return !In && Status === "failed" && Reason === "interrupted";
}
