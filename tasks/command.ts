/**
 * Runs the programs that the checks consist of.
 *
 * @module
 */

import { root } from "./project.ts";

/** What a program said, both outputs together, and whether it ended well. */
export interface Outcome {
  ok: boolean;
  output: string;
}

/** Options of {@link run} and {@link print}. */
export interface RunOptions {
  /** Folder to run in; the root if there is none. */
  cwd?: string;
}

/** No program of a check takes this long, unless it hangs. */
const COMMAND_SECONDS_MAX = 600;

const decoder = new TextDecoder();

/** Runs a program without input. `deno` is the Deno that runs this; an end with a status other than 0 is not ok. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { success, stdout, stderr } = await output(program, args, options);
  return { ok: success, output: stdout + stderr };
}

/** Runs a program without input and returns what it prints; throws if it doesn't end well. */
export async function print(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { success, stdout, stderr } = await output(program, args, options);
  if (!success) throw new Error(`Cannot run "${[program, ...args].join(" ")}"\n${stdout}${stderr}`);
  return stdout;
}

async function output(program: string, args: readonly string[], { cwd = root }: RunOptions) {
  const { success, stdout, stderr } = await new Deno.Command(program === "deno" ? Deno.execPath() : program, {
    args: [...args],
    cwd,
    stdin: "null",
    env: { NO_COLOR: "1" },
    signal: AbortSignal.timeout(COMMAND_SECONDS_MAX * 1000),
  }).output();
  return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
