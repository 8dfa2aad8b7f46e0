/**
 * `warpwire get`: accepts offers of peers.
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
  offerText,
  type Warpdrive,
  WARPDRIVE_COMMAND_OPTIONS,
  withWarpdrive,
} from "../../warpdrive/mod.ts";
import { INTERRUPTED_STATUS, LEFT_OUT_STATUS, leftOutLines, stopSignal, TransferReport } from "../../terminal/mod.ts";
import { type Arguments, type CommandBody, positionals, UsageError } from "../../command.ts";
import { CONNECTION_HELP } from "../../service/mod.ts";

/** Accepts offers; with `--wait` it shows how the files arrive. */
export const getCommand: CommandBody = {
  usage: "<id> | --all [options]",
  details: `The first characters of the id are enough. The service fetches the files, whether this command waits or not.
The status is ${LEFT_OUT_STATUS} if the sender left something out, which is listed; with --wait also if the disk could
not store something.\n${CONNECTION_HELP}`,
  options: {
    ...WARPDRIVE_COMMAND_OPTIONS,
    all: { type: "boolean", about: "accept all offers that wait for an answer" },
    wait: { type: "boolean", about: "wait for the files and show their progress; the status is 1 unless all arrive" },
  },
  async run(args, streams) {
    const all = args.options.all === true;
    const [id] = positionals(args, all ? [] : ["id"]);
    const json = args.options.json === true;
    using stop = stopSignal();
    return await withWarpdrive(args, async (warpdrive) => {
      const { host, node, names } = warpdrive;
      using report = new TransferReport({ streams, clock: host.clock, json });
      const keys = new Set<string>();
      let success = 0;
      for (const offer of await wanted(warpdrive, all ? null : id)) {
        const accepted = await acceptOffer(node, offer);
        keys.add(offerKeyOf(offer));
        report.say(`${offerText(offer)}: ${acceptanceText(accepted)}`, {
          ...{ type: "accepted", ...accepted, ...offerJson(offer, names) },
        });
        if (offer.LeftOut === undefined) continue;
        success = LEFT_OUT_STATUS;
        if (!json) {
          for (const line of leftOutLines(offer.LeftOut, "left out by the sender")) streams.err(`${line}\n`);
        }
      }
      if (!waits(args)) return success;
      const complete = await followOffers(keys, {
        ...{ node, signal: stop.signal, offers: new OfferReport({ report, names, json }) },
      });
      const left = (await node.offers("incoming")).some((offer) => keys.has(offerKeyOf(offer)) && offer.LeftOut);
      if (complete && left) return LEFT_OUT_STATUS;
      return complete ? success : stop.signal.aborted ? INTERRUPTED_STATUS : 1;
    });
  },
};

async function wanted({ node, names }: Warpdrive, id: string | null) {
  const offers = await node.offers("incoming");
  await names.load(offers);
  if (id !== null) return [findOffer(offers, id)];
  const waiting = offers.filter(({ Status }) => Status === "awaiting");
  if (waiting.length === 0) {
    const hint = offers.some(({ Status }) => Status === "failed") ? "; use get ID to retry one that failed" : "";
    throw new UsageError(`No offers are waiting${hint}`);
  }
  return waiting;
}

function waits(args: Arguments): boolean {
  return args.options.wait === true;
}
