/**
 * Starting and using a node: the whole of it behaves like a dictionary.
 *
 *     deno run -A examples/usage.ts [host:port of a node to join by]
 *
 * @module
 */

import process from "node:process";
import { StorjError, storjNode, WALK_TIMEOUT_MS } from "warpwire/storj";

// Without a node to join by, the network is one more node of this program.
await using other = await storjNode();
const [bootstrap = `127.0.0.1:${other.port}`] = process.argv.slice(2);

// Start a node (its key is a Bitcoin WIF or HWIF).
const key = "KzygUeD8qXaKBFdJWMk9c6AVib89keoZFBNdFBsj73kYZfAc4n1j";
await using node = await storjNode({ key, bootstrap: [bootstrap] });

try {
  console.log("Giving nodes some time to find peers.");
  await node.ready({ timeoutMs: WALK_TIMEOUT_MS });

  await node.set("examplekey", "examplevalue"); // put a key and a value into the hash table
  const retrieved = await node.get("examplekey"); // retrieve the value by its key
  console.log(`examplekey => ${retrieved}`);
} catch (error) {
  if (!(error instanceof StorjError && error.code === "timeout")) throw error;
  console.log("Got timeout error");
}
