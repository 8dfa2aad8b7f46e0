/**
 * `warpwire demo`: what there is to see without another machine.
 *
 * @module
 */

import { type CommandSpec, UsageError } from "../command.ts";
import { printRecording } from "./recorded-demo.ts";
import { showWarpdrive } from "./warpdrive-demo.ts";
import { showServices } from "./service-demo.ts";

const DEMOS = { services: showServices, session: printRecording } as const;

/** Shows the main job, two services that reach each other, or a recorded session. */
export const demoCommand: CommandSpec = {
  name: "demo",
  usage: "[services | session]",
  about: "sends a folder between two services on this machine, interrupted and resumed",
  details: `The services have data folders of their own, which are removed at the end. With "services" they reach each
other's programs; "session" prints a recorded session of two original nodes, message by message.`,
  async run({ positionals: [what, ...more] }, streams) {
    if (more.length > 0) throw new UsageError(`Unexpected argument ${JSON.stringify(more[0])}`);
    if (what === undefined) return await showWarpdrive(streams);
    if (what !== "services" && what !== "session") {
      throw new UsageError(`Argument ${JSON.stringify(what)} is neither "services" nor "session"`);
    }
    await DEMOS[what](streams);
  },
};
