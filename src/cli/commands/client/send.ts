/**
 * `warpwire send`: offers files to a peer.
 *
 * @module
 */

import { resolve } from "node:path";
import { escapeText } from "../../../../codec/mod.ts";
import { type CommandBody, pathArguments, type Streams, textOption, UsageError } from "../../command.ts";
import {
  followOffers,
  offerKeyOf,
  OfferReport,
  shortened,
  type Warpdrive,
  WARPDRIVE_COMMAND_OPTIONS,
  withWarpdrive,
} from "../../warpdrive/mod.ts";
import {
  INTERRUPTED_STATUS,
  LEFT_OUT_STATUS,
  leftOutJson,
  leftOutLines,
  stopSignal,
  TransferReport,
} from "../../terminal/mod.ts";
import { askService, CONNECTION_HELP, PeerAnswer, ServiceError } from "../../service/mod.ts";

/** Offers paths; with `--wait` it shows how the recipient fetches them. */
export const sendCommand: CommandBody = {
  usage: "<path>... [--to PEER] [options]",
  details: `The peer is an alias, a name that the service knows, an identity, or the beginning of one if only one peer
matches. The peer fetches the files; do not move or change them before that. The status is ${LEFT_OUT_STATUS} if
something was left out, which is listed.
${CONNECTION_HELP}`,
  options: {
    ...WARPDRIVE_COMMAND_OPTIONS,
    to: {
      type: "string",
      value: "PEER",
      about: "recipient; optional when only one peer is known",
    },
    wait: {
      type: "boolean",
      about: "wait for the recipient and show progress; the status is 1 unless everything is fetched",
    },
  },
  async run(args, streams) {
    const paths = pathArguments(args).map((path) => resolve(path));
    const json = args.options.json === true;
    using stop = stopSignal();
    return await withWarpdrive(args, async (warpdrive) => {
      const { host, node, names } = warpdrive;
      await names.load();
      const to = textOption(args, "to");
      const peer = to === undefined ? await onlyPeer(warpdrive) : await names.find(to);
      using report = new TransferReport({ streams, clock: host.clock, json });
      const keys = new Set<string>();
      let leftOut = false;
      for (const { offerId, accepted } of await node.send(peer, paths)) {
        keys.add(offerKeyOf({ In: false, Peer: peer, Id: offerId }));
        const state = accepted ? "accepted" : "waits to be accepted";
        report.say(
          `Offered to ${escapeText(names.nameOf(peer))}, as ${shortened(escapeText(offerId), [])}: ${state}`,
          {
            ...{ type: "offered", id: offerId, peer, accepted },
          },
        );
        leftOut = await reportLeftOut(warpdrive, offerId, { report, streams, json }) || leftOut;
      }
      const success = leftOut ? LEFT_OUT_STATUS : 0;
      if (args.options.wait !== true) return success;
      const complete = await followOffers(keys, {
        ...{ node, signal: stop.signal, offers: new OfferReport({ report, names, json }) },
      });
      return complete ? success : stop.signal.aborted ? INTERRUPTED_STATUS : 1;
    });
  },
};

/** Prints what the service left out of an offer; returns whether there is anything. An original node does not report it. */
async function reportLeftOut(
  { node }: Warpdrive,
  offerId: string,
  { report, streams, json }: { readonly report: TransferReport; readonly streams: Streams; readonly json: boolean },
): Promise<boolean> {
  if (!node.extended) return false;
  const leftOut = (await node.offers("outgoing")).find(({ Id }) => Id === offerId)?.LeftOut;
  if (leftOut === undefined) return false;
  if (json) report.say("", { type: "left-out", id: offerId, ...leftOutJson(leftOut) });
  else for (const line of leftOutLines(leftOut)) streams.err(`${line}\n`);
  return true;
}

/** The only known peer, from the peers of warpdrive and those of the service. */
async function onlyPeer({ host, names }: Warpdrive): Promise<string> {
  const ids = new Set([...names.ids, ...await contacts()]);
  if (ids.size === 1) return [...ids][0];
  throw new UsageError(
    ids.size === 0 ? "No known peers; choose one with --to" : "Several peers are known; choose one with --to",
  );

  /** The peers that were added to our service; an original node does not list them. */
  async function contacts(): Promise<string[]> {
    try {
      return (await askService(host, "warpwire.peers", PeerAnswer)).map(({ identity }) => identity);
    } catch (error) {
      if (error instanceof ServiceError) return [];
      throw error;
    }
  }
}
