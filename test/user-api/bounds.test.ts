/**
 * Clients over HTTP that take too much: what they get, and that others are served.
 *
 * @module
 */

import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ManualClock } from "../host/manual-clock.ts";
import { ask, NotingApi, oneConnection, Raw, served, USUAL } from "./server.ts";

const test = suite("user API: bounds");

const MIB = 1024 * 1024;

test("a connection that calls too often is told when it may again; batches count for what they are", async () => {
  const clock = new ManualClock();
  await served(new NotingApi(), { clock, limits: { callsPerSecond: 10 } }, async ({ api, port }) => {
    const agent = oneConnection();
    const call = async (body = "{}") => {
      const { status, headers } = await ask(port, { body, agent });
      return status === 200 ? 200 : [status, headers["retry-after"]];
    };
    for (let calls = 0; calls < 10; calls++) assert.is(await call(), 200);
    assert.equal(await call(), [429, "1"]);
    assert.is(api.asked.length, 10, "it was not called");
    assert.is((await ask(port, { body: "{}" })).status, 200, "others may");
    clock.advance(100);
    assert.is(await call(), 200);
    assert.equal(await call(), [429, "1"]);
    clock.advance(60_000);
    assert.is(await call(JSON.stringify(Array(45).fill(1))), 200, "more than a second's");
    assert.equal(await call(), [429, "4"]);
    clock.advance(3_500);
    assert.equal(await call(), [429, "1"]);
    clock.advance(100);
    assert.is(await call(), 200);
    agent.destroy();
  });
});

test("of a client that sends 1,000 calls and reads nothing little is kept, and others are served", async () => {
  const answer = "x".repeat(64 * 1024);
  await served(new NotingApi(() => answer), { limits: { callsPerSecond: Infinity } }, async ({ api, port }) => {
    const raw = new Raw(port);
    raw.socket.pause();
    raw.socket.write(Raw.post("call").repeat(1000));
    await api.until(({ asked }) => asked.length > 0);
    for (let calls = 0; calls < 50; calls++) assert.is((await ask(port, { body: "other" })).text, answer);
    const calls = api.asked.filter((text) => text === "call").length;
    assert.ok(calls < 300, `${calls} were asked`);
    raw.socket.resume();
    // Each has an answer: what it asks for, or that it asks for too much.
    const count = (text: string) => text.split("HTTP/1.1 ").length - 1;
    await raw.until((text) => count(text) === 1000);
    assert.is(raw.text.match(/HTTP\/1\.1 (200|429) /g)?.length, 1000);
    raw.socket.destroy();
  });
});

test("requests under way are counted for each connection", async () => {
  const frees: (() => void)[] = [];
  const api = new NotingApi((text) => new Promise((resolve) => frees.push(() => resolve(text))));
  await served(api, { limits: { underWay: 3 } }, async ({ port }) => {
    const raw = new Raw(port);
    raw.socket.write(Raw.post("call").repeat(5));
    await api.until(({ asked }) => asked.length === 3);
    const other = ask(port, { body: "other" });
    await api.until(({ asked }) => asked.length === 4);
    for (const free of frees) free();
    assert.is((await other).text, "other");
    await raw.until((text) => text.split("HTTP/1.1 ").length === 6);
    assert.equal(raw.text.match(/HTTP\/1\.1 \d+/g)?.map((line) => line.slice(-3)), ["200", "200", "200", "429", "429"]);
    raw.socket.write(Raw.post("again"));
    await api.until(({ asked }) => asked.length === 5);
    raw.socket.destroy();
  });
});

test("what all clients have sent and not finished is bounded", async () => {
  await served(new NotingApi(), { limits: { heldBytes: 4 * MIB } }, async ({ api, port }) => {
    const body = "x".repeat(MIB - 1);
    const stuck = Array.from({ length: 4 }, () => new Raw(port));
    for (const { socket } of stuck) {
      await new Promise<void>((resolve) => socket.write(Raw.post(`${body}y`).slice(0, -1), () => resolve()));
    }
    const statuses: number[] = [];
    while (!statuses.includes(503)) statuses.push((await ask(port, { body: "x".repeat(1000) })).status);
    assert.ok(statuses.slice(0, -1).every((status) => status === 200));
    stuck[0].socket.write("y");
    await stuck[0].until((text) => text.includes("y\r\n") || text.endsWith("y"));
    assert.is((await ask(port, { body: "other" })).status, 200, "there is room again");
    for (const { socket, closed } of stuck) {
      socket.destroy();
      await closed;
    }
    await api.until(({ links }) => links.size === 0);
    assert.is((await ask(port, { body })).status, 200);
  });
});

