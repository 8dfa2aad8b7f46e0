/**
 * A client that goes away in the middle of its calls leaves nothing behind.
 *
 * @module
 */

import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { systemClock } from "../../src/host/timing/mod.ts";
import { serveUnix, userApi } from "../../src/user-api/mod.ts";
import { CountingClock } from "../host/counting-clock.ts";
import { activeHandles } from "../host/handles.ts";
import { storjWorld } from "../storj/world.ts";
import type { CalledNode } from "./scene.ts";

const test = suite("user API: clients that go away");

/** Waits for what the runtime does, not for time. */
async function until(what: string, isTrue: () => boolean): Promise<void> {
  for (let turns = 0; !isTrue(); turns++) {
    assert.ok(turns < 100_000, `Never: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A thousand lookups of ids that nobody has. */
function lookups(): string {
  const id = (index: number) => index.toString(16).padStart(4, "0").repeat(10);
  return Array.from(
    { length: 1000 },
    (_, index) => `${JSON.stringify({ jsonrpc: "2.0", id: index, method: "dht_find", params: [id(index)] })}\n`,
  ).join("");
}

test("a thousand lookups: no lookup, timer or socket is left", async () => {
  if (process.platform === "win32") return;
  const world = await storjWorld({ nodes: 30 });
  const host = world.network.addHost();
  const nodeClock = new CountingClock(host.clock);
  const counted = new Proxy(host, {
    get: (target, name) => {
      if (name === "clock") return nodeClock;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const { node } = await world.add({ bootstrap: [world.members[0].place] }, counted);
  await world.drive(node.ready());
  await world.pass(10_000);

  const clock = new CountingClock(systemClock);
  const api = userApi(node as CalledNode, { clock });
  const folder = mkdtempSync(join(tmpdir(), "warpwire-gone-"));
  const path = join(folder, "s");
  const server = await serveUnix(path, api, { clock });
  const handles = await activeHandles();
  const before = { timers: nodeClock.timers, lookups: node.stats().table.lookups };
  const busy = () => {
    const { inFlight, waiting } = node.stats().calls;
    return inFlight + waiting;
  };
  // Time does not pass in the network: lookups go on until they are ended.
  for (let round = 0; round < 3; round++) {
    const client = connect({ path });
    const closed = new Promise<void>((resolve) => client.on("close", () => resolve()));
    client.on("error", () => {}).write(lookups());
    await until("calls are under way", () => clock.timers === 64);
    await until("lookups are under way", () => busy() > 64);
    client.destroy();
    await closed;
    await until("the calls have ended", () => clock.timers === 0);
    await until("the lookups have ended", () => busy() === 0 && nodeClock.timers <= before.timers);
    assert.is(await activeHandles(), handles);
  }
  assert.ok(node.stats().table.lookups - before.lookups < 1000, "those that waited were not begun");
  await server.close();
  api.close();
  rmSync(folder, { recursive: true });
  await world.pass(10_000);
  await world.close();
});

test.run();
