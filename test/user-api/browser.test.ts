/**
 * What a real browser can do with a user API: a page of an origin that was named, of another one, and one whose name leads
 * here by a trick of its DNS.
 *
 * @module
 */

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { NotingApi, served, TOKEN } from "./server.ts";

const test = suite("user API: browser");

const browser = ["chromium", "chromium-browser", "google-chrome"].find((name) => runs(name));
if (browser === undefined) console.log("  skipped: there is no Chromium to open pages with");
const inBrowser = browser === undefined ? test.skip : test;

/** A name that leads to this machine in the browser, as one does after a rebinding. */
const REBOUND = "rebound.example";
const BROWSER_OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions"];
const RESOLVING = `--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`;

/** What a page finds out. Each attempt gives a text, or how it failed. */
const PAGE_SCRIPT = `
  const { api, token } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "dht_id" });
  const json = { "content-type": "application/json" };
  const found = {};
  const attempt = async (name, work) => {
    try { found[name] = String(await work()); } catch (error) { found[name] = error.name; }
  };
  const post = (headers, more = {}) => fetch(api, { method: "POST", headers, body, ...more });
  const webSocket = (first) => new Promise((resolve) => {
    const socket = new WebSocket(api.replace("http", "ws"));
    const texts = [];
    socket.onopen = () => [first, body].forEach((text) => text && socket.send(text));
    socket.onmessage = ({ data }) => texts.push(data) === 2 && resolve(texts[1]);
    socket.onclose = ({ code }) => resolve("closed " + code);
  });
  const authorize = JSON.stringify({ jsonrpc: "2.0", id: 0, method: "authorize", params: { token } });
  const form = (enctype) => new Promise((resolve) => {
    const frame = Object.assign(document.createElement("iframe"), { name: "f" + Math.random() });
    document.body.append(frame);
    const form = Object.assign(document.createElement("form"), { action: api, method: "POST", enctype, target: frame.name });
    form.append(Object.assign(document.createElement("input"), { name: body.slice(0, -1) + ',"x":"', value: '"}' }));
    document.body.append(form);
    frame.onload = () => resolve("answered");
    form.submit();
  });
  await attempt("json with the token", async () => (await post({ ...json, authorization: "Bearer " + token })).text());
  await attempt("json without the token", async () => (await post(json)).status);
  await attempt("text", async () => (await post({ "content-type": "text/plain" }, { mode: "no-cors" })).type);
  await attempt("text with cookies", async () => (await post({}, { mode: "no-cors", credentials: "include" })).type);
  await attempt("get", async () => (await fetch(api + "/health")).text());
  await attempt("get call", async () => (await fetch(api + "/?method=dht_id&id=1&jsonrpc=2.0", { mode: "no-cors" })).type);
  await attempt("beacon", () => navigator.sendBeacon(api, new Blob([body], { type: "text/plain" })));
  await attempt("form as text", () => form("text/plain"));
  await attempt("form", () => form("application/x-www-form-urlencoded"));
  await attempt("WebSocket", () => webSocket(authorize));
  await attempt("WebSocket without the token", () => webSocket(""));
  await fetch("/found", { method: "POST", body: JSON.stringify(found) });
`;

/** What a page found out, and what the server noted. */
interface Found {
  readonly found: Readonly<Record<string, string>>;
  readonly asked: readonly string[];
}

/** Opens a page in the browser. */
async function openPage(pageHost: string, named: boolean, apiHost: string, token: string | null): Promise<Found> {
  let report = (_text: string) => {};
  const reported = new Promise<string>((resolve) => report = resolve);
  const pages = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (piece) => text += piece);
    request.on("end", () => {
      if (request.url === "/found") report(text);
      response.setHeader("content-type", "text/html");
      response.end(`<!doctype html><body><script type="module">${PAGE_SCRIPT}</script>`);
    });
  });
  await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
  const origin = `http://${pageHost}:${(pages.address() as AddressInfo).port}`;
  const folder = mkdtempSync(join(tmpdir(), "warpwire-browser-"));
  const answer = JSON.stringify({ jsonrpc: "2.0", id: 1, result: "the id" });
  let found: Found | undefined;
  await served(
    new NotingApi(() => answer),
    { access: { token, origins: named ? [origin] : [] } },
    async ({ api, port }) => {
      const where = encodeURIComponent(JSON.stringify({ api: `http://${apiHost}:${port}`, token: TOKEN }));
      const argv = [...BROWSER_OPTIONS, RESOLVING, `--user-data-dir=${folder}`, "--remote-debugging-port=0"];
      const child = spawn(browser!, [...argv, `${origin}/#${where}`], { stdio: "ignore", detached: true });
      const ended = new Promise((resolve) => child.on("exit", resolve).on("error", resolve));
      try {
        const text = await Promise.race([reported, ended.then(() => assert.unreachable("The browser has ended"))]);
        found = { found: JSON.parse(String(text)), asked: [...api.asked] };
      } finally {
        // With the processes that it has started.
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
        await ended;
      }
    },
  );
  pages.closeAllConnections();
  await new Promise((resolve) => pages.close(resolve));
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  return found!;
}

const CALL = '{"jsonrpc":"2.0","id":1,"method":"dht_id"}';
const ANSWER = '{"jsonrpc":"2.0","id":1,"result":"the id"}';
/** What every page finds that may not call. */
const REFUSED = {
  "json with the token": "TypeError",
  "json without the token": "TypeError",
  // The browser sends these, but the page does not learn the answer, which is a refusal.
  "text": "opaque",
  "text with cookies": "opaque",
  "get": "TypeError",
  "get call": "opaque",
  "beacon": "true",
  "form as text": "answered",
  "form": "answered",
  "WebSocket": "closed 1006",
  "WebSocket without the token": "closed 1006",
};

inBrowser("a page of an origin that was named calls with the token, by requests and by a WebSocket", async () => {
  const { found, asked } = await openPage("127.0.0.1", true, "127.0.0.1", TOKEN);
  assert.equal(found, {
    ...REFUSED,
    "json with the token": ANSWER,
    "json without the token": "401",
    "get": '{"status":"ok"}\n',
    "WebSocket": ANSWER,
    "WebSocket without the token": "closed 1008",
  });
  assert.equal(asked, [CALL, CALL]);
});

inBrowser("a page of another origin calls nothing, not even where no token is needed", async () => {
  for (const token of [TOKEN, null]) {
    const { found, asked } = await openPage("127.0.0.1", false, "127.0.0.1", token);
    assert.equal(found, REFUSED);
    assert.equal(asked, []);
  }
});

inBrowser("a page whose name leads to this machine calls nothing, even if its origin was named", async () => {
  const { found, asked } = await openPage(REBOUND, true, REBOUND, null);
  assert.equal(found, REFUSED);
  assert.equal(asked, []);
});

function runs(command: string): boolean {
  try {
    execFileSync(command, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test.run();
