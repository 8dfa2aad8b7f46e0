import { randomBytes } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex } from "../../codec/mod.ts";
import { pack, unpack } from "../../codec/msgpack/mod.ts";
import { dhtKey } from "../../codec/protocols/storj/mod.ts";
import { type SocketHost, socketHost } from "../../src/host/socket/host.ts";
import { type Kademlia, kademlia } from "../../src/kademlia/mod.ts";
import { type RpcEndpoint, rpcEndpoint } from "../../src/rpc/mod.ts";
import { findPython, PythonNode, type PythonValue } from "./python.ts";

const test = suite("nodes of the Python package kademlia");

const python = findPython();
if (typeof python === "string") console.log(`  skipped: ${python}`);

/** A node of ours that speaks as the Python nodes do. */
interface OurNode {
  readonly id: Uint8Array;
  readonly host: SocketHost;
  readonly address: string;
  readonly port: number;
  readonly rpc: RpcEndpoint;
  readonly table: Kademlia;
}

async function ourNode(id: Uint8Array, stores: boolean): Promise<OurNode> {
  const host = await socketHost({ peerId: "ours", listen: ["udp:127.0.0.1:0"] });
  const rpc = rpcEndpoint({ host, era: "rpcudp", addresses: "str", answer: {} });
  const [address] = host.addresses();
  const values = stores ? {} : { valuesMax: 0 };
  const table = kademlia({ rpc, clock: host.clock, random: host.random, id, values });
  return { id, host, address, port: Number(address.split(":").at(-1)), rpc, table };
}

/** Three nodes of each kind in one network. */
interface Network {
  readonly ours: readonly OurNode[];
  readonly theirs: readonly PythonNode[];
}

/**
 * Starts the nodes; each joins through one of the other kind, but the last through one of its own. The last of each kind
 * stores nothing: so few nodes hold every value, and nobody would have to ask another one.
 */
async function withNetwork(body: (network: Network) => Promise<void>): Promise<void> {
  if (typeof python === "string") throw new Error(python);
  const id = () => new Uint8Array(randomBytes(20));
  const theirs = await Promise.all([true, true, false].map((stores) => PythonNode.start(python, id(), stores)));
  const ours = await Promise.all([true, true, false].map((stores) => ourNode(id(), stores)));
  try {
    assert.ok(await theirs[0].bootstrap(ours[0].port) >= 1);
    assert.ok((await ours[1].table.bootstrap([theirs[0].address])).contacts >= 1);
    assert.ok(await theirs[1].bootstrap(ours[1].port) >= 1);
    assert.ok((await ours[2].table.bootstrap([theirs[1].address])).contacts >= 1);
    assert.ok(await theirs[2].bootstrap(theirs[0].port) >= 1);
    await body({ ours, theirs });
  } finally {
    for (const { table, rpc, host } of ours) {
      await table[Symbol.asyncDispose]();
      await rpc.close();
      await host.stop();
    }
    for (const node of theirs) await node.kill();
  }
}

/** Twenty values of every kind that the Python nodes take. */
function values(name: string): [key: string, value: PythonValue][] {
  const kinds: PythonValue[] = ["text", "Ünïcode ✓", "", "x".repeat(8000), 0, -5, 2 ** 40, 0.5, true];
  const bytes = [0, 1, 200, 8000].map((length) => new Uint8Array(length).fill(0xa5));
  const all = [...kinds, ...bytes];
  return Array.from({ length: 20 }, (_, index) => [`${name} ${index}`, all[index] ?? `${name} value ${index}`]);
}

/** A value as it is compared and shown: its type, and what is at most its digest. */
function shown(value: unknown): string {
  const text = value instanceof Uint8Array ? `bytes ${formatHex(value)}` : `${typeof value} ${value}`;
  return text.length < 40 ? text : `${text.slice(0, 20)}… ${text.length} ${formatHex(dhtKey(text))}`;
}

async function assertFound(network: Network, entries: readonly [key: string, value: PythonValue][]): Promise<void> {
  const keys = entries.map(([key]) => key);
  const found = await Promise.all([
    ...network.ours.map((node) => getAll(node, keys)),
    ...network.theirs.map((node) => node.get(keys)),
  ]);
  for (const values of found) assert.equal(values.map(shown), entries.map(([, value]) => shown(value)));
}

function getAll({ table }: OurNode, keys: readonly string[]): Promise<unknown[]> {
  return Promise.all(keys.map(async (key) => {
    const found = await table.get(dhtKey(key));
    return found === null ? null : unpack(found.value);
  }));
}

/** Each node looks for every other one. */
async function assertNodesFind({ ours, theirs }: Network): Promise<void> {
  const all = [...ours, ...theirs];
  for (const node of ours) {
    for (const { id, address } of all.filter((other) => other !== node)) {
      const contact = await node.table.findContact(id);
      assert.is(contact?.address, address);
    }
  }
  for (const node of theirs) {
    const others = all.filter((other) => other !== node);
    assert.equal(await node.find(others.map(({ id }) => id)), others.map(({ port }) => port));
  }
}

const whereItIs = typeof python === "string" ? test.skip : test;

whereItIs("values and nodes are found both ways, also after one has died", async () => {
  await withNetwork(async (network) => {
    const { ours, theirs } = network;
    const [mine, their] = [values("ours"), values("theirs")];
    const put = await Promise.all(mine.map(([key, value]) => ours[1].table.put(dhtKey(key), pack(value))));
    for (const { stored } of put) assert.ok(stored > 0);
    assert.equal(await theirs[1].set(their), their.map(() => true));
    assert.is(await theirs[2].holds(), 0);
    await assertFound(network, [...mine, ...their]);
    await assertNodesFind(network);
    await theirs[0].kill();
    await assertFound({ ours, theirs: theirs.slice(1) }, [...mine, ...their]);
  });
});

test.run();
