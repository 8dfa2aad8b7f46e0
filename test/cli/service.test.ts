/**
 * The local service as people run it: two services in processes of their own, and the commands that talk to them.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { astralService } from "../../src/astral/mod.ts";
import { SERVICE_ERROR_CODES } from "../../src/cli/service/data-folder.ts";
import { Identity } from "../../src/identity/mod.ts";
import { root } from "../../tasks/project.ts";
import { complete, ENTRY, kill, type Program, RUNTIME, start, stop } from "./program-process.ts";
import { fail, run } from "./program-run.ts";

const test = suite("program: service");

const ESCAPES = "\x1b]0;evil\x07";

/** A service in its own process. */
interface Service {
  readonly program: Program;
  readonly data: string;
  readonly identity: string;
  readonly addresses: readonly string[];
  readonly linkAddresses: readonly string[];
}

const folder = mkdtempSync(join(tmpdir(), "warpwire-"));
let anna: Service;
let ben: Service;

async function serve(name: string, options: readonly string[]): Promise<Service> {
  const data = join(folder, name);
  const program = start(["serve", ...where(name), "--log", "json", ...options]);
  const { identity, addresses, linkAddresses } = JSON.parse(await program.line(/"ready":true/));
  return { program, data, identity, addresses, linkAddresses };
}

/** Ports that are free, and the socket of the data folder. */
function where(name: string): string[] {
  const data = join(folder, name);
  return ["--data", data, "--apphost", `unix:${data}/apphost.sock`, "--apphost", "tcp:127.0.0.1:0"];
}

/** A script that answers a query. */
function script(name: string, text: string): string[] {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, `import process from "node:process";\n${text}\n`);
  return [...RUNTIME, path];
}

/** Registers a name with Anna's service while `work` runs; returns what the command logged. */
async function registered(name: string, options: string[], command: string[], work: (it: Program) => Promise<void>) {
  const program = start(["register", name, "--data", anna.data, ...options, "--", ...command]);
  try {
    assert.match(await program.line(/^ready: /), new RegExp(`^ready: "${name}" is served by `));
    await work(program);
  } finally {
    await stop(program, "SIGINT");
  }
  const { status, err } = await program.ended;
  assert.is(status, 0, err);
  return err;
}

test.before(async () => {
  anna = await serve("anna", ["--alias", `anna${ESCAPES}`]);
  ben = await serve("ben", ["--peer", `anna=${anna.identity}@${anna.linkAddresses[0]}`]);
  await ben.program.line(/"type":"peer".*"outcome":"connected"/);
});

test.after(async () => {
  for (const service of [anna, ben]) if (service !== undefined) await stop(service.program);
  rmSync(folder, { recursive: true, force: true });
});

test("the data folder and what is in it are the owner's alone", () => {
  const mode = (path: string) => (statSync(join(anna.data, path)).mode & 0o777).toString(8);
  assert.equal(["", "key", "token", "service.json", "apphost.sock"].map(mode), ["700", "600", "600", "600", "600"]);
  assert.match(anna.identity, /^0[23][0-9a-f]{64}$/);
  assert.match(anna.addresses.join(" "), /^unix:\S+\/apphost\.sock tcp:127\.0\.0\.1:\d+$/);
});

test("status and peers, for people and for programs", async () => {
  const text = await complete(["status", "--data", anna.data]);
  assert.is(text.status, 0, text.err);
  assert.match(text.out, new RegExp(`^  identity +${anna.identity}$`, "m"));
  assert.match(text.out, /^ {2}alias +"anna\\u001b\]0;evil\\u0007"$/m);
  const json = await run(["status", "--data", anna.data, "--json"]);
  const status = JSON.parse(json.out);
  assert.equal([status.warpwire, status.alias, status.linkAddresses], [true, `anna${ESCAPES}`, anna.linkAddresses]);
  assert.not.ok(json.out.includes("\x1b"));
  const peers = await run(["peers", "--data", ben.data]);
  assert.match(peers.out, new RegExp(`^ {2}anna +${anna.identity} +0 +0 +0 +never$`, "m"));
});

