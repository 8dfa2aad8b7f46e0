/**
 * Networks in one process: who is in them, and where.
 *
 * @module
 */

import { createServer } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startSwarm } from "../../src/user-api/mod.ts";
import { ask } from "./server.ts";

const test = suite("user API: swarms");

const JSON_ONLY = { "content-type": "application/json" };

async function call(url: string, method: string, params: unknown = []): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  return JSON.parse((await ask(Number(new URL(url).port), { headers: JSON_ONLY, body })).text).result;
}

/** A row of ports that were free a moment ago. */
async function freePorts(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return Math.min(port, 65_000);
}

test("all have joined, each with a port of its own, and whom it is follows from the seed", async () => {
  const idsOf = async (seed?: string) => {
    await using swarm = await startSwarm({ nodes: 5, ...(seed !== undefined && { seed }) });
    const ids = await Promise.all(swarm.nodes.map(({ url }) => call(url, "dht_id"))) as string[];
    assert.equal(ids, swarm.nodes.map(({ node }) => node.nodeIdHex));
    for (const { url } of swarm.nodes) assert.is((await call(url, "dht_peers") as unknown[]).length, 4);
    assert.is(new Set(swarm.nodes.map(({ url }) => url)).size, 5);
    return ids;
  };
  const [usual, again, other] = [await idsOf(), await idsOf("warpwire"), await idsOf("other")];
  assert.equal(usual, again);
  assert.is(new Set([...usual, ...other]).size, 10);
});

test("ports are those that were asked for", async () => {
  const [port, rpcPort] = [await freePorts(), await freePorts()];
  await using swarm = await startSwarm({ nodes: 2, port, rpcPort });
  assert.equal(swarm.nodes.map(({ node }) => node.port), [port, port + 1]);
  assert.equal(swarm.nodes.map(({ url }) => url), [0, 1].map((at) => `http://127.0.0.1:${rpcPort + at}`));
  // A second one finds its ports taken, and leaves nothing behind.
  const error = await startSwarm({ nodes: 3, rpcPort: rpcPort - 1 }).then(() => null, (error) => error);
  assert.is(error?.code, "address");
  await using rest = await startSwarm({ nodes: 1, rpcPort: rpcPort - 1 });
  assert.is(rest.nodes.length, 1);
});

test("numbers that make no sense are refused", async () => {
  const rows = [{ nodes: 0 }, { nodes: 1.5 }, { nodes: 1001 }, { port: -1 }, { nodes: 50, port: 65_500 }, {
    rpcPort: 1e9,
  }];
  for (const options of rows) {
    const error = await startSwarm(options).then((swarm) => swarm.close(), (error) => error);
    assert.instance(error, RangeError, JSON.stringify(options));
  }
  const stopped = await startSwarm({ nodes: 2, signal: AbortSignal.abort(new Error("stop")) }).catch((error) => error);
  assert.is(stopped.message, "stop");
});

test.run();
