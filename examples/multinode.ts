/**
 * More than one node in a program: each has a port of its own.
 *
 *     deno run -A examples/multinode.ts
 *
 * @module
 */

import { StorjError, storjNode, WALK_TIMEOUT_MS } from "warpwire/storj";

// Alice's key is a Bitcoin WIF.
await using alice = await storjNode({ key: "Kyh4a6zF1TkBZW6gyzwe7XRVtJ18Y75C2bC2d9axeWZnoUdAVXYc" });

// Bob's is a HWIF. He joins by Alice.
await using bob = await storjNode({
  key: "xprv9s21ZrQH143K3uzRG1qUPdYhVZG1TAxQ9bLTWZuFf1FHR5hiWuRf" +
    "o2L2ZNoUX9BW17guAbMXqHjMJXBFvuTBD2WWvRT3zNbtVJ1S7yxUvWd",
  bootstrap: [`127.0.0.1:${alice.port}`],
});

try {
  console.log("Giving nodes some time to find peers.");
  const options = { timeoutMs: WALK_TIMEOUT_MS };
  await Promise.all([alice.ready(options), bob.ready(options)]);

  await alice.set("examplekey", "examplevalue"); // Alice inserts a value
  const stored = await bob.get("examplekey"); // Bob retrieves it
  console.log(`examplekey => ${stored}`);
} catch (error) {
  if (!(error instanceof StorjError && error.code === "timeout")) throw error;
  console.log("Got timeout error");
}
