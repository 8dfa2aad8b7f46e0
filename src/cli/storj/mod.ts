/**
 * The storj node as a program: `storjnode`, and the same commands as `warpwire storj`.
 *
 * @module
 */

import type { ProgramSpec } from "../command.ts";
import { showidCommand, VERSION_TEXT, versionCommand } from "./about.ts";
import { callCommand } from "./call.ts";
import { mapCommand, monitorCommand } from "./map.ts";
import { directMessageCommand, relayMessageCommand } from "./messages.ts";
import { findCommand, peersCommand, showtypeCommand, statusCommand } from "./network.ts";
import { STORJ_OPTIONS } from "./options.ts";
import { runCommand } from "./run-node.ts";
import { eventsCommand, publishCommand, subscribeCommand, subscriptionsCommand, unsubscribeCommand } from "./pubsub.ts";
import { swarmCommand } from "./swarm.ts";
import { getCommand, putCommand } from "./values.ts";

export { type Beside, BESIDE_OPTIONS, besideConfig, startBeside } from "./beside.ts";

/** The program `storjnode`. */
export const STORJNODE: ProgramSpec = {
  name: "storjnode",
  about: "A node of the storj network: put and get values, find nodes, send messages.",
  version: VERSION_TEXT,
  options: STORJ_OPTIONS,
  groups: {
    "The node": [runCommand, statusCommand, showidCommand, showtypeCommand, versionCommand],
    "The hash table": [putCommand, getCommand],
    "Other nodes": [findCommand, peersCommand, mapCommand, monitorCommand],
    "Messages": [directMessageCommand, relayMessageCommand],
    "Publish/subscribe": [
      publishCommand,
      subscribeCommand,
      eventsCommand,
      subscriptionsCommand,
      unsubscribeCommand,
    ],
    "The user API": [callCommand, swarmCommand],
  },
};
