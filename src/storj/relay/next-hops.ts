/**
 * Passing a message on: to the nearest node that takes it.
 *
 * @module
 */

import { equalBytes } from "../../bytes.ts";
import type { Contact } from "../../kademlia/mod.ts";
import { type CallOptions, RpcError } from "../../rpc/mod.ts";
import type { At } from "../api.ts";
import { StorjError } from "../error.ts";
import type { Ground, Peer } from "../ground.ts";
import { Recent } from "../recent.ts";
import type { Passing } from "./relay-queue.ts";

/** What the call is named: up to storjnode 0.0.21, and by ours; and since storjnode 0.1. */
const NAMES = ["relay_message", "msg"] as const;
type Name = typeof NAMES[number];

/** So many nodes are remembered: which name they know, and that they were silent. */
const NODES_MAX = 1024;
const NAME_MS = 24 * 3_600_000;
/** Who was silent comes last for so long. */
const SILENT_MS = 60_000;
/** After this time no other node is tried. */
const PASS_MS = 60_000;
/** So long a destination is looked for. */
const FIND_MS = 10_000;
/** Nodes that most likely are silent are tried last, and no more than these. */
const UNLIKELY_MAX = 3;

/** Whether `a` is nearer to a target than `b`; not if it is as near. */
export function isNearer(target: Uint8Array, a: Uint8Array, b: Uint8Array): boolean {
  for (let at = 0; at < target.length; at++) {
    const [ofA, ofB] = [a[at] ^ target[at], b[at] ^ target[at]];
    if (ofA !== ofB) return ofA < ofB;
  }
  return false;
}

/** The nodes to which messages are passed on. */
export class NextHops {
  readonly #ground: Ground;
  /** By address. */
  readonly #names: Recent<Name>;
  readonly #silent: Recent<true>;
  /** The name by which a node that does not recognise repeats was reached last. */
  #lastName: Name = NAMES[0];
  #seenAt: At | null = null;

  constructor(ground: Ground) {
    this.#ground = ground;
    const { clock } = ground.host;
    this.#names = new Recent(clock, NODES_MAX, NAME_MS);
    this.#silent = new Recent(clock, NODES_MAX, SILENT_MS);
  }

  /** Where the node that took a message last has seen this one; null if there was none. */
  get seenAt(): At | null {
    return this.#seenAt;
  }

  /** Whether a message can be given to anybody, as far as this node knows. */
  leadOn(passing: Passing): boolean {
    return this.#candidates(passing).some(({ address }) => !this.#silent.has(address));
  }

  /**
   * Whether somebody who calls is one of ours, at the address of the contact with its id. Those know what to do where
   * messages don't lead on; originals expect a node to take what it has room for.
   */
  isOurs(nodeId: Uint8Array, address: string): boolean {
    const { dht } = this.#ground;
    const [contact] = dht.closest(nodeId, 1);
    return contact !== undefined && contact.address === address && equalBytes(contact.id, nodeId) &&
      dht.callOptions(contact).repeats === true;
  }

  /** Gives a message to the nearest node that takes it and is nearer to its destination than this one. */
  async pass(passing: Passing): Promise<boolean> {
    const { clock } = this.#ground.host;
    const endMs = clock.now() + PASS_MS;
    const isOver = () => this.#ground.closing.aborted || clock.now() > endMs;
    if (passing.find === "first" && await this.#offerFound(passing)) return true;
    const unlikely: Contact[] = [];
    for (const contact of this.#candidates(passing)) {
      if (isOver()) return false;
      const taken = await this.#offer(contact, passing, false);
      if (taken === "taken") return true;
      if (taken === "unlikely") unlikely.push(contact);
    }
    for (const contact of unlikely.slice(0, UNLIKELY_MAX)) {
      if (isOver()) return false;
      if (await this.#offer(contact, passing, true) === "taken") return true;
    }
    return passing.find === "last" && !isOver() && await this.#offerFound(passing);
  }

  /** Looks for the destination itself: the nearest nodes that are known may lead to one that does not know it. */
  async #offerFound(passing: Passing): Promise<boolean> {
    try {
      const found = await this.#ground.find(passing.destination, { timeoutMs: FIND_MS });
      if (found === null) return false;
      if (await this.#offer(found, passing, true) === "taken") return true;
      this.#ground.forget(found);
    } catch (error) {
      if (!(error instanceof StorjError)) throw error;
    }
    return false;
  }

  /** The nearest first; those that have taken the message before come last: it may have been lost behind them. */
  #candidates({ destination, hopLimit, taken }: Passing): readonly Contact[] {
    const { dht } = this.#ground;
    const nearer = dht.closest(destination).filter(({ id }) =>
      hopLimit > 0 ? isNearer(destination, id, dht.id) : equalBytes(id, destination)
    );
    const isNew = ({ address }: Contact) => !taken?.has(address);
    return [...nearer.filter(isNew), ...nearer.filter((contact) => !isNew(contact))];
  }

  async #offer(contact: Contact, passing: Passing, isLast: boolean): Promise<"taken" | "refused" | "unlikely"> {
    if (!isLast && this.#silent.has(contact.address)) return "unlikely";
    let peer: Peer;
    try {
      peer = await this.#ground.introduce(contact);
    } catch {
      // The node is being closed.
      return "refused";
    }
    if (!isLast && !this.#canRelay(peer)) return "unlikely";
    for (const wireName of this.#namesFor(peer)) {
      const reply = await this.#call(contact, passing, { ...peer.options, wireName });
      if (reply === "silent") continue;
      this.#answered(peer, wireName);
      if (reply === null) return "refused";
      this.#seenAt = reply;
      passing.taken?.add(contact.address);
      return "taken";
    }
    this.#silent.set(contact.address, true);
    return "refused";
  }

  /** Nodes of storjnet don't relay; what they speak is known of those in the table. */
  #canRelay({ options, capabilities, contact }: Peer): boolean {
    return capabilities.has("repeats") || options.era === "rpcudp" || this.#ground.network !== "storjnet" ||
      this.#names.has(contact.address);
  }

  /** Nobody answers to a name that it does not know. Ours know both. */
  #namesFor({ capabilities, contact }: Peer): readonly Name[] {
    if (capabilities.has("repeats")) return [NAMES[0]];
    const known = this.#names.get(contact.address);
    if (known !== undefined) return [known];
    return this.#lastName === NAMES[0] ? NAMES : [NAMES[1], NAMES[0]];
  }

  #answered({ capabilities, contact }: Peer, name: Name): void {
    this.#silent.delete(contact.address);
    if (capabilities.has("repeats")) return;
    this.#names.set(contact.address, name);
    this.#lastName = name;
  }

  async #call(to: Contact, passing: Passing, options: CallOptions): Promise<At | null | "silent"> {
    const { destination, hopLimit, message } = passing;
    const { rpc, dht } = this.#ground;
    const args = { nodeId: dht.id, destination, hopLimit: Math.max(hopLimit, 0), message };
    try {
      return await rpc.request(to.address, "relay_message", args, options);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return error.code === "timeout" || error.code === "refused" ? "silent" : null;
    }
  }
}
