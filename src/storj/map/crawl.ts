/**
 * Asks everybody whom it knows.
 *
 * @module
 */

import { formatHex } from "../../../codec/mod.ts";
import { CONTACTS_MAX, type Era, type RpcReply } from "../../../codec/protocols/storj/mod.ts";
import type { WaitOptions } from "../../host/mod.ts";
import { type Contact, ContactCache } from "../../kademlia/mod.ts";
import type { Cancel, Outcome } from "../../rpc/mod.ts";
import type { StorjNode } from "../api.ts";
import { groundOf } from "../ground-of.ts";
import type { Ground } from "../ground.ts";
import { type Entry, Frontier, sourceOf } from "./frontier.ts";
import type { MapNode, NetworkMap } from "./network-map.ts";

/** Nodes that are asked at a time, besides those that are late. */
const WORKERS = 32;
const WORKERS_MAX = 256;
/** Nodes whose answers are late do not keep others from being asked, as long as they are not more. */
const LATE_MAX = 256;
/** Nodes of a map. */
const NODES_MAX = 10_000;
/** Buckets of a node that are asked for: as many as networks of ten million have. */
const BUCKETS_MAX = 20;
/** Before an answer is that late, in milliseconds, nobody is asked in the other era. */
const OTHER_ERA_MS_MIN = 10;
/** What asking a node takes in all, in milliseconds: who answers just in time is not asked everything. */
const VISIT_MS = 15_000;

/** How far a crawl has come. */
export interface CrawlProgress {
  /** Nodes that were heard of. */
  readonly nodes: number;
  /** Those that have answered. */
  readonly answered: number;
  /** Those that are to be asked. */
  readonly waiting: number;
}

/** Options of {@link crawl}. */
export interface CrawlOptions extends WaitOptions {
  /** How many nodes are asked at a time. Default 32. */
  readonly workers?: number;
  /** How many nodes the map has at most; a crawl is not complete when there are more. Default 10,000. */
  readonly nodesMax?: number;
  /** Called after each node. It must not throw. */
  readonly onProgress?: (progress: CrawlProgress) => void;
}

/**
 * Makes a map of the network. Every node is asked for the nodes around its own id, and then for those in each of the
 * parts of the network that are farther away, until nothing is left of its table; that takes about
 * `2 + log2(nodes / 20)` requests a node. Nodes that do not answer are in the map, but name nobody; and nobody names the
 * node that asks, because answers leave that out.
 *
 * ```ts
 * import { crawl, mapSvg, storjNode } from "warpwire/storj";
 *
 * await using first = await storjNode();
 * await using second = await storjNode({ bootstrap: [`127.0.0.1:${first.port}`] });
 * await second.ready();
 * const map = await crawl(second);
 * console.log(map.nodes.size, map.nodes.get(first.nodeIdHex)?.seen !== null); // 2 true
 * const picture = await mapSvg(map);
 * ```
 *
 * @throws StorjError `aborted`, `timeout` (no default), `closed`
 */
export async function crawl(node: StorjNode, options?: CrawlOptions): Promise<NetworkMap> {
  return await crawlFrom(groundOf(node), options);
}

/** What a crawl needs of a node. */
type CrawlGround = Pick<Ground, "rpc" | "dht" | "host" | "network" | "wait">;

/** The same from what a node stands on. */
export async function crawlFrom(ground: CrawlGround, options: CrawlOptions = {}): Promise<NetworkMap> {
  const { workers = WORKERS, nodesMax = NODES_MAX, onProgress } = options;
  if (!(Number.isInteger(workers) && workers >= 1 && workers <= WORKERS_MAX)) {
    throw new RangeError(`Cannot use ${workers} as workers: there are 1 to ${WORKERS_MAX}`);
  }
  if (!(nodesMax >= 1)) throw new RangeError(`Cannot use ${nodesMax} as nodesMax`);
  return await ground.wait<NetworkMap>("Making a map", options, ({ resolve }) => {
    const work = new Crawl(ground, { workers, nodesMax, onProgress }, resolve);
    work.start();
    return () => work.stop();
  });
}

