/**
 * Transfers between two processes that are killed, over a link that is cut, again and again.
 *
 * @module
 */

import { mkdirSync, mkdtempSync, readdirSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromSeed, pick } from "../codec/arbitrary/random.ts";
import type { RandomSource } from "../codec/schema/extension.ts";
import type { TransferPoint } from "../src/warpdrive/files/mod.ts";
import { STATE_FOLDER } from "../src/warpdrive/files/names.ts";
import type { OfferState } from "../src/warpdrive/mod.ts";
import { bytesAt, bytesOnDisk, type Cargo, corruptFiles, describe } from "./faults-disk.ts";
import { type Carrier, Link, type Role } from "./faults-link.ts";
import { NODE_COMMAND, NodeProcess } from "./faults-process.ts";

/** What a run does. */
export interface FaultOptions {
  readonly seed: number;
  /** How many faults there are in all, and in one transfer. */
  readonly faults: number;
  readonly faultsPerTransfer: number;
  /** What is sent, made in a folder; each transfer takes the next of them. */
  readonly cargoes: readonly ((folder: string, choose: RandomSource) => Promise<Cargo>)[];
  /** By default `socket`. */
  readonly carrier?: Carrier;
  /** How a node is started; by default on this runtime. */
  readonly command?: readonly string[];
  /** Called with the progress. */
  readonly print?: (line: string) => void;
}

/** What came of a run without a failure. */
export interface FaultReport {
  readonly faults: Readonly<Record<string, number>>;
  readonly transfers: number;
  /** How often the receiver asked for bytes again, and the most that was on disk without being counted, if it is seen. */
  readonly resumes: number;
  readonly repeatedBytesMax: number;
}

/** Whose end it is. */
type Victim = Role | "link";

/**
 * When it happens: at once, as soon as the last fault is mended; before the sender hears a request; after a part of
 * what a request asks for; after all of it.
 */
type Moment = "now" | "request" | number | "all";

/** How much of what is on disk a resume may ask for again. */
const REPEATED_BYTES_MAX = 2 ** 20;
/** Nothing in a run takes this long without a sign of life. */
const SILENCE_MS_MAX = 90_000;
const ROLES = ["sender", "receiver"] as const;
/** What may pass of a connection that is just being made, where the link does not see requests. */
const BEGINNING_BYTES_MAX = 4096;
/** The secret keys of the nodes, and the public key of the receiver. */
const KEYS: Readonly<Record<Role, string>> = { sender: "1".padStart(64, "0"), receiver: "2".padStart(64, "0") };
const RECEIVER_ID = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";

