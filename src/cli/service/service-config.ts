/**
 * The options of `warpwire serve`.
 *
 * @module
 */

import { resolve } from "node:path";
import { type Arguments, type CommandOptions, textOption, textOptions, UsageError } from "../command.ts";
import { DATA_OPTION, type DataFolder, dataFolder } from "./data-folder.ts";
import { type WarpdriveConfig, warpdriveConfig } from "./warpdrive-config.ts";
import { parsePeerText, type PeerText } from "./peer-text.ts";

/** Where other nodes reach the service by default: on a free port, from this machine only. */
const LISTEN_DEFAULT: readonly string[] = ["tcp:127.0.0.1:0"];

/** What every service has. */
export interface GroundConfig {
  readonly folder: DataFolder;
  /** Peers to put into the book. */
  readonly peers: readonly PeerText[];
}

/** The configuration of a service. */
export interface ServiceConfig extends GroundConfig {
  readonly keyFile: string;
  readonly alias: string;
  /** Where other nodes come in. */
  readonly listen: readonly string[];
  /** Where programs come in; `null` for the usual places. */
  readonly apphost: readonly string[] | null;
  /** Without it the service does not share files. */
  readonly warpdrive?: WarpdriveConfig | undefined;
}

/** The options of `warpwire serve` that make a {@link ServiceConfig}. */
export const SERVICE_OPTIONS: CommandOptions = {
  data: DATA_OPTION,
  key: {
    type: "string",
    value: "FILE",
    about: "key file, created if missing; default key in the data folder",
  },
  alias: { type: "string", value: "NAME", about: "name of this node" },
  listen: {
    type: "string",
    multiple: true,
    value: "ADDR",
    about: `address for other nodes (repeatable); default ${LISTEN_DEFAULT[0]}`,
  },
  apphost: {
    type: "string",
    multiple: true,
    value: "ADDR",
    about: "address for programs on this machine (repeatable), instead of the usual ones",
  },
  peer: {
    type: "string",
    multiple: true,
    value: "[NAME=]ID[@ADDR]",
    about: "peer to add: its name, identity and address (repeatable); remembered for later runs",
  },
};

/**
 * Reads the options.
 *
 * @throws UsageError
 */
export function serviceConfig(args: Arguments): ServiceConfig {
  const ground = groundConfig(args);
  const { folder } = ground;
  const listen = textOptions(args, "listen");
  const apphost = textOptions(args, "apphost");
  return {
    ...ground,
    keyFile: resolve(textOption(args, "key") ?? folder.key),
    alias: textOption(args, "alias") ?? "",
    listen: listen.length === 0 ? LISTEN_DEFAULT : listen,
    apphost: apphost.length === 0 ? null : apphost.map(absoluteAddress),
    warpdrive: warpdriveConfig(args, folder),
  };
}

/**
 * What every service has, from the options.
 *
 * @throws UsageError
 */
export function groundConfig(args: Arguments): GroundConfig {
  return { folder: dataFolder(textOption(args, "data")), peers: knownPeers(textOptions(args, "peer")) };
}

/** One entry for each identity, whose addresses may have been given one by one. */
function knownPeers(texts: readonly string[]): PeerText[] {
  const peers = new Map<string, PeerText>();
  for (const { name, identity, addresses } of texts.map(parsePeerText)) {
    const known = peers.get(identity);
    peers.set(identity, {
      name: name === "" ? known?.name ?? "" : name,
      identity,
      addresses: [...known?.addresses ?? [], ...addresses],
    });
  }
  const names = [...peers.values()].map(({ name }) => name).filter((name) => name !== "");
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`Duplicate peer name "${twice}"`);
  return [...peers.values()];
}

/** An address as programs with another working folder can use it, too: with the whole path of a unix socket. */
export function absoluteAddress(address: string): string {
  return address.startsWith("unix:") && address.length > "unix:".length
    ? `unix:${resolve(address.slice("unix:".length))}`
    : address;
}
