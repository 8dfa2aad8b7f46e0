/**
 * The program that floods an endpoint, see `faults-flood.ts`:
 *
 *     faults-flooder <kind> <port> <datagrams a second> <seconds> <seed>
 *     faults-flooder run <kind> <datagrams a second> <seconds> <seed> <command of the flooder>
 *
 * The second form is flooded itself, by another process, and prints what it saw.
 *
 * @module
 */

import process from "node:process";
import { flood, type FloodKind, runFlood } from "./faults-flood.ts";

const [first, ...rest] = process.argv.slice(2);
if (first !== "run") await flood([first, ...rest]);
else {
  const [kind, perSecond, seconds, seed, ...flooder] = rest;
  const numbers = { perSecond: Number(perSecond), seconds: Number(seconds), seed: Number(seed) };
  console.log(JSON.stringify(await runFlood({ kind: kind as FloodKind, ...numbers, flooder })));
}
