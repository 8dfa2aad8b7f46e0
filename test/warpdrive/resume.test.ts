import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { HostError } from "../../src/host/mod.ts";
import { LocalHost } from "../../src/host/local/host.ts";
import { socketHost } from "../../src/host/socket/host.ts";
import type { PeerInfo, Stream, WaitOptions } from "../../src/host/mod.ts";
import { openStore } from "../../src/store/mod.ts";
import { Attempts } from "../../src/warpdrive/transfers/retry.ts";
import { Semaphore } from "../../src/warpdrive/transfers/semaphore.ts";
import { FilesError, WarpdriveError, warpdriveService } from "../../src/warpdrive/mod.ts";
import { root } from "../../tasks/project.ts";
import { fastClock, IDS, Nodes, read, stage, write } from "./nodes.ts";
import { systemRandom } from "../../src/host/timing/system.ts";

const test = suite("warpdrive resuming");
const { A, B } = IDS;

/** A host whose streams break after so many bytes were read from them. */
class FlakyHost extends LocalHost {
  /** How many bytes the next stream gives; the last number is that of all further ones. */
  budgets: number[] = [Infinity];
  /** How many streams broke. */
  broken = 0;

  override async openStream(peer: PeerInfo, path: string, options?: WaitOptions): Promise<Stream> {
    const stream = await super.openStream(peer, path, options);
    let left = this.budgets.length > 1 ? this.budgets.shift()! : this.budgets[0];
    const read = async (buf: Uint8Array, options?: WaitOptions): Promise<number | null> => {
      if (left <= 0) {
        this.broken++;
        stream.abort();
        throw new HostError("reset", "The link broke");
      }
      const count = await stream.read(buf.subarray(0, Math.min(buf.length, left)), options);
      left -= count ?? 0;
      return count;
    };
    return {
      peerInfo: stream.peerInfo,
      read,
      write: (bytes, options) => stream.write(bytes, options),
      close: () => stream.close(),
      abort: (reason) => stream.abort(reason),
      readable: stream.readable,
      writable: stream.writable,
      [Symbol.asyncDispose]: () => stream.close(),
    };
  }
}

async function flakyHost(nodes: Nodes, peerId: string): Promise<FlakyHost> {
  const host = new FlakyHost({ peerId, addresses: [], fabric: nodes.network, clock: fastClock, random: systemRandom });
  nodes.network.add(host);
  await host.start();
  return host;
}

/** Content in which every place is another one. */
function content(bytes: number, start: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  for (let index = 0; index < words.length; index++) words[index] = Math.imul(index + start, 2654435761);
  return new Uint8Array(words.buffer, 0, bytes);
}

test("a download whose link breaks again and again goes on by itself, and is complete", async () => {
  await using nodes = new Nodes();
  const a = await nodes.node(A, { host: await nodes.fastHost(A) });
  const host = await flakyHost(nodes, B);
  const b = await nodes.node(B, { host });
  for (let n = 0; n < 20; n++) write(a.sources, { [`tree/${n % 3}/${n}.bin`]: content(200_000 + n, n) });
  const { offerId } = await a.client.createOffer(B, `${a.sources}/tree`);
  host.budgets = [1, 700_000, 0, 300_000, 1_000_000, 5, 900_000, Infinity];
  await b.service.offers.accept(b.service.offers.find("incoming", offerId).key).catch(() => {});
  const done = await stage(b, "incoming", offerId, "completed");
  assert.is(done.done, done.bytes);
  assert.is(host.broken, 7);
  assert.equal(read(b.downloads), Object.fromEntries(Object.entries(read(a.sources))));
  await host.stop();
});

test("a large file goes on when the link breaks, also while its hash is asked for", async () => {
  await using nodes = new Nodes();
  const a = await nodes.node(A, { host: await nodes.fastHost(A) });
  const host = await flakyHost(nodes, B);
  const b = await nodes.node(B, { host });
  write(a.sources, { "tree/1.bin": content(20_000_000, 1), "tree/2.bin": content(17_000_000, 2) });
  const { offerId } = await a.client.createOffer(B, `${a.sources}/tree`);
  // In turns the file and its hash, and the hash alone when that is all that is missing.
  host.budgets = [9_000_000, 0, 11_000_001, 0, 0, 3, 0, 17_000_000, 5, 64, Infinity];
  await b.service.offers.accept(b.service.offers.find("incoming", offerId).key).catch(() => {});
  await stage(b, "incoming", offerId, "completed");
  assert.ok(host.broken >= 6, `${host.broken} links broke`);
  assert.equal(read(b.downloads), read(a.sources));
  await host.stop();
});

