import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket as WsWebSocket } from "ws";
import { decode, encode, formatHex, parseHex } from "../../../codec/mod.ts";
import { OpeningAnswer } from "../../../src/host/connect/handshake.ts";
import { nextMacrotask } from "../../../src/host/timing/system.ts";
import { reachableWebSocketAddress } from "../../../src/host/connect/socket-address.ts";
import {
  CLOSE_ABORTED,
  CLOSE_END,
  MESSAGE_BYTES_MAX,
  PART_BYTES_MAX,
  StreamMessage,
  SUBPROTOCOL,
  WINDOW_BYTES,
} from "../../../src/host/websocket/transport.ts";
import { loadWs, WebSocketHost, webSocketHost, type WebSocketHostOptions } from "../../../src/host/websocket/host.ts";
import { CLASSES, LISTEN, OPENING, RawSocket, withServer } from "./raw-socket.ts";
import { root } from "../../../tasks/project.ts";
import { seed } from "../../codec/seed.ts";
import { fails, infoOf, pattern, readAll, readSome, sameBytes, utf8 } from "../pair.ts";

const test = suite("openings of the WebSocket host");

/** A host with an echo, and what a test does with it; afterwards it must hold nothing. */
async function withHost(
  body: (host: WebSocketHost, address: URL) => Promise<void>,
  options?: Partial<WebSocketHostOptions>,
) {
  const host = await webSocketHost({ peerId: "bob", listen: LISTEN, ...options });
  const protocol = host.mountStreams("echo");
  const serving = (async () => {
    for await (const incoming of protocol) {
      // Callers may have broken off by now.
      const stream = await incoming.accept().catch(() => null);
      void stream?.readable.pipeTo(stream.writable).catch(() => {});
    }
  })();
  try {
    await body(host, new URL(host.addresses()[0]));
  } finally {
    await host.stop();
    await serving;
    assert.is(host.openHandles, 0);
  }
}

/** A plain connection that sends text, and bytes once there is an answer; resolves to all that comes back. */
function exchange(address: URL, text: string, bytes?: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = dial(address);
    socket.on("data", (part) => {
      if (answer === "" && bytes !== undefined) socket.write(bytes);
      answer += part;
    });
    socket.on("close", () => resolve(answer));
    socket.write(text);
  });
}

function dial({ port }: URL): Socket {
  return connect({ host: "127.0.0.1", port: Number(port) }).on("error", () => {});
}

/** The status with which an attempt to become a WebSocket is refused. */
function refusal(address: URL | string, options: { origin?: string; protocols?: string[] } = {}): Promise<number> {
  return new Promise((resolve) => {
    const { socket } = new RawSocket(address, options);
    socket.on("open", () => {
      resolve(101);
      socket.terminate();
    });
    socket.on("unexpected-response", (request, response) => {
      resolve(response.statusCode ?? 0);
      response.resume();
      request.destroy();
    });
  });
}

test("the bytes of messages", () => {
  const messages: [string, StreamMessage][] = [
    ["00616263", { kind: "data", bytes: utf8("abc") }],
    ["00", { kind: "data", bytes: new Uint8Array(0) }],
    ["0100040000", { kind: "credit", count: 262144 }],
  ];
  for (const [hex, message] of messages) {
    assert.is(formatHex(encode(StreamMessage, message)), hex);
    assert.equal(decode(StreamMessage, parseHex(hex)), message);
  }
});

