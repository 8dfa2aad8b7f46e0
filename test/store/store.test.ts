import { suite } from "uvu";
import * as assert from "uvu/assert";
import { jsonInt, jsonObject, jsonString } from "../../codec/json/mod.ts";
import { MemoryLevel } from "memory-level";
import { audit, type Level } from "../../src/store/level.ts";
import { LevelStore } from "../../src/store/store.ts";
import { type Damage, memoryStore, type Namespace, type Store, StoreError } from "../../src/store/mod.ts";

const test = suite("store");

const Person = jsonObject({ name: jsonString, age: jsonInt });
type Person = { name: string; age: number };

function people(store: Store): Namespace<Person> {
  return store.namespace({ name: "people", version: 2, shape: Person });
}

async function all<T>(namespace: Namespace<T>): Promise<[string, T][]> {
  const entries = [];
  for await (const entry of namespace.entries()) entries.push(entry);
  return entries;
}

async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => null, (error) => error);
  assert.instance(error, StoreError);
  return (error as StoreError).code;
}

test("documents are stored, replaced and removed by key, in namespaces that do not touch", async () => {
  await using store = await memoryStore();
  const ann = people(store);
  const other = store.namespace({ name: "people-too", version: 1, shape: Person });
  await store.write([
    ann.putting("b", { name: "Bob", age: 1 }),
    ann.putting("a", { name: "Ann", age: 2 }),
    other.putting("a", { name: "Other", age: 3 }),
  ]);
  assert.equal(await all(ann), [["a", { name: "Ann", age: 2 }], ["b", { name: "Bob", age: 1 }]]);
  await store.write([ann.putting("a", { name: "Ann", age: 3 }), ann.deleting("b"), ann.deleting("nobody")]);
  assert.equal(await all(ann), [["a", { name: "Ann", age: 3 }]]);
  assert.is(await ann.get("b"), undefined);
  assert.equal(await other.get("a"), { name: "Other", age: 3 });
});

test("a document of an earlier version is upgraded, or set aside; one of a later version is left alone", async () => {
  const damages: Damage[] = [];
  await using store = await memoryStore({ onDamage: (damage) => damages.push(damage) });
  const old = store.namespace({ name: "people", version: 1, shape: jsonObject({ name: jsonString }) });
  await store.write([old.putting("a", { name: "Ann" })]);
  const upgraded = store.namespace<Person>({
    name: "people",
    version: 2,
    shape: Person,
    upgrade: (document, version) => ({ name: `${(document as { name: string }).name}${version}`, age: 0 }),
  });
  assert.equal(await upgraded.get("a"), { name: "Ann1", age: 0 });
  assert.is(await failure(people(store).get("a")), "damaged");
  const later = store.namespace({ name: "people", version: 3, shape: Person });
  await store.write([later.putting("b", { name: "Bob", age: 1 })]);
  assert.is(await failure(people(store).get("b")), "version");
  assert.is(await failure(all(people(store))), "version");
  // The old document came before the later one, and was set aside under its key.
  assert.equal(damages.map(({ setAside }) => setAside), ["!damaged:people:a"]);
});

test("limits hold before anything is written", async () => {
  await using store = await memoryStore({ documentsMax: 2 });
  const small = store.namespace({ name: "small", version: 1, shape: Person, limits: { bytesMax: 40 } });
  assert.throws(
    () => small.putting("a", { name: "x".repeat(40), age: 1 }),
    (error: StoreError) => error.code === "limit",
  );
  assert.throws(
    () => small.putting("k".repeat(2000), { name: "", age: 1 }),
    (error: StoreError) => error.code === "limit",
  );
  const person = { name: "x", age: 1 };
  await store.write([small.putting("a", person), small.putting("b", person)]);
  assert.is(await failure(store.write([small.deleting("a"), small.putting("c", person)])), "limit");
  assert.equal((await all(small)).map(([key]) => key), ["a", "b"]);
  await store.write([small.putting("a", { name: "y", age: 2 })]);
});

test("a key is text, which lone surrogates are not", async () => {
  await using store = await memoryStore();
  assert.throws(
    () => people(store).putting("\ud800", { name: "", age: 1 }),
    (error: StoreError) => error.code === "limit",
  );
});

test("a damaged document is set aside as it was", async () => {
  const level = new MemoryLevel<string, string>();
  await level.open();
  await level.put("people:a", "no document");
  await using store = new LevelStore({ level, found: await audit(level) });
  assert.equal(await all(people(store)), []);
  assert.equal([await level.get("people:a"), await level.get("!damaged:people:a")], [undefined, "no document"]);
});

test("after closing nothing goes any more", async () => {
  const store = await memoryStore();
  const namespace = people(store);
  const last = store.write([namespace.putting("a", { name: "Ann", age: 1 })]);
  await store.close();
  await last;
  await store.close();
  assert.is(await failure(namespace.get("a")), "closed");
  assert.is(await failure(store.write([namespace.deleting("a")])), "closed");
});

test("names and versions of namespaces are checked", async () => {
  await using store = await memoryStore();
  assert.throws(() => store.namespace({ name: "!sum", version: 1, shape: Person }), /namespace/);
  assert.throws(() => store.namespace({ name: "a", version: 0, shape: Person }), /version/);
});

test("a store writes again when there is room again, and says both", async () => {
  const inner = new MemoryLevel<string, string>();
  await inner.open();
  let full = false;
  let broken = false;
  const level: Level = {
    // As LevelDB does it: after a write that failed, nothing more is written until the database is opened anew.
    batch: async (changes) => {
      broken ||= full;
      if (broken) throw new Error("No space left on device");
      await inner.batch(changes);
    },
    get: (key) => inner.get(key),
    iterator: (range) => inner.iterator(range),
    close: () => Promise.resolve(),
  };
  const reopen = async () => {
    if (full) throw new Error("No space left on device");
    broken = false;
    return { level, found: await audit(level) };
  };
  const told: (string | null)[] = [];
  const onTrouble = (error: StoreError | null) => void told.push(error === null ? null : error.code);
  const care = { reopen, written: () => Promise.resolve() };
  await using store = new LevelStore({ level, found: await audit(level) }, { onTrouble }, care);
  const documents = people(store);
  const put = (key: string) => store.write([documents.putting(key, { name: key, age: 1 })]);
  await put("a");
  full = true;
  for (const key of ["b", "c"]) assert.is(await failure(put(key)), "io");
  assert.is((await documents.get("a"))?.name, "a");
  assert.equal(told, ["io"]);
  full = false;
  await put("d");
  assert.equal(told, ["io", null]);
  assert.equal([...(await all(documents)).map(([key]) => key)], ["a", "d"]);
  assert.ok((await audit(level)).whole);
});

test.run();
