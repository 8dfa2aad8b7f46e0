import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { HostStream, type Transport } from "../../src/host/streams/host-stream.ts";
import { HOST_ERROR_CODES, HostError, type HostErrorCode } from "../../src/host/error.ts";
import { AsyncQueue } from "../../src/host/streams/async-queue.ts";
import { SocketTransport } from "../../src/host/socket/transport.ts";
import { SlotTable } from "../../src/host/connect/slots.ts";
import { ReceiveQueue } from "../../src/host/streams/receive-queue.ts";
import { SeededRandom } from "../../src/host/sim/random.ts";
import {
  formatSocketAddress,
  formatTlsAddress,
  parseSocketAddress,
  parseTlsAddress,
  reachableAddress,
} from "../../src/host/connect/socket-address.ts";
import { AddressBook } from "../../src/host/connect/address-book.ts";
import { systemClock } from "../../src/host/timing/system.ts";
import { WebSocketListener } from "../../src/host/websocket/server.ts";
import { wait } from "../../src/host/timing/wait.ts";
import { root } from "../../tasks/project.ts";
import { seed } from "../codec/seed.ts";
import { fails, pattern, sameBytes, utf8 } from "./pair.ts";

const test = suite("parts of hosts");

test("the receive queue gives back what it got, for pieces and buffers of any size", () => {
  console.log(`  WARPWIRE_SEED=${seed}`);
  const random = new SeededRandom(seed);
  const size = (max: number) => Math.floor(max ** random.next());
  for (let round = 0; round < 200; round++) {
    const queue = new ReceiveQueue();
    const expected: number[] = [];
    for (let step = 0; step < 100; step++) {
      if (random.chance(0.6)) {
        const piece = random.bytes(size(1500) - 1);
        expected.push(...piece);
        queue.push(piece);
      } else if (random.chance(0.2)) {
        const piece = queue.takePiece();
        assert.equal([...piece ?? []], expected.splice(0, piece?.length ?? 0));
      } else {
        const target = new Uint8Array(size(3000));
        const count = queue.take(target);
        assert.is(count, Math.min(target.length, expected.length));
        assert.equal([...target.subarray(0, count)], expected.splice(0, count));
      }
      assert.is(queue.length, expected.length);
    }
  }
});

test("a piece that was handed out does not change any more", () => {
  const queue = new ReceiveQueue();
  for (const text of ["first", "second", "third"]) queue.push(utf8(text));
  const pieces = [queue.takePiece()!, queue.takePiece()!];
  const before = pieces.map((piece) => piece.slice());
  for (const text of ["fourth", "fifth", "sixth"]) queue.push(utf8(text));
  pieces.forEach((piece, index) => sameBytes(piece, before[index]));
  assert.is(queue.length, 16);
});

test("copies in the receive queue use their memory again, and that of a piece that was handed out never", () => {
  console.log(`  WARPWIRE_SEED=${seed}`);
  const random = new SeededRandom(seed);
  const lent = new Uint8Array(200_000);
  // Two queues, because they share the memory.
  const queues = [0, 1].map(() => ({ queue: new ReceiveQueue(), put: 0, got: 0 }));
  const handedOut: { piece: Uint8Array; copy: Uint8Array }[] = [];
  const ramp = (count: number, start: number) =>
    Uint8Array.from({ length: count }, (_, index) => (start + index) * 0x9e3779b1 >>> 20);
  const same = (bytes: Uint8Array, expected: Uint8Array) =>
    assert.is(bytes.findIndex((byte, index) => byte !== expected[index]), -1);
  for (let step = 0; step < 1000; step++) {
    const one = queues[step % 2];
    if (random.chance(0.5)) {
      const piece = lent.subarray(0, Math.floor(lent.length ** random.next()));
      piece.set(ramp(piece.length, one.put));
      if (random.chance(0.3)) one.queue.pushWhole(piece.slice());
      else one.queue.pushCopy(piece);
      one.put += piece.length;
      piece.fill(0);
    } else if (random.chance(0.1)) {
      const piece = one.queue.takePiece() ?? new Uint8Array(0);
      same(piece, ramp(piece.length, one.got));
      one.got += piece.length;
      handedOut.push({ piece, copy: piece.slice() });
    } else {
      const target = new Uint8Array(random.chance(0.5) ? 100_000 : 1000);
      const count = one.queue.take(target);
      same(target.subarray(0, count), ramp(count, one.got));
      one.got += count;
    }
    assert.is(one.queue.length, one.put - one.got);
  }
  for (const { piece, copy } of handedOut) same(piece, copy);
});

