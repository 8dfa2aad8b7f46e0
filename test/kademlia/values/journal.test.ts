import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pack, type Packed, unpack } from "../../../codec/msgpack/mod.ts";
import { type KeepValues, ValueJournal } from "../../../src/kademlia/values/journal.ts";
import { keyText, ValueMap } from "../../../src/kademlia/values/values.ts";
import { ManualClock } from "../../host/manual-clock.ts";
import { idOf } from "../make.ts";

const test = suite("kademlia journal of values");

/** What was written: in each batch, the first bytes of the keys and their values. */
type Batch = [key: number, value: unknown][];

function make(write: (batch: Batch) => void | Promise<void> = () => {}) {
  const clock = new ManualClock();
  const batches: Batch[] = [];
  const failures: unknown[] = [];
  const keep: KeepValues = (changes) => {
    const batch: Batch = changes.map(({ key, stored }) => [key[0], stored === null ? null : unpack(stored.value)]);
    batches.push(batch);
    return write(batch);
  };
  const values = new ValueMap({
    now: () => clock.now(),
    onChange: (text) => journal.changed(text),
    limits: { valuesMax: 100 },
  });
  const journal = new ValueJournal({ clock, values, keep, onFailure: (error) => failures.push(error) });
  const store = (key: number, value: unknown) => values.store(idOf([key]), pack(value as string), { source: "a" });
  return { clock, values, journal, batches, failures, store };
}

/** Lets promises be settled. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

test("all changes of half a second are written together, each value once and as it is then", async () => {
  const { clock, batches, store } = make();
  for (let value = 0; value < 50; value++) store(value % 5, value);
  clock.advance(499);
  assert.equal(batches, []);
  clock.advance(1);
  assert.equal(batches, [[[0, 45], [1, 46], [2, 47], [3, 48], [4, 49]]]);
  await settle();
  store(1, "b");
  clock.advance(1000);
  await settle();
  assert.equal(batches.slice(1), [[[1, "b"]]]);
  assert.is(clock.timers, 0);
});

test("the same value again is no change, but a life that begins anew is", async () => {
  const { clock, batches, store } = make();
  store(1, "a");
  clock.advance(1000);
  await settle();
  store(1, "a");
  store(1, "a");
  assert.equal([clock.timers, batches.length], [1, 1]);
  clock.advance(1000);
  await settle();
  assert.is(batches.length, 2);
  store(1, "a");
  clock.advance(0);
  assert.is(clock.timers, 1, "a second later, its life begins anew");
});

test("values that are gone are told to be", async () => {
  const { clock, values, batches, store } = make();
  store(1, "a");
  clock.advance(1000);
  await settle();
  clock.advance(values.lifeMs);
  values.expire();
  clock.advance(1000);
  assert.equal(batches.slice(1), [[[1, null]]]);
});

test("while somebody writes, changes wait", async () => {
  let done = () => {};
  const { clock, batches, store } = make(() => new Promise<void>((resolve) => done = resolve));
  store(1, "a");
  clock.advance(1000);
  store(1, "b");
  store(2, "c");
  clock.advance(100_000);
  assert.equal(batches, [[[1, "a"]]]);
  done();
  await settle();
  clock.advance(1000);
  assert.equal(batches.slice(1), [[[1, "b"], [2, "c"]]]);
});

test("what could not be written comes again, at growing pauses, as it is then", async () => {
  let fail = true;
  const { clock, batches, failures, store } = make(() => {
    if (fail) throw new Error("full");
  });
  store(1, "a");
  for (let second = 0; second < 600; second++) {
    clock.advance(1000);
    await settle();
  }
  assert.ok(batches.length >= 10 && batches.length <= 20, `${batches.length} attempts in ten minutes`);
  assert.is(failures.length, batches.length);
  store(1, "b");
  fail = false;
  clock.advance(60_000);
  await settle();
  assert.equal(batches.at(-1), [[1, "b"]]);
  assert.is(clock.timers, 0);
});

test("what is left is written when it is closed, also behind what is being written", async () => {
  const dones: (() => void)[] = [];
  const { clock, journal, batches, store } = make(() => new Promise<void>((resolve) => dones.push(resolve)));
  store(1, "a");
  clock.advance(1000);
  store(2, "b");
  const closed = journal.close();
  store(3, "c");
  await settle();
  dones.shift()!();
  await settle();
  dones.shift()!();
  await closed;
  assert.equal(batches, [[[1, "a"]], [[2, "b"]]], "and nothing that comes later");
  assert.is(clock.timers, 0);
});

test("keys are the whole key", () => {
  const seen: string[] = [];
  const clock = new ManualClock();
  const values = new ValueMap({ now: () => clock.now(), onChange: (text) => journal.changed(text) });
  const journal = new ValueJournal({
    clock,
    values,
    keep: (changes) => void seen.push(...changes.map(({ key, stored }) => keyText(key) + keyText(stored!.key))),
    onFailure: () => assert.unreachable(),
  });
  const key = Uint8Array.from({ length: 20 }, (_, index) => 250 - index);
  const value: Packed = pack(1);
  values.store(key, value, { source: "" });
  clock.advance(1000);
  assert.equal(seen, [keyText(key).repeat(2)]);
});

test.run();
