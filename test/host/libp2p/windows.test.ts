import type { Connection, Stream } from "@libp2p/interface";
import { connect, createServer, type Socket } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseSocketAddress } from "../../../src/host/connect/mod.ts";
import { libp2pHost } from "../../../src/host/libp2p/host.ts";
import { WINDOW_BYTES_MAX, WINDOW_BYTES_MOST, WindowBudget } from "../../../src/host/libp2p/windows.ts";
import { Identity } from "../../../src/identity/mod.ts";
import { MIB, readSome } from "../pair.ts";

const test = suite("windows of the libp2p host");

/** A stream of yamux, as far as windows go: its reader keeps up, so that its window doubles up to what it may have. */
class FakeStream extends EventTarget {
  recvWindow = MIB / 4;
  maxStreamWindowSize = WINDOW_BYTES_MAX;
  readonly #roundTripMs: number;

  constructor(roundTripMs = 100) {
    super();
    this.#roundTripMs = roundTripMs;
  }

  getRTT(): number {
    return this.#roundTripMs;
  }

  /** Lets so many messages come. */
  receive(count = 1): number {
    for (let index = 0; index < count; index++) {
      this.dispatchEvent(new Event("message"));
      this.recvWindow = Math.min(2 * this.recvWindow, this.maxStreamWindowSize);
    }
    return this.recvWindow / MIB;
  }

  end(): void {
    this.dispatchEvent(new Event("close"));
  }
}

/** Streams of a connection. */
function opened(
  budget: WindowBudget,
  count: number,
  roundTripMs?: number,
  connection = {} as Connection,
): FakeStream[] {
  return Array.from({ length: count }, () => {
    const stream = new FakeStream(roundTripMs);
    budget.grow(stream as unknown as Stream, connection);
    return stream;
  });
}

test("a window grows while its reader keeps up, and its memory is given back", () => {
  const budget = new WindowBudget(() => true);
  const [stream] = opened(budget, 1);
  assert.equal([stream.receive(), stream.receive(), stream.receive(), stream.receive()], [0.5, 1, 2, 4]);
  assert.is(stream.receive(20), WINDOW_BYTES_MOST / MIB);
  assert.is(budget.bytes, WINDOW_BYTES_MOST - WINDOW_BYTES_MAX);
  stream.end();
  assert.is(budget.bytes, 0);
});

test("over a short way, and before it is known, no window needs more", () => {
  const budget = new WindowBudget(() => true);
  for (const roundTripMs of [-1, 0, 4]) assert.is(opened(budget, 1, roundTripMs)[0].receive(20), 1);
  assert.is(budget.bytes, 0);
});

test("streams of one connection share its room, and connections that of the host", () => {
  const budget = new WindowBudget(() => true);
  const streams = opened(budget, 8);
  for (let round = 0; round < 10; round++) for (const stream of streams) stream.receive();
  assert.is(budget.bytes, 32 * MIB);
  const others = Array.from({ length: 16 }, () => opened(budget, 1)[0]);
  for (const stream of others) stream.receive(20);
  assert.ok(budget.bytes <= 128 * MIB && budget.bytes > 112 * MIB, `${budget.bytes} bytes`);
  for (const stream of [...streams, ...others]) stream.end();
  assert.is(budget.bytes, 0);
  assert.is(opened(budget, 1)[0].receive(20), 16);
});

test("strangers take no room of known peers", () => {
  const known = new Set<Connection>();
  const budget = new WindowBudget((connection) => known.has(connection));
  for (let count = 0; count < 100; count++) opened(budget, 1)[0].receive(20);
  assert.ok(budget.bytes <= 32 * MIB, `${budget.bytes} bytes`);
  for (let count = 0; count < 6; count++) {
    const connection = {} as Connection;
    known.add(connection);
    assert.is(opened(budget, 1, 100, connection)[0].receive(20), 16);
  }
});

/** Passes bytes on after some time, in their order. */
function late(from: Socket, to: Socket, delayMs: number): void {
  from.on("data", (piece) => void setTimeout(() => to.write(piece), delayMs))
    .on("error", () => {})
    .on("close", () => to.destroy());
}

test("over a distance, more than a mebibyte is on its way", async () => {
  await using there = await libp2pHost({ identity: Identity.generate() });
  const { port } = parseSocketAddress(there.addresses()[0]) as { port: number };
  const server = createServer((socket) => {
    const on = connect({ host: "127.0.0.1", port });
    late(socket, on, 20);
    late(on, socket, 20);
  });
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  const at = server.address() as { port: number };
  {
    await using here = await libp2pHost({ identity: Identity.generate(), listen: [] });
    const mount = there.mountStreams("test");
    const peer = { peerId: there.peerId, addresses: [`tcp:127.0.0.1:${at.port}`] };
    const [stream, other] = await Promise.all([here.openStream(peer, "test"), mount.acceptStream()]);
    const total = 24 * MIB;
    let written = 0;
    let read = 0;
    let onItsWay = 0;
    const writing = (async () => {
      const piece = new Uint8Array(65536);
      for (; written < total; written += piece.length) await other.write(piece);
    })();
    for (; read < total; read += 65536) {
      await readSome(stream, 65536);
      onItsWay = Math.max(onItsWay, written - read);
    }
    await writing;
    assert.ok(onItsWay > 2 * WINDOW_BYTES_MAX, `At most ${onItsWay} bytes were on their way`);
  }
  await new Promise((resolve) => server.close(resolve));
});

test.run();
