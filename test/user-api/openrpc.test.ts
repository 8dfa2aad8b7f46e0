/**
 * The OpenRPC document: it is one, and its examples are what a node answers.
 *
 * @module
 */

import { createRequire } from "node:module";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Call, CALLS } from "../../src/user-api/calls/mod.ts";
import { openRpcDocument } from "../../src/user-api/mod.ts";
import { BOB_ID, type Scene, startScene } from "./scene.ts";

const test = suite("user API: OpenRPC");

/** What is used of the package `ajv`. */
interface Ajv {
  addSchema(schema: object): void;
  compile(schema: object): ((value: unknown) => boolean) & { readonly errors?: unknown };
}

// Packages of CommonJS, which are only needed here.
const load = createRequire(import.meta.url);

function validators(): Ajv {
  const { default: Ajv } = load("ajv") as { readonly default: new (options: object) => Ajv };
  return new Ajv({ strict: false, validateFormats: false, validateSchema: false });
}

test("it is valid by the meta-schema", () => {
  const ajv = validators();
  const [openRpc, jsonSchema] = ["@open-rpc/meta-schema", "@json-schema-tools/meta-schema"].map((name) => {
    const { $schema: _, ...schema } = load(name).default;
    // The one names the other without a slash at the end, which the other has.
    return JSON.parse(JSON.stringify(schema).replaceAll('schema.tools"', 'schema.tools/"'));
  });
  ajv.addSchema(jsonSchema);
  const isValid = ajv.compile(openRpc);
  const document = openRpcDocument() as { readonly methods: readonly object[] };
  assert.ok(isValid(document), JSON.stringify(isValid.errors));
  for (const wrong of [{ ...document, info: {} }, { ...document, methods: [{ ...document.methods[0], params: 5 }] }]) {
    assert.not(isValid(wrong));
  }
});

test("its examples fit its schemas", () => {
  const ajv = validators();
  for (const { name, params, result, example, partial } of CALLS) {
    for (const [index, value] of example.params.entries()) {
      const { kind, otherwise } = params[index];
      const isValid = ajv.compile(kind.schema);
      assert.ok(value === null && otherwise === null || isValid(value), `${name}: ${JSON.stringify(value)}`);
    }
    assert.ok(partial || ajv.compile(result.schema)(example.result), `${name}: its result`);
  }
});

/** What is there in the examples, and is another one each time. */
const PORTS = { alice: 4000, bob: 4653 };
const STREAM = "5ab9cb46ec3a1e0ac19ab66f2bc9ffc1e8bd85a4a90b5dc1c34d1ac5d3b0f4f2";

/** What has to be so before an example; the id of a stream, if there has to be one. */
type Before = (scene: Scene) => Promise<string | void> | void;

async function oneStream(scene: Scene): Promise<string> {
  await noStreams(scene);
  const id = await scene.stream();
  await scene.bob.streamWrite(id, new TextEncoder().encode("hello"));
  await scene.until("bytes have come", () => scene.alice.streams()[id] === 5);
  return id;
}

async function noStreams({ alice }: Scene): Promise<void> {
  for (const id of Object.keys(alice.streams())) await alice.streamClose(id);
}

const written: Before = async ({ alice, bob }) => void await bob.messageSend(alice.nodeId, "hi alice");

const BEFORE: Readonly<Record<string, Before>> = {
  message_list: written,
  messages: written,
  relayed_messages: async ({ alice }) => void await alice.relayMessage(alice.nodeId, "hi alice"),
  ...Object.fromEntries(
    ["stream_list", "streams", "stream_close", "close", "stream_read", "read", "stream_write", "write"]
      .map((name) => [name, oneStream]),
  ),
  stats: noStreams,
};

/** What comes before the calls that need it. */
const FIRST = ["pubsub_subscribe", "subscribe"];
const LAST = ["pubsub_unsubscribe", "unsubscribe"];
/** It does not end. */
const ENDLESS = "monitor";

function inOrder(): Call[] {
  const place = ({ name }: Call) => FIRST.includes(name) ? 0 : LAST.includes(name) ? 2 : 1;
  return CALLS.filter(({ name }) => name !== ENDLESS).sort((a, b) => place(a) - place(b));
}

test("its examples are what a node answers", async () => {
  await using scene = await startScene();
  const { alice, bob, api } = scene;
  const session = api.connect({ notify: () => {} });
  const ajv = validators();
  for (const { name, example, partial, result: { schema } } of inOrder()) {
    const stream = await BEFORE[name]?.(scene) ?? STREAM;
    const params = JSON.parse(JSON.stringify(example.params).replaceAll(STREAM, stream));
    const text = await session.answer(JSON.stringify({ jsonrpc: "2.0", id: 1, method: name, params }));
    const shown = text!.replaceAll(stream, STREAM)
      .replaceAll(new RegExp(`\\b${alice.port}\\b`, "g"), `${PORTS.alice}`)
      .replaceAll(new RegExp(`\\b${bob.port}\\b`, "g"), `${PORTS.bob}`);
    const { result, error } = JSON.parse(shown);
    assert.is(error, undefined, `${name}: ${shown}`);
    assert.ok(ajv.compile(schema)(result), `${name} answers what its schema says: ${shown.slice(0, 300)}`);
    if (name === "open" || name === "stream_open") assert.match(result, /^[0-9a-f]{64}$/);
    else if (partial) assert.equal(partOf(result, example.result), example.result, name);
    else assert.equal(result, example.result, name);
  }
  assert.equal(bob.nodeIdHex, BOB_ID);
});

/** What of a value an example shows. */
function partOf(value: unknown, example: unknown): unknown {
  if (typeof example !== "object" || example === null || Array.isArray(example)) return value;
  return Object.fromEntries(
    Object.entries(example).map(([key, part]) => [key, partOf((value as Record<string, unknown>)?.[key], part)]),
  );
}

test.run();
