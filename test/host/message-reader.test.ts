/**
 * Messages, lines, bytes and raw bytes out of a stream, of a host's own and of others.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, string, struct, u8 } from "../../codec/mod.ts";
import { HostError, type Stream, systemClock } from "../../src/host/mod.ts";
import { HostStream, MessageReader, type Transport } from "../../src/host/streams/mod.ts";

const test = suite("host: reading messages");

const Line = struct({ id: u8, text: string(u8) });
const ascii = (text: string) => new TextEncoder().encode(text);
const INPUT = Uint8Array.of(7, 2, 0x68, 0x69, 8, 0, 0x2a, ...ascii("first\nsecond\nraw bytes"));

const nowhere: Transport = {
  write: (bytes) => Promise.resolve(bytes.length),
  close: () => Promise.resolve(),
  abort: () => {},
  taken: () => {},
};

/** A stream of a host to which pieces have come, and what the transport was told of those that were taken. */
function streamOf(pieces: readonly Uint8Array[]): { stream: HostStream; taken: number[] } {
  const taken: number[] = [];
  const stream = new HostStream(systemClock, { peerId: "" }, { ...nowhere, taken: (count) => void taken.push(count) });
  for (const piece of pieces) stream.receive(piece.slice());
  return { stream, taken };
}

/** The same bytes in a stream that is no host's own. */
function foreign(stream: HostStream): Stream {
  return { peerInfo: stream.peerInfo, read: stream.read.bind(stream) } as unknown as Stream;
}

function cut(size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(INPUT.length / size) }, (_, at) => INPUT.slice(at * size, (at + 1) * size));
}

async function codeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof HostError || error instanceof CodecError) return error.code;
    throw error;
  }
  return "none";
}

for (const isForeign of [false, true]) {
  const what = isForeign ? "any stream" : "a host's stream";
  const readerOf = (stream: HostStream) => new MessageReader(isForeign ? foreign(stream) : stream, systemClock);

  test(`${what}: messages, a byte, lines and raw bytes, in pieces of every size`, async () => {
    for (let size = 1; size <= INPUT.length; size++) {
      const { stream, taken } = streamOf(cut(size));
      stream.receiveEnd();
      const reader = readerOf(stream);
      assert.equal(await reader.message(Line), { id: 7, text: "hi" });
      assert.is((await reader.peek())![0], 8);
      assert.equal(await reader.nextMessage(Line), { id: 8, text: "" });
      assert.is(reader.skip(0x2b), false);
      assert.is(await reader.byte(), 0x2a);
      assert.equal(await reader.line(10), ascii("first"));
      assert.equal(await reader.line(6), ascii("second"));
      const buf = new Uint8Array(4);
      const count = (await reader.read(buf))!;
      const rest = [...buf.subarray(0, count)];
      for (let piece = await reader.piece(); piece !== null; piece = await reader.piece()) rest.push(...piece);
      assert.equal(Uint8Array.from(rest), ascii("raw bytes"), `pieces of ${size}`);
      assert.is(await reader.nextMessage(Line), null);
      assert.is(await reader.byte(), null);
      assert.is(await reader.line(1), null);
      assert.is(taken.reduce((sum, one) => sum + one, 0), INPUT.length);
    }
  });

  test(`${what}: what is cut off, too long or wrong`, async () => {
    for (const [input, code] of [[[1], "reset"], [[], "reset"], [[1, 1, 0xff], "utf8"], [[1, 200], "limit"]] as const) {
      const { stream } = streamOf([Uint8Array.from(input)]);
      stream.receiveEnd();
      assert.is(await codeOf(() => readerOf(stream).message(Line, { bytesMax: 100 })), code, `${input}`);
    }
    const { stream } = streamOf([ascii("0123456789")]);
    assert.is(await codeOf(() => readerOf(stream).line(9)), "protocol");
    const ended = streamOf([ascii("01")]).stream;
    ended.receiveEnd();
    assert.is(await codeOf(() => readerOf(ended).line(9)), "reset");
    const broken = streamOf([Uint8Array.of(1)]).stream;
    broken.receiveReset();
    assert.is(await codeOf(() => readerOf(broken).message(Line)), "reset");
  });

  test(`${what}: a time limit is one for the whole message, and giving up loses nothing`, async () => {
    const { stream } = streamOf([]);
    const reader = readerOf(stream);
    assert.is(await codeOf(() => reader.byte({ timeoutMs: 1 })), "timeout");
    const leaving = new AbortController();
    const message = codeOf(() => reader.message(Line, { signal: leaving.signal }));
    leaving.abort();
    assert.is(await message, "aborted");
    stream.receive(Uint8Array.of(3, 1, 0x61));
    assert.equal(await reader.message(Line, { timeoutMs: 1000 }), { id: 3, text: "a" });
    const dripping = setInterval(() => stream.receive(Uint8Array.of(200)), 5);
    const started = Date.now();
    assert.is(await codeOf(() => reader.message(Line, { timeoutMs: 60 })), "timeout");
    assert.ok(Date.now() - started < 3000);
    clearInterval(dripping);
  });

  test(`${what}: who looks at what comes does not keep others from reading`, async () => {
    const { stream } = streamOf([]);
    const reader = readerOf(stream);
    const seen = [reader.peek(), reader.peek()];
    const message = reader.message(Line);
    stream.receive(Uint8Array.of(9, 0));
    assert.equal((await Promise.all(seen)).map((piece) => piece?.length), [2, 2]);
    assert.equal(await message, { id: 9, text: "" });
  });
}

test("of a host's stream not a byte more is taken than is asked for", async () => {
  const { stream, taken } = streamOf([INPUT]);
  assert.equal(await new MessageReader(stream).message(Line), { id: 7, text: "hi" });
  assert.equal(taken, [4]);
  const buf = new Uint8Array(100);
  assert.equal(buf.subarray(0, (await stream.read(buf))!), INPUT.subarray(4));
});

test("those who look learn of the end, of a break and of closing", async () => {
  const [ended, broken, closed] = [streamOf([]).stream, streamOf([]).stream, streamOf([]).stream];
  const outcomes = [ended, broken, closed].map((stream) => codeOf(async () => assert.is(await stream.peek(), null)));
  ended.receiveEnd();
  broken.receiveReset();
  await closed.close();
  assert.equal(await Promise.all(outcomes), ["none", "reset", "closed"]);
  closed.drop(1);
  assert.is(await codeOf(() => broken.peek()), "reset");
});

test.run();
