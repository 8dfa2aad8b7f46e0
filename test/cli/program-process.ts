/**
 * The program in processes of its own.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { root } from "../../tasks/project.ts";

const IS_DENO = "Deno" in globalThis;

/** How a script is run by the runtime that runs the tests. */
export const RUNTIME: readonly string[] = IS_DENO ? [process.execPath, "run", "-A", "--no-check"] : [process.execPath];

/** The file of the program. */
export const ENTRY = join(root, IS_DENO ? "test/cli/program-entry.ts" : ".build/test/cli/program-entry.js");

/** The file of the program `storjnode`. */
export const STORJNODE_ENTRY = join(
  root,
  IS_DENO ? "test/cli/storjnode-entry.ts" : ".build/test/cli/storjnode-entry.js",
);

/** Variables that lead to a node. */
const PLACES: ReadonlySet<string> = new Set([
  "ASTRALD_APPHOST_ADDR",
  "ASTRALD_APPHOST_TOKEN",
  "STORJ_HOME",
  "STORJ_NODE_KEY",
]);

/** How a process ended, and what it printed. */
export interface Ended {
  readonly status: number | null;
  readonly out: Uint8Array;
  readonly err: string;
}

/** A process that runs the program. */
export interface Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** The first line of either output that matches, once it is there; rejects if the process ends without it. */
  line(pattern: RegExp): Promise<string>;
}

/** Starts the program, or another script. Variables of the environment that lead to a node are not passed on. */
export function start(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  script = ENTRY,
  cwd?: string,
): Program {
  const [command, ...args] = [...RUNTIME, script, ...argv];
  const inherited = Object.entries(process.env).filter(([name]) => !PLACES.has(name));
  const child = spawn(command, args, {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => {});
  const out: Uint8Array[] = [];
  let text = "";
  let err = "";
  let look = () => {};
  const decoder = new TextDecoder();
  child.stdout.on("data", (bytes: Uint8Array) => {
    out.push(bytes);
    text += decoder.decode(bytes, { stream: true });
    look();
  });
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    err += piece;
    look();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, out: joined(out), err }));
  });
  return {
    child,
    ended,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const before = look;
        look = () => {
          before();
          const found = `${text}${err}`.split("\n").slice(0, -1).find((line) => pattern.test(line));
          if (found !== undefined) resolve(found);
        };
        ended.then(() => reject(new Error(`The program ended without ${pattern}: ${text}${err}`)), reject);
        look();
      }),
  };
}

/** Runs the program to its end, with what its standard input gets. */
export async function complete(
  argv: readonly string[],
  { input = "", env = {}, script = ENTRY }: {
    input?: string | Uint8Array;
    env?: Readonly<Record<string, string>>;
    script?: string;
  } = {},
): Promise<{ status: number | null; out: string; err: string }> {
  const program = start(argv, env, script);
  program.child.stdin!.end(input);
  const { status, out, err } = await program.ended;
  return { status, out: new TextDecoder().decode(out), err };
}

/** Sends a signal. The method of a child would make Deno forget the status with which it ends. */
export function kill({ child }: Program, signal: NodeJS.Signals): void {
  process.kill(child.pid!, signal);
}

/** Asks a process to stop, and waits until it has. */
export async function stop(program: Program, signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
  const { child } = program;
  if (child.exitCode === null && child.signalCode === null) kill(program, signal);
  return await program.ended;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
