import { suite } from "uvu";
import * as assert from "uvu/assert";
import { jsonInt, jsonObject } from "../../codec/json/mod.ts";
import { audit, type Level, type LevelChange, Sum, SUM_KEY } from "../../src/store/level.ts";
import { LevelStore } from "../../src/store/store.ts";

const test = suite("store over a database");

test("a write resolves when the database says that it is on disk, and is one batch", async () => {
  const batches: { changes: LevelChange[]; sync: boolean }[] = [];
  let onDisk = () => {};
  const level: Level = {
    batch: (changes, { sync }) => {
      batches.push({ changes, sync });
      return new Promise((resolve) => onDisk = resolve);
    },
    get: () => Promise.resolve(undefined),
    iterator: async function* () {},
    close: () => Promise.resolve(),
  };
  const store = new LevelStore({ level, found: await audit(level) });
  const counts = store.namespace({ name: "counts", version: 1, shape: jsonObject({ n: jsonInt }) });
  let written = false;
  const writing = store.write([counts.putting("a", { n: 1 }), counts.deleting("b")]).then(() => written = true);
  while (batches.length === 0) await Promise.resolve();
  assert.equal(batches.map(({ sync }) => sync), [true]);
  assert.equal(batches[0].changes.map(({ key }) => key), ["counts:a", "counts:b", "!sum"]);
  assert.is(written, false);
  onDisk();
  await writing;
  assert.is(written, true);
});

test("a document that is missing, changed or one too many does not fit the sum", async () => {
  const documents: LevelChange[] = [1, 2, 3].map((n) => ({ type: "put", key: `counts:${n}`, value: `{"n":${n}}` }));
  const sum = new Sum();
  for (const change of documents) sum.apply(change);
  const pairs = documents.map((change): [string, string] => [change.key, change.type === "put" ? change.value : ""]);
  const isWhole = async (entries: [string, string][]) => {
    const level = {
      iterator: async function* () {
        yield* entries;
      },
    };
    return (await audit(level as unknown as Level)).whole;
  };
  const stored: [string, string] = [SUM_KEY, sum.text()];
  assert.is(await isWhole([stored, ...pairs]), true);
  for (const value of ["{}", '{"n":1}']) sum.apply({ type: "put", key: "counts:1", value });
  assert.is(sum.text(), stored[1], "a document counts as it is last");
  assert.is(await isWhole([stored, ...pairs.slice(1)]), false);
  assert.is(await isWhole([stored, ...pairs.slice(1), ["counts:1", '{"n":9}']]), false);
  assert.is(await isWhole([stored, ...pairs, ["counts:4", "{}"]]), false);
  assert.is(await isWhole([[SUM_KEY, "nonsense"], ...pairs]), false);
  assert.equal([await isWhole([]), await isWhole(pairs)], [true, false]);
});

test.run();
