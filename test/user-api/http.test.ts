/**
 * The user API over HTTP: what is a call, and what is none.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ask, NotingApi, oneConnection, Raw, served, TOKEN, USUAL } from "./server.ts";

const test = suite("user API: HTTP");

test("a POST on any path is a request, and many come by one connection", async () => {
  await served(
    new NotingApi((text) => text === "none" ? null : `answer to ${text}`),
    {},
    async ({ api, port, server }) => {
      const agent = oneConnection();
      for (const path of ["/", "/rpc", "/metrics", "/health", "/a/b?c=d#e", "/%00", "//"]) {
        const { status, text, headers } = await ask(port, { path, body: path, agent });
        assert.equal([status, text, headers["content-type"]], [200, `answer to ${path}`, "application/json"]);
      }
      assert.is(server.connections, 1);
      assert.is(api.links.size, 1, "one client");
      const { status, text } = await ask(port, { body: "none", agent });
      assert.equal([status, text], [204, ""], "nothing to answer");
      agent.destroy();
      await api.until(({ links }) => links.size === 0);
    },
  );
});

test("requests that come at once are answered in order", async () => {
  const frees: (() => void)[] = [];
  const api = new NotingApi((text) => new Promise((resolve) => frees.push(() => resolve(`<${text}>`))));
  await served(api, {}, async ({ port }) => {
    const raw = new Raw(port);
    raw.socket.write(["one", "two", "three"].map((body) => Raw.post(body)).join(""));
    await api.until(({ asked }) => asked.length === 3);
    for (const free of frees.reverse()) free();
    await raw.until((text) => text.includes("<three>"));
    assert.equal(raw.text.match(/<\w+>/g), ["<one>", "<two>", "<three>"]);
    raw.socket.destroy();
  });
});

test("only JSON is a request, in UTF-8", async () => {
  await served(new NotingApi(), {}, async ({ api, port }) => {
    const types: readonly (readonly [type: string | null, status: number, encoding?: string])[] = [
      ["application/json", 200],
      ["Application/JSON; charset=utf-8", 200],
      ['application/json;charset="UTF8"', 200],
      ["application/json", 200, "identity"],
      [null, 415],
      ["", 415],
      ["text/plain", 415],
      ["application/x-www-form-urlencoded", 415],
      ["multipart/form-data; boundary=application/json", 415],
      ["text/plain, application/json", 415],
      ["application/json, text/plain", 415],
      ["application/json-rpc", 415],
      ["application/json; charset=utf-16", 415],
      ["application/json", 415, "gzip"],
    ];
    for (const [type, expected, encoding] of types) {
      const { status } = await ask(port, {
        body: "{}",
        headers: {
          ...(type !== null && { "content-type": type }),
          ...(encoding !== undefined && { "content-encoding": encoding }),
          authorization: USUAL.authorization,
        },
      });
      assert.is(status, expected, `${type} ${encoding}`);
    }
    assert.is(api.asked.length, 4);
    assert.is((await ask(port, { body: '"é€😀"' })).text, '"é€😀"');
  });
});

test("a request of more bytes than are taken is read and refused, and the connection goes on", async () => {
  await served(
    new NotingApi(),
    { limits: { requestBytes: 1000, headersMs: 500, bodyMs: 500 } },
    async ({ api, port, server }) => {
      const agent = oneConnection();
      const status = async (length: number) => (await ask(port, { body: "x".repeat(length), agent })).status;
      assert.equal([await status(1000), await status(1001), await status(15_000), await status(3)], [
        200,
        413,
        413,
        200,
      ]);
      assert.is(server.connections, 1);
      const { headers } = await ask(port, { body: "x".repeat(20_000), agent });
      assert.is(headers.connection, "close");
      agent.destroy();
      // Without a length, in pieces.
      const raw = new Raw(port);
      const head = Raw.post("").replace("content-length: 0", "transfer-encoding: chunked");
      raw.socket.write(`${head}5dc\r\n${"x".repeat(1500)}\r\n`);
      raw.socket.write(`3e8\r\n${"x".repeat(1000)}\r\n0\r\n\r\n`);
      await raw.until((text) => text.startsWith("HTTP/1.1 413 "));
      for (let sent = 0; sent < 16; sent++) raw.socket.write(`${sent === 0 ? head : ""}3e8\r\n${"y".repeat(1000)}\r\n`);
      await raw.closed;
      assert.is(api.asked.length, 2);
    },
  );
});

test("whoever asks before it sends a body is told at once", async () => {
  await served(new NotingApi(), {}, async ({ port }) => {
    const raw = new Raw(port);
    raw.socket.write(Raw.post("", "expect: 100-continue\r\n").replace("content-length: 0", "content-length: 2"));
    await raw.until((text) => text.startsWith("HTTP/1.1 100 "));
    raw.socket.write("{}");
    await raw.until((text) => text.includes("HTTP/1.1 200 ") && text.endsWith("{}"));
    raw.socket.destroy();
    const long = new Raw(port);
    long.socket.write(
      Raw.post("", "expect: 100-continue\r\n").replace("content-length: 0", `content-length: ${2 ** 31}`),
    );
    await long.until((text) => text.startsWith("HTTP/1.1 413 "));
    await long.closed;
  });
});

test("a GET tells about the server and calls nothing", async () => {
  await served(new NotingApi(), { metrics: () => "storj_peers 3\n# EOF\n" }, async ({ api, port }) => {
    const get = (path: string, headers: Record<string, string> = USUAL, method = "GET") =>
      ask(port, { method, path, headers });
    assert.equal(JSON.parse((await get("/health", {})).text), { status: "ok" });
    assert.equal(JSON.parse((await get("/openrpc.json")).text), { openrpc: "1.3.2" });
    const { text, headers } = await get("/metrics");
    assert.is(text, "storj_peers 3\n# EOF\n");
    assert.match(String(headers["content-type"]), /^application\/openmetrics-text; version=1\.0\.0/);
    assert.equal(await get("/health", {}, "HEAD").then(({ status, text }) => [status, text]), [200, ""]);
    for (const path of ["/openrpc.json", "/metrics"]) assert.is((await get(path, {})).status, 401, path);
    const call = `/?jsonrpc=2.0&method=dht_id&id=1&token=${TOKEN}`;
    for (const path of ["/", "/rpc", call, "/health/"]) assert.is((await get(path)).status, 405, path);
    for (const method of ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"]) {
      assert.is((await get("/", USUAL, method)).status, 405, method);
    }
    assert.is(api.asked.length, 0);
    assert.is(api.links.size, 0);
  });
});

test("calls end with their connection", async () => {
  const api = new NotingApi(() => new Promise(() => {}));
  await served(api, {}, async ({ port, server }) => {
    const raw = new Raw(port);
    raw.socket.write(Raw.post("{}"));
    await api.until(({ asked }) => asked.length === 1);
    assert.is(api.links.size, 1);
    raw.socket.destroy();
    await api.until(({ links }) => links.size === 0);
    const other = new Raw(port);
    other.socket.write(Raw.post("{}"));
    await api.until(({ links }) => links.size === 1);
    await server.close();
    await other.closed;
    assert.is(api.links.size, 0);
  });
});

test.run();
