/**
 * How commands call a node that runs.
 *
 * @module
 */

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ownNode, runningNode } from "../../../src/cli/storj/node-caller.ts";
import { packedForm } from "../../../src/cli/storj/texts.ts";
import { StorjError, type StorjNode, storjNode, WALK_TIMEOUT_MS } from "../../../src/storj/mod.ts";
import { serveUnix, type UserApi, userApi } from "../../../src/user-api/mod.ts";
import { ManualClock } from "../../host/manual-clock.ts";

const test = suite("storj program: calling a node");

const never = { signal: new AbortController().signal, notify: () => {} };

/** A node that knows nobody, of which `dht_find` waits for its end. */
async function offered(
  work: (path: string, found: Promise<AbortSignal>, api: UserApi) => Promise<void>,
): Promise<void> {
  if (process.platform === "win32") return;
  const folder = mkdtempSync(join(tmpdir(), "warpwire-sock-"));
  const path = join(folder, "storj.sock");
  await using real = await storjNode();
  let called: (signal: AbortSignal) => void;
  const found = new Promise<AbortSignal>((resolve) => called = resolve);
  const dhtFind = (_: unknown, { signal }: { readonly signal: AbortSignal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new StorjError("aborted", "given up")));
      called(signal);
    });
  const node = new Proxy(real as StorjNode, {
    get(target, name) {
      if (name === "dhtFind") return dhtFind;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  try {
    const api = userApi(node);
    await using _ = await serveUnix(path, api);
    await work(path, found, api);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the client: values of any kind, errors with their codes, and an end when the node ends", () =>
  offered(async (path, found) => {
    using client = await runningNode(path);
    const coded = (work: Promise<unknown>) => work.then(() => "none", ({ name, code }) => `${name} ${code}`);
    const value = packedForm(new Uint8Array([0, 255]));
    assert.is(await client.call("dht_put", ["k", value], never), false);
    assert.is(await coded(client.call("message_send", ["00", "hi"], never)), "StorjError invalid-node-id");
    assert.is(await coded(client.call("nothing", [], never)), "ServiceError answer");
    const controller = new AbortController();
    using other = await runningNode(path);
    const given = coded(other.call("dht_find", ["00"], { ...never, signal: controller.signal }));
    const signal = await found;
    const ended = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    controller.abort();
    assert.is(await given, "HostError aborted");
    await ended;
    assert.is(await coded(other.call("dht_id", [], { ...never, signal: controller.signal })), "HostError aborted");
  }));

test("a call of the command's own node ends with the command", () =>
  offered(async (_, found, api) => {
    using client = ownNode(api);
    assert.match(String(await client.call("dht_id", [], never)), /^[0-9a-f]{40}$/);
    const controller = new AbortController();
    const given = client.call("dht_find", ["00"], { ...never, signal: controller.signal }).then(
      () => "none",
      ({ name, code }) => `${name} ${code}`,
    );
    const signal = await found;
    controller.abort();
    assert.is(await given, "HostError aborted");
    assert.ok(signal.aborted);
  }));

test("the client of a node that does not answer does not wait for ever", async () => {
  if (process.platform === "win32") return;
  const folder = mkdtempSync(join(tmpdir(), "warpwire-sock-"));
  const path = join(folder, "s");
  const server = createServer((socket) => socket.on("error", () => {}).resume());
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const clock = new ManualClock();
  {
    using client = await runningNode(path, clock);
    const found = client.call("dht_get", ["a"], never).then(() => "", ({ name, code }) => `${name} ${code}`);
    clock.advance(WALK_TIMEOUT_MS + 4999);
    assert.is(await Promise.race([found, Promise.resolve("waits")]), "waits");
    clock.advance(1);
    assert.is(await found, "StorjError timeout");
  }
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

test("the client of a node that stops, or is none", async () => {
  if (process.platform === "win32") return;
  const folder = mkdtempSync(join(tmpdir(), "warpwire-sock-"));
  const path = join(folder, "s");
  const code = (error: { name: string; code: string }) => `${error.name} ${error.code}`;
  try {
    assert.is(await runningNode(path).then(() => "", code), "ServiceError not-running");
    for (
      const said of ["", "nothing\n", '{"id":1,"error":5}\n', '{"method":"progress","params":null}\n', "null\n[]\n7\n"]
    ) {
      const server = createServer((socket) => socket.on("error", () => {}).once("data", () => socket.end(said)));
      await new Promise<void>((resolve) => server.listen(path, resolve));
      using client = await runningNode(path);
      const error = await client.call("dht_id", [], never).then(() => "", code);
      assert.match(error, /^(StorjError closed|ServiceError answer)$/, said);
      await new Promise((resolve) => server.close(resolve));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
