/**
 * Starts the program, and does nothing more: for the test that kills this process.
 *
 * @module
 */

import { spawn } from "node:child_process";
import process from "node:process";
import { ENTRY, RUNTIME } from "./program-process.ts";

const [command, ...args] = [...RUNTIME, ENTRY, ...process.argv.slice(2)];
spawn(command!, args, { stdio: ["pipe", "inherit", "inherit"] });
