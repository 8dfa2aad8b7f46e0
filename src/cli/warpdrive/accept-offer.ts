/**
 * Accepting an offer, and what came of it.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import type { Summary } from "../../../codec/protocols/warpdrive/mod.ts";
import { WarpdriveError } from "../../warpdrive/mod.ts";
import { offerKeyOf, type WarpdriveNode } from "./warpdrive-node.ts";
import { isUnderWay } from "./offer-text.ts";

/** What came of accepting an offer. */
export interface Acceptance {
  /** Whether its turn has still to come. */
  readonly waiting: boolean;
  /** Why it does not begin yet; the node tries again by itself. Empty when it has begun. */
  readonly trouble: string;
}

/**
 * Accepts an offer.
 *
 * @throws WarpdriveError, HostError when it was not accepted
 */
export async function acceptOffer(node: WarpdriveNode, offer: Summary): Promise<Acceptance> {
  try {
    return { waiting: await node.accept(offer), trouble: "" };
  } catch (error) {
    if (!(error instanceof WarpdriveError) || error.code !== "failed") throw error;
    // That the sender does not answer now does not take the acceptance back.
    const now = (await node.offers("incoming")).find((one) => offerKeyOf(one) === offerKeyOf(offer));
    if (now === undefined || !isUnderWay(now)) throw error;
    return { waiting: false, trouble: error.message };
  }
}

/** The same in words, harmless for a terminal. */
export function acceptanceText({ waiting, trouble }: Acceptance): string {
  if (trouble !== "") return `accepted; it is tried again: ${escapeText(trouble)}`;
  return waiting ? "accepted; it waits for its turn" : "accepted";
}