test("ping: by name, by identity, nobody", async () => {
  const text = await complete(["ping", "anna", "--data", ben.data, "--count", "3", "--interval", "0"]);
  assert.is(text.status, 0, text.err);
  assert.match(
    text.out,
    /^ping "anna": the stream was open after [\d.]+ ms\n(8 bytes from "anna": seq=\d time=[\d.]+ ms\n){3}3 sent, 3 received, /,
  );
  const json = await run(["ping", ben.identity, "--data", anna.data, "--json", "--count", "2", "--interval", "0"]);
  const lines = json.out.trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(lines.map(({ seq, received }) => seq ?? received ?? null), [null, 1, 2, 2], json.err);
  const listed = JSON.parse((await run(["peers", "--data", anna.data, "--json"])).out);
  assert.equal([listed.identity, listed.queriesOut], [ben.identity, 1]);
  const nobody = await run(["ping", Identity.generate().astralIdentity, "--data", ben.data]);
  assert.equal([nobody.status, nobody.out], [1, ""]);
  assert.match(nobody.err, /^error: unreachable: [^\n]+\n$/);
});

test("a name is served by a command, and bytes go through it as they are", async () => {
  const bytes = randomBytes(2_000_000);
  const echo = script(
    "echo",
    `let left = ${bytes.length};
process.stdin.on("data", (piece) => process.stdout.write(piece, () => (left -= piece.length) === 0 && process.exit()));`,
  );
  const log = await registered("echo", [], echo, async () => {
    const query = start(["query", "anna", "echo", "--data", ben.data]);
    query.child.stdin!.write(bytes);
    const { status, out, err } = await query.ended;
    assert.is(status, 0, err);
    assert.ok(bytes.equals(out), `${out.length} of ${bytes.length} bytes came back`);
    const status2 = JSON.parse((await run(["status", "--data", anna.data, "--json"])).out);
    const kinds = status2.registrations.map(({ kind, name }: { kind: string; name: string }) => [kind, name]);
    // The mounts are those of warpdrive.
    assert.equal(kinds.filter(([kind]: string[]) => kind !== "mount"), [["name", "echo"]]);
    const taken = await run(["register", "echo", "--data", anna.data, "--", "true"]);
    assert.equal([taken.status, taken.out], [1, ""]);
    assert.match(taken.err, /^error: mounted: /);
  });
  assert.match(log, new RegExp(`query "echo" from ${ben.identity}: accepted\n.*: ended: with the status 0\n`));
});

test("the command knows who asks for what; --idle ends a stream whose other side waits for more", async () => {
  const who = script(
    "who",
    'process.stdout.write([process.env.WARPWIRE_CALLER, process.env.WARPWIRE_QUERY].join("\\n"))',
  );
  await registered("who", [], [...who], async () => {
    const { out } = await run(["query", "anna", "who?item=tea", "--data", ben.data]);
    assert.is(out, `${ben.identity}\nwho?item=tea`);
  });
  const patient = script("patient", "process.stdin.pipe(process.stdout);");
  await registered("patient", [], patient, async () => {
    const query = start(["query", "anna", "patient", "--idle", "0.3", "--data", ben.data]);
    query.child.stdin!.write("tea\n");
    await query.line(/^tea$/);
    query.child.stdin!.end();
    const { status, out, err } = await query.ended;
    assert.equal([status, new TextDecoder().decode(out), err], [0, "tea\n", ""]);
  });
});

test("no more commands run than may, and none outlives its stream", async () => {
  const stubborn = script("stubborn", 'process.stdout.write("here\\n"); setInterval(() => {}, 1000);');
  const log = await registered("one", ["--max", "1"], stubborn, async (register) => {
    const first = start(["query", "anna", "one", "--data", ben.data]);
    await first.line(/^here$/);
    const second = await run(["query", "anna", "one", "--data", ben.data]);
    assert.equal([second.status, second.out], [1, ""]);
    assert.match(second.err, /^error: rejected: /);
    kill(first, "SIGKILL");
    await register.line(/: ended: by SIGTERM$/);
  });
  assert.match(log, /: rejected: no more than 1 may run\n/);
  const missing = join(folder, "missing");
  const failed = await registered("gone", [], [missing], async () => {
    assert.is((await run(["query", "anna", "gone", "--data", ben.data])).status, 1);
  });
  assert.match(failed, /: rejected: .*ENOENT/);
});

