/**
 * Clients of the user API: calls, loops, and connections that are lost.
 *
 * @module
 */

import { build } from "esbuild";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { HostError } from "../../src/host/mod.ts";
import { serveUserApi, startSwarm, type Swarm, type SwarmNode, userApi } from "../../src/user-api/mod.ts";
import { METHOD_NAMES } from "../../src/user-api/methods.ts";
import {
  connectUserApi,
  type UserApiClient,
  type UserApiClientOptions,
  UserApiError,
} from "../../src/user-api/client/mod.ts";
import { ManualClock } from "../host/manual-clock.ts";
import { NotingApi, served, TOKEN } from "./server.ts";

const test = suite("user API: client");

let swarm: Swarm;

test.before(async () => {
  swarm = await startSwarm({ nodes: 3 });
});

test.after(() => swarm.close());

const errorOf = (promise: Promise<unknown>) => promise.then(() => assert.unreachable(), (error) => error);

/** Runs something with a client by a URL, and with one by a socket. */
async function byBoth(work: (client: UserApiClient, node: SwarmNode) => Promise<void>): Promise<void> {
  const [one] = swarm.nodes;
  const folder = mkdtempSync(join(tmpdir(), "warpwire-client-"));
  const socket = join(folder, "s.sock");
  const api = userApi(one.node);
  const addresses = process.platform === "win32" ? [] : [`unix:${socket}`];
  const servers = await serveUserApi(one.node, api, { addresses, access: { token: null } });
  try {
    for (const place of [{ url: one.url }, ...addresses.map(() => ({ socket }))]) {
      await using client = await connectUserApi(place);
      await work(client, one);
    }
  } finally {
    await servers.close();
    rmSync(folder, { recursive: true });
  }
}

test("each call is a method", () =>
  byBoth(async (client, { node }) => {
    for (const name of METHOD_NAMES) if (name !== "listen") assert.type(client[name], "function", name);
    assert.is(await client.dht_id(), node.nodeIdHex);
    assert.is(await client.dht_put("key", { a: [1, "b", null] }), true);
    assert.equal(await client.dht_get("key"), { a: [1, "b", null] });
    assert.is((await client.dht_peers()).length, 2);
    assert.equal(await client.call("dht_get", { key: "key" }), { a: [1, "b", null] });
    assert.is((await client["rpc.discover"]()).openrpc, "1.3.2");
    const error = await errorOf(client.dht_find("zz"));
    assert.instance(error, UserApiError);
    assert.equal([error.code, error.error], [-32004, "InvalidNodeid"]);
    assert.is((await errorOf(client.call("nothing"))).code, -32601);
    const given = await errorOf(client.call("dht_id", [], { signal: AbortSignal.abort(new Error("given up")) }));
    assert.match(String(given.cause ?? given), "given up");
  }));

test("what comes is a loop, in order, which ends when it is left", () =>
  byBoth(async (client) => {
    const [, second, third] = swarm.nodes;
    await using other = await connectUserApi({ url: second.url });
    const messages = client.incomingMessages();
    await messages.ready;
    const id = await client.dht_id();
    for (let at = 0; at < 5; at++) assert.is(await other.message_send(id, { at }), true);
    let at = 0;
    for await (const { from, message, relayed } of messages) {
      assert.equal({ from, message, relayed }, { from: second.node.nodeIdHex, message: { at }, relayed: false });
      if (++at === 5) break;
    }
    // Nobody listens any more: messages wait.
    assert.is(await other.message_send(id, "later"), true);
    while (true) {
      const list = await client.message_list();
      if (Object.keys(list).length > 0) {
        assert.equal(Object.values(list), [["later"]]);
        break;
      }
      // One that came before the node knew of the end is lost with the loop.
      assert.is(await other.message_send(id, "later"), true);
    }
    const streams = client.incomingStreams();
    await streams.ready;
    // The first one may be told to a loop that has just ended, before the node knows of that.
    const opened = [await other.stream_open(id), await other.stream_open(id)];
    const { value: told } = await streams.next();
    assert.ok(opened.includes(told!.streamid));
    assert.is(told!.nodeid, second.node.nodeIdHex);
    await streams.return!();
    assert.equal(await streams.next(), { done: true, value: undefined });
    void third;
  }));

test("events of topics reach each loop, and a subscription ends with the last one", async () => {
  const [one, two] = swarm.nodes;
  await using client = await connectUserApi({ url: one.url });
  const [first, second] = [client.topic("news"), client.topic("news")];
  const other = client.topic(5);
  await Promise.all([first.ready, second.ready, other.ready]);
  assert.is(one.node.stats().topics.topics, 2);
  await client.pubsub_publish("news", { number: 1 });
  await client.pubsub_publish(5, "five");
  assert.equal((await first.next()).value, { number: 1 });
  assert.equal((await second.next()).value, { number: 1 });
  assert.equal((await other.next()).value, "five");
  for (const loop of [first, second, other]) await loop.return!();
  while (one.node.stats().topics.topics > 0) await client.dht_stun();
  const schema = {
    application: "a",
    title: "b",
    uuid: "c",
    fields: { sell: { type: "boolean" } },
    indexes: [["sell"]],
  };
  const stop = new AbortController();
  const content = client.content(schema, { signal: stop.signal });
  await content.ready;
  await client.publish({ sell: true }, schema);
  assert.equal((await content.next()).value, { sell: true });
  stop.abort();
  assert.equal(await content.next(), { done: true, value: undefined });
  const refused = client.content({ no: "schema" });
  assert.is((await errorOf(refused.ready)).error, "InvalidSchema");
  assert.is((await errorOf(refused.next())).error, "InvalidSchema");
  assert.equal(await refused.next(), { done: true, value: undefined });
  void two;
});

