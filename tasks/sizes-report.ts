/**
 * Prints the sizes of the tiny programs as JSON: a list of `{ name, bytes, bytesMax }`, for the benchmark.
 *
 * @module
 */

import { bundleSizes, PROGRAMS } from "./sizes.ts";

const sizes = await bundleSizes();
console.log(JSON.stringify(PROGRAMS.map(({ name, bytesMax }) => ({ name, bytes: sizes.get(name)!, bytesMax }))));