test("the documentation shows messages as they are", async () => {
  const text = readFileSync(join(root, "docs", "hosts.md"), "utf8");
  const hexOf = (pattern: RegExp) => pattern.exec(text)![1].replaceAll(" ", "");
  const request = hexOf(/^C>S ([0-9a-f ]+?) +the opening/m);
  assert.is(request, formatHex(OPENING));
  const answer = parseHex(hexOf(/^S>C ([0-9a-f ]+?) +its answer/m));
  assert.equal(decode(OpeningAnswer, answer.subarray(3)), { answer: "accepted", peerId: "bob", addresses: [] });
  assert.ok(text.includes(`\`${SUBPROTOCOL}\``));
  await withHost(async (_host, address) => {
    const raw = new RawSocket(address);
    await raw.send(parseHex(request), parseHex(hexOf(/^C>S ([0-9a-f ]+?) +a stream/m)));
    assert.match(await raw.message(0), /^00[0-9a-f]{4}0003626f62/);
    assert.is(await raw.message(1), hexOf(/^S>C ([0-9a-f ]+?) +comes back/m));
    raw.socket.close(CLOSE_END);
    assert.is(await raw.closed, CLOSE_END);
  });
});

test("what is no WebSocket of ours is refused with a status", async () => {
  await withHost(async (_host, address) => {
    assert.match(await exchange(address, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), /^HTTP\/1\.1 426 /);
    assert.match(await exchange(address, "\0\x01\x02garbage\r\n\r\n"), /^HTTP\/1\.1 400 /);
    assert.is(await refusal(address, { protocols: [] }), 400);
    assert.is(await refusal(address, { protocols: ["chat", "warpwire.stream.2"] }), 400);
    assert.is(await refusal(address, { protocols: ["chat", SUBPROTOCOL] }), 101);
    assert.is(await refusal(new URL("/other", address)), 404);
    assert.is(await refusal(new URL("/?query", address)), 404);
  });
});

test("web pages connect only when their origin may", async () => {
  await withHost(async (_host, address) => {
    assert.is(await refusal(address, { origin: "https://evil.example" }), 403);
    assert.is(await refusal(address, { origin: "null" }), 403);
    assert.is(await refusal(address), 101);
  });
  await withHost(async (_host, address) => {
    assert.is(await refusal(address, { origin: "https://good.example" }), 101);
    assert.is(await refusal(address, { origin: "https://good.example.evil.example" }), 403);
  }, { origins: ["https://good.example"] });
  await withHost(async (_host, address) => {
    assert.is(await refusal(address, { origin: "https://any.example" }), 101);
  }, { origins: ["*"] });
});

test("whoever breaks the sub-protocol is cut off, and harms nobody else", async () => {
  await withHost(async (host, address) => {
    await using other = await webSocketHost({ peerId: "carol" });
    const stream = await other.openStream(infoOf(host), "echo");
    const data = (bytes: Uint8Array) => encode(StreamMessage, { kind: "data", bytes });
    const garbage: (Uint8Array | string)[][] = [
      ["text"],
      [new Uint8Array(0)],
      [Uint8Array.of(2)],
      [Uint8Array.of(1, 0, 0, 1)],
      [Uint8Array.of(1, 0, 0, 0, 1)],
      [OPENING, encode(StreamMessage, { kind: "credit", count: 0xffffffff })],
      [data(utf8("GET / HTTP/1.1\r\n\r\n"))],
      [data(new Uint8Array(PART_BYTES_MAX).fill(0xff))],
      [data(parseHex("77776801" + "ffff"))],
    ];
    for (const messages of garbage) {
      const raw = new RawSocket(address);
      await raw.send(...messages);
      assert.not.equal(await raw.closed, CLOSE_END, String(messages[0].slice(0, 8)));
    }
    await stream.write(utf8("unharmed"));
    sameBytes(await readSome(stream, 8), utf8("unharmed"));
  });
});

