/**
 * `warpwire reject` and `warpwire cancel`: end offers.
 *
 * @module
 */

import { type CommandSpec, positionals } from "../command.ts";
import {
  findOffer,
  offerJson,
  offerText,
  statusText,
  WARPDRIVE_COMMAND_OPTIONS,
  withWarpdrive,
} from "../warpdrive/mod.ts";
import { printValue } from "../input/mod.ts";
import { CONNECTION_HELP } from "../service/mod.ts";
import { WarpdriveError } from "../../warpdrive/mod.ts";

/** Declines an offer that waits for an answer. */
export const rejectCommand: CommandSpec = endCommand({
  name: "reject",
  about: "decline an offer; its sender is notified",
  done: "rejected",
});

/** Ends an incoming or outgoing offer that is not finished. */
export const cancelCommand: CommandSpec = endCommand({
  name: "cancel",
  about: "end a transfer or withdraw an offer; the other side is notified",
  done: "cancelled",
});

function endCommand(
  { name, about, done }: { readonly name: "reject" | "cancel"; readonly about: string; readonly done: string },
): CommandSpec {
  return {
    name,
    usage: "<id> [options]",
    about,
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
