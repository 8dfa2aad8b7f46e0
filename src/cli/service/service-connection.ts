/**
 * Finding the service that commands talk to.
 *
 * @module
 */

import process from "node:process";
import { type AstralHost, newAstralHost } from "../../host/astral/mod.ts";
import { escapeText } from "../../../codec/mod.ts";
import { type Arguments, type CommandOptions, textOption } from "../command.ts";
import { DATA_OPTION, dataFolder, loadToken } from "./data-folder.ts";
import { findService } from "./service-file.ts";

/** Options of all commands that talk to a service. */
export const CONNECTION_OPTIONS: CommandOptions = { data: DATA_OPTION };

/** Their help. */
export const CONNECTION_HELP = `The service is the one in the data folder, by default that of this user. Where
ASTRALD_APPHOST_ADDR or ASTRALD_APPHOST_TOKEN is set and --data is not given, it is the node that these lead to.`;

/**
 * Does something with the service of this machine.
 *
 * @throws ServiceError `not-running`, `folder`; HostError `unreachable`
 */
export async function withService<T>(args: Arguments, work: (host: AstralHost) => Promise<T>): Promise<T> {
  await using host = await serviceHost(textOption(args, "data"));
  await host.start();
  return await work(host);
}

async function serviceHost(data: string | undefined): Promise<AstralHost> {
  const { ASTRALD_APPHOST_ADDR: address = "", ASTRALD_APPHOST_TOKEN: given = "" } = process.env;
  if (data === undefined && (address !== "" || given !== "")) return newAstralHost();
  const folder = dataFolder(data);
  const addresses = await findService(folder);
  const token = await loadToken(folder) ?? "";
  // A guest of 2023 need not wait to be greeted, and can ask for names. WebSockets speak that of 2026 all the same.
  return newAstralHost({ address: addresses, token, protocol: "2023" });
}

/** Text from the network in quotation marks, harmless for a terminal. */
export function quoted(text: string): string {
  return `"${escapeText(text)}"`;
}
