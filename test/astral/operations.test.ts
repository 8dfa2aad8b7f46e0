/**
 * Each operation of the service, and of the original node, is asked: what it answers, whom, and how it fails.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket } from "ws";
import {
  type AstralObject,
  decodeObjectJson,
  encodeObjectJson,
  OBJECT_TYPES,
  ZERO_IDENTITY,
} from "../../codec/protocols/astral/mod.ts";
import { astralService, type LocalService } from "../../src/astral/mod.ts";
import { type AbsentOperations, type Operation, OPERATIONS } from "../../src/astral/operations/mod.ts";
import { memoryHost, MemoryNetwork } from "../../src/host/mod.ts";
import { fails } from "../host/pair.ts";
import { ID_ONE, ID_THREE, ID_TWO, ObjectGuest, takeAll } from "./guests.ts";
import { EOS, objectsOf, POINT, type Scene, withScene } from "./operations-scene.ts";

const test = suite("astral: operations");

const OURS = OPERATIONS.filter((row): row is Operation => "prepare" in row);
const ABSENT = OPERATIONS.filter((row): row is AbsentOperations => "why" in row);

/** A query for each operation, what is sent on its stream, and what is answered: types of objects, or other bytes. */
const EXAMPLES: Readonly<
  Record<string, { readonly query?: string; readonly sent?: readonly AstralObject[]; readonly answer: string | RegExp }>
> = {
  ".spec": { query: "?op=apphost.whoami", answer: "routing.op_spec eos" },
  "shell.spec": { query: "?op=apphost.whoami", answer: "routing.op_spec eos" },
  "apphost.whoami": { answer: "identity" },
  "apphost.register": { answer: "apphost.access_token" },
  "apphost.create_token": { query: "?id=friend&duration=1h", answer: "apphost.access_token" },
  "apphost.list_tokens": {
    query: `?id=${ID_THREE}`,
    answer: "apphost.access_token eos",
  },
  "apphost.cancel": { query: "?id=1", answer: "error_message" },
  "apphost.register_handler": { query: "?endpoint=tcp:127.0.0.1:1&token=1", answer: "ack" },
  "apphost.bind": { sent: [EOS], answer: "ack" },
  "dir.resolve": { query: "?name=friend", answer: "identity" },
  "dir.get_alias": { query: `?id=${ID_TWO}`, answer: "string8" },
  "dir.alias_map": { answer: "mod.dir.alias_map" },
  "dir.set_alias": { query: `?id=${ID_THREE}&alias=three`, answer: "ack" },
  "dir.filters": { answer: "eos" },
  "dir.apply_filters": { query: "?filters=all,linked", answer: "bool" },
  "objects.blueprints": { answer: [...Object.keys(OBJECT_TYPES).slice(1).map(() => "string8"), "eos"].join(" ") },
  "objects.register_blueprint": {
    sent: [{ type: "astral.blueprint", value: POINT }, EOS],
    answer: "object_id.sha256 eos",
  },
  "objects.echo": { query: "?stop=eos", sent: [{ type: "uint8", value: 7 }, EOS], answer: "uint8" },
  ".ping": { answer: /^$/ },
  "warpwire.status": { answer: /^\{.*\}\n$/ },
  "warpwire.peers": { answer: /^(\{.*\}\n)+$/ },
  "warpwire.failure": { query: "?peer=friend", answer: /^$/ },
  "warpwire.ping": { query: `?peer=${ID_THREE}`, answer: /^\{.*"error":"unreachable".*\}\n$/ },
};

test(
  "every operation that there is answers what its row says, to whom its row says",
  withScene(async (scene) => {
    const { bench, address, refusal } = scene;
    assert.equal(OURS.map(({ name }) => name).sort(), Object.keys(EXAMPLES).sort());
    for (const { name, permission, answer: said } of OURS) {
      const { query = "", sent = [], answer } = EXAMPLES[name];
      const without = { "everybody": [], "guests": [], "known guests": [""], "node": ["", "two"] }[permission];
      for (const token of without) {
        assert.is(await refusal(token, name + query), 1, `${name} with the token "${token}"`);
      }
      const guest = await ObjectGuest.enter(bench, address, permission === "node" ? "own" : "two");
      await guest.open(name + query);
      for (const object of sent) await guest.write(object);
      if (name === ".ping") await guest.connection.close();
      const bytes = await takeAll(guest.connection).catch(() => new Uint8Array(0));
      if (typeof answer === "string") {
        const types = objectsOf(bytes).map(({ type }) => type);
        assert.is(types.join(" "), answer, name);
        // The table names the types, unless they are those that come; failures are in the text before it.
        const named = name === "objects.echo" ? [] : types.filter((type) => type !== "error_message");
        for (const type of named) assert.match(said, `\`${type}\``, name);
      } else {
        assert.match(new TextDecoder().decode(bytes), answer, `${name}: ${new TextDecoder().decode(bytes)}`);
      }
    }
  }),
);

