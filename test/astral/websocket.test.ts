/**
 * Guests by WebSocket: who is let in, both sub-protocols, and streams over them.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { connect } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket } from "ws";
import { decodeObjectJson, encodeObject, encodeObjectJson } from "../../codec/protocols/astral/mod.ts";
import { astralService, type LocalService, type ServiceOptions } from "../../src/astral/mod.ts";
import { pattern, readAll, sameBytes, utf8 } from "../host/pair.ts";
import { Bench, ID_ONE, ID_TWO, ObjectGuest, take } from "./guests.ts";

const test = suite("astral: WebSockets");

const BINARY = "astral.binary.v1";
const JSON_LINES = "astral.json.v1";
const OPTIONS = { identity: ID_ONE, listen: ["ws://127.0.0.1:0/.ws"], tokens: { own: "localnode", two: ID_TWO } };

async function withService(
  options: Partial<ServiceOptions>,
  body: (service: LocalService, url: string) => Promise<void>,
): Promise<void> {
  await using service = await astralService({ ...OPTIONS, ...options });
  await body(service, service.addresses()[0]);
}

/** The status with which an upgrade is answered. */
function upgrade(url: string, headers: Record<string, string>, path = "/.ws"): Promise<number> {
  const { hostname, port, host } = new URL(url);
  const all = {
    host,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "sec-websocket-version": "13",
    "sec-websocket-protocol": BINARY,
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = "";
    socket.on("error", reject);
    socket.on("close", () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0)));
    socket.on("data", (chunk) => {
      text += chunk;
      if (text.includes("\r\n\r\n")) socket.destroy();
    });
    socket.write(`GET ${path} HTTP/1.1\r\n${lines}\r\n`);
  });
}

test("pages of this machine and programs come in, others don't", async () => {
  await withService({ origins: ["https://app.example"] }, async (_service, url) => {
    const { port } = new URL(url);
    const allowed = [
      {},
      { origin: "http://localhost:3000" },
      { origin: "http://127.0.0.1" },
      { origin: "http://[::1]:8080" },
      { origin: "https://app.example" },
      { host: `LocalHost:${port}` },
      { host: `[::1]:${port}` },
    ];
    for (const headers of allowed) assert.is(await upgrade(url, headers), 101, JSON.stringify(headers));
    const refused = [
      { origin: "https://evil.example" },
      { origin: "https://app.example.evil.example" },
      { origin: "http://app.example" },
      { origin: "http://127.0.0.1.evil.example" },
      { origin: "http://localhost.evil.example" },
      { origin: "null" },
      { origin: "" },
      // A page whose name was made to lead here.
      { host: "evil.example" },
      { host: `evil.example:${port}` },
      { host: "" },
    ];
    for (const headers of refused) assert.is(await upgrade(url, headers), 403, JSON.stringify(headers));
    assert.is(await upgrade(url, {}, "/"), 404);
    assert.is(await upgrade(url, {}, "/.ws?x"), 404);
  });
});

test("other requests are answered, and end", async () => {
  await withService({}, async (_service, url) => {
    const base = url.replace("ws:", "http:");
    const answers = [await fetch(base), await fetch(base.replace("/.ws", "/apphost.whoami"))];
    assert.equal(answers.map(({ status }) => status), [426, 404]);
    await Promise.all(answers.map((response) => response.text()));
  });
});

test("a connection that never becomes a WebSocket is cut off", async () => {
  await withService({ limits: { commandTimeoutMs: 50 } }, async (_service, url) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    socket.write("GET /.ws HTTP/1.1\r\n");
    let timer: ReturnType<typeof setTimeout>;
    const outcome = await new Promise((resolve) => {
      socket.once("close", () => resolve("cut off"));
      timer = setTimeout(() => resolve("it stays"), 10_000);
    });
    clearTimeout(timer!);
    socket.destroy();
    assert.is(outcome, "cut off");
  });
});

test("without a sub-protocol of apphost the connection is closed with 1008", async () => {
  await withService({}, async (_service, url) => {
    const socket = new WebSocket(url);
    const code = await new Promise((resolve) => socket.on("close", resolve));
    assert.is(code, 1008);
  });
});

test("the binary sub-protocol carries frames, then bytes", async () => {
  await withService({}, async (service, url) => {
    const protocol = service.host.mountStreams("copy");
    const socket = new WebSocket(url, BINARY);
    const received: Buffer[] = [];
    socket.on("message", (data, isBinary) => {
      assert.ok(isBinary);
      received.push(data as Buffer);
    });
    const closed = new Promise((resolve) => socket.on("close", resolve));
    await new Promise((resolve) => socket.on("open", resolve));
    // Frames need not end where messages do.
    const frames = [
      ...encodeObject({ type: "mod.apphost.auth_token_msg", value: { token: "two" } }),
      ...encodeObject({
        type: "mod.apphost.route_query_msg",
        value: { nonce: "0000000000000001", caller: null, target: null, query: "copy", zone: 7, filters: [] },
      }),
    ];
    for (let start = 0; start < frames.length; start += 20) {
      socket.send(Uint8Array.from(frames.slice(start, start + 20)));
    }
    const stream = await protocol.acceptStream();
    assert.is(stream.peerInfo.peerId, ID_TWO);
    const there = pattern(2_000_000);
    for (let start = 0; start < there.length; start += 100_000) socket.send(there.subarray(start, start + 100_000));
    const arrived = new Uint8Array(there.length);
    for (let filled = 0; filled < there.length;) filled += (await stream.read(arrived.subarray(filled)))!;
    sameBytes(arrived, there);
    const back = pattern(1_000_000, 7);
    await stream.write(back);
    await stream.close();
    await closed;
    const all = joined(received);
    sameBytes(all.subarray(all.length - back.length), back);
  });
});

