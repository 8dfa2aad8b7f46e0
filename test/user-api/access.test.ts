/**
 * Who comes in: names of the server, web pages, and tokens.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { serveHttp } from "../../src/user-api/servers/http-server.ts";
import { ask, Messages, NotingApi, served, TOKEN, USUAL } from "./server.ts";

const test = suite("user API: access");

/** What a browser sends with a request of a page. */
const BROWSER = {
  "accept": "*/*",
  "accept-encoding": "gzip, deflate, br, zstd",
  "accept-language": "en-US,en;q=0.9",
  "sec-fetch-dest": "empty",
  "sec-fetch-mode": "cors",
  "sec-fetch-site": "cross-site",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
};

/** The statuses of a POST, a GET and a WebSocket with some headers. */
async function statuses(port: number, headers: Record<string, string>): Promise<[number, number, number]> {
  const post = await ask(port, { headers: { ...USUAL, ...headers }, body: "{}" });
  const get = await ask(port, { method: "GET", path: "/health", headers });
  const socket = new Messages(port, { ...headers, authorization: USUAL.authorization });
  const webSocket = await Promise.race([socket.open().then(() => 101, () => socket.closed), socket.closed]);
  socket.socket.terminate();
  return [post.status, get.status, webSocket];
}

test("a server is called by a name of this machine, or by one that it was given", async () => {
  const access = { token: TOKEN, hosts: ["Node.example", "192.0.2.7", "[2001:db8::1]"] };
  await served(new NotingApi(), { access }, async ({ api, port }) => {
    const good = ["localhost", "LocalHost:80", `127.0.0.1:${port}`, "127.9.9.9", "[::1]", `[::1]:${port}`];
    for (const host of [...good, "node.example:5000", "NODE.EXAMPLE", "192.0.2.7", "[2001:db8::1]:5000"]) {
      assert.equal(await statuses(port, { host }), [200, 200, 101], host);
    }
    const asked = api.asked.length;
    const others = ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "node.example.evil", "0.0.0.0"];
    for (
      const host of [...others, "192.0.2.8", "[::]", "[2001:db8::2]", "localhost.", "127.0.0.1:80:80", "evil@localhost"]
    ) {
      assert.equal(await statuses(port, { host }), [403, 403, 403], host);
    }
    assert.is(api.asked.length, asked, "none was asked");
  });
});

test("only web pages of origins that were given may ask", async () => {
  const access = { token: TOKEN, origins: ["https://Example.org/", "http://localhost:8080", "moz-extension://0a-1"] };
  await served(new NotingApi(), { access }, async ({ api, port }) => {
    for (const origin of ["https://example.org", "http://localhost:8080", "moz-extension://0a-1"]) {
      assert.equal(await statuses(port, { ...BROWSER, origin }), [200, 200, 101], origin);
      const { headers } = await ask(port, { headers: { ...USUAL, origin }, body: "{}" });
      assert.equal([headers["access-control-allow-origin"], headers.vary], [origin, "origin"]);
      const preflight = await ask(port, {
        method: "OPTIONS",
        headers: {
          ...BROWSER,
          origin,
          "access-control-request-method": "POST",
          "access-control-request-headers": "authorization,content-type",
          "access-control-request-private-network": "true",
        },
      });
      assert.is(preflight.status, 204);
      const allowed = (name: string) => preflight.headers[`access-control-allow-${name}`];
      assert.equal([allowed("origin"), allowed("headers")], [origin, "authorization, content-type"]);
      assert.equal([allowed("private-network"), allowed("credentials")], ["true", undefined]);
      assert.match(String(allowed("methods")), "POST");
    }
    const asked = api.asked.length;
    const others = [
      "https://example.org:444",
      "http://example.org",
      "https://example.org.evil.example",
      "null",
      "",
      "*",
    ];
    for (
      const origin of [...others, `http://127.0.0.1:${port}`, "http://localhost", "https://a.example.org", "file://"]
    ) {
      assert.equal(await statuses(port, { ...BROWSER, origin }), [403, 403, 403], origin);
      const preflight = await ask(port, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST" },
      });
      assert.equal([preflight.status, preflight.headers["access-control-allow-origin"]], [403, undefined], origin);
    }
    assert.is(api.asked.length, asked);
  });
});

test("without the token nothing is called", async () => {
  await served(new NotingApi(), {}, async ({ api, port }) => {
    const wrong = ["", "Bearer", "Bearer ", `Bearer ${TOKEN}0`, `Bearer ${TOKEN.slice(1)}`, TOKEN, `Basic ${TOKEN}`];
    for (const authorization of [...wrong, `Bearer ${TOKEN.toUpperCase()}`, `Bearer ${TOKEN} x`, "Bearer undefined"]) {
      const { status, headers } = await ask(port, { headers: { ...USUAL, authorization }, body: "{}" });
      assert.equal([status, headers["www-authenticate"]], [401, "Bearer"], authorization);
      const socket = new Messages(port, { authorization });
      if (authorization !== "") assert.is(await socket.closed, 401, authorization);
      socket.socket.terminate();
    }
    const { "content-type": type } = USUAL;
    assert.is((await ask(port, { headers: { "content-type": type }, body: "{}" })).status, 401);
    assert.is(
      (await ask(port, { headers: { "content-type": type }, path: `/?token=${TOKEN}`, body: "{}" })).status,
      401,
    );
    assert.is((await ask(port, { method: "GET", path: "/health", headers: {} })).status, 200);
    assert.equal(api.asked, []);
    for (const authorization of [`bearer ${TOKEN}`, `Bearer  ${TOKEN} `]) {
      assert.is((await ask(port, { headers: { ...USUAL, authorization }, body: "{}" })).status, 200);
    }
  });
});

test("no token is needed where only this machine comes in, and nowhere else", async () => {
  await served(new NotingApi(), { access: { token: null } }, async ({ port }) => {
    const headers = { "content-type": "application/json" };
    assert.is((await ask(port, { headers, body: "{}" })).status, 200);
    assert.is((await ask(port, { headers: { ...headers, authorization: "Bearer whatever" }, body: "{}" })).status, 200);
    assert.is((await ask(port, { headers: { ...headers, origin: "https://example.org" }, body: "{}" })).status, 403);
  });
  const code = async (address: string, access: { token: string | null; hosts?: string[]; origins?: string[] }) => {
    const api = new NotingApi();
    const options = { api, url: new URL(address), access, openRpc: () => "", metrics: () => "" };
    return await serveHttp(options).then((server) => server.close().then(() => "listens"), ({ code }) => code);
  };
  for (const address of ["http://0.0.0.0:0", "http://[::]:0", "http://192.0.2.7:0", "http://node.example:0"]) {
    assert.is(await code(address, { token: null }), "address", address);
    assert.is(await code(address, { token: null, hosts: ["node.example"] }), "address", address);
  }
  assert.is(await code("http://0.0.0.0:0", { token: TOKEN }), "listens");
  assert.is(await code("http://localhost:0", { token: null }), "listens");
  for (const host of ["", "a b", "a/b", "https://a", "*", "a@b"]) {
    assert.is(await code("http://127.0.0.1:0", { token: TOKEN, hosts: [host] }), "address", host);
  }
  for (const origin of ["", "*", "null", "example.org", "https://", "https://a/b", "https://*.a", "https://a?b"]) {
    assert.is(await code("http://127.0.0.1:0", { token: TOKEN, origins: [origin] }), "address", origin);
  }
});

test.run();
