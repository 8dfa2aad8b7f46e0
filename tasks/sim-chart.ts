/**
 * The figures of several simulations as a picture: what a get takes, in requests and in virtual time.
 *
 * The same figures give the same text. The picture carries its background, so that light and dark pages both show it whole.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Figures, Spread } from "../test/sim/report.ts";
import { root } from "./project.ts";

/** What was recorded, and the picture of it. */
const RECORDS = join(root, "docs/dht-figures.json");
const CHART = join(root, "docs/dht-figures.svg");

/** A simulation with the name that stands beside its bars. */
interface Recorded {
  readonly name: string;
  readonly figures: Figures;
}

interface Panel {
  readonly title: string;
  readonly of: (figures: Figures) => Spread;
}

const PANELS: readonly Panel[] = [
  { title: "Requests of a get", of: ({ rpcs }) => rpcs },
  { title: "Virtual time of a get in ms", of: ({ getMs }) => getMs },
];
const MARGIN = 16;
const TOP = 70;
const LABEL_WIDTH = 210;
const PANEL_WIDTH = 280;
/** Room for the number behind the longest bar. */
const VALUE_WIDTH = 44;
const BAR_HEIGHT = 9;
const ROW_HEIGHT = 28;

const STYLE = `
  .page { fill: #ffffff; }
  text { fill: #1f2328; font: 12px system-ui, sans-serif; }
  .title { font-size: 15px; font-weight: 600; }
  .head { font-weight: 600; }
  .small { font-size: 9.5px; }
  .bar0 { fill: #2f81b7; }
  .bar1 { fill: #c9781f; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; }
    text { fill: #e6edf3; }
    .bar0 { fill: #58a6ff; }
    .bar1 { fill: #e3a14f; }
  }
`;

/** Keeps the figures of a simulation, in place of those of the same name, and draws all anew. */
export function record(name: string, figures: Figures): void {
  const before: Recorded[] = existsSync(RECORDS) ? JSON.parse(readFileSync(RECORDS, "utf8")) : [];
  const at = before.findIndex((other) => other.name === name);
  const runs = at < 0 ? [...before, { name, figures }] : before.with(at, { name, figures });
  writeFileSync(RECORDS, JSON.stringify(runs, null, 2) + "\n");
  writeFileSync(CHART, simChart(runs));
  spawnSync(join(root, "node_modules/.bin/deno"), ["fmt", "--quiet", RECORDS, CHART], { stdio: "inherit" });
}

/** Draws the chart as SVG. */
function simChart(runs: readonly Recorded[]): string {
  const width = 2 * MARGIN + LABEL_WIDTH + PANELS.length * PANEL_WIDTH;
  const height = TOP + runs.length * ROW_HEIGHT + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>What a get takes in a simulated network</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${width}" height="${height}" />`,
    text("title", MARGIN, 24, "What a get takes in a simulated network: median and 95 % of all gets"),
    ...runs.map(({ name }, row) => text("", MARGIN, TOP + row * ROW_HEIGHT + 13, name)),
    ...PANELS.flatMap((panel, column) => drawPanel(panel, runs, MARGIN + LABEL_WIDTH + column * PANEL_WIDTH)),
    "</svg>",
    "",
  ].join("\n");
}

function drawPanel({ title, of }: Panel, runs: readonly Recorded[], left: number): string[] {
  const most = Math.max(...runs.map(({ figures }) => of(figures).p95), 1);
  const scale = (PANEL_WIDTH - VALUE_WIDTH) / most;
  const bars = runs.flatMap(({ figures }, row) =>
    [of(figures).p50, of(figures).p95].map((value, index) => {
      const y = TOP + row * ROW_HEIGHT + index * BAR_HEIGHT;
      const length = Math.round(10 * value * scale) / 10;
      return `<rect class="bar${index}" x="${left}" y="${y}" width="${length}" height="${BAR_HEIGHT - 1}" />\n` +
        text("small", left + length + 4, y + BAR_HEIGHT - 1, String(value));
    })
  );
  return [text("head", left, TOP - 14, title), ...bars];
}

function text(kind: string, x: number, y: number, content: string): string {
  const attribute = kind === "" ? "" : ` class="${kind}"`;
  return `<text${attribute} x="${x}" y="${y}">${content.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;
}
