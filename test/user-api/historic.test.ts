/**
 * What the clients and tests of 2016 did with a network of fifty nodes, call by call: JSON-RPC over HTTP POST, parameters by
 * position and mixed. The network is a program of its own.
 *
 * @module
 */

import { Agent } from "node:http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Identity } from "../../src/identity/mod.ts";
import { type Program, stop } from "../cli/program-process.ts";
import { storjnode } from "../cli/storj/storj-programs.ts";
import { SeededRandom } from "../../src/host/sim/mod.ts";
import { seed } from "../codec/seed.ts";
import { ask } from "./server.ts";

const test = suite("user API: historic clients");

const NODES = 50;
/** How long the old tests waited for what had to go through the network, in milliseconds. */
const WAIT_MS = 4000;

const random = new SeededRandom(seed);
console.log(`  historic clients: WARPWIRE_SEED=${seed}`);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
let program: Program;
/** The ports of the nodes' user APIs. */
let nodes: number[] = [];

test.before(async () => {
  program = storjnode.start(["swarm", `--nodes=${NODES}`, "--port=0", "--rpc-port=0", "--depth=1", "--json"]);
  const { nodes: joined } = JSON.parse(await program.line(/"joined"/));
  nodes = joined.map(({ url }: { url: string }) => Number(new URL(url).port));
});

test.after(async () => {
  agent.destroy();
  assert.is((await stop(program, "SIGINT")).status, 0);
});

let nextId = 1;

/** Sends a request as the old clients do. */
async function request(port: number, method: string, params: unknown): Promise<Record<string, unknown>> {
  const id = nextId++;
  const body = JSON.stringify({ jsonrpc: "2.0", method, params, id });
  const headers = { "content-type": "application/json", "accept-encoding": "identity", "connection": "keep-alive" };
  const { status, text } = await ask(port, { headers, body, agent });
  assert.is(status, 200, text);
  const answer = JSON.parse(text);
  assert.equal([answer.jsonrpc, answer.id], ["2.0", id]);
  return answer;
}

/** The result of a call with parameters by position. */
async function call<T = unknown>(port: number, method: string, ...params: unknown[]): Promise<T> {
  const { result, error } = await request(port, method, params);
  if (error !== undefined) throw new Error(JSON.stringify(error));
  return result as T;
}

/** The result of a call with parameters by name besides those by position. */
async function mixed<T = unknown>(port: number, method: string, args: unknown[], named: object): Promise<T> {
  const { result, error } = await request(port, method, { ...named, __args: args });
  if (error !== undefined) throw new Error(JSON.stringify(error));
  return result as T;
}

function some<T>(of: readonly T[], count: number): T[] {
  const left = [...of];
  return Array.from({ length: count }, () => left.splice(Math.floor(random.next() * left.length), 1)[0]);
}

/** Looks again until something is so, for as long as the old tests waited. */
async function within(ms: number, what: string, look: () => Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + ms;;) {
    if (await look()) return;
    if (performance.now() > endMs) assert.unreachable(`${what} is not so within ${ms} ms`);
  }
}

const hexOf = (text: string) =>
  Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("");
const OFFLINE = Identity.generate().nodeIdHex;

test("values are put by one node and got by another", async () => {
  for (let key = 0; key < 20; key++) {
    const [putter, getter] = some(nodes, 2);
    assert.is(await call(putter, "dht_put", `key_${key}`, `value_${key}`), true);
    assert.is(await call(getter, "dht_get", `key_${key}`), `value_${key}`);
  }
  assert.is(await call(nodes[0], "dht_get", "nobody has put it"), null);
});

test("a node finds itself, its peers, and nobody who is offline", async () => {
  for (const port of some(nodes, 5)) {
    const id = await call<string>(port, "dht_id");
    assert.match(id, /^[0-9a-f]{40}$/);
    const own = await call<[string, number]>(port, "dht_find", id);
    assert.equal(own, await call(port, "dht_stun"));
    assert.is(own[0], "127.0.0.1");
    const peers = await call<[string, string, number][]>(port, "dht_peers");
    assert.is(peers.length, 20);
    for (const [peer, ip, at] of some(peers, 3)) {
      assert.equal(await call(port, "dht_find", peer.toUpperCase()), [ip, at]);
    }
    assert.is(await call(port, "dht_find", OFFLINE), null);
  }
});

