/**
 * Every call of the user API, asked over HTTP and over a WebSocket.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openRpcDocument } from "../../src/user-api/mod.ts";
import { type Answer, checkRows } from "./rows.ts";
import { type Scene, startScene } from "./scene.ts";
import { ask, Messages, oneConnection, served } from "./server.ts";

const test = suite("user API: calls by HTTP and WebSocket");

const OPTIONS = { limits: { callsPerSecond: Infinity }, openRpc: () => JSON.stringify(openRpcDocument()) };

let scene: Scene;
test.before(async () => {
  scene = await startScene();
});
test.after(async () => await scene[Symbol.asyncDispose]());

test("every row, over HTTP", () =>
  served(scene.api, OPTIONS, async ({ port }) => {
    const agent = oneConnection();
    const count = await checkRows(scene, async (request) => {
      const { status, text } = await ask(port, { body: JSON.stringify(request), agent });
      assert.is(status, 200, text);
      return JSON.parse(text) as Answer;
    }, { told: false });
    agent.destroy();
    console.log(`  ${count} requests`);
  }));

test("every row, over a WebSocket", () =>
  served(scene.api, OPTIONS, async ({ port }) => {
    const client = new Messages(port);
    await client.open();
    let read = 0;
    await checkRows(scene, async (request) => {
      client.socket.send(JSON.stringify(request));
      for (;;) {
        await client.until(++read);
        const answer = JSON.parse(client.texts[read - 1]);
        if (!("method" in answer)) return answer as Answer;
      }
    }, { told: true });
    client.socket.terminate();
  }));

test("batches and notifications, over HTTP and a WebSocket", () =>
  served(scene.api, OPTIONS, async ({ port }) => {
    const id = scene.alice.nodeIdHex;
    const call = (id?: unknown) => ({ jsonrpc: "2.0", method: "dht_id", ...(id !== undefined && { id }) });
    const rows: readonly (readonly [request: unknown, answer: unknown])[] = [
      [[call(1), call(), call("two")], [
        { jsonrpc: "2.0", result: id, id: 1 },
        { jsonrpc: "2.0", result: id, id: "two" },
      ]],
      [[call(), call()], null],
      [call(), null],
    ];
    const client = new Messages(port);
    await client.open();
    for (const [request, expected] of rows) {
      const body = JSON.stringify(request);
      const { status, text } = await ask(port, { body });
      assert.equal([status, text === "" ? null : JSON.parse(text)], [expected === null ? 204 : 200, expected]);
      client.socket.send(body);
    }
    client.socket.send(JSON.stringify(call("last")));
    await client.until(2);
    const answers = client.texts.map((text) => JSON.parse(text));
    assert.equal(answers, [rows[0][1], { jsonrpc: "2.0", result: id, id: "last" }]);
    const { text } = await ask(port, { method: "GET", path: "/openrpc.json" });
    const discover = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "rpc.discover" });
    const described = await scene.api.connect({ notify: null }).answer(discover);
    assert.equal(JSON.parse(text), JSON.parse(described!).result);
    client.socket.terminate();
  }));

test.run();
