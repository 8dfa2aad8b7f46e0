/**
 * Maps as files.
 *
 * @module
 */

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { storjHome } from "../persistence/mod.ts";
import { mapDot } from "./dot.ts";
import type { NetworkMap } from "./network-map.ts";
import { mapPng, mapSvg } from "./picture.ts";

/**
 * Where the picture of a map goes if nobody says otherwise: `network map 2016-03-01 12.30.00.000.png` (UTC) in the folder
 * `graphs` of {@link storjHome}. Not all file systems have colons in names.
 */
export function mapFile({ made }: NetworkMap, home: string = storjHome()): string {
  const time = new Date(made).toISOString().replace("T", " ").replace("Z", "").replaceAll(":", ".");
  return join(home, "graphs", `network map ${time}.png`);
}

/**
 * Writes a map into a file: a picture, or for `.dot`, `.gv` and `.json` a text. Folders are made.
 *
 * @param file Its name ends with what is to be written. Default: {@link mapFile}
 * @returns the name of the file
 * @throws TypeError for another ending
 */
export async function saveMap(map: NetworkMap, file: string = mapFile(map)): Promise<string> {
  const content = await contentFor(extname(file).toLowerCase(), map);
  if (content === null) {
    throw new TypeError(`Cannot save a map as "${file}": the name ends with .png, .svg, .dot or .json`);
  }
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  return file;
}

function contentFor(extension: string, map: NetworkMap): Promise<Uint8Array | string> | string | null {
  switch (extension) {
    case ".png":
      return mapPng(map);
    case ".svg":
      return mapSvg(map);
    case ".dot":
    case ".gv":
      return mapDot(map);
    case ".json":
      return `${JSON.stringify({ ...map, nodes: Object.fromEntries(map.nodes) }, null, 2)}\n`;
    default:
      return null;
  }
}
