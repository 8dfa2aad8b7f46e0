import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encode } from "../../../codec/mod.ts";
import { HostError, type Stream } from "../../../src/host/mod.ts";
import { OpeningAnswer } from "../../../src/host/connect/handshake.ts";
import { nextMacrotask } from "../../../src/host/timing/system.ts";
import {
  CLOSE_ABORTED,
  CLOSE_END,
  CLOSE_PROTOCOL,
  MESSAGE_BYTES_MAX,
  StreamMessage,
  WINDOW_BYTES,
} from "../../../src/host/websocket/transport.ts";
import { webSocketHost } from "../../../src/host/websocket/host.ts";
import { fails, infoOf, pattern, readAll, readSome, sameBytes, utf8 } from "../pair.ts";
import { CLASSES, LISTEN, OPENING, RawSocket, withServer } from "./raw-socket.ts";

const test = suite("close codes of the WebSocket host");

/** What breaks the rules of the sub-protocol, in messages that WebSockets allow. */
const BREACHES: readonly (readonly (string | Uint8Array)[])[] = [
  ["text"],
  [Uint8Array.of()],
  [Uint8Array.of(9)],
  [Uint8Array.of(1, 0)],
  [encode(StreamMessage, { kind: "credit", count: WINDOW_BYTES })],
  Array.from({ length: 1 + WINDOW_BYTES / (MESSAGE_BYTES_MAX - 1) }, () => new Uint8Array(MESSAGE_BYTES_MAX)),
];

const accepted = encode(OpeningAnswer, { answer: "accepted", peerId: "carol", addresses: [] });
/** A message with the answer that accepts a stream. */
const ANSWER = Uint8Array.of(0, 0, accepted.length, ...accepted);

/** The code that the other side has closed with, as a stream tells it. */
async function codeOf(reading: Promise<unknown>): Promise<number> {
  const { cause } = await fails(reading, "reset");
  assert.instance(cause, HostError);
  return Number(/with the code (\d+)$/.exec((cause as HostError).message)?.[1]);
}

test("a caller gets the code of what ends its stream, behind what was written before", async () => {
  await using host = await webSocketHost({ peerId: "bob", listen: LISTEN });
  const protocol = host.mountStreams("echo");
  const bytes = pattern(100_000, 7);
  const endings: [number, (stream: Stream) => Promise<unknown> | void][] = [
    [CLOSE_END, (stream) => void stream.close()],
    [CLOSE_ABORTED, (stream) => stream.abort()],
    [CLOSE_ABORTED, () => host.stop()],
  ];
  for (const [code, end] of endings) {
    const raw = new RawSocket(host.addresses()[0]);
    await raw.send(OPENING);
    const stream = await protocol.acceptStream();
    await stream.write(bytes);
    const ending = end(stream);
    assert.is(await raw.closed, code);
    const length = raw.messages.slice(1).reduce((sum, hex) => sum + hex.length / 2 - 1, 0);
    assert.is(length, bytes.length);
    await ending;
  }
  assert.is(host.openHandles, 0);
});

test("a caller that breaks the rules is told so", async () => {
  await using host = await webSocketHost({ peerId: "bob", listen: LISTEN });
  const protocol = host.mountStreams("echo");
  for (const messages of BREACHES) {
    const raw = new RawSocket(host.addresses()[0]);
    await raw.send(OPENING);
    const stream = await protocol.acceptStream();
    await raw.send(...messages);
    assert.is(await raw.closed, CLOSE_PROTOCOL, String(messages[0].slice(0, 8)));
    assert.instance((await fails(drain(stream), "reset")).cause, HostError);
  }
  const silent = new RawSocket(host.addresses()[0]);
  await silent.send(Uint8Array.of(0), "text");
  assert.is(await silent.closed, CLOSE_PROTOCOL);
});

/** Reads until the stream ends or breaks. */
async function drain(stream: Stream): Promise<void> {
  const buf = new Uint8Array(64 * 1024);
  while (await stream.read(buf) !== null);
}

for (const webSocket of CLASSES) {
  const name = webSocket === CLASSES[0] ? "ws" : "the platform";

  test(`servers get the codes, with the WebSocket of ${name}`, async () => {
    const closed: number[] = [];
    await using caller = await webSocketHost({ peerId: "alice", webSocket });
    const answers = [[], ...BREACHES];
    for (const [index, messages] of answers.entries()) {
      await withServer((socket) => {
        socket.on("close", (code) => closed.push(code));
        socket.once("message", () => [ANSWER, ...messages].forEach((message) => socket.send(message)));
      }, async (peer) => {
        const stream = await caller.openStream(peer, "echo");
        if (messages.length === 0) stream.abort();
        while (closed.length === index) await nextMacrotask();
        // Only now: reading would allow for more.
        await fails(drain(stream), messages.length === 0 ? "aborted" : "reset");
      });
    }
    assert.equal(closed, [CLOSE_ABORTED, ...BREACHES.map(() => CLOSE_PROTOCOL)]);
  });

  test(`hosts tell each other how a stream ends, with the WebSocket of ${name}`, async () => {
    await using host = await webSocketHost({ peerId: "bob", listen: LISTEN });
    const protocol = host.mountStreams("echo");
    const caller = await webSocketHost({ peerId: "alice", webSocket });
    const open = () => Promise.all([caller.openStream(infoOf(host), "echo"), protocol.acceptStream()]);
    const [[here, there], [kept, keptThere], [first, ended]] = [await open(), await open(), await open()];
    here.abort();
    assert.is(await codeOf(readAll(there)), CLOSE_ABORTED);
    await ended.write(utf8("last"));
    void ended.close();
    sameBytes(await readAll(first), utf8("last"));
    const [again, againThere] = await open();
    againThere.abort();
    assert.is(await codeOf(readAll(again)), CLOSE_ABORTED);
    await kept.write(utf8("kept"));
    sameBytes(await readSome(keptThere, 4), utf8("kept"));
    await caller.stop();
    assert.is(await codeOf(readAll(keptThere)), CLOSE_ABORTED);
    assert.is(caller.openHandles, 0);
  });
}

test("a caller that does not answer a code is cut off all the same", async () => {
  const host = await webSocketHost({ peerId: "bob", listen: LISTEN, closeTimeoutMs: 30 });
  const protocol = host.mountStreams("echo");
  const raws = [new RawSocket(host.addresses()[0]), new RawSocket(host.addresses()[0])];
  const streams: Stream[] = [];
  for (const raw of raws) {
    await raw.send(OPENING);
    streams.push(await protocol.acceptStream());
    await raw.message(0);
    raw.socket.pause();
  }
  streams[0].abort();
  while (host.openHandles > 2) await nextMacrotask();
  await host.stop();
  assert.is(host.openHandles, 0);
  for (const { socket, closed } of raws) {
    socket.resume();
    assert.is(await closed, CLOSE_ABORTED);
  }
});

test.run();
