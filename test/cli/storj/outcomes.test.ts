/**
 * What commands print of what a node says, and of what fails: the node is one that the test makes up, or a real one.
 *
 * @module
 */

import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Ext, type MsgpackValue, pack, type Packed, unpack } from "../../../codec/msgpack/mod.ts";
import { claimFolder, prepareFolder } from "../../../src/cli/service/mod.ts";
import { StorjError, type StorjNode, type StorjStats } from "../../../src/storj/mod.ts";
import { serveUnix, userApi } from "../../../src/user-api/mod.ts";
import { type Given, type Result, run } from "../program-run.ts";
import { ALICE_ID, BOB_ID, Places, type Running, storjnode } from "./storj-programs.ts";

const test = suite("storj program: outcomes");

const PEERS = [{ nodeId: ALICE_ID, ip: "10.0.0.1", port: 1 }, { nodeId: BOB_ID, ip: "::1", port: 65_535 }];

/** Runs commands that use a node which does what it is told to. */
async function pretending(
  node: Partial<StorjNode>,
  work: (command: (argv: readonly string[], given?: Given) => Promise<Result>) => Promise<void>,
): Promise<void> {
  if (process.platform === "win32") return;
  const path = mkdtempSync(join(tmpdir(), "warpwire-storj-"));
  const at = (name: string) => join(path, name);
  const folder = { path, key: at("key"), token: "", socket: at("storj.sock"), service: at("storj.json") };
  await prepareFolder(folder);
  const claim = await claimFolder(folder);
  const stats = () => ({
    table: { contacts: 2, values: { values: 3 } },
    keptPuts: 4,
    inbox: { direct: 5, relayed: 6 },
    relay: { queued: 7 },
    streams: { open: 8 },
  } as unknown as StorjStats);
  const known = { stats, nodeIdHex: BOB_ID, address: "1abc", port: 4653, peers: () => PEERS, ...node };
  const facts = { network: "storjnet", listen: "127.0.0.1", bootstrap: [], startedMs: 0 };
  const socket = await serveUnix(folder.socket, userApi(known as StorjNode, { facts, folder: path }));
  await claim.publish([`unix:${folder.socket}`]);
  try {
    await work((argv, given) => run(["storj", "--data", path, ...argv], given));
  } finally {
    await socket.close();
    await claim.release();
    rmSync(path, { recursive: true });
  }
}

const printed = (out: string) => ({ status: 0, out, err: "" });
const failed = (err: string) => ({ status: 1, out: "", err });
const rejecting = (code: "timeout" | "too-large", message: string) => () =>
  Promise.reject(new StorjError(code, message));

test("values of every kind, for people, as JSON, and their bytes alone", async () => {
  const rows: readonly (readonly [value: MsgpackValue, text: string, json: string, raw: string])[] = [
    ["text", "text", '"text"', "text"],
    ["", "", '""', ""],
    ["a'\n\x1b[31m\u202e", "a'\\u000a\\u001b[31m\\u202e", '"a\'\\n\\u001b[31m\\u202e"', "a'\n\x1b[31m\u202e"],
    [new TextEncoder().encode("bytes of Python ✓"), "bytes of Python ✓", '"bytes of Python ✓"', "bytes of Python ✓"],
    [new Uint8Array([0xff, 0]), '{"hex":"ff00"}', '{"hex":"ff00"}', "\ufffd\0"],
    [5, "5", "5", "5"],
    [0.5, "0.5", "0.5", "0.5"],
    [false, "false", "false", "false"],
    [2n ** 64n - 1n, '"18446744073709551615"', '"18446744073709551615"', '"18446744073709551615"'],
    [[1, [new Uint8Array([65])], null], '[1,["A"],null]', '[1,["A"],null]', '[1,["A"],null]'],
    [
      { "k\u200b": { __proto__x: [] } },
      '{"k\\u200b":{"__proto__x":[]}}',
      '{"k\\u200b":{"__proto__x":[]}}',
      '{"k\\u200b":{"__proto__x":[]}}',
    ],
    [
      new Ext(3, new Uint8Array([1])),
      '{"type":3,"data":{"hex":"01"}}',
      '{"type":3,"data":{"hex":"01"}}',
      '{"type":3,"data":{"hex":"01"}}',
    ],
  ];
  for (const [value, text, json, raw] of rows) {
    await pretending({ dhtGet: () => Promise.resolve(pack(value) as never) }, async (command) => {
      assert.equal(await command(["get", "k'\x07"]), printed(`Got 'k'\\u0007' => '${text}'!\n`));
      assert.equal(await command(["get", "k", "--json"]), printed(`{"key":"k","value":${json}}\n`));
      assert.equal(await command(["get", "k", "--raw"]), printed(raw));
    });
  }
});

