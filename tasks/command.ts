/**
 * Runs the programs that the checks consist of.
 *
 * @module
 */

import { spawn } from "node:child_process";
import process from "node:process";
import { root } from "./project.ts";

/** What a program said, both outputs together, and whether it ended well. */
export interface Outcome {
  ok: boolean;
  output: string;
}

/** Options of {@link run}, {@link print} and {@link start}. */
export interface RunOptions {
  /** Folder to run in; the root if there is none. */
  cwd?: string;
  /** Variables that the program gets besides those of this one. */
  env?: Readonly<Record<string, string>>;
}

/** A program that runs. */
export interface Started {
  /** The first line that it printed to the standard output; throws if it ends without one. */
  readonly line: string;
  /** Asks it to end. */
  stop(): void;
  /** What it printed in all, once it has ended. */
  readonly ended: Promise<Outcome>;
}

/** No program of a check takes this long, unless it hangs. */
const COMMAND_SECONDS_MAX = 600;

/** Runs a program without input. `deno` is the Deno that runs this; an end with a status other than 0 is not ok. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { ok, stdout, stderr } = await output(program, args, options);
  return { ok, output: stdout + stderr };
}

/** Runs a program without input and returns what it prints; throws if it doesn't end well. */
export async function print(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { ok, stdout, stderr } = await output(program, args, options);
  if (!ok) throw new Error(`Cannot run "${[program, ...args].join(" ")}"\n${stdout}${stderr}`);
  return stdout;
}

/** Starts a program and returns when it has printed a line; throws if it ends before. */
export async function start(program: string, args: readonly string[], options: RunOptions = {}): Promise<Started> {
  const { child, ended } = spawned(program, args, options);
  const line = await new Promise<string | undefined>((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (piece: string) => {
      text += piece;
      if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
    });
    ended.then(() => resolve(undefined), reject);
  });
  const outcome = ended.then(({ ok, stdout, stderr }) => ({ ok, output: stdout + stderr }));
  if (line === undefined) throw new Error(`Cannot run "${[program, ...args].join(" ")}"\n${(await outcome).output}`);
  const stop = () => {
    // What `child.kill` has stopped, Deno reports as ended by the signal, whatever its status was.
    if (child.exitCode === null && child.signalCode === null) process.kill(child.pid!, "SIGTERM");
  };
  return { line, stop, ended: outcome };
}

function output(program: string, args: readonly string[], options: RunOptions) {
  return spawned(program, args, options).ended;
}

function spawned(program: string, args: readonly string[], { cwd = root, env = {} }: RunOptions) {
  const child = spawn(program === "deno" ? process.execPath : program, args, {
    cwd,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: COMMAND_SECONDS_MAX * 1000,
  });
  const texts = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (piece: string) => texts.stdout += piece);
  child.stderr.setEncoding("utf8").on("data", (piece: string) => texts.stderr += piece);
  const ended = new Promise<{ ok: boolean; stdout: string; stderr: string }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => {
      if (status !== 0) texts.stderr += `(ended ${signal === null ? `with status ${status}` : `by ${signal}`})\n`;
      resolve({ ok: status === 0, ...texts });
    });
  });
  return { child, ended };
}
