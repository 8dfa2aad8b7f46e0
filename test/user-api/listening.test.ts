/**
 * What clients are told as it comes: messages, events, streams, and how calls go on.
 *
 * @module
 */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type ClientSession, userApi } from "../../src/user-api/mod.ts";
import { exactJson } from "../../codec/json/mod.ts";
import { packJson } from "../../codec/msgpack/mod.ts";
import { SCHEMA } from "./rows-results.ts";
import { ALICE_ID, BOB_ID, type Scene, startScene } from "./scene.ts";
import { storjNode } from "../../src/storj/mod.ts";

const test = suite("user API: listening");

let scene: Scene;
test.before(async () => {
  scene = await startScene();
});
test.after(async () => await scene[Symbol.asyncDispose]());

/** A client that notes what it is told. */
class Client {
  readonly told: string[] = [];
  readonly session: ClientSession;

  constructor(api = scene.api) {
    this.session = api.connect({ notify: (text) => this.told.push(text) });
  }

  async call(method: string, params: unknown = []): Promise<unknown> {
    const text = await this.session.answer(JSON.stringify({ jsonrpc: "2.0", id: 7, method, params }));
    const { result, error } = JSON.parse(text!);
    return error === undefined ? result : error.data.name;
  }

  /** The next things told, as JSON. */
  async next(count: number): Promise<string[]> {
    await scene.until(`told ${count} after ${this.told}`, () => this.told.length >= count);
    return this.told.splice(0, count);
  }
}

const notified = (method: string, params: string) => `{"jsonrpc":"2.0","method":"${method}","params":${params}}`;

test("messages, events and streams, each in the form of JSON that calls have", async () => {
  const { alice, bob } = scene;
  const client = new Client();
  const params = { messages: true, topics: ["weather", 5], schemas: [SCHEMA], streams: true };
  assert.is(await client.call("listen", params), null);
  assert.is(await client.call("listen", params), null, "twice is once");
  await bob.messageSend(alice.nodeId, packJson(exactJson('{"a":5.0,"b":{"hex":"ff"}}')));
  assert.equal(await client.next(1), [
    notified("message", `{"from":"${BOB_ID}","message":{"a":5.0,"b":{"hex":"ff"}},"relayed":false}`),
  ]);
  await alice.relayMessage(alice.nodeId, "hi");
  assert.equal(await client.next(1), [notified("message", '{"from":null,"message":"hi","relayed":true}')]);
  await alice.publish("weather", packJson(exactJson("[21.0]")));
  await alice.publish(5, "five");
  assert.equal(await client.next(2), [
    notified("event", '{"topic":"weather","event":[21.0]}'),
    notified("event", '{"topic":5,"event":"five"}'),
  ]);
  await alice.publishEvent('{"sell":true,"price":12.5}', { schema: SCHEMA });
  const [event] = await client.next(1);
  assert.equal(JSON.parse(event).params, { schema: SCHEMA, event: { sell: true, price: 12.5 } });
  const streamid = await bob.streamOpen(alice.nodeId);
  assert.equal(await client.next(1), [notified("stream", `{"streamid":"${streamid}","nodeid":"${BOB_ID}"}`)]);
  assert.equal(alice.subscriptions(), [], "what is listened to is no subscription of the node");
  client.session.close();
  await scene.until("nothing is listened to", () => alice.stats().topics.topics === 0);
  await bob.messageSend(alice.nodeId, "later");
  assert.equal(alice.messageList(), { [BOB_ID]: ["later"] }, "messages wait again");
  assert.equal(client.told, []);
});

test("events of others come in order, none is lost", async () => {
  const { alice, bob } = scene;
  const client = new Client();
  assert.is(await client.call("listen", { topics: ["many"] }), null);
  await scene.until("bob knows that alice listens", () => bob.stats().quasar.neighbours > 0);
  for (let number = 0; number < 500; number++) await alice.publish("many", number);
  const texts = await client.next(500);
  assert.equal(texts.map((text) => JSON.parse(text).params.event), Array.from({ length: 500 }, (_, index) => index));
  client.session.close();
});

test("all that is wanted, or nothing", async () => {
  const { alice } = scene;
  const client = new Client();
  assert.is(await client.call("listen", { topics: ["one"], schemas: [{}] }), "InvalidSchema");
  assert.is(await client.call("listen", { topics: Array.from({ length: 600 }, (_, index) => index) }), "Limit");
  await scene.until("nothing is listened to", () => alice.stats().topics.topics === 0);
  const answerOnly = scene.api.connect({ notify: null });
  const answer = await answerOnly.answer(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "listen", params: [true] }));
  assert.is(JSON.parse(answer!).error.data.name, "Limit", "nothing can be told over HTTP");
  for (const session of [client.session, answerOnly]) session.close();
});

test("a map and datasets tell how they go on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "warpwire-listening-"));
  const api = userApi(scene.alice, { folder });
  const client = new Client(api);
  assert.is((await client.call("map") as { readonly self: string }).self, ALICE_ID);
  const [first] = client.told.splice(0);
  const { method, params } = JSON.parse(first);
  assert.equal([method, params.id, typeof params.value.answered], ["progress", 7, "number"]);

  const monitoring = client.call("monitor", { intervalms: 60_000, limit: 1 });
  const [told] = await client.next(1);
  const { id, value } = JSON.parse(told).params;
  assert.equal([id, value.num, value.nodes], [7, 0, 1]);
  assert.equal(readdirSync(join(folder, "datasets")).length, 1);
  client.session.close();
  assert.is(await monitoring, "Closed");
  api.close();
  rmSync(folder, { recursive: true });
});

test("errors of a node alone, and of one that has as much as it takes", async () => {
  await using node = await storjNode();
  const client = new Client(userApi(node));
  assert.is(await client.call("pubsub_publish", ["topic", 1]), "NoPeers");
  assert.is(await client.call("publish", [{ sell: true, price: 1 }, SCHEMA]), "NoPeers");
  for (let topic = 0; topic < 512; topic++) assert.is(await client.call("pubsub_subscribe", [topic]), null);
  assert.is(await client.call("pubsub_subscribe", ["one more"]), "Limit");
  assert.is(await client.call("subscribe", [SCHEMA]), "Limit");
  await node.close();
  assert.is(await client.call("dht_get", ["a"]), "Closed");
  assert.is(await client.call("pubsub_subscribe", ["a"]), "Closed");
});

test.run();
