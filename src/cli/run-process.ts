/**
 * A program as a process: its outputs, its input and its exit status.
 *
 * @module
 */

import process from "node:process";
import type { ProgramSpec, Streams } from "./command.ts";
import { run } from "./run.ts";

/** Runs a program with what the process was called with, and ends with its status. */
export async function runProcess(program: ProgramSpec): Promise<void> {
  process.stdout.on("error", endOutput);
  // A log that nobody reads any more does not end a service.
  process.stderr.on("error", () => {});
  let waitsForInput = false;
  async function* input(): AsyncGenerator<Uint8Array | string> {
    waitsForInput = true;
    yield* process.stdin;
    waitsForInput = false;
  }
  process.exitCode = await run(process.argv.slice(2), program, streamsOf(input));
  // A read that still waits would keep the program alive, and cannot be taken back on every runtime.
  if (waitsForInput) process.stdout.write("", () => process.exit());
}

function streamsOf(input: () => AsyncGenerator<Uint8Array | string>): Streams {
  return {
    out: (text) => {
      try {
        process.stdout.write(text);
      } catch (error) {
        // Deno throws at once what Node reports later.
        endOutput(error as NodeJS.ErrnoException);
      }
    },
    err: (text) => void process.stderr.write(text),
    write: writeBytes,
    input: { [Symbol.asyncIterator]: input },
    ...terminalAbilities(process.stdout.isTTY, process.env),
    interactive: process.stdout.isTTY === true && process.stdin.isTTY === true,
    get columns() {
      // Some terminals do not know their size, and say 0.
      return process.stdout.columns || 80;
    },
  };
}

/** What the output can show. */
interface TerminalAbilities {
  /** Lines can be redrawn. */
  readonly terminal: boolean;
  readonly color: boolean;
}

/** What an output can show, and is wanted to by the environment. NO_COLOR (no-color.org) is about colours alone. */
export function terminalAbilities(
  isTTY: boolean | undefined,
  { TERM, NO_COLOR = "" }: Readonly<Record<string, string | undefined>>,
): TerminalAbilities {
  const terminal = isTTY === true && TERM !== "dumb";
  return { terminal, color: terminal && NO_COLOR === "" };
}

/** What Deno has, and Node does not. */
interface DenoOutput {
  readonly stdout: { write(bytes: Uint8Array): Promise<number> };
}

/** Writes bytes, and waits while nobody reads. A failure ends the program. */
async function writeBytes(bytes: Uint8Array): Promise<void> {
  const { Deno } = globalThis as { readonly Deno?: DenoOutput };
  // Node reports a failure to the listener.
  if (Deno === undefined) return new Promise((resolve) => process.stdout.write(bytes, (error) => error || resolve()));
  // There `process.stdout` stands still, and the whole program with it, while nobody reads.
  for (let at = 0; at < bytes.length;) {
    at += await Deno.stdout.write(bytes.subarray(at)).catch((error) => endOutput(error as NodeJS.ErrnoException));
  }
}

/** A reader that has seen enough, such as `head`, closes our output; that is not an error. Everything else is reported. */
function endOutput(error: NodeJS.ErrnoException): never {
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`error: output: Cannot write to standard output: ${error.code ?? error.message}\n`);
  process.exit(1);
}
