/**
 * Whether a node that has joined knows its neighbours: those whom it met first may all be of one kind, who name their own
 * kind only, so that nobody else hears of the node. Then its neighbours are farther apart than those of others.
 *
 * @module
 */

import { CONTACTS_MAX } from "../../codec/protocols/storj/mod.ts";
import type { Cancel } from "../rpc/mod.ts";
import type { Peers } from "./peers.ts";
import { distance, wordsOf } from "./words.ts";

/** How many of the contacts that are farthest away are asked. */
const REFERRERS = 5;

/**
 * Asks some contacts that are far away for their own neighbours.
 *
 * @param settle Called once with how many nodes there are where these are closest together, unless it is given up. As that
 * is not proven, it is a reason to look, and no more
 */
export function secondLook(peers: Peers, settle: (nodes: number) => void): Cancel {
  const { table, id } = peers;
  const referrers = table.closest(table.own, table.size).slice(-REFERRERS);
  const cancels = new Set<Cancel>();
  let nodes = 0;
  for (const referrer of referrers) {
    const cancel = peers.call(referrer, "find_node", { nodeId: id, key: referrer.id }, (outcome) => {
      cancels.delete(cancel);
      const named = outcome.error === undefined ? outcome.reply.slice(0, CONTACTS_MAX) : [];
      const distances = named.map(({ id }) => distance(referrer, wordsOf(id))).filter((distance) => distance > 0);
      if (distances.length > 1) nodes = Math.max(nodes, (distances.length - 1) / Math.max(...distances));
      if (cancels.size === 0) settle(nodes);
    });
    cancels.add(cancel);
  }
  return () => cancels.forEach((cancel) => cancel());
}