test("a sender that stops in the middle and comes back is asked for the rest", async () => {
  await using nodes = new Nodes();
  const a = await nodes.node(A, { host: await nodes.fastHost(A) });
  const b = await nodes.node(B, { host: await nodes.fastHost(B) });
  write(a.sources, { "big.bin": content(30_000_000, 7) });
  const { offerId } = await a.client.createOffer(B, `${a.sources}/big.bin`);
  const accepted = b.client.acceptFrom(A, offerId);
  await stage(a, "outgoing", offerId, "accepted");
  await a.service.stop();
  await accepted.catch(() => {});
  await a.service.start();
  await stage(b, "incoming", offerId, "completed");
  assert.equal(read(b.downloads), read(a.sources));
});

test("a service that is killed while it downloads goes on when it is started again", async () => {
  await using nodes = new Nodes();
  const host = await socketHost({ peerId: A, listen: ["tcp:127.0.0.1:0"] });
  const a = await nodes.node(A, { host });
  write(a.sources, { "big.bin": content(60_000_000, 3), "small.txt": "small" });
  const folder = nodes.folder("killed");
  mkdirSync(join(folder, "received"), { recursive: true });
  const program = process.versions.deno !== undefined
    ? ["run", "-A", "--no-check", join(root, "test/warpdrive/receiver.ts")]
    : [join(root, ".build/test/warpdrive/receiver.js")];
  const child = spawn(process.execPath, [...program, folder, A, host.addresses()[0]], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  let offered = false;
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, address] = line.split(" ");
    if (word === "ready") {
      offered = true;
      // Not awaited: the answer may come after the program is killed.
      a.service.offers.send({ peerId: B, addresses: [address] }, [`${a.sources}/big.bin`, `${a.sources}/small.txt`])
        .catch(() => {});
    }
    if (word === "accepted" || word === "completed") child.kill("SIGKILL");
  }
  await ended;
  assert.ok(offered);
  await using store = await openStore({ folder: join(folder, "data") });
  await using receiver = await socketHost({ peerId: B, listen: ["tcp:127.0.0.1:0"] });
  await using service = warpdriveService({ host: receiver, store, downloads: join(folder, "received") });
  await service.start();
  const [offer] = service.offers.list("incoming");
  const b = { service } as Parameters<typeof stage>[0];
  const done = await stage(b, "incoming", offer.id, "completed");
  assert.is(done.done, 60_000_005);
  assert.equal(read(join(folder, "received")), read(a.sources));
  await a.service.stop();
  await host.stop();
});

test("what is tried again, and what is not", () => {
  const reset = new HostError("reset", "");
  const cases: readonly (readonly [error: Error, progressed: boolean, attempts: number])[] = [
    [reset, false, 8],
    [reset, true, Infinity],
    [new HostError("unreachable", ""), false, Infinity],
    [new WarpdriveError("refused", ""), false, 8],
    [new FilesError("truncated", ""), false, 8],
    [new FilesError("hash-mismatch", ""), true, 2],
    [new FilesError("no-space", ""), true, 1],
    [new FilesError("unsafe-path", ""), false, 1],
    [new FilesError("too-many-open", ""), false, Infinity],
    [new TypeError("a mistake of the program"), true, 1],
  ];
  for (const [error, progressed, expected] of cases) {
    const attempts = new Attempts();
    let count = 1;
    while (count < 100 && attempts.failed(error, progressed)) count++;
    assert.is(count === 100 ? Infinity : count, expected, `${error.name} ${"code" in error ? error.code : ""}`);
  }
});

test("pauses double up to a minute, begin anew after progress, and end with the signal", async () => {
  const pauses: number[] = [];
  const clock = {
    now: () => 0,
    setTimer(delayMs: number, run: () => void) {
      pauses.push(delayMs);
      queueMicrotask(run);
      return { clear() {} };
    },
  };
  const attempts = new Attempts();
  const { signal } = new AbortController();
  for (let n = 0; n < 9; n++) await attempts.pause(clock, signal);
  attempts.failed(new HostError("reset", ""), true);
  await attempts.pause(clock, signal);
  assert.equal(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 500]);
  const error = await attempts.pause(clock, AbortSignal.abort()).catch((error) => error);
  assert.is(error.code, "aborted");
});

test("slots are given in the order of asking, and not to those who gave up", async () => {
  const slots = new Semaphore(1);
  const order: string[] = [];
  const { signal } = new AbortController();
  const release = await slots.acquire(signal);
  assert.is(slots.full, true);
  const controller = new AbortController();
  const first = slots.acquire(signal).then((give) => (order.push("first"), give));
  const gaveUp = slots.acquire(controller.signal).catch((error) => void order.push(error.message));
  const last = slots.acquire(signal).then((give) => (order.push("last"), give));
  controller.abort(new Error("gave up"));
  await gaveUp;
  release();
  release();
  (await first)();
  (await last)();
  assert.equal(order, ["gave up", "first", "last"]);
  assert.is(slots.full, false);
});

test.run();
