/**
 * `warpwire get`: accepts what others offer.
 *
 * @module
 */

import {
  acceptanceText,
  acceptOffer,
  findOffer,
  followOffers,
  offerJson,
  offerKeyOf,
  OfferReport,
  TransferReport,
  type Warpdrive,
  WARPDRIVE_COMMAND_OPTIONS,
  whatText,
  withWarpdrive,
} from "../warpdrive/mod.ts";
import { type Arguments, type CommandSpec, positionals, UsageError } from "../command.ts";
import { CONNECTION_HELP } from "../service/mod.ts";
import { INTERRUPTED_STATUS, LEFT_OUT_STATUS, leftOutLines, stopSignal } from "../terminal/mod.ts";

/** Accepts offers, and shows how they arrive if that is wanted. */
export const getCommand: CommandSpec = {
  name: "get",
  usage: "<id> | --all [options]",
  about: "accepts an offer, or all that wait; in shows them",
  details: `The id may be shortened. The service fetches the files, with this command or without it.
The status is ${LEFT_OUT_STATUS} where the sender has left something out, which is listed, and with --wait also where
the disk does not take something.\n${CONNECTION_HELP}`,
  options: {
    ...WARPDRIVE_COMMAND_OPTIONS,
    all: { type: "boolean", about: "accepts all offers that wait" },
    wait: { type: "boolean", about: "shows how the files arrive; the status is 1 unless all of them do" },
  },
  async run(args, streams) {
    const all = args.options.all === true;
    const [id] = positionals(args, all ? [] : ["id"]);
    const json = args.options.json === true;
    using stop = stopSignal();
    return await withWarpdrive(args, async (warpdrive) => {
      const { host, node, people } = warpdrive;
      using report = new TransferReport({ streams, clock: host.clock, json });
      const keys = new Set<string>();
      let success = 0;
      for (const offer of await wanted(warpdrive, all ? null : id)) {
        const accepted = await acceptOffer(node, offer);
        keys.add(offerKeyOf(offer));
        report.say(`${whatText(offer)}: ${acceptanceText(accepted)}`, {
          ...{ type: "accepted", ...accepted, ...offerJson(offer, people) },
        });
        if (offer.LeftOut === undefined) continue;
        success = LEFT_OUT_STATUS;
        if (!json) {
          for (const line of leftOutLines(offer.LeftOut, "left out by the sender")) streams.err(`${line}\n`);
        }
      }
      if (!waits(args)) return success;
      const complete = await followOffers(keys, {
        ...{ node, signal: stop.signal, offers: new OfferReport({ report, people, json }) },
      });
      const left = (await node.offers("incoming")).some((offer) => keys.has(offerKeyOf(offer)) && offer.LeftOut);
      if (complete && left) return LEFT_OUT_STATUS;
      return complete ? success : stop.signal.aborted ? INTERRUPTED_STATUS : 1;
    });
  },
};

async function wanted({ node, people }: Warpdrive, id: string | null) {
  const offers = await node.offers("incoming");
  await people.load(offers);
  if (id !== null) return [findOffer(offers, id)];
  const waiting = offers.filter(({ Status }) => Status === "awaiting");
  if (waiting.length === 0) {
    const hint = offers.some(({ Status }) => Status === "failed") ? "; get ID tries again what has failed" : "";
    throw new UsageError(`No offer waits to be accepted${hint}`);
  }
  return waiting;
}

function waits(args: Arguments): boolean {
  return args.options.wait === true;
}
