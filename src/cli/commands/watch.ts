/**
 * `warpwire watch`: shows offers and transfers live.
 *
 * @module
 */

import { type CommandSpec, positionals } from "../command.ts";
import {
  OfferReport,
  TransferReport,
  WARPDRIVE_COMMAND_OPTIONS,
  watchOffers,
  withWarpdrive,
} from "../warpdrive/mod.ts";
import { LineInput, stopSignal } from "../terminal/mod.ts";
import { CONNECTION_HELP } from "../service/mod.ts";

/** Shows offers and transfers until Ctrl-C. */
export const watchCommand: CommandSpec = {
  name: "watch",
  usage: "[options]",
  about: "show offers and transfers live; on a terminal, ask about new offers",
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
