/**
 * `warpwire peers`: lists the other nodes that the local service knows.
 *
 * @module
 */

import { columns, formatTime } from "../terminal/mod.ts";
import { type CommandSpec, positionals } from "../command.ts";
import { jsonLine } from "../input/mod.ts";
import { askService, CONNECTION_HELP, CONNECTION_OPTIONS, PeerAnswer, withService } from "../service/mod.ts";

/** Prints the nodes that were added to the service, and those that have connected to it. */
export const peersCommand: CommandSpec = {
  name: "peers",
  usage: "[options]",
  about: "list the other nodes that the local service knows",
  details: CONNECTION_HELP,
  options: { ...CONNECTION_OPTIONS, json: { type: "boolean", about: "print one line of JSON for each node" } },
  async run(args, { out }) {
    positionals(args, []);
    const peers = await withService(args, (host) => askService(host, "warpwire.peers", PeerAnswer));
    if (args.options.json === true) {
      for (const peer of peers) out(`${jsonLine(peer)}\n`);
    } else if (peers.length === 0) {
      out("No known peers; add one with warpwire peer add\n");
    } else {
      out(columns([["NAME", "IDENTITY", "ASKED", "ASKED US", "STREAMS", "LAST SEEN"], ...peers.map(row)]));
    }
  },
};

function row({ name, identity, queriesOut, queriesIn, streams, seenMs }: PeerAnswer): string[] {
  const seen = seenMs === 0 ? "never" : formatTime(seenMs);
  return [name, identity, `${queriesOut}`, `${queriesIn}`, `${streams}`, seen];
}
