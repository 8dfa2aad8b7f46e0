/**
 * The user API of nodes that run as programs: where it is offered, to whom, and swarms.
 *
 * @module
 */

import { readFileSync, statSync } from "node:fs";
import type { Agent } from "node:http";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ENTRY, type Program, start, stop } from "../program-process.ts";
import { run } from "../program-run.ts";
import { ask, oneConnection } from "../../user-api/server.ts";
import { Places, storjnode } from "./storj-programs.ts";

const test = suite("storj program: user API");

const places = new Places();

test.after(() => places.end());

/** Asks for the id of a node. */
async function idAt(url: string, headers: Record<string, string> = {}): Promise<number | string> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "dht_id" });
  const { status, text } = await post(url, body, headers);
  return status === 200 ? JSON.parse(text).result : status;
}

function post(url: string, body: string, headers: Record<string, string> = {}, agent?: Agent) {
  const port = Number(new URL(url).port);
  return ask(port, { headers: { "content-type": "application/json", ...headers }, body, ...(agent && { agent }) });
}

test("a node is called at the addresses that it is given, with the token of its folder", async () => {
  const socket = join(places.path("more"), "s.sock");
  const anna = await places.run("anna", [
    "--rpc",
    "http://127.0.0.1:0",
    "--rpc",
    `unix:${socket}`,
    "--rpc-host=node.test",
  ]);
  const line = await anna.program.line(/^Offering the user API at /);
  const [, url, token] = /at (http:\/\/127\.0\.0\.1:\d+) unix:\S+, with the token in (.*)$/.exec(line) ?? [];
  assert.is(token, join(places.path("anna"), "token"));
  assert.is((statSync(token).mode & 0o777).toString(8), "600");
  assert.is(statSync(socket).isSocket(), true);
  assert.is(await idAt(url), 401);
  const authorization = `Bearer ${readFileSync(token, "utf8").trim()}`;
  assert.is(await idAt(url, { authorization }), anna.id);
  assert.is(await idAt(url, { authorization, origin: "https://example.org" }), 403);
  assert.is((await run(["storj", "--data", places.path("anna"), "call", "dht_id"])).out, `"${anna.id}"\n`);
  // Messages are for those who call.
  const sent = await run(["storj", "--data", places.path("ben"), anna.bootstrap, "send", anna.id, "hi"]);
  assert.is(sent.out, "Successfully sent!\n");
  const list = await run(["storj", "--data", places.path("anna"), "call", "message_list"]);
  assert.equal(Object.values(JSON.parse(list.out)), [["hi"]]);
  assert.is((await stop(anna.program)).status, 0);
});

test("without a token only programs of this machine call, and pages that were named", async () => {
  const argv = [
    "--rpc=http://127.0.0.1:0",
    "--rpc_open",
    "--rpc-origin",
    "https://example.org",
    "--json",
    "--rpc-rate=3",
  ];
  const anna = await places.run("open", argv);
  const { rpc: [url] } = JSON.parse(anna.line);
  assert.is(await idAt(url), anna.id);
  assert.is(await idAt(url, { origin: "https://example.org" }), anna.id);
  assert.is(await idAt(url, { origin: "https://example.com" }), 403);
  const batch = JSON.stringify(Array(100).fill({ jsonrpc: "2.0", id: 1, method: "dht_id" }));
  const agent = oneConnection();
  assert.is((await post(url, batch, {}, agent)).status, 200);
  assert.is((await post(url, batch, {}, agent)).status, 429);
  agent.destroy();
});

test("what cannot be offered is refused, and nothing runs", async () => {
  const rows: readonly (readonly [argv: string[], status: number, error: RegExp])[] = [
    [["--rpc=http://0.0.0.0:0", "--rpc-open"], 1, /^error: address: .*without a token/],
    [["--rpc=http://[::]:0", "--rpc-open"], 1, /^error: address: .*without a token/],
    [["--rpc=https://127.0.0.1:0"], 1, /^error: address: .*it is not as http:/],
    [["--rpc=127.0.0.1:5000"], 1, /^error: address: /],
    [["--rpc=http://127.0.0.1:0/path"], 1, /^error: address: /],
    [["--rpc=http://127.0.0.1:0", "--rpc-origin=*"], 1, /^error: address: "\*" is not the origin/],
    [["--rpc=http://127.0.0.1:0", "--rpc-host=a/b"], 1, /^error: address: "a\/b" is not the name/],
    [["--rpc="], 2, /^error: usage: /],
    [["--rpc-open"], 2, /^error: usage: .*need an address/],
    [["--rpc-origin=https://example.org"], 2, /^error: usage: /],
    [["--rpc=http://127.0.0.1:0", "--rpc-rate=0"], 2, /^error: usage: /],
  ];
  for (const [argv, status, error] of rows) {
    const ended = await storjnode.complete([...argv, "run"], places.env("refused"));
    assert.is(ended.status, status, `${argv}: ${ended.err}`);
    assert.match(ended.err, error);
  }
});

test("the local service runs a node beside the rest, with its key, in its folder", async () => {
  const data = places.path("service");
  const service: Program = start(
    ["serve", "--data", data, "--apphost=tcp:127.0.0.1:0", "--rpc=http://127.0.0.1:0", "--log=json"],
    {},
    ENTRY,
  );
  try {
    const { storj: { port, rpc: [url] } } = JSON.parse(await service.line(/"ready"/));
    const token = readFileSync(join(data, "token"), "utf8").trim();
    const id = await idAt(url, { authorization: `Bearer ${token}` });
    assert.equal([await idAt(url), id], [
      401,
      JSON.parse((await run(["storj", "--data", data, "call", "dht_id"])).out),
    ]);
    assert.is(`Node id: ${id}\n`, (await run(["storj", "--data", data, "showid"])).out);
    const other = ["storj", "--data", places.path("other"), `--bootstrap=127.0.0.1:${port}`];
    assert.is((await run([...other, "put", "key", "value"])).out, "Put 'key' => 'value'!\n");
    const second = await run(["storj", "--data", data, "run"]);
    assert.match(second.err, /^error: running: /);
  } finally {
    assert.is((await stop(service)).status, 0);
  }
  const none = await run(["serve", "--data", data, "--storj-udp-port=0"]);
  assert.equal([none.status, /--storj-udp-port needs --rpc/.test(none.err)], [2, true]);
});

test("a swarm says where its nodes are when all have joined, and ends with a signal", async () => {
  for (const argv of [[], ["--json"]]) {
    const swarm = storjnode.start(
      ["swarm", "--nodes=4", "--port=0", "--rpc-port=0", "--seed=test", ...argv],
      places.env("swarm"),
    );
    const line = await swarm.line(/joined/);
    const ports = argv.length === 0
      ? /user API at http:\/\/127\.0\.0\.1, ports (.*)$/.exec(line)![1].split(", ").map(Number)
      : JSON.parse(line).nodes.map(({ url }: { url: string }) => Number(new URL(url).port));
    assert.is(ports.length, 4);
    for (const port of ports) assert.match(String(await idAt(`http://127.0.0.1:${port}`)), /^[0-9a-f]{40}$/);
    const { status, out } = await stop(swarm);
    assert.equal([status, new TextDecoder().decode(out)], [0, `${line}\n`]);
  }
});

test.run();