test("messages arrive in order, once, from whom they are", async () => {
  const [sender, receiver] = some(nodes, 2);
  const [from, to] = [await call<string>(sender, "dht_id"), await call<string>(receiver, "dht_id")];
  for (let number = 0; number < 10; number++) {
    assert.is(await call(sender, "message_send", to, `message ${number}`), true);
  }
  const expected = Array.from({ length: 10 }, (_, number) => `message ${number}`);
  assert.equal(await call(receiver, "message_list"), { [from]: expected });
  assert.equal(await call(receiver, "message_list"), {});
});

test("a node sends messages to itself, JSON to others, and none to nobody", async () => {
  const [sender, receiver] = some(nodes, 2);
  const [from, to] = [await call<string>(sender, "dht_id"), await call<string>(receiver, "dht_id")];
  assert.is(await call(sender, "message_send", from, "to myself"), true);
  assert.equal(await call(sender, "message_list"), { [from]: ["to myself"] });
  const message = { text: "bär", list: [1, 2.5, null, true], nested: { a: { b: [] } } };
  assert.is(await call(sender, "message_send", to, message), true);
  assert.is(await mixed(sender, "message_send", [to], { message: "mixed" }), true);
  assert.equal(await call(receiver, "message_list"), { [from]: [message, "mixed"] });
  assert.is(await call(sender, "message_send", OFFLINE, "anybody?"), false);
});

test("subscriptions are listed until they end", async () => {
  const [port] = some(nodes, 1);
  assert.equal(await call(port, "pubsub_subscriptions"), []);
  assert.is(await call(port, "pubsub_subscribe", "alpha"), null);
  await call(port, "pubsub_subscribe", "beta");
  assert.equal((await call<string[]>(port, "pubsub_subscriptions")).sort(), ["alpha", "beta"]);
  await call(port, "pubsub_unsubscribe", "alpha");
  assert.equal(await call(port, "pubsub_subscriptions"), ["beta"]);
  await call(port, "pubsub_unsubscribe", "beta");
  assert.equal(await call(port, "pubsub_subscriptions"), []);
  const { error } = await request(port, "pubsub_unsubscribe", ["alpha"]) as { error: { code: number } };
  assert.is(error.code, -32011);
  assert.equal(await call(port, "pubsub_events", "alpha"), []);
});

test("an event reaches all fifty nodes that subscribe", async () => {
  await Promise.all(nodes.map((port) => call(port, "pubsub_subscribe", "flood")));
  await settled();
  const [publisher] = some(nodes, 1);
  await call(publisher, "pubsub_publish", "flood", "an event");
  const got = new Map(nodes.map((port) => [port, [] as unknown[]]));
  await within(WAIT_MS, "everybody has the event", async () => {
    await Promise.all(
      [...got].map(async ([port, events]) => events.push(...await call<unknown[]>(port, "pubsub_events", "flood"))),
    );
    return [...got.values()].every((events) => events.length > 0);
  });
  for (const events of got.values()) assert.equal(events, ["an event"]);
  await Promise.all(nodes.map((port) => call(port, "pubsub_unsubscribe", "flood")));
});

test("each of 25 events reaches its only subscriber", async () => {
  const all = some(nodes, NODES);
  const pairs = Array.from({ length: 25 }, (_, at) => ({ topic: `topic_${at}`, from: all[at], to: all[25 + at] }));
  await Promise.all(pairs.map(({ topic, to }) => call(to, "pubsub_subscribe", topic)));
  await settled();
  await Promise.all(pairs.map(({ topic, from }) => call(from, "pubsub_publish", topic, `event of ${topic}`)));
  const got = new Map(pairs.map(({ topic }) => [topic, [] as unknown[]]));
  await within(WAIT_MS, "all have their event", async () => {
    const missing = pairs.filter(({ topic }) => got.get(topic)!.length === 0);
    await Promise.all(
      missing.map(async ({ topic, to }) => got.get(topic)!.push(...await call<unknown[]>(to, "pubsub_events", topic))),
    );
    return [...got.values()].every((events) => events.length > 0);
  });
  for (const { topic, to } of pairs) {
    assert.equal(got.get(topic), [`event of ${topic}`]);
    assert.equal(await call(to, "pubsub_events", topic), []);
  }
});