test("values that are put: what is typed is a text, what is read are bytes", async () => {
  const put: unknown[] = [];
  const dhtPut = (key: unknown, value: unknown) => Promise.resolve(put.push([key, unpack(value as Packed)]) > 0);
  await pretending({ dhtPut }, async (command) => {
    assert.equal(await command(["put", "5", "five"]), printed("Put '5' => 'five'!\n"));
    assert.equal(await command(["put", "answer", "--", "-42"]), printed("Put 'answer' => '-42'!\n"));
    assert.equal(
      await command(["put", "k", "-"], { input: ["a", new Uint8Array([98])] }),
      printed("Put 'k' => 'ab'!\n"),
    );
    assert.equal(await command(["put", "k", "@/nothing/there"]), {
      status: 1,
      out: "",
      err: "error: ENOENT: no such file or directory, open '/nothing/there'\n",
    });
    const bytes = new Uint8Array([0, 159, 255]);
    assert.equal(
      await command(["put", "k", "-", "--json"], { input: [bytes] }),
      printed('{"key":"k","value":{"hex":"009fff"}}\n'),
    );
    assert.equal(put, [["5", "five"], ["answer", "-42"], ["k", new Uint8Array([97, 98])], ["k", bytes]]);
  });
});

test("tables of nodes, and lines of JSON", async () => {
  const dhtFind = () => Promise.resolve({ ip: "10.0.0.1", port: 4653 });
  await pretending({ dhtFind }, async (command) => {
    const row = (...cells: string[]) => `  ${cells[0].padEnd(40)}  ${cells[1].padEnd(8)}  ${cells[2]}\n`;
    const head = row("NODE ID", "IP", "PORT");
    assert.equal(await command(["find", ALICE_ID.toUpperCase()]), printed(head + row(ALICE_ID, "10.0.0.1", "4653")));
    const json = `{"nodeId":"${ALICE_ID}","ip":"10.0.0.1","port":4653}\n`;
    assert.equal(await command(["find", ALICE_ID, "--json"]), printed(json));
    const both = row(ALICE_ID, "10.0.0.1", "1") + row(BOB_ID, "::1", "65535");
    assert.equal(await command(["peers"]), printed(head + both));
    assert.match((await command(["peers", "--json"])).out, /^\{"nodeId":[^\n]+\}\n\{"nodeId":[^\n]+"port":65535\}\n$/);
    const { out } = await command(["status"]);
    assert.match(out, /^ {2}running {3}since 1970-01-01T00:00:00.000Z\n {2}listens {3}UDP port 4653 of 127.0.0.1\n/m);
    const rows = ["peers     2 known", "values    3 held, 4 own ones put anew each day"];
    assert.ok(
      out.endsWith(`  ${[...rows, "messages  11 not yet taken, 7 to pass on", "streams   8 open"].join("\n  ")}\n`),
      out,
    );
  });
});

test("what others hold may be hostile: addresses", async () => {
  const peers = () => [{ nodeId: ALICE_ID, ip: "\x1b[2J\u202e", port: 1 }];
  await pretending({ peers }, async (command) => {
    for (const argv of [["peers"], ["peers", "--json"]]) {
      const { status, out } = await command(argv);
      assert.equal([status, ["\x1b", "\u202e"].some((one) => out.includes(one))], [0, false], out);
    }
  });
});

test("public or private", async () => {
  for (const [isPublic, text] of [[true, "Public node!\n"], [false, "Private node!\n"]] as const) {
    await pretending({ isPublic: () => Promise.resolve(isPublic) }, async (command) => {
      assert.equal(await command(["showtype"]), printed(text));
      assert.equal(await command(["showtype", "--json"]), printed(`{"public":${isPublic}}\n`));
    });
  }
});

test("what fails is one line, with the status 1 and nothing on the standard output", async () => {
  const no = () => Promise.resolve(false);
  const none = () => Promise.resolve(null);
  await pretending({ dhtPut: no, dhtGet: none, dhtFind: none, messageSend: no, relayMessage: no }, async (command) => {
    assert.equal(await command(["put", "a", "b"]), failed("error: not-found: Nobody has stored the value\n"));
    assert.equal(await command(["get", "a\n"]), failed('error: not-found: Nobody has a value for "a\\n"\n'));
    assert.equal(
      await command(["get", "a", "--raw", "--json"]),
      failed('error: not-found: Nobody has a value for "a"\n'),
    );
    const lost = `error: not-found: The node ${ALICE_ID} was not found, or does not answer\n`;
    assert.equal(await command(["find", ALICE_ID]), failed(lost));
    assert.equal(await command(["send", ALICE_ID, "hi"]), failed("Unsuccessfully sent!\n"));
    assert.equal(await command(["send", ALICE_ID, "hi", "--json"]), failed("Unsuccessfully sent!\n"));
    assert.equal(
      await command(["relay", ALICE_ID, "hi"]),
      failed("error: busy: The queue of relayed messages is full\n"),
    );
  });
  const peers = () => [];
  await pretending(
    { dhtPut: no, dhtGet: none, dhtFind: none, messageSend: no, relayMessage: no, peers },
    async (command) => {
      const commands = [["put", "a", "b"], ["get", "a"], ["find", BOB_ID], ["send", BOB_ID, "hi"], [
        "relay",
        BOB_ID,
        "hi",
      ], [
        "peers",
      ], ["showtype"]];
      for (const argv of commands) {
        const { status, out, err } = await command(argv);
        assert.equal([status, out], [1, ""], argv.join(" "));
        assert.match(err, /^error: no-peers: The node that runs in "[^"]+" knows no other node\n$/, argv.join(" "));
      }
    },
  );
});

