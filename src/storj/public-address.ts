/**
 * Where others see a node, what stands between it and them, and how it stays within reach if that is a NAT.
 *
 * @module
 */

import { equalBytes } from "../bytes.ts";
import type { Timer, WaitOptions } from "../host/mod.ts";
import type { Contact } from "../kademlia/mod.ts";
import { addressOf, wireAddress } from "../rpc/mod.ts";
import type { At, Transport } from "./api.ts";
import type { Ground } from "./ground.ts";
import type { PublicAddressStats } from "./stats.ts";

/** How many are asked where they see this node. */
const STUN_PEERS = 5;
/** So many neighbours have an open way to a private node. */
const NEIGHBOURS = 5;
/** How often a way is used so that it stays open. */
const KEEP_OPEN_MS = 25_000;
/** A way is open for so long after it was used: what the strictest of the usual NATs give. */
const OPEN_MS = 30_000;
/** A neighbour that does not answer is left alone for this time, and the next one takes its place. */
const SILENT_MS = 120_000;
/** How long a node that has come into the network waits with its first question about itself: it has others. */
const FIRST_CHECK_MS = 1000;
/** How often it asks again: machines move from one network to another. */
const CHECK_MS = 600_000;

/**
 * Asks others where they see this node.
 *
 * @throws StorjError `aborted`, `timeout` (no default), `closed`
 */
export function askWhere(ground: Ground, options: WaitOptions = {}): Promise<At[]> {
  const { dht, rpc } = ground;
  return ground.wait<At[]>("Asking others where this node is", options, ({ resolve }) => {
    const asked = dht.closest(dht.id, STUN_PEERS);
    const seen: At[] = [];
    let open = asked.length;
    const cancels = asked.map((contact) =>
      rpc.call(contact.address, "stun", {}, ({ reply }) => {
        // What is no address of a machine is no answer.
        if (reply !== undefined && addressOf(reply.ip, reply.port) !== null) seen.push(reply);
        if (--open === 0) resolve(seen);
      }, dht.callOptions(contact))
    );
    if (open === 0) resolve(seen);
    return () => cancels.forEach((cancel) => cancel());
  });
}

/** What most say, and how many; of equals what came first. Null of nothing. */
export function mostFrequent(seen: readonly At[]): { readonly at: At; readonly count: number } | null {
  const counts = new Map<string, { readonly at: At; count: number }>();
  for (const { ip, port } of seen) {
    const name = `${ip} ${port}`;
    const known = counts.get(name);
    if (known === undefined) counts.set(name, { at: { ip, port }, count: 1 });
    else known.count += 1;
  }
  return [...counts.values()].reduce<{ readonly at: At; count: number } | null>(
    (most, one) => most === null || one.count > most.count ? one : most,
    null,
  );
}

/** The place of a node in the network of its machine and outside of it. */
export class PublicAddress {
  readonly #ground: Ground;
  /** Neighbours that did not answer, and until when they are left alone. */
  readonly #silent = new Map<string, number>();
  #timer: Timer | null = null;
  #checkMs = -Infinity;
  #transport: Transport | null = null;
  /** When those answered the last time to whom the ways are kept open. */
  readonly #answered = new Map<string, number>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** See `StorjNode.transport`. */
  async transport(options?: WaitOptions): Promise<Transport | null> {
    const seen = await askWhere(this.#ground, options);
    return this.#transport = transportOf(seen, this.#ownPlaces());
  }

  /** See `StorjNode.isPublic`. */
  async isPublic(options?: WaitOptions): Promise<boolean> {
    return (await this.transport(options))?.nat === "none";
  }

  /** To be called when a contact has come into the table: there is somebody to ask. */
  contactAdded(): void {
    if (this.#timer === null && !this.#ground.closing.aborted) this.#later(FIRST_CHECK_MS);
  }

  stats(): PublicAddressStats {
    const sinceMs = this.#ground.host.clock.now() - OPEN_MS;
    const keptOpen = [...this.#answered.values()].filter((atMs) => atMs > sinceMs).length;
    return { nat: this.#transport?.nat ?? null, keptOpen };
  }

  /** Keeps no way open any more. */
  close(): void {
    this.#timer?.clear();
  }

  #later(delayMs: number): void {
    this.#timer = this.#ground.host.clock.setTimer(delayMs, () => void this.#look());
  }

  /** Finds out now and then whether this node is private, and keeps the ways to its neighbours open as long as it is. */
  async #look(): Promise<void> {
    const { clock } = this.#ground.host;
    if (clock.now() - this.#checkMs >= CHECK_MS) {
      try {
        // Nobody there to ask is no reason to wait for long.
        if (await this.transport() !== null) this.#checkMs = clock.now();
      } catch {
        // The node is closed.
        return;
      }
    }
    if (this.#ground.closing.aborted) return;
    const isPrivate = this.#transport !== null && this.#transport.nat !== "none";
    if (isPrivate) this.#keepOpen();
    this.#later(isPrivate || this.#transport === null ? KEEP_OPEN_MS : CHECK_MS);
  }

  /** Calls the nearest neighbours that answer. */
  #keepOpen(): void {
    const { dht, host: { clock } } = this.#ground;
    const now = clock.now();
    for (const [address, untilMs] of this.#silent) if (untilMs <= now) this.#silent.delete(address);
    for (const [address, atMs] of this.#answered) if (atMs <= now - OPEN_MS) this.#answered.delete(address);
    const near = dht.closest(dht.id).filter(({ address }) => !this.#silent.has(address));
    const left = near.values();
    const callNext = () => {
      const { value, done } = left.next();
      if (done !== true) this.#call(value, callNext);
    };
    for (let count = 0; count < NEIGHBOURS; count++) callNext();
  }

  #call(contact: Contact, onSilence: () => void): void {
    const { dht, rpc, host: { clock } } = this.#ground;
    rpc.call(contact.address, "ping", { nodeId: dht.id }, ({ reply }) => {
      if (this.#ground.closing.aborted) return;
      if (reply !== undefined && equalBytes(reply, contact.id)) {
        this.#answered.set(contact.address, clock.now());
        return;
      }
      this.#silent.set(contact.address, clock.now() + SILENT_MS);
      onSilence();
    }, dht.callOptions(contact));
  }

  /** Where this node is by its own account. */
  #ownPlaces(): At[] {
    return this.#ground.host.addresses().map(wireAddress).filter(({ port }) => port !== 0);
  }
}

/** What follows from where others see a node; null if nobody does, or the node has no address of its own. */
function transportOf(seen: readonly At[], own: readonly At[]): Transport | null {
  const most = mostFrequent(seen);
  if (most === null || own.length === 0) return null;
  const isOwn = (at: At) => own.some(({ ip, port }) => ip === at.ip && port === at.port);
  if (isOwn(most.at)) return { wan: most.at, lan: most.at, nat: "none" };
  // Those in the same house see the node where it sees itself.
  const outside = seen.filter((at) => !isOwn(at));
  const [lan] = own;
  if (outside.length === 1) return { wan: most.at, lan, nat: "unknown" };
  // One who lies does not make a cone look like something else.
  return { wan: most.at, lan, nat: 2 * most.count > outside.length ? "cone" : "symmetric" };
}
