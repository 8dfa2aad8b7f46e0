/**
 * Streams: bytes in order, both ways, between two nodes.
 *
 *     deno run -A examples/streams.ts
 *
 * @module
 */

import { storjNode, WALK_TIMEOUT_MS } from "warpwire/storj";

await using alice = await storjNode({ key: "Kyh4a6zF1TkBZW6gyzwe7XRVtJ18Y75C2bC2d9axeWZnoUdAVXYc" });
await using bob = await storjNode({
  key: "xprv9s21ZrQH143K3uzRG1qUPdYhVZG1TAxQ9bLTWZuFf1FHR5hiWuRf" +
    "o2L2ZNoUX9BW17guAbMXqHjMJXBFvuTBD2WWvRT3zNbtVJ1S7yxUvWd",
  bootstrap: [`127.0.0.1:${alice.port}`],
});

console.log("Giving nodes some time to find peers.");
const options = { timeoutMs: WALK_TIMEOUT_MS };
await Promise.all([alice.ready(options), bob.ready(options)]);

// Bob sends back what he gets, until Alice closes the stream.
const echoing = (async () => {
  for await (const { stream } of bob.incomingStreams()) {
    console.log(`Bob has a stream of ${stream.peerInfo.peerId}`);
    await stream.readable.pipeTo(stream.writable);
    return;
  }
})();

const stream = await alice.openStream(bob.nodeId);
await stream.write(new TextEncoder().encode("hi bob"));
const buf = new Uint8Array(64);
let echo = "";
while (echo.length < "hi bob".length) {
  const length = await stream.read(buf);
  if (length === null) break;
  echo += new TextDecoder().decode(buf.subarray(0, length));
}
console.log(`Alice has got back: ${echo}`);
await stream.close();
await echoing;
console.log(`Streams that are open: ${Object.keys(alice.streams()).length}`);
