/**
 * Pictures of maps.
 *
 * @module
 */

import { Resvg } from "@resvg/resvg-wasm";
import { instance } from "@viz-js/viz";
import { execFileSync, type ExecFileSyncOptionsWithStringEncoding } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SimNetwork } from "../../../src/host/sim/mod.ts";
import { mapDot, mapFile, mapPng, mapSvg, type NetworkMap, saveMap } from "../../../src/storj/mod.ts";
import { madeUpMap, smallMap } from "./make.ts";

const test = suite("storj: pictures of maps");

const browser = ["chromium", "chromium-browser", "google-chrome"].find((name) => runs(name, ["--version"]));
if (browser === undefined) console.log("  skipped: there is no Chromium to open a picture with");

const { random } = new SimNetwork({ seed: 7 });
const SILENT = { peers: [], roundTripMs: null, seen: null };
const TRIO = { "00aa": {}, "7fbb": { address: "[2001:db8::1]:4653" }, "ffcc": SILENT };
const BROWSER_RUN: ExecFileSyncOptionsWithStringEncoding = {
  encoding: "utf8",
  stdio: ["ignore", "pipe", "ignore"],
  timeout: 60_000,
  maxBuffer: 2 ** 26,
};
/** Texts that mean something to what reads the pictures. */
const HOSTILE = [
  '"];}',
  "<script>alert(1)</script>",
  "]]>",
  "&amp;",
  "\\",
  "\\N",
  "\u0000\u001b[31m",
  "\ud800",
  "a\nb",
  "é",
  "x".repeat(5000),
];

test("a text for Graphviz has each node and each connection once, in clusters by leading bits", () => {
  assert.is(
    mapDot(smallMap(TRIO)),
    `graph "network map" {
  overlap=false; outputorder=edgesfirst;
  node [fontsize=8, margin=0];
  subgraph "cluster_0" {
    label="0...";
    "00aa" [label="00aa\\n10.0.0.1:4653", peripheries=2, style=filled, fillcolor=gold];
    "7fbb" [label="7fbb\\n[2001:db8::1]:4653", style=filled, fillcolor=palegreen];
  }
  subgraph "cluster_1" {
    label="1...";
    "ffcc" [label="ffcc\\n10.0.0.1:4653", shape=box, style=dashed];
  }
  "00aa" -- "7fbb" [len=1];
  "7fbb" -- "ffcc" [len=2.5];
  "00aa" -- "ffcc" [len=2.5];
}
`,
  );
});

test("Graphviz and a renderer of SVG read what strangers call themselves as texts", async () => {
  const hostile = smallMap(Object.fromEntries(HOSTILE.map((text, at) => [`${at}${text}`, { address: text }])));
  const viz = await instance();
  const read = JSON.parse(viz.renderString(mapDot(hostile), { engine: "neato", format: "json0" }));
  const isNode = ({ nodes }: { nodes?: unknown }) => nodes === undefined;
  assert.is(read.objects.filter(isNode).length, HOSTILE.length);
  assert.is(read.edges.length, HOSTILE.length * (HOSTILE.length - 1) / 2);

  const svg = await mapSvg(hostile);
  assert.is(isRendered(svg), true);
  assert.not.match(svg, /<script|\]\]>|[^ -~…\n]/);
  assert.is(svg.match(/<title>/g)?.length, HOSTILE.length);
  assert.match(svg, "&#60;script&#62;alert(1)");
  assert.ok(svg.length < 50_000, `${svg.length} bytes`);
});

test("nodes that did not answer have another sign, and the own node a ring, whatever the colours", async () => {
  for (const map of [smallMap(TRIO), madeUpMap(300, random)]) {
    const { size } = map.nodes;
    const silent = [...map.nodes.values()].filter(({ seen }) => seen === null).length;
    const svg = await mapSvg(map);
    // One of each is in the legend.
    assert.is(svg.match(/<rect [^>]*width="8"/g)?.length, silent + 1);
    assert.is(svg.match(/<circle [^>]*r="5"/g)?.length, size - silent + 1);
    assert.is(svg.match(/r="8" fill="none"/g)?.length, 1);
    assert.match(svg, `>${size} nodes`);
    assert.match(svg, `>${silent} did not answer<`);
  }
});

test("a network of one node, and one of none, have a picture", async () => {
  for (const map of [smallMap({ "00": {} }), { ...smallMap({}), self: "00" }]) {
    assert.is(isRendered(await mapSvg(map)), true);
    assert.ok((await mapPng(map)).length > 100);
  }
});

