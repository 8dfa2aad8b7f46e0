/**
 * Where the nodes of a picture stand: small networks as Graphviz places them, large ones on a circle in the order of
 * their ids.
 *
 * @module
 */

import { dotOf } from "./dot.ts";
import { clustersOf, type Graph } from "./network-map.ts";

/** A place in the picture, in pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where everything stands. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** In the order of the nodes. */
  readonly points: readonly Point[];
  /** The centre of the circle on which they stand; null where they do not. */
  readonly centre: Point | null;
}

/** Graphviz takes 0.4 s for so many nodes with thirty connections each, and grows with the square. */
const GRAPHVIZ_NODES_MAX = 200;
const GRAPHVIZ_CONNECTIONS_MAX = 10_000;

/** Room for a node with its label, and for the gap between two clusters, along the circle. */
const NODE_PX = 11;
const GAP_PX = 2 * NODE_PX;
/** Room for labels around. */
const MARGIN_PX = 220;
/** A smaller circle has no room for the legend. */
const RADIUS_PX_MIN = 240;
/** Pixels for a point of Graphviz. */
const SCALE = 2;

/** Places the nodes. */
export function layOut(graph: Graph, self: string): Promise<Layout> | Layout {
  const isSmall = graph.nodes.length <= GRAPHVIZ_NODES_MAX && graph.connections.length <= GRAPHVIZ_CONNECTIONS_MAX;
  return isSmall ? layOutByGraphviz(graph, self) : layOutById(graph);
}

/** On a circle, clusters apart from each other; the first id stands at the top. */
export function layOutById({ nodes }: Graph): Layout {
  const starts = new Set(clustersOf(nodes).map(({ from }) => from));
  const length = nodes.length * NODE_PX + starts.size * GAP_PX;
  const radius = Math.max(length / (2 * Math.PI), RADIUS_PX_MIN);
  const middle = radius + MARGIN_PX;
  let along = 0;
  const points = nodes.map((_, place) => {
    along += place === 0 ? GAP_PX : NODE_PX + (starts.has(place) ? GAP_PX : 0);
    const angle = along / length * 2 * Math.PI;
    return { x: middle + radius * Math.sin(angle), y: middle - radius * Math.cos(angle) };
  });
  return { width: 2 * middle, height: 2 * middle, points, centre: { x: middle, y: middle } };
}

/** What Graphviz says of its nodes: `"x,y"` in points, upwards. */
interface Drawn {
  readonly bb: string;
  readonly objects?: readonly { readonly name: string; readonly pos?: string }[];
}

async function layOutByGraphviz(graph: Graph, self: string): Promise<Layout> {
  const { instance } = await import("@viz-js/viz");
  const names = graph.nodes.map((_, place) => String(place));
  const result = (await instance()).render(dotOf(graph, self, names), { engine: "neato", format: "json0" });
  if (result.status !== "success") return layOutById(graph);
  const { bb, objects = [] }: Drawn = JSON.parse(result.output);
  const [, , width, height] = bb.split(",").map(Number);
  const places = new Map(objects.map(({ name, pos = "" }) => [name, pos]));
  const points = names.map((name) => {
    const [x, y] = places.get(name)!.split(",").map(Number);
    return { x: MARGIN_PX / 2 + SCALE * x, y: MARGIN_PX / 2 + SCALE * (height - y) };
  });
  return { width: MARGIN_PX + SCALE * width, height: MARGIN_PX + SCALE * height, points, centre: null };
}
