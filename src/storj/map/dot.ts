/**
 * A map as a text for Graphviz.
 *
 * @module
 */

import { plainText } from "./labels.ts";
import { clustersOf, type Graph, graphOf, isReachable, type NetworkMap, type Placed } from "./network-map.ts";

/** How long connections should be, in inches: shorter within a cluster, so that it shows. */
const NEAR_LENGTH = 1;
const FAR_LENGTH = 2.5;

/**
 * A map in the language of Graphviz: nodes that answered are circles, the others are dashed boxes, and nodes whose ids
 * begin alike are a cluster.
 *
 * ```ts
 * import { mapDot } from "warpwire/storj";
 *
 * const node = { address: "10.0.0.1:4653", peers: [], roundTripMs: 20, seen: 0 };
 * console.log(mapDot({ self: "aa", made: 0, complete: true, nodes: new Map([["aa", node]]) }).includes('"aa"')); // true
 * ```
 */
export function mapDot(map: NetworkMap): string {
  const graph = graphOf(map);
  return dotOf(graph, map.self, graph.nodes.map(({ id }) => id));
}

/** The same for a graph that is at hand, with other names. */
export function dotOf({ nodes, connections }: Graph, self: string, names: readonly string[]): string {
  const lines = ['graph "network map" {', "  overlap=false; outputorder=edgesfirst;", "  node [fontsize=8, margin=0];"];
  for (const { cluster, from, to } of clustersOf(nodes)) {
    lines.push(`  subgraph ${quote(`cluster_${cluster}`)} {`, `    label=${quote(`${cluster}...`)};`);
    for (let at = from; at < to; at++) lines.push(`    ${quote(names[at])} [${attributesOf(nodes[at], self)}];`);
    lines.push("  }");
  }
  for (const [from, to] of connections) {
    const length = nodes[from].cluster === nodes[to].cluster ? NEAR_LENGTH : FAR_LENGTH;
    lines.push(`  ${quote(names[from])} -- ${quote(names[to])} [len=${length}];`);
  }
  return [...lines, "}", ""].join("\n");
}

function attributesOf({ id, node }: Placed, self: string): string {
  const label = `label=${quote(`${id.slice(0, 8)}\n${node.address}`)}`;
  if (id === self) return `${label}, peripheries=2, style=filled, fillcolor=gold`;
  return isReachable(node) ? `${label}, style=filled, fillcolor=palegreen` : `${label}, shape=box, style=dashed`;
}

/** A text as Graphviz reads it: in quotes, and a backslash is one. */
function quote(text: string): string {
  const lines = text.split("\n").map((line) => plainText(line).replaceAll("\\", "\\\\").replaceAll('"', '\\"'));
  return `"${lines.join("\\n")}"`;
}
