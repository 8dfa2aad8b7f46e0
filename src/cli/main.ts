#!/usr/bin/env node
/**
 * The program `warpwire`.
 *
 * @module
 */

import { WARPWIRE } from "./program.ts";
import { runProcess } from "./run-process.ts";

await runProcess(WARPWIRE);
