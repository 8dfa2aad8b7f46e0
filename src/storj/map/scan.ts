/**
 * One look at the nodes around: what they are, and whom they know, as they say it themselves.
 *
 * @module
 */

import { formatHex, parseHex } from "../../../codec/mod.ts";
import type { NodeInfo } from "../../../codec/protocols/storj/mod.ts";
import type { Clock, WaitOptions } from "../../host/mod.ts";
import { formatAddress, NODE_ID_BYTES } from "../../identity/mod.ts";
import type { StorjNode } from "../api.ts";
import { StorjError } from "../error.ts";
import { plainText } from "./labels.ts";

/** Nodes that are asked at a time. */
const ASKED_AT_A_TIME = 16;
/** How long a node may take, in milliseconds: it is asked again after 1, 3, 5, 10, 15 and 20 s. */
const ASK_MS = 60_000;
/** Peers of a node that are believed: more do not fit into an answer. */
const PEERS_MAX = 25;
/** Nodes that wait to be asked; those that are farther are left out. */
const WAITING_MAX = 1000;

/** What a node has said of itself. Its texts are cut after 64 characters, and have only those of ASCII. */
export interface ScannedNode {
  /** Addresses of the nodes near to it. */
  readonly peers: readonly string[];
  readonly storage: NodeInfo["storage"];
  readonly network: NodeInfo["network"];
  readonly version: string;
  readonly platform: NodeInfo["platform"];
  /** How long its answers took, in milliseconds; with the pauses after which it was asked again. */
  readonly latency: { readonly info: number; readonly peers: number };
}

/** What a scan needs of a node. */
export type ScanningNode = Pick<StorjNode, "nodeId" | "knownPeers" | "requestInfo" | "requestPeers">;

/** Options of a scan. */
export interface ScanOptions {
  /** How many nodes have to answer. */
  readonly limit: number;
  readonly clock: Clock;
  /** Ends it; what has come by then counts. */
  readonly signal: AbortSignal;
}

/** Asks nodes from near to far, until enough have answered or nobody is left. Returns them by their addresses. */
export async function scan(node: ScanningNode, options: ScanOptions): Promise<Record<string, ScannedNode>> {
  const work = new Scan(node, options);
  await work.run();
  return Object.fromEntries(work.processed);
}

class Scan {
  readonly processed = new Map<string, ScannedNode>();
  readonly #node: ScanningNode;
  readonly #options: ScanOptions;
  /** What is under way. One signal for all of it would have more listeners than Node takes for a leak. */
  readonly #open = new Set<AbortController>();
  /** Whether enough have answered, or nobody waits for it any more. */
  #isOver = false;
  /** What should not happen. */
  #fault: { readonly error: unknown } | null = null;
  /** Ids that were heard of. */
  readonly #known: Set<string>;
  /** Ids to ask, the nearest last. */
  readonly #waiting: string[] = [];
  #wake: () => void = () => {};

  constructor(node: ScanningNode, options: ScanOptions) {
    this.#node = node;
    this.#options = options;
    this.#known = new Set([formatHex(node.nodeId)]);
    this.#add(node.knownPeers().map(({ contact }) => formatHex(contact.id)));
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    const stop = () => this.#stop();
    signal.addEventListener("abort", stop, { once: true });
    try {
      while (!this.#isOver && !signal.aborted) {
        while (this.#open.size < ASKED_AT_A_TIME && this.#waiting.length > 0) void this.#ask(this.#waiting.pop()!);
        if (this.#open.size === 0) break;
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
    } finally {
      signal.removeEventListener("abort", stop);
      this.#stop();
    }
    if (this.#fault !== null) throw this.#fault.error;
  }

  async #ask(id: string): Promise<void> {
    const controller = new AbortController();
    this.#open.add(controller);
    try {
      await this.#askBoth(id, { signal: controller.signal, timeoutMs: ASK_MS });
    } catch (error) {
      // It has not answered, or the node is closed: then the scan is given up, too.
      if (!(error instanceof StorjError)) this.#fault = { error };
      if (this.#fault !== null) this.#stop();
    } finally {
      // Of two questions the other one may be open.
      controller.abort();
      this.#open.delete(controller);
      this.#wake();
    }
  }

  async #askBoth(id: string, options: WaitOptions): Promise<void> {
    const { clock, limit } = this.#options;
    const begin = clock.now();
    const timed = async <T>(work: Promise<T>) => ({ answer: await work, latency: clock.now() - begin });
    const namePeers = async () => {
      const peers = (await this.#node.requestPeers(id, options)).slice(0, PEERS_MAX);
      this.#add(peers);
      return peers;
    };
    const [info, peers] = await Promise.all([timed(this.#node.requestInfo(id, options)), timed(namePeers())]);
    if (this.processed.size >= limit) return;
    const latency = { info: info.latency, peers: peers.latency };
    this.processed.set(addressOf(id), { ...asPlain(info.answer, peers.answer), latency });
    if (this.processed.size >= limit) this.#stop();
  }

  #stop(): void {
    this.#isOver = true;
    for (const controller of this.#open) controller.abort();
    this.#wake();
  }

  #add(ids: readonly string[]): void {
    const fresh = ids.filter((id) => !this.#known.has(id));
    if (fresh.length === 0) return;
    for (const id of fresh) this.#known.add(id);
    const own = this.#node.nodeId;
    this.#waiting.push(...new Set(fresh));
    const distances = new Map(this.#waiting.map((id) => [id, distanceOf(id, own)]));
    this.#waiting.sort((a, b) => distances.get(a)! < distances.get(b)! ? 1 : -1);
    for (const id of this.#waiting.splice(0, Math.max(0, this.#waiting.length - WAITING_MAX))) this.#known.delete(id);
    this.#wake();
  }
}

/** The address of a node: what it is called in datasets. */
function addressOf(id: string): string {
  return formatAddress(parseHex(id));
}

/** The distance of an id as text that can be compared. */
function distanceOf(id: string, own: Uint8Array): string {
  return formatHex(parseHex(id).map((byte, at) => byte ^ own[at]));
}

function asPlain(
  { version, storage, network, platform }: NodeInfo,
  peers: readonly string[],
): Omit<ScannedNode, "latency"> {
  const { transport: { ip, port }, unl, isPublic } = network;
  const { total, used, free } = storage;
  return {
    peers: peers.filter((id) => id.length === 2 * NODE_ID_BYTES).map(addressOf),
    storage: { total, used, free },
    network: { transport: { ip: plainText(ip), port }, unl: plainText(unl), isPublic },
    version: plainText(version),
    platform: {
      system: plainText(platform.system),
      release: plainText(platform.release),
      version: plainText(platform.version),
      machine: plainText(platform.machine),
    },
  };
}
