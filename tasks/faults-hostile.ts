/**
 * Thousands of hostile offers against a whole service, some of which are accepted and then served by the same peers.
 *
 * @module
 */

import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { fromSeed, pick } from "../codec/arbitrary/random.ts";
import type { RandomSource } from "../codec/schema/extension.ts";
import { CodecError } from "../codec/mod.ts";
import { requestSchema, unified } from "../codec/protocols/warpdrive/mod.ts";
import { type Host, HostError, type Stream } from "../src/host/mod.ts";
import { SessionReader } from "../src/warpdrive/client/session-reader.ts";
import { type CollisionPolicy, FilesError, OFFER_LIMITS, WarpdriveError } from "../src/warpdrive/mod.ts";
import { IDS, type Node, Nodes, stage } from "../test/warpdrive/nodes.ts";
import { describe } from "./faults-disk.ts";
import { type HostileOffer, HostileOffers } from "./faults-hostile-offers.ts";

/** What a run does. */
export interface HostileOptions {
  readonly seed: number;
  readonly offers: number;
  readonly onCollision: CollisionPolicy;
}

/** What came of a run in which nothing happened that must not. */
export interface HostileReport {
  readonly offers: number;
  /** How the offers were answered; `closed` without an answer. */
  readonly answers: Readonly<Record<string, number>>;
  /** The offers that are stored at the end, by stage. */
  readonly stored: Readonly<Record<string, number>>;
  /** The most memory that objects took beyond that of the beginning, garbage not counted. */
  readonly heapGrowthBytes: number;
}

const [PORT] = unified.ports;
/** Peers that send offers; the first ones are trusted, so that theirs are downloaded. */
const PEERS = 40;
const TRUSTED = 2;
const AT_ONCE = 8;
/** How often the memory is looked at. */
const LOOK_OFFERS = 500;
const HEAP_GROWTH_BYTES_MAX = 64 * 2 ** 20;
/** How often a peer answers the downloads of one offer, before it refuses them. */
const SERVED_MAX = 3;
const ANSWER_MS_MAX = 5000;

/** Sends hostile offers, and rejects when anything changes that must not, or the service suffers. */
export async function runHostile({ seed, offers, onCollision }: HostileOptions): Promise<HostileReport> {
  await using nodes = new Nodes();
  const errors = new Set<string>();
  const b = await nodes.node(IDS.B, {
    ...{ host: await nodes.fastHost(IDS.B), onCollision },
    onError: (error) => isExpected(error) || errors.add(error instanceof Error ? String(error.stack) : String(error)),
  });
  const surrounding = dirname(b.downloads);
  fill(surrounding, b.downloads);
  const before = outside(surrounding, b.downloads, onCollision);
  // It never reads: nobody else may have to wait for it, nor may its memory grow for ever.
  b.service.offers.events();
  const choose = fromSeed(seed);
  const peers = await hostilePeers(nodes, b, fromSeed(seed + 1));
  const source = new HostileOffers(choose, [join(surrounding, "victim"), join(surrounding, "outside", "a")]);
  const report = { offers, answers: {} as Record<string, number>, stored: {} as Record<string, number> };
  const heapStart = heapBytes();
  let heapGrowthBytes = 0;
  for (let sent = 0; sent < offers; sent += AT_ONCE) {
    const wave = Array.from({ length: AT_ONCE }, () => ({ host: pick(choose, peers), offer: source.next() }));
    for (const answer of await Promise.all(wave.map(({ host, offer }) => sendOffer(host, offer)))) {
      report.answers[answer] = (report.answers[answer] ?? 0) + 1;
    }
    acceptSome(b, choose);
    if (sent % LOOK_OFFERS < AT_ONCE) heapGrowthBytes = Math.max(heapGrowthBytes, heapBytes() - heapStart);
  }
  await settled(b);
  heapGrowthBytes = Math.max(heapGrowthBytes, heapBytes() - heapStart);
  for (const { stage } of b.service.offers.list()) report.stored[stage] = (report.stored[stage] ?? 0) + 1;
  expect(errors.size === 0, `errors of the program: ${[...errors].join("\n")}`);
  expect(heapGrowthBytes <= HEAP_GROWTH_BYTES_MAX, `memory grew by ${heapGrowthBytes} bytes`);
  const { offersMax, strangersOffersMax } = OFFER_LIMITS;
  expect(b.service.offers.list().length <= offersMax + strangersOffersMax, "there are too many offers");
  const after = outside(surrounding, b.downloads, onCollision);
  expect(
    JSON.stringify(after) === JSON.stringify(before),
    `of ${JSON.stringify(before)} became ${JSON.stringify(after)}`,
  );
  await works(nodes, b);
  return { ...report, heapGrowthBytes };
}

function expect(holds: boolean, message: string): void {
  if (!holds) throw new Error(`Hostile offers: ${message}`);
}

/** Whether an error is one of those that bad offers and bad peers are expected to cause. */
function isExpected(error: unknown): boolean {
  return [HostError, CodecError, WarpdriveError, FilesError].some((kind) => error instanceof kind) &&
    (error as FilesError).code !== "disk";
}

