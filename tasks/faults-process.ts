/**
 * A node's process as the fault run sees it: started, listened to, killed.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { PeerInfo } from "../src/host/host.ts";
import type { OfferState } from "../src/warpdrive/mod.ts";
// Named here, the program is built for Node together with what starts it.
import type {} from "./faults-node.ts";

const isSource = import.meta.url.endsWith(".ts");
/** How this runtime starts the program of a node. */
export const NODE_COMMAND: readonly string[] = [
  process.execPath,
  ...(isSource ? ["run", "-A", "--no-check"] : []),
  fileURLToPath(new URL(isSource ? "./faults-node.ts" : "./faults-node.js", import.meta.url)),
];

/** Who is told what a process says. */
export interface ProcessListener {
  /** An offer as it is now, also for each one that the node has when it starts. */
  onOffer(offer: OfferState): void;
  /** What must not happen: a damaged store, a process that ends by itself. */
  onTrouble(error: Error): void;
}

/** A line of the program. */
interface Line {
  readonly ready?: string;
  readonly offers?: readonly OfferState[];
  readonly offer?: OfferState;
  readonly sent?: string;
  readonly stopped?: true;
  readonly error?: string;
  readonly note?: string;
}

/** The process of one node. */
export class NodeProcess {
  /** Where it listens. */
  address = "";
  /** What went wrong in its background, the latest last; broken connections are part of the run. */
  readonly notes: string[] = [];
  readonly #child: ChildProcess;
  readonly #listener: ProcessListener;
  readonly #ended: Promise<void>;
  #expectsEnd = false;
  #wake: (line: Line) => void = () => {};

  constructor(command: readonly string[], listener: ProcessListener) {
    this.#listener = listener;
    this.#child = spawn(command[0], command.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdin!.on("error", () => {});
    createInterface({ input: this.#child.stdout! }).on("line", (text) => this.#take(JSON.parse(text)));
    this.#ended = new Promise((resolve) => {
      this.#child.once("close", (code, signal) => {
        resolve();
        if (!this.#expectsEnd) listener.onTrouble(new Error(`A node ended by itself: ${signal ?? code}`));
      });
    });
  }

  /** Waits until the node has started. */
  async ready(): Promise<void> {
    this.address = (await this.#next("ready")) as string;
  }

  /** Offers a path to a peer; resolves to the id of the offer. */
  async send(path: string, to: PeerInfo): Promise<string> {
    this.#child.stdin!.write(`${JSON.stringify({ send: path, to })}\n`);
    return (await this.#next("sent")) as string;
  }

  /** Stops the service in good order, and then the process. */
  async stop(): Promise<void> {
    this.#child.stdin!.write(`${JSON.stringify({ stop: true })}\n`);
    await this.#next("stopped");
    this.#expectsEnd = true;
    this.#child.stdin!.end();
    await this.#ended;
  }

  /** Kills the process at once, and resolves when the system has taken it away. */
  kill(): Promise<void> {
    this.#expectsEnd = true;
    this.#child.kill("SIGKILL");
    return this.#ended;
  }

  #next(name: keyof Line): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#wake = (line) => line[name] !== undefined && resolve(line[name]);
      this.#ended.then(() => reject(new Error(`A node ended before it was ${name}`)));
    });
  }

  #take(line: Line): void {
    if (line.error !== undefined) this.#listener.onTrouble(new Error(line.error));
    if (line.note !== undefined) {
      this.notes.push(line.note);
      if (this.notes.length > 20) this.notes.shift();
    }
    for (const offer of line.offers ?? []) this.#listener.onOffer(offer);
    if (line.offer !== undefined) this.#listener.onOffer(line.offer);
    this.#wake(line);
  }
}
