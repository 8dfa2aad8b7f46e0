/**
 * A storj node that is killed again and again while others store values and leave messages there: what it had confirmed
 * more than a second before is there when it starts again, and it finds its network without being told where.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { fromSeed } from "../codec/arbitrary/random.ts";
import { formatHex } from "../codec/mod.ts";
import { pack } from "../codec/msgpack/mod.ts";
import { dhtKey } from "../codec/protocols/storj/mod.ts";
import { SocketHost } from "../src/host/socket/mod.ts";
import { Identity } from "../src/identity/mod.ts";
import { NodeGround } from "../src/storj/node-ground.ts";
import type { StorjNodeLine } from "./faults-storj-node.ts";

const isSource = import.meta.url.endsWith(".ts");
/** How this runtime starts the program that is killed. */
const COMMAND: readonly string[] = [
  process.execPath,
  ...(isSource ? ["run", "-A", "--no-check"] : []),
  fileURLToPath(new URL(isSource ? "./faults-storj-node.ts" : "./faults-storj-node.js", import.meta.url)),
];
/** What the node has before it is killed for the first time. */
const BEGINNING = { values: 1000, kept: 100, messages: 50 };
/** So long a node may run before it is killed, after it is in its network. */
const LIFE_MS_MAX = 2500;
/** What was confirmed so long before must be there. */
const SURE_MS = 1000;
/** So long a node may take to be in its network again. */
const READY_MS_MAX = 5000;
const OTHERS = 3;
/** Values that are stored at once in the beginning. */
const TOGETHER = 16;

/** What a run reports. */
export interface StorjKillReport {
  readonly kills: number;
  readonly readyMsMax: number;
  /** What was confirmed in all. */
  readonly values: number;
  readonly kept: number;
  readonly messages: number;
}

/** What was confirmed, and when. */
class Confirmed {
  #times: (readonly [key: string, number: number, atMs: number])[] = [];
  /** How often something was confirmed in all. */
  count = 0;

  add(key: string, number: number): void {
    this.#times.push([key, number, performance.now()]);
    this.count += 1;
  }

  /** The node was killed: what was confirmed since a time may be lost. */
  killed(sureMs: number): void {
    this.#times = this.#times.filter(([, , atMs]) => atMs < sureMs);
  }

  /** For each key, the newest number that must be there. */
  sure(): Map<string, number> {
    return new Map(this.#times.map(([key, number]) => [key, number]));
  }
}

/** The program that is killed. */
class Victim {
  readonly #child;
  readonly #lines: AsyncIterator<string>;
  readonly ended: Promise<void>;
  isKilled = false;

