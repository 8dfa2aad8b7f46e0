#!/usr/bin/env node
/**
 * The program `storjnode`.
 *
 * @module
 */

import { runProcess } from "./run-process.ts";
import { STORJNODE } from "./storj/mod.ts";

await runProcess(STORJNODE);
