/**
 * Where the project's own files are, for the tasks.
 *
 * @module
 */

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of the repository's folder. */
export const root: string = dirname(dirname(fileURLToPath(import.meta.url)));

/** The TypeScript compiler, from the root; run with `node`, so that no shell or `.bin` link is needed. */
export const tscPath = "node_modules/typescript/bin/tsc";
