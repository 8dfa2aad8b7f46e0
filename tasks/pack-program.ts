/**
 * Uses the installed program as people do: shares and receives files, runs a service, looks at bytes.
 *
 * @module
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RunOptions, start } from "./command.ts";
import type { Runtime } from "./pack-runtimes.ts";

/** Addresses of this machine alone, with ports that are free. */
const LOOPBACK = "tcp:127.0.0.1:0";

/** Files with what they hold; the large one needs many messages. */
const FILES: Readonly<Record<string, Uint8Array>> = {
  "photos/notes.txt": new TextEncoder().encode("Where the light was good\n"),
  "photos/raw/one.bin": Uint8Array.from({ length: 700_001 }, (_, index) => index * index >> 3),
};

/**
 * Uses the program on a runtime.
 *
 * @param main the file of the program
 * @param folder an empty one
 * @throws Error where it does anything else than it should, with what it printed
 */
export async function useProgram({ command: [program, ...before] }: Runtime, main: string, folder: string) {
  const open = (args: string[], options: RunOptions) => start(program, [...before, main, ...args], options);
  const use = async (args: string[], options: RunOptions) => {
    const { line, ended } = await open(args, options);
    const { ok, output } = await ended;
    if (!ok) throw new Error(`"${args.join(" ")}" failed\n${output}`);
    return line;
  };
  for (const step of [useInspect, useShare, useService]) await step({ open, use }, folder);
}

interface Use {
  /** Starts the program and waits for a line. */
  open: (args: string[], options: RunOptions) => ReturnType<typeof start>;
  /** Runs it to its end, which must be a good one, and returns the first line. */
  use: (args: string[], options: RunOptions) => Promise<string>;
}

async function useInspect({ use }: Use, cwd: string): Promise<void> {
  const line = await use(["inspect", "warpdrive.unified.request", "65 02 6869 0000000000000002 00"], { cwd })
    .catch((error) => String(error));
  // The message ends too early: what there is of it is shown, and the status says so.
  if (!/download[^]*truncated/.test(line)) throw new Error(`"inspect" printed\n${line}`);
}

async function useShare({ open, use }: Use, cwd: string): Promise<void> {
  for (const [name, bytes] of Object.entries(FILES)) write(join(cwd, "share", name), bytes);
  const sharer = await open(["share", "photos", "--listen", LOOPBACK, "--json"], { cwd: join(cwd, "share") });
  try {
    mkdirSync(join(cwd, "received"));
    const env = { WARPWIRE_SHARE: JSON.parse(sharer.line).share };
    await use(["receive", "--json"], { cwd: join(cwd, "received"), env });
    const { ok, output } = await sharer.ended;
    if (!ok) throw new Error(`"share" failed\n${output}`);
  } catch (error) {
    sharer.stop();
    throw error;
  }
  for (const [name, bytes] of Object.entries(FILES)) {
    if (!readFileSync(join(cwd, "received", name)).equals(bytes)) throw new Error(`"receive" made another ${name}`);
  }
}

async function useService({ open, use }: Use, cwd: string): Promise<void> {
  const addresses = ["--listen", LOOPBACK, "--apphost", LOOPBACK];
  const service = await open(["serve", "--data", "data", "--log", "json", ...addresses], { cwd });
  try {
    const { identity } = JSON.parse(service.line);
    const status = JSON.parse(await use(["status", "--data", "data", "--json"], { cwd }));
    if (status.identity !== identity) throw new Error(`"status" says ${status.identity}, not ${identity}`);
  } finally {
    service.stop();
  }
  const { ok, output } = await service.ended;
  if (!ok) throw new Error(`"serve" did not stop well\n${output}`);
}

/**
 * Uses the second program on a runtime: two nodes, one of which gets what the other has put.
 *
 * @throws Error where it does anything else than it should, with what it printed
 */
export async function useStorjnode(
  { command: [program, ...before] }: Runtime,
  main: string,
  version: string,
  cwd: string,
): Promise<void> {
  const open = (...args: string[]) => start(program, [...before, main, ...args], { cwd });
  const says = async (expected: string, ...args: string[]) => {
    const { line, ended } = await open(...args);
    const { ok, output } = await ended;
    if (!ok || line.trimEnd() !== expected) throw new Error(`"storjnode ${args.join(" ")}" printed\n${output}`);
  };
  await says(`v${version}`, "version");
  const node = await open("--data=first", "run");
  try {
    const bootstrap = `--bootstrap=127.0.0.1:${/port (\d+)/.exec(node.line)?.[1]}`;
    await says("Put 'a' => 'b'!", "--data=second", bootstrap, "put", "a", "b");
    await says("Got 'a' => 'b'!", "--data=first", "get", "a");
  } finally {
    node.stop();
  }
  const { ok, output } = await node.ended;
  if (!ok) throw new Error(`"storjnode run" did not stop well\n${output}`);
}

function write(file: string, bytes: Uint8Array): void {
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, bytes);
}
