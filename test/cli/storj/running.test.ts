/**
 * The node that runs in a data folder: commands use it, only one can be there, and one that was killed is no hindrance.
 *
 * @module
 */

import { chmodSync, existsSync, mkdirSync, statSync } from "node:fs";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { storjNode } from "../../../src/storj/mod.ts";
import { kill, stop } from "../program-process.ts";
import { run } from "../program-run.ts";
import { ALICE, ALICE_ID, BOB, BOB_ID, Places, type Running, storjnode } from "./storj-programs.ts";

const test = suite("storj program: running node");

const places = new Places();
let anna: Running;
let ben: Running;

test.before(async () => {
  anna = await places.run("anna");
  ben = await places.run("ben", [anna.bootstrap, `--node_key=${BOB}`, "--log", "json"]);
});

test.after(() => places.end());

/** Runs a command in the folder of a node. */
const inFolder = (name: string, ...argv: string[]) => run(["storj", "--data", places.path(name), ...argv]);
const done = (out: string) => ({ status: 0, out, err: "" });

test("commands use it, and print what they print with a node of their own", async () => {
  assert.equal(await inFolder("ben", "put", "shared", "vålue"), done("Put 'shared' => 'vålue'!\n"));
  const commands = [
    ["get", "shared"],
    ["get", "shared", "--json"],
    ["get", "shared", "--raw"],
    ["find", anna.id],
    [
      "find",
      anna.id,
      "--json",
    ],
    ["put", "shared", "vålue", "--json"],
    ["get", "nothing"],
  ];
  for (const argv of commands) {
    const own = await inFolder("visitor", anna.bootstrap, ...argv);
    assert.equal(await inFolder("ben", ...argv), own, argv.join(" "));
    assert.is(own.status, argv[1] === "nothing" ? 1 : 0, own.err);
  }
  const status = JSON.parse((await inFolder("ben", "status", "--json")).out);
  assert.equal([status.running, status.nodeId, status.port], [true, BOB_ID, ben.port]);
  const own = JSON.parse((await inFolder("visitor", "status", "--json", anna.bootstrap)).out);
  assert.is(own.running, false);
  assert.equal(await inFolder("ben", "showid"), done(`Node id: ${BOB_ID}\n`));
  const peers = (await inFolder("ben", "peers", "--json")).out.trim().split("\n").map((line) => JSON.parse(line));
  assert.ok(peers.some(({ nodeId, port }) => nodeId === anna.id && port === anna.port));
});

test("a command waits for a node that has just begun to run", async () => {
  const first = await places.run("dora");
  await stop(first.program);
  await places.run("emil", [first.bootstrap]);
  const put = inFolder("emil", "put", "early", "value");
  await places.run("dora", [`--udp_port=${first.port}`]);
  assert.equal(await put, done("Put 'early' => 'value'!\n"));
});

test("messages come from its id, and are printed when they are there, harmless for terminals", async () => {
  assert.equal(await inFolder("ben", "send", anna.id, "hi \x1b]0;evil\x07anna\n"), done("Successfully sent!\n"));
  const shown = await anna.program.line(/^Received direct message from /);
  assert.is(shown, `Received direct message from ${BOB_ID}: hi \\u001b]0;evil\\u0007anna\\u000a`);
  assert.equal(
    await inFolder("ben", "send", "--json", BOB_ID, "to \u202eme"),
    done(
      `{"nodeId":"${BOB_ID}","sent":true}\n`,
    ),
  );
  const line = await ben.program.line(/"message"/);
  assert.not.ok(line.includes("\u202e"), line);
  const { time, ...message } = JSON.parse(line);
  assert.equal(message, { type: "message", relayed: false, from: BOB_ID, message: "to \u202eme" });
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 600_000);
});

test("another key, port or network is another node, and so are nodes to join by that it does not know", async () => {
  const sent = async (...options: string[]) => {
    const text = `with ${options.join(" ")}`;
    assert.equal(await inFolder("ben", ...options, "send", anna.id, text), done("Successfully sent!\n"));
    const line = await anna.program.line(new RegExp(`: ${text.replaceAll(/[.[\]/]/g, "\\$&")}$`));
    return /[0-9a-f]{40}/.exec(line)![0];
  };
  assert.is(await sent(anna.bootstrap), BOB_ID, "it knows that one");
  assert.is(await sent(`--node-key=${BOB}`, `--udp-port=${ben.port}`, "--network=storjnet"), BOB_ID, "it is just that");
  assert.is(await sent(`--node-key=${ALICE}`, anna.bootstrap), ALICE_ID);
  const other = await sent("--network=kademlia", anna.bootstrap);
  assert.ok(![BOB_ID, ALICE_ID].includes(other), "the key of the folder is that of the node that runs");
  const alone = await places.run("alone");
  assert.equal(
    await inFolder("alone", "--bootstrap=127.0.0.1:" + alone.port, "put", "to", "it"),
    done("Put 'to' => 'it'!\n"),
    "it cannot join by itself, and has nobody to give the value to",
  );
  const nobody = await inFolder("alone", "--listen=127.0.0.1", "find", anna.id);
  assert.is(nobody.status, 1);
  await stop(alone.program);
});

