/**
 * A map of the network, as plain data, and what a picture of it needs to know: connections and clusters.
 *
 * @module
 */

/** A node of the map. */
export interface MapNode {
  /** Where it was asked, as in `10.0.0.1:4653` or `[2001:db8::1]:4653`. */
  readonly address: string;
  /** The ids of the nodes that it named, 40 hex digits each; none of a node that did not answer. */
  readonly peers: readonly string[];
  /** How long its answer took, in milliseconds; null if there was none. */
  readonly roundTripMs: number | null;
  /** When it answered, in milliseconds since 1970; null if it did not. */
  readonly seen: number | null;
}

/** The nodes of a network, and whom they know. */
export interface NetworkMap {
  /** The id of the node that made it. */
  readonly self: string;
  /** When it was made, in milliseconds since 1970. */
  readonly made: number;
  /** Whether everybody was asked who was named; false where a limit left some out. */
  readonly complete: boolean;
  /** The nodes by their ids, 40 hex digits each. */
  readonly nodes: ReadonlyMap<string, MapNode>;
}

/** Nodes in a cluster, about. */
const CLUSTER_NODES = 24;
/** Leading bits of an id that name a cluster, at most: 256 clusters. */
const CLUSTER_BITS_MAX = 8;

/** A node in the order of the picture. */
export interface Placed {
  readonly id: string;
  readonly node: MapNode;
  /** The leading bits of its id; empty for what is no id. */
  readonly cluster: string;
}

/** Two nodes, by their places in the list of nodes, the smaller first. */
export type Connection = readonly [number, number];

/** What is to be drawn. */
export interface Graph {
  /** By id, so that clusters are together. */
  readonly nodes: readonly Placed[];
  /** Each once, the nodes that are nearest to each other first. */
  readonly connections: readonly Connection[];
}

/** The nodes in the order of their ids, and their connections. */
export function graphOf({ nodes }: NetworkMap): Graph {
  const bits = Math.min(Math.max(Math.round(Math.log2(nodes.size / CLUSTER_NODES)), 1), CLUSTER_BITS_MAX);
  const placed = [...nodes].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([id, node]) => ({ id, node, cluster: leadingBits(id, bits) }));
  return { nodes: placed, connections: connectionsOf(placed) };
}

/** Nodes that follow each other and whose ids begin alike. */
export interface Cluster {
  readonly cluster: string;
  /** The place of its first node, and that after its last one. */
  readonly from: number;
  readonly to: number;
}

/** The clusters, in the order of the nodes. */
export function clustersOf(nodes: readonly Placed[]): Cluster[] {
  const starts = nodes.flatMap(({ cluster }, at) => cluster === nodes[at - 1]?.cluster ? [] : [at]);
  return starts.map((from, at) => ({ cluster: nodes[from].cluster, from, to: starts[at + 1] ?? nodes.length }));
}

/** Whether a node has answered. */
export function isReachable({ seen }: MapNode): boolean {
  return seen !== null;
}

function connectionsOf(nodes: readonly Placed[]): Connection[] {
  const places = new Map(nodes.map(({ id }, place) => [id, place]));
  const seen = new Set<number>();
  for (const [from, { node }] of nodes.entries()) {
    for (const peer of node.peers) {
      const to = places.get(peer);
      if (to !== undefined && to !== from) seen.add(Math.min(from, to) * nodes.length + Math.max(from, to));
    }
  }
  const spread = (connection: number) => connection % nodes.length - Math.floor(connection / nodes.length);
  return [...seen].sort((a, b) => spread(a) - spread(b) || a - b)
    .map((connection) => [Math.floor(connection / nodes.length), connection % nodes.length]);
}

function leadingBits(id: string, bits: number): string {
  const first = /^[0-9a-f]{2}/i.exec(id);
  return first === null ? "" : parseInt(first[0], 16).toString(2).padStart(8, "0").slice(0, bits);
}
