/**
 * Nodes of the storj network as people start them: both programs, in processes of their own, with folders of their own.
 *
 * @module
 */

import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { complete, ENTRY, type Program, start, stop, STORJNODE_ENTRY } from "../program-process.ts";

/** Keys of the README of the original program. */
export const BOB = "KzygUeD8qXaKBFdJWMk9c6AVib89keoZFBNdFBsj73kYZfAc4n1j";
/** See {@link BOB}. */
export const BOB_ID = "297249e6cf8cd7bec1a151c221d35b80bfc6417f";
/** See {@link BOB}. */
export const ALICE = "Kyh4a6zF1TkBZW6gyzwe7XRVtJ18Y75C2bC2d9axeWZnoUdAVXYc";
/** See {@link BOB}. */
export const ALICE_ID = "aa28f8dbd4d358f1b7ffb964d6e6b64f6a74d081";

/** How a process ended, and what it printed. */
export type Ended = Awaited<ReturnType<typeof complete>>;

/** One of the two programs. */
export interface StorjProgram {
  readonly name: string;
  /** Runs it to its end. */
  complete(
    argv: readonly string[],
    env?: Readonly<Record<string, string>>,
    input?: string | Uint8Array,
  ): Promise<Ended>;
  /** Starts it. */
  start(argv: readonly string[], env?: Readonly<Record<string, string>>): Program;
}

/** Both programs. */
export const PROGRAMS: readonly StorjProgram[] = [
  program("storjnode", STORJNODE_ENTRY, []),
  program("warpwire storj", ENTRY, ["storj"]),
];

/** The second program alone: both have the same code. */
export const storjnode: StorjProgram = PROGRAMS[0];

function program(name: string, script: string, before: readonly string[]): StorjProgram {
  return {
    name,
    complete: (argv, env = {}, input = "") => complete([...before, ...argv], { env, script, input }),
    start: (argv, env = {}) => start([...before, ...argv], env, script),
  };
}

/** A UDP port that nobody uses. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4").bind(0, "127.0.0.1", () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

/** Folders for nodes, and nodes that run in them; both are gone at the end. */
export class Places {
  readonly #folder = mkdtempSync(join(tmpdir(), "warpwire-storj-"));
  readonly #running: Program[] = [];

  /** The environment of a node with a folder of its own. */
  env(name: string): { readonly STORJ_HOME: string } {
    return { STORJ_HOME: this.path(name) };
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  /** Starts a node that stays, and waits until it says where it is. */
  async run(name: string, argv: readonly string[] = [], program: StorjProgram = storjnode): Promise<Running> {
    const running = program.start([...argv, "run"], this.env(name));
    this.#running.push(running);
    const line = await running.line(/^Running node on port |^\{.*"running"/);
    const [, port, id] = /port\W+(\d+).*?([0-9a-f]{40})/.exec(line) ?? [];
    return { program: running, line, port: Number(port), id, bootstrap: `--bootstrap=127.0.0.1:${port}` };
  }

  /** Stops what still runs, and removes the folders. */
  async end(): Promise<void> {
    await Promise.all(this.#running.map((running) => stop(running)));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A node that runs. */
export interface Running {
  readonly program: Program;
  /** What it printed first. */
  readonly line: string;
  readonly port: number;
  readonly id: string;
  /** The option with which others join by it. */
  readonly bootstrap: string;
}