test("a query to nobody, and one whose service goes away", async () => {
  const nobody = await run(["query", "anna", "nothing", "--data", ben.data]);
  assert.equal([nobody.status, nobody.out], [1, ""]);
  assert.match(nobody.err, /^error: rejected: Opening "nothing" failed: /);
  const carl = await serve("carl", []);
  const query = start(["query", "localnode", ".ping", "--data", carl.data]);
  query.child.stdin!.write("tea");
  await new Promise((resolve) => query.child.stdout!.once("data", resolve));
  await stop(carl.program);
  const { status, err } = await query.ended;
  assert.ok(status === 0 || /^error: reset: /.test(err), err);
});

test("one service at a time in a folder; a crashed one is in nobody's way", async () => {
  const second = await run(["serve", ...where("anna")]);
  assert.equal([second.status, second.out], [1, ""]);
  assert.match(second.err, /^error: running: A service works in ".*anna" already: it is the process \d+\n$/);
  const first = await serve("dora", []);
  await stop(first.program, "SIGKILL");
  assert.ok(existsSync(join(first.data, "service.json")));
  assert.match((await run(["status", "--data", first.data])).err, /^error: not-running: No service works in /);
  const next = await serve("dora", []);
  assert.is(next.identity, first.identity);
  const { status } = await stop(next.program, "SIGINT");
  assert.is(status, 0);
  assert.equal(["service.json", "apphost.sock"].map((name) => existsSync(join(first.data, name))), [false, false]);
});

test("a second signal does not wait", async () => {
  const deaf = script(
    "deaf",
    'process.on("SIGTERM", () => {}); process.stdin.resume(); process.stdout.write("here\\n");',
  );
  const register = start(["register", "deaf", "--data", anna.data, "--", ...deaf]);
  await register.line(/^ready: /);
  const query = start(["query", "anna", "deaf", "--data", ben.data]);
  await query.line(/^here$/);
  kill(register, "SIGTERM");
  kill(register, "SIGINT");
  const { status } = await register.ended;
  assert.ok(status === 130 || status === 143, `${status}`);
  query.child.stdin!.end();
  await query.ended;
});

test("files that others may use are refused", async () => {
  if (process.platform === "win32") return;
  const data = join(folder, "open");
  mkdirSync(data, { mode: 0o755 });
  chmodSync(data, 0o755);
  const inFolder = async () => (await run(["serve", ...where("open")])).err;
  assert.match(
    await inFolder(),
    /^error: folder: Others may enter the data folder ".*open": its mode is 755, not 700\n$/,
  );
  chmodSync(data, 0o700);
  if (process.getuid?.() === 0) {
    chownSync(data, 65534, 65534);
    assert.match(
      await inFolder(),
      /^error: folder: Cannot use the data folder ".*open": it belongs to the user 65534, not to 0\n$/,
    );
    // Who has the folder could put another socket, and whoever answers there, in the place of the service's.
    const asked = await run(["status", "--data", data]);
    assert.match(
      asked.err,
      /^error: folder: Cannot use the data folder ".*open": it belongs to the user 65534, not to 0\n$/,
    );
    chownSync(data, 0, 0);
  }
  writeFileSync(join(data, "key"), `${Identity.generate().toWif()}\n`, { mode: 0o644 });
  assert.match(await inFolder(), /^error: permissions: Cannot load a key from .*: its mode is 644 instead of 600\n$/);
  chmodSync(join(data, "key"), 0o600);
  if (process.getuid?.() === 0) {
    chownSync(join(data, "key"), 65534, 65534);
    assert.match(
      await inFolder(),
      /^error: permissions: Cannot load a key from ".*key": it belongs to the user 65534, not to 0\n$/,
    );
    chownSync(join(data, "key"), 0, 0);
  }
  writeFileSync(join(data, "token"), "0123456789abcdef\n", { mode: 0o644 });
  assert.match(await inFolder(), /^error: folder: Others may use ".*token": its mode is 644, not 600\n$/);
  assert.not.ok(existsSync(join(data, "service.json")), "a service that did not start leaves the folder to others");
});

