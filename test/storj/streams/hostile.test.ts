/**
 * What somebody who means no good can do with streams.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../../codec/mod.ts";
import { CAPABILITIES, type RpcArgs, type RpcName } from "../../../codec/protocols/storj/mod.ts";
import type { HostError, Stream } from "../../../src/host/mod.ts";
import { type RpcEndpoint, rpcEndpoint } from "../../../src/rpc/mod.ts";
import { Room } from "../../../src/storj/streams/room.ts";
import { Arrivals } from "../../../src/storj/streams/window/arrivals.ts";
import type { Member } from "../world.ts";
import { at, openBetween, type Pair, pairOf, randomBytes, readAll, sha256, writeAll } from "./pair.ts";

const test = suite("storj streams: hostile");

const MIB = 1024 * 1024;

/** Somebody with an endpoint and no scruples. */
interface Mallory {
  readonly rpc: RpcEndpoint;
  readonly id: Uint8Array;
  /** What came for which nothing here answers. */
  readonly told: [RpcName, unknown][];
}

function mallory({ world }: Pair): Mallory {
  const host = world.network.addHost();
  void host.start();
  const told: [RpcName, unknown][] = [];
  const note = (rpc: RpcName) => (args: unknown) => void told.push([rpc, args]);
  const rpc = rpcEndpoint({
    host,
    answer: {
      ping: () => id,
      warpwire_hello: () => ({ version: 1, capabilities: CAPABILITIES.window }),
      warpwire_piece: note("warpwire_piece"),
      warpwire_ack: note("warpwire_ack"),
      warpwire_reset: note("warpwire_reset"),
    },
  });
  const id = host.random.bytes(20);
  return { rpc, id, told };
}

/** Opens a stream as somebody who will not keep to the rules. */
async function openBadly({ world }: Pair, { rpc, id }: Mallory, { address, node }: Member) {
  const opened = await world.drive(rpc.request(address, "warpwire_stream_open", { nodeId: id, limit: MIB }));
  const { streamId, limit } = opened!;
  const send = (piece: Partial<RpcArgs<"warpwire_piece">>) =>
    rpc.tell(address, "warpwire_piece", {
      streamId,
      number: 0,
      offset: 0,
      last: false,
      data: new Uint8Array(0),
      ...piece,
    });
  const ack = (said: Partial<RpcArgs<"warpwire_ack">>) =>
    rpc.tell(address, "warpwire_ack", { streamId, number: 0, seen: Uint8Array.of(1), limit: MIB, repeats: 0, ...said });
  return { streamId, limit, stream: node.stream(streamId)!, send, ack };
}

const errorOf = (work: Promise<unknown>) => work.then(() => null, (error: HostError) => error);
const read = async ({ world }: Pair, stream: Stream, count = 100) => {
  const buffer = new Uint8Array(count);
  const got = await world.drive(stream.read(buffer, { timeoutMs: 5000 }));
  return got === null ? null : buffer.slice(0, got);
};

test("somebody else's stream: pieces, acknowledgements, resets, writes and closing are refused, and it goes on", async () => {
  const pair = await pairOf();
  const { world, alice, bob } = pair;
  const evil = mallory(pair);
  const { id, near, far } = await openBetween(pair);
  const streamId = parseHex(id);
  const bytes = randomBytes(200_000, 1);
  const reading = readAll(far, bytes.length);
  const writing = writeAll(near, bytes);
  for (const { address, node } of [alice, bob]) {
    const data = new Uint8Array(1000).fill(0x66);
    evil.rpc.tell(address, "warpwire_piece", { streamId, number: 50, offset: 0, last: true, data });
    evil.rpc.tell(address, "warpwire_ack", {
      streamId,
      number: 3,
      seen: Uint8Array.of(255),
      limit: 2 ** 50,
      repeats: 9,
    });
    evil.rpc.tell(address, "warpwire_reset", { streamId });
    for (const nodeId of [evil.id, alice.node.nodeId, bob.node.nodeId]) {
      const calls = { nodeId, streamId };
      assert.is(await world.drive(evil.rpc.request(address, "stream_write", { ...calls, data })), null);
      assert.is(await world.drive(evil.rpc.request(address, "stream_close", calls)), false);
    }
    const challenge = new Uint8Array(32);
    const proof = evil.rpc.request(address, "warpwire_stream_prove", { nodeId: node.nodeId, streamId, challenge });
    assert.is((await world.drive(errorOf(proof)))?.code, "timeout" as never);
  }
  const [got] = await world.drive(Promise.all([reading, writing]));
  assert.equal(got, { count: bytes.length, sha256: sha256(bytes) });
  assert.equal(evil.told, [], "nobody tells a stranger that there is such a stream");
  assert.is(await world.drive(alice.node.streamClose(id)), true);
  await world.close();
});

