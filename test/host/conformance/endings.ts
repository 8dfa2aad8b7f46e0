/**
 * Conformance: how streams end, and how waiting is given up.
 *
 * @module
 */

import * as assert from "uvu/assert";
import type { HostErrorCode } from "../../../src/host/error.ts";
import {
  type Abilities,
  type Check,
  fails,
  infoOf,
  MIB,
  openPair,
  pattern,
  readAll,
  readSome,
  sameBytes,
  utf8,
  writeUntilFails,
} from "../pair.ts";

/** What a writer may get when the other side is gone: it depends on who is faster. */
const GONE: HostErrorCode[] = ["closed", "reset"];

/** Adds the tests. */
export function checkEndings(check: Check, { tellsAbort = true, bufferedBytesMax = MIB }: Abilities): void {
  check("after a close the other side reads the rest, then the end, again and again", async (pair) => {
    const [here, there] = await openPair(pair);
    const sent = pattern(200_000);
    const writing = here.write(sent);
    const closing = here.close();
    sameBytes(await readAll(there), sent);
    assert.is(await writing, sent.length);
    await closing;
    assert.is(await there.read(new Uint8Array(1)), null);
    assert.is(await there.read(new Uint8Array(1)), null);
  });

  check("a close ends both directions", async (pair) => {
    const [here, there] = await openPair(pair);
    await here.close();
    assert.is(await there.read(new Uint8Array(1)), null);
    await writeUntilFails(there, ...GONE);
    await there.close();
  });

  check("a close with unread bytes takes nothing from the other side", async (pair) => {
    const [here, there] = await openPair(pair);
    await there.write(pattern(100_000));
    await here.write(utf8("last words"));
    await here.close();
    sameBytes(await readAll(there), utf8("last words"));
  });

  check("a close while the other side writes makes its writes fail", async (pair) => {
    const [here, there] = await openPair(pair);
    const failing = writeUntilFails(there, ...GONE);
    await readSome(here, 100_000);
    await here.close();
    await failing;
  });

  check("after close() nothing is read or written", async (pair) => {
    const [here, there] = await openPair(pair);
    await there.write(utf8("unread"));
    await here.read(new Uint8Array(1));
    await here.close();
    await fails(here.read(new Uint8Array(1)), "closed");
    await fails(here.write(utf8("late")), "closed");
    await here.close();
    here.abort();
    await fails(here.read(new Uint8Array(1)), "closed");
  });

  check("a read that waits ends with close()", async (pair) => {
    const [here] = await openPair(pair);
    const reading = fails(here.read(new Uint8Array(1)), "closed");
    await here.close();
    await reading;
  });

  check("both sides may close at once", async (pair) => {
    const [here, there] = await openPair(pair);
    await Promise.all([here.close(), there.close()]);
    await fails(here.read(new Uint8Array(1)), "closed");
  });

  check("a stream closes at the end of its block", async (pair) => {
    const [here, there] = await openPair(pair);
    {
      await using mine = here;
      await mine.write(utf8("bye"));
    }
    sameBytes(await readAll(there), utf8("bye"));
  });

  check("an abort ends what waits here, with its reason, and the other side notices", async (pair) => {
    const [here, there] = await openPair(pair);
    const reason = new Error("enough");
    const reading = fails(here.read(new Uint8Array(1)), "aborted");
    const noticing = there.read(new Uint8Array(1));
    here.abort(reason);
    assert.is((await reading).cause, reason);
    await fails(here.write(utf8("late")), "aborted");
    await fails(here.read(new Uint8Array(1)), "aborted");
    if (tellsAbort) await fails(noticing, "reset");
    else assert.is(await noticing.catch(() => null), null);
    await writeUntilFails(there, ...GONE);
    await here.close();
  });

  check("an abort ends a write that waits", async (pair) => {
    const [here] = await openPair(pair);
    const writing = writeUntilFails(here, "aborted");
    here.abort();
    await writing;
  });

  check("an abort while the other side writes makes its writes fail", async (pair) => {
    const [here, there] = await openPair(pair);
    const failing = writeUntilFails(there, ...GONE);
    await readSome(here, 1000);
    here.abort();
    await failing;
  });

  check("cancelling a web stream aborts, closing one closes", async (pair) => {
    const [here, there] = await openPair(pair);
    await there.writable.close();
    assert.is(await here.read(new Uint8Array(1)), null);
    const [more, others] = await openPair(pair, "another");
    await more.readable.cancel("not needed");
    await fails(more.write(utf8("x")), "aborted");
    await writeUntilFails(others, ...GONE);
  });

  check("a host that stops ends the streams of its peers", async (pair) => {
    const [here] = await openPair(pair);
    const [idle] = await openPair(pair, "idle");
    const info = infoOf(pair.b);
    const reading = idle.read(new Uint8Array(1)).catch((error) => error);
    await pair.b.stop();
    const end = await reading;
    assert.ok(end === null || end.code === "reset", String(end));
    await writeUntilFails(here, ...GONE);
    await fails(pair.a.openStream(info, "test"), "unreachable");
  });

  check("a read is given up without losing bytes", async (pair) => {
    const [here, there] = await openPair(pair);
    const controller = new AbortController();
    const reading = fails(there.read(new Uint8Array(8), { signal: controller.signal }), "aborted");
    controller.abort("changed my mind");
    assert.is((await reading).cause, "changed my mind");
    await fails(there.read(new Uint8Array(8), { signal: controller.signal }), "aborted");
    await fails(there.read(new Uint8Array(8), { timeoutMs: 1 }), "timeout");
    await here.write(utf8("whole"));
    sameBytes(await readSome(there, 5), utf8("whole"));
    const live = new AbortController();
    await here.write(utf8("more"));
    assert.ok(await there.read(new Uint8Array(8), { signal: live.signal, timeoutMs: 10_000 }));
  });

  check("a write that is given up breaks the stream", async (pair) => {
    const [here, there] = await openPair(pair);
    const controller = new AbortController();
    const more = new Uint8Array(bufferedBytesMax + MIB);
    const writing = fails(here.write(more, { signal: controller.signal }), "aborted");
    await readSome(there, 1);
    controller.abort();
    await writing;
    await fails(here.write(utf8("x")), "aborted");
  });

  check("a timeout that is no time is refused", async (pair) => {
    const [here] = await openPair(pair);
    for (const timeoutMs of [-1, NaN, 2 ** 31]) {
      const error = await here.read(new Uint8Array(1), { timeoutMs }).catch((error) => error);
      assert.instance(error, RangeError);
    }
  });
}
