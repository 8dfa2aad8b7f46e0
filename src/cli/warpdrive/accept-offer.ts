/**
 * Accepting an offer: asking a person about it (who, what, how much, under which names), and what came of it.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import type { Summary } from "../../../codec/protocols/warpdrive/mod.ts";
import { WarpdriveError } from "../../warpdrive/mod.ts";
import { askUntil, type QuestionParts } from "../terminal/mod.ts";
import { isUnderWay, offerText } from "./offer-text.ts";
import type { PeerNames } from "./peer-names.ts";
import { offerKeyOf, type WarpdriveNode } from "./warpdrive-node.ts";

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

/** More names than this do not help to decide. */
const NAMES_MAX = 8;

/** What a prompt works with. */
export interface PromptParts extends QuestionParts {
  readonly node: WarpdriveNode;
  readonly names: PeerNames;
}

/** What a person decided; `gone` when nobody is there any more. */
export type Decision = "yes" | "no" | "always" | "later" | "gone";

const ANSWERS: Readonly<Record<string, Decision>> = {
  y: "yes",
  yes: "yes",
  n: "no",
  no: "no",
  a: "always",
  always: "always",
  "": "later",
};

/** Shows an offer and asks until there is an answer. */
export async function askAbout(offer: Summary, parts: PromptParts): Promise<Decision> {
  const { names, out } = parts;
  const who = escapeText(names.nameOf(offer.Peer));
  out(`\n${who} offers ${offerText(offer)}\n${await placesText(offer, parts)}`);
  return await askUntil(`Accept? [y]es, [n]o, [a]lways from ${who}, Enter for later: `, ANSWERS, parts) ?? "gone";
}

/** Does what was decided, and says what came of it. */
export async function carryOut(decision: Decision, offer: Summary, { node }: PromptParts): Promise<string> {
  switch (decision) {
    case "always":
      await node.setPeer(offer.Peer, "mod", "trust");
      return `${acceptanceText(await acceptOffer(node, offer))}, and so will be all that comes from there`;
    case "yes":
      return acceptanceText(await acceptOffer(node, offer));
    case "no":
      await node.stop(offer);
      return "rejected";
    case "later":
    case "gone":
      return "";
  }
}

/** Where the files would go: the folder, and the names of the first level as they would be. */
async function placesText(offer: Summary, { node }: PromptParts): Promise<string> {
  const targets = await node.targets(offer).catch(() => null);
  if (targets === null) return "";
  const names = [...new Set((targets.Names ?? []).map((name) => name.split("/", 1)[0]))].filter((name) => name !== "");
  const more = names.length > NAMES_MAX ? [`and ${names.length - NAMES_MAX} more`] : [];
  const shown = [...names.slice(0, NAMES_MAX).map(escapeText), ...more];
  return `into ${escapeText(targets.Folder)}:\n${shown.map((name) => `  ${name}\n`).join("")}`;
}