test("data beyond the limit, ends that contradict each other: the stream breaks, the others do not", async () => {
  const pair = await pairOf();
  const { world, bob } = pair;
  const { near, far } = await openBetween(pair);
  const one = Uint8Array.of(1);
  const rules: ((bad: Awaited<ReturnType<typeof openBadly>>) => void)[] = [
    ({ send, limit }) => send({ offset: limit + 10 * MIB, data: one }),
    ({ send }) => send({ offset: Number.MAX_SAFE_INTEGER - 1, data: one }),
    ({ send }) => {
      send({ number: 0, offset: 100, data: one });
      send({ number: 1, offset: 50, last: true });
    },
    ({ send }) => {
      send({ number: 0, offset: 50, last: true });
      send({ number: 1, offset: 60, last: true });
    },
    ({ send }) => {
      send({ number: 0, offset: 50, last: true });
      send({ number: 1, offset: 40, last: true });
    },
    ({ send }) => {
      send({ number: 0, offset: 50, last: true });
      send({ number: 1, offset: 70, data: one });
    },
  ];
  for (const [index, breakRules] of rules.entries()) {
    const evil = mallory(pair);
    const bad = await openBadly(pair, evil, bob);
    breakRules(bad);
    const error = await world.drive(errorOf(bad.stream.read(new Uint8Array(1))));
    assert.is(error?.code, "reset", String(index));
    assert.is((error!.cause as HostError).code, "protocol", String(index));
    await world.pass(100);
    assert.ok(evil.told.some(([rpc]) => rpc === "warpwire_reset"));
    assert.is(bob.node.streamRead(bad.streamId), null);
  }
  await world.drive(near.write(one));
  assert.equal(await read(pair, far), one);
  await world.close();
});

test("of bytes that come twice with other contents the first ones count", async () => {
  const pair = await pairOf();
  const { world, bob } = pair;
  const bad = await openBadly(pair, mallory(pair), bob);
  const fill = (byte: number, count: number) => new Uint8Array(count).fill(byte);
  bad.send({ number: 0, offset: 4, data: fill(1, 4) });
  bad.send({ number: 1, offset: 2, data: fill(2, 4) });
  bad.send({ number: 2, offset: 6, data: fill(3, 6) });
  bad.send({ number: 3, offset: 5, data: fill(4, 2) });
  bad.send({ number: 4, offset: 0, data: fill(5, 20) });
  await world.pass(100);
  assert.equal(
    bob.node.streamRead(bad.streamId),
    Uint8Array.of(5, 5, 2, 2, 1, 1, 1, 1, 3, 3, 3, 3, 5, 5, 5, 5, 5, 5, 5, 5),
  );
  await world.close();
});

