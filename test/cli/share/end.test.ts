/**
 * When a share ends: not while somebody fetches, not never, and those who are too late know it at once.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseShareAddress } from "../../../src/cli/share/share-address.ts";
import { fetchShare, listShare, planShare, type Share } from "../../../src/cli/share/share-fetch.ts";
import { SHARE_OFFER_ID, sharePort } from "../../../src/cli/share/share-port.ts";
import {
  HELD_MS_MAX,
  LEAVE_MS_MAX,
  RETURN_MS_MAX,
  ShareReceivers,
  TOGETHER_MS,
} from "../../../src/cli/share/share-receivers.ts";
import { libp2pHost } from "../../../src/host/libp2p/host.ts";
import { Identity } from "../../../src/identity/identity.ts";
import { ClientSession } from "../../../src/warpdrive/client/client-session.ts";
import { ENTRY, kill, type Program, start, stop } from "../program-process.ts";
import { run } from "../program-run.ts";

const test = suite("program: when a share ends");

const folder = mkdtempSync(join(tmpdir(), "warpwire-share-end-"));
const large = join(folder, "large.bin");
const LARGE_BYTES = 48 * 2 ** 20;
/** Enough for the buffers of a connection to be full although more is to come. */
const SOME_BYTES = 2 ** 20;

test.before(() => writeFileSync(large, randomBytes(LARGE_BYTES)));
test.after(() => rmSync(folder, { recursive: true, force: true }));

async function share(...options: string[]): Promise<{ program: Program; address: string }> {
  const program = start(["share", large, "--listen", "tcp:127.0.0.1:0", "--json", ...options]);
  return { program, address: JSON.parse(await program.line(/"type":"ready"/)).share };
}

/** A receiver that takes what the test asks it to take. */
async function slowReceiver(address: string) {
  const { code, ...peer } = parseShareAddress(address);
  const host = await libp2pHost({ identity: Identity.generate(), listen: [] });
  const session = await ClientSession.open(host, peer, sharePort(code), {});
  const sure = { timeoutMs: 30_000 };
  await session.call("download", { offerId: SHARE_OFFER_ID, index: 0, offset: 0 }, sure);
  const buf = new Uint8Array(SOME_BYTES);
  return {
    host,
    peerId: host.peerId,
    async take(count: number): Promise<void> {
      for (let left = count; left > 0;) {
        const read = await session.reader.read(buf.subarray(0, Math.min(left, buf.length)), sure);
        assert.ok(read !== null, `the sharer ended ${left} bytes too early`);
        left -= read;
      }
    },
    finish: () => session.finish("download"),
    [Symbol.asyncDispose]: () => host.stop(),
  };
}

function events({ out }: { readonly out: Uint8Array }) {
  return new TextDecoder().decode(out).trimEnd().split("\n").map((line) => JSON.parse(line));
}

test("a share waits for whoever still fetches when the first one is done, and both have everything", async () => {
  const { program, address } = await share();
  await using second = await slowReceiver(address);
  await second.take(SOME_BYTES);
  const first = await run(["receive", address, "--downloads", join(folder, "first")]);
  assert.is(first.status, 0, first.err);
  assert.equal(JSON.parse(await program.line(/"type":"waiting"/)).peers, [second.peerId]);
  await second.take(LARGE_BYTES - SOME_BYTES);
  await second.finish();
  const ended = await program.ended;
  assert.equal([ended.status, ended.err], [0, ""]);
  assert.is(events(ended).filter(({ type }) => type === "completed").length, 2);
  assert.ok(readFileSync(join(folder, "first/large.bin")).equals(readFileSync(large)));
});

