/**
 * `warpwire demo`: shows the program's main job on one machine.
 *
 * @module
 */

import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { systemClock } from "../../host/timing/mod.ts";
import { type CommandBody, type Streams, UsageError } from "../command.ts";
import { printRecording } from "./recorded-demo.ts";
import { showServices } from "./service-demo.ts";
import { showWarpdrive } from "./warpdrive-demo.ts";

/** Longer than any demo takes. */
const DEMO_MS_MAX = 14_000;

/** Shows the main job, two services that reach each other, or a recorded session. */
export const demoCommand: CommandBody = {
  usage: "[services | session]",
  details:
    `Each service has its own data folder, which is removed at the end. With "services", the services connect each
other's programs; "session" prints a recorded session of two original nodes, message by message.`,
  async run({ positionals: [what, ...more] }, streams) {
    if (more.length > 0) throw new UsageError(`Unexpected argument ${JSON.stringify(more[0])}`);
    if (what === "session") return await printRecording(streams);
    if (what !== undefined && what !== "services") {
      throw new UsageError(`Argument ${JSON.stringify(what)} is neither "services" nor "session"`);
    }
    await inDemoFolder(streams, what === undefined ? showWarpdrive : showServices);
  },
};

/** Runs a demo in a folder that is removed at the end, whatever happens. One that hangs ends the program. */
async function inDemoFolder(
  streams: Streams,
  show: (folder: string, streams: Streams) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "warpwire-"));
  const timer = systemClock.setTimer(DEMO_MS_MAX, () => {
    rmSync(folder, { recursive: true, force: true });
    streams.err("error: timeout: The demo took too long\n");
    process.exit(1);
  });
  try {
    await show(folder, streams);
  } finally {
    timer.clear();
    await rm(folder, { recursive: true, force: true });
  }
  streams.out("\nBoth services have stopped, and their folders have been removed.\n");
}
