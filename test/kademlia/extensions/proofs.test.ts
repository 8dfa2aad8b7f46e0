/**
 * Proofs of ids: true ones, those of liars, and those that somebody in the middle passes on.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Proof, RpcArgs } from "../../../codec/protocols/storj/mod.ts";
import type { Contact } from "../../../src/kademlia/mod.ts";
import { type Caller, type RpcEndpoint, rpcEndpoint, wireAddress } from "../../../src/rpc/mod.ts";
import { type OurNode, type Scene, scene, sentOf } from "./nodes.ts";
import { ownerOf } from "./owners.ts";

const test = suite("kademlia: proofs of ids");

const [alice, bob] = [ownerOf(1), ownerOf(2)];

async function proven({ network }: Scene, from: OurNode, contact: Contact): Promise<boolean> {
  return await network.drive(from.dht.prove(contact));
}

function contactOf(from: OurNode, address: string): Contact {
  const known = from.dht.contacts().find(({ contact }) => contact.address === address);
  assert.ok(known !== undefined, "it is in the table");
  return known!.contact;
}

/** Has a node take somebody into its table, because it was called and has called back. */
async function meet({ network }: Scene, from: OurNode, { rpc }: { readonly rpc: RpcEndpoint }, id: Uint8Array) {
  await network.drive(rpc.request(from.address, "ping", { nodeId: id }));
  await network.run({ untilMs: network.nowMs + 200 });
}

/** A host that does as somebody says who answers challenges. */
function liar(at: Scene, id: Uint8Array, prove: (args: RpcArgs<"warpwire_prove">, from: Caller) => Proof | undefined) {
  const host = at.network.addHost();
  void host.start();
  const rpc: RpcEndpoint = rpcEndpoint({
    host,
    answer: {
      ping: () => id,
      find_node: () => [],
      warpwire_hello: () => ({ version: 1, capabilities: 15 }),
      warpwire_prove: prove,
    },
  });
  return { host, rpc, address: host.addresses()[0] };
}

test("a node proves the id of either form of its key, and is marked", async () => {
  for (const compressed of [true, false]) {
    const at = scene();
    const owner = ownerOf(2, compressed);
    const [a, b] = [at.node({ signatures: alice }), at.node({ signatures: owner })];
    await at.join(b, a);
    const contact = contactOf(a, b.address);
    assert.equal(contact.id, owner.own.nodeId);
    assert.equal(a.dht.contacts().map(({ verified, capabilities }) => [verified, capabilities.length]), [[false, 0]]);
    assert.is(await proven(at, a, contact), true);
    const known = a.dht.contacts()[0];
    assert.equal([known.verified, known.capabilities], [true, ["repeats", "age", "prove", "signed"]]);
    assert.is(await proven(at, a, contact), true);
    assert.is(sentOf(a, "warpwire_prove"), 1, "it is remembered");
  }
});

test("contacts are asked by themselves, slowly, and each once", async () => {
  const at = scene();
  const a = at.node({ signatures: alice });
  const others = [2, 3, 4, 5].map((seed) => at.node({ signatures: ownerOf(seed) }));
  const old = at.oldNode(new Uint8Array(20).fill(9));
  await at.join(a, ...others);
  await meet(at, a, old, old.contact.id);
  assert.is(a.dht.contacts().length, 5);
  const joined = at.network.nowMs;
  await at.network.run({ untilMs: joined + 29_000 });
  assert.is(sentOf(a, "warpwire_hello"), 0);
  await at.network.run({ untilMs: joined + 65_000 });
  const [hellos, proofs] = [sentOf(a, "warpwire_hello"), sentOf(a, "warpwire_prove")];
  assert.ok(hellos <= 2 && proofs <= 2 && hellos + proofs >= 2, `${hellos} and ${proofs} for two contacts`);
  await at.network.run({ untilMs: joined + 600_000 });
  const verified = a.dht.contacts().filter((known) => known.verified).map(({ contact }) => contact.address);
  assert.equal(verified.sort(), others.map(({ address }) => address).sort());
  assert.is(sentOf(a, "warpwire_prove"), 4);
  const { address } = old;
  assert.is(a.dht.contacts().find(({ contact }) => contact.address === address)?.verified, false);
});

test("who has no signatures asks nobody and proves nothing", async () => {
  const at = scene();
  const [a, b] = [at.node({ signatures: alice }), at.node({ id: bob.own.nodeId })];
  await at.join(b, a);
  assert.is(await proven(at, a, contactOf(a, b.address)), false);
  assert.equal(a.dht.contacts()[0].capabilities, ["repeats", "age"]);
  const refused = await b.dht.prove(contactOf(b, a.address)).catch((error) => error);
  assert.instance(refused, TypeError);
  await at.network.run({ untilMs: at.network.nowMs + 600_000 });
  assert.is(sentOf(b, "warpwire_hello"), 0);
});

