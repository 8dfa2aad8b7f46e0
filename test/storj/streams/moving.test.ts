/**
 * Streams whose other end is at another address all of a sudden.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseHex } from "../../../codec/mod.ts";
import type { RpcArgs } from "../../../codec/protocols/storj/mod.ts";
import type { DatagramProtocol } from "../../../src/host/mod.ts";
import type { SimHost } from "../../../src/host/sim/mod.ts";
import { rpcEndpoint } from "../../../src/rpc/mod.ts";
import { openBetween, type Pair, pairOf, randomBytes, readAll, sha256, writeAll } from "./pair.ts";

const test = suite("storj streams: new addresses");

/** What stands between two nodes: the second one is seen at the address of one of its doors. */
class Between {
  readonly host: SimHost;
  readonly #inside: DatagramProtocol;
  readonly #doors: { readonly host: SimHost; readonly mount: DatagramProtocol }[] = [];
  #door = 0;

  constructor({ world: { network }, alice, bob }: Pair, doors: number) {
    const to = ({ address }: { readonly address: string }) => ({ peerId: "", addresses: [address] });
    this.host = network.addHost();
    void this.host.start();
    this.#inside = this.host.mountDatagrams("storj", {
      raw: true,
      receive: ({ bytes }) => void this.#doors[this.#door].mount.sendDatagram(bytes, to(alice)),
    });
    for (let index = 0; index < doors; index++) {
      const host = network.addHost();
      void host.start();
      const mount = host.mountDatagrams("storj", {
        raw: true,
        receive: ({ bytes }) => void (index === this.#door && this.#inside.sendDatagram(bytes, to(bob))),
      });
      this.#doors.push({ host, mount });
    }
  }

  /** Where the first node finds the second one, or the other way round. */
  get place(): string {
    return this.host.addresses()[0].slice("udp:".length);
  }

  /** The doors' addresses. */
  get addresses(): string[] {
    return this.#doors.map(({ host }) => host.addresses()[0]);
  }

  /** From now on, the second node goes through another door. */
  move(door: number): void {
    this.#door = door;
  }
}

test("a stream follows its peer, in the middle of a transfer, however often", async () => {
  const pair = await pairOf();
  const { world, alice, bob } = pair;
  const between = new Between(pair, 5);
  const { near, far } = await openBetween({ world, alice: bob, bob: { ...alice, place: between.place } });
  assert.equal(far.peerInfo.addresses, [between.addresses[0]]);
  for (const [index, address] of between.addresses.entries()) {
    between.move(index);
    const [there, back] = [randomBytes(400_000, index), randomBytes(300_000, 100 + index)];
    const [gotThere, gotBack] = await world.drive(Promise.all([
      readAll(far, there.length),
      readAll(near, back.length),
      writeAll(near, there),
      writeAll(far, back),
    ]));
    assert.equal([gotThere.sha256, gotBack.sha256], [sha256(there), sha256(back)]);
    assert.equal(far.peerInfo.addresses, [address]);
  }
  await world.drive(near.close());
  assert.is(await world.drive(far.read(new Uint8Array(1))), null);
  await world.close();
});

test("a stream at rest is found again, since both sides use it now and then", async () => {
  const pair = await pairOf();
  const { world, alice, bob } = pair;
  const between = new Between(pair, 2);
  const { near, far } = await openBetween({ world, alice: bob, bob: { ...alice, place: between.place } });
  await world.pass(60_000);
  between.move(1);
  await world.pass(25_000);
  assert.equal(far.peerInfo.addresses, [between.addresses[1]]);
  await world.drive(far.write(Uint8Array.of(1, 2)));
  assert.is(await world.drive(near.read(new Uint8Array(9))), 2);
  await world.close();
});

test("a node behind a NAT that forgets it keeps its streams, through a port after the other", async () => {
  const { world, alice } = await pairOf();
  const nat = world.network.addNat({ mapping: "destination", filter: "port", idleMs: 10_000 });
  const home = await world.add({}, world.network.addHost({ nat }));
  const { near, far } = await openBetween({ world, alice: home, bob: alice });
  const ports = new Set<string>();
  for (let round = 0; round < 5; round++) {
    await world.pass(30_000);
    const bytes = randomBytes(20_000, round);
    const [got] = await world.drive(Promise.all([readAll(near, bytes.length), writeAll(far, bytes)]));
    assert.is(got.sha256, sha256(bytes));
    ports.add(far.peerInfo.addresses![0]);
  }
  assert.ok(ports.size > 2, [...ports].join());
  assert.ok([...ports].every((address) => address.startsWith(`udp:${nat.ip}:`)));
  await world.close();
});

test("who only knows the id of a stream cannot take it, not even by passing the challenge on", async () => {
  const pair = await pairOf();
  const { world, alice, bob } = pair;
  const { id, near, far } = await openBetween(pair);
  const host = world.network.addHost();
  void host.start();
  let asked = 0;
  let answered = 0;
  const evil = rpcEndpoint({
    host,
    answer: {
      warpwire_stream_prove: (args) => {
        asked += 1;
        void evil.request(bob.address, "warpwire_stream_prove", args).then(() => answered += 1, () => {});
        return { publicKey: new Uint8Array(33).fill(2), signature: new Uint8Array(65).fill(31) };
      },
    },
  });
  const piece: RpcArgs<"warpwire_piece"> = {
    streamId: parseHex(id),
    number: 10,
    offset: 0,
    last: false,
    data: new Uint8Array(100).fill(0x66),
  };
  for (let index = 0; index < 100; index++) {
    evil.tell(alice.address, "warpwire_piece", { ...piece, number: index });
    await world.pass(100);
  }
  assert.is(answered, 0);
  assert.ok(asked >= 5 && asked <= 11, `asked ${asked} times in ten seconds`);
  assert.equal(near.peerInfo.addresses, [bob.address]);
  const bytes = randomBytes(50_000, 9);
  const [got] = await world.drive(Promise.all([readAll(near, bytes.length), writeAll(far, bytes)]));
  assert.is(got.sha256, sha256(bytes));
  await evil.close();
  await world.close();
});

test.run();
