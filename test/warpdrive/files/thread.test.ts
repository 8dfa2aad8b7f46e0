/**
 * The thread that works on files: one is kept for the next who needs it, and nobody gets one that may be broken.
 *
 * @module
 */

import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { memoryHost, MemoryNetwork } from "../../../src/host/mod.ts";
import { memoryStore } from "../../../src/store/mod.ts";
import { type DiskThread, endIdleThread, withThread } from "../../../src/warpdrive/files/disk/mod.ts";
import { collectFiles, FilesError } from "../../../src/warpdrive/files/mod.ts";
import { warpdriveService } from "../../../src/warpdrive/mod.ts";
import { withFolder, writeTree } from "./tree.ts";

const test = suite("warpdrive files: threads");

/** The thread that somebody gets now. */
const lent = (signal?: AbortSignal) => withThread(signal, (thread) => Promise.resolve(thread));

/** Whether a thread has ended: it rejects what it is asked. */
async function hasEnded(thread: DiskThread): Promise<boolean> {
  return !thread.works && await thread.ask("rest", undefined).then(() => false, () => true);
}

/** How often this process has a file open. */
function timesOpen(path: string): number {
  const folder = "/proc/self/fd";
  const leadsTo = (name: string) => {
    try {
      return readlinkSync(join(folder, name));
    } catch {
      return "";
    }
  };
  return readdirSync(folder).filter((name) => leadsTo(name) === path).length;
}

test("a thread is used again, by one after the other", async () => {
  const first = await lent();
  assert.is(await lent(new AbortController().signal), first);
  await withFolder(async (folder) => {
    writeTree(folder, { a: "some bytes" });
    const { entries } = await collectFiles([join(folder, "a")]);
    assert.is(entries[0].sha256?.length, 64);
  });
  assert.is(await lent(), first);
  assert.not.ok(await hasEnded(first));
});

test("of threads that were used at once, one is kept", async () => {
  await endIdleThread();
  const all = await Promise.all(Array.from({ length: 3 }, () =>
    withThread(undefined, async (thread) => {
      await thread.ask("rest", undefined);
      return thread;
    })));
  assert.is(new Set(all).size, 3);
  const kept = await lent();
  assert.ok(all.includes(kept));
  const ended = await Promise.all(all.map(hasEnded));
  assert.equal(ended, all.map((thread) => thread !== kept));
});

test("a thread that failed, or was given up, is not used again", async () => {
  const uses: ((thread: DiskThread, controller: AbortController) => Promise<unknown>)[] = [
    (thread) => thread.ask("walk", { paths: ["/nothing/is/here"], entriesMax: 1 }),
    () => Promise.reject(new Error("The user failed")),
    (thread, controller) => {
      const answer = thread.ask("walk", { paths: ["/"], entriesMax: 1_000_000_000 });
      controller.abort();
      return answer;
    },
    // Its user has what it wanted although the thread is being ended.
    (_, controller) => Promise.resolve(controller.abort()),
  ];
  for (const use of uses) {
    const controller = new AbortController();
    const used: DiskThread[] = [];
    await withThread(controller.signal, (thread) => {
      used.push(thread);
      return use(thread, controller);
    }).catch(() => {});
    assert.is(used.length, 1);
    assert.ok(await hasEnded(used[0]), String(use));
    assert.is.not(await lent(), used[0]);
  }
});

test("who has given up already gets no thread", async () => {
  const kept = await lent();
  try {
    await withThread(AbortSignal.abort(), () => Promise.reject(new Error("It was used")));
    assert.unreachable();
  } catch (error) {
    assert.is((error as FilesError).code, "aborted");
  }
  assert.is(await lent(), kept);
});

test("a thread that waits has forgotten its last user, and no file is open", async () => {
  await withFolder(async (folder) => {
    writeTree(folder, { a: new Uint8Array(1000) });
    const { entries } = await collectFiles([join(folder, "a")]);
    const used = await withThread(undefined, async (thread) => {
      await thread.ask("startSending", { entries, index: 0, offset: 0 });
      const { length } = await thread.ask("read", new ArrayBuffer(10));
      assert.is(length, 10);
      if (existsSync("/proc/self/fd")) assert.is(timesOpen(entries[0].path), 1);
      thread.onProgress = () => assert.unreachable();
      return thread;
    });
    const failed = await withThread(undefined, async (thread) => {
      assert.is(thread, used);
      assert.is(thread.onProgress, null);
      return await thread.ask("read", new ArrayBuffer(10)).then(() => null, (error) => error);
    });
    assert.instance(failed, FilesError);
    if (existsSync("/proc/self/fd")) assert.is(timesOpen(entries[0].path), 0);
  });
});

test("a service that stops takes the thread that waits along", async () => {
  await withFolder(async (folder) => {
    await using host = await memoryHost({ network: new MemoryNetwork(), peerId: "alice" });
    await using store = await memoryStore();
    const service = warpdriveService({ host, store, downloads: join(folder, "received") });
    await service.start();
    const thread = await lent();
    assert.ok(thread.works);
    await service.stop();
    assert.ok(await hasEnded(thread));
  });
});

test.run();
