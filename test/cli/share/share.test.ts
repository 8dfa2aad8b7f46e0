/**
 * `warpwire share` and `warpwire receive`, in processes of their own, over libp2p on this machine.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  addressesNote,
  formatShareAddress,
  parseShareAddress,
  sharedAddresses,
  shareListen,
} from "../../../src/cli/share/share-address.ts";
import { complete, kill, type Program, start, stop } from "../program-process.ts";
import { fail, run } from "../program-run.ts";

const test = suite("program: share and receive");

const folder = mkdtempSync(join(tmpdir(), "warpwire-share-"));
const photos = join(folder, "photos");
const large = join(folder, "large.bin");
/** So many take a few of the pauses between two lines of progress, on a fast machine too. */
const LARGE_BYTES = 384 * 2 ** 20;
/** Some bytes are there. People are told of progress less often than these need. */
const PROGRESS = /"type":"progress".*"done":\d{7}/;
/** What a terminal must not get to see as it is. */
const EVIL = "b\u202ec";

test.before(() => {
  mkdirSync(join(photos, "empty"), { recursive: true });
  writeFileSync(join(photos, "a.txt"), "the first");
  writeFileSync(join(photos, `${EVIL}.txt`), "the second");
  writeFileSync(join(photos, "zero"), "");
  writeFileSync(large, randomBytes(LARGE_BYTES));
});

test.after(() => rmSync(folder, { recursive: true, force: true }));

/** Starts sharing; resolves with what the other machine is to be told. */
async function share(paths: readonly string[], ...options: string[]): Promise<{ program: Program; address: string }> {
  const program = start(["share", ...paths, "--listen", "tcp:127.0.0.1:0", ...options]);
  const line = await program.line(options.includes("--json") ? /"type":"ready"/ : /^ {2}warpwire receive /);
  const address = options.includes("--json") ? JSON.parse(line).share : line.trim().split(" ")[2];
  return { program, address };
}

function into(name: string): string {
  return join(folder, name);
}

test("a folder is shared, fetched and verified; sharing ends then", async () => {
  const { program, address } = await share([photos]);
  const { status, out, err } = await complete(["receive", address, "--downloads", into("first")]);
  assert.equal([status, err], [0, ""], out);
  assert.match(out, /^Receiving photos \(3 files, 19 bytes\) from 0[23]\w{6}:\w{8} into \S+first$/m);
  assert.match(out, /^Received photos: 3 files, 19 bytes in 0:\d\d \([^)]+\/s\), every SHA-256 as announced$/m);
  const shared = await program.ended;
  assert.equal([shared.status, shared.err], [0, ""]);
  const said = new TextDecoder().decode(shared.out);
  assert.match(said, /^Sharing photos \(3 files, 19 bytes\)\. On the other machine run:$/m);
  assert.match(said, /^0[23]\w{6}:\w{8} is fetching$/m);
  assert.match(said, /^0[23]\w{6}:\w{8} has everything: 19 bytes in /m);
  assert.equal(readdirSync(into("first")), ["photos"]);
  assert.equal(readdirSync(into("first/photos")).sort(), ["a.txt", `${EVIL}.txt`, "empty", "zero"]);
  assert.is(readFileSync(into("first/photos/a.txt"), "utf8"), "the first");
});

