/**
 * Streams of pieces between nodes of ours.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { STREAM_PIECE_BYTES_MAX } from "../../../codec/protocols/storj/mod.ts";
import type { HostError } from "../../../src/host/mod.ts";
import { at, openBetween, pairOf, randomBytes, readAll, sha256, writeAll } from "./pair.ts";

const test = suite("storj streams: windows");

const MIB = 1024 * 1024;

test("what is written can be read at the other side, in both directions, and the end after the last byte", async () => {
  const pair = await pairOf();
  const { world, alice, bob } = pair;
  const { id, near, far } = await openBetween(pair);
  assert.is(near.peerInfo.peerId, bob.node.nodeIdHex);
  assert.is(far.peerInfo.peerId, alice.node.nodeIdHex);
  const bytes = randomBytes(300_000, 1);
  const [there, back] = await world.drive(Promise.all([
    readAll(far, bytes.length),
    readAll(near, 1000),
    writeAll(near, bytes),
    far.write(bytes.subarray(0, 1000)),
  ]));
  assert.equal(there, { count: bytes.length, sha256: sha256(bytes) });
  assert.is(back.sha256, sha256(bytes.subarray(0, 1000)));
  await world.drive(near.write(bytes.subarray(0, 5000)));
  await world.drive(near.close());
  assert.equal(alice.node.streamList(), {});
  assert.equal(bob.node.streams(), { [id]: 5000 }, "what is unread stays");
  const error = await world.drive(far.write(bytes).then(() => null, (error: HostError) => error));
  assert.is(error?.code, "closed");
  assert.equal(await world.drive(readAll(far)), { count: 5000, sha256: sha256(bytes.subarray(0, 5000)) });
  assert.equal(bob.node.streams(), {});
  await world.close();
});

test("by ids: lists, partial reads and writes, closing, as with old nodes", async () => {
  const pair = await pairOf();
  const { world, alice: { node: alice }, bob: { node: bob } } = pair;
  const { id } = await openBetween(pair);
  assert.is(await world.drive(alice.streamWrite(id, Uint8Array.of(1, 2, 3))), 3);
  assert.equal(bob.streamList(), { [id]: [alice.nodeIdHex, 3] });
  assert.equal(alice.streamList(), { [id]: [bob.nodeIdHex, 0] });
  assert.equal(bob.streamRead(id, 2), Uint8Array.of(1, 2));
  assert.equal(bob.streamRead(id), Uint8Array.of(3));
  assert.equal(bob.streamRead(id), new Uint8Array(0));
  const bytes = randomBytes(2 * MIB, 2);
  let written = 0;
  for (let count = 1; count > 0; written += count) {
    count = (await world.drive(alice.streamWrite(id, bytes.subarray(written))))!;
  }
  assert.is(written, MIB, "the buffer of the other side is full");
  assert.is(bob.streams()[id], MIB);
  assert.is(bob.streamRead(id)!.length, MIB);
  await world.pass(1000);
  assert.is(await world.drive(alice.streamWrite(id, bytes.subarray(0, 10))), 10);
  assert.is(await world.drive(alice.streamClose(id)), true);
  assert.is(await world.drive(alice.streamWrite(id, bytes)), null);
  assert.equal(bob.streamRead(id), bytes.subarray(0, 10));
  assert.is(bob.streamRead(id), null);
  assert.is(await world.drive(bob.streamClose(id)), false);
  await world.close();
});

test("64 MiB each way through 20 % loss, duplicates and reordering arrive whole", async () => {
  const pair = await pairOf();
  const { world, alice, bob } = pair;
  const { near, far } = await openBetween(pair);
  world.network.setLinks({ loss: 0.2, duplicate: 0.1, reorder: 0.2 });
  const there = randomBytes(64 * MIB, 3);
  const back = randomBytes(64 * MIB, 4);
  const [, gotThere, , gotBack] = await world.drive(Promise.all([
    writeAll(near, there),
    readAll(far, there.length),
    writeAll(far, back),
    readAll(near, back.length),
  ]));
  assert.equal(gotThere, { count: there.length, sha256: sha256(there) });
  assert.equal(gotBack, { count: back.length, sha256: sha256(back) });
  assert.is(await world.drive(Promise.all([near.close(), readAll(far)])).then(([, { count }]) => count), 0);
  assert.equal([alice.node.streamList(), bob.node.streamList()], [{}, {}]);
  await world.close();
});

test("500 kB/s and more at 50 ms one way with 1 % loss", async () => {
  const pair = await pairOf({ latencyMs: 50, loss: 0.01 }, {}, 7);
  const { world } = pair;
  const { near, far } = await openBetween(pair);
  const bytes = randomBytes(4 * MIB, 5);
  const startMs = world.network.nowMs;
  const [, got] = await world.drive(Promise.all([writeAll(near, bytes), readAll(far, bytes.length)]));
  assert.is(got.sha256, sha256(bytes));
  const bytesPerMs = bytes.length / (world.network.nowMs - startMs);
  assert.ok(bytesPerMs > 500, `${bytesPerMs.toFixed(0)} kB/s`);
  await world.close();
});

test("a narrow link is filled, and its queue hardly overflows", async () => {
  const pair = await pairOf({ bytesPerSecond: 1_000_000, queueBytesMax: 100_000 });
  const { world, alice } = pair;
  const { near, far } = await openBetween(pair);
  const bytes = randomBytes(4 * MIB, 6);
  let sent = 0;
  const { network } = world;
  const carry = network.carryDatagram.bind(network);
  network.carryDatagram = (from, to, path, datagram) => {
    if (from === alice.host && datagram.length > 1000) sent += 1;
    carry(from, to, path, datagram);
  };
  const startMs = world.network.nowMs;
  await world.drive(Promise.all([writeAll(near, bytes), readAll(far, bytes.length)]));
  const bytesPerMs = bytes.length / (world.network.nowMs - startMs);
  assert.ok(bytesPerMs > 800, `${bytesPerMs.toFixed(0)} of 1,000 kB/s`);
  const again = sent / (bytes.length / STREAM_PIECE_BYTES_MAX) - 1;
  assert.ok(again < 0.1, `${(100 * again).toFixed(1)} % were sent again`);
  await world.close();
});

test("a link that becomes narrower, and wider again, is filled all the time", async () => {
  const queue = { queueBytesMax: 100_000 };
  const pair = await pairOf({ bytesPerSecond: 2_000_000, ...queue });
  const { world } = pair;
  const { near, far } = await openBetween(pair);
  const bytes = randomBytes(65_536, 7);
  let received = 0;
  const write = async (): Promise<void> => {
    while (true) await near.write(bytes);
  };
  const read = async (): Promise<void> => {
    const buffer = new Uint8Array(65_536);
    while (true) received += (await far.read(buffer))!;
  };
  const ended = Promise.all([write(), read()]).catch(() => {});
  const rateFor = async (ms: number): Promise<number> => {
    const before = received;
    await world.pass(ms);
    return 1000 * (received - before) / ms;
  };
  await world.pass(2000);
  for (const bytesPerSecond of [2_000_000, 200_000, 3_000_000, 50_000, 1_000_000]) {
    world.network.setLinks({ bytesPerSecond, ...queue });
    await world.pass(8000);
    const rate = await rateFor(5000);
    assert.ok(rate > 0.8 * bytesPerSecond, `${rate.toFixed(0)} of ${bytesPerSecond} bytes a second`);
  }
  await world.close();
  await ended;
});

test("512 streams at once, all in use, and none more", async () => {
  const pair = await pairOf({ loss: 0.01 });
  const { world, alice: { node: alice }, bob } = pair;
  const open = () => alice.streamOpen(bob.node.nodeId, { at: at(bob) });
  const ids = await world.drive(Promise.all(Array.from({ length: 512 }, open)));
  assert.is(new Set(ids).size, 512);
  assert.is(await world.drive(open()), null);
  const exchange = async (id: string, index: number) => {
    const [near, far] = [alice.stream(id)!, bob.node.stream(id)!];
    const bytes = randomBytes(20_000 + index, index);
    const writing = [writeAll(near, bytes), writeAll(far, bytes.subarray(5))];
    const [there, back] = await Promise.all([readAll(far, bytes.length), readAll(near, bytes.length - 5), ...writing]);
    assert.is(there!.sha256, sha256(bytes));
    assert.is(back!.sha256, sha256(bytes.subarray(5)));
    await near.close();
  };
  await world.drive(Promise.all(ids.map((id, index) => exchange(id!, index))));
  assert.equal([alice.streams(), bob.node.streams()], [{}, {}]);
  assert.is(typeof (await world.drive(open())), "string");
  await world.close();
});

test("a stream that nobody uses stays open, and breaks when the other side is gone", async () => {
  const pair = await pairOf();
  const { world, alice, bob } = pair;
  const { id, near, far } = await openBetween(pair);
  await world.pass(600_000);
  const [count] = await world.drive(Promise.all([far.read(new Uint8Array(10)), near.write(Uint8Array.of(5))]));
  assert.is(count, 1);
  bob.host.crash();
  const reading = near.read(new Uint8Array(1)).then(() => null, (error: HostError) => error);
  const error = await world.drive(reading);
  assert.is(error?.code, "reset");
  assert.is((error!.cause as { code: string }).code, "uncertain");
  assert.is(alice.node.streamRead(id), null);
});

test("giving up shows at the other side, also when the word of it is lost", async () => {
  const pair = await pairOf();
  const { world, alice } = pair;
  for (const loss of [0, 1]) {
    const { near, far } = await openBetween(pair);
    await world.drive(near.write(Uint8Array.of(1)));
    await world.pass(100);
    world.network.setLinks({ loss });
    near.abort();
    await world.pass(100);
    world.network.setLinks({ loss: 0 });
    assert.is(await world.drive(far.read(new Uint8Array(9))), 1, "what has come can be read");
    const error = await world.drive(far.read(new Uint8Array(9)).then(() => null, (error: HostError) => error));
    assert.is(error?.code, "reset");
    const closed = await world.drive(far.write(Uint8Array.of(1)).then(() => null, (error: HostError) => error));
    assert.is(closed?.code, "reset");
  }
  assert.equal(alice.node.streams(), {});
  await world.close();
});

test.run();
