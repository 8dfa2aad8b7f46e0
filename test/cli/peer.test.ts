/**
 * The one book of names: two services that are paired while they run, and every command that takes a peer.
 *
 * @module
 */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { UsageError } from "../../src/cli/command.ts";
import { formatPeerText, parsePeerText } from "../../src/cli/service/peer-text.ts";
import { type Program, start, stop } from "./program-process.ts";
import { fail, print, run } from "./program-run.ts";

const test = suite("program: peers");

const ID = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

interface Service {
  readonly program: Program;
  readonly data: string;
  readonly identity: string;
}

const folder = mkdtempSync(join(tmpdir(), "warpwire-peers-"));
let anna: Service;
let ben: Service;

async function serve(name: string, ...options: string[]): Promise<Service> {
  const data = join(folder, name);
  const program = start(["serve", "--data", data, "--apphost", "tcp:127.0.0.1:0", "--log", "json", ...options]);
  const { identity } = JSON.parse(await program.line(/"ready":true/));
  return { program, data, identity };
}

function at({ data }: Service, ...args: string[]): Promise<string> {
  return print([...args, "--data", data]);
}

async function names(service: Service): Promise<Record<string, string>> {
  const lines = (await at(service, "peers", "--json")).trim().split("\n").filter((line) => line !== "");
  return Object.fromEntries(lines.map((line) => JSON.parse(line)).map(({ name, identity }) => [name, identity]));
}

test.before(async () => {
  anna = await serve("anna", "--alias", "anna");
  ben = await serve("ben");
});

test.after(async () => {
  for (const service of [anna, ben]) if (service !== undefined) await stop(service.program);
  rmSync(folder, { recursive: true, force: true });
});

test("the text that one node shows adds it to another that runs, and all commands know the name", async () => {
  const { status, out, err } = await run(["peer", "show", "--data", anna.data, "--json", "--qr"]);
  assert.equal([status, /Only this machine can reach/.test(err)], [0, true]);
  const [line, ...qr] = out.trim().split("\n");
  const { text } = JSON.parse(line);
  assert.match(text, new RegExp(`^anna=${anna.identity}@tcp:127\\.0\\.0\\.1:\\d+$`));
  assert.ok(qr.length > 10 && qr.every((row) => /^[█▀▄ ]+$/.test(row)), out);
  assert.is(await at(ben, "peer", "add", text), `Added "anna", ${anna.identity}\n`);
  assert.match(await at(ben, "ping", "anna", "--count", "1"), /1 sent, 1 received/);
  assert.equal(await names(ben), { anna: anna.identity });
  mkdirSync(join(folder, "photos"));
  assert.match(await at(ben, "send", join(folder, "photos"), "--to", "anna"), /anna/);
});

test("a name that alias gives is known to ping, peers and in", async () => {
  await at(anna, "alias", ben.identity, "ben");
  assert.match(await at(anna, "in"), / ben /);
  assert.match(await at(anna, "ping", "ben", "--count", "1"), /1 sent, 1 received/);
  assert.is((await names(anna)).ben, ben.identity);
});

test("one name means one peer", async () => {
  assert.match(await fail(["peer", "add", "anna", ID, "--data", ben.data], 1), /that is the name of 0/);
  await at(ben, "peer", "add", "carol", `${ID}@tcp:192.0.2.7:4001`);
  assert.match(await fail(["alias", "carol", "anna", "--data", ben.data], 1), /that is the name of 0/);
});

test("what a program of 2026 calls a peer is in the book", async () => {
  const set = (alias: string) => at(anna, "query", "localnode", `dir.set_alias?id=${ID}&alias=${alias}`);
  assert.match(await set("emil"), "ack");
  assert.is((await names(anna)).emil, ID);
  assert.match(await set("ben"), "the name is taken: ben");
  assert.match(await set(""), "ack");
  assert.is((await names(anna)).emil, undefined);
});

test("peers are known again after a restart, and no more after they were removed", async () => {
  await stop(ben.program);
  ben = await serve("ben");
  assert.equal(await names(ben), { anna: anna.identity, carol: ID });
  assert.match(await at(ben, "ping", "anna", "--count", "1"), /1 sent, 1 received/);
  await at(ben, "peer", "remove", "carol");
  assert.is((await names(ben)).carol, undefined);
  assert.is((await run(["ping", "carol", "--data", ben.data])).status, 1);
});

test("serve --peer puts a peer into the same book; a name goes to the peer that is named last", async () => {
  await stop(ben.program);
  ben = await serve("ben", "--peer", `anna=${ID}`);
  assert.match(await ben.program.line(/was that of/), /"type":"warning"/);
  assert.is((await names(ben)).anna, ID);
  await at(ben, "alias", "anna", "dora");
  assert.is((await names(ben)).dora, ID);
});

test("texts of peers", () => {
  const peer = { name: "anna", identity: ID, addresses: ["tcp:192.0.2.7:4001", "tcp:[2001:db8::7]:4001"] };
  const text = `anna=${ID}@tcp:192.0.2.7:4001@tcp:[2001:db8::7]:4001`;
  assert.is(formatPeerText(peer), text);
  assert.equal(parsePeerText(text), peer);
  assert.equal(parsePeerText(ID.toUpperCase()), { name: "", identity: ID, addresses: [] });
  assert.is(formatPeerText({ ...peer, name: "a=b", addresses: [] }), ID);
});

for (
  const [text, message] of [
    ["", /is not of the form/],
    ["anna", /has 4 characters; an identity has 66 hex digits/],
    [`${ID.slice(0, -1)}6`, /is not a public key; a digit is wrong/],
    [`${ID}@`, /is not of the form/],
    [`${ID}@somewhere`, /"somewhere" is not as in tcp:192\.0\.2\.7:4001/],
  ] as const
) {
  test(`no peer: ${JSON.stringify(text)}`, () => {
    try {
      parsePeerText(text);
    } catch (error) {
      assert.instance(error, UsageError);
      assert.match((error as Error).message, message);
      return;
    }
    assert.unreachable();
  });
}

test.run();
