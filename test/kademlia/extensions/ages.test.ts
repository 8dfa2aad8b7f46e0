/**
 * Values keep their age among nodes of ours, however often they are passed on.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex } from "../../../codec/mod.ts";
import { pack } from "../../../codec/msgpack/mod.ts";
import { dhtKey } from "../../../codec/protocols/storj/mod.ts";
import { type OurNode, scene, sentOf } from "./nodes.ts";

const test = suite("kademlia: ages of values");

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The ages of all values that nodes keep, in milliseconds. */
async function ages(nodes: readonly OurNode[]): Promise<number[]> {
  const found: number[] = [];
  for (const { dht, host } of nodes) {
    for await (const { firstMs } of dht.values()) found.push(host.clock.now() - firstMs);
  }
  return found;
}

const sum = (nodes: readonly OurNode[], name: Parameters<typeof sentOf>[1]) =>
  nodes.reduce((all, node) => all + sentOf(node, name), 0);

test("a value ends seven days after it was put, though it was republished every hour", async () => {
  const at = scene({ latencyMs: 30 });
  const nodes = Array.from({ length: 12 }, () => at.node());
  await at.join(...nodes);
  await at.network.drive(nodes[3].dht.put(dhtKey("a"), pack("value")));
  const begun = at.network.nowMs;
  const plain = sum(nodes, "store");
  await at.network.run({ untilMs: begun + 5 * HOUR_MS });
  for (const ageMs of await ages(nodes)) assert.ok(Math.abs(ageMs - 5 * HOUR_MS) < 2000, `${ageMs} ms`);
  assert.is((await ages(nodes)).length, 12);
  assert.ok(sum(nodes, "warpwire_store") >= 11, `${sum(nodes, "warpwire_store")} stores with an age`);
  assert.is(sum(nodes, "store"), plain, "nobody said that its life begins anew");
  // Each of the nodes asked each of the others once at most.
  assert.ok(sum(nodes, "warpwire_hello") <= 12 * 11, `${sum(nodes, "warpwire_hello")} questions`);
  const [lateOne] = [at.node()];
  await at.join(nodes[0], lateOne);
  await at.network.run({ untilMs: begun + 7 * HOUR_MS });
  const [late] = await ages([lateOne]);
  assert.ok(Math.abs(late - 7 * HOUR_MS) < 2000, "who came later knows how old it is");
  await at.network.run({ untilMs: begun + 7 * DAY_MS + 10_000 });
  assert.equal(await ages([...nodes, lateOne]), []);
});

test("old nodes among them get it too, and are asked once each", async () => {
  const at = scene({ latencyMs: 30 });
  const nodes = Array.from({ length: 6 }, () => at.node());
  await at.join(...nodes);
  const old = Array.from({ length: 3 }, () => at.oldNode(at.network.random.bytes(20)));
  for (const { rpc, contact } of old) {
    for (const { address } of nodes) await at.network.drive(rpc.request(address, "ping", { nodeId: contact.id }));
  }
  await at.network.run({ untilMs: at.network.nowMs + 1000 });
  const key = dhtKey("a");
  await at.network.drive(nodes[2].dht.put(key, pack("value")));
  for (const { values } of old) assert.is(values.delete(formatHex(key)), true);
  await at.network.run({ untilMs: at.network.nowMs + 6 * HOUR_MS });
  for (const { values } of old) assert.is(values.has(formatHex(key)), true, "it was republished there");
  const asked = old.map(({ rpc }) => rpc.stats().refused.unanswered ?? 0);
  assert.ok(asked.every((count) => count > 0 && count <= 3 * 6), `asked ${asked} times, each time up to thrice`);
});

test.run();
