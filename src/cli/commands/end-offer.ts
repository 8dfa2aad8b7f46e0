/**
 * `warpwire reject` and `warpwire cancel`: ends offers.
 *
 * @module
 */

import { type CommandSpec, positionals } from "../command.ts";
import {
  findOffer,
  offerJson,
  statusText,
  WARPDRIVE_COMMAND_OPTIONS,
  whatText,
  withWarpdrive,
} from "../warpdrive/mod.ts";
import { jsonLine } from "../input/mod.ts";
import { CONNECTION_HELP } from "../service/mod.ts";
import { WarpdriveError } from "../../warpdrive/mod.ts";

/** Refuses an offer that waits to be accepted. */
export const rejectCommand: CommandSpec = endCommand({
  name: "reject",
  about: "refuses an offer that waits; its sender is told",
  done: "rejected",
});

/** Ends an offer, incoming or outgoing, that is not over. */
export const cancelCommand: CommandSpec = endCommand({
  name: "cancel",
  about: "ends a transfer, or takes back an offer; the other side is told",
  done: "cancelled",
});

function endCommand(
  { name, about, done }: { readonly name: "reject" | "cancel"; readonly about: string; readonly done: string },
): CommandSpec {
  return {
    name,
    usage: "<id> [options]",
    about,
    details: `The id may be shortened.\n${CONNECTION_HELP}`,
    options: WARPDRIVE_COMMAND_OPTIONS,
    async run(args, { out }) {
      const [id] = positionals(args, ["id"]);
      await withWarpdrive(args, async ({ node, people }) => {
        const offers = await node.offers(name === "reject" ? "incoming" : "all");
        await people.load(offers);
        const offer = findOffer(offers, id);
        if (name === "reject" && offer.Status !== "awaiting") {
          throw new WarpdriveError("state", `Cannot reject an offer that is ${statusText(offer)}; cancel ends it`);
        }
        await node.stop(offer);
        const value = { type: done, ...offerJson(offer, people) };
        out(args.options.json === true ? `${jsonLine(value)}\n` : `${whatText(offer)}: ${done}\n`);
      });
    },
  };
}
