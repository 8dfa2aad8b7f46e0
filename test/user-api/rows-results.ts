/**
 * The calls that have results.
 *
 * @module
 */

import * as assert from "uvu/assert";
import { pack } from "../../codec/msgpack/mod.ts";
import type { Named, ResultRow } from "./row.ts";
import { ALICE_ID, BOB_ID, type Scene } from "./scene.ts";

/** A schema, and an event that fits it. */
export const SCHEMA = {
  application: "Test Application",
  title: "Test Schema",
  uuid: "test",
  fields: { sell: { type: "boolean" }, price: { type: "number", minimum: 0, maximum: 100, resolution: 8 } },
  indexes: [["price", "sell"]],
};
/** See {@link SCHEMA}. */
export const EVENT = { sell: true, price: 12.5 };

/** So many things were made: each row has its own key, topic and so on. */
let made = 0;
const fresh = (what: string) => `${what} ${++made}`;

async function written(scene: Scene): Promise<Named> {
  const streamid = await scene.stream();
  await scene.bob.streamWrite(streamid, new TextEncoder().encode("hello"));
  await scene.until("bytes have come", () => scene.alice.streams()[streamid] === 5);
  return { streamid };
}

const written3 = async (scene: Scene, name: string) => ({ ...await written(scene), [name]: 3 });
const opened = async (scene: Scene): Promise<Named> => ({ streamid: (await scene.stream()).toUpperCase() });
const isStream = (id: unknown, scene: Scene) => {
  assert.match(String(id), /^[0-9a-f]{64}$/);
  assert.is(scene.alice.streamList()[id as string][0], BOB_ID);
};
const messageFrom = (scene: Scene) => void scene.bob;
const sent = (text: string) => async (scene: Scene) => {
  assert.is(await scene.bob.messageSend(scene.alice.nodeId, text), true);
};
const took = (scene: Scene) => {
  assert.equal(scene.bob.messageList(), { [ALICE_ID]: ["hi bob"] });
};
const at = (scene: Scene) => ({ nodeid: BOB_ID.toUpperCase(), ip: "127.0.0.1", port: scene.bob.port });

function subscribed(scene: Scene): Named {
  const topic = fresh("topic");
  scene.alice.subscribe(topic);
  return { topic };
}

function resubscribe(scene: Scene): void {
  try {
    scene.alice.unsubscribeSchema(SCHEMA);
  } catch {
    // It was not.
  }
  scene.alice.subscribeSchema(SCHEMA);
}

