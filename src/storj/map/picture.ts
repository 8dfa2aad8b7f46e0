/**
 * Pictures of a map: SVG, and PNG made of it.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { xmlText } from "./labels.ts";
import { type Layout, layOut, type Point } from "./layout.ts";
import { clustersOf, type Graph, graphOf, isReachable, type NetworkMap, type Placed } from "./network-map.ts";

/** The font of PNG files; browsers take another one with letters of one width if they do not have it. */
const FONT_FAMILY = "Share Tech Mono";
const FONT = "@fontsource/share-tech-mono/files/share-tech-mono-latin-400-normal.woff2";
const RENDERER = "@resvg/resvg-wasm/index_bg.wasm";

/** More lines than these cover each other. */
const LINES_MAX = 20_000;
/** In a PNG each one takes about half a millisecond, and makes the file larger. */
const PNG_LINES_MAX = 3000;
/** More lines than these are drawn without soft edges. */
const CRISP_LINES = 2000;
/** A PNG is not wider: it takes four bytes of memory a pixel. */
const PNG_PX_MAX = 4096;
/** How far lines bend towards the centre of the circle. */
const BEND = 0.65;
/** From a node to its label. */
const LABEL_PX = 9;
/** Keeps texts readable above lines. */
const HALO = `stroke="#fff" stroke-width="3" paint-order="stroke"`;

/**
 * A map as SVG: circles are nodes that answered, hollow squares those that did not, and nodes whose ids begin alike are
 * together and have one colour.
 */
export async function mapSvg(map: NetworkMap): Promise<string> {
  return await drawing(map, LINES_MAX);
}

/** A map as PNG, at most 4,096 pixels wide and high. A thousand nodes take some seconds, during which nothing else runs. */
export async function mapPng(map: NetworkMap): Promise<Uint8Array> {
  const [svg, { Resvg }, font] = await Promise.all([drawing(map, PNG_LINES_MAX), renderer(), readAsset(FONT)]);
  const { width, height } = sizeOf(svg);
  const fitTo = Math.max(width, height) <= PNG_PX_MAX
    ? { mode: "original" as const }
    : { mode: width >= height ? "width" as const : "height" as const, value: PNG_PX_MAX };
  const picture = new Resvg(svg, { font: { fontBuffers: [font], defaultFontFamily: FONT_FAMILY }, fitTo });
  const image = picture.render();
  // Both are in the memory of the renderer, which is not freed by itself.
  const png = image.asPng();
  image.free();
  picture.free();
  return png;
}

let loading: Promise<typeof import("@resvg/resvg-wasm")> | null = null;

/** Loads what renders PNG files, the first time. */
function renderer(): Promise<typeof import("@resvg/resvg-wasm")> {
  const load = async () => {
    const found = await import("@resvg/resvg-wasm");
    await found.initWasm(await readAsset(RENDERER));
    return found;
  };
  return loading ??= load();
}

/** A file of a package. */
async function readAsset(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(new URL(import.meta.resolve(name))));
}

function sizeOf(svg: string): { readonly width: number; readonly height: number } {
  const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!;
  return { width: Number(width), height: Number(height) };
}

async function drawing(map: NetworkMap, linesMax: number): Promise<string> {
  const graph = graphOf(map);
  const layout = await layOut(graph, map.self);
  const [width, height] = [Math.ceil(layout.width), Math.ceil(layout.height)];
  const { nodes } = graph;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="'${FONT_FAMILY}', monospace" font-size="10" stroke-linejoin="round">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...captionOf(graph, map, linesMax),
    ...linesOf(graph, layout, linesMax),
    ...clustersOf(nodes).map(({ cluster, from, to }) => clusterLabel(cluster, layout, from, to)),
    ...nodes.map((placed, place) => nodeOf(placed, layout, place, map.self)),
    "</svg>",
    "",
  ].join("\n");
}

/** What is to be seen, in words; also what the signs mean. */
function captionOf({ nodes, connections }: Graph, { complete }: NetworkMap, linesMax: number): string[] {
  const count = (number: number) => number.toLocaleString("en-US");
  const silent = nodes.filter(({ node }) => !isReachable(node)).length;
  const drawn = connections.length > linesMax ? `, of which ${count(linesMax)} are drawn` : "";
  const rest = complete ? "" : "; not everybody was asked";
  return [
    `<text x="16" y="28" font-size="16">${count(nodes.length)} nodes, ${count(connections.length)} connections` +
    `${drawn}${rest}</text>`,
    `<g font-size="12"><circle cx="22" cy="46" r="5"/><text x="34" y="50">${
      count(nodes.length - silent)
    } answered</text>`,
    `${square({ x: 22, y: 64 })}<text x="34" y="68">${count(silent)} did not answer</text></g>`,
  ];
}

