/**
 * `warpwire in` and `warpwire out`: list the offers of a node.
 *
 * @module
 */

import { columns } from "../terminal/mod.ts";
import { type CommandSpec, positionals } from "../command.ts";
import { filterOf, offerJson, offerRows, WARPDRIVE_COMMAND_OPTIONS, withWarpdrive } from "../warpdrive/mod.ts";
import { jsonLine } from "../input/mod.ts";
import { CONNECTION_HELP } from "../service/mod.ts";

/** Lists what peers offer to this node. */
export const inCommand: CommandSpec = listCommand(true);
/** Lists what this node offers to peers. */
export const outCommand: CommandSpec = listCommand(false);

function listCommand(incoming: boolean): CommandSpec {
  return {
    name: incoming ? "in" : "out",
    usage: "[options]",
    about: incoming ? "list what peers offer to this node" : "list what this node offers to peers",
    details: CONNECTION_HELP,
    options: WARPDRIVE_COMMAND_OPTIONS,
    async run(args, { out }) {
      positionals(args, []);
      await withWarpdrive(args, async ({ node, names }) => {
        const offers = await node.offers(filterOf(incoming));
        await names.load(offers);
        if (args.options.json === true) {
          for (const offer of offers) out(`${jsonLine(offerJson(offer, names))}\n`);
        } else if (offers.length === 0) {
          out("none\n");
        } else {
          const head = ["ID", incoming ? "FROM" : "TO", "STATUS", "SIZE", "SINCE (UTC)", "NAME"];
          out(columns([head, ...offerRows(offers, names)]));
        }
      });
    },
  };
}
