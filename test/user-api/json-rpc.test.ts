/**
 * The user API by JSON-RPC 2.0: requests of every kind, batches, errors, ends of calls.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type ClientLink, type UserApi, userApi, type UserApiOptions } from "../../src/user-api/mod.ts";
import { STORJ_ERROR_CODES, StorjError, type StorjErrorCode, type StorjNode, storjNode } from "../../src/storj/mod.ts";
import { ManualClock } from "../host/manual-clock.ts";

const test = suite("user API: JSON-RPC");

type AnyNode = StorjNode;

/** Calls that wait until their signal fires or somebody lets them go. */
class Waiting {
  readonly signals: AbortSignal[] = [];
  readonly #free: (() => void)[] = [];

  call = (_id: unknown, { signal }: { readonly signal?: AbortSignal } = {}): Promise<null> => {
    this.signals.push(signal!);
    return new Promise((resolve, reject) => {
      this.#free.push(() => resolve(null));
      signal!.addEventListener("abort", () => reject(new StorjError("aborted", "given up")));
    });
  };

  free(): void {
    for (const free of this.#free.splice(0)) free();
  }
}

/** A node that knows nobody, of which some methods are others. */
async function withApi(
  others: Partial<AnyNode>,
  work: (api: UserApi, node: AnyNode) => Promise<void>,
  options?: UserApiOptions,
): Promise<void> {
  await using real = await storjNode();
  const node = new Proxy(real as AnyNode, {
    get(target, name) {
      if (Object.hasOwn(others, name)) return others[name as keyof AnyNode];
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  await work(userApi(node, options), node);
}

const OVER_HTTP: ClientLink = { notify: null };
const request = (method: string, params?: unknown, id: unknown = 1) => ({ jsonrpc: "2.0", id, method, params });

test("requests, and what is none", () =>
  withApi({}, async (api, node) => {
    const session = api.connect(OVER_HTTP);
    const id = node.nodeIdHex;
    const rows: readonly (readonly [request: string, answer: string | null])[] = [
      ['{"jsonrpc":"2.0","method":"dht_id","id":1}', `{"jsonrpc":"2.0","result":"${id}","id":1}`],
      ['{"jsonrpc":"2.0","method":"dht_id","params":[],"id":"a"}', `{"jsonrpc":"2.0","result":"${id}","id":"a"}`],
      ['{"jsonrpc":"2.0","method":"dht_id","params":{},"id":null}', `{"jsonrpc":"2.0","result":"${id}","id":null}`],
      [
        '{"method":"dht_id","id":12345678901234567890.50,"jsonrpc":"2.0","more":1}',
        `{"jsonrpc":"2.0","result":"${id}","id":12345678901234567890.50}`,
      ],
      ['{"jsonrpc":"2.0","method":"dht_id"}', null],
      ['{"jsonrpc":"2.0","method":"nothing"}', null],
      ['[{"jsonrpc":"2.0","method":"dht_id"}]', null],
      [
        '[{"jsonrpc":"2.0","method":"dht_id","id":1},{"jsonrpc":"2.0","method":"dht_id"},{"jsonrpc":"2.0","method":"dht_peers","id":2}]',
        `[{"jsonrpc":"2.0","result":"${id}","id":1},{"jsonrpc":"2.0","result":[],"id":2}]`,
      ],
    ];
    for (const [text, answer] of rows) assert.is(await session.answer(text), answer, text);
    const errors: readonly (readonly [request: string, code: number, id?: unknown])[] = [
      ["", -32700],
      ["{", -32700],
      ['{"jsonrpc":"2.0","method":"dht_id","id":1,"id":2}', -32700],
      ["[".repeat(60_000), -32700],
      ['"\ud800"', -32700],
      ["1", -32600],
      ["null", -32600],
      ["[]", -32600],
      ["{}", -32600],
      ['{"method":"dht_id","id":1}', -32600],
      ['{"jsonrpc":"2.0","id":1}', -32600],
      ['{"jsonrpc":"2.0","id":{},"method":"dht_id"}', -32600],
      ['{"jsonrpc":"2.0","id":true,"method":"dht_id"}', -32600],
      ['{"jsonrpc":"2.0","id":7,"method":"nothing"}', -32601, 7],
      ['{"jsonrpc":"2.0","id":7,"method":"__proto__"}', -32601, 7],
      ['{"jsonrpc":"2.0","id":7,"method":"constructor"}', -32601, 7],
      [JSON.stringify(request("dht_id", [1])), -32602, 1],
      [JSON.stringify(request("dht_id", "a")), -32602, 1],
      [JSON.stringify(request("dht_id", null)), -32602, 1],
      [`[${"1,".repeat(100)}1]`, -32600],
    ];
    for (const [text, code, id = null] of errors) {
      const answer = JSON.parse((await session.answer(text))!);
      assert.equal([answer.jsonrpc, answer.error.code, answer.id], ["2.0", code, id], text.slice(0, 60));
      assert.ok(answer.error.data.name, text);
      assert.not("stack" in answer.error.data);
    }
  }));

test("a batch is answered in order, one call after the other", () => {
  const waiting = new Waiting();
  return withApi({ dhtFind: waiting.call }, async (api) => {
    let counted = 0;
    const session = api.connect({ notify: null, counted: (calls) => counted = calls });
    const ids = Array.from({ length: 100 }, (_, index) => index);
    const answer = session.answer(JSON.stringify(ids.map((id) => request("dht_find", ["00".repeat(20)], id))));
    assert.is(counted, 100);
    for (const id of ids) {
      while (waiting.signals.length <= id) await Promise.resolve();
      assert.is(waiting.signals.length, id + 1);
      waiting.free();
    }
    assert.equal(JSON.parse((await answer)!).map(({ id }: { id: number }) => id), ids);
  });
});

test("a call that takes too long is answered and stopped; so are those of a client that goes away", () => {
  const waiting = new Waiting();
  const clock = new ManualClock();
  return withApi({ dhtFind: waiting.call }, async (api) => {
    const [stays, goes] = [api.connect(OVER_HTTP), api.connect(OVER_HTTP)];
    const text = JSON.stringify(request("dht_find", ["00".repeat(20)]));
    const late = stays.answer(text);
    clock.advance(1);
    const gone = goes.answer(text);
    goes.close();
    assert.equal(waiting.signals.map(({ aborted }) => aborted), [false, true]);
    assert.is(JSON.parse((await gone)!).error.data.name, "Closed");
    clock.advance(119_998);
    assert.not(waiting.signals[0].aborted);
    clock.advance(1);
    assert.ok(waiting.signals[0].aborted);
    const { error } = JSON.parse((await late)!);
    assert.equal([error.code, error.data.name], [-32013, "Timeout"]);
    assert.is(clock.timers, 0, "no timer is left");
    assert.is(JSON.parse((await goes.answer(text))!).error.data.name, "Closed");
    api.close();
    assert.is(JSON.parse((await stays.answer(text))!).error.data.name, "Closed");
    assert.is(JSON.parse((await api.connect(OVER_HTTP).answer(text))!).error.data.name, "Closed");
  }, { clock });
});

test("calls of a client, and of all, are so many at most", () => {
  const waiting = new Waiting();
  return withApi({ dhtFind: waiting.call }, async (api) => {
    const text = JSON.stringify(request("dht_find", ["00".repeat(20)]));
    const busy = async (session: { answer(text: string): string | null | Promise<string | null> }) =>
      JSON.parse((await session.answer(text))!).error.data.name;
    const [first, second] = [api.connect(OVER_HTTP), api.connect(OVER_HTTP)];
    const answers = [first.answer(text), first.answer(text)];
    assert.is(await busy(first), "Busy");
    answers.push(second.answer(text));
    assert.is(await busy(second), "Busy", "of all");
    waiting.free();
    for (const answer of answers) assert.is(JSON.parse((await answer)!).result, null);
    const again = second.answer(text);
    waiting.free();
    assert.is(JSON.parse((await again)!).result, null, "then there is room again");
  }, { callsOfClient: 2, calls: 3 });
});

test("every error of a node has a name and a number", async () => {
  const names: Readonly<Record<string, readonly [code: number, name: string]>> = {
    "invalid-event": [-32001, "InvalidEvent"],
    "invalid-schema": [-32002, "InvalidSchema"],
    "invalid-message": [-32003, "InvalidMessage"],
    "too-large": [-32003, "InvalidMessage"],
    "invalid-node-id": [-32004, "InvalidNodeid"],
    "invalid-stream-id": [-32005, "InvalidStreamid"],
    "not-found": [-32006, "NotFound"],
    "no-peers": [-32010, "NoPeers"],
    limit: [-32012, "Limit"],
    timeout: [-32013, "Timeout"],
    aborted: [-32013, "Timeout"],
    busy: [-32014, "Busy"],
    closed: [-32015, "Closed"],
    uncertain: [-32016, "Uncertain"],
  };
  assert.equal(Object.keys(names).sort(), Object.keys(STORJ_ERROR_CODES).sort());
  for (const [code, [number, name]] of Object.entries(names)) {
    const dhtStun = () => Promise.reject(new StorjError(code as StorjErrorCode, "It \u202e is so"));
    await withApi({ dhtStun }, async (api) => {
      const answer = await api.connect(OVER_HTTP).answer(JSON.stringify(request("dht_stun")));
      assert.equal(JSON.parse(answer!).error, { code: number, message: "It \u202e is so", data: { name, code } });
    });
  }
});

test("what nobody expected is not told", async () => {
  const fail = () => {
    throw new TypeError("secret");
  };
  await withApi({ peers: fail, dhtStun: () => Promise.reject(new Error("secret")) }, async (api) => {
    const session = api.connect(OVER_HTTP);
    for (const method of ["dht_peers", "dht_stun"]) {
      const answer = (await session.answer(JSON.stringify(request(method))))!;
      assert.is(
        answer,
        '{"jsonrpc":"2.0","error":{"code":-32603,"message":"The call failed","data":{"name":"InternalError"}},"id":1}',
      );
    }
  });
});

test.run();
