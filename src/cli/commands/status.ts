/**
 * `warpwire status`: what the local service does at this moment.
 *
 * @module
 */

import { columns } from "../terminal/mod.ts";
import { type CommandSpec, positionals } from "../command.ts";
import { ServiceError } from "../service-error.ts";
import { jsonLine } from "../input/mod.ts";
import { askService, CONNECTION_HELP, CONNECTION_OPTIONS, StatusAnswer, withService } from "../service/mod.ts";

/** Prints the state of the service; of a node that is no warpwire service, what there is to know. */
export const statusCommand: CommandSpec = {
  name: "status",
  usage: "[options]",
  about: "says who the local service is, where it is reached, and what it knows",
  details: CONNECTION_HELP,
  options: { ...CONNECTION_OPTIONS, json: { type: "boolean", about: "prints a line of JSON" } },
  async run(args, { out }) {
    positionals(args, []);
    await withService(args, async (host) => {
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

/** The status; `null` from a node that has none. */
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
