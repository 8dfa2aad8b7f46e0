/**
 * The clients in other languages that stand in `examples/clients`, against nodes that run.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startSwarm } from "../../src/user-api/mod.ts";
import { root } from "../../tasks/project.ts";
import { RUNTIME } from "../cli/program-process.ts";
import { type Python, pythonWith, runs } from "../python.ts";

const test = suite("clients of the user API in other languages");

const FOLDER = join(root, "examples/clients");
const REQUIREMENTS = join(root, "test/user-api/requirements.txt");
const CHROMIUM = ["chromium", "chromium-browser", "google-chrome", "chrome"];
/** What all clients do says the same in each. */
const WRITTEN = 5;
const INVALID_NODE_ID = { code: -32004, name: "InvalidNodeid" };

/** What a client printed. */
interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => out += text);
  child.stderr.setEncoding("utf8").on("data", (text: string) => err += text);
  const [status] = await once(child, "close");
  return { status, out, err };
}

/** Two nodes of one network, by the addresses of their user APIs. */
async function withNodes(origins: readonly string[], body: (alice: string, bob: string) => Promise<void>) {
  await using swarm = await startSwarm({ nodes: 3, origins });
  const [alice, bob] = swarm.nodes.map(({ url }) => url);
  await body(alice, bob);
}

/** A test that is skipped aloud where something is missing. */
function testWith<T>(name: string, found: T | string, body: (found: T) => Promise<void>): void {
  if (typeof found !== "string") return void test(name, () => body(found));
  console.log(`  skipped: ${found}`);
  test.skip(name, () => {});
}

testWith<Python>(
  "Python, with requests",
  pythonWith({ requirements: REQUIREMENTS, module: "requests" }),
  (python) =>
    withNodes([], async (...urls) => {
      const env = { PYTHONPATH: python.packages, PYTHONDONTWRITEBYTECODE: "1" };
      const { status, out, err } = await run(python.command, [join(FOLDER, "python.py"), ...urls], env);
      assert.is(err, "");
      assert.is(
        numbered(out),
        [
          "put: True",
          "get: {'answer': 42}",
          "sent: True",
          "messages: ['hi Bob']",
          "event: issue <n>",
          `written: ${WRITTEN}`,
          "read: hello",
          "closed: True",
          `error: ${INVALID_NODE_ID.code} ${INVALID_NODE_ID.name}`,
          "",
        ].join("\n"),
      );
      assert.is(status, 0);
    }),
);

test("Node and Deno, with the client", () =>
  withNodes([], async (...urls) => {
    const [command, ...args] = RUNTIME;
    const { status, out, err } = await run(command, [...args, ownClient(), ...urls]);
    assert.is(err, "");
    assert.is(
      numbered(out),
      [
        "put: true",
        "get: { answer: 42 }",
        "sent: true",
        "message: hi Bob",
        "event: issue <n>",
        `written: ${WRITTEN}`,
        "read: hello",
        "closed: true",
        `error: ${INVALID_NODE_ID.code} ${INVALID_NODE_ID.name}`,
        "",
      ].join("\n"),
    );
    assert.is(status, 0);
  }));

const go = runs("go", ["version"]) ? {} : "there is no Go";
testWith("Go, with the standard library", go, () =>
  withNodes([], async (...urls) => {
    const { status, out, err } = await run("go", ["run", join(FOLDER, "main.go"), ...urls]);
    assert.is(err, "");
    assert.is(
      numbered(out),
      [
        "put: true",
        "get: 42",
        "sent: true",
        "messages: [hi Bob]",
        "event: issue <n>",
        `written: ${WRITTEN}`,
        "read: hello",
        "closed: true",
        `error: ${INVALID_NODE_ID.code} ${INVALID_NODE_ID.name}`,
        "",
      ].join("\n"),
    );
    assert.is(status, 0);
  }));

const curl = runs("curl", ["--version"]) && runs("sh", ["-c", "true"]) ? {} : "there is no curl, or no shell";
testWith("curl, in a shell", curl, () =>
  withNodes([], async (...urls) => {
    const { status, out, err } = await run("sh", [join(FOLDER, "curl.sh"), ...urls]);
    assert.is(err, "");
    const answers = out.trim().split("\n").map((line) => JSON.parse(line));
    const [put, got, sent, messages, subscribed, events, written, read, closed, failed] = answers.map(({ result }) =>
      result
    );
    assert.equal([put, got, sent, subscribed], [true, { answer: 42 }, true, null]);
    assert.equal(Object.values(messages), [["hi Bob"]]);
    assert.match(events[0], /^issue \d+$/);
    assert.equal([written, read, closed, failed], [WRITTEN, "68656c6c6f", true, undefined]);
    const { code, data } = answers.at(-1).error;
    assert.equal({ code, name: data.name }, INVALID_NODE_ID);
    assert.is(answers.length, 10);
    assert.is(status, 0);
  }));

