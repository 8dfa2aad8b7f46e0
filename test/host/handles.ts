/**
 * The handles that keep a runtime alive.
 *
 * @module
 */

import process from "node:process";
import { nextMacrotask } from "../../src/host/timing/system.ts";

/** What keeps Node running; Deno does not say, which is 0 there. */
export async function activeHandles(): Promise<number> {
  // Handles that are closed are gone after a turn of the event loop.
  for (let turns = 0; turns < 3; turns++) await nextMacrotask();
  const { getActiveResourcesInfo } = process as { getActiveResourcesInfo?: () => string[] };
  return getActiveResourcesInfo?.().filter((name) => /TCP|UDP|Pipe|Timeout/.test(name)).length ?? 0;
}
