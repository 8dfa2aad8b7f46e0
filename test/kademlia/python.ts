/**
 * Nodes of the Python package kademlia, each in a process of its own.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { formatHex, parseHex } from "../../codec/mod.ts";
import { root } from "../../tasks/project.ts";
import { type Python, pythonWith } from "../python.ts";

/** What Python keeps of the values that JSON has, and bytes. */
export type PythonValue = string | number | boolean | Uint8Array;

const REQUIREMENTS = join(root, "test/kademlia/requirements.txt");
const PROGRAM = join(root, "test/kademlia/python-node.py");
/** How long a Python node waits for an answer instead of five seconds, so that a dead one doesn't cost the test those. */
const CALL_TIMEOUT_S = 1;
/** How long a Python node keeps values, unless it keeps none. */
const KEEPS_S = 604_800;

/** Python with the package; or why there is none. */
export function findPython(): Python | string {
  return pythonWith({ requirements: REQUIREMENTS });
}

/** A node in a process of its own. */
export class PythonNode implements AsyncDisposable {
  readonly id: Uint8Array;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<void>;
  readonly #errors: string[] = [];
  #port = 0;

  private constructor({ command, packages }: Python, id: Uint8Array, keepsS: number) {
    this.id = id;
    this.#child = spawn(command, [PROGRAM, formatHex(id), String(CALL_TIMEOUT_S), String(keepsS)], {
      env: { ...process.env, PYTHONPATH: packages },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child.stderr!.on("data", (text) => this.#errors.push(String(text)));
    this.#child.stdin!.on("error", () => {});
    this.#ended = new Promise((resolve) => this.#child.once("close", () => resolve()));
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** Starts a node that knows nobody; one that does not store has to ask others for every value. */
  static async start(python: Python, id: Uint8Array, stores: boolean): Promise<PythonNode> {
    const node = new PythonNode(python, id, stores ? KEEPS_S : -1);
    node.#port = await node.#next() as number;
    return node;
  }

  get port(): number {
    return this.#port;
  }

  /** Where the node is, as our hosts write it. */
  get address(): string {
    return `udp:127.0.0.1:${this.#port}`;
  }

  /** Joins the network of a node; how many nodes it has found. */
  bootstrap(port: number): Promise<number> {
    return this.#ask("bootstrap", [["127.0.0.1", port]]) as Promise<number>;
  }

  /** Puts values; for each, whether anybody has taken it. */
  set(entries: readonly (readonly [key: string, value: PythonValue])[]): Promise<boolean[]> {
    return this.#ask("set", entries.map(([key, value]) => [key, toJson(value)])) as Promise<boolean[]>;
  }

  /** Gets values; null for those that are not found. */
  async get(keys: readonly string[]): Promise<(PythonValue | null)[]> {
    return (await this.#ask("get", keys) as unknown[]).map(fromJson);
  }

  /** How many values the node holds. */
  holds(): Promise<number> {
    return this.#ask("holds", []) as Promise<number>;
  }

  /** Looks for nodes; the ports of those found, null for others. */
  async find(ids: readonly Uint8Array[]): Promise<(number | null)[]> {
    const found = await this.#ask("find", ids.map((id) => toJson(id).hex)) as ([string, string, number] | null)[];
    return found.map((contact) => contact?.[2] ?? null);
  }

  /** Ends the process at once. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #ask(question: string, args: unknown): Promise<unknown> {
    this.#child.stdin!.write(`${JSON.stringify([question, args])}\n`);
    return this.#next();
  }

  async #next(): Promise<unknown> {
    const { value: line, done } = await this.#lines.next();
    if (done) throw new Error(`The Python node ended:\n${this.#errors.join("")}`);
    return JSON.parse(line);
  }
}

function toJson(value: Uint8Array): { hex: string };
function toJson(value: PythonValue): unknown;
function toJson(value: PythonValue): unknown {
  return value instanceof Uint8Array ? { hex: formatHex(value) } : value;
}

function fromJson(value: unknown): PythonValue | null {
  return typeof value === "object" && value !== null ? parseHex((value as { hex: string }).hex) : value as PythonValue;
}
