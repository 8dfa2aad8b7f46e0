/**
 * The times of the frames as a picture: how many times as long as by hand, for every frame and direction.
 *
 * The same figures give the same text. The picture carries its background, so that light and dark pages both show it whole.
 *
 * @module
 */

import { ratio } from "./markdown.mjs";

/** What the ratios are relative to; it is the line at 1. */
const BASELINE = "hand";
const DIRECTIONS = ["encode", "decode"];

const MARGIN = 16;
const TITLE_HEIGHT = 56;
const PANEL_WIDTH = 440;
const PANEL_HEAD = 24;
const PANEL_FOOT = 26;
/** Room for the names, with the gap behind them. */
const LABEL_WIDTH = 150;
const LABEL_GAP = 10;
/** Room for the number behind the longest bar. */
const VALUE_WIDTH = 44;
const BAR_HEIGHT = 8;
const GROUP_GAP = 6;

/** What the scale shows at least. */
const RATIO_MIN = 1;
const RATIO_MAX = 2;
/** So many numbers have room below a panel; of more, every second is written. */
const TICKS_MAX = 8;
/** What stands out: this library. */
const OWN = "warpwire";

const STYLE = `
  .page { fill: #ffffff; }
  text { fill: #1f2328; font: 12px system-ui, sans-serif; }
  .title { font-size: 15px; font-weight: 600; }
  .head { font-weight: 600; }
  .small { font-size: 9.5px; }
  .grid { stroke: #d1d9e0; }
  .one { stroke: #59636e; }
  .bar0 { fill: #2f81b7; }
  .bar1 { fill: #c9781f; }
  .bar2 { fill: #6a9a3b; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; }
    text { fill: #e6edf3; }
    .grid { stroke: #30363d; }
    .one { stroke: #9198a1; }
    .bar0 { fill: #58a6ff; }
    .bar1 { fill: #e3a14f; }
    .bar2 { fill: #8fc45c; }
  }
`;

/**
 * Draws the chart.
 *
 * @param {{ date: string, outcomes: import("./tables.mjs").Outcome[] }} run of the frames
 * @returns {string} SVG
 */
export function ratioChart({ date, outcomes }) {
  const panels = outcomes[0].frames.flatMap((frame) =>
    DIRECTIONS.map((direction) => ({ frame, direction, groups: groupsOf(outcomes, frame.id, direction) }))
  );
  const scale = scaleFor(panels.flatMap(({ groups }) => groups.flatMap(({ ratios }) => ratios)));
  const parts = [];
  let top = TITLE_HEIGHT;
  for (let i = 0; i < panels.length; i += DIRECTIONS.length) {
    const row = panels.slice(i, i + DIRECTIONS.length);
    row.forEach((panel, column) => parts.push(drawPanel(panel, scale, MARGIN + column * PANEL_WIDTH, top)));
    top += Math.max(...row.map((panel) => heightOf(panel, outcomes.length)));
  }
  const width = 2 * MARGIN + DIRECTIONS.length * PANEL_WIDTH;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top + MARGIN}" role="img">`,
    `<title>Times of the frames relative to code written by hand</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${width}" height="${top + MARGIN}" />`,
    text("title", MARGIN, 24, `Time per frame, as a multiple of code written by hand (logarithmic; ${date})`),
    ...legend(outcomes),
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

/** Candidates with their ratio on every runtime, the baseline left out. */
function groupsOf(outcomes, frame, direction) {
  const find = ({ times }, candidate) =>
    times.find((time) => time.candidate === candidate && time.frame === frame && time.direction === direction);
  return outcomes[0].candidates.filter(({ name }) => name !== BASELINE).map(({ name }) => ({
    name,
    ratios: outcomes.map((outcome) => {
      const time = find(outcome, name);
      return time === undefined ? undefined : time.median / find(outcome, BASELINE).median;
    }),
  })).filter(({ ratios }) => ratios.some((one) => one !== undefined));
}

