/**
 * A node as a whole: how it begins, whom it knows, and how it ends.
 *
 * @module
 */

import { inspect } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { equalValues } from "../../codec/values.ts";
import { SimNetwork } from "../../src/host/sim/mod.ts";
import { HostError } from "../../src/host/mod.ts";
import { Identity, IdentityError } from "../../src/identity/mod.ts";
import { type StorjNetwork, storjNode, type StorjNodeOptions } from "../../src/storj/mod.ts";
import { rejects } from "./expect.ts";
import { OldNode } from "./old-node.ts";
import { StorjWorld, storjWorld } from "./world.ts";

const test = suite("storj: node");

const WIF = "KzygUeD8qXaKBFdJWMk9c6AVib89keoZFBNdFBsj73kYZfAc4n1j";
const HWIF =
  "xprv9s21ZrQH143K3uzRGiHSWpKu5vjxDHSTLxKGhYTBpb2ykxhvcHxkVV7THGiYpsFGvFbGKzmUFLMpjZKWzMmSWnDsPvn8MThZfJ1SGUxY6Xh";

test("a node has the id of its key: WIF, an identity, or a new one", async () => {
  const world = new StorjWorld();
  const { node } = await world.add({ key: WIF });
  assert.is(node.nodeIdHex, "297249e6cf8cd7bec1a151c221d35b80bfc6417f");
  assert.is(node.address, "14n9cnLN5nktzpZ8itKuVWYkhUfDzjT2tr");
  assert.is(node.wif(), WIF);
  assert.is(node.port, 4653);
  const identity = Identity.generate();
  assert.equal((await world.add({ key: identity })).node.nodeId, identity.nodeId);
  const [a, b] = [await world.add(), await world.add()];
  assert.is.not(a.node.nodeIdHex, b.node.nodeIdHex);
  for (const key of [HWIF.slice(1), "garbage", "", "cTestnet"]) {
    const error = await world.drive(storjNode({ key, host: world.network.addHost() })).catch((error) => error);
    assert.instance(error, IdentityError);
  }
  await world.close();
});

test("the key shows nowhere but in wif()", async () => {
  const world = new StorjWorld();
  const { node } = await world.add({ key: WIF });
  const secret = Identity.parse(WIF).toSecret();
  const texts = [
    inspect(node, { depth: 20, showHidden: true, getters: true }),
    JSON.stringify(node),
    JSON.stringify({ ...node }),
    JSON.stringify(node.knownPeers()),
    String(node),
    Object.getOwnPropertyNames(node).join(),
  ];
  const { Deno: deno } = globalThis as { readonly Deno?: { inspect(value: unknown, options: unknown): string } };
  if (deno !== undefined) texts.push(deno.inspect(node, { depth: 20, showHidden: true, getters: true }));
  for (const text of texts) {
    assert.not.ok(text.includes(WIF.slice(0, 12)), text);
    assert.not.match(text, new RegExp([...secret.slice(0, 4)].join(",\\s*")));
  }
  assert.equal(Object.keys(node), ["nodeId", "nodeIdHex", "address", "port"]);
  await world.close();
});

test("ready resolves as soon as somebody is known, whoever called first", async () => {
  const world = new StorjWorld();
  const first = await world.add();
  const waiting = first.node.ready();
  const second = await world.add({ bootstrap: [first.place] });
  await world.drive(Promise.all([waiting, second.node.ready()]));
  await world.drive(first.node.ready());
  assert.equal(first.node.peers().map(({ nodeId }) => nodeId), [second.node.nodeIdHex]);
  await world.close();
});

test("ready ends with its time, its signal and the node", async () => {
  const world = new StorjWorld();
  const { node } = await world.add();
  await rejects(world.drive(node.ready({ timeoutMs: 120_000 })), "timeout");
  assert.is(world.network.nowMs, 120_000);
  const controller = new AbortController();
  const aborted = node.ready({ signal: controller.signal });
  controller.abort("enough");
  assert.is((await rejects(aborted, "aborted")).cause, "enough");
  const waiting = node.ready();
  await node.close();
  await rejects(waiting, "closed");
  await rejects(node.ready(), "closed");
});

test("unusable places to begin do no harm, and what is no place is told", async () => {
  const world = new StorjWorld();
  const { place } = await world.add();
  const bootstrap = ["240.0.0.0:1337", "10.9.9.9:1", "[::1]:9", place, place];
  const { node } = await world.add({ bootstrap });
  await world.drive(node.ready({ timeoutMs: 6000 }));
  for (const text of ["", "127.0.0.1", ":4653", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "a b:1", "::1:9"]) {
    const host = world.network.addHost();
    const error = await world.drive(storjNode({ host, bootstrap: [text] })).catch((error) => error);
    assert.instance(error, HostError, text);
    assert.is(error.code, "address");
  }
  await world.close();
});