/** Runs transfers until all faults have happened, each up to its end. Rejects when anything is lost, wrong or stuck. */
export async function runFaults(options: FaultOptions): Promise<FaultReport> {
  const folder = mkdtempSync(join(tmpdir(), "warpwire-faults-"));
  const run = new FaultRun(options, folder);
  try {
    await run.run();
    return run.report;
  } finally {
    await run.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

class FaultRun {
  readonly report = { faults: {} as Record<string, number>, transfers: 0, resumes: 0, repeatedBytesMax: 0 };
  readonly #options: FaultOptions;
  readonly #folder: string;
  readonly #received: string;
  readonly #choose: RandomSource;
  readonly #nodes = new Map<Role, NodeProcess>();
  /** The offer of this transfer as each node has it. */
  readonly #offers = new Map<Role, OfferState>();
  readonly #print: (line: string) => void;
  #link!: Link;
  #cargo!: Cargo;
  #offerId = "";
  #count = 0;
  /** What the receiver had on disk at the last look. */
  #kept = 0;
  #asked = 0;
  /** Fails everything that waits. */
  #fail: (error: unknown) => void = () => {};
  readonly #failed: Promise<never> = new Promise((_, reject) => this.#fail = reject);
  #wakes: (() => void)[] = [];

  constructor(options: FaultOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
    this.#received = join(folder, "receiver", "received");
    this.#choose = fromSeed(options.seed);
    this.#print = options.print ?? (() => {});
    this.#failed.catch(() => {});
  }

  async run(): Promise<void> {
    const { cargoes, faults } = this.#options;
    this.#link = await Link.open(this.#carrier);
    for (const role of ROLES) mkdirSync(join(this.#folder, role));
    const made: Cargo[] = [];
    for (const make of cargoes) made.push(await make(join(this.#folder, "sources"), this.#choose));
    while (this.#count < faults) {
      this.#cargo = made[this.report.transfers % made.length];
      await this.#transfer();
      this.report.transfers++;
    }
  }

  get #carrier(): Carrier {
    return this.#options.carrier ?? "socket";
  }

  async end(): Promise<void> {
    for (const node of this.#nodes.values()) await node.kill();
    this.#link?.close();
  }

  /** One transfer from the offer to the last look at what has arrived. */
  async #transfer(): Promise<void> {
    const { name, path, bytes } = this.#cargo;
    this.#offers.clear();
    this.#kept = 0;
    this.#offerId = "";
    for (const role of ROLES) await this.#start(role);
    this.#disarm();
    const faults = Math.min(this.#options.faultsPerTransfer, this.#options.faults - this.#count);
    let moment = this.#link.sees ? this.#arm(faults, "request") : null;
    const receiver = { peerId: RECEIVER_ID, addresses: [this.#link.address("receiver")] };
    this.#offerId = await this.#soon("the offer is sent", this.#nodes.get("sender")!.send(path, receiver));
    // What is not seen to be a request may be the offer, whose sender would give up.
    moment ??= this.#arm(faults, "request");
    for (let left = faults; left > 0; left--) {
      const victim = await this.#soon("a fault comes", Promise.race([moment, this.#done()]));
      if (victim === "completed") break;
      const missing = await this.#mend(victim);
      this.#tell(victim, missing);
      if (left > 1) moment = this.#arm(left - 1);
    }
    this.#disarm();
    await this.#soon("the transfer is complete", this.#done());
    await this.#late();
    await this.#soon("the receiver has tidied up", this.#tidy());
    await this.#verify();
    this.#print(`${name}: ${bytes} bytes arrived, ${this.#count} faults so far`);
  }

  /** Chooses the next fault. The promise resolves when its moment has come: its victim is dead by then. */
  #arm(left: number, moment: Moment = this.#moment(left)): Promise<Victim> {
    const victim = pick(this.#choose, ["receiver", "sender", "link"] as const);
    return new Promise((resolve) => {
      const strike = () => {
        this.#disarm();
        this.#strike(victim);
        resolve(victim);
      };
      if (moment === "now") return strike();
      this.#link.onPassed = strike;
      if (!this.#link.sees) this.#link.limit(this.#bytesUntil(moment));
      this.#link.onRequest = (from) => {
        const missing = this.#request(from);
        if (moment === "request") strike();
        return typeof moment === "number" ? Math.floor(missing * moment) : moment === "all" ? missing : 0;
      };
    });
  }

  /** How much the sender says until a moment comes, where requests are not seen. */
  #bytesUntil(moment: Exclude<Moment, "now">): number {
    if (moment === "request") return 1 + this.#choose(BEGINNING_BYTES_MAX);
    const missing = this.#cargo.bytes - this.#kept;
    return moment === "all" ? missing : 1 + Math.floor(missing * moment);
  }

  #disarm(): void {
    this.#link.onPassed = () => {};
    this.#link.limit(Infinity);
    this.#link.onRequest = (from) => {
      this.#request(from);
      return Infinity;
    };
  }

  /** Moments are spread so that the faults that are left reach the end of the transfer. */
  #moment(left: number): Moment {
    const kind = this.#choose(19);
    if (kind < 3) return "now";
    if (kind < 5) return "request";
    if (kind === 5) return "all";
    return this.#choose(1e6) / 1e6 * Math.min(1, 2 / (left + 1));
  }

  #strike(victim: Victim): void {
    if (victim === "link") this.#link.cut();
    else void this.#nodes.get(victim)!.kill();
  }

  /** Looks at what is there, and starts what was killed again. */
  async #mend(victim: Victim): Promise<number> {
    this.#count++;
    this.report.faults[victim] = (this.report.faults[victim] ?? 0) + 1;
    if (victim !== "link") {
      const node = this.#nodes.get(victim)!;
      await node.kill();
      this.#link.cut();
      if (victim === "receiver") this.#look();
      await this.#start(victim);
    }
    return this.#cargo.bytes - this.#kept;
  }

  /** Faults after the last byte: what is complete stays complete. */
  async #late(): Promise<void> {
    if (this.#count >= this.#options.faults || this.#choose(2) > 0) return;
    const victim = pick(this.#choose, ["receiver", "sender", "link"] as const);
    this.#strike(victim);
    await this.#mend(victim);
    this.#tell(`${victim}, at the end`, 0);
    await this.#soon("the transfer is complete again", this.#done());
  }

  async #start(role: Role): Promise<void> {
    const node = new NodeProcess(
      [
        ...[...this.#options.command ?? NODE_COMMAND, this.#carrier],
        ...[join(this.#folder, role), KEYS[role], this.#link.address(role)],
      ],
      {
        onOffer: (offer) => this.#onOffer(role, offer),
        onTrouble: (error) => this.#fail(new Error(`${role}: ${error.message}`)),
      },
    );
    this.#nodes.set(role, node);
    await this.#soon(`the ${role} starts`, node.ready());
    this.#link.lead(role, node.address);
  }

  #onOffer(role: Role, offer: OfferState): void {
    if (this.#offerId !== "" && offer.id !== this.#offerId) return;
    this.#offers.set(role, offer);
    if (role === "receiver" && offer.stage === "failed") this.#fail(new Error(`The receiver gave up: ${offer.reason}`));
    for (const wake of this.#wakes.splice(0)) wake();
  }

  /** Resolves when both nodes have noted that everything has arrived. */
  async #done(): Promise<"completed"> {
    while (!ROLES.every((role) => this.#offers.get(role)?.stage === "completed")) {
      await new Promise<void>((resolve) => this.#wakes.push(resolve));
    }
    return "completed";
  }

  /** The receiver asks for bytes: everything that is on disk must count. Returns how many are missing. */
  #request(from: TransferPoint): number {
    try {
      const asked = bytesAt(this.#cargo, from);
      const onDisk = this.#look();
      this.#asked = asked;
      const repeated = onDisk - asked;
      if (repeated < 0) throw new Error(`The receiver asks for what is behind ${-repeated} bytes that it has not got`);
      if (repeated > REPEATED_BYTES_MAX) throw new Error(`The receiver asks again for ${repeated} bytes`);
      this.report.resumes++;
      this.report.repeatedBytesMax = Math.max(this.report.repeatedBytesMax, repeated);
      return this.#cargo.bytes - asked;
    } catch (error) {
      this.#fail(error);
      return 0;
    }
  }

  /** Looks at the receiver's disk: nothing may be gone, and what is complete has to be right. */
  #look(): number {
    const onDisk = bytesOnDisk(this.#cargo, this.#received);
    if (onDisk < this.#kept) throw new Error(`Of ${this.#kept} bytes on disk there are ${onDisk} left`);
    this.#kept = onDisk;
    if (this.#cargo.entries.length > 1) {
      const corrupt = corruptFiles(this.#cargo, this.#received);
      if (corrupt.length > 0) throw new Error(`Files are wrong: ${corrupt.slice(0, 5).join(", ")}`);
    }
    return onDisk;
  }

  /** Resolves when nothing of the receiver's own is left in the download folder. */
  #tidy(): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (readdirSync(this.#received).includes(STATE_FOLDER)) return;
        watcher.close();
        resolve();
      };
      const watcher = watch(this.#received, look);
      look();
    });
  }

  /** Stops both nodes in good order and compares what is left: the cargo, and nothing else. */
  async #verify(): Promise<void> {
    for (const role of ROLES) {
      await this.#soon(`the ${role} stops`, this.#nodes.get(role)!.stop());
      this.#nodes.delete(role);
    }
    const names = readdirSync(this.#received);
    const expected = this.#cargo.path.slice(this.#cargo.path.lastIndexOf("/") + 1);
    if (names.join() !== expected) throw new Error(`The download folder has ${names.join(", ")}, and not ${expected}`);
    const found = describe(join(this.#received, expected));
    for (const [path, content] of Object.entries(this.#cargo.content)) {
      if (found[path] !== content) throw new Error(`"${path}" is ${found[path]}, and was ${content}`);
    }
    if (Object.keys(found).length !== Object.keys(this.#cargo.content).length) throw new Error("There are more files");
    rmSync(join(this.#received, expected), { recursive: true });
  }

  #tell(victim: string, missing: number): void {
    const { name, bytes } = this.#cargo;
    this.#print(
      `${this.#count}/${this.#options.faults} ${name}: ${victim}; ${bytes - missing} of ${bytes} bytes on disk, ` +
        `last asked for from ${this.#asked}`,
    );
  }

  /** Waits for something; it fails with the run, and when nothing comes. */
  async #soon<T>(what: string, work: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`It takes too long until ${what}: ${this.#state()}`)), SILENCE_MS_MAX);
    });
    try {
      return await Promise.race([work, this.#failed, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #state(): string {
    const notes = ROLES.map((role) => `${role}: ${this.#nodes.get(role)?.notes.slice(-5).join(" | ")}`);
    return JSON.stringify([...this.#offers.values()].map(({ stage, reason, done }) => [stage, reason, done])) +
      ` ${notes.join("; ")}`;
  }
}