test("a time that is over has a line of its own", async () => {
  const late = rejecting("timeout", "It took more than 120000 ms");
  const node = { dhtPut: late, dhtGet: late, dhtFind: late, messageSend: late, relayMessage: late, isPublic: late };
  await pretending(node, async (command) => {
    for (
      const argv of [
        ["put", "a", "b"],
        ["get", "a"],
        ["find", BOB_ID],
        ["send", BOB_ID, "hi"],
        ["relay", BOB_ID, "hi"],
        [
          "showtype",
        ],
      ]
    ) {
      assert.equal(await command(argv), failed("Timeout error!\n"), argv.join(" "));
      const shown = await command(argv, { terminal: true });
      assert.match(shown.out, /^[^\n]+…\n/);
      assert.ok(shown.out.endsWith("…\n\x1b[1A\r\x1b[J"), "nothing is left on a terminal");
    }
  });
});

let node: Running;
const places = new Places();
test.before(async () => {
  node = await places.run("node");
});
test.after(() => places.end());

test("too large, nobody there, no such port: with real nodes", async () => {
  const own = async (...argv: string[]) => await run(["storj", ...argv, "--data", places.path("own")]);
  const text = (count: number) => "x".repeat(count);
  const { status, out } = await own(node.bootstrap, "put", "large", text(8116));
  assert.equal([status, out.length], [0, 8116 + "Put 'large' => ''!\n".length]);
  assert.match((await own(node.bootstrap, "put", "large", text(8117))).err, /^error: too-large: [^\n]+\n$/);
  assert.is((await own(node.bootstrap, "get", "large")).out, `Got 'large' => '${text(8116)}'!\n`);
  assert.is((await own(node.bootstrap, "send", node.id, text(8129))).out, "Successfully sent!\n");
  assert.match((await own(node.bootstrap, "send", node.id, text(8130))).err, /^error: too-large: [^\n]+\n$/);
  assert.equal(await own(node.bootstrap, "send", ALICE_ID, "hi"), failed("Unsuccessfully sent!\n"));
  assert.match((await own(node.bootstrap, "find", ALICE_ID)).err, /^error: not-found: /);
  const taken = await own(node.bootstrap, `--udp-port=${node.port}`, "peers");
  assert.match(taken.err, /^error: address: Cannot listen on "udp:127\.0\.0\.1:\d+": [^\n]+\n$/);
  assert.equal([taken.status, taken.out], [1, ""]);
});

test("nobody answers, or there is nobody to ask", async () => {
  const silent = createSocket("udp4").bind(0, "127.0.0.1");
  await new Promise<void>((resolve) => silent.on("listening", resolve));
  const { port } = silent.address();
  const [asked, alone, skipped, relayed] = await Promise.all([
    run(["storj", "get", "a", "--data", places.path("silent"), `--bootstrap=127.0.0.1:${port}`]),
    run(["storj", "get", "a", "--data", places.path("nobody")]),
    run(["storj", "get", "a", "--data", places.path("skipped"), "--skip_dht_bootstrap", node.bootstrap]),
    run(["storj", "relay", BOB_ID, "hi", "--data", places.path("relaying"), "--skip-dht-bootstrap"]),
  ]);
  silent.close();
  assert.equal(asked, failed(`error: no-peers: No other node was reached; nobody has answered at 127.0.0.1:${port}\n`));
  const line = "error: no-peers: No other node was reached; --bootstrap HOST:PORT names one to join by\n";
  assert.equal(alone, failed(line));
  assert.match(skipped.err, /^error: no-peers: /);
  assert.match(relayed.err, /^error: no-peers: /);
});

test("a file comes back as it was", async () => {
  const bytes = Uint8Array.from({ length: 5000 }, (_, index) => index * index >> 3);
  const given = await storjnode.complete([node.bootstrap, "put", "file", "-"], places.env("file"), bytes);
  assert.is(given.status, 0, given.err);
  const program = storjnode.start([node.bootstrap, "get", "file", "--raw"], places.env("file"));
  const { status, out } = await program.ended;
  assert.equal([status, out.length, out.every((byte, index) => byte === bytes[index])], [0, 5000, true]);
});

test.run();