test("Ctrl-C ends the waiting, which is no success; who was in the middle knows at once", async () => {
  const { program, address } = await share();
  const second = start(["receive", address, "--downloads", join(folder, "second"), "--json"]);
  await program.line(/"type":"started"/);
  // It is in the middle until it is allowed to go on.
  kill(second, "SIGSTOP");
  await using third = await slowReceiver(address);
  await third.take(LARGE_BYTES);
  await third.finish();
  await program.line(/"type":"waiting"/);
  const stopped = await stop(program, "SIGINT");
  assert.is(stopped.status, 130);
  assert.ok(events(stopped).some(({ type }) => type === "interrupted"));
  kill(second, "SIGCONT");
  const { status, err, ...output } = await second.ended;
  assert.equal([status, err], [1, "error: ended: The other machine has ended the share\n"]);
  const last = events(output).at(-1);
  assert.equal([last.type, last.reason], ["stopped", "ended"]);
});

test("who finds all places taken is told so, and gets in when one is free", async () => {
  const { program, address } = await share("--keep");
  const { code, ...peer } = parseShareAddress(address);
  await using host = await libp2pHost({ identity: Identity.generate(), listen: [] });
  const open = () => ClientSession.open(host, peer, sharePort(code), {});
  const sessions = await Promise.all(Array.from({ length: 32 }, open));
  // Each has had an answer, so that none of them is still on its way.
  await Promise.all(sessions.map((session) => session.call("listOffers", { filter: 0 }, { timeoutMs: 30_000 })));
  const receiving = ["receive", address, "--downloads", join(folder, "turn")];
  const { status, err } = await run(receiving);
  assert.equal(
    [status, err],
    [1, "error: rejected: The other machine serves as many as it can at once: try again later\n"],
  );
  for (const { stream } of sessions) stream.abort();
  let last = await run(receiving);
  for (let turn = 0; turn < 20 && last.err.startsWith("error: rejected:"); turn++) last = await run(receiving);
  assert.is(last.status, 0, last.err);
  assert.ok(readFileSync(join(folder, "turn/large.bin")).equals(readFileSync(large)));
  await stop(program, "SIGINT");
});

test("who looks at the list is waited for, and who comes after the end is told so at once", async () => {
  const { program, address } = await share();
  const { code, ...peer } = parseShareAddress(address);
  await using host = await libp2pHost({ identity: Identity.generate(), listen: [] });
  const target = join(folder, "late");
  mkdirSync(target);
  const given: Share = {
    ...{ host, peer, port: sharePort(code), folder: target, onCollision: "rename", patienceMs: 3_600_000 },
    signal: new AbortController().signal,
  };
  const list = await listShare(given);
  await using first = await slowReceiver(address);
  await first.take(LARGE_BYTES);
  await first.finish();
  assert.equal(JSON.parse(await program.line(/"type":"waiting"/)).peers, [host.peerId]);
  list[Symbol.dispose]();
  assert.is((await program.ended).status, 0);
  const plan = await planShare(given, list.entries);
  try {
    await fetchShare({ ...given, reached: list.reached }, plan, { onEvent: () => {} });
    assert.unreachable();
  } catch (error) {
    assert.is((error as { code?: string }).code, "ended", `${error}`);
  }
});

test("what a test has started ends when the test is killed", async () => {
  const orphan = ENTRY.replace("program-entry", "orphan");
  const parent = start(["share", large, "--listen", "tcp:127.0.0.1:0"], {}, orphan);
  await parent.line(/^ {2}warpwire receive /);
  kill(parent, "SIGKILL");
  // The output is that of the program, too, so that it ends only with it.
  await parent.ended;
});

