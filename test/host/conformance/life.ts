/**
 * Conformance: starting, stopping, time and random numbers.
 *
 * @module
 */

import * as assert from "uvu/assert";
import type { HostErrorCode } from "../../../src/host/error.ts";
import { type Check, fails, infoOf, openPair, readSome, sameBytes, utf8 } from "../pair.ts";

/** Adds the tests. */
export function checkLife(check: Check): void {
  check("a host has addresses while it is started", async ({ a }) => {
    assert.ok(a.addresses().length > 0);
    await a.start();
    await a.stop();
    assert.equal([...a.addresses()], []);
    await a.stop();
  });

  check("stopping ends everything that waits", async (pair) => {
    const { a, b } = pair;
    const [stream] = await openPair(pair);
    b.mountStreams("silent");
    const protocol = a.mountStreams("mine");
    const waiting = [
      fails(stream.read(new Uint8Array(1)), "closed"),
      fails(protocol.acceptStream(), "closed"),
      fails(protocol.nextIncoming(), "closed"),
      fails(a.openStream(infoOf(b), "silent"), "closed"),
    ];
    await a.stop();
    await Promise.all(waiting);
    await fails(stream.write(utf8("x")), "closed");
  });

  check("a host that stops leaves nobody waiting for its answer", async ({ a, b }) => {
    const protocol = b.mountStreams("unanswered");
    const opening = fails(a.openStream(infoOf(b), "unanswered"), "unreachable");
    const incoming = await protocol.nextIncoming();
    await b.stop();
    await opening;
    await fails(incoming.accept(), "closed", "reset");
  });

  check("a stopped host does nothing", async ({ a, b }) => {
    const info = infoOf(b);
    b.mountStreams("test");
    await a.stop();
    await fails(a.openStream(info, "test"), "closed");
    await fails(a.connect(info), "closed");
  });

  check("stopping with open streams, requests and readers leaves nothing behind", async (pair) => {
    const { a, b } = pair;
    const streams = [];
    for (let index = 0; index < 10; index++) streams.push(...await openPair(pair, `path ${index}`));
    b.mountStreams("silent");
    const ends: Promise<unknown>[] = streams.map((stream) => stream.read(new Uint8Array(1)).catch(() => null));
    ends.push(a.openStream(infoOf(b), "silent").catch(() => null));
    const much = new Uint8Array(32 * 1024 * 1024);
    for (const stream of [streams[0], streams[2]]) ends.push(stream.write(much).catch(() => null));
    ends.push(streams[2].close());
    await Promise.all([a.stop(), b.stop()]);
    await Promise.all(ends);
    if (pair.handles !== undefined) assert.is(await pair.handles(), 0);
  });

  check("a stopped host starts again, with nothing mounted", async ({ a, b }) => {
    b.mountStreams("before");
    await b.stop();
    await b.start();
    await fails(a.openStream(infoOf(b), "before"), "unknown-protocol");
    const protocol = b.mountStreams("before");
    const [stream, other] = await Promise.all([a.openStream(infoOf(b), "before"), protocol.acceptStream()]);
    await stream.write(utf8("again"));
    sameBytes(await readSome(other, 5), utf8("again"));
  });

  check("stopping unmounts, and ends loops over incoming streams", async ({ b }) => {
    const protocol = b.mountStreams("loop");
    const loop = (async () => {
      for await (const incoming of protocol) incoming.reject();
      return "ended";
    })();
    await b.stop();
    assert.is(await loop, "ended");
  });

  check("the clock goes forward, and its timers fire in order unless cleared", async ({ a: { clock } }) => {
    const start = clock.now();
    const fired: string[] = [];
    const cleared = clock.setTimer(1, () => fired.push("cleared"));
    await new Promise<void>((resolve) => {
      clock.setTimer(20, () => {
        fired.push("late");
        resolve();
      });
      clock.setTimer(2, () => fired.push("early"));
      cleared.clear();
    });
    assert.equal(fired, ["early", "late"]);
    // Timers of the system may fire up to a millisecond early.
    assert.ok(clock.now() >= start + 19);
    cleared.clear();
    for (const delayMs of [-1, NaN, 2 ** 31]) {
      assert.throws(() => clock.setTimer(delayMs, () => {}), (error: unknown) => error instanceof RangeError);
    }
  });

  check("random numbers are numbers, and not always the same", ({ a: { random } }) => {
    assert.is(random.bytes(0).length, 0);
    assert.is(random.bytes(100_000).length, 100_000);
    assert.not.equal([...random.bytes(16)], [...random.bytes(16)]);
    for (let round = 0; round < 1000; round++) {
      const number = random.next();
      assert.ok(number >= 0 && number < 1, `${number}`);
    }
    assert.ok(new Set(Array.from({ length: 100 }, () => random.next())).size > 90);
    return Promise.resolve();
  });

  check("errors have a code, a name and a message", async ({ a, nobody }) => {
    const error = await fails(a.openStream(nobody, "test"), "unreachable");
    assert.is(error.name, "HostError");
    assert.is(error.rejectCode, 0);
    const code: HostErrorCode = error.code;
    assert.is(code, "unreachable");
    assert.match(error.message, /^[A-Z].*[^.]$/);
  });
}
