/**
 * The network as a map: who is there, and who knows whom; its pictures.
 *
 * @module
 */

export { crawl, type CrawlOptions, type CrawlProgress } from "./crawl.ts";
export { mapDot } from "./dot.ts";
export { type Dataset, monitor, type MonitorOptions, type SavedDataset } from "./monitor.ts";
export type { MapNode, NetworkMap } from "./network-map.ts";
export { mapPng, mapSvg } from "./picture.ts";
export type { ScannedNode } from "./scan.ts";
export { mapFile, saveMap } from "./save.ts";