test("an id that is not the hash of the key is not proven", async () => {
  const at = scene();
  const [a, b] = [
    at.node({ signatures: alice }),
    at.node({ signatures: { ...ownerOf(3), own: { ...ownerOf(3).own, nodeId: bob.own.nodeId } } }),
  ];
  await at.join(b, a);
  const contact = contactOf(a, b.address);
  assert.equal(contact.id, bob.own.nodeId);
  assert.is(await proven(at, a, contact), false);
  assert.is(a.dht.contacts()[0].verified, false);
});

test("somebody in the middle cannot pass a challenge on, as it is or with the address changed", async () => {
  for (const changed of [false, true]) {
    const at = scene();
    const [a, b] = [at.node({ signatures: alice }), at.node({ signatures: bob })];
    const passedOn: (Proof | null)[] = [];
    const asked: RpcArgs<"warpwire_prove">[] = [];
    // The arguments are views of the datagram, which is not written to again here.
    const mallory = liar(at, bob.own.nodeId, (args) => passedOn[0] ?? void asked.push(args));
    await meet(at, a, mallory, bob.own.nodeId);
    const contact = contactOf(a, mallory.address);
    // The first time Mallory gets no answer out in time, and asks Bob; the second time there is one to be passed on.
    const first = a.dht.prove(contact);
    while (asked.length === 0) await at.network.run({ untilMs: at.network.nowMs + 10 });
    const address = changed ? wireAddress(b.address) : asked[0].address;
    mallory.rpc.call(
      b.address,
      "warpwire_prove",
      { ...asked[0], address },
      ({ reply }) => passedOn.push(reply ?? null),
    );
    assert.is(await at.network.drive(first), false);
    await at.network.run({ untilMs: at.network.nowMs + 6000 });
    assert.equal([passedOn.length, passedOn[0] !== null], [1, changed], "Bob signs for his own address only");
    assert.is(await proven(at, a, contact), false);
    assert.is(a.dht.contacts()[0].verified, false);
  }
});

test("a true answer is of no use for another challenge, another caller, or from another address", async () => {
  const at = scene();
  const [a, b] = [at.node({ signatures: alice }), at.node({ signatures: bob })];
  const challenge = new Uint8Array(32).fill(7);
  const eve = liar(at, ownerOf(9).own.nodeId, () => undefined);
  const address = wireAddress(b.address);
  const ask = (nodeId: Uint8Array) =>
    at.network.drive(eve.rpc.request(b.address, "warpwire_prove", { nodeId, address, challenge }));
  const answer = await ask(alice.own.nodeId);
  assert.equal(answer.caller, wireAddress(eve.address), "it says where the question came from");
  const thief = liar(at, bob.own.nodeId, () => answer);
  await meet(at, a, thief, bob.own.nodeId);
  assert.is(await proven(at, a, contactOf(a, thief.address)), false);
});

test("a node that knows how it is reached answers for those addresses, and sees that a question went another way", async () => {
  const at = scene();
  const outside = "udp:198.51.100.1:4653";
  const [a, b] = [
    at.node({ signatures: alice, addresses: [outside] }),
    at.node({ signatures: bob, addresses: [outside] }),
  ];
  await at.join(b, a);
  assert.is(await proven(at, a, contactOf(a, b.address)), false, "it is not reached there");
  const c = at.node({ signatures: ownerOf(3) });
  await meet(at, a, c, ownerOf(3).own.nodeId);
  assert.is(
    await proven(at, a, contactOf(a, c.address)),
    false,
    "the question came from an address that is not its own",
  );
  assert.is(await proven(at, c, contactOf(c, a.address)), false);
});

test("so many challenges are answered in a second, those of strangers apart from those of peers", async () => {
  const at = scene();
  let signed = 0;
  const { own, verify } = bob;
  const b = at.node({ signatures: { own: { ...own, sign: (message) => (signed++, own.sign(message)) }, verify } });
  const eve = liar(at, ownerOf(9).own.nodeId, () => undefined);
  const address = wireAddress(b.address);
  const args = { nodeId: alice.own.nodeId, address, challenge: new Uint8Array(32) };
  for (let index = 0; index < 200; index++) eve.rpc.call(b.address, "warpwire_prove", args, () => {});
  await at.network.run({ untilMs: at.network.nowMs + 900 });
  assert.ok(signed <= 32, `${signed} were signed`);
  const before = signed;
  const a = at.node({ signatures: alice });
  await at.join(b, a);
  assert.is(await proven(at, a, contactOf(a, b.address)), true);
  assert.ok(signed > before);
});

test.run();