/** The options of a crawl that it needs. */
interface CrawlPlan {
  readonly workers: number;
  readonly nodesMax: number;
  readonly onProgress: CrawlOptions["onProgress"];
}

/** A node that is being asked. */
interface Visit {
  readonly contact: Contact;
  /** What it speaks: some nodes understand only one era. */
  era: Era;
  readonly startedMs: number;
  cancel: Cancel;
  isLate: boolean;
}

class Crawl {
  readonly #ground: CrawlGround;
  readonly #plan: CrawlPlan;
  readonly #done: (map: NetworkMap) => void;
  readonly #frontier: Frontier;
  readonly #contacts = new ContactCache();
  readonly #visits = new Set<Visit>();
  readonly #self: string;
  /** The era in which others ask, and those of contacts that are known to speak the other one. */
  readonly #era: Era;
  readonly #eras = new Map<string, Era>();
  #late = 0;
  #isOver = false;

  constructor(ground: CrawlGround, plan: CrawlPlan, done: (map: NetworkMap) => void) {
    this.#ground = ground;
    this.#plan = plan;
    this.#done = done;
    this.#frontier = new Frontier(plan.nodesMax);
    this.#self = formatHex(ground.dht.id);
    this.#era = ground.network === "storjnet" ? "storjrpcudp" : "rpcudp";
  }