test("the memory of a piece that is alone in it is let go of when it is read, and not when it is handed out", () => {
  // Node 20 cannot do it.
  const gone = "transfer" in ArrayBuffer.prototype ? 0 : 1000;
  const queue = new ReceiveQueue();
  const pieces = [1, 2, 3].map(() => new Uint8Array(1000));
  for (const piece of pieces) queue.pushWhole(piece);
  assert.is(queue.take(new Uint8Array(1500)), 1500);
  assert.equal(pieces.map(({ length }) => length), [gone, 1000, 1000]);
  assert.is(queue.take(new Uint8Array(500)), 500);
  assert.is(queue.takePiece()!.length, 1000);
  assert.equal(pieces.map(({ length }) => length), [gone, gone, 1000]);
});

test("a hundred thousand bytes one by one cost little more than their number", () => {
  const queue = new ReceiveQueue();
  for (let count = 0; count < 100_000; count++) queue.push(Uint8Array.of(count));
  let pieces = 0;
  let memory = 0;
  for (let piece = queue.takePiece(); piece !== null; piece = queue.takePiece()) {
    pieces += 1;
    memory += piece.buffer.byteLength;
  }
  assert.ok(pieces < 50 && memory < 150_000, `${pieces} pieces, ${memory} bytes`);
});

test("a mailbox hands things out in order, and counts what they cost", async () => {
  const mailbox = new AsyncQueue<string>(systemClock, "Waiting", (text) => text.length);
  mailbox.put("three");
  mailbox.put("four");
  mailbox.withdraw("nothing of the kind");
  assert.is(mailbox.cost, 9);
  assert.is(await mailbox.next({}), "three");
  mailbox.withdraw("four");
  assert.is(mailbox.cost, 0);
  const [first, second] = [mailbox.next({}), mailbox.next({})];
  assert.ok(mailbox.awaited);
  mailbox.put("a");
  mailbox.put("b");
  assert.equal([await first, await second], ["a", "b"]);
  mailbox.put("rest");
  assert.equal(mailbox.close(new HostError("closed", "Over")), ["rest"]);
  await fails(mailbox.next({}), "closed");
  assert.is(mailbox.cost, 0);
});

test("nothing begins that was given up before", async () => {
  let begun = false;
  const waiting = wait(systemClock, "Waiting", { signal: AbortSignal.abort() }, () => {
    begun = true;
    return () => {};
  });
  waiting.catch(() => {});
  assert.is(begun, false);
  await fails(waiting, "aborted");
});

test("the clock's timers take as long as they should, also below a millisecond", async () => {
  const startMs = systemClock.now();
  // Which of two comes first if both are late is not said.
  const end = (delayMs: number) =>
    new Promise<number>((resolve) => systemClock.setTimer(delayMs, () => resolve(systemClock.now() - startMs)));
  let cleared = true;
  systemClock.setTimer(0.1, () => cleared = false).clear();
  const [shortMs, longMs] = await Promise.all([end(0.2), end(5)]);
  assert.ok(shortMs >= 0.19, `${shortMs}`);
  assert.ok(longMs >= 4, `${longMs}`);
  assert.ok(cleared);
});

test("waiting lets go of signal and timer however it ends", async () => {
  const controller = new AbortController();
  let listeners = 0;
  const { signal } = controller;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...args);
  };
  let timers = 0;
  const clock = {
    now: () => 0,
    setTimer: () => {
      timers += 1;
      return { clear: () => void (timers -= 1) };
    },
  };
  const options = { signal, timeoutMs: 1000 };
  const gaveUp: string[] = [];
  const later: { resolve: (value: number) => void; reject: (error: unknown) => void }[] = [];
  const begin = () =>
    wait<number>(clock, "Waiting", options, (settle) => {
      later.push(settle);
      return ({ code }) => gaveUp.push(code);
    });
  const [resolved, rejected, aborted] = [begin(), begin(), begin()];
  assert.equal([listeners, timers], [3, 3]);
  later[0].resolve(1);
  later[1].reject(new Error("No"));
  assert.is(await resolved, 1);
  assert.is(await rejected.catch((error) => error.message), "No");
  controller.abort();
  await fails(aborted, "aborted");
  later[2].resolve(3);
  assert.is(await wait(clock, "Waiting", { timeoutMs: 5 }, ({ resolve }) => (resolve(4), () => {})), 4);
  assert.equal([listeners, timers], [0, 0]);
  assert.equal(gaveUp, ["aborted"]);
});

