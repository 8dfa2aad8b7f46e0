/**
 * Where the data of a storj node is kept.
 *
 * @module
 */

import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** The data folder of this user's node: `$STORJ_HOME`, else `~/.storj`. */
export function storjHome(): string {
  const { STORJ_HOME: home = "" } = process.env;
  return home === "" ? join(homedir(), ".storj") : home;
}
