/**
 * A relayed message: it goes to the node nearest to the receiver that takes it, and from there on in the same way. So it
 * can reach nodes behind a NAT, which others that they have called can call.
 *
 *     deno run -A examples/relay-message.ts
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { StorjError, storjNode, WALK_TIMEOUT_MS } from "warpwire/storj";

// Nobody is at this address, so that the two of them are alone.
await using alice = await storjNode({
  key: "Kyh4a6zF1TkBZW6gyzwe7XRVtJ18Y75C2bC2d9axeWZnoUdAVXYc",
  bootstrap: ["240.0.0.0:1337"],
});
await using bob = await storjNode({
  key: "xprv9s21ZrQH143K3uzRG1qUPdYhVZG1TAxQ9bLTWZuFf1FHR5hiWuRf" +
    "o2L2ZNoUX9BW17guAbMXqHjMJXBFvuTBD2WWvRT3zNbtVJ1S7yxUvWd",
  bootstrap: [`127.0.0.1:${alice.port}`],
});

// What Alice does with messages. Those that are relayed say who they are from only if they are signed.
const received = new Promise<void>((resolve) => {
  alice.onMessage((source, message) => {
    const from = source === null ? "unknown" : Buffer.from(source).toString("hex");
    console.log(`${message} from ${from}`);
    resolve();
  });
});

try {
  console.log("Giving nodes some time to find peers.");
  const options = { timeoutMs: WALK_TIMEOUT_MS };
  await Promise.all([alice.ready(options), bob.ready(options)]);

  // True: it is in Bob's own queue; nobody has it yet.
  if (await bob.relayMessage(alice.nodeId, "hi alice")) console.log("Queued relay message.");
  await received;
} catch (error) {
  if (!(error instanceof StorjError && error.code === "timeout")) throw error;
  console.log("Got timeout error");
}