test("who is slow with headers or a body, and who says nothing, is cut off", async () => {
  const limits = { headersMs: 100, bodyMs: 100, idleMs: 100 };
  await served(new NotingApi(), { limits }, async ({ api, port, server }) => {
    const starts = ["", "POST / HTTP/1.1\r\nhost: local", Raw.post("{}").slice(0, -1), Raw.post("{}")];
    const slow = starts.map((start) => {
      const raw = new Raw(port);
      if (start !== "") raw.socket.write(start);
      return raw;
    });
    await Promise.all(slow.map(({ closed }) => closed));
    assert.is(api.asked.length, 1);
    await api.until(({ links }) => links.size === 0);
    assert.is(server.connections, 0);
  });
});

test("1,000 connections, idle, with half a request, or with a call that lasts, leave room for others", async () => {
  const before = process.memoryUsage.rss();
  const api = new NotingApi((text) => text === "lasting" ? new Promise(() => {}) : text);
  await served(api, {}, async ({ port, server }) => {
    const lasting = new Raw(port);
    lasting.socket.write(Raw.post("lasting"));
    await api.until(({ asked }) => asked.length === 1);
    const all: Raw[] = [];
    for (let count = 0; count < 1000; count++) {
      const raw = new Raw(port);
      all.push(raw);
      await new Promise((resolve) => raw.socket.once("connect", resolve));
      if (count % 3 === 1) raw.socket.write("POST / HTTP/1.1\r\nhost: localhost\r\n");
      if (count % 3 === 2) raw.socket.write(Raw.post("half").slice(0, -2));
      if (count % 100 === 99) assert.is((await ask(port, { body: "other" })).text, "other");
    }
    assert.ok(server.connections <= 256, `${server.connections} connections`);
    const gone = await Promise.all(all.slice(0, 700).map(({ closed }) => closed));
    assert.is(gone.length, 700);
    assert.is(lasting.socket.readyState, "open", "a call is not cut off for others");
    const grownBytes = process.memoryUsage.rss() - before;
    assert.ok(grownBytes < 200 * MIB, `${grownBytes} bytes more`);
    for (const { socket } of [lasting, ...all]) socket.destroy();
  });
});

test("where all have a call under way nobody else gets in until one has ended", async () => {
  const frees: (() => void)[] = [];
  const api = new NotingApi((text) => new Promise((resolve) => frees.push(() => resolve(text))));
  await served(api, { limits: { connections: 2 } }, async ({ port }) => {
    const calls = [ask(port, { body: "a", agent: oneConnection() }), ask(port, { body: "b", agent: oneConnection() })];
    await api.until(({ asked }) => asked.length === 2);
    await new Raw(port).closed;
    frees[0]();
    await Promise.race(calls);
    const third = ask(port, { body: "c" });
    await api.until(({ asked }) => asked.length === 3);
    for (const free of frees) free();
    assert.equal((await Promise.all([...calls, third])).map(({ text }) => text), ["a", "b", "c"]);
  });
});

test("what is no HTTP does no harm", async () => {
  await served(new NotingApi(), {}, async ({ api, port }) => {
    const authorization = USUAL.authorization;
    const texts = [
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
      "GET\r\n\r\n",
      `${"x".repeat(100_000)}\r\n\r\n`,
      `POST / HTTP/1.1\r\nhost: localhost\r\n${"a: b\r\n".repeat(5000)}\r\n`,
      `POST / HTTP/1.1\r\nhost: localhost\r\nauthorization: ${authorization}\r\ncontent-length: -1\r\n\r\n`,
      `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}`,
      `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}`,
      `POST / HTTP/1.1\r\n\r\n`,
      `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
    ];
    for (const text of texts) {
      const raw = new Raw(port);
      raw.socket.write(text, "latin1");
      await raw.until((answer) => /^HTTP\/1\.1 4\d\d /.test(answer)).catch(() => {});
      raw.socket.destroy();
      assert.not.match(raw.text, /^HTTP\/1\.1 [^4]/, text.slice(0, 40));
    }
    assert.equal(api.asked, []);
    assert.is((await ask(port, { body: "{}" })).status, 200);
  });
});

test.run();
