/**
 * Files that are written by a program and kept in the repository, and the programs that write them.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./project.ts";

/** A generated file. */
export interface Generated {
  /** Its path from the root. */
  file: string;
  /** What prints its content, run in the root; `deno` and `node` stand for the runtimes of the check. */
  command: [program: string, ...args: string[]];
  /** What the program is given to write the file itself; without it, what it prints is the file. */
  write?: string;
}

/** Every generated file of the repository, as in `{ file: "docs/table.md", command: ["deno", "run", "docs/table.ts"] }`. */
export const GENERATED: Generated[] = [
  { file: "docs/protocols/warpdrive.md", command: ["deno", "run", "-A", "tasks/warpdrive-doc.ts"] },
  { file: "docs/protocols/storj.md", command: ["deno", "run", "-A", "tasks/storj-doc.ts"] },
  { file: "docs/service.md", command: ["deno", "run", "-A", "tasks/operations-doc.ts"], write: "--write" },
  { file: "docs/user-api-calls.md", command: ["deno", "run", "-A", "tasks/user-api-doc.ts", "calls"] },
  { file: "docs/openrpc.json", command: ["deno", "run", "-A", "tasks/user-api-doc.ts", "openrpc"] },
  { file: "src/user-api/methods.ts", command: ["deno", "run", "-A", "tasks/user-api-doc.ts", "methods"] },
  ...["astral/captured-dialogues", "astral/captured-objects", "storj/captured-datagrams", "storj/captured-relay"].map(
    captured,
  ),
  ...["warpdrive/captured-draft", "warpdrive/captured-unified"].map(captured),
];

/** A fixture file whose rows are taken from a recording. */
function captured(name: string): Generated {
  return { file: `fixtures/${name}.json`, command: ["deno", "run", "-A", "tasks/fixtures.ts", `${name}.json`] };
}

/** Compares generated files with what their programs print now and returns what is wrong, a line each. */
export async function findStale(
  generated: readonly Generated[],
  print: (command: Generated["command"]) => Promise<string>,
): Promise<string[]> {
  const faults: string[] = [];
  for (const { file, command, write = `> ${file}` } of generated) {
    if (await print(command) !== readIfThere(file)) {
      faults.push(`${file} is not what its program prints; write it again: ${command.join(" ")} ${write}`);
    }
  }
  return faults;
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(join(root, file), "utf8");
  } catch {
    return null;
  }
}
