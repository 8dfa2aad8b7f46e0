/**
 * What a node answers to the calls of the hash table.
 *
 * @module
 */

import { CONTACTS_MAX, type RpcArgs, type RpcReply } from "../../codec/protocols/storj/mod.ts";
import { type Answers, type Caller, wireAddress } from "../rpc/mod.ts";
import type { Extensions } from "./extensions/mod.ts";
import type { Peers } from "./peers.ts";
import type { Keeping } from "./values/mod.ts";
import { sourceOf } from "./values/mod.ts";
import { wordsOf } from "./words.ts";

/**
 * The answers of a node. Whoever calls is noted after it was answered: the answer does not name it.
 *
 * They are methods: as functions of its own they took half a kibibyte of each node.
 */
export class NodeAnswers implements Answers {
  readonly #peers: Peers;
  readonly #keeping: Keeping;
  readonly #extensions: Extensions;
  /** Only where there are signatures. */
  readonly warpwire_prove?: NonNullable<Answers["warpwire_prove"]>;

  constructor(peers: Peers, keeping: Keeping, extensions: Extensions) {
    this.#peers = peers;
    this.#keeping = keeping;
    this.#extensions = extensions;
    if (extensions.proving !== null) this.warpwire_prove = extensions.proving;
  }

  ping({ nodeId }: RpcArgs<"ping">, from: Caller): RpcReply<"ping"> {
    this.#peers.heard(nodeId, from);
    return this.#peers.id;
  }

  stun(_: RpcArgs<"stun">, from: Caller): RpcReply<"stun"> {
    return wireAddress(from.address);
  }

  find_node({ nodeId, key }: RpcArgs<"find_node">, from: Caller): RpcReply<"find_node"> {
    const reply = this.#named(nodeId, key, from);
    this.#peers.heard(nodeId, from);
    return reply;
  }

  find_value({ nodeId, key }: RpcArgs<"find_value">, from: Caller): RpcReply<"find_value"> {
    const value = this.#keeping.values.get(key);
    const reply = value === null ? this.#named(nodeId, key, from) : { value };
    this.#peers.heard(nodeId, from);
    return reply;
  }

  store(args: RpcArgs<"store">, from: Caller): RpcReply<"store"> {
    return this.#store(args, from);
  }

  warpwire_store(args: RpcArgs<"warpwire_store">, from: Caller): RpcReply<"warpwire_store"> {
    return this.#store(args, from, args.age * 1000);
  }

  warpwire_hello({ nodeId, hello }: RpcArgs<"warpwire_hello">, from: Caller): RpcReply<"warpwire_hello"> {
    this.#peers.heard(nodeId, from);
    return this.#extensions.greeted(nodeId, hello, from);
  }

  #named(nodeId: Uint8Array, key: Uint8Array, { address }: Caller): RpcReply<"find_node"> {
    const { table } = this.#peers;
    const leaveOut = { id: wordsOf(nodeId), address, struck: true };
    return table.closest(wordsOf(key), Math.min(table.k, CONTACTS_MAX), leaveOut);
  }

  #store({ nodeId, key, value }: RpcArgs<"store">, from: Caller, ageMs?: number): boolean {
    this.#peers.heard(nodeId, from);
    return this.#keeping.store(key, value, { source: sourceOf(from.address), ageMs });
  }
}
