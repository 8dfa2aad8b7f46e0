/**
 * Warpdrive nodes for tests: services on hosts in memory, with folders of their own.
 *
 * @module
 */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { LocalHost } from "../../src/host/local/host.ts";
import { type Clock, type Host, memoryHost, MemoryNetwork, systemClock, systemRandom } from "../../src/host/mod.ts";
// A thread is started by the path of its program: named here, it is built together with the tests.
import type {} from "../../src/warpdrive/files/disk/disk-thread.ts";
import { memoryStore, type Store } from "../../src/store/mod.ts";
import {
  type OfferState,
  type WarpdriveClient,
  warpdriveClient,
  type WarpdriveService,
  warpdriveService,
  type WarpdriveServiceOptions,
} from "../../src/warpdrive/mod.ts";

/** The identities of the recordings: the public keys of the private keys 1, 2 and 3. */
export const IDS = {
  A: "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
  B: "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
  C: "02f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9",
} as const;

/** How much faster the time of {@link Nodes.fastHost} goes. */
const SPEED = 50;
const startMs = systemClock.now();
/** A clock that goes faster. */
export const fastClock: Clock = {
  now: () => startMs + SPEED * (systemClock.now() - startMs),
  setTimer: (delayMs, run) => systemClock.setTimer(delayMs / SPEED, run),
};

/** A clock that goes faster until it is calmed: where a machine has much to do, short times would not be enough. */
export function calmableClock(): Clock & { calm(): void } {
  let calmed: { readonly fromMs: number; readonly atMs: number } | null = null;
  const now = () => calmed === null ? fastClock.now() : calmed.fromMs + systemClock.now() - calmed.atMs;
  return {
    now,
    setTimer: (delayMs, run) => (calmed === null ? fastClock : systemClock).setTimer(delayMs, run),
    calm: () => void (calmed ??= { fromMs: now(), atMs: systemClock.now() }),
  };
}

/** One node. */
export interface Node {
  readonly host: Host;
  readonly store: Store;
  readonly service: WarpdriveService;
  /** A client of the node itself. */
  readonly client: WarpdriveClient;
  /** The download folder. */
  readonly downloads: string;
  /** A folder for files to send. */
  readonly sources: string;
  /** What went wrong in the background. */
  readonly errors: unknown[];
}

/** Nodes on one network; everything they made is removed at the end. */
export class Nodes implements AsyncDisposable {
  readonly network = new MemoryNetwork();
  readonly #folder = mkdtempSync(join(tmpdir(), "warpwire-nodes-"));
  readonly #ends: (() => Promise<unknown>)[] = [];

  /** A host without a service. */
  async host(peerId: string): Promise<Host> {
    const host = await memoryHost({ network: this.network, peerId });
    this.#ends.unshift(() => host.stop());
    return host;
  }

  /** A host without a service whose time goes faster, so that nobody has to wait for timeouts and pauses. */
  async fastHost(peerId: string, clock: Clock = fastClock): Promise<Host> {
    const fabric = this.network;
    const host = new LocalHost({ peerId, addresses: [], fabric, clock, random: systemRandom });
    fabric.add(host);
    await host.start();
    this.#ends.unshift(() => host.stop());
    return host;
  }

  /** A node with a service that runs. */
  async node(peerId: string, options: Partial<WarpdriveServiceOptions> = {}): Promise<Node> {
    const host = options.host ?? await this.host(peerId);
    const store = options.store ?? await memoryStore();
    const [downloads, sources] = ["received", "sources"].map((name) => this.folder(`${name}-${peerId}`));
    const errors: unknown[] = [];
    const service = warpdriveService({ host, store, downloads, onError: (error) => errors.push(error), ...options });
    await service.start();
    this.#ends.unshift(() => service.stop());
    return { host, store, service, client: warpdriveClient({ host }), downloads, sources, errors };
  }

  /** A folder that is there. */
  folder(name: string): string {
    const path = join(this.#folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends) await end();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Writes files into a folder, by path below it. */
export function write(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** The files of a folder by path below it, without the receiver's own bookkeeping. */
export function read(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const files = names.filter((name) => !name.startsWith(".") && statSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

/** Waits until an offer is as it should be, and returns it; what stands in its way is told after half a minute. */
export async function until(
  { service }: Node,
  direction: "incoming" | "outgoing",
  id: string,
  holds: (offer: OfferState) => boolean,
): Promise<OfferState> {
  const controller = new AbortController();
  const events = service.offers.events(controller.signal);
  let last: OfferState | undefined;
  const timer = setTimeout(() => controller.abort(), 30_000);
  try {
    const now = () => last = service.offers.list(direction).find((offer) => offer.id === id) ?? last;
    for (;;) {
      const offer = now();
      if (offer !== undefined && holds(offer)) return offer;
      if ((await events.next()).done) throw new Error(`The offer stays ${JSON.stringify(last)}`);
    }
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

/** Waits for a stage of an offer. */
export function stage(
  node: Node,
  direction: "incoming" | "outgoing",
  id: string,
  name: OfferState["stage"],
): Promise<OfferState> {
  return until(node, direction, id, (offer) => offer.stage === name);
}

/** The code of what a promise is rejected with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then((value) => new Error(`It resolved to ${JSON.stringify(value)}`), (error) => error);
  assert.ok("code" in error, String(error?.stack ?? error));
  return error.code;
}

/** Waits for what happens on other streams in later turns of the event loop. */
export async function settled(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100_000 && !holds(); turn++) await new Promise<void>((resolve) => setTimeout(resolve, 0));
}
