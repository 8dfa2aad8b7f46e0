import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { jsonInt, jsonObject } from "../../codec/json/mod.ts";
import { type Damage, type Namespace, openStore, type Store, StoreError } from "../../src/store/mod.ts";
import { root } from "../../tasks/project.ts";
import { seed } from "../codec/seed.ts";
import { randomFrom } from "../protocols/warpdrive/recordings.ts";

const test = suite("store in a folder");

const Count = jsonObject({ n: jsonInt });
const folders: string[] = [];

function folder(): string {
  folders.push(mkdtempSync(join(tmpdir(), "warpwire-store-")));
  return folders.at(-1)!;
}

function counts(store: Store): Namespace<{ n: number }> {
  return store.namespace({ name: "pairs", version: 1, shape: Count });
}

async function fill(path: string, count: number, value: (n: number) => number = (n) => n): Promise<void> {
  await using store = await openStore({ folder: path });
  const namespace = counts(store);
  for (let n = 0; n < count; n++) await store.write([namespace.putting(`n${n}`, { n: value(n) })]);
}

async function keysOf(store: Store): Promise<string[]> {
  const keys = [];
  for await (const [key] of counts(store).entries()) keys.push(key);
  return keys;
}

/** The file of the database that has a name of this form. */
function databaseFile(path: string, form: RegExp): string {
  const name = readdirSync(join(path, "store")).find((name) => form.test(name));
  assert.ok(name, `There is no ${form} among ${readdirSync(join(path, "store"))}`);
  return join(path, "store", name!);
}

test.after(() => {
  for (const path of folders) rmSync(path, { recursive: true, force: true });
});

test("a store keeps its documents, and only its owner may enter the folder", async () => {
  const path = folder();
  chmodSync(path, 0o755);
  await fill(path, 3);
  await using store = await openStore({ folder: path });
  assert.equal(await keysOf(store), ["n0", "n1", "n2"]);
  if (process.platform !== "win32") assert.is(statSync(path).mode & 0o777, 0o700);
});

test("a store is opened once", async () => {
  const path = folder();
  await using _store = await openStore({ folder: path });
  const error = await openStore({ folder: path }).catch((error) => error);
  assert.instance(error, StoreError);
  assert.is(error.code, "locked");
});

test("a folder that cannot be made is told", async () => {
  const path = folder();
  writeFileSync(join(path, "file"), "");
  const error = await openStore({ folder: join(path, "file", "data") }).catch((error) => error);
  assert.is(error.code, "io");
});

/** Copies what a program that was killed leaves: a log that no later start has turned into a table. */
async function logOnly(count: number): Promise<string> {
  const path = folder();
  await fill(path, count);
  return path;
}

