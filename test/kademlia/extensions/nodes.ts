/**
 * Nodes of ours and nodes of 2016 in a simulated network.
 *
 * @module
 */

import { formatHex } from "../../../codec/mod.ts";
import type { Packed } from "../../../codec/msgpack/mod.ts";
import type { Contact as WireContact, RpcName } from "../../../codec/protocols/storj/mod.ts";
import { type LinkModel, type SimHost, SimNetwork } from "../../../src/host/sim/mod.ts";
import type { Signatures } from "../../../src/identity/mod.ts";
import { type Kademlia, kademlia, type KademliaOptions } from "../../../src/kademlia/mod.ts";
import { type Answers, type RpcEndpoint, rpcEndpoint, wireAddress } from "../../../src/rpc/mod.ts";

/** A network that is looked at from outside. */
export interface Scene {
  readonly network: SimNetwork;
  /** Adds a node of ours. */
  node(options?: NodeOptions): OurNode;
  /** Adds a node that knows the calls of 2016 only, and answers `find_node` with all of these contacts. */
  oldNode(id: Uint8Array, known?: readonly WireContact[]): OldNode;
  /** Lets nodes join, one after the other, through the first one. */
  join(...nodes: readonly OurNode[]): Promise<void>;
}

/** Options of a node of ours. */
export interface NodeOptions extends Partial<Omit<KademliaOptions, "rpc" | "clock" | "random">> {
  readonly signatures?: Signatures;
}

/** A node of ours. */
export interface OurNode {
  readonly host: SimHost;
  readonly address: string;
  readonly rpc: RpcEndpoint;
  readonly dht: Kademlia;
}

/** A node of 2016. */
export interface OldNode {
  readonly host: SimHost;
  readonly address: string;
  readonly rpc: RpcEndpoint;
  readonly contact: WireContact;
  /** What it has, by the hex digits of the key. */
  readonly values: Map<string, Packed>;
}

/** Makes an empty network. */
export function scene(link: Partial<LinkModel> = {}, seed = 1): Scene {
  const network = new SimNetwork({ seed, link });
  const started = () => {
    const host = network.addHost();
    void host.start();
    return { host, address: host.addresses()[0] };
  };
  return {
    network,
    node: (options = {}) => {
      const { host, address } = started();
      const rpc = rpcEndpoint({ host });
      const id = options.signatures?.own.nodeId ?? network.random.bytes(20);
      const dht = kademlia({ id, ...options, rpc, clock: host.clock, random: host.random, diversity: false });
      return { host, address, rpc, dht };
    },
    oldNode: (id, known = []) => {
      const { host, address } = started();
      const values = new Map<string, Packed>();
      const rpc = rpcEndpoint({ host, answer: oldAnswers(id, known, values) });
      return { host, address, rpc, contact: { id, ...wireAddress(address) }, values };
    },
    join: async (first, ...others) => {
      for (const { dht } of others) await network.drive(dht.bootstrap([first.address]));
    },
  };
}

function oldAnswers(id: Uint8Array, known: readonly WireContact[], values: Map<string, Packed>): Answers {
  return {
    ping: () => id,
    store: ({ key, value }) => {
      values.set(formatHex(key), value);
      return true;
    },
    find_node: () => [...known],
    find_value: ({ key }) => {
      const value = values.get(formatHex(key));
      return value === undefined ? [...known] : { value };
    },
  };
}

/** Counts the calls of an endpoint that were sent. */
export function sentOf({ rpc }: { readonly rpc: RpcEndpoint }, name: RpcName): number {
  return rpc.stats().calls[name]?.sent ?? 0;
}
