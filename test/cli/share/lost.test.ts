/**
 * Files that change or vanish while they are shared: both sides say which, and the others are fetched all the same.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Info } from "../../../codec/protocols/warpdrive/mod.ts";
import { fetchShare, listShare, planShare, type Share } from "../../../src/cli/share/share-fetch.ts";
import { shareOffer, sharePort } from "../../../src/cli/share/share-port.ts";
import { memoryHost, MemoryNetwork } from "../../../src/host/mod.ts";
import { type Exchange, type Handlers, serveSession } from "../../../src/warpdrive/session/session.ts";
import { kill, type Program, start, stop } from "../program-process.ts";
import { run } from "../program-run.ts";

const test = suite("program: files that are lost while they are shared");

const folder = mkdtempSync(join(tmpdir(), "warpwire-lost-"));
const LARGE_BYTES = 24 * 2 ** 20;

test.after(() => rmSync(folder, { recursive: true, force: true }));

let source = "";
let target = "";
test.before.each(() => {
  const own = mkdtempSync(join(folder, "test-"));
  source = join(own, "photos");
  target = join(own, "target");
  mkdirSync(join(source, "sub"), { recursive: true });
  for (const name of ["a", "b", "c", "sub/d", "sub/e", "z"]) writeFileSync(join(source, name), `the file ${name}`);
  writeFileSync(join(source, "empty"), "");
});

async function share(...options: string[]): Promise<{ program: Program; address: string }> {
  const program = start(["share", source, "--listen", "tcp:127.0.0.1:0", "--json", ...options]);
  return { program, address: JSON.parse(await program.line(/"type":"ready"/)).share };
}

function events(text: string) {
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

function leftOut(text: string): string[] {
  return events(text).filter(({ type }) => type === "left-out").map(({ path, reason }) => `${path} ${reason}`).sort();
}

function received(): string[] {
  const names = readdirSync(target, { recursive: true, withFileTypes: true });
  return names.filter((entry) => entry.isFile()).map(({ name }) => name).sort();
}

test("what has changed or is gone is named on both sides, and everything else arrives", async () => {
  const { program, address } = await share();
  appendFileSync(join(source, "b"), ", and more");
  renameSync(join(source, "sub"), join(source, "moved"));
  const { status, out, err } = await run(["receive", address, "--downloads", target, "--json"]);
  assert.equal([status, err], [3, ""], out);
  const lost = ["photos/b changed", "photos/sub/d gone", "photos/sub/e gone"];
  assert.equal(leftOut(out), lost);
  assert.equal(received(), ["a", "c", "empty", "z"]);
  const last = events(out).at(-1);
  assert.equal([last.type, last.files, last.leftOut], ["completed", 4, 3]);
  const shared = await program.ended;
  assert.equal([shared.status, shared.err], [3, ""]);
  const said = new TextDecoder().decode(shared.out);
  assert.equal(leftOut(said), lost);
  assert.is(events(said).at(-1).leftOut, true);
});

test("people read it, too; whoever comes later hears of it before anything is fetched", async () => {
  const { program, address } = await share("--keep");
  rmSync(join(source, "a"));
  rmSync(join(source, "z"));
  for (const into of ["one", "two"]) {
    const { status, out, err } = await run(["receive", address, "--downloads", join(target, into)]);
    assert.is(status, 3, err);
    assert.is(err, "left out: photos/a is gone since it was shared\nleft out: photos/z is gone since it was shared\n");
    assert.match(out, /^Received photos: 5 files, .*, every SHA-256 as announced; 2 files left out$/m);
    if (into === "two") assert.match(out, /^Receiving photos \(5 files, /m);
  }
  assert.is((await stop(program, "SIGINT")).status, 3);
});

test("a file that is cut off in the middle leaves nothing behind, and what follows it arrives", async () => {
  const large = join(source, "large");
  writeFileSync(large, randomBytes(LARGE_BYTES));
  const { program, address } = await share("--keep");
  const receiver = start(["receive", address, "--downloads", target, "--json"]);
  await program.line(/"type":"started"/);
  kill(receiver, "SIGSTOP");
  truncateSync(large, LARGE_BYTES - 1);
  kill(receiver, "SIGCONT");
  const { status, err, out } = await receiver.ended;
  assert.equal([status, err], [3, ""]);
  assert.equal(leftOut(new TextDecoder().decode(out)), ["photos/large changed"]);
  assert.equal(received(), ["a", "b", "c", "d", "e", "empty", "z"]);
  await program.line(/"type":"completed"/);
  assert.is((await stop(program, "SIGINT")).status, 3);
});

test("a receiver that has the bytes of before has everything", async () => {
  const { program, address } = await share("--keep");
  const before = readFileSync(join(source, "a"), "utf8");
  assert.is((await run(["receive", address, "--downloads", target])).status, 0);
  writeFileSync(join(source, "a"), "changed");
  assert.is(readFileSync(join(target, "photos/a"), "utf8"), before);
  // The list tells of what was lost when somebody has run into it.
  assert.is((await run(["receive", address, "--downloads", join(target, "again")])).status, 3);
  assert.is((await stop(program, "SIGINT")).status, 3);
});

/** A sharer that answers as the test says; resolves to what `fetchShare` comes to. */
async function fetchFrom(answer: (from: number) => number, list: (asked: number) => Info[]): Promise<unknown> {
  const network = new MemoryNetwork();
  await using sharer = await memoryHost({ network, peerId: "sharer" });
  await using host = await memoryHost({ network, peerId: "receiver" });
  const port = sharePort("ab");
  const controller = new AbortController();
  let asked = 0;
  const handlers = {
    listOffers: (_: unknown, { reply }: Exchange) =>
      reply({ offers: [{ ...shareOffer([], 0, new Map()), Files: list(asked++) }] }),
    download: async ({ index }: { index: number }, { reply }: Exchange) => {
      const code = answer(index);
      await reply({ code });
      return code === 0 ? "end" : undefined;
    },
  } as unknown as Handlers;
  const protocol = sharer.mountStreams(port.name);
  void (async () => {
    for await (const incoming of protocol) {
      const stream = await incoming.accept();
      const session = { stream, clock: sharer.clock, port, handlers, local: false, admits: () => true };
      void serveSession({ ...session, signal: controller.signal }).catch(() => {});
    }
  })();
  const share: Share = {
    ...{ host, peer: { peerId: "sharer" }, port, folder: target, onCollision: "rename", patienceMs: -1 },
    signal: controller.signal,
  };
  using listed = await listShare(share);
  const plan = await planShare(share, listed.entries);
  try {
    return await fetchShare(share, plan, { onEvent: () => {} });
  } catch (error) {
    return error;
  } finally {
    controller.abort();
  }
}

test("a sharer that says of one file after another that it is lost is not asked for ever", async () => {
  const files = (lost: number): Info[] =>
    Array.from({ length: 1000 }, (_, index) => ({
      ...{ Uri: `${index}`, Path: "", Size: 1, IsDir: false, Perm: 0o644, Mime: "", Name: `${index}` },
      ...(index < lost && { LeftOut: { Count: 1, Items: null } }),
    }));
  const asked: number[] = [];
  const error = await fetchFrom((from) => (asked.push(from), 1), files);
  assert.is((error as { code?: string }).code, "protocol", `${error}`);
  assert.ok(asked.length < 20, `${asked.length}`);
});

test("a sharer that ends every download early is not asked without a pause", async () => {
  const file: Info = { Uri: "a", Path: "", Size: 1, IsDir: false, Perm: 0o644, Mime: "", Name: "a" };
  const asked: number[] = [];
  const error = await fetchFrom((from) => (asked.push(from), 0), () => [file]);
  assert.is((error as { code?: string }).code, "truncated", `${error}`);
  assert.is(asked.length, 2);
});

test.run();
