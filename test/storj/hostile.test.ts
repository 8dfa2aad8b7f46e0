/**
 * What strangers send to a node that they should not: it is refused, costs little, and the node goes on.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex } from "../../codec/mod.ts";
import { pack } from "../../codec/msgpack/mod.ts";
import { type Contact, dhtKey } from "../../codec/protocols/storj/mod.ts";
import type { DatagramProtocol } from "../../src/host/host.ts";
import { seed } from "../codec/seed.ts";
import { randomFrom } from "../protocols/warpdrive/recordings.ts";
import { OldNode } from "./old-node.ts";
import { type StorjWorld, storjWorld } from "./world.ts";

const test = suite("storj: hostile");

const REQUEST = 0x02;
const RESPONSE = 0x03;

/** Somebody who sends any bytes; answers are counted. */
class Stranger {
  answers = 0;
  readonly #mount: DatagramProtocol;
  readonly #world: StorjWorld;
  #messageId = 0;

  constructor(world: StorjWorld) {
    this.#world = world;
    const host = world.network.addHost();
    void host.start();
    this.#mount = host.mountDatagrams("storj", {
      raw: true,
      receive: ({ bytes }) => void (this.answers += Number(bytes[0] === RESPONSE)),
    });
  }

  /** Sends bytes as the payload of a request, and waits until all is quiet. Returns whether there was an answer. */
  async asks(to: string, payload: readonly number[]): Promise<boolean> {
    const before = this.answers;
    const messageId = new Uint8Array(20).fill(++this.#messageId);
    const bytes = Uint8Array.of(REQUEST, ...messageId, ...payload);
    await this.#mount.sendDatagram(bytes, { peerId: "", addresses: [to] });
    await this.#world.pass(1000);
    return this.answers > before;
  }
}

/** A name as msgpack. */
function str(text: string): number[] {
  return [0xa0 | text.length, ...new TextEncoder().encode(text)];
}

/** Bytes as msgpack. */
function bin(length: number, fill = 0x11): number[] {
  return [0xc4, length, ...new Uint8Array(length).fill(fill)];
}

function repeated(bytes: readonly number[], times: number): number[] {
  return Array.from({ length: times }, () => bytes).flat();
}

test("ids and keys of other lengths get no answer, and the node goes on", async () => {
  const world = await storjWorld({ nodes: 2 });
  const [{ node, address }] = world.members;
  const stranger = new Stranger(world);
  assert.ok(await stranger.asks(address, [0x92, ...str("ping"), 0x91, ...bin(20)]));
  for (const length of [0, 1, 19, 21, 32, 255]) {
    const id = bin(length);
    assert.not.ok(await stranger.asks(address, [0x92, ...str("ping"), 0x91, ...id]), `an id of ${length}`);
    for (const [call, count] of [["find_node", 2], ["find_value", 2], ["store", 3]] as const) {
      const args = [...bin(20), ...id, ...(count === 3 ? [0x01] : [])];
      assert.not.ok(await stranger.asks(address, [0x92, ...str(call), 0x90 | count, ...args]), `a key of ${length}`);
    }
  }
  assert.not.ok(node.knownPeers().some(({ contact }) => contact.id.length !== 20));
  assert.is(await world.drive(node.dhtPut("key", 1)), true);
  await world.close();
});

test("a value that nests 1,000 deep is not stored, and one that was got somewhere else is not read", async () => {
  const world = await storjWorld({ nodes: 2 });
  const [{ node, address }] = world.members;
  const stranger = new Stranger(world);
  const key = dhtKey("deep");
  const nested = (depth: number) => [...new Array<number>(depth).fill(0x91), 0xc0];
  const store = (value: readonly number[]) => [0x92, ...str("store"), 0x93, ...bin(20), 0xc4, 20, ...key, ...value];
  assert.not.ok(await stranger.asks(address, store(nested(1000))));
  assert.not.ok(await stranger.asks(address, store(nested(8000))));
  assert.ok(await stranger.asks(address, store(nested(60))));
  const payloads = { find_value: Uint8Array.of(0x81, ...str("value"), ...nested(1000)) };
  const old = new OldNode(world.network, { payloads });
  await world.drive(old.join(address));
  await world.pass(5000);
  assert.is(await world.drive(node.dhtGet("other")), null);
  await world.close();
});

test("answers with all contacts that a datagram has room for cost no more than others, and the table stays sound", async () => {
  const world = await storjWorld({ nodes: 3 });
  const [{ node, address }] = world.members;
  const random = randomFrom(seed);
  const invented = Array.from({ length: 1500 }, (_, index): Contact => {
    const id = Uint8Array.from({ length: 20 }, () => random() * 256);
    return { id, ip: `10.${1 + index % 200}.${index % 251}.${1 + index % 250}`, port: 1 + index };
  });
  const liar = new OldNode(world.network, { answers: { find_node: () => invented, find_value: () => invented } });
  // 10,000 of those are the most that 65,507 bytes can say: empty ids at empty addresses.
  const empty = Uint8Array.of(0xdc, 10_000 >> 8, 10_000 & 255, ...repeated([0x93, 0xc4, 0, 0xa0, 1], 10_000));
  const payloads = { find_node: empty, find_value: empty };
  const worse = new OldNode(world.network, { payloads });
  for (const one of [liar, worse]) await world.drive(one.join(address));
  await world.pass(5000);
  const known = node.knownPeers().length;
  assert.is(known, 4);
  const before = world.network.eventCount;
  assert.is(await world.drive(node.dhtGet("nothing")), null);
  const events = world.network.eventCount - before;
  assert.ok(events < 2000, `${events} events, seed ${seed}`);
  assert.ok(node.knownPeers().length <= known, "nobody of them has answered");
  assert.is(await world.drive(node.dhtPut("key", 1)), true);
  assert.is(await world.drive(world.nodes[2].dhtGet("key")), 1);
  await world.close();
});

test("random bytes after each head that means something get an answer at most, and disturb nobody", async () => {
  const world = await storjWorld({ nodes: 2 });
  const [{ node, address }] = world.members;
  const stranger = new Stranger(world);
  const random = randomFrom(seed);
  const names = ["ping", "store", "find_node", "find_value", "message_notify", "stream_open", "stream_write", "msg"];
  for (let run = 0; run < 300; run++) {
    const name = names[Math.floor(random() * names.length)];
    const bytes = Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256));
    await stranger.asks(address, [0x92, ...str(name), ...bytes]);
  }
  assert.ok(stranger.answers <= 300, `seed ${seed}`);
  assert.is(await world.drive(world.nodes[1].set("key", formatHex(pack(1).bytes))), true);
  assert.is(await world.drive(node.get("key")), "01");
  await world.close();
});

test.run();