/** Every call, with its results. */
export const RESULT_ROWS: readonly ResultRow[] = [
  { call: "dht_put", params: { key: "key", value: { a: [5, "é", null, { hex: "ff" }] } }, result: true },
  { call: "dht_put", params: { key: 5, value: 1.5, keep: false }, result: true },
  {
    call: "dht_get",
    before: async ({ bob }) => {
      const key = fresh("key");
      await bob.dhtPut(key, pack([5, new Uint8Array([255]), new Uint8Array([104, 105])]));
      return { key };
    },
    result: [5, { hex: "ff" }, "hi"],
  },
  { call: "dht_get", params: { key: { hex: "00ff" } }, result: null },
  {
    call: "dht_get",
    before: ({ bob }) => bob.dhtPut("packed", new Uint8Array([104])).then(() => {}),
    params: { key: "packed", packed: true },
    result: { msgpack: "c40168" },
  },
  {
    call: "dht_find",
    params: { nodeid: BOB_ID.toUpperCase() },
    result: (found: unknown, { bob }: Scene) => assert.equal(found, ["127.0.0.1", bob.port]),
  },
  { call: "dht_find", params: { nodeid: "00".repeat(20) }, result: null },
  { call: "dht_stun", result: (at: unknown, { alice }: Scene) => assert.equal(at, ["127.0.0.1", alice.port]) },
  { call: "dht_id", result: ALICE_ID },
  {
    call: "dht_peers",
    result: (peers: unknown, { bob }: Scene) => assert.equal(peers, [[BOB_ID, "127.0.0.1", bob.port]]),
  },

  {
    call: "pubsub_publish",
    before(scene) {
      return { ...subscribed(scene), event: { number: made } };
    },
    result(result: unknown, { alice }: Scene, { topic, event }: Named) {
      assert.is(result, null);
      assert.equal(alice.events(topic as string), [event]);
    },
  },
  {
    call: "pubsub_subscribe",
    before: () => ({ topic: fresh("topic") }),
    result(result: unknown, { alice }: Scene, { topic }: Named) {
      assert.is(result, null);
      alice.unsubscribe(topic as string);
    },
  },
  { call: "pubsub_unsubscribe", before: subscribed, result: null },
  {
    call: "pubsub_subscriptions",
    before(scene) {
      for (const topic of scene.alice.subscriptions()) scene.alice.unsubscribe(topic);
      for (const topic of ["a", 5, new Uint8Array([255])]) scene.alice.subscribe(topic);
    },
    result: ["a", 5, { hex: "ff" }],
  },
  {
    call: "pubsub_events",
    async before(scene) {
      const { topic } = subscribed(scene);
      await scene.alice.publish(topic as string, ["first", made]);
      await scene.alice.publish(topic as string, ["second", made]);
      return { topic };
    },
    result: (events: unknown) => assert.equal((events as string[][]).map(([name]) => name), ["first", "second"]),
  },
  { call: "pubsub_events", params: { topic: "nobody's" }, result: [] },

  {
    call: "publish",
    before(scene) {
      resubscribe(scene);
      return { event: { sell: true, price: ++made % 100 }, schema: SCHEMA };
    },
    result(result: unknown, { alice }: Scene, { event }: Named) {
      assert.is(result, null);
      assert.equal(alice.schemaEvents(SCHEMA), [event]);
    },
  },
  {
    call: "publish",
    before(scene) {
      resubscribe(scene);
      return { event: JSON.stringify({ sell: false, price: ++made % 100 }) };
    },
    result: null,
  },
  {
    call: "publish",
    before({ alice }) {
      // Content is JSON: what stands for bytes elsewhere is an object here.
      const schema = { ...SCHEMA, uuid: fresh("uuid"), fields: { more: { type: "object" } }, indexes: [["more"]] };
      const event = { more: { hex: "61" } };
      alice.subscribeSchema(schema, { subscription: event });
      return { event, schema };
    },
    result(result: unknown, { alice }: Scene, { event, schema }: Named) {
      assert.is(result, null);
      assert.equal(alice.schemaEvents(schema as string), [event]);
      alice.unsubscribeSchema(schema as string);
    },
  },
  {
    call: "subscribe",
    params: { schema: SCHEMA, subscription: { price: [10, 20], sell: [true] }, indexes: [0] },
    result: null,
  },
  { call: "subscribe", params: { schema: JSON.stringify(SCHEMA) }, result: null },
  { call: "unsubscribe", before: resubscribe, params: { schema: SCHEMA }, result: null },
  { call: "subscriptions", before: resubscribe, result: [SCHEMA] },
  {
    call: "events",
    async before(scene) {
      resubscribe(scene);
      await scene.alice.publishEvent({ sell: true, price: ++made % 100 });
    },
    params: { schema: SCHEMA },
    result: (events: unknown) => assert.is((events as unknown[]).length, 1),
  },

  { call: "message_send", params: { nodeid: BOB_ID, message: "hi bob" }, result: true, after: took },
  { call: "message_send", params: { nodeid: "00".repeat(20), message: "hi" }, result: false },
  { call: "message_list", before: sent("hi alice"), result: { [BOB_ID]: ["hi alice"] } },
  { call: "message_list", result: {} },
  { call: "messages", before: sent("hi alice"), result: { [BOB_ID]: ["hi alice"] } },
  {
    call: "message",
    before: (scene) => ({ ...at(scene), message: "hi bob" }),
    result: true,
    after: took,
  },
  { call: "message", params: { nodeid: BOB_ID, message: "hi bob" }, result: true, after: took },
  {
    call: "relay_message",
    params: { nodeid: BOB_ID, message: "hi bob", repeat: false },
    result: true,
    async after(scene) {
      for await (const { message, relayed } of scene.bob.messages()) {
        assert.equal([message, relayed], ["hi bob", true]);
        break;
      }
    },
  },
  {
    call: "relayed_messages",
    before: async ({ alice }) => void await alice.relayMessage(alice.nodeId, "hi alice"),
    result: [{ from: null, message: "hi alice" }],
  },

  {
    call: "stream_list",
    before: messageFrom,
    result: (list: unknown, { alice }: Scene) => assert.equal(list, JSON.parse(JSON.stringify(alice.streamList()))),
  },
  { call: "streams", result: (list: unknown, { alice }: Scene) => assert.equal(list, alice.streams()) },
  { call: "stream_open", params: { nodeid: BOB_ID }, result: isStream },
  { call: "stream_open", params: { nodeid: "00".repeat(20) }, result: null },
  { call: "open", before: at, result: isStream },
  { call: "open", params: { nodeid: BOB_ID }, result: isStream },
  { call: "stream_read", before: written, result: "68656c6c6f" },
  { call: "stream_read", before: (scene) => written3(scene, "size"), result: "68656c" },
  { call: "stream_read", before: opened, result: "" },
  { call: "stream_read", params: { streamid: "00".repeat(32), size: 5 }, result: null },
  { call: "read", before: written, result: "68656c6c6f" },
  { call: "read", before: (scene) => written3(scene, "len"), result: "68656c" },
  ...["stream_write", "write"].map((call): ResultRow => ({
    call,
    before: async (scene) => ({ ...await opened(scene), data: "68656C6c6f" }),
    result: 5,
  })),
  { call: "stream_write", params: { streamid: "00".repeat(32), data: "" }, result: null },
  { call: "stream_close", before: opened, result: true },
  { call: "close", before: opened, result: true },
  { call: "close", params: { streamid: "00".repeat(32) }, result: false },

  { call: "node_type", result: "public" },
  {
    call: "node_status",
    result(status: { readonly nodeId: string; readonly peers: unknown; readonly port: number }, { alice, bob }: Scene) {
      assert.equal([status.nodeId, status.port], [ALICE_ID, alice.port]);
      assert.equal(status.peers, [[BOB_ID, "127.0.0.1", bob.port]]);
      assert.not(JSON.stringify(status).includes(alice.wif()), "the key is told to nobody");
    },
  },
  { call: "node_refresh", result: null },
  {
    call: "stats",
    result: (stats: { readonly table: { readonly contacts: number } }) => assert.is(stats.table.contacts, 1),
  },
  {
    call: "peer_info",
    params: { nodeid: BOB_ID },
    slow: true,
    result: (info: { readonly network: { readonly isPublic: boolean } }) => assert.ok(info.network.isPublic),
  },
  {
    call: "map",
    params: { nodesmax: 10 },
    result(map: { readonly self: string; readonly nodes: Readonly<Record<string, unknown>> }) {
      assert.equal([map.self, Object.keys(map.nodes).sort()], [ALICE_ID, [BOB_ID, ALICE_ID].sort()]);
    },
  },
  {
    call: "rpc.discover",
    result: (document: { readonly openrpc: string; readonly methods: readonly unknown[] }) => {
      assert.equal([document.openrpc, document.methods.length > 40], ["1.3.2", true]);
    },
  },
  { call: "listen", params: { topics: ["listened to", 5], streams: true }, result: null, told: true },
];
