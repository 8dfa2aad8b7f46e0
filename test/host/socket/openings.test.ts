import { readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decode, encode, formatHex, framed, inspect, parseHex, u16 } from "../../../codec/mod.ts";
import type { HostError } from "../../../src/host/error.ts";
import type { PeerInfo } from "../../../src/host/host.ts";
import { Opening, OPENING_BYTES_MAX, OpeningAnswer } from "../../../src/host/connect/handshake.ts";
import { parseSocketAddress } from "../../../src/host/connect/socket-address.ts";
import { SocketHost, socketHost, type SocketHostOptions } from "../../../src/host/socket/host.ts";
import { nextMacrotask } from "../../../src/host/timing/system.ts";
import { root } from "../../../tasks/project.ts";
import { fails, infoOf, readSome, sameBytes, utf8 } from "../pair.ts";

const test = suite("openings of the socket host");

/** `wwh`, version 1, length 17, caller "alice", target "bob", path "echo", one address. */
const OPENING = "77776801 0014 05616c696365 03626f62 046563686f 01 03782f79";

/** A host with an echo, and what a test does with it. */
async function withHost(body: (host: SocketHost, tcp: string) => Promise<void>, options?: Partial<SocketHostOptions>) {
  const host = await socketHost({ peerId: "bob", ...options });
  const protocol = host.mountStreams("echo");
  const serving = (async () => {
    for await (const incoming of protocol) {
      const stream = await incoming.accept();
      void stream.readable.pipeTo(stream.writable).catch(() => {});
    }
  })();
  try {
    await body(host, host.addresses().find((address) => address.startsWith("tcp:"))!);
  } finally {
    await host.stop();
    await serving;
    assert.is(host.openHandles, 0);
  }
}

/** A plain socket that sends bytes; resolves to all that comes back until the other side ends. */
function exchange(tcp: string, bytes: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const parts: Uint8Array[] = [];
    const socket = dial(tcp);
    socket.on("data", (part) => parts.push(part));
    socket.on("error", () => {});
    socket.on("close", () => resolve(Uint8Array.from(parts.flatMap((part) => [...part]))));
    socket.write(bytes);
  });
}

function dial(tcp: string): Socket {
  const address = parseSocketAddress(tcp);
  if (address === null || address.kind === "unix") throw new Error(`"${tcp}" is no address of TCP`);
  return connect({ host: address.host, port: address.port });
}

