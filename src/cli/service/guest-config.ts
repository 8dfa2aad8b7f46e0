/**
 * The options of a service that is the guest of an astral node.
 *
 * @module
 */

import process from "node:process";
import { nodeAddresses } from "../../host/astral/mod.ts";
import { type Arguments, type CommandOption, textOption, UsageError } from "../command.ts";
import { absoluteAddress, type GroundConfig, groundConfig } from "./service-config.ts";
import { type WarpdriveConfig, warpdriveConfig } from "./warpdrive-config.ts";

/** The option that makes a service the guest of a node. */
export const ASTRAL_OPTION: CommandOption = {
  type: "string",
  optional: true,
  value: "ADDR",
  about:
    "share files through the astral node at this address, instead of being a node; default that of the environment",
};

/** The configuration of a service that is the guest of an astral node. */
export interface GuestConfig extends GroundConfig {
  /** Where the node takes its guests, the best address first. */
  readonly addresses: readonly string[];
  /** The token that the node has given this user; empty for none. */
  readonly token: string;
  readonly warpdrive: WarpdriveConfig;
}

/** The options that the guest of a node has no use for, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  key: "the identity is that of the token in ASTRALD_APPHOST_TOKEN",
  alias: "the node has a name of its own",
  listen: "the node makes the links to other nodes",
  apphost: "programs of this machine use the node",
  "no-warpdrive": "there would be nothing to run",
};

/**
 * Reads the options; `null` for a service that is a node itself.
 *
 * @param others the options of what does not go with it, and why
 * @throws UsageError for an option that the guest of a node has no use for
 */
export function guestConfig(args: Arguments, others: Readonly<Record<string, string>>): GuestConfig | null {
  const { astral } = args.options;
  if (astral === undefined) return null;
  for (const [name, why] of Object.entries({ ...REFUSED, ...others })) {
    if (args.options[name] === undefined || args.options[name] === false) continue;
    throw new UsageError(`Option --${name} does not go with --astral: ${why}`);
  }
  const ground = groundConfig(args);
  const placed = ground.peers.find(({ addresses }) => addresses.length > 0);
  if (placed !== undefined) {
    throw new UsageError(`Peer ${placed.identity} has an address, but with --astral the node finds its peers itself`);
  }
  const given = textOption(args, "astral");
  return {
    ...ground,
    addresses: nodeAddresses(given === undefined ? undefined : absoluteAddress(given)),
    token: process.env.ASTRALD_APPHOST_TOKEN ?? "",
    warpdrive: warpdriveConfig(args, ground.folder)!,
  };
}
