/**
 * Hosts in one process: for tests, examples, and programs that want both ends of a protocol without a network.
 *
 * @module
 */

import { HostError } from "../error.ts";
import type { PeerInfo } from "../host.ts";
import type { Flow } from "./paired-transport.ts";
import { copyDatagram, type Fabric, LocalHost } from "./host.ts";
import { queueMacrotask, systemClock, systemRandom } from "../timing/mod.ts";

/** The kind of address under which hosts of a {@link MemoryNetwork} find each other, as in `memory:alice`. */
const ADDRESS_PREFIX = "memory:";

/** Carries everything at once. */
const INSTANT: Flow = Object.freeze({
  carry(_kind, _bytes, deliver) {
    deliver();
    return true;
  },
} as Flow);

/** A network inside the process: hosts see each other if they are on the same one. */
export class MemoryNetwork implements Fabric {
  readonly #hosts = new Map<string, LocalHost>();

  find(peer: PeerInfo): LocalHost | undefined {
    const byId = this.#hosts.get(peer.peerId);
    if (byId !== undefined || peer.peerId !== "") return byId;
    for (const address of peer.addresses ?? []) {
      const host = address.startsWith(ADDRESS_PREFIX) && this.#hosts.get(address.slice(ADDRESS_PREFIX.length));
      if (host) return host;
    }
    return undefined;
  }

  flow(): Flow {
    return INSTANT;
  }

  carryDatagram(from: LocalHost, to: PeerInfo, path: string, bytes: Uint8Array): void {
    const target = this.find(to);
    if (target === undefined) return;
    const copy = copyDatagram(bytes);
    queueMacrotask(() => target.receiveDatagram(path, copy, from.info));
  }

  /** Puts a host on the network. It replaces a stopped host with the same id. */
  add(host: LocalHost): void {
    if (this.#hosts.get(host.peerId)?.started) {
      throw new HostError("address", `Cannot add the host "${host.peerId}": the network has one of this id`);
    }
    this.#hosts.set(host.peerId, host);
  }
}

/** What a {@link memoryHost} needs. */
export interface MemoryHostOptions {
  /** The network to be on. */
  readonly network: MemoryNetwork;
  /** The id by which other hosts of the network know this one. */
  readonly peerId: string;
}

/**
 * A started host on a network inside this process.
 *
 * ```ts
 * const network = new MemoryNetwork();
 * await using alice = await memoryHost({ network, peerId: "alice" });
 * await using bob = await memoryHost({ network, peerId: "bob" });
 *
 * const greeting = bob.mountStreams("greeting");
 * const [mine, theirs] = await Promise.all([alice.openStream({ peerId: "bob" }, "greeting"), greeting.acceptStream()]);
 * await mine.write(new TextEncoder().encode("hello"));
 * const buf = new Uint8Array(16);
 * const count = await theirs.read(buf);
 * console.log(theirs.peerInfo.peerId, new TextDecoder().decode(buf.subarray(0, count ?? 0))); // alice hello
 * ```
 *
 * @throws HostError `address` if the network has a started host of this id
 */
export async function memoryHost({ network, peerId }: MemoryHostOptions): Promise<LocalHost> {
  const addresses = [ADDRESS_PREFIX + peerId];
  const host = new LocalHost({ peerId, addresses, fabric: network, clock: systemClock, random: systemRandom });
  network.add(host);
  await host.start();
  return host;
}
