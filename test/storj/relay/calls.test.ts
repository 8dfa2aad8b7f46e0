/**
 * Nodes that are asked through others to call: who is called, and which calls count.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pack, Packed } from "../../../codec/msgpack/mod.ts";
import { encodeRequest, RELAYED_TOKEN, relayedBody, type RelayedKind } from "../../../codec/protocols/storj/mod.ts";
import { Identity, signEnvelope } from "../../../src/identity/mod.ts";
import { OldNode } from "../old-node.ts";
import { type StorjWorld, storjWorld } from "../world.ts";

const test = suite("storj: calls");

/** Somebody with a key, always the same, who signs what it likes and has it relayed to a node. */
class Signer {
  readonly identity = Identity.parse("07".repeat(32));
  readonly node: OldNode;
  readonly calls: number[] = [];

  constructor(world: StorjWorld) {
    this.node = new OldNode(world.network, {
      id: this.identity.nodeId,
      era: "rpcudp",
      answers: { relay_message: () => this.calls.push(world.network.nowMs) > 0 ? { ip: "10.0.0.1", port: 1 } : null },
    });
  }

  send(
    world: StorjWorld,
    kind: RelayedKind,
    destination: Uint8Array,
    to: string,
    content: Uint8Array,
    by = this.identity,
  ) {
    const body = { kind, destination, time: Math.floor(this.node.host.clock.now()), confirm: false, content };
    const message = new Packed(signEnvelope(by, pack(RELAYED_TOKEN), relayedBody(body)));
    const args = { nodeId: this.identity.nodeId, destination, hopLimit: 1, message };
    assert.ok(encodeRequest({ rpc: "relay_message", args, messageId: new Uint8Array(20) }).length < 600);
    return world.drive(this.node.request(to, "relay_message", args));
  }
}

test("who asks is called where it is found, once a second at most; forgers and odd requests are not", async () => {
  const world = await storjWorld({ nodes: 4 });
  const [{ node, address }] = world.members;
  const signer = new Signer(world);
  await world.drive(signer.node.join(address));
  await world.pass(5000);
  const ask = (content: Uint8Array, by?: Identity) =>
    signer.send(world, "call", node.nodeId, address, content, by ?? signer.identity);
  const nonce = (byte: number) => new Uint8Array(16).fill(byte);
  for (let byte = 0; byte < 10; byte++) assert.ok(await ask(nonce(byte)), "it looks as if it were taken");
  await world.pass(3000);
  assert.is(signer.calls.length, 1);
  for (const content of [new Uint8Array(0), new Uint8Array(15), new Uint8Array(100)]) await ask(content);
  await ask(nonce(11), Identity.generate());
  await world.pass(10_000);
  assert.is(signer.calls.length, 1);
  await ask(nonce(12));
  await world.pass(10_000);
  assert.is(signer.calls.length, 2);
  await world.close();
});

test("a call that nobody has asked for, or of somebody else, says nothing about where a node is", async () => {
  const world = await storjWorld({ nodes: 4 });
  const [{ node, address }, { node: other }] = world.members;
  const signer = new Signer(world);
  const before = node.stats().relay;
  await signer.send(world, "called", node.nodeId, address, new Uint8Array(16));
  const { checked, ignored } = node.stats().relay;
  assert.equal([checked - before.checked, ignored - before.ignored], [0, 1]);
  assert.is((await world.drive(node.dhtFind(other.nodeId)))?.ip, "10.0.0.2");
  await world.close();
});

test.run();
