/**
 * Conformance: bytes go through streams, in order, complete, and no faster than they are read.
 *
 * @module
 */

import * as assert from "uvu/assert";
import {
  type Abilities,
  type Check,
  fails,
  infoOf,
  MIB,
  openPair,
  pattern,
  readAll,
  readSome,
  sameBytes,
  utf8,
} from "../pair.ts";

/** Adds the tests. */
export function checkStreams(check: Check, { bufferedBytesMax = MIB }: Abilities): void {
  check("a few bytes go both ways, and both ends know each other", async (pair) => {
    const [here, there] = await openPair(pair);
    assert.is(await here.write(utf8("ping")), 4);
    sameBytes(await readSome(there, 4), utf8("ping"));
    assert.is(await there.write(utf8("pong!")), 5);
    sameBytes(await readSome(here, 5), utf8("pong!"));
    assert.is(here.peerInfo.peerId, pair.b.peerId);
    assert.is(there.peerInfo.peerId, pair.a.peerId);
  });

  check("the accepting side may write first", async (pair) => {
    const [here, there] = await openPair(pair);
    await there.write(utf8("welcome"));
    sameBytes(await readSome(here, 7), utf8("welcome"));
  });

  check("a read returns what is there, and no more than fits", async (pair) => {
    const [here, there] = await openPair(pair);
    await here.write(utf8("abc"));
    const buf = new Uint8Array(10);
    const first = await there.read(buf);
    assert.ok(first !== null && first >= 1 && first <= 3);
    if (first !== null) await readSome(there, 3 - first);
    await here.write(utf8("defgh"));
    assert.is(await there.read(buf.subarray(0, 1)), 1);
    assert.is(buf[0], "d".charCodeAt(0));
    sameBytes(await readSome(there, 4), utf8("efgh"));
  });

  check("nothing is read into no room, and nothing is a write too", async (pair) => {
    const [here, there] = await openPair(pair);
    assert.is(await there.read(new Uint8Array(0)), 0);
    assert.is(await here.write(new Uint8Array(0)), 0);
    await here.write(utf8("x"));
    sameBytes(await readSome(there, 1), utf8("x"));
  });

  check("megabytes arrive unchanged in both directions at once", async (pair) => {
    const [here, there] = await openPair(pair);
    const [sent, back] = [pattern(4 * MIB, 1), pattern(4 * MIB, 2)];
    const [, , arrived, returned] = await Promise.all([
      here.write(sent),
      there.write(back),
      readSome(there, sent.length),
      readSome(here, back.length),
    ]);
    sameBytes(arrived, sent);
    sameBytes(returned, back);
  });

  check("pieces of all sizes keep their order, also when nobody waits for the writes", async (pair) => {
    const [here, there] = await openPair(pair);
    const sizes = [1, 2, 511, 512, 513, 3, 65536, 7, 70000, 1, 1, 1, 4096, 100000, 5];
    const pieces = sizes.map((size, index) => pattern(size, index));
    const writes = pieces.map((piece) => here.write(piece));
    for (const piece of pieces) sameBytes(await readSome(there, piece.length), piece);
    assert.equal(await Promise.all(writes), sizes);
  });

  check("many small writes come together", async (pair) => {
    const [here, there] = await openPair(pair);
    const sent = pattern(3000);
    const writing = (async () => {
      for (const byte of sent) await here.write(Uint8Array.of(byte));
    })();
    sameBytes(await readSome(there, sent.length), sent);
    await writing;
  });

  for (const bufBytes of [1, 7]) {
    check(`a buffer of ${bufBytes} bytes reads everything`, async (pair) => {
      const [here, there] = await openPair(pair);
      const sent = pattern(10_000);
      await here.write(sent);
      sameBytes(await readSome(there, sent.length, bufBytes), sent);
    });
  }

  check("memory may be used again once it was written", async (pair) => {
    const [here, there] = await openPair(pair);
    const buf = new Uint8Array(1000);
    for (let round = 0; round < 20; round++) await here.write(buf.fill(round));
    buf.fill(255);
    for (let round = 0; round < 20; round++) {
      sameBytes(await readSome(there, 1000), new Uint8Array(1000).fill(round));
    }
  });

  check("more than a hundred streams at once do not mix", async (pair) => {
    const protocol = pair.b.mountStreams("echo", { backlogMax: 200 });
    const serving = Promise.all(Array.from({ length: 120 }, async () => {
      const stream = await protocol.acceptStream();
      const bytes = await readSome(stream, 5000);
      await stream.write(bytes);
      await stream.close();
    }));
    await Promise.all(Array.from({ length: 120 }, async (_, index) => {
      const stream = await pair.a.openStream(infoOf(pair.b), "echo");
      await stream.write(pattern(5000, index));
      sameBytes(await readAll(stream), pattern(5000, index));
      await stream.close();
    }));
    await serving;
  });

  check("both hosts open streams to each other at once", async (pair) => {
    const { a, b } = pair;
    const [atA, atB] = [a.mountStreams("mutual"), b.mountStreams("mutual")];
    const [fromA, fromB, toA, toB] = await Promise.all([
      atA.openStream(infoOf(b)),
      atB.openStream(infoOf(a)),
      atA.acceptStream(),
      atB.acceptStream(),
    ]);
    await Promise.all([fromA.write(utf8("of a")), fromB.write(utf8("of b"))]);
    sameBytes(await readSome(toB, 4), utf8("of a"));
    sameBytes(await readSome(toA, 4), utf8("of b"));
  });

  check("a reader that does not read bounds what a writer can write", async (pair) => {
    // Either side may be the one that does not read.
    for (const side of [0, 1] as const) {
      const writer = (await openPair(pair))[side];
      const piece = new Uint8Array(65536);
      let taken = 0;
      const write = async () => {
        while (taken <= bufferedBytesMax) taken += await writer.write(piece, { timeoutMs: 300 });
      };
      await fails(write(), "timeout");
      assert.ok(taken <= bufferedBytesMax, `${taken} bytes were taken`);
    }
  });

  check("a writer that had to wait goes on when the reader reads, and nothing is lost", async (pair) => {
    const [here, there] = await openPair(pair);
    const sent = pattern(bufferedBytesMax + MIB);
    let written = false;
    const writing = here.write(sent).then(() => written = true);
    const start = await readSome(there, 1000);
    assert.not(written);
    const rest = await readSome(there, sent.length - 1000, 50_000);
    await writing;
    sameBytes(start, sent.subarray(0, 1000));
    sameBytes(rest, sent.subarray(1000));
  });

  check("a second read while one waits is busy, and takes nothing away", async (pair) => {
    const [here, there] = await openPair(pair);
    const first = there.read(new Uint8Array(4));
    await fails(there.read(new Uint8Array(4)), "busy");
    await here.write(utf8("once"));
    assert.is(await first, 4);
  });

  check("web streams carry the bytes, and piping back makes an echo", async (pair) => {
    const [here, there] = await openPair(pair);
    const echoing = there.readable.pipeTo(there.writable);
    const sent = pattern(300_000);
    const writer = here.writable.getWriter();
    const writing = writer.write(sent);
    sameBytes(await readSome(here, sent.length), sent);
    await writing;
    await here.close();
    await echoing;
    assert.is(here.readable, here.readable);
    assert.is(here.writable, here.writable);
  });

  check("a web stream ends with the stream, and read() takes over from it", async (pair) => {
    const [here, there] = await openPair(pair);
    await here.write(utf8("one"));
    const reader = there.readable.getReader();
    const { value } = await reader.read();
    assert.ok(value !== undefined && value.length > 0);
    reader.releaseLock();
    await readSome(there, 3 - (value?.length ?? 0));
    await here.write(utf8("two"));
    sameBytes(await readSome(there, 3), utf8("two"));
    await here.write(utf8("three"));
    await here.close();
    let rest = "";
    for await (const part of there.readable) rest += new TextDecoder().decode(part);
    assert.is(rest, "three");
  });
}