test("what arrived before a stream broke can be read, then comes the error", async () => {
  const taken: number[] = [];
  const transport: Transport = {
    write: (bytes) => Promise.resolve(bytes.length),
    close: () => Promise.resolve(),
    abort: () => {},
    taken: (count) => taken.push(count),
  };
  const stream = new HostStream(systemClock, { peerId: "x" }, transport);
  assert.is(stream.receive(pattern(10)), 10);
  stream.receiveReset(new Error("Unplugged"));
  assert.is(await stream.read(new Uint8Array(6)), 6);
  assert.is(await stream.read(new Uint8Array(6)), 4);
  const error = await fails(stream.read(new Uint8Array(6)), "reset");
  assert.is((error.cause as Error).message, "Unplugged");
  await fails(stream.write(utf8("x")), "reset");
  assert.equal(taken, [6, 4]);
  await stream.close();
  assert.is(stream.receive(pattern(10)), 0);
});

test("a read gathers large pieces that come in one turn, and whatever happens, none is lost", async () => {
  const { close, abort, write } = { close: () => Promise.resolve(), abort() {}, write: () => Promise.resolve(0) };
  const begin = (length: number) => {
    const stream = new HostStream(systemClock, { peerId: "x" }, {
      close,
      abort,
      write,
      taken() {},
      comesInTurns: true,
    });
    const target = new Uint8Array(length);
    const leaving = new AbortController();
    return { stream, target, leaving, read: stream.read(target, { signal: leaving.signal }) };
  };
  const large = pattern(10_000, 1);
  const inTurn = begin(30_000);
  for (let count = 0; count < 2; count++) inTurn.stream.receive(large.slice());
  assert.is(await inTurn.read, 20_000);
  sameBytes(inTurn.target.subarray(10_000, 20_000), large);
  // What fills the buffer, or is small, ends it at once.
  const full = begin(15_000);
  for (let count = 0; count < 2; count++) full.stream.receive(large.slice(), "lent");
  assert.is(await full.read, 15_000);
  assert.is(await full.stream.read(full.target), 5000);
  sameBytes(full.target.subarray(0, 5000), large.subarray(5000));
  const small = begin(30_000);
  small.stream.receive(large.slice());
  small.stream.receive(utf8("end"));
  small.stream.receive(utf8("next"));
  assert.is(await small.read, 10_003);
  assert.is(await small.stream.read(small.target), 4);
  // Ends, breaks, and readers that give up.
  for (const end of ["receiveEnd", "receiveReset"] as const) {
    const { stream, target, read } = begin(30_000);
    stream.receive(large.slice());
    stream[end]();
    assert.is(await read, 10_000);
    if (end === "receiveEnd") assert.is(await stream.read(target), null);
    else await fails(stream.read(target), "reset");
  }
  const left = begin(30_000);
  left.stream.receive(large.slice());
  const seen = left.stream.peek();
  left.leaving.abort();
  await fails(left.read, "aborted");
  sameBytes((await seen)!, large);
  assert.is(await left.stream.read(left.target), 10_000);
  const closed = begin(30_000);
  closed.stream.receive(large.slice());
  void closed.stream.close();
  await fails(closed.read, "closed");
});

test("a stream that the other side has ended closes although its socket is gone", async () => {
  const socket = new Socket({ allowHalfOpen: true });
  const transport = SocketTransport.over(socket, { carrier: socket, paused: socket }, systemClock, 50);
  const stream = new HostStream(systemClock, { peerId: "peer" }, transport);
  transport.attach(stream);
  socket.push(null);
  assert.is(await stream.read(new Uint8Array(1)), null);
  const gone = new Promise((resolve) => socket.once("close", resolve));
  socket.destroy();
  await gone;
  await wait(systemClock, "Closing", { timeoutMs: 1000 }, (settle) => {
    stream.close().then(settle.resolve);
    return () => {};
  });
});

