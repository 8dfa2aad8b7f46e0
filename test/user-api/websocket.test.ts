/**
 * The user API over WebSockets: the token, calls, and what comes unasked.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ManualClock } from "../host/manual-clock.ts";
import { Messages, NotingApi, served, Signal, TOKEN } from "./server.ts";

const test = suite("user API: WebSocket");

const authorize = (params: unknown, id: unknown = 1) =>
  JSON.stringify({ jsonrpc: "2.0", id, method: "authorize", params });

test("a message is a request, and an answer is a message", async () => {
  const api = new NotingApi((text) => text === "none" ? null : `<${text}>`);
  await served(api, {}, async ({ port }) => {
    const client = new Messages(port);
    await client.open();
    for (const text of ["one", "none", "é😀", '{"method":"authorize"'] as const) client.socket.send(text);
    await client.until(3);
    assert.equal(client.texts, ["<one>", "<é😀>", '<{"method":"authorize">']);
    client.socket.close();
    await client.closed;
    await api.until(({ links }) => links.size === 0);
  });
});

test("who cannot send headers shows the token in the first message", async () => {
  await served(new NotingApi(), {}, async ({ api, port }) => {
    for (const params of [{ token: TOKEN }, [TOKEN]]) {
      const client = new Messages(port, {});
      await client.open();
      client.socket.send(authorize(params, "a"));
      client.socket.send("call");
      await client.until(2);
      assert.equal(client.texts, ['{"jsonrpc":"2.0","result":true,"id":"a"}', "call"]);
      client.socket.terminate();
    }
    const asked = api.asked.length;
    const wrong = [{ token: `${TOKEN}0` }, { token: "" }, [], {}, null, undefined, [[TOKEN]], { token: 5 }, TOKEN];
    for (
      const first of [...wrong.map((params) => authorize(params)), "call", "", '{"method":"dht_id"}', "authorize", "[]"]
    ) {
      const client = new Messages(port, {});
      await client.open();
      for (const text of [first, authorize([TOKEN]), "call"]) client.socket.send(text);
      assert.is(await client.closed, 1008, first);
      assert.is(client.texts.length, 1);
      const { error: { code, data } } = JSON.parse(client.texts[0]);
      assert.equal([code, data], [-32017, { name: "Unauthorized" }]);
    }
    assert.is(api.asked.length, asked, "none was asked");
  });
});

test("a token that is shown where none is needed, or again, is taken; later messages are calls", async () => {
  await served(new NotingApi(() => "called"), { access: { token: null } }, async ({ api, port }) => {
    const client = new Messages(port, {});
    await client.open();
    for (const token of ["whatever", TOKEN]) client.socket.send(authorize({ token }));
    await client.until(2);
    assert.equal([JSON.parse(client.texts[0]).result, client.texts[1]], [true, "called"]);
    assert.is(api.asked.length, 1);
    client.socket.terminate();
  });
});

test("who shows no token in time is let go, and who has shown it stays", async () => {
  const clock = new ManualClock();
  await served(new NotingApi(), { clock }, async ({ port }) => {
    const [silent, shown] = [new Messages(port, {}), new Messages(port, {})];
    await Promise.all([silent.open(), shown.open()]);
    shown.socket.send(authorize([TOKEN]));
    await shown.until(1);
    clock.advance(9_999);
    shown.socket.send("call");
    await shown.until(2);
    clock.advance(1);
    assert.is(await silent.closed, 1008);
    shown.socket.send("call");
    await shown.until(3);
    shown.socket.terminate();
    await shown.closed;
  });
  assert.is(clock.timers, 0);
});

test("bytes, and what is too long or not UTF-8, end the connection", async () => {
  await served(new NotingApi(), { limits: { requestBytes: 1000 } }, async ({ api, port }) => {
    const closed = async (data: string | Uint8Array, options: { binary?: boolean } = {}) => {
      const client = new Messages(port);
      await client.open();
      client.socket.send(data, options);
      return await client.closed;
    };
    assert.is(await closed(new TextEncoder().encode("{}"), { binary: true }), 1003);
    assert.is(await closed("x".repeat(1001)), 1009);
    assert.is(await closed(Uint8Array.of(0x22, 0xff, 0x22), { binary: false }), 1007);
    assert.equal(api.asked, []);
  });
});

test("100,000 notifications reach a client that reads, in order", async () => {
  const count = 100_000;
  await served(new NotingApi(), {}, async ({ api, port }) => {
    const client = new Messages(port);
    await client.open();
    client.socket.send("listen");
    await client.until(1);
    const [link] = api.links;
    // No more are under way than have room: the client keeps up.
    for (let sent = 0; sent < count;) {
      for (let more = 0; more < 5_000; more++) link.notify!(`event ${sent++}`);
      await client.until(sent + 1);
    }
    for (let at = 0; at < count; at++) {
      if (client.texts[at + 1] !== `event ${at}`) assert.unreachable(client.texts[at + 1]);
    }
    assert.is(client.texts.length, count + 1);
    client.socket.terminate();
  });
});

test("a client that sleeps is told how many notifications it has missed, where they are missing", async () => {
  const [count, length] = [100_000, 200];
  const whenOpen = new Signal();
  await served(new NotingApi(), {}, async ({ api, port }) => {
    const client = new Messages(port);
    await client.open();
    client.socket.send("listen");
    await client.until(1);
    client.socket.pause();
    const [link] = api.links;
    for (let sent = 0; sent < count; sent++) link.notify!(`${sent} `.padEnd(sent % 7 === 0 ? 20 : length));
    client.socket.resume();
    // What comes later is told after the gap, however much that is.
    let [missing, next] = [0, 0];
    for (let at = 1; missing + next < count; at++) {
      await client.until(at + 1);
      const text = client.texts[at];
      if (text.startsWith("{")) {
        const { method, params } = JSON.parse(text);
        assert.is(method, "dropped");
        missing += params.count;
      } else {
        assert.is(Number(text), next + missing);
        next += 1;
      }
    }
    assert.ok(missing > count / 2, `${missing} are missing`);
    assert.ok(next * length >= 1024 * 1024 - length, `${next} came, some of them short`);
    link.notify!("later");
    await client.until(client.texts.length + 1);
    assert.is(client.texts.at(-1), "later");
    client.socket.terminate();
    whenOpen.fire();
  });
});

test("of a client that does not read its answers nothing more is read", async () => {
  const answer = "x".repeat(64 * 1024);
  await served(new NotingApi(() => answer), { limits: { callsPerSecond: Infinity } }, async ({ api, port }) => {
    const client = new Messages(port);
    await client.open();
    client.socket.pause();
    for (let sent = 0; sent < 1000; sent++) client.socket.send("call");
    await api.until(({ asked }) => asked.length >= 16);
    // Another one is served meanwhile.
    const other = new Messages(port);
    await other.open();
    for (let round = 0; round < 20; round++) {
      other.socket.send("other");
      await other.until(round + 1);
    }
    other.socket.terminate();
    const calls = api.asked.filter((text) => text === "call").length;
    // 1 MiB here, those under way, and what the system keeps for both sides.
    assert.ok(calls < 500, `${calls} were asked`);
    client.socket.resume();
    await client.until(1000);
    client.socket.terminate();
  });
});

test("messages wait for their turn when a connection calls too often", async () => {
  const clock = new ManualClock();
  await served(new NotingApi(), { clock, limits: { callsPerSecond: 10 } }, async ({ api, port }) => {
    const client = new Messages(port);
    await client.open();
    for (let sent = 0; sent < 15; sent++) client.socket.send(String(sent));
    await client.until(10);
    const other = new Messages(port);
    await other.open();
    other.socket.send("[1,2,3,4,5,6,7,8,9,10,11,12]");
    other.socket.send("late");
    await other.until(1);
    assert.is(api.asked.length, 11);
    clock.advance(200);
    await client.until(12);
    assert.is(other.texts.length, 1, "a batch has as many calls as it is long");
    clock.advance(300);
    await Promise.all([client.until(15), other.until(2)]);
    assert.equal(client.texts, Array.from({ length: 15 }, (_, at) => String(at)));
    for (const { socket } of [client, other]) socket.terminate();
    await Promise.all([client.closed, other.closed]);
    await api.until(({ links }) => links.size === 0);
  });
  assert.is(clock.timers, 0);
});

test("so many messages are under way at once, and the next ones wait", async () => {
  const frees: (() => void)[] = [];
  const api = new NotingApi((text) => new Promise((resolve) => frees.push(() => resolve(text))));
  await served(api, { limits: { underWay: 3 } }, async ({ port }) => {
    const client = new Messages(port);
    await client.open();
    for (let sent = 0; sent < 7; sent++) client.socket.send(String(sent));
    await api.until(({ asked }) => asked.length === 3);
    frees[1]();
    await client.until(1);
    await api.until(({ asked }) => asked.length === 4);
    assert.equal([api.asked, client.texts], [["0", "1", "2", "3"], ["1"]]);
    for (let at = 0; at < 7; at++) {
      await api.until(({ asked }) => asked.length > at);
      frees[at]();
    }
    await client.until(7);
    client.socket.terminate();
  });
});

test.run();
