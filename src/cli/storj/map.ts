/**
 * `map` and `monitor`: the network as a picture, and watched.
 *
 * @module
 */

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { plural } from "../../../codec/text/mod.ts";
import { escapeText } from "../../../codec/mod.ts";
import { type CrawlProgress, mapDot, mapFile, mapPng, mapSvg, type NetworkMap } from "../../storj/mod.ts";
import type { DatasetNotice, MapAnswer } from "../../user-api/mod.ts";
import { type Arguments, type CommandSpec, numberOption, positionals, textOption } from "../command.ts";
import { jsonLine } from "../json/mod.ts";
import { type NodeAccess, withNode } from "./node-access.ts";

const NODES_MAX = 100_000;
/** What Node and Deno can set a timer for. */
const INTERVAL_SECONDS_MAX = 2_147_483;
const LIMIT_MAX = 1000;

/** The formats of pictures, by their options. */
const FORMATS = { dot: mapDot, svg: mapSvg, png: mapPng } as const;
type Format = keyof typeof FORMATS;

/** Makes a map of the network. */
export const mapCommand: CommandSpec = {
  name: "map",
  usage: "[options]",
  about: "ask all nodes whom they know, and draw the network",
  details: `Without a file and without --json, the picture goes into the folder graphs of the data folder, as PNG. With
--json there is a line for each node, and one with a summary.`,
  options: {
    dot: { type: "string", value: "FILE", about: "write the map for Graphviz" },
    svg: { type: "string", value: "FILE", about: "write the picture as SVG" },
    png: { type: "string", value: "FILE", about: "write the picture as PNG" },
    "nodes-max": { type: "string", value: "N", about: "how many nodes the map has at most; default 10000" },
  },
  async run(args, streams) {
    positionals(args, []);
    const nodesMax = numberOption(args, "nodes-max", { min: 1, max: NODES_MAX, whole: true });
    const files = filesOf(args);
    return await withNode(args, streams, async (access) => {
      await access.checkPeers();
      access.show("asking nodes whom they know…");
      const answer = await access.call("map", nodesMax === undefined ? [] : [nodesMax], (value) => {
        const { answered, nodes, waiting } = value as CrawlProgress;
        access.show(`asking nodes whom they know: ${answered} of ${nodes} have answered, ${waiting} are waiting…`);
      }) as MapAnswer;
      const map: NetworkMap = { ...answer, nodes: new Map(Object.entries(answer.nodes)) };
      const usual = files.length === 0 && !access.config.json;
      const written = usual ? [["png", mapFile(map, access.config.folder.path)] as const] : files;
      for (const [format, file] of written) {
        access.show(`drawing ${file}…`);
        const content = await FORMATS[format](map);
        if (usual) await mkdir(dirname(file), { recursive: true });
        await writeFile(file, content);
      }
      printMap(map, written.map(([, file]) => file), access);
    });
  },
};

function filesOf(args: Arguments): (readonly [Format, string])[] {
  return (Object.keys(FORMATS) as Format[]).flatMap((format) => {
    const file = textOption(args, format);
    return file === undefined ? [] : [[format, resolve(file)] as const];
  });
}

function printMap(
  { nodes, self, made, complete }: NetworkMap,
  files: readonly string[],
  { config, print }: NodeAccess,
) {
  const answered = [...nodes.values()].filter(({ seen }) => seen !== null).length;
  if (config.json) {
    for (const [nodeId, node] of nodes) print(`${jsonLine({ nodeId, ...node })}\n`);
    return print(`${jsonLine({ summary: { self, made, complete, nodes: nodes.size, answered, files } })}\n`);
  }
  const what = `${plural(nodes.size, "node")}, ${answered} of which answered${complete ? "" : "; there are more"}`;
  for (const file of files) print(`${escapeText(file)}: ${what}\n`);
}

/** Watches the network. */
export const monitorCommand: CommandSpec = {
  name: "monitor",
  usage: "[options]",
  about: "ask the nodes around what they are, again and again, and keep the answers",
  details:
    `Each dataset is a file in the folder datasets of the data folder; the hash of the file goes into the hash table.
Only nodes that run with --answer-requests answer. It stays until Ctrl-C.`,
  options: {
    interval: { type: "string", value: "SECONDS", about: "from one dataset to the next; default 3600" },
    limit: { type: "string", value: "N", about: "how many nodes a dataset has at most; default 20" },
  },
  async run(args, streams) {
    positionals(args, []);
    const seconds = numberOption(args, "interval", { min: 0, max: INTERVAL_SECONDS_MAX }) ?? 3600;
    const limit = numberOption(args, "limit", { min: 1, max: LIMIT_MAX, whole: true }) ?? 20;
    return await withNode(args, streams, async ({ call, checkPeers, config, print, show, signal }) => {
      await checkPeers();
      show("asking nodes what they are…");
      const monitoring = call("monitor", [1000 * seconds, limit], (value) => {
        const notice = value as DatasetNotice;
        print(config.json ? `${jsonLine(notice)}\n` : `${escapeText(datasetText(notice))}\n`);
        show("waiting for the next dataset…");
      });
      await monitoring.catch((error) => {
        // That it is ended is its usual end.
        if (!signal.aborted) throw error;
      });
    });
  },
};

function datasetText({ num, nodes, file, key, stored }: DatasetNotice): string {
  const hash = stored ? `its hash is stored under ${key}` : "nobody has stored its hash";
  return `Dataset ${num}: ${plural(nodes, "node")} in ${file}; ${hash}`;
}
