/**
 * What `warpwire serve` is told.
 *
 * @module
 */

import { resolve } from "node:path";
import { shortIdentity } from "../../codec/protocols/astral/identity.ts";
import { PublicIdentity } from "../identity/public-identity.ts";
import { type Arguments, type CommandOptions, textOption, textOptions, UsageError } from "./command.ts";
import { DATA_OPTION, type DataFolder, dataFolder } from "./data-folder.ts";
import { type DriveConfig, driveConfig } from "./drive-config.ts";

/** Where other nodes reach the service unless it is told otherwise: on a free port, from this machine only. */
const LISTEN_DEFAULT: readonly string[] = ["tcp:127.0.0.1:0"];

/** Another node that the service knows from its start. */
export interface KnownPeer {
  /** The name given, or the first and last digits of the identity. */
  readonly name: string;
  /** 66 hex digits. */
  readonly identity: string;
  readonly addresses: readonly string[];
}

/** Everything that a service is told. */
export interface ServiceConfig {
  readonly folder: DataFolder;
  readonly keyFile: string;
  readonly alias: string;
  /** Where other nodes come in. */
  readonly listen: readonly string[];
  /** Where programs come in; `null` for the usual places. */
  readonly apphost: readonly string[] | null;
  readonly peers: readonly KnownPeer[];
  /** Without it the service does not share files. */
  readonly drive?: DriveConfig | undefined;
}

/** The options of `warpwire serve` that make a {@link ServiceConfig}. */
export const SERVICE_OPTIONS: CommandOptions = {
  data: DATA_OPTION,
  key: {
    type: "string",
    value: "FILE",
    about: "the key file, made if there is none; by default key in the data folder",
  },
  alias: { type: "string", value: "NAME", about: "what this node is called" },
  listen: {
    type: "string",
    multiple: true,
    value: "ADDR",
    about: `where other nodes reach this one (several times); by default ${LISTEN_DEFAULT[0]}`,
  },
  apphost: {
    type: "string",
    multiple: true,
    value: "ADDR",
    about: "where programs of this machine reach it (several times), in place of the usual addresses",
  },
  peer: {
    type: "string",
    multiple: true,
    value: "[NAME=]ID[@ADDR]",
    about: "another node: its name here, its identity, where it is (several times)",
  },
};

/**
 * Reads the options.
 *
 * @throws UsageError
 */
export function serviceConfig(args: Arguments): ServiceConfig {
  const folder = dataFolder(textOption(args, "data"));
  const listen = textOptions(args, "listen");
  const apphost = textOptions(args, "apphost");
  return {
    folder,
    keyFile: resolve(textOption(args, "key") ?? folder.key),
    alias: textOption(args, "alias") ?? "",
    listen: listen.length === 0 ? LISTEN_DEFAULT : listen,
    apphost: apphost.length === 0 ? null : apphost,
    peers: knownPeers(textOptions(args, "peer")),
    drive: driveConfig(args, folder),
  };
}

/** One entry for each identity, whose addresses may have been given one by one. */
function knownPeers(texts: readonly string[]): KnownPeer[] {
  const peers = new Map<string, KnownPeer>();
  for (const text of texts) {
    const { name, identity, address } = parsePeer(text);
    const known = peers.get(identity);
    const addresses = [...known?.addresses ?? [], ...(address === undefined ? [] : [address])];
    peers.set(identity, { name: name ?? known?.name ?? shortIdentity(identity), identity, addresses });
  }
  const names = [...peers.values()].map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`Two peers are called "${twice}"`);
  return [...peers.values()];
}

function parsePeer(text: string): { name: string | undefined; identity: string; address: string | undefined } {
  const match = /^(?:([^=@]+)=)?([^=@]+)(?:@(.+))?$/.exec(text);
  if (match === null) throw new UsageError(`Peer "${text}" is not as in name=02c6...9ee5@tcp:192.0.2.7:4001`);
  const [, name, id, address] = match;
  try {
    return { name, identity: PublicIdentity.fromAstralIdentity(id.toLowerCase()).astralIdentity, address };
  } catch {
    throw new UsageError(`Peer "${text}" has no identity: that is 66 hex digits that begin with 02 or 03`);
  }
}
