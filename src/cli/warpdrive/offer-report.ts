/**
 * Telling what becomes of offers: bars for those under way, a line for every change of the others.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import type { Summary } from "../../../codec/protocols/warpdrive/mod.ts";
import { offerKeyOf } from "./warpdrive-node.ts";
import type { PeerNames } from "./peer-names.ts";
import { notTakenLines } from "../service/mod.ts";
import { isOver, isUnderWay, offerAmounts, offerJson, statusText, whatText } from "./offer-text.ts";
import { codeText } from "../terminal/mod.ts";
import type { TransferReport } from "./transfer-report.ts";

/** What an offer report works with. */
export interface OfferReportOptions {
  readonly report: TransferReport;
  readonly people: PeerNames;
  /** Whether programs read it: they get every change as it comes. */
  readonly json: boolean;
}

/** Tells what becomes of offers. */
export class OfferReport {
  readonly #options: OfferReportOptions;
  /** The state that was told last of every offer. */
  readonly #told = new Map<string, string>();

  constructor(options: OfferReportOptions) {
    this.#options = options;
  }

  /** An offer as it is now. One that was over before it was ever seen is nothing to tell people of. */
  async tell(offer: Summary): Promise<void> {
    const { report, people, json } = this.#options;
    if (!people.knows(offer.Peer)) await people.load();
    const key = offerKeyOf(offer);
    const before = this.#told.get(key);
    const stage = isUnderWay(offer) ? "under way" : offer.Status;
    const state = `${stage} ${offer.Reason ?? ""} ${offer.LeftOut?.Count ?? 0}`;
    this.#told.set(key, state);
    if (json) return report.say("", { type: "offer", ...offerJson(offer, people) });
    if (state !== before && (before !== undefined || !isOver(offer))) {
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
    return `${escapeText(this.#way(offer))}: ${whatText(offer)}: ${escapeText(statusText(offer))}`;
  }

  #way({ In, Peer }: Summary): string {
    return `${In ? "from" : "to"} ${this.#options.people.nameOf(Peer)}`;
  }
}
