/**
 * A direct message: the network is searched for the receiver, which gets the message from the sender itself. So it has
 * to be reachable: a node behind a NAT may not be.
 *
 *     deno run -A examples/direct-message.ts
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type MessageHandler, StorjError, storjNode, WALK_TIMEOUT_MS } from "warpwire/storj";

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

// What Bob does with messages.
const handler: MessageHandler = (source, message) => {
  const from = source === null ? "unknown" : Buffer.from(source).toString("hex");
  console.log(`${message} from ${from}`);
};
using _handling = bob.onMessage(handler);

try {
  console.log("Giving nodes some time to find peers.");
  const options = { timeoutMs: WALK_TIMEOUT_MS };
  await Promise.all([alice.ready(options), bob.ready(options)]);

  // True: Bob has it.
  const arrived = await alice.messageSend(bob.nodeId, "hi bob");
  console.log(arrived ? "Successfully sent!" : "Unsuccessfully sent!");
} catch (error) {
  if (!(error instanceof StorjError && error.code === "timeout")) throw error;
  console.log("Got timeout error");
}
