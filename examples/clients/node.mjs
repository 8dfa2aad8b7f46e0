/**
 * The user API from Node or Deno, with a method for each call: `node node.mjs [URL-of-Alice URL-of-Bob]`.
 *
 * Two nodes of one network are needed: `warpwire storj swarm --nodes 50` has them at the ports 5000 and 5001.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import process from "node:process";
import { connectUserApi } from "warpwire/user-api/client";

const [aliceUrl = "http://127.0.0.1:5000", bobUrl = "http://127.0.0.1:5001"] = process.argv.slice(2);
const token = process.env.WARPWIRE_TOKEN;
const alice = await connectUserApi({ url: aliceUrl, token });
const bob = await connectUserApi({ url: bobUrl, token });
try {
  await main();
} finally {
  await alice.disconnect();
  await bob.disconnect();
}

async function main() {
  const bobId = await bob.dht_id();

  // The hash table: what one node puts, every node gets.
  console.log("put:", await alice.dht_put("node", { answer: 42 }));
  console.log("get:", await bob.dht_get("node"));

  // Messages, to one node. From `ready` on none is missed.
  const messages = bob.incomingMessages();
  await messages.ready;
  console.log("sent:", await alice.message_send(bobId, "hi Bob"));
  for await (const { message } of messages) {
    console.log("message:", message);
    break;
  }

  // Events, to all who subscribe. Others learn of a subscription within seconds, so Alice tells more than once.
  const news = bob.topic("node news");
  await news.ready;
  let number = 0;
  const telling = setInterval(() => alice.pubsub_publish("node news", `issue ${++number}`), 100);
  for await (const event of news) {
    console.log("event:", event);
    break;
  }
  clearInterval(telling);

  // Streams of bytes, which are written in hex.
  const streams = bob.incomingStreams();
  await streams.ready;
  const stream = await alice.stream_open(bobId);
  console.log("written:", await alice.stream_write(stream, Buffer.from("hello").toString("hex")));
  for await (const { streamid } of streams) {
    let read = "";
    while (read === "") read = await bob.stream_read(streamid);
    console.log("read:", Buffer.from(read, "hex").toString());
    break;
  }
  console.log("closed:", await alice.stream_close(stream));

  try {
    await alice.dht_find("nobody");
  } catch (error) {
    console.log("error:", error.code, error.error);
  }
}
