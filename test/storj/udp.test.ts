/**
 * Nodes on the UDP of this machine, with everything by default.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { HostError } from "../../src/host/mod.ts";
import { socketHost } from "../../src/host/socket/host.ts";
import { groundOf } from "../../src/storj/ground-of.ts";
import { storjNode } from "../../src/storj/mod.ts";

const test = suite("storj: over UDP");

test("nodes find each other, put and get, and know where they are", async () => {
  await using first = await storjNode();
  // An address that a socket on loopback cannot send to, one where nobody is, and a name.
  const bootstrap = ["240.0.0.0:1337", "127.0.0.1:9", `localhost:${first.port}`];
  await using second = await storjNode({ bootstrap });
  await using third = await storjNode({ bootstrap: [`127.0.0.1:${first.port}`], network: "kademlia" });
  const nodes = [first, second, third];
  await Promise.all(nodes.map((node) => node.ready({ timeoutMs: 10_000 })));
  assert.is(await second.set("examplekey", "examplevalue"), true);
  assert.is(await second.dhtPut("null", null), true);
  for (const node of nodes) {
    assert.is(await node.get("examplekey"), "examplevalue");
    assert.is(await node.dhtGet("null"), null);
    assert.is(await node.dhtGet("nothing"), null);
    assert.equal(await node.dhtStun(), { ip: "127.0.0.1", port: node.port });
    for (const other of nodes) {
      assert.equal(await node.dhtFind(other.nodeIdHex), { ip: "127.0.0.1", port: other.port });
    }
    await node.refreshNeighbours();
    assert.is(node.peers().length, 2);
    assert.is(node.knownPeers().length, 2);
  }
  assert.is(await first.dhtFind("00".repeat(20)), null);
  assert.equal([await third.has("examplekey"), await third.has("nothing")], [true, false]);
  assert.is(await third.update({ a: 1, b: [2] }, { keep: true }), true);
  assert.equal([await first.get("a"), await first.setDefault("b", 3), await first.setDefault("c", 3)], [1, [2], 3]);
  assert.equal([await third.unkeep("a"), await third.unkeep("a")], [true, false]);
  const keys = [];
  for await (const [key] of first.stored()) keys.push(key.length);
  assert.equal(keys, [20, 20, 20, 20, 20]);
});

test("a node listens where it is told to, and a port that is taken is told", async () => {
  const node = await storjNode({ listen: "0.0.0.0" });
  const error = await storjNode({ listen: "0.0.0.0", udpPort: node.port }).catch((error) => error);
  assert.instance(error, HostError);
  assert.is(error.code, "address");
  const { port } = node;
  await node.close();
  await using again = await storjNode({ udpPort: port, listen: "0.0.0.0" });
  assert.is(again.port, port);
});

test("a node that listens on all addresses knows those of the machine, and proves its id there", async () => {
  await using open = await storjNode({ listen: "0.0.0.0" });
  await using other = await storjNode({ bootstrap: [`127.0.0.1:${open.port}`] });
  await other.ready();
  assert.is(open.port > 0, true);
  const { dht } = groundOf(other);
  const [{ contact }] = dht.contacts();
  assert.is(await dht.prove(contact, { timeoutMs: 5000 }), true);
  assert.equal(await open.dhtFind(open.nodeId), { ip: "127.0.0.1", port: open.port });
});

test("a host that is given is started and not stopped", async () => {
  const host = await socketHost({ peerId: "given", listen: ["udp:127.0.0.1:0"] });
  const node = await storjNode({ host });
  await node.close();
  assert.is(host.openHandles, 1);
  await host.stop();
  const again = await storjNode({ host });
  assert.is(host.openHandles, 1);
  await again.close();
  await host.stop();
});

test("a name that is no name delays nothing", async () => {
  const node = await storjNode({ bootstrap: ["no-such-name.invalid:4653"] });
  const error = await node.ready({ timeoutMs: 50 }).catch((error) => error);
  assert.is(error.code, "timeout");
  await node.close();
});

test.run();