test("many small pieces with gaps cost no more than a thousand of them, and numbers may be as high as they like", async () => {
  const arrivals = new Arrivals();
  let kept = 0;
  for (let index = 0; index < 100_000; index++) if (arrivals.add(2 * index + 1, Uint8Array.of(7)) > 0) kept += 1;
  assert.is(kept, 1024);
  const pair = await pairOf();
  const { world, bob } = pair;
  const bad = await openBadly(pair, mallory(pair), bob);
  for (let index = 0; index < 3000; index++) {
    bad.send({ number: 1e9 * index, offset: 2 * index + 1, data: Uint8Array.of(index) });
    if (index % 50 === 0) await world.pass(1);
  }
  await world.pass(100);
  bad.send({ number: Number.MAX_SAFE_INTEGER, offset: 0, data: Uint8Array.of(9) });
  await world.pass(100);
  assert.equal(bob.node.streamRead(bad.streamId), Uint8Array.of(9, 0));
  await world.close();
});

test("acknowledgements of what was never sent, and of any other form, change nothing", async () => {
  const pair = await pairOf();
  const { world, bob } = pair;
  const evil = mallory(pair);
  const bad = await openBadly(pair, evil, bob);
  bad.send({});
  await world.pass(100);
  const writing = errorOf(bad.stream.write(new Uint8Array(30_000)));
  bad.ack({ number: 5000, seen: new Uint8Array(128).fill(255) });
  bad.ack({ number: Number.MAX_SAFE_INTEGER, seen: new Uint8Array(8000).fill(255) });
  bad.ack({ number: 1, seen: new Uint8Array(1000).fill(255), repeats: Number.MAX_SAFE_INTEGER });
  bad.ack({ number: 0, seen: new Uint8Array(0), limit: Number.MAX_SAFE_INTEGER });
  await world.pass(400);
  const pieces = evil.told.filter(([rpc]) => rpc === "warpwire_piece").map(([, args]) =>
    args as RpcArgs<"warpwire_piece">
  );
  assert.ok(pieces.length > 5 && pieces.length <= 12, `${pieces.length} pieces without an acknowledgement`);
  assert.equal(new Set(pieces.map(({ offset }) => offset)).size >= 5, true);
  const error = await world.drive(errorOf(bad.stream.write(new Uint8Array(100_000))));
  assert.is(error?.code, "reset");
  assert.is((await world.drive(writing))?.code, "reset");
  await world.close();
});

test("who acknowledges more than what has come, to be sent more, is found out", async () => {
  const pair = await pairOf();
  const { world, bob } = pair;
  const evil = mallory(pair);
  const bad = await openBadly(pair, evil, bob);
  bad.send({});
  const writing = errorOf(bad.stream.write(new Uint8Array(20 * MIB)));
  const numbers = () => evil.told.map(([, args]) => (args as { readonly number?: number }).number ?? 0);
  let isOver = false;
  void writing.then(() => isOver = true);
  for (let round = 0; round < 1000 && !isOver; round++) {
    bad.ack({ number: Math.max(0, ...numbers().slice(-2000)), seen: new Uint8Array(128).fill(255), limit: 100 * MIB });
    await world.pass(10);
  }
  const error = await world.drive(writing);
  assert.is((error?.cause as HostError | undefined)?.code, "protocol");
  assert.ok(numbers().length < 10_000, `${numbers().length} pieces`);
  await world.close();
});

test("who acknowledges nothing costs a buffer, and is given up after 30 s; others go on, and the node answers", async () => {
  const pair = await pairOf();
  const { world, bob } = pair;
  const { near, far } = await openBetween(pair);
  const evil = mallory(pair);
  const bad = await openBadly(pair, evil, bob);
  bad.send({});
  const startMs = world.network.nowMs;
  const failed = errorOf(bad.stream.write(new Uint8Array(20 * MIB)));
  const bytes = randomBytes(MIB, 2);
  const [got] = await world.drive(Promise.all([readAll(far, bytes.length), writeAll(near, bytes)]));
  assert.is(got.sha256, sha256(bytes));
  const error = await world.drive(failed);
  assert.is(error?.code, "reset");
  assert.is((error!.cause as { code: string }).code, "uncertain");
  const passedMs = world.network.nowMs - startMs;
  assert.ok(passedMs > 29_000 && passedMs < 40_000, `${passedMs} ms`);
  const sent = evil.told.filter(([rpc]) => rpc === "warpwire_piece").length;
  assert.ok(sent < 60, `${sent} pieces for nothing`);
  assert.equal(await world.drive(evil.rpc.request(bob.address, "ping", { nodeId: evil.id })), bob.node.nodeId);
  await world.close();
});

