/**
 * `warpwire demo`: what there is to see without another machine.
 *
 * @module
 */

import { type CommandSpec, UsageError } from "../command.ts";
import { printRecording } from "../recorded-demo.ts";
import { showServices } from "../service-demo.ts";

/** Shows two services that reach each other, or a recorded session. */
export const demoCommand: CommandSpec = {
  name: "demo",
  usage: "[session]",
  about: "shows two services on this machine that reach each other, or a recorded session",
  details:
    `The services have data folders of their own, which are removed at the end. With "session" it prints a recorded
session of two real nodes, message by message.`,
  async run({ positionals: [what, ...more] }, streams) {
    if (more.length > 0) throw new UsageError(`Argument ${JSON.stringify(more[0])} is one too many`);
    if (what !== undefined && what !== "session") {
      throw new UsageError(`Argument ${JSON.stringify(what)} is not "session"`);
    }
    await (what === undefined ? showServices(streams) : printRecording(streams));
  },
};