const chromium = CHROMIUM.find((name) => runs(name, ["--version"])) ?? null;
testWith("a page, in Chromium", chromium === null ? "there is no Chromium" : { chromium }, async (found) => {
  await using page = await servePage();
  await withNodes([page.origin], async (alice, bob) => {
    const query = new URLSearchParams({ alice: webSocket(alice), bob: webSocket(bob) });
    const out = await page.openedBy(found.chromium, query);
    assert.is(
      numbered(out),
      [
        "put: true",
        'get: {"answer":42}',
        "sent: true",
        "message: hi Bob",
        "event: issue <n>",
        `written: ${WRITTEN}`,
        "read: 68656c6c6f",
        "closed: true",
        `error: ${INVALID_NODE_ID.code} ${INVALID_NODE_ID.name}`,
        "",
      ].join("\n"),
    );
  });
});

test("what docs/user-api.md shows of them stands in them", () => {
  const shown = readFileSync(join(root, "docs/user-api.md"), "utf8");
  const files = { python: ["python.py"], go: ["main.go"], js: ["browser.html", "node.mjs"] };
  for (const [language, names] of Object.entries(files)) {
    const source = withoutIndent(names.map((name) => readFileSync(join(FOLDER, name), "utf8")).join("\n"));
    const fences = new RegExp(`^\`\`\`${language}(?: ignore)?\n(.*?)^\`\`\``, "gms");
    const blocks = Array.from(shown.matchAll(fences), ([, block]) => block);
    assert.ok(blocks.length >= names.length, language);
    for (const block of blocks) assert.ok(source.includes(withoutIndent(block)), block);
  }
});

/** The file to run. On Node it would import the package as it was last built: it gets the sources of the tests. */
function ownClient(): string {
  const file = join(FOLDER, "node.mjs");
  if ("Deno" in globalThis) return file;
  const copy = join(root, ".build", "client.run.mjs");
  const source = readFileSync(file, "utf8");
  writeFileSync(copy, source.replace('"warpwire/user-api/client"', '"./src/user-api/client/mod.js"'));
  return copy;
}

/** Of several events the first that comes is taken, which may be a later one. */
function numbered(text: string): string {
  return text.replace(/issue \d+/, "issue <n>");
}

function withoutIndent(text: string): string {
  return text.replace(/^[ \t]+/gm, "");
}

function webSocket(url: string): string {
  return url.replace(/^http/, "ws");
}

/** What is around the page: it tells when the page is done, and what it shows. */
const FRAME = `<!doctype html><iframe></iframe><script type="module">
  const frame = document.querySelector("iframe");
  frame.src = "/browser.html" + location.search;
  const look = setInterval(() => {
    if (frame.contentDocument?.title !== "Done") return;
    clearInterval(look);
    fetch("/shown", { method: "POST", body: frame.contentDocument.getElementById("log").textContent });
  }, 50);
</script>`;

/** Serves the page as it is, and a frame around it. */
async function servePage() {
  let show = (_text: string) => {};
  const server = createServer(async (request, response) => {
    if (request.method === "POST") {
      let body = "";
      for await (const piece of request.setEncoding("utf8")) body += piece;
      show(body);
    }
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(request.url?.startsWith("/browser.html") ? readFileSync(join(FOLDER, "browser.html")) : FRAME);
  });
  server.listen({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    /** What the page shows when it is done. */
    async openedBy(browser: string, query: URLSearchParams): Promise<string> {
      const profile = mkdtempSync(join(tmpdir(), "warpwire-page-"));
      const shown = new Promise<string>((resolve) => show = resolve);
      const options = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        `--user-data-dir=${profile}`,
      ];
      const child = spawn(browser, [...options, `${origin}/?${query}`], { stdio: "ignore" });
      const ended = once(child, "exit");
      try {
        return await Promise.race([shown, ended.then(() => "The browser has ended")]);
      } finally {
        child.kill();
        await ended;
        rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

test.run();