test("--keep shares until Ctrl-C; names that are taken get a number, or stay", async () => {
  const { program, address } = await share([join(photos, "a.txt"), join(photos, `${EVIL}.txt`)], "--keep", "--json");
  const peers = ["nobody"];
  for (const [policy, names] of [["rename", ["a.txt"]], ["rename", ["a (2).txt"]], ["skip", ["a.txt"]]] as const) {
    const options = ["--downloads", into("kept"), "--on-collision", policy, "--json"];
    const { status, out, err } = await run(["receive", address, ...options]);
    assert.is(status, 0, err);
    assert.not.ok(out.includes("\u202e"));
    const lines = out.trimEnd().split("\n").map((line) => JSON.parse(line));
    const [offer] = lines;
    const last = lines.at(-1);
    assert.equal([offer.type, offer.name, offer.files, offer.bytes], ["offer", "a.txt and 1 more", 2, 19]);
    assert.equal([last.type, last.files, last.bytes, last.names[0]], ["completed", 2, 19, names[0]]);
    assert.type(last.seconds, "number");
    assert.equal(last.kept, policy === "skip" ? { same: 2, different: 0, unknown: 0 } : undefined);
    // The receiver can be gone before its last byte has come to the other side.
    const told = await program.line(new RegExp(`"type":"completed","peer":"(?!${peers.join("|")})`));
    peers.push(JSON.parse(told).peer);
  }
  const { status, out } = await stop(program, "SIGINT");
  assert.is(status, 0);
  const events = new TextDecoder().decode(out).trimEnd().split("\n").map((line) => JSON.parse(line));
  const types = events.map(({ type }) => type).filter((type) => type !== "progress");
  assert.equal(types, ["ready", ...Array(3).fill(["started", "completed"]).flat()]);
  assert.match(events[1].peer, /^0[23][0-9a-f]{64}$/);
});