  /** Begins with the own contacts. */
  start(): void {
    const { dht, host } = this.#ground;
    const contacts = dht.contacts().map(({ contact }) => contact);
    const peers = new Set<string>();
    this.#frontier.nodes.set(this.#self, {
      ...{ address: host.addresses()[0] ?? "", roundTripMs: 0, seen: host.clock.now() },
      ...{ peers, isNamed: true, sources: [] },
    });
    for (const contact of contacts) {
      const { era = this.#era } = dht.callOptions(contact);
      if (era !== this.#era) this.#eras.set(contact.address, era);
      if (this.#frontier.add(contact, this.#self)) peers.add(formatHex(contact.id));
    }
    this.#askMore();
  }

  /** Asks nobody any more. */
  stop(): void {
    this.#isOver = true;
    for (const { cancel } of this.#visits) cancel();
    this.#visits.clear();
  }

  #askMore(): void {
    // Whoever is told of the progress may have given it up.
    if (this.#isOver) return;
    const { workers } = this.#plan;
    while (this.#visits.size - this.#late < workers && this.#visits.size < workers + LATE_MAX) {
      const contact = this.#frontier.next();
      if (contact === null) break;
      this.#visit(contact);
    }
    if (this.#visits.size === 0) this.#done(this.#map());
  }

  #visit(contact: Contact): void {
    const era = this.#eras.get(contact.address) ?? this.#era;
    const startedMs = this.#ground.host.clock.now();
    const pings = new Map<Era, Cancel>();
    const cancel = () => pings.forEach((cancelPing) => cancelPing());
    const visit: Visit = { contact, era, startedMs, isLate: false, cancel };
    this.#visits.add(visit);
    this.#ping(visit, era, pings);
  }

  /** Asks who is there; in the other era, too, while nobody answers. */
  #ping(visit: Visit, era: Era, pings: Map<Era, Cancel>): void {
    const { rpc, dht } = this.#ground;
    const onLate = () => {
      this.#isLate(visit);
      const other = era === "rpcudp" ? "storjrpcudp" : "rpcudp";
      if (era === visit.era) this.#ping(visit, other, pings);
    };
    const settle = (outcome: Outcome<"ping">) => {
      pings.delete(era);
      if (outcome.error !== undefined) {
        if (pings.size === 0) this.#leave(visit);
        return;
      }
      visit.cancel();
      visit.era = era;
      const entry = this.#noteAnswer(visit, outcome.reply, outcome.roundTripMs);
      if (entry === null) this.#leave(visit);
      else this.#ask(visit, entry, { id: outcome.reply, bucket: -1, buckets: BUCKETS_MAX });
    };
    pings.set(
      era,
      rpc.call(visit.contact.address, "ping", { nodeId: dht.id }, settle, {
        era,
        onLate,
        retryMsMin: OTHER_ERA_MS_MIN,
      }),
    );
  }

  #noteAnswer({ contact }: Visit, id: Uint8Array, roundTripMs: number): Entry | null {
    if (id.length !== this.#ground.dht.id.length || formatHex(id) === this.#self) return null;
    return this.#frontier.answered(contact, id, { seen: this.#ground.host.clock.now(), roundTripMs });
  }

  /** Asks for the nodes around an id (bucket -1), and then for those in one bucket after the other. */
  #ask(visit: Visit, entry: Entry, part: Part): void {
    const { rpc, dht } = this.#ground;
    const args = { nodeId: dht.id, key: part.bucket < 0 ? part.id : withBitFlipped(part.id, part.bucket) };
    visit.cancel = rpc.call(visit.contact.address, "find_node", args, (outcome: Outcome<"find_node">) => {
      // Meanwhile somebody else may have answered where it should be.
      if (outcome.error !== undefined || entry.address !== visit.contact.address) return this.#leave(visit);
      const named = outcome.reply.slice(0, CONTACTS_MAX);
      for (const contact of named) this.#note(visit, entry, contact);
      const next = nextPart(part, named);
      const isLong = this.#ground.host.clock.now() - visit.startedMs > VISIT_MS;
      if (next === null || isLong) this.#leave(visit);
      else this.#ask(visit, entry, next);
    }, { era: visit.era, onLate: () => this.#isLate(visit) });
  }

  #note({ contact: by }: Visit, { peers }: Entry, { id, ip, port }: RpcReply<"find_node">[number]): void {
    const name = formatHex(id);
    const contact = this.#contacts.intern(id, ip, port);
    const isOwn = name === this.#self;
    if (isOwn || (contact !== null && this.#frontier.add(contact, sourceOf(by)))) peers.add(name);
  }

  #isLate(visit: Visit): void {
    if (visit.isLate || !this.#visits.has(visit)) return;
    visit.isLate = true;
    this.#late += 1;
    this.#askMore();
  }

  #leave(visit: Visit): void {
    this.#visits.delete(visit);
    if (visit.isLate) this.#late -= 1;
    const { nodes, answers, waiting } = this.#frontier;
    this.#plan.onProgress?.({ nodes: nodes.size, answered: 1 + answers, waiting: waiting + this.#visits.size });
    this.#askMore();
  }

  #map(): NetworkMap {
    const { nodes, isComplete } = this.#frontier;
    const plain = [...nodes].map(([id, { address, peers, roundTripMs, seen }]): [string, MapNode] => [
      id,
      { address: address.replace(/^udp:/, ""), peers: [...peers], roundTripMs, seen },
    ]);
    return {
      self: this.#self,
      made: this.#ground.host.clock.now(),
      complete: isComplete,
      nodes: new Map(plain),
    };
  }
}

/** A part of a node's table. */
interface Part {
  readonly id: Uint8Array;
  /** The bits that ids of the bucket share with the own one; -1 for what is nearest. */
  readonly bucket: number;
  /** How many buckets there are to ask for. */
  readonly buckets: number;
}

/**
 * The next part. The nearest ones contain all nearer buckets than that of the farthest among them: those need not be
 * asked for.
 */
function nextPart({ id, bucket, buckets }: Part, named: RpcReply<"find_node">): Part | null {
  const all = bucket >= 0
    ? buckets
    : Math.min(buckets, 1 + Math.min(...named.map((contact) => sharedBits(id, contact.id))));
  return bucket + 1 < all && named.length > 0 ? { id, bucket: bucket + 1, buckets: all } : null;
}

function sharedBits(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at < 0 ? 8 * a.length : 8 * at + Math.clz32(a[at] ^ b[at]) - 24;
}

function withBitFlipped(id: Uint8Array, bit: number): Uint8Array {
  return id.map((byte, index) => index === bit >> 3 ? byte ^ (0x80 >> (bit & 7)) : byte);
}
