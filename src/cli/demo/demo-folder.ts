/**
 * The frame of every demo with services: a temporary folder, and a time limit.
 *
 * @module
 */

import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { systemClock } from "../../host/timing/mod.ts";
import type { Streams } from "../command.ts";

/**
 * Runs a demo in a folder that is removed at the end, whatever happens.
 *
 * @param timeoutMs longer than the demo takes; a demo that hangs ends the program
 */
export async function inDemoFolder(
  streams: Streams,
  timeoutMs: number,
  show: (folder: string, streams: Streams) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "warpwire-"));
  const timer = systemClock.setTimer(timeoutMs, () => {
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
