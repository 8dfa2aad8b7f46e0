/**
 * Ten thousand malformed requests: an error each, none of them a crash or a call.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { userApi } from "../../src/user-api/mod.ts";
import { seed } from "../codec/seed.ts";
import { type Malformed, malformed } from "./malformed.ts";
import type { CalledNode } from "./scene.ts";

const test = suite("user API: malformed requests");

const COUNT = 10_000;
const CODES = new Set([-32700, -32600, -32601, -32602]);

function shown(request: Malformed): string {
  return (typeof request === "string" ? request : new TextDecoder().decode(request)).slice(0, 300);
}

test("an error each", async () => {
  console.log(`  ${COUNT} requests, WARPWIRE_SEED=${seed}`);
  const touched: unknown[] = [];
  const node = new Proxy({}, {
    get: (_, name) => {
      touched.push(name);
      return () => touched.push(name);
    },
  }) as CalledNode;
  const told: string[] = [];
  const session = userApi(node).connect({ notify: (text) => told.push(text) });
  const counts = new Map<number, number>();
  for (const request of malformed(seed, COUNT)) {
    const text = await session.answer(request);
    assert.ok(text !== null && text.length < 50_000, shown(request));
    const answers = [JSON.parse(text)].flat();
    for (const { jsonrpc, error, result, id } of answers) {
      assert.equal([jsonrpc, result], ["2.0", undefined], shown(request));
      assert.ok(CODES.has(error.code), `${shown(request)}: ${text}`);
      assert.ok(error.message.length < 600 && typeof error.data.name === "string", text);
      assert.ok(id === null || ["number", "string"].includes(typeof id), text);
      counts.set(error.code, (counts.get(error.code) ?? 0) + 1);
    }
    assert.equal(touched, [], shown(request));
  }
  assert.equal(told, []);
  assert.equal([...counts.keys()].sort(), [...CODES].sort(), "there are some of each");
  assert.is(({} as { readonly packed?: unknown }).packed, undefined);
  console.log(`  ${[...counts].map(([code, count]) => `${code}: ${count}`).join(", ")}`);
});

test.run();
