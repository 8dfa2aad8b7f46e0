/**
 * `publish`, `subscribe` and the like: events from a shell.
 *
 * @module
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { stop } from "../program-process.ts";
import { run } from "../program-run.ts";
import { Places, type Running, storjnode } from "./storj-programs.ts";

const test = suite("storj program: publish/subscribe");

const SCHEMA = {
  ...{ application: "shop", title: "offers", uuid: "1", indexes: [["sold"]] },
  fields: { sold: { type: "boolean" }, price: { type: "number", minimum: 0, maximum: 100, resolution: 10 } },
};

let node: Running;
let schemaFile: string;
const places = new Places();
test.before(async () => {
  node = await places.run("node");
  await places.run("other", [node.bootstrap]);
  schemaFile = places.path("schema.json");
  mkdirSync(places.path(""), { recursive: true });
  writeFileSync(schemaFile, JSON.stringify(SCHEMA));
});
test.after(() => places.end());

const on = (name: string) => (...argv: string[]) => run(["storj", ...argv, "--data", places.path(name)]);
const printed = (out: string) => ({ status: 0, out: `${out}\n`, err: "" });

test("the node that runs keeps what comes, until it is printed", async () => {
  const [here, there] = [on("node"), on("other")];
  assert.equal(
    await here("subscribe", "--keep", "news", "sport"),
    printed("Subscribed to 'news'!\nSubscribed to 'sport'!"),
  );
  assert.equal(await here("subscribe", "--keep", "news", "--json"), printed('{"topic":"news","subscribed":true}'));
  assert.equal(await here("subscriptions"), printed("news\nsport"));
  assert.equal(await here("subscriptions", "--json"), printed('{"topic":"news"}\n{"topic":"sport"}'));
  assert.equal(await here("publish", "news", "hi \u202e bob"), printed("Published!"));
  const json = '{"b":5.0,"7":[5,18446744073709551615,{"hex":"ff"}]}';
  assert.equal(await there("publish", "sport", json, "--json"), printed(`{"topic":"sport","event":${json}}`));
  assert.equal(await here("events", "news"), printed("hi \\u202e bob"));
  for (let found = ""; found === "";) {
    ({ out: found } = await here("events", "sport", "--json"));
    if (found !== "") assert.is(found, `{"topic":"sport","event":${json}}\n`);
  }
  assert.equal(await here("events", "sport"), { status: 0, out: "", err: "" });
  assert.equal(await here("events", "nobody's"), { status: 0, out: "", err: "" });
  assert.equal(await here("unsubscribe", "news"), printed("Unsubscribed from 'news'!"));
  assert.equal(await here("unsubscribe", "sport", "--json"), printed('{"topic":"sport","subscribed":false}'));
  assert.match((await here("unsubscribe", "news")).err, /^error: not-found: The topic "news" is not subscribed to\n$/);
  assert.equal(await here("subscriptions"), { status: 0, out: "", err: "" });
});

/** Publishes again and again, until somebody has it: nobody says when a subscription is known. */
async function until(line: Promise<string>, publish: (count: number) => Promise<unknown>): Promise<string> {
  let isOver = false;
  const over = () => isOver = true;
  line.then(over, over);
  for (let count = 0; !isOver; count++) await publish(count);
  return await line;
}

test("subscribe prints what comes until Ctrl-C, with a node of its own", async () => {
  const there = on("other");
  const argv = ["subscribe", "news", "sport", node.bootstrap];
  const subscriber = storjnode.start(argv, places.env("subscriber"));
  const first = await until(subscriber.line(/sport: /), (count) => there("publish", "sport", `hello ${count}`));
  assert.match(first, /^sport: hello \d+$/);
  assert.equal(await there("publish", "news", '{"a": 1.0}'), printed("Published!"));
  assert.is(await subscriber.line(/news: /), 'news: {"a":1.0}');
  assert.is((await stop(subscriber, "SIGINT")).status, 0);
});

test("subscribe prints what comes with the node that runs, and ends with it", async () => {
  const short = await places.run("short", [node.bootstrap]);
  const subscriber = storjnode.start(["subscribe", "news", "--json"], places.env("short"));
  const line = await until(subscriber.line(/event/), () => on("short")("publish", "news", "5.0"));
  assert.match(line, /^\{"time":"[^"]+","topic":"news","event":5\.0\}$/);
  assert.equal(await on("short")("subscriptions"), { status: 0, out: "", err: "" }, "that of a loop does not show");
  await stop(short.program);
  const { status, err } = await subscriber.ended;
  assert.equal([status, err], [1, "error: closed: The node has stopped\n"]);
});

test("events by what they say", async () => {
  const [here, there] = [on("node"), on("other")];
  assert.equal(await here("subscribe", "--keep", "--schema", schemaFile), printed(`Subscribed to '${schemaFile}'!`));
  assert.equal(await here("subscriptions", "--json"), printed(`{"schema":${JSON.stringify(SCHEMA)}}`));
  const event = '{"sold":false,"price":24.50}';
  for (let found = ""; found === "";) {
    assert.equal(await there("publish", "--schema", schemaFile, event), printed("Published!"));
    ({ out: found } = await here("events", "--schema", schemaFile));
    if (found !== "") assert.match(found, /^\{"sold":false,"price":24\.50?\}\n$/);
  }
  const bad = await there("publish", "--schema", schemaFile, '{"sold":1}');
  assert.match(bad.err, /^error: invalid-event: /);
  assert.equal(await here("unsubscribe", "--schema", schemaFile), printed(`Unsubscribed from '${schemaFile}'!`));
  assert.match((await here("unsubscribe", "--schema", schemaFile)).err, /^error: invalid-schema: /);
});

test("errors are a line, wrong usage too", async () => {
  const alone = on("alone");
  const rows: readonly (readonly [found: Awaited<ReturnType<typeof alone>>, status: number, err: RegExp])[] = [
    [await alone("events", "news", "--skip-dht-bootstrap"), 1, /^error: not-running: No node runs in [^\n]+\n$/],
    [await alone("subscribe", "news", "--keep", "--skip-dht-bootstrap"), 1, /^error: not-running: /],
    [await alone("publish", "news", "hi", "--skip-dht-bootstrap"), 1, /^error: no-peers: [^\n]+\n$/],
    [await on("node")("publish", "news", "x".repeat(9000)), 1, /^error: too-large: [^\n]+\n$/],
    [await alone("publish", "news"), 2, /Argument <event> is missing/],
    [await alone("publish", "news", "--schema", schemaFile, "x"), 2, /Unexpected argument "x"/],
    [await alone("subscribe"), 2, /Argument <topic> is missing/],
    [await alone("subscribe", "x", "--schema", schemaFile), 2, /Unexpected argument "x"/],
    [await alone("events", "--schema", places.path("nothing")), 1, /nothing/],
  ];
  for (const [{ status, out, err }, expected, text] of rows) {
    assert.equal([status, out], [expected, ""], err);
    assert.match(err, text);
  }
});

test.run();
