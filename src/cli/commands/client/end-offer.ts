/**
 * `warpwire reject` and `warpwire cancel`: end offers.
 *
 * @module
 */

import { type CommandBody, positionals } from "../../command.ts";
import {
  findOffer,
  offerJson,
  offerText,
  statusText,
  WARPDRIVE_COMMAND_OPTIONS,
  withWarpdrive,
} from "../../warpdrive/mod.ts";
import { printValue } from "../../json/mod.ts";
import { CONNECTION_HELP } from "../../service/mod.ts";
import { WarpdriveError } from "../../../warpdrive/mod.ts";

/** Declines an offer that waits for an answer. */
export const rejectCommand: CommandBody = endCommand("reject", "rejected");

/** Ends an incoming or outgoing offer that is not finished. */
export const cancelCommand: CommandBody = endCommand("cancel", "cancelled");

function endCommand(name: "reject" | "cancel", done: string): CommandBody {
  return {
    usage: "<id> [options]",
    details: `The first characters of the id are enough.\n${CONNECTION_HELP}`,
    options: WARPDRIVE_COMMAND_OPTIONS,
    async run(args, streams) {
      const [id] = positionals(args, ["id"]);
      await withWarpdrive(args, async ({ node, names }) => {
        const offers = await node.offers(name === "reject" ? "incoming" : "all");
        await names.load(offers);
        const offer = findOffer(offers, id);
        if (name === "reject" && offer.Status !== "awaiting") {
          throw new WarpdriveError(
            "state",
            `Cannot reject an offer that is ${statusText(offer)}; use cancel to end it`,
          );
        }
        await node.stop(offer);
        printValue(args, streams, { type: done, ...offerJson(offer, names) }, `${offerText(offer)}: ${done}`);
      });
    },
  };
}