test("two of them are one too many", async () => {
  const second = await inFolder("anna", "run");
  assert.match(second.err, /^error: running: A service works in "[^"]+" already: it is the process \d+\n$/);
  assert.equal([second.status, second.out], [1, ""]);
  assert.is((await inFolder("anna", "showid")).out, `Node id: ${anna.id}\n`, "the first one is still there");
});

test("one that was killed is recognised, and runs again with its key", async () => {
  const first = await places.run("killed", [anna.bootstrap]);
  kill(first.program, "SIGKILL");
  await first.program.ended;
  if (process.platform !== "win32") assert.ok(existsSync(`${places.path("killed")}/storj.sock`));
  const between = await inFolder("killed", anna.bootstrap, "get", "shared");
  assert.equal(between, done("Got 'shared' => 'vålue'!\n"));
  const second = await places.run("killed");
  assert.is(second.id, first.id);
  assert.equal(await inFolder("killed", "showid"), done(`Node id: ${first.id}\n`));
  const { status, out, err } = await stop(second.program, "SIGINT");
  assert.equal([status, new TextDecoder().decode(out), err], [0, `${second.line}\nStopping node\n`, ""]);
  assert.not.ok(existsSync(`${places.path("killed")}/storj.json`));
});

test("commands at the same time, without one that runs", async () => {
  const keys = ["a", "b", "c", "d"];
  const put = await Promise.all(keys.map((key) => inFolder("many", anna.bootstrap, "put", key, "1")));
  assert.equal(put, keys.map((key) => done(`Put '${key}' => '1'!\n`)));
});

test("who sends to a node whose output is not read gets to know, and nothing that was taken is lost", async () => {
  const { program, id, port } = await places.run("busy");
  program.child.stdout!.pause();
  await using sender = await storjNode();
  const at = { ip: "127.0.0.1", port };
  let taken = 0;
  const text = "x".repeat(8000);
  while (await sender.messageSend(id, `${taken} ${text}`, { at })) taken++;
  assert.ok(taken >= 1024 && taken < 1200, String(taken));
  program.child.stdout!.resume();
  await program.line(new RegExp(`^Received direct message from ${sender.nodeIdHex}: ${taken - 1} x`));
  assert.ok(await sender.messageSend(id, "again", { at }));
  await program.line(/: again$/);
  const { out } = await stop(program);
  const numbers = Array.from(new TextDecoder().decode(out).matchAll(/: (\d+) x/g), ([, number]) => Number(number));
  assert.equal(numbers, Array.from({ length: taken }, (_, index) => index));
});

test("run waits for a command that has a node for the moment; an interrupted command ends with 130", async () => {
  const getting = storjnode.start(["--bootstrap=127.0.0.1:9", "get", "a", "--debug"], places.env("moment"));
  // It has the folder before it asks anybody.
  await getting.line(/"type":/).catch(() => {});
  const running = places.run("moment", [anna.bootstrap]);
  kill(getting, "SIGINT");
  const { status, out } = await getting.ended;
  assert.equal([status, out.length], [130, 0]);
  await stop((await running).program);
});

test("a path that is too long for a socket: the node runs, and says what to do", async () => {
  if (process.platform === "win32") return;
  const name = "long".repeat(30);
  const running = await places.run(name);
  const warning = await running.program.line(/^warning: /);
  assert.match(
    warning,
    /^warning: Other commands cannot use this node: the path ".*" of its socket has \d+ bytes, and at /,
  );
  const { status, err } = await inFolder(name, "peers");
  assert.is(status, 1);
  assert.match(err, /^error: not-running: Commands cannot use the node in "[^"]+", .* use another --data\n$/);
  await stop(running.program);
});

test("a folder that others may enter is refused", async () => {
  if (process.platform === "win32") return;
  mkdirSync(places.path("open"));
  chmodSync(places.path("open"), 0o755);
  for (const command of ["run", "peers", "showid"]) {
    const { status, err } = await inFolder("open", command);
    assert.is(status, 1);
    assert.match(err, /^error: folder: Others may enter the data folder "[^"]+": its mode is 755, not 700\n$/);
  }
  const files = ["", "/key", "/storj.json", "/storj.sock"];
  const modes = files.map((file) => (statSync(places.path("anna") + file).mode & 0o777).toString(8));
  assert.equal(modes, ["700", "600", "600", "600"]);
});

test("a terminal sees what is going on, and then only the result", async () => {
  const data = ["--data", places.path("terminal")];
  const argv = ["storj", "get", "shared", anna.bootstrap, ...data];
  const shown = await run(argv, { terminal: true, columns: 20 });
  assert.equal([shown.status, shown.err], [0, ""]);
  assert.match(shown.out, /^joining by 127[\d.]+…\n/);
  assert.ok(shown.out.endsWith("\x1b[1A\r\x1b[JGot 'shared' => 'vålue'!\n"), JSON.stringify(shown.out));
  for (const more of [["--quiet"], ["--json"]]) {
    const { out } = await run([...argv, ...more], { terminal: true });
    assert.not.ok(out.includes("\x1b"), more[0]);
  }
});

test.run();