  constructor(args: readonly string[]) {
    this.#child = spawn(COMMAND[0], [...COMMAND.slice(1), ...args], { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdin.on("error", () => {});
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.ended = new Promise((resolve) => this.#child.once("close", () => resolve()));
  }

  say(what: { readonly keep: number } | { readonly all: number }): void {
    this.#child.stdin.write(`${JSON.stringify(what)}\n`);
  }

  /** The next line; null if there will be none. */
  async next(): Promise<StorjNodeLine | null> {
    const { done, value } = await this.#lines.next();
    if (done) return null;
    const line = JSON.parse(value) as StorjNodeLine;
    if (line.trouble !== undefined) throw new Error(line.trouble);
    return line;
  }

  async expect<K extends keyof StorjNodeLine>(what: K): Promise<NonNullable<StorjNodeLine[K]>> {
    for (;;) {
      const line = await this.next();
      if (line === null) throw new Error(`The node ended without a word of "${what}"`);
      if (line[what] !== undefined) return line[what] as NonNullable<StorjNodeLine[K]>;
    }
  }

  async kill(): Promise<void> {
    this.isKilled = true;
    this.#child.kill("SIGKILL");
    await this.ended;
  }
}

/** Kills a node so often. Throws an error with what is lost. */
export async function runStorjKills(rounds: number, seed: number): Promise<StorjKillReport> {
  const folder = mkdtempSync(join(tmpdir(), "warpwire-storj-kills-"));
  const others: NodeGround[] = [];
  try {
    for (let index = 0; index < OTHERS; index++) others.push(await other(others[0]));
    return await new Kills(folder, others, seed).run(rounds);
  } finally {
    for (const ground of others) {
      await ground.close();
      await ground.host.stop();
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One of the nodes that stay. */
async function other(first: NodeGround | undefined): Promise<NodeGround> {
  const host = new SocketHost({ peerId: "other", listen: ["udp:127.0.0.1:0"] });
  await host.start();
  const ground = new NodeGround({ host, identity: Identity.generate() });
  if (first !== undefined) await ground.dht.bootstrap(first.host.addresses());
  return ground;
}

class Kills {
  readonly #folder: string;
  readonly #others: readonly NodeGround[];
  readonly #choose: (most: number) => number;
  readonly #wif = Identity.generate().toWif();
  readonly #values = new Confirmed();
  readonly #kept = new Confirmed();
  readonly #messages = new Confirmed();
  readonly #all = [this.#values, this.#kept, this.#messages];
  #port = 0;
  #number = 0;

  constructor(folder: string, others: readonly NodeGround[], seed: number) {
    this.#folder = folder;
    this.#others = others;
    this.#choose = fromSeed(seed);
  }

  async run(rounds: number): Promise<StorjKillReport> {
    let readyMsMax = 0;
    for (let round = 0; round < rounds; round++) {
      const { victim, readyMs } = await this.#start(round === 0);
      readyMsMax = Math.max(readyMsMax, readyMs);
      if (round === 0) await this.#begin(victim);
      const over = new AbortController();
      const work = this.#work(victim, over.signal);
      await setTimeout(this.#choose(LIFE_MS_MAX));
      const sureMs = performance.now() - SURE_MS;
      await victim.kill();
      over.abort();
      await work;
      for (const confirmed of this.#all) confirmed.killed(sureMs);
    }
    const { victim, readyMs } = await this.#start(false);
    await this.#checkAll(victim);
    await victim.kill();
    const counts = { values: this.#values.count, kept: this.#kept.count, messages: this.#messages.count };
    return { kills: rounds, readyMsMax: Math.max(readyMsMax, readyMs), ...counts };
  }

  async #start(isFirst: boolean): Promise<{ readonly victim: Victim; readonly readyMs: number }> {
    const bootstrap = isFirst ? [this.#others[0].host.addresses()[0].slice("udp:".length)] : [];
    const victim = new Victim([this.#folder, this.#wif, ...bootstrap]);
    const { port, values } = await victim.expect("started");
    this.#port = port;
    for (const [key, number] of this.#values.sure()) {
      const found = values[formatHex(dhtKey(key))];
      if (!(found >= number)) throw new Error(`The value of "${key}" is ${found}, and was ${number}`);
    }
    const readyMs = await victim.expect("readyMs");
    if (readyMs > READY_MS_MAX) throw new Error(`The node was in its network after ${readyMs} ms only`);
    return { victim, readyMs };
  }

  /** What the node has before it is killed. */
  async #begin(victim: Victim): Promise<void> {
    for (let count = 0; count < BEGINNING.values; count += TOGETHER) {
      const some = Math.min(TOGETHER, BEGINNING.values - count);
      await Promise.all(Array.from({ length: some }, (_, index) => this.#store(`value ${count + index}`)));
    }
    for (let count = 0; count < BEGINNING.messages; count++) await this.#send();
    for (let count = 0; count < BEGINNING.kept; count++) await this.#keep(victim);
  }

  /** Whatever comes, until the node is killed in the middle of it. */
  async #work(victim: Victim, signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        const kind = this.#choose(3);
        if (kind === 0) await this.#send(signal);
        else if (kind === 1) await this.#keep(victim);
        else await this.#store(`value ${this.#choose(2 * BEGINNING.values)}`, signal);
      }
    } catch (error) {
      if (!victim.isKilled) throw error;
    }
  }

  async #store(key: string, signal?: AbortSignal): Promise<void> {
    const { rpc, dht } = this.#others[this.#choose(OTHERS - 1)];
    const number = ++this.#number;
    const args = { nodeId: dht.id, key: dhtKey(key), value: pack(number) };
    if (await rpc.request(`udp:127.0.0.1:${this.#port}`, "store", args, signal && { signal })) {
      this.#values.add(key, number);
    }
  }

  async #send(signal?: AbortSignal): Promise<void> {
    const { rpc, dht } = this.#others[0];
    const number = ++this.#number;
    const args = { nodeId: dht.id, message: pack(number) };
    const taken = await rpc.request(`udp:127.0.0.1:${this.#port}`, "message_notify", args, signal && { signal });
    if (taken) this.#messages.add(String(number), number);
  }

  async #keep(victim: Victim): Promise<void> {
    const number = this.#kept.count;
    victim.say({ keep: number });
    if (await victim.expect("kept") === number) this.#kept.add(String(number), number);
  }

  async #checkAll(victim: Victim): Promise<void> {
    victim.say({ all: this.#kept.count });
    const { messages, kept } = await victim.expect("all");
    for (const number of this.#messages.sure().values()) {
      if (!messages.includes(number)) throw new Error(`The message ${number} is lost`);
    }
    if (messages.some((number, index) => index > 0 && number <= messages[index - 1])) {
      throw new Error(`Messages are out of order: ${messages}`);
    }
    for (const number of this.#kept.sure().values()) {
      if (!kept.includes(number)) throw new Error(`The put ${number} is lost`);
    }
  }
}
