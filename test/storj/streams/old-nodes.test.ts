/**
 * Streams with old nodes.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseHex } from "../../../codec/mod.ts";
import type { HostError } from "../../../src/host/mod.ts";
import { SeededRandom } from "../../../src/host/sim/mod.ts";
import { StorjError } from "../../../src/storj/mod.ts";
import { type Member, StorjWorld } from "../world.ts";
import { OldStreamNode } from "./old-streams.ts";

const test = suite("storj streams: with old nodes");

const PIECE_BYTES_MAX = 8097;
const BUFFER_BYTES = 1024 * 1024;

const at = ({ place }: { readonly place: string }) => {
  const [ip, port] = place.split(":");
  return { ip, port: Number(port) };
};

async function pair(): Promise<{ readonly world: StorjWorld; readonly own: Member; readonly old: OldStreamNode }> {
  const world = new StorjWorld({ link: { latencyMs: 10, jitterMs: 0 } });
  const own = await world.add();
  return { world, own, old: new OldStreamNode(world.network) };
}

test("what is written arrives in order, in pieces that old nodes can read, one at a time", async () => {
  const { world, own: { node }, old } = await pair();
  const id = (await world.drive(node.streamOpen(old.id, { at: at(old) })))!;
  assert.match(id, /^[0-9a-f]{64}$/);
  const stream = node.stream(id)!;
  const bytes = new SeededRandom(3).bytes(100_000);
  assert.is(await world.drive(stream.write(bytes)), bytes.length);
  assert.is(Math.max(...old.writes), PIECE_BYTES_MAX);
  assert.is(old.writes.length, Math.ceil(bytes.length / PIECE_BYTES_MAX));
  assert.equal(old.read(id), bytes);
  await world.drive(Promise.all(Array.from({ length: 50 }, (_, index) => stream.write(Uint8Array.of(index)))));
  assert.equal(old.read(id), Uint8Array.from({ length: 50 }, (_, index) => index));
  await world.drive(stream.close());
  assert.is(old.buffers.size, 0);
  assert.equal(node.streamList(), {});
  await world.close();
});

test("a full buffer at the other side stops the writer, who continues with the rest", async () => {
  const { world, own: { node }, old } = await pair();
  old.bufferBytes = 20_000;
  const id = (await world.drive(node.streamOpen(old.id, { at: at(old) })))!;
  const bytes = new SeededRandom(4).bytes(90_000);
  assert.is(await world.drive(node.streamWrite(id, bytes)), 20_000);
  assert.is(await world.drive(node.streamWrite(id, bytes.subarray(20_000))), 0);
  assert.equal(old.read(id), bytes.subarray(0, 20_000));
  const written = node.stream(id)!.write(bytes.subarray(20_000));
  const read: number[] = [];
  while (read.length < 70_000) {
    await world.pass(500);
    read.push(...old.read(id));
  }
  assert.is(await world.drive(written), 70_000);
  assert.equal(Uint8Array.from(read), bytes.subarray(20_000));
  await world.close();
});

test("without an answer the stream breaks, and nobody claims to know whether it has arrived", async () => {
  const { world, own: { node }, old } = await pair();
  const id = (await world.drive(node.streamOpen(old.id, { at: at(old) })))!;
  const stream = node.stream(id)!;
  old.mute = true;
  const error = await world.drive(stream.write(Uint8Array.of(1)).then(() => null, (error: HostError) => error));
  assert.is(error?.code, "reset");
  assert.instance(error?.cause, StorjError);
  assert.is((error!.cause as StorjError).code, "uncertain");
  assert.equal(old.writes, [1], "it was sent twice");
  assert.is(await world.drive(node.streamWrite(id, Uint8Array.of(1))), null);
  assert.is(node.streamRead(id), null);
  assert.is(await world.drive(node.streamClose(id)), false);
  const other = (await world.drive(node.streamOpen(old.id, { at: at(old) })))!;
  assert.is(await world.drive(node.streamWrite(other, Uint8Array.of(1))), null);
  await world.close();
});

test("an old node opens, writes, reads and closes", async () => {
  const { world, own, old } = await pair();
  const { node, address } = own;
  const incoming = node.incomingStreams();
  const id = (await world.drive(old.open(address, node.nodeId)))!;
  const { value: { id: hex, stream } } = await incoming.next() as IteratorYieldResult<
    Awaited<{ id: string; stream: import("../../../src/host/mod.ts").Stream }>
  >;
  assert.equal(parseHex(hex), id);
  const args = { nodeId: old.id, streamId: id };
  const data = new SeededRandom(5).bytes(PIECE_BYTES_MAX);
  assert.is(await world.drive(old.request(address, "stream_write", { ...args, data })), data.length);
  assert.is(node.streams()[hex], data.length);
  assert.equal(node.streamRead(hex, 97), data.subarray(0, 97));
  assert.equal(node.streamRead(hex), data.subarray(97));
  assert.equal(node.streamRead(hex), new Uint8Array(0));
  assert.equal(node.streamRead(hex, -1), new Uint8Array(0));
  assert.is(await world.drive(stream.write(data)), data.length);
  assert.equal(old.read(id), data);
  await world.drive(old.request(address, "stream_write", { ...args, data: Uint8Array.of(7) }));
  assert.is(await world.drive(old.request(address, "stream_close", args)), true);
  assert.is(await world.drive(old.request(address, "stream_close", args)), false);
  assert.is(await world.drive(old.request(address, "stream_write", { ...args, data })), null);
  assert.equal(node.streams(), { [hex]: 1 }, "what was unread stays readable");
  const buffer = new Uint8Array(10);
  assert.is(await world.drive(stream.read(buffer)), 1);
  assert.is(buffer[0], 7);
  assert.is(await world.drive(stream.read(buffer)), null);
  assert.is(node.streamRead(hex), null);
  assert.equal(node.streamList(), {});
  await world.close();
});

test("a buffer that is full takes a part, and then nothing; what is read makes room", async () => {
  const { world, own: { node, address }, old } = await pair();
  const id = (await world.drive(old.open(address, node.nodeId)))!;
  const [hex] = Object.keys(node.streams());
  const args = { nodeId: old.id, streamId: id };
  let sum = 0;
  let last = 0;
  for (let written = PIECE_BYTES_MAX; written === PIECE_BYTES_MAX; sum += last = written) {
    const data = new Uint8Array(PIECE_BYTES_MAX);
    written = (await world.drive(old.request(address, "stream_write", { ...args, data })))!;
  }
  assert.is(sum, BUFFER_BYTES);
  assert.is(last, BUFFER_BYTES % PIECE_BYTES_MAX);
  assert.is(await world.drive(old.request(address, "stream_write", { ...args, data: Uint8Array.of(1) })), 0);
  assert.is(node.streamRead(hex, 5)!.length, 5);
  assert.is(await world.drive(old.request(address, "stream_write", { ...args, data: new Uint8Array(9) })), 5);
  await world.close();
});

test("a stream is nobody's but its peer's: id, ip and port", async () => {
  const { world, own: { node, address }, old } = await pair();
  const other = new OldStreamNode(world.network);
  const streamId = (await world.drive(old.open(address, node.nodeId)))!;
  const data = Uint8Array.of(1);
  const write = (from: OldStreamNode, nodeId: Uint8Array) =>
    world.drive(from.request(address, "stream_write", { nodeId, streamId, data }));
  assert.is(await write(other, other.id), null);
  assert.is(await write(other, old.id), null);
  assert.is(await write(old, other.id), null);
  assert.is(await world.drive(other.request(address, "stream_close", { nodeId: old.id, streamId })), false);
  assert.is(await write(old, old.id), 1);
  await world.close();
});

test("512 streams of one peer, and no more: nil; somebody else still gets one", async () => {
  const { world, own: { node, address }, old } = await pair();
  const other = new OldStreamNode(world.network);
  const opened = await world.drive(
    Promise.all(Array.from({ length: 600 }, () => old.request(address, "stream_open", { nodeId: old.id }))),
  );
  assert.is(opened.filter((id) => id !== null).length, 512);
  const streamId = (await world.drive(other.open(address, node.nodeId)))!;
  const data = Uint8Array.of(1);
  assert.is(await world.drive(other.request(address, "stream_write", { nodeId: other.id, streamId, data })), 1);
  assert.is(Object.keys(node.streams()).length, 512);
  await world.close();
});

test("nobody there, nobody who takes it: null, and nothing is left behind", async () => {
  const { world, own: { node }, old } = await pair();
  assert.is(await world.drive(node.streamOpen(new Uint8Array(20).fill(9))), null);
  assert.is(await world.drive(node.streamOpen(old.id, { at: { ip: "10.0.9.9", port: 1 } })), null);
  for (let index = 0; index < 512; index++) old.buffers.set(String(index), { peer: "", data: new Uint8Array(0) });
  assert.is(await world.drive(node.streamOpen(old.id, { at: at(old) })), null);
  const error = await world.drive(node.openStream(old.id, { at: at(old) }).catch((error: StorjError) => error));
  assert.is((error as StorjError).code, "busy");
  assert.equal(node.streamList(), {});
  const unknown = "ab".repeat(32);
  assert.is(node.streamRead(unknown), null);
  assert.is(await world.drive(node.streamWrite(unknown, Uint8Array.of(1))), null);
  assert.is(await world.drive(node.streamClose(unknown)), false);
  assert.throws(() => node.streamRead("ab"), ({ code }: StorjError) => code === "invalid-stream-id");
  await world.close();
});

test("70 kB/s and more at 50 ms one way with 1 % loss, as long as nothing gets lost", async () => {
  const { world, own: { node }, old } = await pair();
  world.network.setLinks({ latencyMs: 50, loss: 0.01 });
  let whole = 0;
  for (let attempt = 0; attempt < 12; attempt++) {
    const id = await world.drive(node.streamOpen(old.id, { at: at(old) }));
    if (id === null) continue;
    const bytes = new SeededRandom(attempt).bytes(400_000);
    const startMs = world.network.nowMs;
    const error = await world.drive(node.stream(id)!.write(bytes).then(() => null, (error: HostError) => error));
    const bytesPerMs = bytes.length / (world.network.nowMs - startMs);
    const got = old.read(id);
    assert.equal(got, bytes.subarray(0, got.length));
    if (error === null) {
      assert.is(got.length, bytes.length);
      assert.ok(bytesPerMs > 70, `${bytesPerMs.toFixed(0)} kB/s`);
      whole += 1;
    } else {
      assert.is((error.cause as StorjError).code, "uncertain");
    }
  }
  assert.ok(whole > 1 && whole < 12, `${whole} of 12`);
  await world.close();
});

test("a stream to oneself gives back what is written, and stops when it is full", async () => {
  const { world, own: { node } } = await pair();
  const id = (await world.drive(node.streamOpen(node.nodeId)))!;
  assert.is(await world.drive(node.streamWrite(id, Uint8Array.of(1, 2, 3))), 3);
  assert.equal(node.streamList(), { [id]: [node.nodeIdHex, 3] });
  assert.equal(node.streamRead(id), Uint8Array.of(1, 2, 3));
  assert.is(await world.drive(node.streamWrite(id, new Uint8Array(BUFFER_BYTES + 5))), BUFFER_BYTES);
  assert.is(await world.drive(node.streamWrite(id, Uint8Array.of(1))), 0);
  const rest = node.stream(id)!.write(Uint8Array.of(4, 5));
  assert.is(node.streamRead(id, BUFFER_BYTES - 1)!.length, BUFFER_BYTES - 1);
  assert.is(await world.drive(rest), 2);
  assert.equal(node.streamRead(id), Uint8Array.of(0, 4, 5));
  assert.is(await world.drive(node.streamClose(id)), true);
  assert.is(node.streamRead(id), null);
  await world.close();
});

test.run();