test("a thousand nodes take less than 3 MB and 10 s; no label covers another, and clusters stay together", async () => {
  const map = madeUpMap(1000, random);
  const started = performance.now();
  const svg = await mapSvg(map);
  const ms = performance.now() - started;
  assert.ok(svg.length < 3_000_000 && ms < 10_000, `${svg.length} bytes in ${ms} ms`);
  assert.is(isRendered(svg), true);
  for (const [id, { address }] of map.nodes) assert.ok(svg.includes(`<title>${id} ${address} `), id);
  const places = [...svg.matchAll(/translate\(([\d.]+) ([\d.]+)\)/g)].map(([, x, y]) => [Number(x), Number(y)]);
  assert.is(places.length, 1000);
  // Letters have 10 pixels.
  for (const [at, [x, y]] of places.entries()) {
    const [nextX, nextY] = places[(at + 1) % places.length];
    assert.ok(Math.hypot(nextX - x, nextY - y) > 10, `labels ${at} and ${at + 1}`);
  }
  assert.is(svg.match(/font-size="16" text-anchor/g)?.length, 32, "five bits");
  assert.match(svg, "of which 20,000 are drawn");
  assert.is(svg.match(/M\d+ \d+q/g)?.length, 20_000);
});

(browser === undefined ? test.skip : test)("a browser opens the picture of a thousand nodes", async () => {
  const folder = mkdtempSync(join(tmpdir(), "warpwire-map-"));
  try {
    const map = madeUpMap(1000, random);
    const file = await saveMap(map, join(folder, "map.svg"));
    const options = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${folder}`, "--dump-dom"];
    const dom = execFileSync(browser!, [...options, pathToFileURL(file).href], BROWSER_RUN);
    assert.not.match(dom, "parsererror");
    for (const [id, { address }] of map.nodes) assert.ok(dom.includes(`<title>${id} ${address} `), id);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
});

test("what was left out is said", async () => {
  assert.not.match(await mapSvg(smallMap(TRIO)), "not everybody");
  assert.match(await mapSvg({ ...smallMap(TRIO), complete: false }), "not everybody was asked");
});

test("a PNG has the labels, without a font of the system, and is not larger than 4,096 pixels", async () => {
  const png = async (address: string) => await mapPng(smallMap({ ...TRIO, "00aa": { address } }));
  const [one, other, same] = [await png("10.0.0.1:4653"), await png("10.0.0.7:4653"), await png("10.0.0.7:4653")];
  assert.equal(one.subarray(0, 8), Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a));
  assert.not.equal(one, other);
  assert.equal(other, same);
  // The hub of a star: hardly any lines.
  const spread = madeUpMap(1200, random);
  const star = [...spread.nodes].map(([id, node]) => [id, { ...node, peers: [spread.self] }] as const);
  assert.equal(sizeOf(await mapPng({ ...spread, nodes: new Map(star) })), [4096, 4096]);
});

test("a map is saved as what its name says, in folders that are made", async () => {
  const folder = mkdtempSync(join(tmpdir(), "warpwire-map-"));
  try {
    const map: NetworkMap = { ...smallMap(TRIO), made: Date.UTC(2016, 2, 1, 12, 30) };
    const file = mapFile(map, folder);
    assert.is(file, join(folder, "graphs", "network map 2016-03-01 12.30.00.000.png"));
    assert.is(await saveMap(map, file), file);
    assert.equal(new Uint8Array(readFileSync(file)), await mapPng(map));
    for (const [ending, content] of [["svg", await mapSvg(map)], ["DOT", mapDot(map)], ["gv", mapDot(map)]]) {
      assert.is(readFileSync(await saveMap(map, join(folder, `map.${ending}`)), "utf8"), content);
    }
    const json = JSON.parse(readFileSync(await saveMap(map, join(folder, "map.json")), "utf8"));
    assert.equal(json.nodes["ffcc"], { address: "10.0.0.1:4653", ...SILENT });
    const error = await saveMap(map, join(folder, "map.gif")).catch((error) => error);
    assert.instance(error, TypeError);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Whether a renderer, whose parser of XML is a strict one, finds something to draw. */
function isRendered(svg: string): boolean {
  const picture = new Resvg(svg, { fitTo: { mode: "width", value: 400 } });
  const { width } = picture.render();
  return width === 400 && picture.getBBox() !== undefined;
}

function runs(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function sizeOf(png: Uint8Array): number[] {
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

// Has the renderer loaded, which can be done once in a process.
await mapPng(smallMap(TRIO));

test.run();
