import type { Connection, Stream as MuxedStream } from "@libp2p/interface";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Stream } from "../../../src/host/host.ts";
import { type Libp2pHost, libp2pHost } from "../../../src/host/libp2p/host.ts";
import { createLibp2pNode } from "../../../src/host/libp2p/node.ts";
import { loadLibp2pPackages } from "../../../src/host/libp2p/packages.ts";
import { quicken, roomAtOnce, updateWindowSeldom } from "../../../src/host/libp2p/wire.ts";
import { nextMacrotask, systemRandom } from "../../../src/host/timing/system.ts";
import { Identity } from "../../../src/identity/mod.ts";
import { infoOf, MIB, pattern, sameBytes } from "../pair.ts";

const test = suite("writes to libp2p streams");

/** Pseudo-random numbers from 0 up to, but not including, 1. */
function numbers(seed: number): () => number {
  let word = seed | 1;
  return () => (word = (Math.imul(word, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

async function withHosts(body: (a: Libp2pHost, b: Libp2pHost) => Promise<void>) {
  const [a, b] = [
    await libp2pHost({ identity: Identity.generate(), listen: [] }),
    await libp2pHost({ identity: Identity.generate() }),
  ];
  try {
    await body(a, b);
  } finally {
    await Promise.all([a.stop(), b.stop()]);
  }
}

/** Writes from memory that is overwritten as soon as each write allows it; now and then two writes wait at once. */
async function send(stream: Stream, bytes: Uint8Array, random: () => number): Promise<void> {
  const memories = [new Uint8Array(300_000), new Uint8Array(300_000)];
  for (let sent = 0; sent < bytes.length;) {
    const writes = memories.slice(0, random() < 0.3 ? 2 : 1).map((memory) => {
      const longest = [100, 5000, 65536, memory.length][Math.floor(4 * random())];
      const part = bytes.subarray(sent, sent + 1 + Math.floor(longest * random()));
      sent += part.length;
      memory.set(part);
      return stream.write(memory.subarray(0, part.length)).then(() => memory.fill(0xee));
    });
    await Promise.all(writes);
  }
}

/** Reads so many bytes, as fast and in such pieces as it happens. */
async function receive(stream: Stream, count: number, random: () => number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let got = 0; got < count;) {
    if (random() < 0.1) await nextMacrotask();
    const most = 1 + Math.floor(200_000 * random());
    const read = await stream.read(bytes.subarray(got, got + most));
    if (read === null) throw new Error(`The stream ended after ${got} of ${count} bytes`);
    got += read;
  }
  return bytes;
}

test("what was written arrives as it was, though its memory is used for something else at once", async () => {
  const seed = new DataView(systemRandom.bytes(4).buffer).getUint32(0);
  try {
    await withHosts(async (a, b) => {
      const protocol = b.mountStreams("bytes");
      const carry = async (here: Stream, there: Stream, index: number) => {
        const random = numbers(seed + index);
        const [out, back] = [pattern(3 * MIB, index), pattern(MIB, -index)];
        const [came, wentBack] = await Promise.all([
          receive(there, out.length, random),
          receive(here, back.length, random),
          send(here, out, random),
          send(there, back, random),
        ]);
        sameBytes(came, out);
        sameBytes(wentBack, back);
        await here.close();
      };
      const carried: Promise<void>[] = [];
      for (let index = 1; index <= 3; index++) {
        const [here, there] = await Promise.all([a.openStream(infoOf(b), "bytes"), protocol.acceptStream()]);
        carried.push(carry(here, there, index));
      }
      await Promise.all(carried);
    });
  } catch (error) {
    console.log(`The seed was ${seed}`);
    throw error;
  }
});

test("a stream whose inside is not known gets copies, as one whose bytes would be kept", () => {
  const muxed = { sendWindowCapacity: 1000, maxMessageSize: 800, writeBufferLength: 0 };
  const encrypted = { writableNeedsDrain: false };
  const roomOf = (stream: object, muxer: object) =>
    roomAtOnce(stream as MuxedStream, { muxer } as unknown as Connection);
  assert.is(roomOf(muxed, { maConn: encrypted }), 800);
  assert.is(roomOf({ ...muxed, sendWindowCapacity: 7 }, { maConn: encrypted }), 7);
  assert.is(roomOf({ ...muxed, writeBufferLength: 1 }, { maConn: encrypted }), 0);
  assert.is(roomOf(muxed, { maConn: { writableNeedsDrain: true } }), 0);
  assert.is(roomOf(muxed, { maConn: {} }), 0);
  assert.is(roomOf(muxed, {}), 0);
  assert.is(roomOf({ writeBufferLength: 0 }, { maConn: encrypted }), 0);
  quicken({} as Connection);
  quicken({ maConn: {}, muxer: { maConn: {} } } as unknown as Connection);
  updateWindowSeldom({} as MuxedStream);
});

test("the insides that make streams fast are those of the packages that are installed", async () => {
  const packages = await loadLibp2pPackages();
  const make = (listen: string[]) =>
    createLibp2pNode(packages, {
      ...{ secret: Identity.generate().toSecret(), listen, mdns: null },
      ...{ connectionsMax: 9, streamsMax: 9, openingTimeoutMs: 5000 },
    });
  const [a, b] = [await make([]), await make(["/ip4/127.0.0.1/tcp/0"])];
  await Promise.all([a.start(), b.start()]);
  try {
    await b.handle("/inside/1", () => {});
    const connection = await a.dial(b.getMultiaddrs());
    const { maConn, muxer } = connection as unknown as { maConn: object; muxer: { maConn: object } };
    const muxed = await connection.newStream("/inside/1");
    quicken(connection);
    updateWindowSeldom(muxed);
    assert.ok(roomAtOnce(muxed, connection) > 65536);
    for (const [inside, method] of [[maConn, "sendData"], [muxer.maConn, "decrypt"], [muxed, "sendWindowUpdate"]]) {
      assert.ok(Object.hasOwn(inside as object, method as string), method as string);
    }
  } finally {
    await Promise.all([a.stop(), b.stop()]);
  }
});

test.run();