test("10,000 streams opened by one peer: 512, then nil; streams of others go on, and others still open some", async () => {
  for (const rpc of ["stream_open", "warpwire_stream_open"] as const) {
    const pair = await pairOf();
    const { world, alice, bob } = pair;
    const { near, far } = await openBetween(pair);
    const evil = mallory(pair);
    let opened = 0;
    for (let batch = 0; batch < 20; batch++) {
      const answers = Array.from(
        { length: 500 },
        () => evil.rpc.request(bob.address, rpc, { nodeId: evil.id, limit: MIB }).catch(() => null),
      );
      opened += (await world.drive(Promise.all(answers))).filter((answer) => answer !== null).length;
    }
    assert.is(opened, 511);
    assert.is(Object.keys(bob.node.streams()).length, 512);
    await world.drive(near.write(Uint8Array.of(1)));
    assert.equal(await read(pair, far), Uint8Array.of(1));
    const another = await openBetween(pair).catch(() => null) as null | { near: Stream };
    assert.ok(another !== null);
    const id = (await world.drive(alice.node.streamOpen(bob.node.nodeId, { at: at(bob) })))!;
    assert.is(await world.drive(alice.node.streamWrite(id, Uint8Array.of(2))), 1);
    assert.equal(bob.node.streamRead(id), Uint8Array.of(2));
    assert.equal(await world.drive(evil.rpc.request(bob.address, "ping", { nodeId: evil.id })), bob.node.nodeId);
    await world.close();
  }
});

test("a stream opened from a forged address is sent three pieces at most", async () => {
  const pair = await pairOf();
  const { world, bob } = pair;
  const evil = mallory(pair);
  const bad = await openBadly(pair, evil, bob);
  void bad.stream.write(new Uint8Array(30_000)).catch(() => {});
  await world.pass(10_000);
  const pieces = evil.told.filter(([rpc]) => rpc === "warpwire_piece");
  assert.is(pieces.length, 3);
  await world.close();
});

test("all streams together keep no more than they may", () => {
  const room = new Room({ streams: 512, streamBytes: MIB, streamsBytes: 64 * MIB });
  const parts = Array.from({ length: 1024 }, () => room.part());
  const sum = () => parts.reduce((bytes, part) => bytes + part.bytes, 0);
  for (let round = 0; round < 5; round++) for (const part of parts) part.growTo(2 * MIB);
  assert.ok(sum() <= 64 * MIB, `${sum()}`);
  assert.ok(sum() > 60 * MIB, `${sum()}`);
  assert.is(parts[0].bytes, MIB);
  assert.ok(parts.every(({ bytes }) => bytes >= 32 * 1024));
  for (const part of parts) part.shrinkTo(0);
  assert.is(room.free, 32 * MIB);
});

test("a peer that nobody reads from keeps 1 MiB busy at most, and is not lost", async () => {
  const pair = await pairOf();
  const { world, bob } = pair;
  const { id, near, far } = await openBetween(pair);
  const bytes = randomBytes(3 * MIB, 3);
  const writing = writeAll(near, bytes);
  await world.pass(60_000);
  assert.is(bob.node.streams()[id], MIB);
  const [got] = await world.drive(Promise.all([readAll(far, bytes.length), writing]));
  assert.is(got.sha256, sha256(bytes));
  assert.is(formatHex(parseHex(id)), id);
  await world.close();
});

test.run();