/** A logarithmic scale from a power of two below all ratios to one above them. */
function scaleFor(ratios) {
  const known = ratios.filter((one) => one !== undefined);
  const low = Math.floor(Math.log2(Math.min(RATIO_MIN, ...known)));
  const high = Math.ceil(Math.log2(Math.max(RATIO_MAX, ...known)));
  const step = high - low < TICKS_MAX ? 1 : 2;
  const room = PANEL_WIDTH - LABEL_WIDTH - VALUE_WIDTH - MARGIN;
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, i) => ({ value: 2 ** (low + i), named: (low + i) % step === 0 })),
    x: (value) => LABEL_WIDTH + (Math.log2(value) - low) / (high - low) * room,
  };
}

function groupHeight(runtimes) {
  return runtimes * BAR_HEIGHT + GROUP_GAP;
}

function heightOf({ groups }, runtimes) {
  return PANEL_HEAD + groups.length * groupHeight(runtimes) + PANEL_FOOT;
}

function drawPanel({ frame, direction, groups }, scale, left, top) {
  const runtimes = groups[0]?.ratios.length ?? 0;
  const bottom = PANEL_HEAD + groups.length * groupHeight(runtimes);
  return [
    `<g transform="translate(${left} ${top})">`,
    text("head", 0, 14, `${frame.id} ${direction}: ${frame.title}`),
    ...scale.ticks.map((tick) => gridLine(tick, scale.x(tick.value), bottom)),
    ...groups.map((group, i) => drawGroup(group, scale, PANEL_HEAD + i * groupHeight(runtimes))),
    "</g>",
  ].join("\n");
}

function gridLine({ value, named }, x, bottom) {
  const place = fixed(x);
  const label = named ? `\n${text("small", x, bottom + 12, `${value}×`, "middle")}` : "";
  const line = `<line class="${value === 1 ? "one" : "grid"}" x1="${place}" x2="${place}" y1="${PANEL_HEAD - 2}" ` +
    `y2="${bottom}" />`;
  return line + label;
}

function drawGroup({ name, ratios }, scale, top) {
  const middle = top + ratios.length * BAR_HEIGHT / 2 + 4;
  const bars = ratios.flatMap((value, i) =>
    value === undefined ? [] : [drawBar(value, i, scale, top + i * BAR_HEIGHT)]
  );
  return [text(name.startsWith(OWN) ? "head" : "", LABEL_WIDTH - LABEL_GAP, middle, name, "end"), ...bars].join("\n");
}

/** From the line at 1, to the right for what takes longer. */
function drawBar(value, index, scale, top) {
  const [one, end] = [scale.x(1), scale.x(value)];
  const left = Math.min(one, end);
  const bar = `<rect class="bar${index}" x="${fixed(left)}" y="${top}" width="${fixed(Math.abs(end - one))}" ` +
    `height="${BAR_HEIGHT - 1}" />`;
  return `${bar}\n${text("small", Math.max(one, end) + 4, top + BAR_HEIGHT - 1, ratio(value))}`;
}

function legend(outcomes) {
  return outcomes.flatMap(({ runtime, version }, i) => {
    const x = MARGIN + i * 120;
    return [
      `<rect class="bar${i}" x="${x}" y="34" width="12" height="10" />`,
      text("", x + 18, 43, `${runtime} ${version}`),
    ];
  });
}

function text(kind, x, y, content, anchor) {
  const attributes = [
    kind === "" ? "" : ` class="${kind}"`,
    ` x="${fixed(x)}" y="${fixed(y)}"`,
    anchor === undefined ? "" : ` text-anchor="${anchor}"`,
  ];
  return `<text${attributes.join("")}>${escaped(content)}</text>`;
}

function escaped(content) {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** A tenth of a pixel is enough. */
function fixed(value) {
  return String(Math.round(value * 10) / 10);
}
