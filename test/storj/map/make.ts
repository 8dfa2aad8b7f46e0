/**
 * Maps that nobody has crawled.
 *
 * @module
 */

import { formatHex } from "../../../codec/mod.ts";
import type { Random } from "../../../src/host/host.ts";
import type { MapNode, NetworkMap } from "../../../src/storj/mod.ts";

/** Neighbours on each side, and nodes of every bucket that is farther. */
const NEAR = 10;
const OF_BUCKET = 20;

/** A map of as many nodes, each of which knows as many others as in a real network; every seventh is silent. */
export function madeUpMap(count: number, random: Random): NetworkMap {
  const ids = Array.from({ length: count }, () => formatHex(random.bytes(20))).sort();
  const nodes = ids.map((id, place): [string, MapNode] => {
    const address = `10.0.${place >> 8}.${place & 255}:4653`;
    if (place % 7 === 6) return [id, { address, peers: [], roundTripMs: null, seen: null }];
    const peers: string[] = [];
    for (let step = -NEAR; step <= NEAR; step++) peers.push(ids[(place + step + count * NEAR) % count]);
    for (let left = count / 2; left > OF_BUCKET; left /= 2) {
      for (let one = 0; one < OF_BUCKET; one++) peers.push(ids[Math.floor(random.next() * count)]);
    }
    return [id, { address, peers, roundTripMs: 30, seen: 1000 }];
  });
  return { self: ids[0], made: 1000, complete: true, nodes: new Map(nodes) };
}

/** A map of some nodes that know each other. */
export function smallMap(nodes: Record<string, Partial<MapNode>>): NetworkMap {
  const peers = Object.keys(nodes);
  const whole = Object.entries(nodes).map(([id, node]): [string, MapNode] => [
    id,
    { address: "10.0.0.1:4653", peers, roundTripMs: 20, seen: 0, ...node },
  ]);
  return { self: peers[0], made: 0, complete: true, nodes: new Map(whole) };
}