test("addresses of sockets are read and written", () => {
  for (
    const text of ["tcp:127.0.0.1:80", "udp:[::1]:65535", "tcp:example.org:0", "unix:/a b:c", "tcp:[fe80::1%eth0]:1"]
  ) {
    assert.is(formatSocketAddress(parseSocketAddress(text)!), text);
  }
  assert.equal(parseSocketAddress("udp:[::1]:7"), { kind: "udp", host: "::1", port: 7 });
  const none = ["", "tcp:", "tcp:1.2.3.4", "tcp::5", "tcp:1.2.3.4:", "tcp:1.2.3.4:65536", "tcp:1.2.3.4:-1", "unix:"];
  none.push(
    "TCP:1.2.3.4:5",
    "udp:a b:5",
    "tcp:[::1:5",
    "tcp:::1:5",
    "unix:a\0b",
    `tcp:${"x".repeat(300)}:5`,
    "memory:x",
  );
  for (const text of none) assert.is(parseSocketAddress(text), null, text);
  assert.is(reachableAddress("tcp:0.0.0.0:5", "10.0.0.9"), "tcp:10.0.0.9:5");
  assert.is(reachableAddress("udp:[::]:5", "fe80::9"), "udp:[fe80::9]:5");
  for (const text of ["tcp:10.0.0.1:5", "unix:/x", "anything"]) assert.is(reachableAddress(text, "10.0.0.9"), text);
  assert.is(reachableAddress("tcp:0.0.0.0:5", undefined), "tcp:0.0.0.0:5");
  for (const text of ["tls:127.0.0.1:80", "tls:[::1]:65535"]) assert.is(formatTlsAddress(parseTlsAddress(text)!), text);
  for (const text of ["tcp:127.0.0.1:80", "tls:127.0.0.1", "tls:unix:/x"]) assert.is(parseTlsAddress(text), null, text);
  assert.is(reachableAddress("tls:[::]:5", "fe80::9"), "tls:[fe80::9]:5");
});

test("the address book remembers so many peers, and given addresses come first", () => {
  const book = new AddressBook();
  for (let number = 0; number < 2000; number++) book.keep({ peerId: `peer ${number}`, addresses: [`tcp:${number}`] });
  assert.equal(book.addressesOf({ peerId: "peer 0" }), []);
  assert.equal(book.addressesOf({ peerId: "peer 1999" }), ["tcp:1999"]);
  assert.equal(book.addressesOf({ peerId: "peer 1999", addresses: ["tcp:x"] }), ["tcp:x"]);
  book.keep({ peerId: "peer 1999" });
  book.keep({ peerId: "", addresses: ["tcp:y"] });
  assert.equal(book.addressesOf({ peerId: "peer 1999", addresses: [] }), ["tcp:1999"]);
  assert.equal(book.addressesOf({ peerId: "" }), []);
  book.keep({ peerId: "many", addresses: Array.from({ length: 20 }, (_, number) => `tcp:${number}`) });
  assert.is(book.addressesOf({ peerId: "many" }).length, 8);
});

test("pings of somebody who does not read the answers are passed over", () => {
  let ping = () => {};
  let pongs = 0;
  const webSocket = { bufferedAmount: 0, on: (event: string, run: () => void) => event === "ping" && (ping = run) };
  class Server {
    handleUpgrade(_request: unknown, _socket: unknown, _head: unknown, done: (found: unknown) => void) {
      done(Object.assign(webSocket, { pong: () => pongs++ }));
    }
  }
  const plan = { clock: systemClock, openingTimeoutMs: 1000, slots: new SlotTable(2), accept: () => {} };
  const [server, socket] = [new EventEmitter(), new EventEmitter()];
  new WebSocketListener(Server as never, "/", plan as never).attach(server as never);
  server.emit("upgrade", { url: "/", headers: {}, socket: {} }, socket, new Uint8Array());
  for (const bufferedAmount of [0, 100, 1_000_000, 0]) {
    webSocket.bufferedAmount = bufferedAmount;
    ping();
  }
  assert.is(pongs, 3);
  socket.emit("close");
});

test("the documentation lists the codes, each with its meaning", () => {
  const text = readFileSync(join(root, "docs", "hosts.md"), "utf8");
  const section = text.slice(text.indexOf("## Errors"), text.indexOf("## The memory host"));
  const rows = [...section.matchAll(/^\| `([a-z-]+)` *\| (.*?) *\|$/gm)].map(([, code, meaning]) => [code, meaning]);
  assert.equal(rows.map(([code]) => code), Object.keys(HOST_ERROR_CODES));
  for (const [code, meaning] of rows) {
    assert.ok(meaning.startsWith(HOST_ERROR_CODES[code as HostErrorCode]), `${code}: ${meaning}`);
  }
});

test.run();
