/**
 * A network in one process with virtual time: the same seed and the same program give the same run, event by event.
 *
 * @module
 */

import { HostError } from "../error.ts";
import type { PeerInfo, Timer } from "../host.ts";
import { CARRIED, type CarriedKind, copyDatagram, type Fabric, type Flow, type LocalHost } from "../local/mod.ts";
import { nextMacrotask } from "../timing/mod.ts";
import { TraceDigest } from "./digest.ts";
import { EventHeap, SimEvent, type Work } from "./events.ts";
import { SimHost, type SimTime } from "./host.ts";
import { LINK, Link, type LinkModel, linkModel } from "./link.ts";
import type { NatOptions, SimNat } from "./nat.ts";
import { Nats, type Route } from "./nats.ts";
import { SeededRandom } from "./random.ts";

/** Hosts get addresses of 10.0.0.0/8, so there are no more than these. */
const HOSTS_MAX = 2 ** 24 - 1;
/** The port in the addresses of hosts that name none. */
const PORT = 4653;
/** When virtual time begins by default: 2020-01-01T00:00:00Z, in milliseconds since 1970. */
const START_MS = 1_577_836_800_000;
const US_PER_MS = 1000;

const NOWHERE: readonly string[] = Object.freeze([]);

/** What the seeds of random numbers are for, so that no two generators are the same. */
const PURPOSE = Object.freeze({ host: 1, links: 2, script: 3 });

/** Options of a {@link SimNetwork}. */
export interface SimNetworkOptions {
  /** What the run depends on, a whole number; print it when a run fails, because it replays it. */
  readonly seed: number;
  /** What links are like unless {@link SimNetwork.setLink} says otherwise. */
  readonly link?: Partial<LinkModel>;
  /** When virtual time begins, in milliseconds since 1970. Default: the beginning of 2020. */
  readonly startMs?: number;
  /** Called with each datagram that is sent, whether it will be lost or not: for counting. It must not change anything. */
  readonly watch?: (bytes: Uint8Array, from: SimHost, to: SimHost) => void;
}

/** Options of {@link SimNetwork.addHost}. */
export interface SimHostOptions {
  /** The id of the host. Default `sim-` and its number. */
  readonly peerId?: string;
  /**
   * Where it is reached. Default `udp:10.x.y.z:4653`, with the host's number from 1 in the last three bytes, or behind a NAT
   * `udp:192.168.x.y:4653`.
   */
  readonly address?: string;
  /** The NAT behind which it is, of {@link SimNetwork.addNat}. Default: none. */
  readonly nat?: SimNat;
  /** How far the host's clock is off, in milliseconds. Default 0. */
  readonly clockSkewMs?: number;
}

/** How far to run. */
export interface RunOptions {
  /** Until this time after the beginning, in milliseconds. By default, until nothing is left to happen. */
  readonly untilMs?: number;
}

/**
 * A simulated network. Nothing happens by itself: {@link run}, {@link runSync} and {@link drive} let time pass.
 *
 * ```ts
 * const network = new SimNetwork({ seed: 1, link: { latencyMs: 40, loss: 0.05 } });
 * const [alice, bob] = [network.addHost(), network.addHost()];
 * const ping = alice.mountDatagrams("ping");
 * bob.mountDatagrams("ping", { receive: ({ bytes }) => console.log(bytes, network.nowMs) }); // Uint8Array(1) [ 7 ] 40
 * await network.drive(Promise.all([alice.start(), bob.start()]));
 * await ping.sendDatagram(Uint8Array.of(7), bob.info);
 * await network.run();
 * ```
 */
export class SimNetwork implements Fabric {
  /** The seed of the run. */
  readonly seed: number;
  /** Random numbers for the program that sets the scene. */
  readonly random: SeededRandom;
  readonly #time: SimTime;
  readonly #watch: ((bytes: Uint8Array, from: SimHost, to: SimHost) => void) | null;
  readonly #heap = new EventHeap();
  readonly #digest = new TraceDigest();
  readonly #hosts: SimHost[] = [];
  readonly #byId = new Map<string, SimHost>();
  readonly #byAddress = new Map<string, SimHost>();
  readonly #nats = new Nats();
  readonly #links = new Map<number, Link>();
  #model: LinkModel;
  /** The link of all hosts that have none of their own; only as long as links carry any amount at once. */
  #sharedLink: Link;
  #nowUs = 0;
  #sequence = 0;
  #eventCount = 0;
  #running = false;