test("a node whose places are silent is in the network as soon as somebody calls it, or a place comes to life", async () => {
  const world = new StorjWorld();
  const later = world.network.addHost();
  const place = "10.0.0.1:4653";
  const { node } = await world.add({ bootstrap: [place] });
  await world.pass(60_000);
  await rejects(world.drive(node.ready({ timeoutMs: 0 })), "timeout");
  await world.add({}, later);
  await world.drive(node.ready({ timeoutMs: 61_000 * 1.25 }));
  await world.close();
});

test("peers are the 20 nearest, the nearest first; known peers are all", async () => {
  const world = await storjWorld({ nodes: 40 });
  const [node] = world.nodes;
  const peers = node.peers();
  assert.is(peers.length, 20);
  const distance = (hex: string) => BigInt(`0x${hex}`) ^ BigInt(`0x${node.nodeIdHex}`);
  const sorted = [...peers].sort((a, b) => distance(a.nodeId) < distance(b.nodeId) ? -1 : 1);
  assert.equal(peers, sorted);
  assert.ok(node.knownPeers().length > 20);
  assert.match(peers[0].ip, /^10\.0\.0\.\d+$/);
  assert.is(peers[0].port, 4653);
  await world.close();
});

test("a node looks for its neighbours every 120 s, and when it is told to", async () => {
  const world = await storjWorld({ nodes: 2 });
  const [{ node, events }] = world.members;
  const own = () =>
    events.filter((event) => event.type === "lookup" && equalValues(event.target, node.nodeId))
      .length;
  await world.pass(40_000);
  const before = own();
  await world.drive(node.refreshNeighbours());
  assert.is(own(), before + 1);
  await world.pass(360_000);
  assert.is(own(), before + 4);
  await world.close();
  await world.pass(360_000);
  assert.is(own(), before + 4, "not after the end");
});

test("what a node asks and how it writes addresses are those of its network; it answers all", async () => {
  const rows = [["storjnet", 0x02, 0xc4], ["storjnode", 0x00, 0xc4], ["kademlia", 0x00, 0xa8], [undefined, 0x02, 0xc4]];
  for (const [network, type, form] of rows as [StorjNetwork | undefined, number, number][]) {
    const sent: Uint8Array[] = [];
    const sim = new SimNetwork({ seed: 1, watch: (bytes, from) => void (from.index === 1 && sent.push(bytes)) });
    const old = new OldNode(sim, { era: "rpcudp" });
    const options: StorjNodeOptions = { host: sim.addHost(), bootstrap: [old.place], ...(network && { network }) };
    const node = await sim.drive(storjNode(options));
    await sim.drive(node.ready());
    const types = new Set(sent.map(([type]) => type));
    assert.ok(types.has(type) && !types.has(type ^ 2), `${network}`);
    const [address] = sim.hosts[1].addresses();
    assert.equal(await sim.drive(old.request(address, "ping", { nodeId: old.id })), node.nodeId);
    assert.equal(await sim.drive(old.request(address, "stun", {})), { ip: "10.0.0.1", port: 4653 });
    assert.equal([...sent.at(-1)!.subarray(21, 23)], [0x92, form], `${network}`);
    await sim.drive(node.close());
  }
});

test("its figures are plain data", async () => {
  const world = await storjWorld({ nodes: 3 });
  const [node, other] = world.nodes;
  const before = node.stats();
  await world.drive(node.update({ a: 1, b: 2 }, { keep: true }));
  const stats = node.stats();
  assert.equal(JSON.parse(JSON.stringify(stats)), stats);
  assert.is(stats.table.contacts, 2);
  assert.is(stats.table.values.values - before.table.values.values, 2);
  assert.is(stats.keptPuts, 2);
  assert.is(stats.calls.calls.store!.sent - (before.calls.calls.store?.sent ?? 0), 4);
  assert.is(await world.drive(other.messageSend(node.nodeId, "hello")), true);
  assert.is(node.stats().inbox.direct, 1);
  assert.is(other.stats().messages.sent, 1);
  assert.ok(await world.drive(other.streamOpen(node.nodeId)));
  assert.equal([node.stats().streams.open, node.stats().streams.accepted], [1, 1]);
  await world.close();
});

test("a node that is closed leaves the host that it was given running, without a timer", async () => {
  const world = await storjWorld({ nodes: 3 });
  await world.close();
  const left = world.network.eventCount;
  await world.network.run();
  assert.ok(world.network.eventCount - left < 20, "what was on its way has arrived");
  const [{ host }] = world.members;
  assert.is(host.addresses().length, 1);
  await world.drive(storjNode({ host }).then((node) => node.close()));
  await world.members[0].node.close();
});

test.run();