for (
  const [how, harm] of [
    ["cut to nothing", () => new Uint8Array(0)],
    ["cut in half", (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ["cut by a byte", (bytes) => bytes.subarray(0, -1)],
    ["turned into zeros", (bytes) => new Uint8Array(bytes.length)],
  ] as [string, (bytes: Uint8Array) => Uint8Array][]
) {
  test(`a log that was ${how} is told`, async () => {
    const path = await logOnly(30);
    const log = databaseFile(path, /\.log$/);
    writeFileSync(log, harm(readFileSync(log)));
    const damages: Damage[] = [];
    const store = await openStore({ folder: path, onDamage: (damage) => damages.push(damage) });
    assert.is(damages.length, 1);
    assert.match(damages[0].message, /missing|dropping/);
    const keys = await keysOf(store);
    assert.is(damages[0].recovered, keys.length);
    assert.ok(keys.length < 30);
    await store.close();
    damages.length = 0;
    await using again = await openStore({ folder: path, onDamage: (damage) => damages.push(damage) });
    // What is written from now on is counted from there.
    await again.write([counts(again).putting("new", { n: 1 })]);
    await again.close();
    await using last = await openStore({ folder: path, onDamage: (damage) => damages.push(damage) });
    assert.equal(await keysOf(last), [...keys, "new"].sort());
    assert.equal(damages, []);
  });
}

test("after a crash before the last changes were counted, a store is whole", async () => {
  const path = folder();
  await fill(path, 2);
  const counted = readFileSync(join(path, "store.count"), "latin1");
  await fill(path, 3);
  const damages: Damage[] = [];
  const onDamage = (damage: Damage) => void damages.push(damage);
  // The first is the one of an earlier version.
  for (const text of ["0000000000000002", counted]) {
    writeFileSync(join(path, "store.count"), text);
    await using store = await openStore({ folder: path, onDamage });
    assert.equal(await keysOf(store), ["n0", "n1", "n2"]);
  }
  assert.equal(damages, []);
});

for (
  const [how, harm] of [
    ["gone", () => null],
    ["cut to nothing", () => new Uint8Array(0)],
    ["cut in half", (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ["cut by a byte", (bytes) => bytes.subarray(0, -1)],
    ["turned into zeros", (bytes) => new Uint8Array(bytes.length)],
    ["longer", (bytes) => Uint8Array.of(...bytes, 1, 2, 3)],
    ["another number", (bytes) => bytes.map((byte, index) => index === 15 ? byte ^ 1 : byte)],
    ["of another sum", (bytes) => bytes.map((byte, index) => index === 20 ? byte ^ 1 : byte)],
  ] as [string, (bytes: Uint8Array) => Uint8Array | null][]
) {
  test(`a count of what was written that is ${how} is told, once`, async () => {
    const path = await logOnly(30);
    const file = join(path, "store.count");
    const harmed = harm(new Uint8Array(readFileSync(file)));
    if (harmed === null) rmSync(file);
    else writeFileSync(file, harmed);
    const damages: Damage[] = [];
    const onDamage = (damage: Damage) => void damages.push(damage);
    await (await openStore({ folder: path, onDamage })).close();
    assert.is(damages.length, 1);
    assert.match(damages[0].message, /store\.count" is (missing|damaged): /);
    assert.is(damages[0].recovered, 30);
    if (harmed !== null) assert.equal(new Uint8Array(readFileSync(damages[0].setAside)), harmed);
    await using store = await openStore({ folder: path, onDamage });
    assert.is((await keysOf(store)).length, 30);
    assert.is(damages.length, 1);
  });
}

test("a new store has no damage, nor one in whose first batch the program was killed", async () => {
  const path = folder();
  const damages: Damage[] = [];
  const onDamage = (damage: Damage) => void damages.push(damage);
  await (await openStore({ folder: path, onDamage })).close();
  const before = readFileSync(join(path, "store.count"));
  await fill(path, 1);
  writeFileSync(join(path, "store.count"), before);
  await using store = await openStore({ folder: path, onDamage });
  assert.equal([await keysOf(store), damages], [["n0"], []]);
});

test("a program that is killed loses nothing that it was told is stored, and no half of a batch stays", async () => {
  console.log(`  WARPWIRE_SEED=${seed}`);
  const random = randomFrom(seed);
  const path = folder();
  let last = -1;
  for (let round = 0; round < 6; round++) {
    last = Math.max(last, await killedAfter(path, 1 + Math.floor(random() * 40)));
    const damages: Damage[] = [];
    await using store = await openStore({ folder: path, onDamage: (damage) => damages.push(damage) });
    const [left, right] = [await counts(store).get("left"), await counts(store).get("right")];
    assert.equal(left, right, `seed ${seed}`);
    assert.ok(left!.n >= last, `${left!.n} is stored, ${last} was told; seed ${seed}`);
    assert.equal(damages, []);
  }
});

/** Runs the writer until it has told of so many batches, kills it, and returns the last number it told. */
async function killedAfter(path: string, lines: number): Promise<number> {
  const args = process.versions.deno !== undefined
    ? ["run", "-A", "--no-check", join(root, "test/store/writer.ts"), path]
    : [join(root, ".build/test/store/writer.js"), path];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  let told = -1;
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    assert.match(line, /^\d+$/);
    told = Number(line);
    if (++count === lines) child.kill("SIGKILL");
  }
  await ended;
  return told;
}

const DAMAGES: Record<string, { readonly form: RegExp; readonly spoil: (bytes: Uint8Array) => Uint8Array }> = {
  "a block in the middle of the log": {
    form: /\.log$/,
    spoil: (bytes) => bytes.fill(0x5a, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 60),
  },
  "a byte in the middle of the log": {
    form: /\.log$/,
    spoil: (bytes) => {
      bytes[Math.floor(bytes.length / 2)] ^= 0x10;
      return bytes;
    },
  },
  "a manifest that is cut": { form: /^MANIFEST/, spoil: (bytes) => bytes.subarray(0, 5) },
  "a manifest of other bytes": { form: /^MANIFEST/, spoil: (bytes) => bytes.fill(0xa5) },
  "no name of the manifest": { form: /^CURRENT$/, spoil: () => new Uint8Array(0) },
};

for (const [name, { form, spoil }] of Object.entries(DAMAGES)) {
  test(`damage is told, set aside and repaired: ${name}`, async () => {
    const path = folder();
    await fill(path, 40);
    const file = databaseFile(path, form);
    const spoiled = spoil(new Uint8Array(readFileSync(file)));
    writeFileSync(file, spoiled);
    const damages: Damage[] = [];
    await using store = await openStore({ folder: path, onDamage: (damage) => damages.push(damage) });
    assert.is(damages.length, 1);
    const keys = await keysOf(store);
    assert.is(damages[0].recovered, keys.length);
    assert.ok(statSync(damages[0].setAside).isDirectory());
    assert.ok(readdirSync(damages[0].setAside).length > 0);
    // LevelDB has replaced a log by what it could read of it.
    const kept = join(damages[0].setAside, "logs", basename(file));
    if (file.endsWith(".log")) assert.ok(readFileSync(kept).equals(spoiled), "the damaged log is there as it was");
    await store.write([counts(store).putting("new", { n: 1 })]);
  });
}

test("tables that lost their bytes are told, too", async () => {
  const path = folder();
  // Opened again, LevelDB turns its log into a table.
  await fill(path, 200);
  await fill(path, 1);
  const file = databaseFile(path, /\.ldb$/);
  const bytes = new Uint8Array(readFileSync(file));
  writeFileSync(file, bytes.fill(0x33, 10, 200));
  const damages: Damage[] = [];
  await using store = await openStore({ folder: path, onDamage: (damage) => damages.push(damage) });
  assert.is(damages.length, 1);
  assert.ok(statSync(damages[0].setAside).isDirectory());
  assert.is((await keysOf(store)).length, damages[0].recovered);
});

test("what was rebuilt is opened without a word the next time", async () => {
  const path = folder();
  await fill(path, 30);
  writeFileSync(databaseFile(path, /^CURRENT$/), "nonsense\n");
  const damages: Damage[] = [];
  const onDamage = (damage: Damage) => void damages.push(damage);
  await (await openStore({ folder: path, onDamage })).close();
  await using store = await openStore({ folder: path, onDamage });
  assert.is(damages.length, 1);
  assert.is((await keysOf(store)).length, 30);
});

test.run();
