/**
 * What stands between hosts at home and the network: it gives what they send an address of its own, and lets in only what
 * it takes for an answer.
 *
 * @module
 */

import type { PeerInfo } from "../host.ts";
import type { SimHost } from "./host.ts";

/** What a {@link SimNat} is like, in the words of RFC 4787. */
export interface NatOptions {
  /**
   * What gets a port outside: a socket, wherever it sends to (a "cone"), or a socket for each destination ("symmetric").
   * Default `socket`.
   */
  readonly mapping?: "socket" | "destination";
  /**
   * What is let in: everything that comes to an open port (`none`, a "full cone"); what comes from an IP address that was
   * sent to; or what comes from an address and port that was sent to. Default `port`.
   */
  readonly filter?: "none" | "address" | "port";
  /** How long a port stays open, and an address let in, after the last datagram that went out. Default 30,000 ms. */
  readonly idleMs?: number;
}

const IDLE_MS = 30_000;
/** Ports that are given out, one after the other: one that was closed comes again as late as possible. */
const PORT_MIN = 1024;
const PORT_MAX = 65_535;
const PORTS = PORT_MAX - PORT_MIN + 1;
/** The port of hosts behind it, as of others. */
const INNER_PORT = 4653;
const INNER_MAX = 2 ** 16 - 1;
/** A table of this size is looked through for what is over, and then when it has doubled. */
const SWEEP_MIN = 64;

/** A port that is open, or was. */
interface Mapping {
  readonly name: string;
  readonly host: SimHost;
  readonly port: number;
  /** How others see the host. */
  readonly info: PeerInfo;
  /** When something went out the last time. */
  lastMs: number;
  /** Who was sent to, and when the last time; null if everything is let in. */
  readonly sentTo: Map<string, number> | null;
  sweepSize: number;
}

/**
 * A NAT of a simulated network, made by `SimNetwork.addNat()`. Hosts behind it have addresses like `udp:192.168.0.1:4653`,
 * which mean nothing outside. They reach each other by these, and by those outside ("hairpinning").
 */
export class SimNat {
  /** Its address outside, which all hosts behind it share. */
  readonly ip: string;
  readonly #isSymmetric: boolean;
  readonly #filter: "none" | "address" | "port";
  readonly #idleMs: number;
  /** By inner address. */
  readonly #hosts = new Map<string, SimHost>();
  /** By host, and by destination if that counts. */
  readonly #byName = new Map<string, Mapping>();
  readonly #byPort = new Map<number, Mapping>();
  #sweepSize = SWEEP_MIN;
  #port = PORT_MIN - 1;
  #lost = 0;

  /** For the network: `SimNetwork.addNat()` makes them. */
  constructor(ip: string, { mapping = "socket", filter = "port", idleMs = IDLE_MS }: NatOptions) {
    if (!(idleMs > 0)) throw new RangeError(`A NAT cannot keep ports open for ${idleMs} ms`);
    this.ip = ip;
    this.#isSymmetric = mapping === "destination";
    this.#filter = filter;
    this.#idleMs = idleMs;
  }

  /** How many datagrams were lost because no open port led to a host, or they were not let in. */
  get lost(): number {
    return this.#lost;
  }

  /** For the network: the address of the next host behind it. */
  nextAddress(): string {
    const number = this.#hosts.size + 1;
    if (number > INNER_MAX) throw new RangeError(`A simulated NAT has at most ${INNER_MAX} hosts behind it`);
    return `udp:192.168.${number >> 8}.${number & 255}:${INNER_PORT}`;
  }

  /** For the network: puts a host behind it. */
  add(host: SimHost): void {
    this.#hosts.set(host.info.addresses![0], host);
  }

  /** For the network: the host behind it at an inner address. */
  inside(address: string): SimHost | undefined {
    return this.#hosts.get(address);
  }

  /** For the network: a host sends to an address. Returns how it is seen there, or null if no port is free. */
  goOut(host: SimHost, to: string, nowMs: number): PeerInfo | null {
    const name = this.#isSymmetric ? `${host.index} ${to}` : String(host.index);
    const known = this.#byName.get(name);
    const mapping = known !== undefined && this.#counts(known.lastMs, nowMs) ? known : this.#open(name, host, nowMs);
    if (mapping === null) {
      this.lose();
      return null;
    }
    mapping.lastMs = nowMs;
    const { sentTo } = mapping;
    if (sentTo === null) return mapping.info;
    sentTo.set(this.#filtered(to), nowMs);
    if (sentTo.size >= mapping.sweepSize) {
      for (const [address, lastMs] of sentTo) if (!this.#counts(lastMs, nowMs)) sentTo.delete(address);
      mapping.sweepSize = Math.max(SWEEP_MIN, 2 * sentTo.size);
    }
    return mapping.info;
  }

  /** For the network: whose a port is or was last. */
  ownerOf(port: number): SimHost | undefined {
    return this.#byPort.get(port)?.host;
  }

  /** For the network: whether what comes to a port from an address gets in; what does not is counted. */
  letsIn(port: number, from: string, nowMs: number): boolean {
    const isLetIn = this.#isLetIn(port, from, nowMs);
    if (!isLetIn) this.lose();
    return isLetIn;
  }

  #isLetIn(port: number, from: string, nowMs: number): boolean {
    const mapping = this.#byPort.get(port);
    if (mapping === undefined || !this.#counts(mapping.lastMs, nowMs)) return false;
    if (mapping.sentTo === null) return true;
    const lastMs = mapping.sentTo.get(this.#filtered(from));
    return lastMs !== undefined && this.#counts(lastMs, nowMs);
  }

  /** For the network: a datagram was lost here. */
  lose(): void {
    this.#lost += 1;
  }

  #open(name: string, host: SimHost, nowMs: number): Mapping | null {
    if (this.#byName.size >= this.#sweepSize || this.#byPort.size >= PORTS) this.#sweep(nowMs);
    if (this.#byPort.size >= PORTS) return null;
    do {
      this.#port = this.#port === PORT_MAX ? PORT_MIN : this.#port + 1;
    } while (this.#byPort.has(this.#port));
    const port = this.#port;
    const old = this.#byName.get(name);
    if (old !== undefined) this.#byPort.delete(old.port);
    const info = Object.freeze({ peerId: "", addresses: Object.freeze([`udp:${this.ip}:${port}`]) });
    const sentTo = this.#filter === "none" ? null : new Map<string, number>();
    const mapping: Mapping = { name, host, port, info, lastMs: nowMs, sentTo, sweepSize: SWEEP_MIN };
    this.#byName.set(name, mapping);
    this.#byPort.set(port, mapping);
    return mapping;
  }

  #sweep(nowMs: number): void {
    for (const { name, port, lastMs } of this.#byName.values()) {
      if (this.#counts(lastMs, nowMs)) continue;
      this.#byName.delete(name);
      this.#byPort.delete(port);
    }
    this.#sweepSize = Math.max(SWEEP_MIN, 2 * this.#byName.size);
  }

  #counts(lastMs: number, nowMs: number): boolean {
    return nowMs - lastMs < this.#idleMs;
  }

  #filtered(address: string): string {
    return this.#filter === "address" ? address.slice(0, address.lastIndexOf(":")) : address;
  }
}