/** The lines, one path for those of a node: renderers are slow with long ones. */
function linesOf({ nodes, connections }: Graph, { points, centre }: Layout, linesMax: number): string[] {
  const drawn = Math.min(connections.length, linesMax);
  const paths = nodes.map((): string[] => []);
  for (let at = 0; at < drawn; at++) {
    // Near and far ones alike.
    const [from, to] = connections[Math.floor(at * connections.length / drawn)];
    paths[from].push(line(points[from], points[to], centre));
  }
  const lines = paths.flatMap((path, place) =>
    path.length === 0 ? [] : [`<path d="${path.join("")}" stroke="${colourOf(nodes[place].cluster, "60%,78%")}"/>`]
  );
  // Few colours, so that PNG files are smaller: with transparent lines they were three times as large.
  return [`<g fill="none"${drawn > CRISP_LINES ? ` shape-rendering="crispEdges"` : ""}>`, ...lines, "</g>"];
}

/** A line, straight or bent towards the centre; numbers from its beginning are shorter. */
function line(from: Point, to: Point, centre: Point | null): string {
  const [x, y] = [Math.round(from.x), Math.round(from.y)];
  const by = (at: number, start: number) => Math.round(at - start);
  const end = `${by(to.x, x)} ${by(to.y, y)}`;
  if (centre === null) return `M${x} ${y}l${end}`;
  const bend = (a: number, b: number, middle: number) => (a + b) / 2 + BEND * (middle - (a + b) / 2);
  return `M${x} ${y}q${by(bend(from.x, to.x, centre.x), x)} ${by(bend(from.y, to.y, centre.y), y)} ${end}`;
}

function clusterLabel(cluster: string, { points, centre }: Layout, from: number, to: number): string {
  const members = points.slice(from, to);
  const mean = (of: (point: Point) => number) => members.reduce((sum, point) => sum + of(point), 0) / members.length;
  let [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  // Inside of the circle, beside the nodes.
  if (centre !== null) [x, y] = [x + 0.08 * (centre.x - x), y + 0.08 * (centre.y - y)];
  return `<text x="${Math.round(x)}" y="${Math.round(y)}" font-size="16" text-anchor="middle" ` +
    `fill="${colourOf(cluster)}" ${HALO}>${xmlText(cluster)}…</text>`;
}

function nodeOf({ id, node, cluster }: Placed, { points, centre }: Layout, place: number, self: string): string {
  const point = points[place];
  const [x, y] = [point.x.toFixed(1), point.y.toFixed(1)];
  const trip = node.roundTripMs === null ? "did not answer" : `${Math.round(node.roundTripMs)} ms`;
  const title = `${xmlText(id)} ${xmlText(node.address)} ${trip}, names ${node.peers.length}`;
  const ring = id === self ? `<circle cx="${x}" cy="${y}" r="8" fill="none" stroke="#000" stroke-width="2"/>` : "";
  const sign = isReachable(node)
    ? `<circle cx="${x}" cy="${y}" r="5" fill="${colourOf(cluster)}"/>`
    : square({ x: point.x, y: point.y });
  const label = `${xmlText(id.slice(0, 8))} ${xmlText(node.address)}`;
  return `<g><title>${title}</title>${ring}${sign}<text ${labelPlace(point, centre)}>${label}</text></g>`;
}

function square({ x, y }: Point): string {
  return `<rect x="${(x - 4).toFixed(1)}" y="${(y - 4).toFixed(1)}" width="8" height="8" fill="#fff" stroke="#000"/>`;
}

/** Beside the node; around a circle outwards, and never upside down. */
function labelPlace({ x, y }: Point, centre: Point | null): string {
  if (centre === null) return `x="${(x + LABEL_PX).toFixed(1)}" y="${(y + 3).toFixed(1)}" ${HALO}`;
  const angle = Math.atan2(y - centre.y, x - centre.x) * 180 / Math.PI;
  const isLeft = Math.abs(angle) > 90;
  const turn = `translate(${x.toFixed(1)} ${y.toFixed(1)})rotate(${(isLeft ? angle + 180 : angle).toFixed(1)})`;
  return `transform="${turn}" y="3" ` + (isLeft ? `x="-${LABEL_PX}" text-anchor="end"` : `x="${LABEL_PX}"`);
}

/** Colours go around once with the ids; `tone` is saturation and lightness. */
function colourOf(cluster: string, tone = "70%,38%"): string {
  if (cluster === "") return "#777";
  const hue = parseInt(cluster, 2) / 2 ** cluster.length * 360;
  return `hsl(${Math.round(hue)},${tone})`;
}