/** Receivers by a clock that the test moves. */
function lab() {
  let nowMs = 0;
  let timers: { readonly atMs: number; readonly run: () => void }[] = [];
  const told: (readonly string[] | "over")[] = [];
  const receivers = new ShareReceivers({
    clock: {
      now: () => nowMs,
      setTimer: (delayMs, run) => {
        const timer = { atMs: nowMs + delayMs, run };
        timers.push(timer);
        return { clear: () => void (timers = timers.filter((each) => each !== timer)) };
      },
    },
    onWaiting: (peers) => told.push(peers),
    onOver: () => told.push("over"),
  });
  const pass = (ms: number) => {
    nowMs += ms;
    const due = timers.filter(({ atMs }) => atMs <= nowMs);
    timers = timers.filter(({ atMs }) => atMs > nowMs);
    for (const { run } of due) run();
  };
  /** One that has everything, after which the share is to end. */
  const first = () => {
    receivers.opened("first");
    receivers.started("first", 0);
    receivers.completed("first");
    receivers.closed("first");
    receivers.end();
  };
  return { receivers, told, pass, first };
}

test("a share that nobody else fetches is over a second after the first has come", () => {
  const { receivers, told, pass, first } = lab();
  receivers.opened("first");
  pass(TOGETHER_MS / 2);
  first();
  pass(TOGETHER_MS / 2 - 1);
  assert.equal(told, []);
  pass(1);
  assert.equal(told, ["over"]);
});

test("after a long transfer a share is over when the receiver has left, which may take it a moment", () => {
  for (const leaves of [true, false]) {
    const { receivers, told, pass } = lab();
    receivers.opened("first");
    receivers.started("first", 0);
    pass(TOGETHER_MS);
    receivers.completed("first");
    receivers.end();
    pass(LEAVE_MS_MAX - 1);
    assert.equal(told, []);
    if (leaves) receivers.closed("first");
    else pass(1);
    assert.equal(told, ["over"]);
  }
});

test("who comes in that moment is served and waited for", () => {
  const { receivers, told, pass, first } = lab();
  first();
  pass(TOGETHER_MS - 1);
  receivers.opened("late");
  pass(TOGETHER_MS);
  receivers.started("late", 0);
  receivers.completed("late");
  assert.equal([told, receivers.missed], [[["late"], "over"], []]);
});

test("who is connected and takes nothing new is not waited for longer than a minute", () => {
  const { receivers, told, pass, first } = lab();
  receivers.opened("idle");
  receivers.opened("again");
  receivers.started("again", 0);
  receivers.moved("again", 100);
  first();
  pass(HELD_MS_MAX - 1);
  // The same bytes once more are no progress.
  receivers.started("again", 0);
  receivers.moved("again", 100);
  assert.equal(told, [["idle", "again"]]);
  pass(1);
  assert.equal(told.slice(1), ["over"]);
  assert.equal(receivers.missed, ["again"]);
});

test("progress, however slow, is waited for", () => {
  const { receivers, told, pass, first } = lab();
  receivers.opened("slow");
  receivers.started("slow", 0);
  first();
  for (let done = 1; done < 100; done++) {
    pass(HELD_MS_MAX - 1);
    receivers.moved("slow", done);
  }
  assert.equal(told, [["slow"]]);
  receivers.completed("slow");
  assert.equal([told.at(-1), receivers.missed], ["over", []]);
});

test("who was interrupted has some time to come back, also as another process", () => {
  const { receivers, told, pass, first } = lab();
  for (const peer of ["long ago", "a while ago", "now"]) {
    receivers.opened(peer);
    receivers.started(peer, 0);
    receivers.moved(peer, 50);
    receivers.closed(peer);
    pass(RETURN_MS_MAX / 2);
  }
  first();
  assert.equal(told, [["now"]]);
  receivers.opened("now, anew");
  receivers.started("now, anew", 40);
  receivers.completed("now, anew");
  receivers.closed("now, anew");
  pass(TOGETHER_MS);
  assert.equal([told.at(-1), receivers.missed], ["over", []]);
});

test("who was interrupted and does not come back did not get everything", () => {
  const { receivers, told, pass, first } = lab();
  receivers.opened("gone");
  receivers.started("gone", 10);
  receivers.closed("gone");
  first();
  pass(RETURN_MS_MAX);
  assert.equal([told, receivers.missed], [[["gone"], "over"], ["gone"]]);
});

test.run();
