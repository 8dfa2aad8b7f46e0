/**
 * `warpwire status`: the identity, addresses and peers of the local service.
 *
 * @module
 */

import type { AstralHost } from "../../../host/astral/mod.ts";
import { columns } from "../../terminal/mod.ts";
import { type CommandBody, positionals } from "../../command.ts";
import { jsonLine } from "../../json/mod.ts";
import { peerJson, useWarpdrive } from "../../warpdrive/mod.ts";
import {
  askService,
  CONNECTION_HELP,
  CONNECTION_OPTIONS,
  ServiceError,
  StatusAnswer,
  withService,
} from "../../service/mod.ts";

/** Prints the state of the service; for a node that is not a warpwire service, its identity. */
export const statusCommand: CommandBody = {
  usage: "[options]",
  details: CONNECTION_HELP,
  options: { ...CONNECTION_OPTIONS, json: { type: "boolean", about: "print one line of JSON" } },
  async run(args, { out }) {
    positionals(args, []);
    await withService(args, async (host, { guestAt }) => {
      if (guestAt !== null) return out(await guestStatus(host, guestAt, args.options.json === true));
      const { nodeId: identity, protocol } = host;
      const status = await ownStatus(() => askService(host, "warpwire.status", StatusAnswer));
      if (args.options.json === true) {
        out(`${jsonLine({ warpwire: status !== null, protocol, ...(status ?? { identity }) })}\n`);
      } else {
        out(status === null ? `${identity}: a node that speaks apphost of ${protocol}\n` : statusText(status));
      }
    });
  },
};

/** The state of a service that is the guest of an astral node: it answers through the node, or not at all. */
async function guestStatus(host: AstralHost, addresses: readonly string[], json: boolean): Promise<string> {
  const { peerId: identity, nodeId: node, protocol } = host;
  const peers = (await useWarpdrive(host, ({ node }) => node.peers())).map(peerJson);
  if (json) return `${jsonLine({ warpwire: true, protocol, identity, node, addresses, peers })}\n`;
  return columns([
    ["identity", identity],
    ["astral node", `${node} at ${addresses.join(" ")}, apphost of ${protocol}`],
    ["peers", `${peers.length} known`],
  ]);
}

/** The status; `null` if the node does not provide one. */
async function ownStatus(ask: () => Promise<StatusAnswer[]>): Promise<StatusAnswer | null> {
  try {
    return (await ask())[0] ?? null;
  } catch (error) {
    if (error instanceof ServiceError) return null;
    throw error;
  }
}

function statusText({ identity, alias, addresses, linkAddresses, guests, registrations, peers }: StatusAnswer): string {
  const streams = (peers ?? []).reduce((sum, peer) => sum + peer.streams, 0);
  return columns([
    ["identity", identity],
    ["alias", alias === "" ? "none" : `"${alias}"`],
    ["for programs", (addresses ?? []).join(" ")],
    ["for nodes", (linkAddresses ?? []).join(" ")],
    ["programs", `${guests} connected`],
    ["peers", `${(peers ?? []).length} known, ${streams} streams of theirs`],
    ...(registrations ?? []).map(({ kind, name, address }) => [kind, `"${name}" ${address}`]),
  ]);
}