test(
  "operations of the original that are not here have no route, until a program takes them",
  withScene(async (scene) => {
    const { bench, address, service, ask, refusal } = scene;
    const names = ABSENT.flatMap(({ names }) => names);
    assert.is(new Set([...names, ...OURS.map(({ name }) => name)]).size, names.length + OURS.length);
    for (const name of names) assert.is(await refusal("own", name), "route_not_found", name);
    const count = (module: string) =>
      [...names, ...OURS.map(({ name }) => name)].filter((name) => name.startsWith(`${module}.`)).length;
    assert.equal(["apphost", "dir", "objects", "user", "nodes", "crypto", "nat", "tree", "gateway"].map(count), [
      ...[13, 6, 25, 14, 7, 5, 5, 6, 5],
    ]);
    const stores = service.host.mountStreams("objects.store");
    const guest = await ObjectGuest.enter(bench, address, "two");
    await guest.query("objects.store?repo=main");
    assert.is((await stores.nextIncoming()).path, "objects.store?repo=main");
    assert.throws(
      () => service.host.mountStreams("objects.echo"),
      (error: { code?: string }) => error.code === "mounted",
    );
    assert.equal(await ask("own", "apphost.whoami"), [{ type: "identity", value: ID_ONE }]);
  }),
);

test("other nodes are answered by the echo of pings only", async () => {
  const network = new MemoryNetwork();
  const link = await memoryHost({ network, peerId: ID_ONE });
  const friend = await memoryHost({ network, peerId: ID_TWO });
  {
    await using _service = await astralService({ identity: ID_ONE, link, listen: [] });
    await using two = await astralService({ identity: ID_TWO, link: friend, listen: [] });
    for (const { name, permission } of OURS) {
      const opening = two.host.openStream({ peerId: ID_ONE }, name + (EXAMPLES[name].query ?? ""));
      if (permission === "everybody") await (await opening).close();
      else await fails(opening, "rejected");
    }
  }
  await Promise.all([link, friend].map((host) => host.stop()));
});

/** The queries of the original `astral-run -as NAME`, with the token that it has itself: what it gives to the program. */
async function astralRun({ ask }: Pick<Scene, "ask">, token: string, name: string): Promise<string> {
  let identity = name;
  if (!/^[0-9a-f]{66}$/.test(name)) {
    const [resolved] = await ask(token, `dir.resolve?name=${name}`);
    if (resolved.type !== "identity") throw new Error(String(resolved.value));
    identity = resolved.value;
  }
  const [first] = await ask(token, `apphost.list_tokens?id=${identity}`);
  if (first.type !== "apphost.access_token") throw new Error("no token found for identity");
  return first.value.token;
}

test(
  "a program that astral-run starts for a guest has the guest's rights",
  withScene(async (scene) => {
    const { ask } = scene;
    await ask("own", `dir.set_alias?id=${ID_THREE}&alias=carol`);
    const [app] = await ask("", "apphost.register");
    assert.is(app.type, "apphost.access_token");
    const { identity, token } = app.value as { identity: string; token: string };
    const rows = [["friend", "two"], [ID_TWO, "two"], ["carol", "three"], [ID_THREE, "three"], [identity, token]];
    for (const [name, expected] of rows) assert.is(await astralRun(scene, "own", name), expected, name);
    assert.equal(await ask(await astralRun(scene, "own", "friend"), "apphost.whoami"), [
      { type: "identity", value: ID_TWO },
    ]);
    // A name as the id means the same, and the node is only who asks for the node.
    for (const id of ["friend", ID_TWO]) {
      const listed = await ask("own", `apphost.list_tokens?id=${id}`);
      assert.equal(listed.map(({ value }) => (value as { token?: string }).token), ["two", undefined]);
    }
    assert.is(await astralRun(scene, "own", "one"), "own");
    // Who asks for nobody in particular gets the tokens of all; those that open everything are the last.
    const all = await ask("own", `apphost.list_tokens`);
    assert.equal(all.map(({ value }) => (value as { token?: string }).token), [
      "two",
      "three",
      token,
      "own",
      undefined,
    ]);
    assert.equal(await ask("own", `apphost.list_tokens?id=anyone`), all);
    const nobody = await astralRun(scene, "own", "nobody").catch((error) => error);
    assert.is(nobody.message, "unknown identity: nobody");
  }),
);