test("what the disk does not take is left out by name, the rest arrives, and both sides know it", async () => {
  if (process.platform !== "linux") return;
  const source = join(folder, "long");
  const names = Array.from({ length: 15 }, () => "y".repeat(200));
  mkdirSync(join(source, ...names), { recursive: true });
  writeFileSync(join(source, ...names, "a"), "too long");
  writeFileSync(join(source, "b"), "fine");
  // Below this folder some paths are longer than the system allows.
  const deep = join(folder, ...Array.from({ length: 6 }, () => "x".repeat(200)));
  mkdirSync(deep, { recursive: true });
  for (const json of [[], ["--json"]]) {
    const { program, address } = await share([source], "--keep", ...json);
    const { status, out, err } = await run(["receive", address, "--downloads", deep, ...json]);
    assert.is(status, 3, out + err);
    await program.line(/ is done, but |"type":"completed"/);
    const shared = await stop(program, "SIGINT");
    assert.is(shared.status, 3);
    const said = new TextDecoder().decode(shared.out);
    if (json.length === 0) {
      assert.match(err, /^left out: \S+y\/a has a name that the receiver's disk does not take$/m);
      assert.match(out, /^Received long: 1 file, .*; \d+ left out$/m);
      assert.match(said, / is done, but left some out: /);
    } else {
      const events = out.trimEnd().split("\n").map((line) => JSON.parse(line));
      const left = events.filter(({ type }) => type === "left-out");
      assert.ok(left.every(({ path, reason }) => path.startsWith("long/y") && reason === "name-refused"));
      assert.is(events.at(-1).leftOut, left.length);
      assert.match(said, /"type":"completed".*"leftOut":true/);
    }
  }
  assert.is(readFileSync(join(deep, "long/b"), "utf8"), "fine");
});

test("a receiver that was killed goes on when it is run again", async () => {
  const { program, address } = await share([large], "--keep");
  const receive = ["receive", address, "--downloads", into("killed")];
  const receiver = start([...receive, "--json"]);
  await receiver.line(PROGRESS);
  kill(receiver, "SIGKILL");
  await receiver.ended;
  await program.line(/ was interrupted at \d+% /);
  assert.equal(readdirSync(into("killed")).filter((name) => name === "large.bin"), []);
  const { status, out, err } = await run(["receive", address, "--downloads", into("killed")]);
  assert.equal([status, err], [0, ""], out);
  const [, percent] = /^Resuming at (\d+)%$/m.exec(out)!;
  assert.ok(Number(percent) >= 1, out);
  await program.line(/ has everything: /);
  assert.is((await stop(program, "SIGINT")).status, 0);
  assert.ok(readFileSync(into("killed/large.bin")).equals(readFileSync(large)));
});

test("it goes on even if the files are shared anew, under another identity", async () => {
  const first = await share([large]);
  const options = ["--downloads", into("anew"), "--patience", "0"];
  const receiver = start(["receive", first.address, ...options, "--json"]);
  await receiver.line(PROGRESS);
  kill(first.program, "SIGKILL");
  const stopped = await receiver.ended;
  assert.is(stopped.status, 1);
  assert.match(stopped.err, /^error: [a-z-]+: [^\n]+\n$/);
  assert.match(new TextDecoder().decode(stopped.out), /^\{"type":"stopped","done":\d{7,},/m);
  const second = await share([large], "--keep");
  const { status, out } = await run(["receive", second.address, ...options]);
  assert.is(status, 0, out);
  assert.match(out, /^Resuming at \d+%$/m);
  await second.program.line(/ has everything: /);
  assert.is((await stop(second.program, "SIGINT")).status, 0);
  assert.ok(readFileSync(into("anew/large.bin")).equals(readFileSync(large)));
});

test("Ctrl-C ends both sides, and says so by the status", async () => {
  const { program, address } = await share([large]);
  const receiver = start(["receive", address, "--downloads", into("stopped"), "--json"]);
  await receiver.line(PROGRESS);
  const { status, out, err } = await stop(receiver, "SIGINT");
  assert.equal([status, err], [130, ""]);
  assert.match(new TextDecoder().decode(out), /"type":"stopped"/);
  await program.line(/ was interrupted at \d+% /);
  assert.is((await stop(program, "SIGINT")).status, 130);
});

test("files without bytes count: no 100 % before they are there, on a terminal and for programs", async () => {
  const many = into("many");
  mkdirSync(many);
  // As many as take a few of the pauses between two drawings of the bar, on a fast machine too.
  for (let n = 0; n < 15_000; n++) writeFileSync(join(many, `${n}`), "");
  const { program, address } = await share([many, "--keep"]);
  const { out } = await run(["receive", address, "--downloads", into("many-live")], { terminal: true });
  const percents = Array.from(out.matchAll(/▏ +(\d+)% {2}\d+ of 15000 files/g), ([, percent]) => Number(percent));
  assert.ok(percents.length > 2 && percents[0] < 40, `${percents}`);
  assert.ok(percents.some((percent) => percent > 10 && percent < 90), `${percents}`);
  assert.equal(percents, percents.toSorted((a, b) => a - b));
  assert.is((await stop(program, "SIGINT")).status, 0);
});

test("without the code there is no share", async () => {
  const { program, address } = await share([photos]);
  const { code, ...rest } = parseShareAddress(address);
  const wrong = formatShareAddress({ ...rest, code: code.replace(/./, (digit) => digit === "0" ? "1" : "0") });
  const error = await fail(["receive", wrong, "--downloads", into("none")], 1);
  assert.is(
    error,
    "error: unknown-protocol: The other machine does not know this code: the code is mistyped, or the share has ended",
  );
  await stop(program);
  assert.match(await fail(["receive", address, "--downloads", into("none")], 1), /^error: unreachable: /);
});

test("files that change while they are shared end it, and both sides say so", async () => {
  const path = join(folder, "changing.txt");
  writeFileSync(path, "before");
  const { program, address } = await share([path, "--keep"]);
  writeFileSync(path, "and after");
  const result = await run(["receive", address, "--downloads", into("changed")]);
  assert.is(result.status, 1);
  const [left, error] = result.err.trimEnd().split("\n");
  assert.is(left, "left out: changing.txt has changed since it was shared");
  assert.is(error, "error: source-changed: Nothing is left to receive: all files have changed there, or are gone");
  const { status, out, err } = await program.ended;
  assert.is(status, 1);
  assert.is(
    err,
    "left out: changing.txt has changed since it was shared\n" +
      "error: source-changed: Cannot continue sharing: all files have changed or are gone\n",
  );
  assert.match(new TextDecoder().decode(out), /^0[23]\w{6}:\w{8} found nothing left to fetch$/m);
});

test("what is no share, and what cannot be shared", async () => {
  const id = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
  for (const text of ["", id, `${id}@127.0.0.1:1`, `${id}.@127.0.0.1:1`, `${id}.ab@`, `${id}.ab@x`, `05.ab@x:1`]) {
    assert.match(await fail(["receive", text], 2), /^error: usage: /, text);
  }
  assert.match(await fail(["receive", `${id}.ab@127.0.0.1:1`, "--on-collision", "x"], 2), /rename, skip, overwrite/);
  assert.match(await fail(["share"], 2), /<path> is missing/);
  assert.match(await fail(["share", into("missing")], 1), /^error: source-missing: /);
});

test("addresses of shares", () => {
  const peerId = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
  const addresses = ["tcp:192.0.2.7:4001", "tcp:[2001:db8::1]:4001", "/dns4/example.org/tcp/4001"];
  const text = formatShareAddress({ peerId, code: "0a1b", addresses });
  assert.is(text, `${peerId}.0a1b@192.0.2.7:4001+2001:db8::1:4001+/dns4/example.org/tcp/4001`);
  assert.not.match(text, /[^\w.@:+/]/);
  assert.equal(parseShareAddress(`${peerId}.0a1b@192.0.2.7:4001,[2001:db8::1]:4001,/dns4/example.org/tcp/4001`), {
    ...{ peerId, code: "0a1b", addresses },
  });

  assert.equal(parseShareAddress(text), { peerId, code: "0a1b", addresses });
  const libp2p = "16Uiu2HAm3cuhhRL2msUuLF62KRSfneFDx94RsuouyW25Ho42cFMq";
  assert.match(parseShareAddress(`${libp2p}.0a1b@192.0.2.7:1`).peerId, /^0[23][0-9a-f]{64}$/);
  const local = ["tcp:127.0.0.1:1", "tcp:[::1]:1", "tcp:[fe80::1%eth0]:1"];
  assert.equal(sharedAddresses([...local, "tcp:192.0.2.7:1"]), ["tcp:192.0.2.7:1"]);
  assert.equal(sharedAddresses(local), local);
});

test("addresses of cables come first, then tunnels, bridges, and what machines give themselves", () => {
  const of = (address: string) => [{ address }];
  const interfaces = {
    ...{ lo: of("127.0.0.1"), docker0: of("172.17.0.1"), "br-1a2b": of("172.18.0.1"), tun0: of("10.8.0.6") },
    ...{ veth1: of("169.254.1.1"), wlan0: [...of("192.168.1.23"), ...of("2001:db8::23")] },
  };
  const hosts = ["127.0.0.1", "172.17.0.1", "172.18.0.1", "169.254.1.1", "10.8.0.6", "[2001:db8::23]", "192.168.1.23"];
  const addresses = hosts.map((host) => `tcp:${host}:1`);
  const shared = sharedAddresses(addresses, interfaces);
  assert.equal(shared, ["tcp:192.168.1.23:1", "tcp:[2001:db8::23]:1", "tcp:10.8.0.6:1", "tcp:172.17.0.1:1"]);
  assert.match(addressesNote(["tcp:127.0.0.1:1"])!, /in no network/);
  assert.match(addressesNote(["tcp:169.254.1.1:1"])!, /same cable/);
  assert.match(addressesNote(["tcp:[2001:db8::23]:1"])!, /IPv6 only/);
  assert.is(addressesNote(shared), null);
  assert.equal(shareListen(interfaces), ["tcp:0.0.0.0:0", "tcp:[::]:0"]);
  assert.equal(shareListen({ lo: of("::1"), eth0: of("fe80::1") }), ["tcp:0.0.0.0:0"]);
});

test("a refused connection, somebody else, and a mistyped identity are told apart", async () => {
  const { program, address } = await share([photos, "--keep"]);
  const { peerId: _, ...rest } = parseShareAddress(address);
  const other = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
  const elsewhere = formatShareAddress({ ...rest, peerId: other });
  assert.match(await fail(["receive", elsewhere, "--downloads", into("none")], 1), /another identity, answers at tcp:/);
  await stop(program);
  assert.match(await fail(["receive", address, "--downloads", into("none")], 1), /connection refused at tcp:127/);
  const invalid = `02${"f".repeat(64)}.ab@127.0.0.1:1`;
  assert.match(await fail(["receive", invalid], 2), /not a valid public key/);
});

test.run();