/** Things that nobody may touch, and links to them in the download folder. */
function fill(surrounding: string, downloads: string): void {
  writeFileSync(join(surrounding, "victim"), "victim");
  mkdirSync(join(surrounding, "outside"));
  writeFileSync(join(surrounding, "outside", "a"), "a");
  for (const [name, target] of [["link", "../outside"], ["dead", "../nowhere"], ["victim-link", "../victim"]]) {
    symlinkSync(target, join(downloads, name));
  }
  writeFileSync(join(downloads, "file"), "mine");
  mkdirSync(join(downloads, "folder"));
}

/** Everything around the download folder, and what was in it before as far as the policy keeps it. */
function outside(surrounding: string, downloads: string, onCollision: CollisionPolicy): [string, string][] {
  const inside = downloads.slice(surrounding.length);
  const own = onCollision === "rename" ? ["link", "dead", "victim-link", "file", "folder"] : [];
  const kept = new Set(own.map((name) => `${inside}/${name}`));
  return Object.entries(describe(surrounding))
    .filter(([path]) => !path.startsWith(`${inside}/`) || kept.has(path.split("/", 3).join("/")));
}

async function hostilePeers(nodes: Nodes, b: Node, choose: RandomSource): Promise<Host[]> {
  const hosts: Host[] = [];
  for (let n = 0; n < PEERS; n++) {
    const host = await nodes.fastHost(`03${String(n).padStart(64, "0")}`);
    if (n < TRUSTED) await b.service.peers.setRule(host.peerId, "trust");
    void serve(host, choose);
    hosts.push(host);
  }
  return hosts;
}

/** Sends an offer in two pieces, and waits for the answer or leaves before it. */
async function sendOffer(host: Host, { port, bytes }: HostileOffer): Promise<string> {
  try {
    await using stream = await host.openStream({ peerId: IDS.B }, port.name);
    const cut = bytes.length >> 1;
    await stream.write(bytes.subarray(0, cut));
    await stream.write(bytes.subarray(cut));
    if (bytes.length % 8 === 0) return "left";
    const answer = new Uint8Array(1);
    const count = await stream.read(answer, { timeoutMs: ANSWER_MS_MAX });
    return count === null ? "closed" : String(answer[0]);
  } catch (error) {
    if (error instanceof HostError) return error.code;
    throw error;
  }
}

/** A careless user accepts what comes, and looks where it would go. */
function acceptSome({ service }: Node, choose: RandomSource): void {
  if (choose(19) > 0) return;
  const waiting = service.offers.list("incoming").filter(({ stage }) => stage === "awaiting");
  if (waiting.length === 0) return;
  const { key } = pick(choose, waiting);
  service.offers.targets(key).catch(() => {});
  service.offers.accept(key).catch(() => {});
}

/** Answers downloads: with too little, too much, nothing, and sometimes with what was asked for. */
async function serve(host: Host, choose: RandomSource): Promise<void> {
  const served = new Map<string, number>();
  for await (const incoming of host.mountStreams(PORT.name)) {
    const stream = await incoming.accept();
    answer(stream, host, served, choose).catch(() => {}).finally(() => stream.close());
  }
}

async function answer(stream: Stream, host: Host, served: Map<string, number>, choose: RandomSource): Promise<void> {
  const reader = new SessionReader(stream, host.clock);
  const request = await reader.message(requestSchema(PORT), { timeoutMs: ANSWER_MS_MAX });
  const id = String(request.offerId);
  const times = (served.get(id) ?? 0) + 1;
  served.set(id, times);
  if (times > SERVED_MAX) return;
  if (request.command === "fileHash") return await answerHash(stream, choose);
  if (request.command !== "download") return;
  const kind = choose(9);
  if (kind === 0) return;
  await stream.write(Uint8Array.of(kind === 1 ? 1 : 0));
  if (kind === 2) return stream.abort();
  await stream.write(new Uint8Array(pick(choose, [1_000_000, 0, 1, 5000, 100_000])));
  await reader.byte({ timeoutMs: ANSWER_MS_MAX });
}

/** Answers with a hash, with none, with what is none, or with the beginning of one. */
async function answerHash(stream: Stream, choose: RandomSource): Promise<void> {
  const text = pick(choose, ["0".repeat(64), "", "x".repeat(255), "../x"]);
  const answer = Uint8Array.of(text.length, ...new TextEncoder().encode(text));
  await stream.write(answer.subarray(0, choose(4) === 0 ? choose(answer.length) : answer.length));
}

/** Waits until no download continues. */
async function settled({ service }: Node): Promise<void> {
  const events = service.offers.events();
  const running = () =>
    service.offers.list("incoming").some(({ stage }) => stage === "accepted" || stage === "updated");
  while (running()) await events.next();
  await events.return?.();
}

/** A peer that means well gets its file through. */
async function works(nodes: Nodes, b: Node): Promise<void> {
  const a = await nodes.node(IDS.A);
  writeFileSync(join(a.sources, "fine.txt"), "still fine");
  const { offerId } = await a.client.createOffer(IDS.B, join(a.sources, "fine.txt"));
  await b.client.acceptFrom(IDS.A, offerId);
  await stage(b, "incoming", offerId, "completed");
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Memory that objects and buffers take. */
function heapBytes(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