test("what one writes into a stream the other reads, both ways", async () => {
  const [one, two] = some(nodes, 2);
  const [oneId, twoId] = [await call<string>(one, "dht_id"), await call<string>(two, "dht_id")];
  const stream = await call<string>(one, "stream_open", twoId);
  assert.match(stream, /^[0-9a-f]{64}$/);
  assert.equal(await call(one, "stream_list"), { [stream]: [twoId, 0] });
  assert.equal(await call(two, "stream_list"), { [stream]: [oneId, 0] });
  for (const [writer, reader, text] of [[one, two, "there"], [two, one, "and back"]] as const) {
    assert.is(await call(writer, "stream_write", stream, hexOf(text)), text.length);
    const [peer] = reader === two ? [oneId] : [twoId];
    assert.equal(await call(reader, "stream_list"), { [stream]: [peer, text.length] });
    assert.is(await call(reader, "stream_read", stream, 2), hexOf(text.slice(0, 2)));
    assert.is(await mixed(reader, "stream_read", [stream], { size: 1024 }), hexOf(text.slice(2)));
    assert.is(await call(reader, "stream_read", stream), "");
  }
  assert.is(await call(one, "stream_close", stream), true);
  for (const port of [one, two]) assert.equal(await call(port, "stream_list"), {});
});

test("512 times 1 KiB arrive as they were written", async () => {
  const [one, two] = some(nodes, 2);
  const stream = await call<string>(one, "stream_open", await call(two, "dht_id"));
  const written: string[] = [];
  let read = "";
  for (let part = 0; part < 512; part++) {
    const hex = Array.from({ length: 1024 }, () => Math.floor(random.next() * 256).toString(16).padStart(2, "0")).join(
      "",
    );
    assert.is(await call(one, "stream_write", stream, hex), 1024);
    written.push(hex);
    if (part % 64 === 63) read += await mixed<string>(two, "stream_read", [stream], { size: 64 * 1024 });
  }
  await within(WAIT_MS, "everything is read", async () => {
    read += await call<string>(two, "stream_read", stream);
    return read.length >= 2 * 512 * 1024;
  });
  assert.is(read, written.join(""));
  assert.is(await call(two, "stream_close", stream), true);
  assert.is(await call(one, "stream_write", stream, "00"), null);
});

test("ids of nobody and of nothing are told from those that are none", async () => {
  const [port] = some(nodes, 1);
  const unknown = "ab".repeat(32);
  assert.is(await call(port, "stream_open", OFFLINE), null);
  assert.is(await call(port, "stream_read", unknown), null);
  assert.is(await call(port, "stream_write", unknown, "00"), null);
  assert.is(await call(port, "stream_close", unknown), false);
  const rows = [["dht_find", ["xyz"], -32004], ["stream_open", ["00"], -32004], [
    "message_send",
    [5, "hi"],
    -32602,
  ]] as const;
  for (
    const [method, params, code] of [...rows, ["stream_read", ["00"], -32005], [
      "stream_close",
      ["0x"],
      -32005,
    ]] as const
  ) {
    const { error } = await request(port, method, params) as { error: { code: number } };
    assert.is(error.code, code, method);
  }
});

/** Neighbours are told of changes at most once a second: who is silent for longer has told all. */
const QUIET_MS = 1500;

/** Waits until the nodes have told each other what they subscribe to. */
async function settled(): Promise<void> {
  let before = "";
  let sinceMs = 0;
  await within(WAIT_MS, "nobody has news of subscriptions", async () => {
    const all = await Promise.all(nodes.map((port) => call<{ quasar: { updatesSent: number } }>(port, "stats")));
    const now = all.map(({ quasar }) => quasar.updatesSent).join();
    if (now !== before) sinceMs = performance.now();
    before = now;
    return performance.now() - sinceMs > QUIET_MS;
  });
}

test.run();