test("a guest that reads nothing stops its program from writing", async () => {
  await withService({}, async (service, url) => {
    const protocol = service.host.mountStreams("flood");
    const socket = new WebSocket(url, BINARY);
    await new Promise((resolve) => socket.on("open", resolve));
    socket.send(encodeObject({ type: "mod.apphost.auth_token_msg", value: { token: "two" } }));
    const value = { nonce: "0000000000000001", caller: null, target: null, query: "flood", zone: 7, filters: [] };
    socket.send(encodeObject({ type: "mod.apphost.route_query_msg", value }));
    const stream = await protocol.acceptStream();
    socket.pause();
    let written = 0;
    const writing = (async () => {
      for (; written < 64 * 1024 * 1024; written += 65536) {
        await stream.write(new Uint8Array(65536), { timeoutMs: 500 });
      }
    })();
    const error = await writing.catch((error) => error);
    assert.is(error?.code, "timeout", `${written} bytes were taken`);
    socket.terminate();
  });
});

test("a JSON guest and a binary one talk through the service, line by line", async () => {
  await withService({ listen: ["ws://127.0.0.1:0/.ws", "tcp:127.0.0.1:0"] }, async (service, url) => {
    await using bench = new Bench();
    const app = await ObjectGuest.enter(bench, service.addresses()[1], "own");
    await app.send("mod.apphost.register_service_msg", { identity: null });
    await app.expect("ack");
    const socket = new WebSocket(url, JSON_LINES);
    const texts: string[] = [];
    let wake = () => {};
    socket.on("message", (data) => {
      texts.push(String(data));
      wake();
    });
    const count = async (size: number) => {
      while (texts.length < size) await new Promise<void>((resolve) => wake = resolve);
      return texts[size - 1];
    };
    await new Promise((resolve) => socket.on("open", resolve));
    await count(1);
    socket.send('{\n  "Type": "mod.apphost.auth_token_msg",\n  "Object": { "Token": "two" }\n}\n');
    assert.is(decodeObjectJson(await count(2)).object.type, "mod.apphost.auth_success_msg");
    const query = {
      nonce: "0000000000000001",
      caller: null,
      target: null,
      query: "talk?in=text",
      zone: 7,
      filters: [],
    };
    socket.send(encodeObjectJson({ type: "mod.apphost.route_query_msg", value: query }));
    const incoming = await app.expect("mod.apphost.incoming_query_msg");
    assert.is(incoming.query, "talk?in=text&out=json");
    const taken = await ObjectGuest.enter(bench, service.addresses()[1]);
    await taken.send("mod.apphost.attach_query_msg", { queryId: incoming.queryId });
    await taken.expect("ack");
    assert.is(decodeObjectJson(await count(3)).object.type, "mod.apphost.query_accepted_msg");
    socket.send('{"hello":1}');
    assert.equal(await take(taken.connection, 12), utf8('{"hello":1}\n'));
    for (const part of ['{"a":', '1}\n{"b":2}\n{"c', '":3}']) await taken.connection.stream.write(utf8(part));
    await count(5);
    const closed = new Promise((resolve) => socket.on("close", resolve));
    await taken.connection.close();
    await closed;
    // What has no end of its own ends with the stream.
    assert.equal(texts.slice(3), ['{"a":1}\n', '{"b":2}\n', '{"c":3}']);
  });
});

test("messages and lines have a bound", async () => {
  await withService({ limits: { messageBytesMax: 10_000 } }, async (service, url) => {
    const protocol = service.host.mountStreams("flood");
    for (const size of [10_001, 1_000_000]) {
      const socket = new WebSocket(url, BINARY);
      await new Promise((resolve) => socket.on("open", resolve));
      socket.send(new Uint8Array(size));
      assert.is(await new Promise((resolve) => socket.on("close", resolve)), 1009);
    }
    const socket = new WebSocket(url, JSON_LINES);
    await new Promise((resolve) => socket.on("open", resolve));
    socket.send('{"Type":"mod.apphost.auth_token_msg","Object":{"Token":"two"}}');
    socket.send('{"Type":"mod.apphost.route_query_msg","Object":{"Query":"flood"}}');
    const stream = await protocol.acceptStream();
    const closed = new Promise((resolve) => socket.on("close", resolve));
    await stream.write(new Uint8Array(20_000).fill(0x61));
    await closed;
    await readAll(stream).catch(() => {});
  });
});

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    all.set(part, start);
    start += part.length;
  }
  return all;
}

test.run();
