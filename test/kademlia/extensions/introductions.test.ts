/**
 * Who is asked what it can, and how values are given to whom.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex } from "../../../codec/mod.ts";
import { pack, unpack } from "../../../codec/msgpack/mod.ts";
import { CAPABILITIES } from "../../../codec/protocols/storj/mod.ts";
import { type Contact, ContactCache } from "../../../src/kademlia/contact.ts";
import { diversityLimits } from "../../../src/kademlia/diversity.ts";
import { Introductions } from "../../../src/kademlia/extensions/introductions.ts";
import { keepAt } from "../../../src/kademlia/extensions/stores.ts";
import { Peers } from "../../../src/kademlia/peers.ts";
import { strikesOf } from "../../../src/kademlia/record.ts";
import { RoutingTable } from "../../../src/kademlia/routing-table.ts";
import type { HeldValue } from "../../../src/kademlia/values/value-limits.ts";
import { keyText } from "../../../src/kademlia/values/values.ts";
import { wordsOf } from "../../../src/kademlia/words.ts";
import { type Answers, type RpcEndpoint, rpcEndpoint, wireAddress } from "../../../src/rpc/mod.ts";
import { type OldNode, type Scene, scene, sentOf } from "./nodes.ts";

const test = suite("kademlia: introductions");

const idOf = (byte: number) => new Uint8Array(20).fill(byte);
const key = idOf(0xcc);

/** A node without anything but what is tested here. */
function bare({ network }: Scene, id: Uint8Array, answer: Answers = {}) {
  const host = network.addHost();
  void host.start();
  const rpc: RpcEndpoint = rpcEndpoint({ host, answer: { ping: () => id, ...answer } });
  const { clock } = host;
  const table = new RoutingTable(wordsOf(id), 20, diversityLimits(false), clock);
  const contacts = new ContactCache();
  const listener = { added: () => {}, gone: () => {} };
  const peers = new Peers({ rpc, clock, table, contacts, id, listener });
  const introductions = new Introductions(peers, CAPABILITIES.repeats | CAPABILITIES.age);
  rpc.handle({ warpwire_hello: ({ nodeId, hello }, from) => introductions.answer(nodeId, hello, from) });
  const contactOf = (to: { readonly host: { addresses(): readonly string[] } }, other: Uint8Array): Contact => {
    const { ip, port } = wireAddress(to.host.addresses()[0]);
    return contacts.intern(other, ip, port)!;
  };
  const held = (value: string, ageMs: number): HeldValue => {
    const now = clock.now();
    return {
      text: keyText(key),
      value: pack(value),
      source: "",
      firstMs: now - ageMs,
      arrivedMs: now,
      storedMs: now,
    } as HeldValue;
  };
  return { host, rpc, table, peers, introductions, contactOf, held };
}

type Bare = ReturnType<typeof bare>;

/** Runs until a function was called, and returns with what. */
async function once<T>({ network }: Scene, begin: (settle: (value: T) => void) => unknown): Promise<T> {
  return await network.drive(new Promise<T>((resolve) => void begin(resolve)));
}

const keep = (at: Scene, from: Bare, to: Contact, held: HeldValue) =>
  once<boolean | null>(at, (settle) => keepAt(from, to, held, settle));

test("a contact is asked once, and both remember what the other can", async () => {
  const at = scene();
  const [alice, bob] = [bare(at, idOf(1)), bare(at, idOf(2))];
  const contact = alice.contactOf(bob, idOf(2));
  const caller = bob.contactOf(alice, idOf(1));
  alice.table.admit(contact);
  bob.table.admit(caller);
  await at.network.drive(bob.rpc.request(caller.address, "ping", { nodeId: idOf(2) }));
  let told = 0;
  for (let index = 0; index < 5; index++) alice.introductions.know(contact, () => told++);
  assert.is(told, 0);
  const bits = await once<number>(at, (settle) => alice.introductions.know(contact, settle));
  assert.is(bits & 0x3f, CAPABILITIES.repeats | CAPABILITIES.age);
  alice.introductions.know(contact, () => told++);
  assert.equal([told, sentOf(alice, "warpwire_hello")], [6, 1], "known at once");
  bob.introductions.know(caller, () => told++);
  assert.equal([told, sentOf(bob, "warpwire_hello")], [7, 0], "it was told by the question");
});

