/**
 * The figures of several simulations as a picture: what a get takes, or an event, in requests and in virtual time.
 *
 * The same figures give the same text. The picture carries its background, so that light and dark pages both show it whole.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PubsubFigures } from "../test/sim/pubsub.ts";
import type { Figures, Spread } from "../test/sim/report.ts";
import { root } from "./project.ts";

/** A chart of simulations of one kind. */
interface Chart<F> {
  /** Where in `docs` figures and picture are, less what their names end with. */
  readonly file: string;
  readonly title: string;
  readonly about: string;
  readonly panels: readonly Panel<F>[];
}

/** A simulation with the name that stands beside its bars. */
interface Recorded<F> {
  readonly name: string;
  readonly figures: F;
}

interface Panel<F> {
  readonly title: string;
  /** The lengths of the bars. */
  readonly of: (figures: F) => readonly number[];
}

/** Of the hash table. */
export const DHT_CHART: Chart<Figures> = {
  file: "dht-figures",
  title: "What a get takes in a simulated network",
  about: "median and 95 % of all gets",
  panels: [
    { title: "Requests of a get", of: ({ rpcs }) => both(rpcs) },
    { title: "Virtual time of a get in ms", of: ({ getMs }) => both(getMs) },
  ],
};

/** Of publish/subscribe. */
export const PUBSUB_CHART: Chart<PubsubFigures> = {
  file: "pubsub-figures",
  title: "What an event takes in a simulated network",
  about: "median and 95 % of all deliveries",
  panels: [
    { title: "Delivered, %", of: ({ delivered, expected }) => [Math.floor(1000 * delivered / expected) / 10] },
    { title: "Requests for each delivery", of: ({ requestsPerDelivery }) => [requestsPerDelivery] },
    { title: "Virtual time in ms", of: ({ ms }) => both(ms) },
  ],
};

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
export function record<F>(chart: Chart<F>, name: string, figures: F): void {
  const [records, picture] = ["json", "svg"].map((kind) => join(root, `docs/${chart.file}.${kind}`));
  const before: Recorded<F>[] = existsSync(records) ? JSON.parse(readFileSync(records, "utf8")) : [];
  const at = before.findIndex((other) => other.name === name);
  const runs = at < 0 ? [...before, { name, figures }] : before.with(at, { name, figures });
  writeFileSync(records, JSON.stringify(runs, null, 2) + "\n");
  writeFileSync(picture, simChart(chart, runs));
  spawnSync(join(root, "node_modules/.bin/deno"), ["fmt", "--quiet", records, picture], { stdio: "inherit" });
}

/** Draws the chart as SVG. */
function simChart<F>({ title, about, panels }: Chart<F>, runs: readonly Recorded<F>[]): string {
  const width = 2 * MARGIN + LABEL_WIDTH + panels.length * PANEL_WIDTH;
  const height = TOP + runs.length * ROW_HEIGHT + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${title}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${width}" height="${height}" />`,
    text("title", MARGIN, 24, `${title}: ${about}`),
    ...runs.map(({ name }, row) => text("", MARGIN, TOP + row * ROW_HEIGHT + 13, name)),
    ...panels.flatMap((panel, column) => drawPanel(panel, runs, MARGIN + LABEL_WIDTH + column * PANEL_WIDTH)),
    "</svg>",
    "",
  ].join("\n");
}

function drawPanel<F>({ title, of }: Panel<F>, runs: readonly Recorded<F>[], left: number): string[] {
  const most = Math.max(...runs.flatMap(({ figures }) => of(figures)), 1);
  const scale = (PANEL_WIDTH - VALUE_WIDTH) / most;
  const bars = runs.flatMap(({ figures }, row) =>
    of(figures).map((value, index) => {
      const y = TOP + row * ROW_HEIGHT + index * BAR_HEIGHT;
      const length = Math.round(10 * value * scale) / 10;
      return `<rect class="bar${index}" x="${left}" y="${y}" width="${length}" height="${BAR_HEIGHT - 1}" />\n` +
        text("small", left + length + 4, y + BAR_HEIGHT - 1, String(value));
    })
  );
  return [text("head", left, TOP - 14, title), ...bars];
}

function both({ p50, p95 }: Spread): readonly number[] {
  return [p50, p95];
}

function text(kind: string, x: number, y: number, content: string): string {
  const attribute = kind === "" ? "" : ` class="${kind}"`;
  return `<text${attribute} x="${x}" y="${y}">${content.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;
}