test("random frames and messages are cut off, and harm nobody else", async () => {
  console.log(`  WARPWIRE_SEED=${seed}`);
  const upgrade = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${
      "A".repeat(22)
    }==\r\nSec-WebSocket-Protocol: ${SUBPROTOCOL}\r\n\r\n`;
  await withHost(async (host, address) => {
    await using other = await webSocketHost({ peerId: "carol" });
    const stream = await other.openStream(infoOf(host), "echo");
    const held = host.openHandles;
    for (let round = 0; round < 40; round++) {
      const bytes = pattern(1 + (seed + round >>> 0) % 500, seed + round);
      const frames = exchange(address, upgrade, bytes);
      const raw = new RawSocket(address);
      await raw.send(...round % 2 === 0 ? [OPENING] : [], bytes);
      assert.match(await frames, /^HTTP\/1\.1 101 /, `round ${round}`);
      raw.socket.terminate();
      await raw.closed;
      await stream.write(bytes);
      sameBytes(await readSome(stream, bytes.length), bytes);
    }
    for (let turns = 0; host.openHandles > held && turns < 1000; turns++) await nextMacrotask();
    assert.is(host.openHandles, held);
  }, { openingTimeoutMs: 100 });
});

test("messages are limited, and so is what comes without being asked for", async () => {
  await using host = await webSocketHost({ peerId: "bob", listen: LISTEN });
  const protocol = host.mountStreams("echo");
  const open = async () => {
    const raw = new RawSocket(host.addresses()[0]);
    await raw.send(OPENING);
    return [raw, await protocol.acceptStream()] as const;
  };
  const [large, atLarge] = await open();
  await large.send(new Uint8Array(MESSAGE_BYTES_MAX));
  await readSome(atLarge, PART_BYTES_MAX);
  await large.send(new Uint8Array(MESSAGE_BYTES_MAX + 1));
  await fails(readAll(atLarge), "reset");
  const [flood, atFlood] = await open();
  for (let sent = 0; sent <= WINDOW_BYTES; sent += PART_BYTES_MAX) await flood.send(new Uint8Array(MESSAGE_BYTES_MAX));
  assert.not.equal(await flood.closed, CLOSE_END);
  // What came before can be read: all of it fits the window, which the opening has made smaller.
  sameBytes(await readSome(atFlood, WINDOW_BYTES - PART_BYTES_MAX), new Uint8Array(WINDOW_BYTES - PART_BYTES_MAX));
  await fails(atFlood.read(new Uint8Array(1)), "reset");
});

test("pings are answered", async () => {
  await withHost(async (_host, address) => {
    const raw = new RawSocket(address);
    await raw.send(OPENING);
    await raw.message(0);
    let answered = 0;
    raw.socket.on("pong", () => answered += 1);
    raw.socket.ping(utf8("there?"));
    while (answered === 0) await nextMacrotask();
    raw.socket.terminate();
  });
});

test("only an end by its code is an end", async () => {
  await using host = await webSocketHost({ peerId: "bob", listen: LISTEN });
  const protocol = host.mountStreams("echo");
  for (const code of [CLOSE_END, CLOSE_ABORTED, 1001, undefined]) {
    const raw = new RawSocket(host.addresses()[0]);
    await raw.send(OPENING, Uint8Array.of(0, 1, 2));
    const stream = await protocol.acceptStream();
    raw.socket.close(code);
    if (code === CLOSE_END) sameBytes(await readAll(stream), Uint8Array.of(1, 2));
    else await fails(readAll(stream), "reset");
  }
});

test("a caller that says nothing, or too slowly, is cut off", async () => {
  await withHost(async (_host, address) => {
    assert.is(await exchange(address, ""), "");
    assert.is(await exchange(address, "GET / HTTP/1.1\r\nHost: local"), "");
    const silent = new RawSocket(address);
    assert.not.equal(await silent.closed, CLOSE_END);
    const slow = new RawSocket(address);
    await slow.send(OPENING.subarray(0, 4));
    assert.not.equal(await slow.closed, CLOSE_END);
  }, { openingTimeoutMs: 50 });
});

test("plain connections give way to others, and more than allowed are cut off", async () => {
  await withHost(async (host, address) => {
    await using caller = await webSocketHost({ peerId: "alice" });
    const stream = await caller.openStream(infoOf(host), "echo");
    const plain = dial(address);
    await new Promise((resolve) => plain.once("connect", resolve));
    while (host.openHandles < 3) await nextMacrotask();
    const closed = new Promise((resolve) => plain.once("close", resolve));
    await caller.openStream(infoOf(host), "echo");
    await closed;
    await fails(caller.openStream(infoOf(host), "echo"), "unreachable");
    await stream.close();
  }, { connectionsMax: 2 });
});

test("a program that does not decide is busy", async () => {
  await using host = await webSocketHost({ peerId: "bob", listen: LISTEN, decisionTimeoutMs: 20 });
  await using caller = await webSocketHost({ peerId: "alice" });
  host.mountStreams("slow");
  await fails(caller.openStream(infoOf(host), "slow"), "busy");
});

for (const webSocket of CLASSES) {
  const name = webSocket === WsWebSocket ? "ws" : "the platform";

  test(`servers that speak something else, too much, or nothing, do not get through to ${name}`, async () => {
    const caller = await webSocketHost({ peerId: "alice", webSocket });
    const answers = ["text", Uint8Array.of(0, 0xff, 0xff), new Uint8Array(MESSAGE_BYTES_MAX + 1), Uint8Array.of(9)];
    for (const answer of answers) {
      await withServer((socket) => socket.send(answer), async (peer) => {
        await fails(caller.openStream(peer, "echo"), "unreachable");
      });
    }
    for (const code of [1000, 1011, 4000]) {
      await withServer((socket) => socket.close(code), async (peer) => {
        await fails(caller.openStream(peer, "echo"), "unreachable");
      });
    }
    await withServer(() => {}, async (peer) => {
      await fails(caller.openStream(peer, "echo"), "unreachable");
    }, false);
    await withServer(() => {}, async (peer) => {
      await fails(caller.openStream(peer, "echo", { timeoutMs: 30 }), "timeout");
      await fails(caller.openStream(peer, "echo", { signal: AbortSignal.timeout(30) }), "aborted");
    });
    await caller.stop();
    assert.is(caller.openHandles, 0);
  });

  test(`peers that do not let go are let go of, with the WebSocket of ${name}`, async () => {
    const caller = await webSocketHost({ peerId: "alice", webSocket, closeTimeoutMs: 30 });
    const accepted = encode(OpeningAnswer, { answer: "accepted", peerId: "mally", addresses: [] });
    const answer = Uint8Array.of(0, 0, accepted.length, ...accepted);
    await withServer((socket) => {
      socket.send(answer);
      socket.pause();
    }, async (peer) => {
      const [stream, other] = [await caller.openStream(peer, "echo"), await caller.openStream(peer, "echo")];
      const writing = fails(other.write(new Uint8Array(2 * WINDOW_BYTES)), "closed");
      await Promise.all([stream.close(), other.close()]);
      await writing;
      await caller.openStream(peer, "echo");
      await caller.stop();
      assert.is(caller.openHandles, 0);
    });
    await caller.start();
    await withServer((socket) => {
      socket.send(answer);
      socket.pause();
      const flood = (error?: Error | null) => {
        if (!error) socket.send(new Uint8Array(MESSAGE_BYTES_MAX), flood);
      };
      flood();
    }, async (peer) => {
      const stream = await caller.openStream(peer, "echo");
      while (caller.openHandles > 0) await nextMacrotask();
      await fails(readAll(stream), "reset");
    });
    await caller.stop();
  });

  test(`datagrams come back to where nobody can connect to, with the WebSocket of ${name}`, async () => {
    await using server = await webSocketHost({ peerId: "bob", listen: LISTEN });
    await using page = await webSocketHost({ peerId: "page", webSocket });
    const [atServer, atPage] = [server.mountDatagrams("news"), page.mountDatagrams("news")];
    await atPage.sendDatagram(utf8("question"), infoOf(server));
    const { bytes, peerInfo } = await atServer.acceptDatagram();
    sameBytes(bytes, utf8("question"));
    assert.equal(peerInfo, { peerId: "page", addresses: [] });
    await atServer.sendDatagram(utf8("answer"), peerInfo);
    sameBytes((await atPage.acceptDatagram()).bytes, utf8("answer"));
  });
}

test("an address that the platform refuses outright is unreachable, and the next one is tried", async () => {
  class StrictWebSocket extends WsWebSocket {
    constructor(url: string, protocols: string[]) {
      if (url.startsWith("wss:")) throw new DOMException("This page must not", "SecurityError");
      super(url, protocols);
    }
  }
  await withHost(async (_host, { href }) => {
    await using caller = await webSocketHost({ peerId: "alice", webSocket: StrictWebSocket });
    await fails(caller.connect({ peerId: "", addresses: ["wss://127.0.0.1/"] }), "unreachable");
    assert.is((await caller.connect({ peerId: "", addresses: ["wss://127.0.0.1/", href] })).peerId, "bob");
  });
});

test("a host takes the WebSockets of a server that it is given, under its path", async () => {
  const server = createServer((_request, response) => response.end("a page"));
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  const { port } = server.address() as { port: number };
  const address = `ws://127.0.0.1:${port}/warp?x`;
  await withHost(async (host) => {
    assert.equal([...host.addresses()], [address]);
    await using caller = await webSocketHost({ peerId: "alice" });
    const stream = await caller.openStream({ peerId: "bob", addresses: [address] }, "echo");
    await stream.write(utf8("hello"));
    sameBytes(await readSome(stream, 5), utf8("hello"));
    assert.match(await exchange(new URL(address), "GET / HTTP/1.0\r\n\r\n"), /a page$/);
    assert.is(await refusal(`ws://127.0.0.1:${port}/`), 404);
    server.on("upgrade", (request, socket) => {
      if (request.url === "/theirs") socket.end("HTTP/1.1 418 Teapot\r\n\r\n");
    });
    assert.is(await refusal(`ws://127.0.0.1:${port}/theirs`), 418);
  }, { listen: [], servers: [{ server, address }] });
  assert.is(server.listenerCount("upgrade"), 1);
  await new Promise((resolve) => server.close(resolve));
});