test("what an unproven address says of itself is not remembered", async () => {
  const at = scene();
  const [alice, bob] = [bare(at, idOf(1)), bare(at, idOf(2))];
  const caller = bob.contactOf(alice, idOf(1));
  bob.table.admit(caller);
  await once<number>(at, (settle) => alice.introductions.know(alice.contactOf(bob, idOf(2)), settle));
  assert.is(bob.introductions.bits(caller), 0);
});

test("capabilities of the future are not mistaken for what is known of a contact", async () => {
  const at = scene();
  const alice = bare(at, idOf(1));
  const host = at.network.addHost();
  void host.start();
  rpcEndpoint({ host, answer: { warpwire_hello: () => ({ version: 9, capabilities: 2 ** 52 + 0x1c2 }) } });
  const contact = alice.contactOf({ host }, idOf(2));
  alice.table.admit(contact);
  const bits = await once<number>(at, (settle) => alice.introductions.know(contact, settle));
  assert.is(bits, 0x80 | CAPABILITIES.age);
});

test("an old node gets a plain store of what it lacks, is asked once, and is not thought to be dead", async () => {
  const at = scene();
  const alice = bare(at, idOf(1));
  const old: OldNode = at.oldNode(idOf(2));
  const contact = alice.contactOf(old, idOf(2));
  alice.table.admit(contact);
  assert.is(await keep(at, alice, contact, alice.held("a", 5000)), true);
  // It did not take as long as it takes to be sure that nobody answers.
  assert.ok(at.network.nowMs < 3000, `${at.network.nowMs} ms`);
  await at.network.run();
  assert.is(await keep(at, alice, contact, alice.held("b", 5000)), false);
  assert.is(unpack(old.values.get(formatHex(key))!), "a", "another value may be a newer one");
  assert.is(await keep(at, alice, contact, alice.held("a", 5000)), true);
  const names = ["warpwire_hello", "warpwire_store", "store"] as const;
  assert.equal(names.map((name) => sentOf(alice, name)), [1, 0, 1]);
  let strikes = -1;
  alice.table.forEach((_, record) => strikes = strikesOf(record));
  assert.is(strikes, 0);
});

test("a node of ours gets a value with its age", async () => {
  const at = scene();
  const ages: number[] = [];
  const alice = bare(at, idOf(1));
  const bob = bare(at, idOf(2), { warpwire_store: ({ age }) => (ages.push(age), true) });
  const contact = alice.contactOf(bob, idOf(2));
  assert.is(await keep(at, alice, contact, alice.held("a", 3_600_500)), true);
  assert.is(await keep(at, alice, contact, alice.held("a", -500)), true);
  assert.equal(ages, [3600, 0]);
  assert.equal([sentOf(alice, "warpwire_hello"), sentOf(alice, "store")], [1, 0], "though it is not in the table");
});

test("a contact that has become an old node gets a plain store the next time", async () => {
  const at = scene();
  const alice = bare(at, idOf(1));
  const old = at.oldNode(idOf(2));
  const contact = alice.contactOf(old, idOf(2));
  alice.table.admit(contact);
  alice.table.setExtensions(contact, 0x80 | CAPABILITIES.age);
  assert.is(await keep(at, alice, contact, alice.held("a", 5000)), null);
  assert.is(await keep(at, alice, contact, alice.held("a", 5000)), true);
  assert.equal([sentOf(alice, "warpwire_hello"), sentOf(alice, "warpwire_store"), sentOf(alice, "store")], [0, 1, 1]);
});