test("the token is shown, and a wrong one is told at once", async () => {
  await served(new NotingApi((text) => answerTo(text)), {}, async ({ server }) => {
    await using client = await connectUserApi({ url: server.address, token: TOKEN });
    assert.is(await client.dht_id(), "dht_id");
    const error = await errorOf(connectUserApi({ url: server.address, token: `${TOKEN}x` }));
    assert.equal([error.name, error.error], ["UserApiError", "Unauthorized"]);
  });
});

test("a place where nobody is, or that is none, is told", async () => {
  const rows: readonly (readonly [options: UserApiClientOptions, code: string])[] = [
    [{ url: "http://127.0.0.1:9" }, "unreachable"],
    [{ socket: "/nowhere/storj.sock" }, "unreachable"],
    [{ url: "ftp://127.0.0.1" }, "address"],
    [{ url: "127.0.0.1:5000" }, "address"],
    [{ url: "http://user@127.0.0.1" }, "address"],
    [{}, "address"],
  ];
  for (const [options, code] of rows) {
    const error = await errorOf(connectUserApi(options));
    assert.instance(error, HostError);
    assert.is(error.code, code, JSON.stringify(options));
  }
});

test("a connection that is lost is made anew with growing pauses; calls wait, and loops go on", async () => {
  const clock = new ManualClock();
  const api = new NotingApi((text) => text.includes("dht_peers") ? new Promise(() => {}) : answerTo(text));
  let port = 0;
  let client!: UserApiClient;
  let topic!: ReturnType<UserApiClient["topic"]>;
  let lost!: Promise<Error>;
  await served(api, {}, async ({ server, port: first }) => {
    port = first;
    client = await connectUserApi({ url: server.address, token: TOKEN, clock });
    topic = client.topic("news");
    await topic.ready;
    tellAll(api, 1);
    assert.is((await topic.next()).value, 1);
    lost = errorOf(client.dht_peers());
    await api.until(({ asked }) => asked.some((text) => text.includes("dht_peers")));
  });
  assert.is(((await lost) as HostError).code, "reset", "nobody knows whether it was made");
  const waiting = client.dht_id();
  const late = errorOf(client.call("dht_id", [], { timeoutMs: 5000 }));
  const aborted = errorOf(client.call("dht_id", [], { signal: AbortSignal.abort() }));
  assert.is((await aborted).code, "aborted");
  // Whoever answers there meanwhile is no node; each pause is up to twice as long as the one before.
  let attempts = 0;
  const silent = createServer((socket) => {
    attempts += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => silent.listen(port, "127.0.0.1", resolve));
  for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 100) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(100);
  }
  assert.is((await late).code, "timeout");
  assert.ok(attempts >= 2 && attempts <= 2 * 12, `${attempts} attempts`);
  await new Promise((resolve) => silent.close(resolve));
  const asked = api.asked.length;
  await served(api, { url: new URL(`http://127.0.0.1:${port}`) }, async () => {
    while (api.links.size < 2) {
      // What is under way comes to its end before time goes on.
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (api.links.size < 2) clock.advance(1000);
    }
    assert.is(await waiting, "dht_id");
    await api.until(({ asked: all }) => all.slice(asked).some((text) => text.includes('"listen"')));
    tellAll(api, 2);
    assert.is((await topic.next()).value, 2);
    await client.disconnect();
    assert.equal(await topic.next(), { done: true, value: undefined });
    assert.is((await errorOf(client.dht_id())).code, "closed");
    await api.until(({ links }) => links.size === 0);
  });
  assert.is(clock.timers, 0);
});

test("what is dropped is counted, here and by the node", async () => {
  const api = new NotingApi((text) => answerTo(text));
  await served(api, {}, async ({ server }) => {
    await using client = await connectUserApi({ url: server.address, token: TOKEN });
    const topic = client.topic("news");
    await topic.ready;
    const [link] = [...api.links].slice(-1);
    link.notify!(JSON.stringify({ jsonrpc: "2.0", method: "dropped", params: { count: 7 } }));
    for (let sent = 0; sent < 8192 + 5; sent++) tellAll(api, sent);
    while (topic.dropped < 12) await new Promise((resolve) => setImmediate(resolve));
    for (let at = 0; at < 8192; at++) if ((await topic.next()).value !== at) assert.unreachable(String(at));
    assert.is(topic.dropped, 12);
    tellAll(api, 1);
    assert.is((await topic.next()).value, 1);
  });
});

test("it is for web pages, too", async () => {
  // Compiled or not, as this file is.
  const entry = fileURLToPath(new URL(`../../src/user-api/client/mod${extname(import.meta.url)}`, import.meta.url));
  const { outputFiles: [{ text }] } = await build({
    entryPoints: [entry],
    ...{ bundle: true, write: false, format: "esm", platform: "browser", logLevel: "silent" },
  });
  assert.match(text, "connectUserApi");
  assert.not.match(text, /from "node:|require\("node:/);
});

/** Answers a call with its name. */
function answerTo(text: string): string {
  const { id, method } = JSON.parse(text);
  return JSON.stringify({ jsonrpc: "2.0", result: method, id });
}

/** Tells an event to all who listen. */
function tellAll(api: NotingApi, event: unknown): void {
  const text = JSON.stringify({ jsonrpc: "2.0", method: "event", params: { topic: "news", event } });
  for (const link of api.links) link.notify?.(text);
}

test.run();
