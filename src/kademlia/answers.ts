/**
 * What a node answers to the calls of the hash table.
 *
 * @module
 */

import { CONTACTS_MAX, type RpcArgs, type RpcReply } from "../../codec/protocols/storj/mod.ts";
import { type Answers, type Caller, wireAddress } from "../rpc/mod.ts";
import type { Keeping } from "./values/mod.ts";
import type { Peers } from "./peers.ts";
import { sourceOf } from "./values/mod.ts";
import { wordsOf } from "./words.ts";

/** The answers of a node. Whoever calls is noted after it was answered: the answer does not name it. */
export function answers(peers: Peers, keeping: Keeping): Answers {
  const { id, table } = peers;
  const named = (nodeId: Uint8Array, key: Uint8Array, { address }: Caller): RpcReply<"find_node"> => {
    const leaveOut = { id: wordsOf(nodeId), address, struck: true };
    return table.closest(wordsOf(key), Math.min(table.k, CONTACTS_MAX), leaveOut);
  };
  const store = ({ nodeId, key, value }: RpcArgs<"store">, from: Caller, ageMs?: number): boolean => {
    peers.heard(nodeId, from);
    return keeping.store(key, value, { source: sourceOf(from.address), ageMs });
  };
  return {
    ping: ({ nodeId }, from) => {
      peers.heard(nodeId, from);
      return id;
    },
    stun: (_, from) => wireAddress(from.address),
    find_node: ({ nodeId, key }, from) => {
      const reply = named(nodeId, key, from);
      peers.heard(nodeId, from);
      return reply;
    },
    find_value: ({ nodeId, key }, from) => {
      const value = keeping.values.get(key);
      const reply = value === null ? named(nodeId, key, from) : { value };
      peers.heard(nodeId, from);
      return reply;
    },
    store: (args, from) => store(args, from),
    warpwire_store: (args, from) => store(args, from, args.age * 1000),
  };
}