test(
  "nobody but the node is given tokens",
  withScene(async ({ refusal }) => {
    for (const token of ["", "two"]) {
      for (
        const query of ["list_tokens", `list_tokens?id=${ID_TWO}`, "list_tokens?id=friend", "create_token?id=friend"]
      ) {
        assert.is(await refusal(token, `apphost.${query}`), 1, `${query} with the token "${token}"`);
      }
    }
  }),
);

test(
  "failures are messages in frames, and rejections in JSON",
  withScene(async ({ ask, refusal }) => {
    const rows: readonly (readonly [query: string, failure: string])[] = [
      ["dir.resolve?name=nobody", "unknown identity: nobody"],
      ["dir.get_alias?id=nobody", "unknown identity: nobody"],
      [`dir.get_alias?id=${ID_THREE}`, "record not found"],
      ["dir.set_alias?id=nobody&alias=x", "unknown identity: nobody"],
      ["dir.apply_filters?filters=x&id=nobody", "unknown identity: nobody"],
      ["apphost.create_token", "missing identity"],
      ["apphost.create_token?id=anyone", "missing identity"],
      ["apphost.create_token?id=nobody", "unknown identity: nobody"],
      ["apphost.list_tokens?id=nobody", "unknown identity: nobody"],
      ["apphost.cancel?id=12", "query not found"],
    ];
    for (const [query, failure] of rows) {
      assert.equal(await ask("own", query), [{ type: "error_message", value: failure }], query);
      assert.is(await refusal("own", `${query}${query.includes("?") ? "&" : "?"}out=json`), 1, query);
    }
    // What cannot be read as parameters is rejected in any case.
    const malformed = ["dir.resolve", "dir.get_alias", "dir.set_alias?id=friend", "apphost.cancel?id=x"].concat(
      ["apphost.create_token?id=", "apphost.create_token?id=friend&duration=long", "objects.echo?strict=perhaps"],
    );
    for (const query of malformed) assert.is(await refusal("own", query), 1, query);
  }),
);

test(
  "a token that is made holds for a year, one that is registered for ten",
  withScene(async ({ ask }) => {
    const yearMs = 365 * 24 * 3_600_000;
    const rows = [["apphost.create_token?id=friend", 1], ["apphost.register", 10]] as const;
    for (const [query, years] of rows) {
      const [token] = await ask("own", query);
      const leftMs = Number((token.value as { expiresAt: bigint }).expiresAt / 1_000_000n) - Date.now();
      assert.ok(leftMs <= years * yearMs && leftMs > years * yearMs - 60_000, `${query}: ${leftMs}`);
    }
  }),
);

test(
  "names are set by the node, and mean nobody else then",
  withScene(async ({ ask }) => {
    const set = async (id: string, alias: string) => {
      const [answer] = await ask("own", `dir.set_alias?id=${id}&alias=${alias}`);
      return answer.type === "ack" ? "" : String(answer.value);
    };
    const aliases = async () => {
      const [map] = await ask("two", "dir.alias_map");
      return (map.value as { aliases: { alias: string; identity: string }[] }).aliases.map(({ alias, identity }) => [
        alias,
        identity,
      ]);
    };
    assert.equal(await aliases(), [["one", ID_ONE], ["friend", ID_TWO]]);
    assert.is(await set(ID_THREE, "carol"), "");
    assert.is(await set("carol", "c"), "");
    // As Go writes a map: shorter names first.
    assert.equal(await aliases(), [["c", ID_THREE], ["one", ID_ONE], ["friend", ID_TWO]]);
    assert.equal(await ask("two", `dir.get_alias?id=${ID_THREE}`), [{ type: "string8", value: "c" }]);
    for (const taken of ["friend", "one", "localnode", "anyone", ID_ONE, ID_ONE.toUpperCase(), ZERO_IDENTITY]) {
      assert.match(await set(ID_THREE, taken), "is taken");
    }
    assert.match(await set(ID_THREE, "x".repeat(256)), "255 bytes");
    assert.match(await set("localnode", "two"), "name of the node");
    assert.is(await set(ID_THREE, "c"), "");
    assert.is(await set(ID_TWO, ""), "");
    assert.equal(await ask("two", "dir.resolve?name=friend"), [
      { type: "error_message", value: "unknown identity: friend" },
    ]);
    assert.equal(await ask("two", "dir.resolve?name=anyone"), [{ type: "identity", value: ZERO_IDENTITY }]);
    assert.is(await set(ID_THREE, "friend"), "");
    assert.equal(await aliases(), [["one", ID_ONE], ["friend", ID_THREE]]);
  }),
);

