/**
 * The socket of a node that runs: what programs ask there, and what hostile ones try.
 *
 * @module
 */

import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pack } from "../../../codec/msgpack/mod.ts";
import { formatHex } from "../../../codec/mod.ts";
import { NodeClient, offerNode } from "../../../src/cli/storj/node-socket.ts";
import { ManualClock } from "../../host/manual-clock.ts";
import { type At, StorjError, type StorjNode, storjNode, WALK_TIMEOUT_MS } from "../../../src/storj/mod.ts";

const test = suite("storj program: socket");

const FACTS = { network: "storjnet", listen: "127.0.0.1", bootstrap: [], startedMs: 1 };

/** Calls that wait until their signal fires or somebody lets them go. */
class Waiting {
  readonly signals: AbortSignal[] = [];
  readonly #free: (() => void)[] = [];
  #look = () => {};

  call = (_id: unknown, { signal }: { readonly signal?: AbortSignal } = {}): Promise<At | null> => {
    this.signals.push(signal!);
    this.#look();
    return new Promise((resolve, reject) => {
      this.#free.push(() => resolve(null));
      signal!.addEventListener("abort", () => reject(new StorjError("aborted", "given up")));
    });
  };

  /** Resolves when so many calls are there. */
  async until(count: number): Promise<void> {
    while (this.signals.length < count) await new Promise<void>((resolve) => this.#look = resolve);
  }

  free(): void {
    for (const free of this.#free.splice(0)) free();
  }
}

interface Offered {
  readonly path: string;
  readonly waiting: Waiting;
  readonly node: StorjNode;
}

/** Offers a node that knows nobody, of which `dht_find` waits. */
async function offered(work: (offered: Offered) => Promise<void>): Promise<void> {
  if (process.platform === "win32") return;
  const folder = mkdtempSync(join(tmpdir(), "warpwire-sock-"));
  const path = join(folder, "storj.sock");
  const waiting = new Waiting();
  const real = await storjNode();
  const node = new Proxy(real, {
    get: (target, name) => {
      if (name === "dhtFind") return waiting.call;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const socket = await offerNode(path, { node, facts: FACTS, home: "" });
  try {
    await work({ path, waiting, node });
  } finally {
    await socket.close();
    await real.close();
    rmSync(folder, { recursive: true });
  }
}

/** A program that speaks badly, or well. */
class Talker {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  #text = "";
  #look = () => {};

  constructor(path: string) {
    this.socket = connect({ path });
    this.socket.on("error", () => {});
    this.closed = new Promise((resolve) => this.socket.on("close", () => resolve()));
    this.socket.setEncoding("utf8").on("data", (text) => {
      this.#text += text;
      this.#look();
    });
  }

  say(...requests: unknown[]): void {
    this.socket.write(requests.map((one) => `${typeof one === "string" ? one : JSON.stringify(one)}\n`).join(""));
  }

  /** The next answer. */
  async answer(): Promise<Answer> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return JSON.parse(line);
      }
      await new Promise<void>((resolve) => this.#look = resolve);
    }
  }
}

interface Answer {
  readonly jsonrpc: string;
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: { readonly code: string } };
}

const request = (method: string, params: unknown = [], id: unknown = 1) => ({ jsonrpc: "2.0", id, method, params });
const never = { signal: new AbortController().signal, notify: () => {} };

test("only its owner may connect, and what a killed node has left is no hindrance", () =>
  offered(async ({ path, node }) => {
    assert.is((statSync(path).mode & 0o777).toString(8), "600");
    await offerNode(path, { node, facts: FACTS, home: "" }).then(
      () => assert.unreachable(),
      ({ code, message }) => assert.match(`${code}: ${message}`, /^address: .*somebody answers there/),
    );
    const left = `${path}2`;
    writeFileSync(left, "");
    await offerNode(left, { node, facts: FACTS, home: "" }).then(
      () => assert.unreachable(),
      ({ code }) => assert.is(code, "address", "another file stays"),
    );
  }));

test("methods have the names and answers of the user API", () =>
  offered(async ({ path, node, waiting }) => {
    const talker = new Talker(path);
    const result = async (method: string, params?: unknown) => {
      talker.say(request(method, params, method));
      const { jsonrpc, id, result, error } = await talker.answer();
      assert.equal([jsonrpc, id], ["2.0", method]);
      return error ?? result;
    };
    assert.is(await result("dht_id"), node.nodeIdHex);
    assert.equal(await result("dht_peers"), []);
    assert.is(await result("dht_stun"), null);
    assert.is(await result("dht_put", ["key", { any: ["value", 1, null] }]), false, "nobody is there");
    assert.is(await result("dht_get", { key: "other" }), null);
    assert.is(await result("message_send", { hexnodeid: "00".repeat(20), message: "hi" }), false);
    const status = await result("node_status") as { nodeId: string; peers: unknown };
    assert.equal([status.nodeId, status.peers], [node.nodeIdHex, []]);
    assert.ok(!JSON.stringify(status).includes(node.wif()), "the key is told to nobody");
    const found = result("dht_find", ["00".repeat(20)]);
    await waiting.until(1);
    waiting.free();
    assert.is(await found, null);
    talker.say({ jsonrpc: "2.0", method: "dht_id" }, request("dht_id", [], 2));
    assert.is((await talker.answer()).id, 2, "a notification has no answer");
    talker.socket.destroy();
  }));

test("what is no request is answered as JSON-RPC 2.0 says, and the next one as well", () =>
  offered(async ({ path }) => {
    const talker = new Talker(path);
    const rows: readonly (readonly [request: unknown, code: number, reason?: string])[] = [
      ["", -32700],
      ["{", -32700],
      ["\x00\xff", -32700],
      ["[".repeat(60_000), -32700],
      ["1", -32600],
      ["null", -32600],
      ["[]", -32600],
      [{ method: "dht_id", id: 1 }, -32600],
      [{ jsonrpc: "2.0", id: 1 }, -32600],
      [{ jsonrpc: "2.0", id: {}, method: "dht_id" }, -32600],
      [request("nothing"), -32601],
      [request("__proto__"), -32601],
      [request("constructor"), -32601],
      [request("dht_get"), -32602],
      [request("dht_get", ["a", {}, 1]), -32602],
      [request("dht_get", [5]), -32602],
      [request("dht_get", { keys: "a" }), -32602],
      [request("dht_get", { ["__proto__"]: { key: "a" } }), -32602],
      [request("dht_get", "a"), -32602],
      [request("dht_get", ["a", 5]), -32602],
      [request("dht_put", ["a"]), -32602],
      [request("dht_put", ["a", "zz", { packed: true }]), -32000],
      [request("dht_put", ["a", "c1", { packed: true }]), -32000],
      [request("dht_put", ["a", "x".repeat(8200)]), -32000, "too-large"],
      [request("message_send", ["abc", "hi"]), -32000, "invalid-node-id"],
      [request("dht_put", ["a", JSON.parse(`${"[".repeat(1500)}${"]".repeat(1500)}`)]), -32000, "invalid-message"],
    ];
    for (const [line, code, reason] of rows) {
      talker.say(line);
      const { error } = await talker.answer();
      const named = typeof line === "string" ? line.slice(0, 20) : JSON.stringify(line).slice(0, 80);
      assert.is(error?.code, code, `${named}: ${JSON.stringify(error)}`);
      if (reason !== undefined) assert.is(error?.data?.code, reason, named);
      assert.ok(JSON.stringify(error).length < 500);
    }
    talker.say(request("dht_id"));
    assert.ok((await talker.answer()).result);
    talker.socket.destroy();
  }));

test("a line without an end is cut off, whatever it begins with", () =>
  offered(async ({ path }) => {
    for (
      const piece of ["a".repeat(1000), `{"jsonrpc":"2.0","id":1,"method":"dht_id","params":["`, "\0".repeat(4096)]
    ) {
      const talker = new Talker(path);
      const pump = () => {
        while (!talker.socket.destroyed && talker.socket.write(piece.repeat(16)));
      };
      talker.socket.on("drain", pump);
      pump();
      const { error } = await talker.answer();
      assert.equal([error?.code, error?.message], [-32600, "A request has more than 65536 characters"]);
      await talker.closed;
    }
    const talker = new Talker(path);
    talker.say(request("dht_id", [], "x".repeat(65_000)));
    assert.is((await talker.answer()).id, "x".repeat(65_000), "what is just not too long is answered");
    talker.say(request("dht_id", [], "x".repeat(65_536)));
    assert.is((await talker.answer()).error?.code, -32600);
    await talker.closed;
  }));

test("bytes may come one at a time, and characters in pieces", () =>
  offered(async ({ path }) => {
    const talker = new Talker(path);
    const bytes = new TextEncoder().encode(`${JSON.stringify(request("dht_get", ["schlüssel 🔑"], "é🔑"))}\n`);
    for (const byte of bytes) {
      talker.socket.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { id, result } = await talker.answer();
    assert.equal([id, result], ["é🔑", null]);
    talker.socket.destroy();
  }));

test("calls of a client that goes away end, and those of others do not", () =>
  offered(async ({ path, waiting }) => {
    const [goes, stays] = [new Talker(path), new Talker(path)];
    goes.say(request("dht_find", ["00".repeat(20)], 1), request("dht_find", ["00".repeat(20)], 2));
    await waiting.until(2);
    stays.say(request("dht_find", ["00".repeat(20)], 3));
    await waiting.until(3);
    const ended = new Promise<void>((resolve) => waiting.signals[1].addEventListener("abort", () => resolve()));
    goes.socket.destroy();
    await ended;
    assert.equal(waiting.signals.map(({ aborted }) => aborted), [true, true, false]);
    waiting.free();
    assert.is((await stays.answer()).id, 3);
    stays.socket.destroy();
  }));

test("calls and clients are so many at most", () =>
  offered(async ({ path, waiting }) => {
    const talker = new Talker(path);
    for (let id = 1; id <= 17; id++) talker.say(request("dht_find", ["00".repeat(20)], id));
    const { error } = await talker.answer();
    assert.equal([error?.code, error?.data?.code], [-32000, "busy"]);
    assert.is(waiting.signals.length, 16);
    waiting.free();
    for (let count = 0; count < 16; count++) assert.is((await talker.answer()).result, null);
    talker.say(request("dht_id"));
    assert.ok((await talker.answer()).result, "then there is room again");
    const others = Array.from({ length: 63 }, () => new Talker(path));
    for (const other of others) {
      other.say(request("dht_id"));
      await other.answer();
    }
    const tooMany = new Talker(path);
    await tooMany.closed;
    others[0].socket.destroy();
    await others[0].closed;
    for (;;) {
      const next = new Talker(path);
      next.say(request("dht_id"));
      const answered = await Promise.race([next.answer(), next.closed.then(() => null)]);
      next.socket.destroy();
      if (answered !== null) break;
    }
    for (const { socket } of [talker, ...others]) socket.destroy();
  }));

test("a client that asks and never reads is cut off", () =>
  offered(async ({ path }) => {
    const socket = connect({ path });
    socket.on("error", () => {});
    socket.pause();
    const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
    const line = `${JSON.stringify(request("nothing", [], "x".repeat(60_000)))}\n`;
    const pump = () => {
      while (!socket.destroyed && socket.write(line));
    };
    socket.on("drain", pump).on("connect", pump);
    await closed;
    const talker = new Talker(path);
    talker.say(request("dht_id"));
    assert.ok((await talker.answer()).result);
    talker.socket.destroy();
  }));

test("the client: values of any kind, errors with their codes, and an end when the node ends", () =>
  offered(async ({ path, waiting }) => {
    using client = await NodeClient.connect(path);
    const coded = (work: Promise<unknown>) => work.then(() => "none", ({ name, code }) => `${name} ${code}`);
    const value = formatHex(pack(new Uint8Array([0, 255])).bytes);
    assert.is(await client.call("dht_put", ["k", value, { packed: true }], never), false);
    assert.is(await coded(client.call("message_send", ["00", "hi"], never)), "StorjError invalid-node-id");
    assert.is(await coded(client.call("nothing", [], never)), "ServiceError answer");
    const controller = new AbortController();
    using other = await NodeClient.connect(path);
    const given = coded(other.call("dht_find", ["00"], { ...never, signal: controller.signal }));
    await waiting.until(1);
    const ended = new Promise<void>((resolve) => waiting.signals[0].addEventListener("abort", () => resolve()));
    controller.abort();
    assert.is(await given, "HostError aborted");
    await ended;
    assert.is(await coded(other.call("dht_id", [], { ...never, signal: controller.signal })), "HostError aborted");
  }));

test("the client of a node that does not answer does not wait for ever", async () => {
  if (process.platform === "win32") return;
  const folder = mkdtempSync(join(tmpdir(), "warpwire-sock-"));
  const path = join(folder, "s");
  const server = createServer((socket) => socket.on("error", () => {}).resume());
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const clock = new ManualClock();
  {
    using client = await NodeClient.connect(path, clock);
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
    assert.is(await NodeClient.connect(path).then(() => "", code), "ServiceError not-running");
    for (
      const said of ["", "nothing\n", '{"id":1,"error":5}\n', '{"method":"progress","params":null}\n', "null\n[]\n7\n"]
    ) {
      const server = createServer((socket) => socket.on("error", () => {}).once("data", () => socket.end(said)));
      await new Promise<void>((resolve) => server.listen(path, resolve));
      using client = await NodeClient.connect(path);
      const error = await client.call("dht_id", [], never).then(() => "", code);
      assert.match(error, /^(StorjError closed|ServiceError answer)$/, said);
      await new Promise((resolve) => server.close(resolve));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
