/**
 * Ends this process when the one that started it is gone: what tests have started must not stay when they are killed.
 *
 * @module
 */

import process from "node:process";
import { setInterval } from "node:timers";

/** Systems do not tell when a parent ends; they only give its children another one. */
const LOOK_MS = 1000;

const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(1), LOOK_MS).unref();
