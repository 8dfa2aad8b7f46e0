/**
 * The socket of a node that runs: what programs ask there, and what hostile ones try.
 *
 * @module
 */

import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type At, StorjError, type StorjNode, storjNode } from "../../src/storj/mod.ts";
import { serveUnix, type UserApi, userApi } from "../../src/user-api/mod.ts";

const test = suite("user API: unix socket");

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
  readonly api: UserApi;
}

/** Offers a node that knows nobody, of which `dht_find` waits. */
async function offered(
  work: (offered: Offered) => Promise<void>,
  limits: { readonly connections?: number } = {},
): Promise<void> {
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
  const api = userApi(node as StorjNode);
  const socket = await serveUnix(path, api, { limits });
  try {
    await work({ path, waiting, node, api });
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
    for (const one of requests) {
      if (!(one instanceof Uint8Array)) this.socket.write(`${typeof one === "string" ? one : JSON.stringify(one)}\n`);
      else this.socket.write(Uint8Array.of(...one, 0x0a));
    }
  }

  /** What has come and was not looked at. */
  get rest(): string {
    return this.#text;
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
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: { readonly name: string; readonly code?: string };
  };
}

const request = (method: string, params: unknown = [], id: unknown = 1) => ({ jsonrpc: "2.0", id, method, params });

test("only its owner may connect, and what a killed node has left is no hindrance", () =>
  offered(async ({ path, api }) => {
    assert.is((statSync(path).mode & 0o777).toString(8), "600");
    await serveUnix(path, api).then(
      () => assert.unreachable(),
      ({ code, message }) => assert.match(`${code}: ${message}`, /^address: .*somebody answers there/),
    );
    const left = `${path}2`;
    writeFileSync(left, "");
    await serveUnix(left, api).then(
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

test("what is no request is answered, and the next one as well", () =>
  offered(async ({ path }) => {
    const talker = new Talker(path);
    const rows: readonly (readonly [request: unknown, code: number, name?: string])[] = [
      ["", -32700],
      ["{", -32700],
      [Uint8Array.of(0x22, 0xff, 0x22), -32700],
      ["[".repeat(60_000), -32700],
      ["null", -32600],
      [request("nothing"), -32601],
      [request("dht_get", [{ a: 5 }]), -32602],
      [request("dht_put", ["a", "x".repeat(8200)]), -32003, "InvalidMessage"],
      [request("message_send", ["abc", "hi"]), -32004, "InvalidNodeid"],
      [request("dht_put", ["a", JSON.parse(`${"[".repeat(80)}${"]".repeat(80)}`)]), -32602],
    ];
    for (const [line, code, name] of rows) {
      talker.say(line);
      const { error } = await talker.answer();
      const named = typeof line === "string" ? line.slice(0, 20) : JSON.stringify(line).slice(0, 80);
      assert.is(error?.code, code, `${named}: ${JSON.stringify(error)}`);
      if (name !== undefined) assert.is(error?.data?.name, name, named);
      assert.ok(JSON.stringify(error).length < 1000);
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
      assert.equal([error?.code, error?.message], [-32012, "A request has more than 1048576 bytes"]);
      await talker.closed;
      assert.is(talker.rest, "", "it is told once");
    }
    const talker = new Talker(path);
    const around = JSON.stringify(request("dht_id", [], "")).length;
    const longest = "x".repeat(1024 * 1024 - around);
    talker.say(request("dht_id", [], longest));
    assert.is((await talker.answer()).id, longest, "what is just not too long is answered");
    talker.say(request("dht_id", [], `${longest}x`));
    assert.is((await talker.answer()).error?.code, -32012);
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

test("calls of one client are so many at most; others wait, and those of others do not", () =>
  offered(async ({ path, waiting }) => {
    const talker = new Talker(path);
    for (let id = 1; id <= 70; id++) talker.say(request("dht_find", ["00".repeat(20)], id));
    await waiting.until(64);
    const other = new Talker(path);
    other.say(request("dht_id"));
    assert.ok((await other.answer()).result);
    assert.is(waiting.signals.length, 64, "the others wait for their turn");
    waiting.free();
    await waiting.until(70);
    waiting.free();
    for (let count = 1; count <= 70; count++) assert.is((await talker.answer()).result, null);
    for (const { socket } of [talker, other]) socket.destroy();
  }));

test("clients are so many at most", () =>
  offered(async ({ path }) => {
    const clients = Array.from({ length: 3 }, () => new Talker(path));
    for (const client of clients) {
      client.say(request("dht_id"));
      await client.answer();
    }
    await new Talker(path).closed;
    clients[0].socket.destroy();
    await clients[0].closed;
    for (;;) {
      const next = new Talker(path);
      next.say(request("dht_id"));
      const answered = await Promise.race([next.answer(), next.closed.then(() => null)]);
      next.socket.destroy();
      if (answered !== null) break;
    }
    for (const { socket } of clients) socket.destroy();
  }, { connections: 3 }));

test("a client that asks and never reads is not read any more, and ends with the server", () =>
  offered(async ({ path }) => {
    const socket = connect({ path });
    socket.on("error", () => {});
    socket.pause();
    const line = `${JSON.stringify(request("nothing", [], "x".repeat(60_000)))}\n`;
    let written = 0;
    await new Promise<void>((resolve) => {
      // It is not read any more when nothing drains while others are answered many times.
      const pump = () => {
        while (socket.write(line)) written++;
        written++;
        void quiet().then((isQuiet) => isQuiet && resolve());
      };
      const quiet = async () => {
        const before = written;
        const talker = new Talker(path);
        for (let count = 0; count < 200; count++) {
          talker.say(request("dht_id"));
          await talker.answer();
        }
        talker.socket.destroy();
        return written === before;
      };
      socket.on("drain", pump).on("connect", pump);
    });
    assert.ok(written < 200, `${written} requests of 60 KB were read`);
    socket.destroy();
  }));

test.run();
