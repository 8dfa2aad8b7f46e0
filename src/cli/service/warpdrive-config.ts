/**
 * The options of warpdrive: those of `warpwire serve`, and what happens where a name is taken.
 *
 * @module
 */

import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { AcceptPolicy, CollisionPolicy } from "../../warpdrive/mod.ts";
import { type Arguments, choiceOption, type CommandOptions, numberOption, textOption } from "../command.ts";
import type { DataFolder } from "./data-folder.ts";

const POLICIES: readonly CollisionPolicy[] = ["rename", "skip", "overwrite"];

/** The help of the option that says what becomes of a file whose name is taken. */
export const COLLISION_OPTION = {
  type: "string",
  value: POLICIES.join(" | "),
  about: `what to do if a name is taken; default ${POLICIES[0]}, as in name (2)`,
} as const;

/** Reads {@link COLLISION_OPTION}. Throws UsageError. */
export function collisionPolicy(args: Arguments): CollisionPolicy {
  return choiceOption(args, "on-collision", POLICIES);
}

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
