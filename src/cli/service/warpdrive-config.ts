/**
 * The options of warpdrive: those of `warpwire serve`.
 *
 * @module
 */

import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { AcceptPolicy, CollisionPolicy } from "../../warpdrive/mod.ts";
import {
  type Arguments,
  choiceOption,
  COLLISION_OPTION,
  collisionPolicy,
  type CommandOptions,
  numberOption,
  textOption,
} from "../command.ts";
import type { DataFolder } from "./data-folder.ts";

const ACCEPT: readonly AcceptPolicy[] = ["trusted", "ask", "all"];
const TRANSFERS = 3;
const TRANSFERS_MAX = 64;

/** Options of {@link startWarpdrive}, as people give them. */
export interface WarpdriveConfig {
  /** The folder into which files go. */
  readonly downloads: string;
  readonly onCollision: CollisionPolicy;
  readonly accept: AcceptPolicy;
  readonly transfersMax: number;
}

/** The options of `warpwire serve` that make a {@link WarpdriveConfig}. */
export const WARPDRIVE_OPTIONS: CommandOptions = {
  downloads: {
    type: "string",
    value: "DIR",
    about: "folder for received files; default Downloads in the home folder, or downloads in the --data folder",
  },
  "on-collision": COLLISION_OPTION,
  accept: {
    type: "string",
    value: ACCEPT.join(" | "),
    about: `whose offers to accept without asking; default ${ACCEPT[0]}`,
  },
  "max-transfers": { type: "string", value: "N", about: `how many downloads run at once; default ${TRANSFERS}` },
  "no-warpdrive": { type: "boolean", about: "leave file sharing to another program" },
};

/**
 * Reads the options; `undefined` for a service without warpdrive.
 *
 * @throws UsageError
 */
export function warpdriveConfig(args: Arguments, folder: DataFolder): WarpdriveConfig | undefined {
  const usual = textOption(args, "data") === undefined ? join(homedir(), "Downloads") : join(folder.path, "downloads");
  const config: WarpdriveConfig = {
    downloads: resolve(textOption(args, "downloads") ?? usual),
    onCollision: collisionPolicy(args),
    accept: choiceOption(args, "accept", ACCEPT),
    transfersMax: numberOption(args, "max-transfers", { min: 1, max: TRANSFERS_MAX, whole: true }) ?? TRANSFERS,
  };
  return args.options["no-warpdrive"] === true ? undefined : config;
}
