/**
 * The ways of datagrams through the NATs of a network.
 *
 * @module
 */

import type { PeerInfo } from "../host.ts";
import type { SimHost } from "./host.ts";
import { type NatOptions, SimNat } from "./nat.ts";

/** NATs get addresses of 172.16.0.0/12. */
const NATS_MAX = 2 ** 20 - 1;
const NOWHERE: readonly string[] = Object.freeze([]);

/** The way of one datagram. */
export interface Route {
  readonly target: SimHost;
  /** How the target sees its sender. */
  readonly seen: PeerInfo;
  /** To be asked when it arrives: whether the target gets it. */
  readonly letsIn: (nowMs: number) => boolean;
}

/** The NATs of a network. */
export class Nats {
  /** By address, as in `udp:172.16.0.1`. */
  readonly #nats = new Map<string, SimNat>();

  /** By the number of the host behind it. */
  readonly #behind = new Map<number, SimNat>();

  /** Whether there is none. */
  get isEmpty(): boolean {
    return this.#nats.size === 0;
  }

  /** Adds a NAT. */
  add(options: NatOptions): SimNat {
    const number = this.#nats.size + 1;
    if (number > NATS_MAX) throw new RangeError(`A simulated network has at most ${NATS_MAX} NATs`);
    const nat = new SimNat(`172.${16 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`, options);
    this.#nats.set(`udp:${nat.ip}`, nat);
    return nat;
  }

  /** Puts a host behind a NAT. */
  putBehind(nat: SimNat, host: SimHost): void {
    nat.add(host);
    this.#behind.set(host.index, nat);
  }

  /**
   * The way of a datagram that is sent now, or null if it is lost.
   *
   * @param named The host that the peer names, if no NAT is needed to know that
   */
  route(source: SimHost, named: SimHost | undefined, to: PeerInfo, nowMs: number): Route | null {
    const addresses = to.peerId === "" ? to.addresses ?? NOWHERE : NOWHERE;
    const nat = this.#behind.get(source.index);
    const target = named ?? neighbourAt(nat, addresses);
    const targetNat = target && this.#behind.get(target.index);
    // Hosts of one house, and those outside, need no NAT to reach each other.
    if (target !== undefined && targetNat === nat) return { target, seen: source.info, letsIn };
    const [address = ""] = target === undefined ? addresses : target.info.addresses!;
    // Its NAT does not know who is there, if anybody.
    const seen = nat === undefined ? source.info : nat.goOut(source, address, nowMs);
    if (seen === null) return null;
    if (target === undefined) return this.#routeToPort(address, seen);
    if (targetNat === undefined) return { target, seen, letsIn };
    // Where it is by its own account means nothing out here.
    targetNat.lose();
    return null;
  }

  #routeToPort(address: string, seen: PeerInfo): Route | null {
    const colon = address.lastIndexOf(":");
    const nat = this.#nats.get(address.slice(0, colon));
    const port = Number(address.slice(colon + 1));
    const target = nat?.ownerOf(port);
    if (nat === undefined || target === undefined) {
      nat?.lose();
      return null;
    }
    return { target, seen, letsIn: (arrivesMs) => nat.letsIn(port, seen.addresses![0], arrivesMs) };
  }
}

function letsIn(): boolean {
  return true;
}

/** The host behind the same NAT at one of these addresses. */
function neighbourAt(nat: SimNat | undefined, addresses: readonly string[]): SimHost | undefined {
  if (nat === undefined) return undefined;
  for (const address of addresses) {
    const neighbour = nat.inside(address);
    if (neighbour !== undefined) return neighbour;
  }
  return undefined;
}
