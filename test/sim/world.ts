/**
 * A simulated network of nodes of the hash table, and what passes between them.
 *
 * @module
 */

import type { Capability } from "../../codec/protocols/storj/mod.ts";
import { SimNetwork } from "../../src/host/sim/mod.ts";
import type { SimHost } from "../../src/host/sim/mod.ts";
import { ContactCache, type Kademlia, kademlia, type KademliaEvent } from "../../src/kademlia/mod.ts";
import { type Answers, type RpcEndpoint, rpcEndpoint } from "../../src/rpc/mod.ts";
import { IdIndex } from "./id-index.ts";
import { Pace } from "./pace.ts";

/** How many nodes keep a value, and how many contacts an answer has. */
export const K = 20;
const PORT = 4653;
/** Latency: 10 ms, and 40 more on average. */
export const LINK = { latencyMs: 10, jitterMs: 40 };

/**
 * What a node is: `honest`; `liar`, whose answers hold liars only; `sybil`, the same with an id near a key and an
 * address beside those of others.
 */
export type Role = "honest" | "liar" | "sybil";

/** A node. */
export interface SimNode {
  /** The number of its host. */
  readonly index: number;
  readonly id: Uint8Array;
  readonly ip: string;
  readonly role: Role;
  readonly host: SimHost;
  readonly rpc: RpcEndpoint;
  readonly engine: Kademlia;
}

/** What a world is made of. */
export interface WorldOptions {
  readonly seed: number;
  readonly loss: number;
  /** Whether tables and lookups limit how many contacts they take of one network. */
  readonly diversity: boolean;
  /** How many nodes there will be at least. */
  readonly nodes: number;
  /** What services beside the hash table can do. */
  readonly offers?: readonly Capability[];
}

/** Counts of what was sent. */
export interface Traffic {
  datagrams: number;
  /** Requests to store, each counted once. */
  stores: number;
}

/** The nodes, alive and dead. */
export class World extends Pace {
  /** All that were ever made, by number. */
  readonly nodes: SimNode[] = [];
  readonly living: SimNode[] = [];
  readonly index = new IdIndex<SimNode>();
  readonly traffic: Traffic = { datagrams: 0, stores: 0 };
  /** Called with each datagram that is sent: the numbers of its hosts, and its bytes. */
  onDatagram: ((from: number, to: number, bytes: Uint8Array) => void) | null = null;
  readonly #options: WorldOptions;
  readonly #contacts: ContactCache;
  readonly #places = new Map<number, number>();
  readonly #storeIds = new Set<number>();
  readonly #deceivers: Record<Exclude<Role, "honest">, IdIndex<SimNode>> = {
    liar: new IdIndex(),
    sybil: new IdIndex(),
  };

  constructor(options: WorldOptions) {
    super(
      new SimNetwork({
        seed: options.seed,
        link: { ...LINK, loss: options.loss },
        watch: (bytes, from, to) => this.#count(bytes, from.index, to.index),
      }),
    );
    this.#options = options;
    this.#contacts = new ContactCache(2 * options.nodes);
  }

  /** Starts a node that knows nobody yet. Without an id it gets a random one. */
  start(role: Role, id?: Uint8Array, onEvent?: (event: KademliaEvent) => void): SimNode {
    const index = this.nodes.length;
    const ip = role === "sybil" ? sybilIp(this.#deceivers.sybil.size) : ipOf(index);
    const host = this.network.addHost({ address: `udp:${ip}:${PORT}` });
    void host.start();
    const rpc = rpcEndpoint({ host });
    const ownId = id ?? host.random.bytes(20);
    const engine = kademlia({
      rpc: role === "honest" ? rpc : this.#lying(rpc, this.#deceivers[role]),
      clock: host.clock,
      random: host.random,
      id: ownId,
      contacts: this.#contacts,
      ...(!this.#options.diversity && { diversity: false }),
      ...(this.#options.offers && { offers: this.#options.offers }),
      ...(onEvent && { onEvent }),
    });
    const node: SimNode = { index, id: engine.id, ip, role, host, rpc, engine };
    if (role !== "honest") this.#deceivers[role].add(node);
    this.nodes.push(node);
    this.#places.set(index, this.living.length);
    this.living.push(node);
    this.index.add(node);
    return node;
  }

  /** Ends a node without a word to the others. */
  kill(node: SimNode): void {
    node.host.crash();
    this.index.remove(node);
    const place = this.#places.get(node.index)!;
    const last = this.living.pop()!;
    if (last !== node) {
      this.living[place] = last;
      this.#places.set(last.index, place);
    }
    this.#places.delete(node.index);
  }

  isAlive(node: SimNode): boolean {
    return this.#places.has(node.index);
  }

  /** A random living node that is honest, and among the given ones. */
  anybody(among?: ReadonlySet<SimNode>): SimNode {
    for (;;) {
      const node = this.living[Math.floor(this.network.random.next() * this.living.length)];
      if (node.role === "honest" && among?.has(node) !== false) return node;
    }
  }

  /** The address under which others reach a node. */
  addressOf(node: SimNode): string {
    return `udp:${node.ip}:${PORT}`;
  }

  /** An endpoint whose answers, whatever is to be answered, name deceivers only; what it is told to store it forgets. */
  #lying(rpc: RpcEndpoint, others: IdIndex<SimNode>): RpcEndpoint {
    const find = ({ key }: { readonly key: Uint8Array }) =>
      others.closest(key, K).map(({ id, ip }) => ({ id, ip, port: PORT }));
    const lies: Answers = { find_node: find, find_value: find, store: () => true };
    return {
      host: rpc.host,
      call: (...args) => rpc.call(...args),
      request: (...args) => rpc.request(...args),
      tell: (...args) => rpc.tell(...args),
      vouch: (address) => rpc.vouch(address),
      // They may be methods.
      handle: (answers) =>
        rpc.handle(
          new Proxy(answers, { get: (own, name) => Reflect.get(name in lies ? lies : own, name)?.bind(own) }),
        ),
      stats: () => rpc.stats(),
      close: () => rpc.close(),
      [Symbol.asyncDispose]: () => rpc.close(),
    };
  }

  #count(bytes: Uint8Array, from: number, to: number): void {
    this.traffic.datagrams += 1;
    if (isStore(bytes)) {
      const id = numberOf(bytes);
      if (!this.#storeIds.has(id)) {
        this.#storeIds.add(id);
        this.traffic.stores += 1;
      }
    }
    this.onDatagram?.(from, to, bytes);
  }
}

/** An address of its own /24 for each number, none of them private. */
export function ipOf(index: number): string {
  return `${20 + (index & 63)}.${(index >> 6) & 255}.${(index >> 14) & 255}.${1 + index % 250}`;
}

/** Addresses of three /24. */
function sybilIp(index: number): string {
  return `90.0.${index % 3}.${1 + Math.floor(index / 3)}`;
}

/** Whether a datagram is a request to store something, of either kind: `[name, arguments]` after type and message id. */
function isStore(bytes: Uint8Array): boolean {
  if ((bytes[0] & 1) === 1 || bytes[21] !== 0x92) return false;
  const start = bytes[22] === 0xa5 ? 23 : bytes[22] === 0xae ? 32 : 0;
  return start > 0 && bytes[start] === 0x73 && bytes[start + 1] === 0x74 && bytes[start + 2] === 0x6f;
}

/** The first six bytes of the message id: a number that no two requests have in common. */
export function numberOf(bytes: Uint8Array): number {
  let number = 0;
  for (let at = 1; at <= 6; at++) number = number * 256 + bytes[at];
  return number;
}
