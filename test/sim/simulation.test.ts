import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SCENARIO, type Scenario, Simulation } from "./scenario.ts";
import type { Figures } from "./report.ts";

const test = suite("simulated hash table");

function run(changes: Partial<Scenario>): Promise<Figures> {
  return new Simulation({ ...SCENARIO, nodes: 120, values: 40, gets: 60, ...changes }).run();
}

test("everything is found with few requests", async () => {
  const first = await run({});
  assert.is(first.puts, 40);
  assert.is(first.getsOk, 60);
  assert.ok(first.recall >= 0.999, `recall ${first.recall}`);
  assert.ok(first.rpcs.p50 <= 5 && first.rpcs.p95 <= 8, JSON.stringify(first.rpcs));
  assert.ok(first.hops.p95 <= 3, JSON.stringify(first.hops));
  assert.ok(first.joinDatagrams <= 170, `${first.joinDatagrams} datagrams to join`);
});

test("a seed replays everything", async () => {
  const small = { nodes: 40, values: 10, gets: 10, loss: 0.02 };
  const { digest } = await run(small);
  assert.is((await run(small)).digest, digest);
  assert.not.equal((await run({ ...small, seed: 2 })).digest, digest);
});

test("values are found when datagrams get lost and nodes die", async () => {
  const { gets, getsOk, getMs } = await run({ loss: 0.05, dead: 0.3 });
  assert.is(getsOk, gets);
  assert.ok(getMs.p95 < 1200, JSON.stringify(getMs));
});

test("values are found when a fifth of the nodes names liars only", async () => {
  const { gets, getsOk } = await run({ liars: 0.2 });
  assert.ok(getsOk >= 0.99 * gets, `${getsOk} of ${gets}`);
});

test("nodes around the keys hide the values, unless few of a network count", async () => {
  const attack = { nodes: 80, sybils: 80, values: 2 };
  const { gets, getsOk } = await run(attack);
  assert.ok(getsOk >= 0.99 * gets, `${getsOk} of ${gets}`);
  const open = await run({ ...attack, diversity: false });
  assert.ok(open.getsOk < 0.5 * open.gets, `${open.getsOk} of ${open.gets} without the limits`);
});

test("no value is lost while half of the nodes is replaced", async () => {
  const { gets, getsOk } = await run({ nodes: 60, churnMinutes: 60 });
  assert.is(getsOk, gets);
});

test("idle nodes say little, and store nothing", async () => {
  const simulation = new Simulation({ ...SCENARIO, nodes: 60, values: 30 });
  await simulation.join();
  await simulation.put();
  const before = { ...simulation.world.traffic };
  await simulation.rest(30);
  const { datagrams, stores } = simulation.world.traffic;
  assert.is(stores - before.stores, 0);
  const perSecond = (datagrams - before.datagrams) / 60 / 1800;
  assert.ok(perSecond <= 0.25, `${perSecond} datagrams a second`);
});

test.run();