test(
  "the specification lists the operations with their parameters",
  withScene(async ({ ask }) => {
    const specs = await ask("two", ".spec");
    assert.equal(specs.pop(), EOS);
    const listed = specs.map(({ value }) => value as { name: string; parameters: { name: string; type: string }[] });
    assert.equal(
      listed.map(({ name }) => name).sort(),
      OURS.map(({ name }) => name).filter((name) => name[0] !== ".").sort(),
    );
    const resolve = listed.find(({ name }) => name === "dir.resolve")!;
    assert.equal(resolve.parameters, [
      { name: "name", type: "string8", required: true },
      { name: "in", type: "string8", required: false },
      { name: "out", type: "string8", required: false },
    ]);
  }),
);

/** A JSON guest over a WebSocket: opens a query, sends lines, and returns the lines of the answer. */
async function askJson(service: LocalService, token: string, query: string, sent: readonly string[] = []) {
  const socket = new WebSocket(service.addresses()[1], "astral.json.v1");
  const texts: string[] = [];
  let wake = () => {};
  let isOpen = true;
  socket.on("message", (data) => {
    texts.push(String(data));
    wake();
  });
  socket.on("close", () => {
    isOpen = false;
    wake();
  });
  const next = async () => {
    while (texts.length === 0 && isOpen) await new Promise<void>((resolve) => wake = resolve);
    return texts.shift() ?? null;
  };
  await next();
  const objects: AstralObject[] = [
    { type: "mod.apphost.auth_token_msg", value: { token } },
    {
      type: "mod.apphost.route_query_msg",
      value: { nonce: "0000000000000001", caller: null, target: null, query, zone: 7, filters: [] },
    },
  ];
  for (const object of objects) {
    socket.send(encodeObjectJson(object));
    if (object.type === "mod.apphost.auth_token_msg") await next();
  }
  const answered = decodeObjectJson((await next())!).object;
  const lines: string[] = [];
  if (answered.type === "mod.apphost.query_accepted_msg") {
    for (const line of sent) socket.send(line);
    for (let line = await next(); line !== null; line = await next()) lines.push(line);
  }
  socket.terminate();
  return { answered, lines };
}

test(
  "JSON guests are given the guest's token, and never an error_message",
  withScene(async ({ service }) => {
    for (const id of ["friend", ID_TWO]) {
      const { answered, lines } = await askJson(service, "own", `apphost.list_tokens?id=${id}`);
      assert.is(answered.type, "mod.apphost.query_accepted_msg");
      const [first, end] = lines.map((line) => decodeObjectJson(line).object);
      assert.equal([first.type, (first.value as { token: string }).token], ["apphost.access_token", "two"]);
      assert.equal(end, EOS);
    }
    for (const query of ["apphost.list_tokens?id=nobody", "dir.resolve?name=nobody", "apphost.create_token"]) {
      const { answered } = await askJson(service, "own", query);
      assert.equal(answered, { type: "mod.apphost.query_rejected_msg", value: { code: 1 } });
    }
    const map = await askJson(service, "own", "dir.alias_map");
    const aliases = { friend: ID_TWO, one: ID_ONE };
    assert.equal(JSON.parse(map.lines[0]), { Type: "mod.dir.alias_map", Object: { Aliases: aliases } });
    const echoed = await askJson(service, "own", "objects.echo?stop=eos", [
      '{"Type":"uint8","Object":7}',
      '{"Type":"eos","Object":{}}',
    ]);
    assert.equal(echoed.lines, ['{"Type":"uint8","Object":7}\n']);
    // In the middle of an answer the stream ends, without an eos.
    for (const text of ['{"Type":"ack","Object":{}}', '{"Type":"astral.blueprint","Object":{"Type":"x"}}']) {
      const { answered, lines } = await askJson(service, "own", "objects.register_blueprint", [text]);
      assert.is(answered.type, "mod.apphost.query_accepted_msg");
      assert.equal(lines, []);
    }
  }),
);

test.run();