  constructor({ seed, link = {}, startMs = START_MS, watch }: SimNetworkOptions) {
    this.seed = seed;
    this.#watch = watch ?? null;
    this.random = new SeededRandom(seed, PURPOSE.script);
    this.#time = {
      now: () => startMs + this.nowMs,
      setTimer: (index, life, delayMs, run) =>
        this.#schedule("timer", this.#afterMs(delayMs), index, index, null, run, life),
    };
    this.#model = linkModel(link, LINK);
    this.#sharedLink = new Link(this.#model);
  }

  /** Virtual time, in milliseconds since the beginning. */
  get nowMs(): number {
    return this.#nowUs / US_PER_MS;
  }

  /** How many events have happened. */
  get eventCount(): number {
    return this.#eventCount;
  }

  /** All hosts, in the order in which they were added. */
  get hosts(): readonly SimHost[] {
    return this.#hosts;
  }

  /** A number for everything that has happened, 32 hex digits: equal for equal runs. */
  digest(): string {
    return this.#digest.toString();
  }

  /**
   * Adds a host, which is not started yet.
   *
   * @throws HostError `address` if another host has its id or address
   */
  addHost(options: SimHostOptions = {}): SimHost {
    const index = this.#hosts.length;
    if (index === HOSTS_MAX) throw new RangeError(`A simulated network has at most ${HOSTS_MAX} hosts`);
    const { peerId = `sim-${index}`, nat = null, clockSkewMs = 0 } = options;
    const { address = nat === null ? addressOf(index) : nat.nextAddress() } = options;
    const neighbour = nat === null ? this.#byAddress.get(address) : nat.inside(address);
    if (this.#byId.has(peerId) || neighbour !== undefined) {
      throw new HostError("address", `Cannot add the host "${peerId}" at "${address}": the network has such a one`);
    }
    const host = new SimHost({
      index,
      peerId,
      address,
      fabric: this,
      random: new SeededRandom(this.seed, PURPOSE.host, index),
      linkRandom: new SeededRandom(this.seed, PURPOSE.links, index),
      time: this.#time,
      clockSkewMs,
    });
    this.#hosts.push(host);
    this.#byId.set(peerId, host);
    if (nat === null) this.#byAddress.set(address, host);
    else this.#nats.putBehind(nat, host);
    return host;
  }

  /** Adds a NAT, behind which hosts can be added. Datagrams pass it as it is set up, streams as if it were not there. */
  addNat(options: NatOptions = {}): SimNat {
    return this.#nats.add(options);
  }

  /** Calls `run` at a time in milliseconds since the beginning: crashes, partitions, whatever the scene demands. */
  at(timeMs: number, run: () => void): Timer {
    return this.#schedule("script", Math.max(this.#nowUs, Math.round(timeMs * US_PER_MS)), -1, -1, null, run);
  }

  /** Changes what one direction between two hosts is like. What is on its way already arrives as it would have. */
  setLink(from: SimHost, to: SimHost, changes: Partial<LinkModel>): void {
    const key = keyOf(from, to);
    this.#links.set(key, new Link(linkModel(changes, this.#links.get(key)?.model ?? this.#model)));
    this.#breakStreams();
  }

  /** Changes what all links are like that {@link setLink} didn't set. */
  setLinks(changes: Partial<LinkModel>): void {
    for (const [key, { model }] of this.#links) if (model === this.#model) this.#links.delete(key);
    this.#model = linkModel(changes, this.#model);
    this.#sharedLink = new Link(this.#model);
    this.#breakStreams();
  }

  /** Cuts the network into parts that cannot reach each other; hosts not named are one more part. Streams break. */
  partition(...parts: readonly Iterable<SimHost>[]): void {
    for (const host of this.#hosts) host.part = 0;
    for (const [index, part] of parts.entries()) {
      for (const host of part) host.part = index + 1;
    }
    this.#breakStreams();
  }

  /** Makes the network whole again. */
  heal(): void {
    this.partition();
  }

  /**
   * Lets time pass. After each event everything runs that it caused, before the next one happens, so programs with
   * promises are replayed too as long as they wait for nothing from outside.
   */
  async run({ untilMs = Infinity }: RunOptions = {}): Promise<void> {
    await this.#exclusively(async () => {
      await nextMacrotask();
      while (this.#step(untilMs)) await nextMacrotask();
      this.#skipTo(untilMs);
    });
  }

  /** Lets time pass without running what waits for promises: for engines that use none, and faster for those. */
  runSync({ untilMs = Infinity }: RunOptions = {}): void {
    this.#enter();
    try {
      while (this.#step(untilMs));
      this.#skipTo(untilMs);
    } finally {
      this.#running = false;
    }
  }

  /**
   * Lets time pass until a promise is settled, and returns its result.
   *
   * @throws Error if nothing is left to happen and the promise still waits
   */
  async drive<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const onSettled = () => {
      settled = true;
    };
    work.then(onSettled, onSettled);
    await this.#exclusively(async () => {
      await nextMacrotask();
      while (!settled) {
        if (!this.#step(Infinity)) throw new Error("Nothing is left to happen in the simulation, but its work waits");
        await nextMacrotask();
      }
    });
    return work;
  }

  find(peer: PeerInfo): SimHost | undefined {
    if (peer.peerId !== "") return this.#byId.get(peer.peerId);
    const { addresses = NOWHERE } = peer;
    for (let index = 0; index < addresses.length; index++) {
      const host = this.#byAddress.get(addresses[index]);
      if (host !== undefined) return host;
    }
    return undefined;
  }

  flow(from: LocalHost, to: LocalHost): Flow {
    const [source, target] = [from as SimHost, to as SimHost];
    let lastUs = 0;
    return {
      carry: (kind, bytes, deliver) => {
        if (!this.#isOpen(source, target)) return false;
        const link = this.#link(source, target);
        // A stream keeps its order: nothing arrives before what was sent before it.
        lastUs = Math.max(lastUs, link.partArrival(bytes?.length ?? 0, this.#nowUs, source.linkRandom));
        this.#schedule(kind, lastUs, source.index, target.index, bytes, deliver);
        return true;
      },
    };
  }

  carryDatagram(from: LocalHost, to: PeerInfo, path: string, bytes: Uint8Array): void {
    const source = from as SimHost;
    const target = this.find(to);
    if (this.#nats.isEmpty) {
      if (target !== undefined) this.#carry(source, target, path, bytes);
      return;
    }
    const route = this.#nats.route(source, target, to, this.nowMs);
    if (route !== null) this.#carry(source, route.target, path, bytes, route);
  }

  #carry(source: SimHost, target: SimHost, path: string, bytes: Uint8Array, route?: Route): void {
    this.#watch?.(bytes, source, target);
    if (source.part !== target.part) return;
    const link = this.#link(source, target);
    const arrivals = link.datagramArrivals(bytes.length, this.#nowUs, source.linkRandom);
    for (let index = 0; index < arrivals.length; index++) {
      const own = copyDatagram(bytes);
      const work = route === undefined ? path : () => {
        if (route.letsIn(this.nowMs)) target.receiveDatagram(path, own, route.seen);
      };
      this.#schedule("datagram", arrivals[index], source.index, target.index, own, work);
    }
  }

  #schedule(
    kind: CarriedKind,
    atUs: number,
    from: number,
    to: number,
    bytes: Uint8Array | null,
    work: Work,
    life?: number,
  ): SimEvent {
    const event = new SimEvent(this.#heap, atUs, this.#sequence++, CARRIED[kind], from, to, bytes, work, life);
    this.#heap.push(event);
    return event;
  }

  #afterMs(delayMs: number): number {
    return this.#nowUs + Math.round(delayMs * US_PER_MS);
  }

  /** Lets the next event happen, if its time is no later than the given one. */
  #step(untilMs: number): boolean {
    const event = this.#heap.peek();
    if (event === undefined || event.atUs > untilMs * US_PER_MS) return false;
    this.#heap.pop();
    this.#nowUs = event.atUs;
    this.#eventCount += 1;
    const digest = this.#digest;
    digest.integer(event.atUs);
    digest.word(event.kind);
    digest.word(event.from);
    digest.word(event.to);
    const { work, bytes } = event;
    if (bytes !== null) digest.bytes(bytes);
    event.work = null;
    if (typeof work === "string") this.#hosts[event.to].receiveDatagram(work, bytes!, this.#hosts[event.from].info);
    else if (event.kind !== CARRIED.timer || this.#hosts[event.to].life === event.life) work!();
    return true;
  }

  #skipTo(untilMs: number): void {
    if (untilMs !== Infinity) this.#nowUs = Math.max(this.#nowUs, Math.round(untilMs * US_PER_MS));
  }

  async #exclusively(work: () => Promise<void>): Promise<void> {
    this.#enter();
    try {
      await work();
    } finally {
      this.#running = false;
    }
  }

  #enter(): void {
    if (this.#running) throw new Error("The simulation is running already");
    this.#running = true;
  }

  #link(from: SimHost, to: SimHost): Link {
    // Only a link that is busy at times has anything to remember.
    const isShared = this.#model.bytesPerSecond === Infinity;
    if (isShared && this.#links.size === 0) return this.#sharedLink;
    const key = keyOf(from, to);
    let link = this.#links.get(key);
    if (link !== undefined) return link;
    if (isShared) return this.#sharedLink;
    link = new Link(this.#model);
    this.#links.set(key, link);
    return link;
  }

  #isOpen(from: SimHost, to: SimHost): boolean {
    return from.part === to.part && !this.#link(from, to).model.down;
  }

  #breakStreams(): void {
    for (const host of this.#hosts) {
      host.breakStreams((peer) => !this.#isOpen(host, peer as SimHost) || !this.#isOpen(peer as SimHost, host));
    }
  }
}

function keyOf(from: SimHost, to: SimHost): number {
  return from.index * HOSTS_MAX + to.index;
}

function addressOf(index: number): string {
  const number = index + 1;
  return `udp:10.${number >> 16}.${(number >> 8) & 255}.${number & 255}:${PORT}`;
}
