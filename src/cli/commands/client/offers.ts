/**
 * `warpwire in`, `warpwire out` and `warpwire watch`: the offers of a node, as a list or live.
 *
 * @module
 */

import { type CommandBody, positionals } from "../../command.ts";
import { jsonLine } from "../../json/mod.ts";
import { CONNECTION_HELP } from "../../service/mod.ts";
import { columns, LineInput, stopSignal, TransferReport } from "../../terminal/mod.ts";
import {
  filterOf,
  offerJson,
  OfferReport,
  offerRows,
  WARPDRIVE_COMMAND_OPTIONS,
  watchOffers,
  withWarpdrive,
} from "../../warpdrive/mod.ts";

/** Lists what peers offer to this node. */
export const inCommand: CommandBody = listCommand(true);
/** Lists what this node offers to peers. */
export const outCommand: CommandBody = listCommand(false);

function listCommand(incoming: boolean): CommandBody {
  return {
    usage: "[options]",
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

/** Shows offers and transfers until Ctrl-C. */
export const watchCommand: CommandBody = {
  usage: "[options]",
  details: `Ctrl-C stops it. Without a terminal it prints one line for each change.\n${CONNECTION_HELP}`,
  options: WARPDRIVE_COMMAND_OPTIONS,
  async run(args, streams) {
    positionals(args, []);
    const json = args.options.json === true;
    using stop = stopSignal();
    const { signal } = stop;
    await withWarpdrive(args, async ({ host, node, names }) => {
      await names.load();
      using report = new TransferReport({ streams, clock: host.clock, json });
      const offers = new OfferReport({ report, names, json });
      const prompt = streams.interactive === true && !json
        ? { node, names, signal, out: streams.out, input: new LineInput(streams.input) }
        : undefined;
      await watchOffers({ node, offers, report, signal, prompt });
    });
  },
};