test("a key file elsewhere, and addresses that cannot be listened on", async () => {
  const key = join(folder, "elsewhere");
  const erik = await serve("erik", ["--key", key]);
  assert.is(Identity.parse(readFileSync(key, "utf8").trim()).astralIdentity, erik.identity);
  assert.not.ok(existsSync(join(erik.data, "key")));
  await stop(erik.program);
  // A key that is gone is another identity, which nobody shall overlook.
  const other = await serve("erik", []);
  assert.match(
    await other.program.line(/"warning"/),
    /The key file .*\/key\\" was missing: this node has a new identity/,
  );
  assert.is.not(other.identity, erik.identity);
  await stop(other.program);
  const data = ["--data", join(folder, "erik"), "--key", key];
  const calls: [string[], RegExp][] = [
    [
      ["--apphost", anna.addresses[1]],
      /^error: address: Cannot listen on "tcp:127\.0\.0\.1:\d+": the port is in use\n$/,
    ],
    [
      ["--listen", "tcp:127.0.0.1:0", "--listen", anna.addresses[1]],
      new RegExp(`^error: address: Cannot listen on "${anna.addresses[1]}": the port is in use\n$`),
    ],
    [
      ["--listen", "tcp:203.0.113.9:0"],
      /^error: address: Cannot listen on "tcp:203\.0\.113\.9:0": this machine does not have the address\n$/,
    ],
    [["--apphost", "tcp:0.0.0.0:0"], /^error: address: Cannot listen on "tcp:0\.0\.0\.0:0": others could come in/],
    [["--listen", "udp:127.0.0.1:0"], /^error: address: /],
  ];
  for (const [options, message] of calls) {
    const { status, err } = await run(["serve", ...data, ...options]);
    assert.is(status, 1);
    assert.match(err, message);
  }
});

test("why a peer is not reached comes through the service, in words", async () => {
  const [refusing, other, unknown] = Array.from({ length: 3 }, () => Identity.generate().astralIdentity);
  const address = anna.linkAddresses[0];
  const gina = await serve("gina", [
    "--peer",
    `refusing=${refusing}@tcp:127.0.0.1:1`,
    "--peer",
    `other=${other}@${address}`,
  ]);
  const reasons: [string, RegExp][] = [
    ["refusing", /connection refused at tcp:127\.0\.0\.1:1$/],
    ["other", /somebody else, with another identity, answers at tcp:\S+$/],
    [unknown, /no address is known of "\w+"$/],
  ];
  for (const [peer, reason] of reasons) {
    for (const call of [["ping", peer], ["query", peer, "tea"]]) {
      const { status, err } = await run([...call, "--data", gina.data]);
      assert.is(status, 1);
      assert.match(err.trimEnd(), /^error: unreachable: Opening "[.a-z]+" failed: /);
      assert.match(err.trimEnd(), reason);
    }
  }
  const log = await gina.program.line(/"name":"refusing"/);
  assert.match(JSON.parse(log).outcome, /^not found: .*connection refused at tcp:127\.0\.0\.1:1$/);
  await stop(gina.program);
});

test("a relative socket is told by its whole path, so that programs elsewhere find it", async () => {
  const data = join(folder, "fred");
  const options = ["--data", data, "--apphost", "unix:sockets/s.sock", "--listen", "tcp:127.0.0.1:0", "--log", "json"];
  const program = start(["serve", ...options], {}, ENTRY, folder);
  const { addresses } = JSON.parse(await program.line(/"ready":true/));
  assert.equal(addresses, [`unix:${join(folder, "sockets", "s.sock")}`]);
  const status = JSON.parse((await run(["status", "--data", data, "--json"])).out);
  assert.equal(status.addresses, addresses);
  await stop(program);
});

