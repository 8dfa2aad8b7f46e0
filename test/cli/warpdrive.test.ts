/**
 * File sharing as people run it: two services in processes of their own, and the commands that talk to them.
 *
 * @module
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Program, start, stop } from "./program-process.ts";
import { fail, print, run } from "./program-run.ts";

const test = suite("program: warpdrive");

/** What a terminal must not get to see as it is. */
const EVIL = "evil\u202e";

interface Service {
  readonly program: Program;
  readonly data: string;
  readonly identity: string;
  readonly linkAddresses: readonly string[];
}

const folder = mkdtempSync(join(tmpdir(), "warpwire-warpdrive-"));
const photos = join(folder, "photos");
let anna: Service;
let ben: Service;

async function serve(name: string, ...options: string[]): Promise<Service> {
  const data = join(folder, name);
  const program = start(["serve", "--data", data, "--apphost", "tcp:127.0.0.1:0", "--log", "json", ...options]);
  const { identity, linkAddresses } = JSON.parse(await program.line(/"ready":true/));
  return { program, data, identity, linkAddresses };
}

/** Runs a command at a service, which must end well. */
function at({ data }: Service, command: string, ...args: string[]): Promise<string> {
  return print([command, ...args, "--data", data]);
}

async function json(service: Service, command: string, ...args: string[]): Promise<Record<string, unknown>[]> {
  const out = await at(service, command, ...args, "--json");
  return out.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** Ben offers something to Anna; the offer's id. */
async function offer(path: string): Promise<string> {
  const [{ type, id, accepted }] = await json(ben, "send", path, "--to", "anna");
  assert.equal([type, accepted], ["offered", false]);
  return String(id);
}

test.before(async () => {
  mkdirSync(photos);
  writeFileSync(join(photos, "a.txt"), "the first");
  writeFileSync(join(photos, `${EVIL}.txt`), "the second");
  anna = await serve("anna");
  ben = await serve("ben", "--peer", `anna=${anna.identity}@${anna.linkAddresses[0]}`);
});

test.after(async () => {
  for (const service of [anna, ben]) if (service !== undefined) await stop(service.program);
  rmSync(folder, { recursive: true, force: true });
});

test("offered, seen on both sides, fetched by a shortened id", async () => {
  assert.is(await at(anna, "in"), "none\n");
  const id = await offer(photos);
  const [incoming] = await json(anna, "in");
  const { createMs, updateMs, ...rest } = incoming;
  assert.equal(rest, {
    ...{ id, incoming: true, peer: ben.identity, alias: "", status: "awaiting", reason: "" },
    ...{ name: "photos", entries: 3, bytes: 19, done: 0 },
  });
  assert.ok(Number(createMs) <= Number(updateMs));
  assert.equal((await json(ben, "out")).map(({ id, incoming, peer }) => [id, incoming, peer]), [[
    id,
    false,
    anna.identity,
  ]]);
  const table = await at(anna, "in");
  assert.match(table, /^ {2}ID +FROM +STATUS +SIZE +SINCE \(UTC\) +NAME\n/);
  assert.match(
    table,
    new RegExp(`^  ${id.slice(0, 8)}  ${ben.identity.slice(0, 8)}  awaiting  19 bytes  .*photos `, "m"),
  );
  const got = await at(anna, "get", id.slice(0, 6), "--wait");
  assert.match(got, /^photos \(3 entries\), 19 bytes: accepted\n/);
  assert.match(got, /completed\n$/);
  assert.is(readFileSync(join(anna.data, "downloads/photos/a.txt"), "utf8"), "the first");
  await ben.program.line(new RegExp(`"id":"${id}".*"stage":"completed"`));
  assert.match(await at(ben, "out"), /completed/);
});

test("what peers are called, and what becomes of their offers", async () => {
  assert.equal(await json(anna, "alias", ben.identity.slice(0, 10), `ben${EVIL}`), [{
    peer: ben.identity,
    alias: `ben${EVIL}`,
  }]);
  assert.not.ok((await at(anna, "in")).includes("\u202e"));
  assert.equal(await json(anna, "trust", "ben"), [{ peer: ben.identity, rule: "trust" }]);
  const waited = await at(ben, "send", join(photos, "a.txt"), "--wait");
  assert.match(waited, /: accepted\n/);
  assert.match(waited, /: a\.txt, 9 bytes: completed\n$/);
  assert.match(await at(anna, "block", "ben"), /^ben\S+ is blocked: /);
  assert.match(await fail(["send", photos, "--to", "anna", "--data", ben.data], 1), /^error: failed: /);
  assert.match(
    await at(anna, "ask", "ben"),
    /^ben\S+ is neither trusted nor blocked: you are asked before its offers are accepted\n$/,
  );
  await at(anna, "alias", "ben", "");
});

test("what an offer leaves out is listed on both sides, in the log, and makes the status another one", async () => {
  const odd = join(folder, "odd");
  mkdirSync(odd);
  writeFileSync(join(odd, "fine"), "1");
  writeFileSync(join(odd, "bad\nname"), "2");
  const sent = await run(["send", odd, "--to", "anna", "--data", ben.data]);
  assert.is(sent.status, 3);
  assert.is(sent.err, "left out: odd/bad\\u000aname has a control character in its name\n");
  await ben.program.line(/"stage":"awaiting".*"leftOut":\{"count":1,"items":\[\{"path":"odd\/bad/);
  const offered = (await json(anna, "in")).find(({ name }) => name === "odd")!;
  assert.equal(offered.leftOut, { count: 1, items: [{ path: "odd/bad\nname", reason: "control-character" }] });
  assert.match(await at(anna, "in"), /odd \(2 entries, 1 left out\)/);
  const got = await run(["get", String(offered.id), "--wait", "--data", anna.data]);
  assert.equal([got.status, got.err], [3, sent.err.replace("left out", "left out by the sender")]);
  assert.match(got.out, /completed\n$/);
  const told = await run(["send", odd, "--to", "anna", "--data", ben.data, "--json"]);
  const [, { id, ...event }] = told.out.trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(event, { type: "left-out", ...(offered.leftOut as object) });
  await at(ben, "cancel", id);
});

test("rejected, cancelled, and told to the other side", async () => {
  const rejected = await offer(photos);
  assert.equal((await json(anna, "reject", rejected.slice(0, 8))).map(({ type, id }) => [type, id]), [[
    "rejected",
    rejected,
  ]]);
  await ben.program.line(new RegExp(`"id":"${rejected}".*"stage":"rejected"`));
  const cancelled = await offer(join(photos, `${EVIL}.txt`));
  assert.is(await at(ben, "cancel", cancelled), "evil\\u202e.txt, 10 bytes: cancelled\n");
  await anna.program.line(new RegExp(`"id":"${cancelled}".*"stage":"cancelled"`));
  assert.match(await fail(["reject", cancelled, "--data", anna.data], 1), /^error: state: Cannot reject /);
});

test("everything that waits can be fetched at once", async () => {
  const ids = [await offer(join(photos, "a.txt")), await offer(join(photos, `${EVIL}.txt`))];
  const lines = await json(anna, "get", "--all", "--wait");
  assert.equal(lines.slice(0, 2).map(({ type, id }) => [type, id]), ids.map((id) => ["accepted", id]));
  for (const id of ids) assert.ok(lines.some((line) => line.id === id && line.status === "completed"), id);
  assert.match(await fail(["get", "--all", "--data", anna.data], 2), /No offers are waiting/);
});

test("watch has a line for every change when nobody is at a terminal", async () => {
  const plain = start(["watch", "--data", anna.data]);
  const programs = start(["watch", "--json", "--data", anna.data]);
  // Everything that was there before is told to programs first.
  await programs.line(/"status":"completed"/);
  const id = await offer(join(photos, "a.txt"));
  await plain.line(/^from \S+: a \(\d\)\.txt, 9 bytes: awaiting$/);
  await at(anna, "get", id);
  await plain.line(/^from \S+: a \(\d\)\.txt, 9 bytes: completed$/);
  await programs.line(new RegExp(`"id":"${id}".*"status":"completed"`));
  for (const program of [plain, programs]) {
    const { status, err } = await stop(program, "SIGINT");
    assert.equal([status, err], [0, ""]);
  }
});

test("what cannot be done is told", async () => {
  const missing = join(folder, "missing");
  const anywhere = ["--data", ben.data];
  assert.match(await fail(["send", missing, "--to", "anna", ...anywhere], 1), /^error: failed: source-missing: /);
  assert.match(await fail(["send", photos, "--to", "nobody", ...anywhere], 1), /^error: unknown-peer: /);
  assert.match(await fail(["get", "zz", ...anywhere], 1), /^error: unknown-offer: Unknown offer "zz"$/);
  assert.match(await fail(["get", ...anywhere], 2), /<id> is missing/);
  assert.match(await fail(["in", "--data", missing], 1), /^error: not-running: /);
  for (const bad of [["--accept", "x"], ["--on-collision", "x"], ["--max-transfers", "0"]]) {
    assert.match(await fail(["serve", "--data", missing, ...bad], 2), /^error: usage: Option --/);
  }
});

test.run();
