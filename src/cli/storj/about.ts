/**
 * `version` and `showid`: what can be said without other nodes.
 *
 * @module
 */

import { VERSION } from "../../../codec/text/mod.ts";
import { type CommandSpec, positionals } from "../command.ts";
import { jsonLine } from "../json/mod.ts";
import { runningStatus } from "./node-access.ts";
import { ownIdentity, storjConfig } from "./options.ts";

/** The version, as the original program writes it. */
export const VERSION_TEXT = `v${VERSION}`;

/** Prints the version. */
export const versionCommand: CommandSpec = {
  name: "version",
  usage: "",
  about: "print the version",
  run(args, { out }) {
    positionals(args, []);
    out(args.options.json === true ? `${jsonLine({ version: VERSION })}\n` : `${VERSION_TEXT}\n`);
  },
};

/** Prints the node id. */
export const showidCommand: CommandSpec = {
  name: "showid",
  usage: "[options]",
  about: "print the id of the node",
  details: "That of the key that is given, or else of the node that runs in the data folder, or of the key there.",
  async run(args, { out }) {
    positionals(args, []);
    const config = storjConfig(args);
    const isGiven = config.key !== null || config.keyFile !== null;
    const status = isGiven ? null : await runningStatus(config);
    const { nodeId, address } = status ?? await ownId(config);
    out(config.json ? `${jsonLine({ nodeId, address })}\n` : `Node id: ${nodeId}\n`);
  },
};

async function ownId(config: Parameters<typeof ownIdentity>[0]): Promise<{ nodeId: string; address: string }> {
  const { nodeIdHex, address } = await ownIdentity(config);
  return { nodeId: nodeIdHex, address };
}