/** A server that answers every connection in its own way. */
async function withServer(onConnection: (socket: Socket) => void, body: (peer: PeerInfo) => Promise<void>) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  const { port } = server.address() as { port: number };
  try {
    await body({ peerId: "", addresses: [`tcp:127.0.0.1:${port}`] });
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("the bytes of an opening and of its answers", () => {
  const opening = { caller: "alice", target: "bob", path: "echo", addresses: ["x/y"] };
  assert.is(formatHex(encode(Opening, opening)), parsed(OPENING).slice(12));
  assert.equal(decode(Opening, parseHex(parsed(OPENING).slice(12))), opening);
  const answers: [string, OpeningAnswer][] = [
    ["00 03626f62 01 03782f79", { answer: "accepted", peerId: "bob", addresses: ["x/y"] }],
    ["01 07", { answer: "rejected", code: 7 }],
    ["02", { answer: "unknown-protocol" }],
    ["03", { answer: "busy" }],
    ["04 03626f62", { answer: "other-peer", peerId: "bob" }],
  ];
  for (const [hex, answer] of answers) {
    assert.is(formatHex(encode(OpeningAnswer, answer)), parsed(hex));
    assert.equal(decode(OpeningAnswer, parseHex(parsed(hex))), answer);
    assert.is(inspect(OpeningAnswer, parseHex(parsed(hex))).error, undefined);
  }
  assert.throws(() => decode(OpeningAnswer, Uint8Array.of(1, 0)), /code from 1/);
});

test("the documentation shows an opening and its answer as they are", async () => {
  const text = readFileSync(join(root, "docs", "hosts.md"), "utf8");
  const [, request, answer] = /^C>S ([0-9a-f ]+)alice[^]*?^S>C ([0-9a-f ]+)accepted/m.exec(text)!;
  const host = await socketHost({ peerId: "bob", listen: ["tcp:127.0.0.1:0"] });
  const protocol = host.mountStreams("echo");
  const arriving = exchange(host.addresses()[0], parseHex(parsed(request)));
  const stream = await protocol.acceptStream();
  assert.equal(stream.peerInfo, { peerId: "alice", addresses: [] });
  await stream.close();
  // The answer names the address that the host listens on; the documented one has none.
  const bytes = await arriving;
  const said = decode(OpeningAnswer, bytes.subarray(2));
  assert.equal(said, { answer: "accepted", peerId: "bob", addresses: [...host.addresses()] });
  assert.is(
    formatHex(encode(OpeningAnswer, { answer: "accepted", peerId: "bob", addresses: [] })),
    parsed(answer).slice(4),
  );
  await host.stop();
});

test("a caller that speaks the exchange by hand gets its stream", async () => {
  await withHost(async (_host, tcp) => {
    const socket = dial(tcp);
    socket.write(parseHex(parsed(OPENING + utf8Hex("early"))));
    let answer = "";
    await new Promise<void>((resolve) =>
      socket.on("data", (part) => {
        answer += formatHex(part);
        if (answer.endsWith(utf8Hex("early"))) resolve();
      })
    );
    assert.match(answer, /^00[0-9a-f]{2}0003626f6202/);
    socket.destroy();
  });
});

test("the opening may arrive in pieces of one byte", async () => {
  await withHost(async (_host, tcp) => {
    const socket = dial(tcp).setNoDelay(true);
    for (const byte of parseHex(parsed(OPENING))) {
      await new Promise<void>((resolve) => socket.write(Uint8Array.of(byte), () => resolve()));
    }
    const first = await new Promise<Uint8Array>((resolve) => socket.once("data", resolve));
    assert.is(first[2], 0);
    socket.destroy();
  });
});

/** An opening of alice to bob that has these addresses, however long it gets. */
function openingWith(addresses: string[]): Uint8Array {
  const opening = encode(framed(u16, Opening), { caller: "alice", target: "bob", path: "echo", addresses });
  return Uint8Array.from([...parseHex("77776801"), ...opening]);
}

test("garbage is cut off without an answer, and harms nobody else", async () => {
  await withHost(async (host, tcp) => {
    const other = await socketHost({ peerId: "carol" });
    const stream = await other.openStream(infoOf(host), "echo");
    const garbage = [
      utf8("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
      new Uint8Array(100_000).fill(0xff),
      parseHex(parsed("77776802 0014 05616c696365 03626f62 046563686f 01 03782f79")),
      parseHex(parsed(`77776801 ${(OPENING_BYTES_MAX - 5).toString(16).padStart(4, "0")} 05`)),
      openingWith(Array.from({ length: 17 }, () => "a".repeat(250))),
      parseHex(parsed("77776801 0003 ff6162")),
      parseHex(parsed("77776801 0005 00 00 0161 00 00")),
      parseHex(parsed("77776801 0006 01ff 00 0161 00")),
    ];
    for (const bytes of garbage) assert.is((await exchange(tcp, bytes)).length, 0);
    await stream.write(utf8("unharmed"));
    sameBytes(await readSome(stream, 8), utf8("unharmed"));
    await other.stop();
  });
});

test("a caller that says nothing, or too slowly, is cut off", async () => {
  await withHost(async (_host, tcp) => {
    assert.is((await exchange(tcp, new Uint8Array(0))).length, 0);
    assert.is((await exchange(tcp, parseHex("777768"))).length, 0);
  }, { openingTimeoutMs: 30 });
});

test("a program that does not decide is busy", async () => {
  const host = await socketHost({ peerId: "bob", decisionTimeoutMs: 20 });
  const caller = await socketHost({ peerId: "alice", listen: [] });
  const protocol = host.mountStreams("slow");
  const opening = fails(caller.openStream(infoOf(host), "slow"), "busy");
  const incoming = await protocol.nextIncoming();
  await opening;
  await fails(incoming.accept(), "closed");
  await Promise.all([host.stop(), caller.stop()]);
});

test("connections that say nothing give way to others", async () => {
  await withHost(async (host, tcp) => {
    const caller = await socketHost({ peerId: "alice", listen: [] });
    const stream = await caller.openStream(infoOf(host), "echo");
    const silent = exchange(tcp, parseHex("777768"));
    while (host.openHandles < 4) await nextMacrotask();
    const other = await caller.openStream(infoOf(host), "echo");
    assert.is((await silent).length, 0);
    await Promise.all([stream.close(), other.close()]);
    await caller.stop();
  }, { connectionsMax: 2 });
});

test("more connections than allowed are cut off", async () => {
  await withHost(async (host) => {
    const caller = await socketHost({ peerId: "alice", listen: [] });
    const streams = [await caller.openStream(infoOf(host), "echo"), await caller.openStream(infoOf(host), "echo")];
    await fails(caller.openStream(infoOf(host), "echo"), "unreachable");
    await Promise.all(streams.map((stream) => stream.close()));
    await caller.stop();
  }, { connectionsMax: 2 });
});

test("somebody else at the address is not the peer", async () => {
  await withHost(async (host) => {
    const caller = await socketHost({ peerId: "alice", listen: [] });
    const wrong = { peerId: "carol", addresses: host.addresses() };
    const error = await fails(caller.openStream(wrong, "echo"), "unreachable");
    assert.match(String(error.cause), /Not "carol" but "bob" answers/);
    await fails(caller.connect(wrong), "unreachable");
    await caller.stop();
  });
});

test("who is not meant says so, and accepts nothing", async () => {
  const host = await socketHost({ peerId: "bob" });
  const protocol = host.mountStreams("echo");
  const opening = parseHex(parsed(OPENING.replace("03626f62", "03626f63")));
  const answer = await exchange(host.addresses()[0], opening);
  assert.is(formatHex(answer), parsed("0005 04 03626f62"));
  await fails(protocol.nextIncoming({ timeoutMs: 0 }), "timeout");
  await host.stop();
});

test("an acceptor that pretends to be somebody else is not the peer", async () => {
  const caller = await socketHost({ peerId: "alice", listen: [] });
  const answer = parseHex(parsed("0009 00 056d616c6c79 01 00"));
  await withServer((socket) => socket.write(answer), async (peer) => {
    await fails(caller.openStream({ ...peer, peerId: "bob" }, "echo"), "unreachable");
    const stream = await caller.openStream(peer, "echo");
    assert.is(stream.peerInfo.peerId, "mally");
  });
  await caller.stop();
});

test("servers that speak something else, too much, or nothing, do not get through", async () => {
  const caller = await socketHost({ peerId: "alice", listen: [] });
  const answers = [utf8("220 smtp.example.org ESMTP\r\n"), parseHex("ffff00"), parseHex(parsed("0002 01 00"))];
  for (const bytes of answers) {
    await withServer((socket) => socket.write(bytes), async (peer) => {
      await fails(caller.openStream(peer, "echo"), "unreachable");
    });
  }
  await withServer((socket) => socket.end(), async (peer) => {
    await fails(caller.openStream(peer, "echo"), "unreachable");
  });
  await withServer(() => {}, async (peer) => {
    await fails(caller.openStream(peer, "echo", { timeoutMs: 30 }), "timeout");
    await fails(caller.openStream(peer, "echo", { signal: AbortSignal.timeout(30) }), "aborted");
  });
  for (let turns = 0; caller.openHandles > 0 && turns < 1000; turns++) await nextMacrotask();
  assert.is(caller.openHandles, 0);
  await caller.stop();
});

test("addresses are tried in their order until the peer is found", async () => {
  await withHost(async (host, tcp) => {
    const caller = await socketHost({ peerId: "alice", listen: [] });
    const addresses = ["/ip4/127.0.0.1/tcp/1", "tcp:127.0.0.1:1", "unix:/does/not/exist", "udp:127.0.0.1:1", tcp];
    const stream = await caller.openStream({ peerId: "bob", addresses }, "echo");
    assert.is(stream.peerInfo.addresses?.[0], tcp);
    await caller.connect({ peerId: host.peerId });
    const lost = { peerId: "bob", addresses: addresses.slice(0, -1) };
    assert.instance((await fails(caller.openStream(lost, "echo"), "unreachable")).cause, Array);
    await caller.stop();
  });
});

test("both sides learn where the other one listens, on all interfaces too", async () => {
  const [a, b] = [
    await socketHost({ peerId: "alice", listen: ["tcp:0.0.0.0:0"] }),
    await socketHost({ peerId: "bob", listen: ["tcp:0.0.0.0:0", "udp:127.0.0.1:0"] }),
  ];
  const portOf = (host: SocketHost) => host.addresses()[0].split(":")[2];
  const [atA, atB] = [a.mountStreams("test"), b.mountStreams("test")];
  const where = { peerId: "", addresses: [`tcp:127.0.0.1:${portOf(b)}`] };
  const [here, there] = await Promise.all([a.openStream(where, "test"), atB.acceptStream()]);
  assert.equal(there.peerInfo, { peerId: "alice", addresses: [`tcp:127.0.0.1:${portOf(a)}`] });
  assert.equal(here.peerInfo.addresses, [`tcp:127.0.0.1:${portOf(b)}`, b.addresses()[1]]);
  await Promise.all([b.openStream(there.peerInfo, "test"), atA.acceptStream()]);
  await Promise.all([a.stop(), b.stop()]);
});

test("a host listens where it can, or not at all", async () => {
  const first = await socketHost({ peerId: "first", listen: ["tcp:127.0.0.1:0"] });
  const second = new SocketHost({ peerId: "second", listen: ["tcp:127.0.0.1:0", ...first.addresses()] });
  const protocol = second.mountStreams("test");
  await fails(second.start(), "address");
  assert.is(second.openHandles, 0);
  await first.stop();
  await second.start();
  await Promise.all([
    protocol.openStream({ peerId: "second", addresses: second.addresses() }),
    protocol.acceptStream(),
  ]);
  assert.is(second.addresses().length, 2);
  await second.stop();
  for (const text of ["tcp:127.0.0.1", "tcp:127.0.0.1:70000", "http://x", "", "udp:::1:5", "unix:"]) {
    await fails(socketHost({ peerId: "x", listen: [text] }), "address");
  }
  await fails(socketHost({ peerId: "x", listen: ["udp:127.0.0.1:0", "udp:127.0.0.1:0"] }), "address");
  await fails(socketHost({ peerId: "x", listen: ["udp:localhost:0"] }), "address");
});

test("closing waits for a reader, but not for ever", async () => {
  const [a, b] = [await socketHost({ peerId: "alice", closeTimeoutMs: 30 }), await socketHost({ peerId: "bob" })];
  const protocol = b.mountStreams("test");
  const [here, there] = await Promise.all([a.openStream(infoOf(b), "test"), protocol.acceptStream()]);
  const writing = fails(here.write(new Uint8Array(32 * 1024 * 1024)), "closed");
  await here.close();
  await writing;
  // What had arrived can be read; whether an end or a reset comes then, Node cannot tell while bytes are unread.
  let arrived = 0;
  const buf = new Uint8Array(65536);
  const readOn = () =>
    there.read(buf).catch((error: HostError) => error.code === "reset" ? null : Promise.reject(error));
  for (let count = await readOn(); count !== null; count = await readOn()) arrived += count;
  assert.ok(arrived < 32 * 1024 * 1024);
  await Promise.all([a.stop(), b.stop()]);
});

test("a caller that does not go when it is refused is cut off", async () => {
  await withHost(async (host, tcp) => {
    const opening = parseHex(parsed(OPENING.replace("046563686f", "046563686e")));
    const before = host.openHandles;
    const address = parseSocketAddress(tcp) as { host: string; port: number };
    const silent = connect({ ...address, allowHalfOpen: true });
    silent.on("error", () => {}).resume().write(opening);
    await new Promise((resolve) => silent.once("end", resolve));
    assert.is(host.openHandles, before + 1);
    for (const startMs = host.clock.now(); host.openHandles > before && host.clock.now() < startMs + 5000;) {
      await nextMacrotask();
    }
    assert.is(host.openHandles, before);
    silent.destroy();
  }, { closeTimeoutMs: 50 });
});

test("a caller that goes on sending when it is refused is cut off", async () => {
  await withHost(async (_host, tcp) => {
    const address = parseSocketAddress(tcp) as { host: string; port: number };
    const flood = connect({ ...address, allowHalfOpen: true }).on("error", () => {}).resume();
    flood.write(parseHex(parsed(OPENING.replace("046563686f", "046563686e"))));
    const piece = new Uint8Array(65536);
    const pour = () => {
      while (!flood.destroyed && flood.write(piece));
    };
    flood.on("drain", pour);
    pour();
    await new Promise((resolve) => flood.once("close", resolve));
    // What the two sockets buffer, and a mebibyte that is read and dropped.
    assert.ok(flood.bytesWritten < 32 * 1024 * 1024, `${flood.bytesWritten} bytes were sent`);
  });
});

test("starting and stopping take turns", async () => {
  const host = new SocketHost({ peerId: "busy" });
  assert.is(host.openHandles, 0);
  await Promise.all([host.start(), host.start(), host.stop(), host.start()]);
  assert.is(host.openHandles, 2);
  await Promise.all([host.stop(), host.stop()]);
  assert.is(host.openHandles, 0);
});

function parsed(hex: string): string {
  return hex.replaceAll(" ", "");
}

function utf8Hex(text: string): string {
  return formatHex(utf8(text));
}

test.run();
