#!/usr/bin/env node
/**
 * The program `warpwire`.
 *
 * @module
 */

import process from "node:process";
import { runProgram } from "./program.ts";

// A reader that has seen enough, such as `head`, closes our output; that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await runProgram(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  input: process.stdin,
  terminal: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
});
