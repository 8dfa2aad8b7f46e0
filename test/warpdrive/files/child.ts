/**
 * A process that receives files from itself, to be killed: `<folder sent> <download folder>`. It prints a line for each
 * piece that is on disk, and at the end `done` or the code of the error.
 *
 * @module
 */

import process from "node:process";
import "../../end-with-parent.ts";
import { collectFiles, FilesError } from "../../../src/warpdrive/files/mod.ts";
import { transfer } from "./tree.ts";

const [source, downloads] = process.argv.slice(2);
const { entries } = await collectFiles([source]);
// Written at once, so that no line is lost when the process is killed.
const print = (line: string) => process.stdout.write(`${line}\n`);
try {
  await transfer(entries, downloads, { piece: 50_000, onProgress: ({ index, offset }) => print(`${index} ${offset}`) });
  print("done");
} catch (error) {
  print(error instanceof FilesError ? error.code : String(error));
}