test("a host listens where it can, or not at all", async () => {
  const first = await webSocketHost({ peerId: "first", listen: LISTEN });
  const second = new WebSocketHost({ peerId: "second", listen: [...LISTEN, ...first.addresses()] });
  await fails(second.start(), "address");
  assert.is(second.openHandles, 0);
  await first.stop();
  await Promise.all([second.start(), second.start(), second.stop(), second.start()]);
  assert.is(second.addresses().length, 2);
  assert.is(second.openHandles, 2);
  await second.stop();
  for (
    const text of ["wss://127.0.0.1:0/", "tcp:127.0.0.1:0", "ws://", "ws://x:70000/", "ws://u@x/", "ws://x/#y", ""]
  ) {
    await fails(webSocketHost({ peerId: "x", listen: [text] }), "address");
  }
});

test("an address on all interfaces means the machine by which one came", () => {
  const cases = [
    ["ws://0.0.0.0:81/x", "192.0.2.7", "ws://192.0.2.7:81/x"],
    ["ws://[::]:81/", "2001:db8::1", "ws://[2001:db8::1]:81/"],
    ["ws://192.0.2.1:81/", "192.0.2.7", "ws://192.0.2.1:81/"],
    ["tcp:0.0.0.0:81", "192.0.2.7", "tcp:0.0.0.0:81"],
  ];
  for (const [text, machine, expected] of cases) assert.is(reachableWebSocketAddress(text, machine), expected);
  assert.is(reachableWebSocketAddress("ws://0.0.0.0:81/", undefined), "ws://0.0.0.0:81/");
});

test("a missing package is named", async () => {
  const error = await fails(loadWs(() => Promise.reject(new Error("Cannot find package"))), "unsupported");
  assert.match(error.message, /"ws"/);
});

test.run();
