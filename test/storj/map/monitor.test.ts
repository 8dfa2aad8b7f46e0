/**
 * Looking at a network again and again.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../../codec/mod.ts";
import type { NodeInfo } from "../../../codec/protocols/storj/mod.ts";
import type { WaitOptions } from "../../../src/host/mod.ts";
import { SimNetwork } from "../../../src/host/sim/mod.ts";
import { formatAddress } from "../../../src/identity/mod.ts";
import { ContactCache } from "../../../src/kademlia/mod.ts";
import { monitor, type SavedDataset, StorjError } from "../../../src/storj/mod.ts";
import { scan, type ScanningNode } from "../../../src/storj/map/scan.ts";
import { type StorjWorld, storjWorld } from "../world.ts";

const test = suite("storj: monitor");

const HOUR_MS = 3_600_000;
const INFO: NodeInfo = {
  version: "0.1.0",
  storage: { total: 3, used: 1, free: 2 },
  network: { transport: { ip: "10.0.0.1", port: 4653 }, unl: "", isPublic: true },
  platform: { system: "Linux", release: "6", version: "1", machine: "x86_64" },
};

/** Runs something with a folder of its own. */
async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "warpwire-monitor-"));
  try {
    await work(join(folder, "datasets"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function next(world: StorjWorld, datasets: AsyncIterator<SavedDataset>): Promise<SavedDataset> {
  const { value, done } = await world.drive(datasets.next());
  assert.is(done, false);
  return value;
}

test("datasets say what the nodes around are and whom they know; their hashes are in the hash table", async () => {
  await withFolder(async (folder) => {
    const world = await storjWorld({ seed: 21, nodes: 8, nodeOptions: (index) => ({ answerRequests: index !== 3 }) });
    const [watching, ...others] = world.nodes;
    const willing = others.filter((_, at) => at !== 2);
    const datasets = monitor(watching, { limit: willing.length, folder });
    const begins: number[] = [];
    for (const num of [0, 1]) {
      const { file, key, hash, stored, ...dataset } = await next(world, datasets);
      assert.equal([dataset.node, dataset.num, stored], [watching.address, num, true]);
      assert.is(key, `monitor_dataset_${watching.address}_${num}`);
      assert.is(file, join(folder, `${key}.json`));
      const bytes = readFileSync(file);
      assert.equal(JSON.parse(bytes.toString()), dataset);
      const sha256 = createHash("sha256").update(bytes).digest();
      assert.is(hash, createHash("ripemd160").update(sha256).digest("hex"));
      assert.is(await world.drive(others[5].dhtGet(key)), hash);

      assert.equal(Object.keys(dataset.processed).sort(), willing.map(({ address }) => address).sort());
      for (const node of willing) {
        const { peers, latency, version, storage, network, platform } = dataset.processed[node.address];
        const known = node.peers().map(({ nodeId }) => formatAddress(parseHex(nodeId)));
        assert.equal([...peers].sort(), known.sort());
        assert.ok(latency.info > 0 && latency.peers > 0 && latency.info < 60_000);
        assert.match(version, /^\d+\.\d+\.\d+$/);
        assert.is(storage.used + storage.free, storage.total);
        assert.is(network.transport.port, node.port);
        assert.ok(platform.system.length > 0);
      }
      assert.ok(dataset.end >= dataset.begin);
      begins.push(dataset.begin);
    }
    const apart = begins[1] - begins[0];
    assert.ok(apart >= HOUR_MS && apart < HOUR_MS + 1000, `${apart} ms`);
    await world.drive(datasets.return!());
    await world.close();
  });
});

test("a dataset gets the first number that is free, in the hash table and on disk", async () => {
  await withFolder(async (folder) => {
    const world = await storjWorld({ seed: 22, nodes: 4, nodeOptions: () => ({ answerRequests: true }) });
    const [watching, other] = world.nodes;
    const keyOf = (num: number) => `monitor_dataset_${watching.address}_${num}`;
    for (const num of [0, 1, 2, 4, 7]) await world.drive(other.dhtPut(keyOf(num), "somebody else's"));
    mkdirSync(folder);
    writeFileSync(join(folder, `${keyOf(5)}.json`), "mine");
    const datasets = monitor(watching, { limit: 1, folder, intervalMs: 1000 });
    const nums: number[] = [];
    for (let count = 0; count < 3; count++) nums.push((await next(world, datasets)).num);
    assert.equal(nums, [3, 6, 8]);
    assert.is(readFileSync(join(folder, `${keyOf(5)}.json`), "utf8"), "mine");
    assert.is(await world.drive(other.dhtGet(keyOf(4))), "somebody else's");
    await world.drive(datasets.return!());
    await world.close();
  });
});

test("without anybody who answers a dataset is empty, and takes no longer than the others", async () => {
  await withFolder(async (folder) => {
    const world = await storjWorld({ seed: 23, nodes: 5 });
    const [watching] = world.nodes;
    const datasets = monitor(watching, { folder });
    const { begin, end, processed, stored } = await next(world, datasets);
    assert.equal([processed, stored], [{}, true]);
    assert.ok(end - begin < 100_000, `${end - begin} ms`);
    await world.drive(datasets.return!());
    // Alone, too; then nobody has the hash.
    const lonely = await world.add();
    const alone = monitor(lonely.node, { folder });
    assert.equal((await next(world, alone)).stored, false);
    await world.drive(alone.return!());
    await world.close();
  });
});

test("it ends with its signal and with the node, in the middle of a dataset and between two", async () => {
  await withFolder(async (folder) => {
    const world = await storjWorld({ seed: 24, nodes: 3 });
    const [watching, other] = world.nodes;
    const controller = new AbortController();
    const started = monitor(watching, { folder, signal: controller.signal });
    const first = started.next();
    await world.pass(5000);
    controller.abort();
    assert.equal(await world.drive(first), { value: undefined, done: true });
    assert.is(existsSync(folder), false, "what is not done is dropped");

    const resting = monitor(other, { folder });
    assert.is((await next(world, resting)).num, 0);
    const second = resting.next();
    await world.pass(10_000);
    await world.drive(other.close());
    assert.equal(await world.drive(second), { value: undefined, done: true });
    assert.is(readdirSync(folder).length, 1);
    await world.close();
  });
});

test("options that make no sense are refused, and so is what is no node", async () => {
  const world = await storjWorld({ seed: 25, nodes: 1 });
  const [node] = world.nodes;
  for (const options of [{ limit: 0 }, { limit: 1.5 }, { limit: 1e6 }, { intervalMs: -1 }, { intervalMs: NaN }]) {
    assert.throws(() => monitor(node, options), (error: unknown) => error instanceof RangeError);
  }
  assert.throws(() => monitor({} as typeof node), (error: unknown) => error instanceof TypeError);
  await world.close();
});

/** A node that asks nobody: others answer as a test wants. */
function scanning(
  network: SimNetwork,
  ids: readonly string[],
  answer: (id: string) => string[] | null,
): ScanningNode & {
  readonly asked: string[];
} {
  const contacts = new ContactCache();
  const asked: string[] = [];
  const { clock } = network.addHost();
  const settle = <T>(value: T | null, { signal, timeoutMs = 0 }: WaitOptions = {}) =>
    new Promise<T>((resolve, reject) => {
      clock.setTimer(value === null ? timeoutMs : 100, () => {
        if (value === null) reject(new StorjError("timeout", "Nobody answers"));
        else resolve(value);
      });
      signal?.addEventListener("abort", () => reject(new StorjError("aborted", "Given up")));
    });
  return {
    nodeId: new Uint8Array(20),
    asked,
    knownPeers: () =>
      ids.map((id) => ({
        contact: contacts.intern(parseHex(id), "10.0.0.1", 1)!,
        ...{ ageMs: 0, strikes: 0, roundTripMs: null, verified: false, capabilities: [] },
      })),
    requestPeers: (id, options) => {
      asked.push(id as string);
      return settle(answer(id as string), options);
    },
    requestInfo: (id, options) => settle(answer(id as string) === null ? null : INFO, options),
  };
}

function idsOf(network: SimNetwork, count: number): string[] {
  return Array.from({ length: count }, () => formatHex(network.random.bytes(20)));
}

test("the nearest are asked first, and nobody more once enough have answered", async () => {
  const network = new SimNetwork({ seed: 31 });
  const ids = idsOf(network, 60);
  const node = scanning(network, ids, () => []);
  const { clock } = network.addHost();
  const { signal } = new AbortController();
  const found = await network.drive(scan(node, { limit: 20, clock, signal }));
  assert.is(Object.keys(found).length, 20);
  // Distances to an id of zeros are in the order of the ids.
  const sorted = ids.toSorted();
  assert.equal(node.asked.slice(0, 16), sorted.slice(0, 16));
  assert.ok(node.asked.length <= 36, `${node.asked.length} were asked`);
  for (const [address, { latency }] of Object.entries(found)) {
    assert.ok(sorted.slice(0, 36).some((id) => formatAddress(parseHex(id)) === address));
    assert.equal(latency, { info: 100, peers: 100 });
  }
});

test("nodes that name others without end are left behind when the time is over; the silent hold nobody up", async () => {
  const network = new SimNetwork({ seed: 32 });
  const honest = idsOf(network, 10);
  const node = scanning(network, honest, (id) => {
    if (honest.includes(id)) return idsOf(network, 5000);
    return id.charCodeAt(3) % 2 === 0 ? null : idsOf(network, 5000);
  });
  const { clock } = network.addHost();
  const over = new AbortController();
  clock.setTimer(600_000, () => over.abort());
  const found = await network.drive(scan(node, { limit: 1000, clock, signal: over.signal }));
  assert.is(network.nowMs <= 601_000, true);
  for (const id of honest) assert.ok(found[formatAddress(parseHex(id))]);
  for (const { peers } of Object.values(found)) assert.is(peers.length, 25);
});

test("what should not happen is not taken for silence", async () => {
  const network = new SimNetwork({ seed: 34 });
  const node = {
    ...scanning(network, idsOf(network, 3), () => []),
    requestInfo: () => Promise.reject(new TypeError("x")),
  };
  const { clock } = network.addHost();
  const { signal } = new AbortController();
  const error = await network.drive(scan(node, { limit: 1, clock, signal }).catch((error) => error));
  assert.instance(error, TypeError);
});

test("texts of strangers are cut, and have no characters that a terminal obeys", async () => {
  const network = new SimNetwork({ seed: 33 });
  const [id] = idsOf(network, 1);
  const text = `\u001b[31m${"x".repeat(1000)}\u0000`;
  const platform = { system: text, release: text, version: text, machine: text };
  const liar = { ...INFO, version: text, network: { ...INFO.network, unl: text }, platform, extra: text };
  const node = { ...scanning(network, [id], () => []), requestInfo: () => Promise.resolve(liar) };
  const { clock } = network.addHost();
  const { signal } = new AbortController();
  const found = await network.drive(scan(node, { limit: 1, clock, signal }));
  const json = JSON.stringify(found);
  assert.not.match(json, /\\u00|[^ -~…]/);
  assert.ok(json.length < 1000, `${json.length} characters`);
});

test.run();
