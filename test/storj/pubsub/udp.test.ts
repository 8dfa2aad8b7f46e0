/**
 * Publish/subscribe on the UDP of this machine, with everything by default.
 *
 * @module
 */

import { createSocket } from "node:dgram";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../../codec/mod.ts";
import { HEADER_BYTES } from "../../../codec/protocols/storj/mod.ts";
import { storjNode } from "../../../src/storj/mod.ts";
import { fixture } from "../../fixture.ts";

const test = suite("storj: publish/subscribe over UDP");

test("events go from node to node, with values as they are", async () => {
  await using first = await storjNode();
  const bootstrap = [`127.0.0.1:${first.port}`];
  await using second = await storjNode({ bootstrap });
  await using third = await storjNode({ bootstrap, pubsub: { depth: 1 } });
  await Promise.all([first, second, third].map((node) => node.ready({ timeoutMs: 10_000 })));
  const [ofFirst, ofSecond] = [first.topic("news"), second.topic("news")];
  second.subscribe("news");
  const event = { text: "hi", list: [1, 2.5, new Uint8Array(3), null] };
  await third.publish("news", event);
  assert.equal(await ofFirst.next(), { done: false, value: event });
  assert.equal(await ofSecond.next(), { done: false, value: event });
  assert.equal([second.events("news"), second.events("news")], [[event], []]);
  await first.publish("news", 5);
  assert.equal([(await ofSecond.next()).value, (await ofFirst.next()).value], [5, 5]);
});

interface Recorded {
  readonly name: string;
  readonly request: string;
  readonly response: string;
}

test("a recorded datagram of an original brings an event, and gets the recorded answer", async () => {
  await using node = await storjNode();
  const events = node.topic("topic");
  const { cases } = fixture("storj-datagrams-and-filters.json") as { readonly cases: readonly Recorded[] };
  const { request, response } = cases.find(({ name }) => name === "quasar_notify")!;
  const socket = createSocket("udp4");
  try {
    const answered = new Promise<Uint8Array>((resolve) =>
      socket.on("message", (bytes: Uint8Array) => {
        // Besides, the node asks who it is that has called.
        if (formatHex(bytes.subarray(0, HEADER_BYTES)) === response.slice(0, 2 * HEADER_BYTES)) resolve(bytes);
      })
    );
    socket.send(parseHex(request), node.port, "127.0.0.1");
    assert.equal(await events.next(), { done: false, value: "event" });
    assert.is(formatHex(await answered), response);
  } finally {
    socket.close();
  }
});

test.run();
