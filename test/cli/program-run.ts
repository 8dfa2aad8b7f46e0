/**
 * Runs the program inside a test, with what it prints caught.
 *
 * @module
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { runProgram } from "../../src/cli/program.ts";

/** What the program is given besides its arguments. */
export interface Given {
  /** Pieces of the standard input. */
  readonly input?: readonly (Uint8Array | string)[];
  /** Whether it prints to a terminal. Default no. */
  readonly terminal?: boolean;
  /** Whether a person can be asked. Default no. */
  readonly interactive?: boolean;
  /** Whether it may use colours. Default yes on a terminal. */
  readonly color?: boolean;
  /** How many characters fit into a line. */
  readonly columns?: number;
}

/** What a run came to. */
export interface Result {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the program. */
export async function run(
  argv: readonly string[],
  { input = [], terminal = false, ...given }: Given = {},
): Promise<Result> {
  let out = "";
  let err = "";
  const decoder = new TextDecoder();
  const status = await runProgram(argv, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    write: (bytes) => Promise.resolve(void (out += decoder.decode(bytes, { stream: true }))),
    input: pieces(input),
    terminal,
    color: terminal,
    ...given,
  });
  return { status, out, err };
}

async function* pieces(input: readonly (Uint8Array | string)[]): AsyncGenerator<Uint8Array | string> {
  yield* input;
}

/** Runs the program, which must end well, and returns what it printed. */
export async function print(argv: readonly string[], given?: Given): Promise<string> {
  const { status, out, err } = await run(argv, given);
  assert.equal([status, err], [0, ""], `${argv.join(" ")}: ${err}`);
  return out;
}

/** Runs the program, which must end with a status and one line of error, and returns the line. */
export async function fail(argv: readonly string[], status: 1 | 2, given?: Given): Promise<string> {
  const result = await run(argv, given);
  assert.is(result.status, status, `${argv.join(" ")}: ${result.out}${result.err}`);
  assert.match(result.err, /^error: [^\n]*\n$/);
  return result.err.trimEnd();
}

/** Writes files into a folder of their own, runs something with their paths, and removes them. */
export async function withFiles<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  work: (path: (name: string) => string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "warpwire-cli-"));
  const path = (name: string) => join(folder, name);
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(path(name), content);
    return await work(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
