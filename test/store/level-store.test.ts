import { suite } from "uvu";
import * as assert from "uvu/assert";
import { jsonInt, jsonObject } from "../../codec/json/mod.ts";
import { audit, type Level, type LevelChange } from "../../src/store/level.ts";
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

test.run();