test("the variables of astral programs lead to the node, whatever it is", async () => {
  const token = readFileSync(join(anna.data, "token"), "utf8").trim();
  const env = { ASTRALD_APPHOST_ADDR: anna.addresses[1], ASTRALD_APPHOST_TOKEN: token };
  const status = JSON.parse((await complete(["status", "--json"], { env })).out);
  assert.equal([status.warpwire, status.identity], [true, anna.identity]);
  const wrong = await complete(["status"], { env: { ...env, ASTRALD_APPHOST_TOKEN: "wrong" } });
  assert.equal([wrong.status, wrong.out], [1, ""]);
  assert.match(wrong.err, /^error: unreachable: .*does not accept the token/);
  // To somebody else than itself, a service says no more than any node.
  const guest = Identity.generate().astralIdentity;
  await using node = await astralService({
    identity: Identity.generate(),
    listen: [{ address: "tcp:127.0.0.1:0", protocol: "2026" }],
    tokens: { guest },
  });
  const other = { ASTRALD_APPHOST_ADDR: node.addresses()[0], ASTRALD_APPHOST_TOKEN: "guest" };
  assert.is((await complete(["status"], { env: other })).out, `${node.identity}: a node that speaks apphost of 2026\n`);
  assert.match(
    (await complete(["peers"], { env: other })).err,
    /^error: answer: The node does not answer "warpwire\.peers"/,
  );
  const ping = await complete(["ping", node.identity, "--count", "1"], { env: other });
  assert.match(ping.out, /1 sent, 1 received/, ping.err);
});

test("no service, and calls that the help does not allow", async () => {
  const none = ["--data", join(folder, "none")];
  for (
    const call of [["status"], ["peers"], ["ping", "anna"], ["query", "anna", "x"], ["register", "x", "--", "true"]]
  ) {
    const [command, ...rest] = call;
    assert.match(await fail([command, ...none, ...rest], 1), /^error: not-running: No service works in ".*none"/);
  }
  const calls: [string[], RegExp][] = [
    [["serve", "more"], /Unexpected argument "more"/],
    [["serve", "--log", "xml"], /Option --log is one of text, json, not "xml"/],
    [["serve", "--log-level", "loud"], /Option --log-level is one of error, warn, info, debug, not "loud"/],
    [["serve", "--peer", "anna"], /Peer "anna" has no valid identity/],
    [["serve", "--peer", "@tcp:127.0.0.1:1"], /Peer "@tcp:127\.0\.0\.1:1" is not of the form/],
    [["serve", "--peer", `x=${anna.identity}`, "--peer", `x=${ben.identity}`], /Duplicate peer name "x"/],
    [["ping"], /Argument <peer> is missing/],
    [["ping", "anna", "--count", "0"], /Option --count must be a whole number from 1 to 100000, not "0"/],
    [["ping", "anna", "--interval", "soon"], /Option --interval must be a number from 0 to 86400, not "soon"/],
    [["query", "anna"], /Argument <name> is missing/],
    [["register", "x"], /Argument <command> is missing/],
    [["register", "x", "--max", "1.5", "--", "true"], /Option --max must be a whole number from 1 to 1024/],
    [["status", "more"], /Unexpected argument "more"/],
  ];
  for (const [call, message] of calls) {
    const line = await fail(call, 2);
    assert.match(line, /^error: usage: /);
    assert.match(line, message);
  }
});

test("every code of a failure is in the documentation, with its meaning", () => {
  const text = readFileSync(join(root, "docs", "service.md"), "utf8");
  for (const code of Object.keys(SERVICE_ERROR_CODES)) {
    assert.match(text, new RegExp(`^\\| \`${code}\` +\\| \\w`, "m"));
  }
});

test.run();