test("other services learn what helps to call a contact, and the first call waits for nothing", async () => {
  const at = scene();
  const [a, b, old] = [at.node(), at.node(), at.oldNode(idOf(9))];
  await at.join(b, a);
  const { contact } = a.dht.contacts()[0];
  assert.is(a.dht.callOptions(contact).repeats, false);
  assert.ok((a.dht.callOptions(contact).roundTrip?.meanMs ?? 0) > 0);
  await at.network.run({ untilMs: at.network.nowMs + 1000 });
  assert.is(a.dht.callOptions(contact).repeats, true);
  assert.is(sentOf(a, "warpwire_hello"), 1);
  const options = a.dht.callOptions({ ...contact, id: old.contact.id, address: old.address } as Contact);
  assert.is(options.repeats, false);
  await at.network.run({ untilMs: at.network.nowMs + 10_000 });
  assert.is(a.dht.callOptions({ ...contact, id: old.contact.id, address: old.address } as Contact).repeats, false);
});

test("other services learn what a contact can before they call it, also what other services there offer", async () => {
  const at = scene();
  const [a, b, old] = [at.node(), at.node({ offers: ["signed"] }), at.oldNode(idOf(9))];
  await at.join(b, a);
  const { contact } = a.dht.contacts()[0];
  const said: unknown[] = [];
  const learn = (of: Contact) => a.dht.introduce(of, (names, { repeats }) => void said.push([...names, repeats]));
  learn(contact);
  learn(contact)();
  assert.equal(said, [], "nothing is known yet");
  await at.network.run({ untilMs: at.network.nowMs + 1000 });
  assert.equal(said, [["repeats", "age", "signed", true]], "and who has given up is not told");
  learn(contact);
  assert.is(said.length, 2, "known, and told at once");
  learn({ ...contact, id: old.contact.id, address: old.address } as Contact);
  await at.network.run({ untilMs: at.network.nowMs + 10_000 });
  assert.equal(said[2], [false], "silence is that of an original");
  assert.is(sentOf(a, "warpwire_hello"), 2);
});

test("who is asked for a service is not taken for an old node because datagrams are lost", async () => {
  const at = scene();
  const [a, b] = [bare(at, idOf(1)), bare(at, idOf(2))];
  const contact = a.contactOf(b, idOf(2));
  at.network.setLink(b.host, a.host, { down: true });
  const said: number[] = [];
  const learn = (isVital: boolean) => a.introductions.know(contact, (bits) => void said.push(bits & 0x3f), isVital);
  learn(false);
  await at.network.run();
  assert.equal(said, [0], "nobody has answered");
  learn(true);
  at.network.at(at.network.nowMs + 2000, () => at.network.setLink(b.host, a.host, { down: false }));
  await at.network.run();
  assert.equal(said, [0, CAPABILITIES.repeats | CAPABILITIES.age]);
  learn(false);
  assert.is(said[2], said[1]);
});

test("who was asked in vain with care is asked no more, and what cannot be sent is no endless question", async () => {
  const at = scene();
  const a = bare(at, idOf(1));
  const old = at.oldNode(idOf(3));
  const said: number[] = [];
  const learn = (isVital: boolean, id = 3) =>
    a.introductions.know(a.contactOf(old, idOf(id)), (bits) => void said.push(bits & 0x3f), isVital);
  learn(false);
  learn(true);
  await at.network.run();
  assert.equal(said, [0, 0]);
  assert.is(sentOf(a, "warpwire_hello"), 2, "once by the way, once with care");
  learn(true);
  assert.equal([said, sentOf(a, "warpwire_hello")], [[0, 0, 0], 2]);
  await at.network.drive(a.rpc.close());
  learn(true, 4);
  await at.network.run();
  assert.equal(said, [0, 0, 0, 0]);
});

test("what is given up sends nothing more, and strangers are forgotten one by one", async () => {
  const at = scene();
  const alice = bare(at, idOf(1));
  const old = at.oldNode(idOf(2));
  const cancel = keepAt(alice, alice.contactOf(old, idOf(2)), alice.held("a", 0), () => assert.unreachable());
  cancel();
  await at.network.run();
  assert.is(old.values.size, 0);
  const contacts = Array.from(
    { length: 600 },
    (_, index) => alice.contactOf(old, idOf(0).with(0, index >> 8).with(1, index)),
  );
  for (const contact of contacts) alice.introductions.set(contact, 0x80);
  const known = contacts.filter((contact) => alice.introductions.bits(contact) !== 0);
  assert.is(known.length, 512);
  assert.is(known[0], contacts[88], "another id at the same address is somebody else");
});

test.run();
