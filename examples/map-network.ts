/**
 * A map of the network, and a picture of it.
 *
 *     deno run -A examples/map-network.ts [host:port of a node to join by]
 *
 * @module
 */

import process from "node:process";
import { crawl, saveMap, storjNode, WALK_TIMEOUT_MS } from "warpwire/storj";

// Without a node to join by, the network is one more node of this program.
await using other = await storjNode();
const [bootstrap = `127.0.0.1:${other.port}`] = process.argv.slice(2);

const key = "Kyh4a6zF1TkBZW6gyzwe7XRVtJ18Y75C2bC2d9axeWZnoUdAVXYc";
await using node = await storjNode({ key, bootstrap: [bootstrap] });

console.log("Giving nodes some time to find peers.");
await node.ready({ timeoutMs: WALK_TIMEOUT_MS });

const map = await crawl(node);
for (const [id, { address, seen }] of map.nodes) {
  console.log(id, address, seen === null ? "did not answer" : "answered");
}
// Into the folder graphs of $STORJ_HOME, or else of ~/.storj.
console.log(`Wrote ${await saveMap(map)}`);
