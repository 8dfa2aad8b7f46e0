/**
 * Watching the network: what the nodes around are, and whom they know, again and again.
 *
 *     deno run -A examples/monitor.ts
 *
 * @module
 */

import { monitor, storjNode, WALK_TIMEOUT_MS } from "warpwire/storj";

// Only nodes that are told so say what they are.
await using first = await storjNode({ answerRequests: true });
const bootstrap = [`127.0.0.1:${first.port}`];
await using second = await storjNode({ answerRequests: true, bootstrap });

const key = "Kyh4a6zF1TkBZW6gyzwe7XRVtJ18Y75C2bC2d9axeWZnoUdAVXYc";
await using node = await storjNode({ key, bootstrap });

console.log("Giving nodes some time to find peers.");
const options = { timeoutMs: WALK_TIMEOUT_MS };
await Promise.all([second.ready(options), node.ready(options)]);

// Once an hour, for ever; here one of them will do. The files are in the folder datasets of $STORJ_HOME, or of ~/.storj.
for await (const dataset of monitor(node, { limit: 2 })) {
  console.log(`Dataset ${dataset.num} of ${dataset.node}: ${Object.keys(dataset.processed).length} nodes`);
  console.log(`Its hash is in the hash table: ${await first.get(dataset.key) === dataset.hash}`);
  break;
}
