/**
 * Conformance: how streams come about, or don't.
 *
 * @module
 */

import * as assert from "uvu/assert";
import { HostError } from "../../../src/host/error.ts";
import type { IncomingStream } from "../../../src/host/host.ts";
import { type Check, fails, infoOf, readSome, sameBytes, utf8 } from "../pair.ts";

/** Adds the tests. */
export function checkOpenings(check: Check): void {
  for (const code of [1, 7, 255]) {
    check(`a stream is rejected with the code ${code}`, async ({ a, b }) => {
      const protocol = b.mountStreams("strict");
      const opening = fails(a.openStream(infoOf(b), "strict"), "rejected");
      const incoming = await protocol.nextIncoming();
      assert.is(incoming.path, "strict");
      assert.is(incoming.peerInfo.peerId, a.peerId);
      incoming.reject(code);
      assert.is((await opening).rejectCode, code);
    });
  }

  check("a rejection names 1 by itself, and no number outside 1 to 255", async ({ a, b }) => {
    const protocol = b.mountStreams("strict");
    const opening = fails(a.openStream(infoOf(b), "strict"), "rejected");
    const incoming = await protocol.nextIncoming();
    for (const code of [0, 256, -1, 1.5]) assert.throws(() => incoming.reject(code), /whole number from 1 to 255/);
    incoming.reject();
    assert.is((await opening).rejectCode, 1);
  });

  check("a request is answered once", async ({ a, b }) => {
    const protocol = b.mountStreams("once");
    const opening = fails(a.openStream(infoOf(b), "once"), "rejected");
    const refused = await protocol.nextIncoming();
    refused.reject(3);
    await fails(refused.accept(), "closed");
    refused.reject(4);
    assert.is((await opening).rejectCode, 3);
    const [stream, accepted] = await Promise.all([
      a.openStream(infoOf(b), "once"),
      acceptTwice(protocol.nextIncoming()),
    ]);
    await stream.write(utf8("fine"));
    sameBytes(await readSome(accepted, 4), utf8("fine"));
  });

  check("a path that nobody mounted is an unknown protocol", async ({ a, b }) => {
    b.mountStreams("known");
    await fails(a.openStream(infoOf(b), "unknown"), "unknown-protocol");
    await fails(a.openStream(infoOf(b), "known/more"), "unknown-protocol");
  });

  check("paths are any text of 1 to 255 bytes", async ({ a, b }) => {
    for (const path of ["/warpdrive/1.0.0", "ß∂ƒ 𝄞", "x".repeat(255)]) {
      const protocol = b.mountStreams(path);
      const [stream, incoming] = await Promise.all([
        a.openStream(infoOf(b), path),
        protocol.nextIncoming().then(accepted),
      ]);
      assert.is(incoming.path, path);
      await stream.close();
    }
    for (const path of ["", "x".repeat(256), "ß".repeat(128), "\ud800"]) {
      assert.throws(() => b.mountStreams(path), (error: unknown) => error instanceof RangeError);
      assert.instance(await a.openStream(infoOf(b), path).catch((error) => error), RangeError);
    }
  });

  check("nobody is unreachable", async ({ a, nobody }) => {
    await fails(a.openStream(nobody, "test"), "unreachable");
    await fails(a.connect(nobody), "unreachable");
    await fails(a.openStream({ peerId: "" }, "test"), "unreachable");
  });

  check("an opening that nobody answers times out, and the next one works", async ({ a, b }) => {
    const protocol = b.mountStreams("slow");
    await fails(a.openStream(infoOf(b), "slow", { timeoutMs: 50 }), "timeout");
    const serving = (async () => {
      for await (const incoming of protocol) {
        const stream = await incoming.accept().catch(() => null);
        await stream?.write(utf8("ok")).catch(() => {});
      }
    })();
    const stream = await a.openStream(infoOf(b), "slow");
    sameBytes(await readSome(stream, 2), utf8("ok"));
    protocol.unmount();
    await serving;
  });

  check("an opening is given up", async ({ a, b }) => {
    b.mountStreams("silent");
    await fails(a.openStream(infoOf(b), "silent", { signal: AbortSignal.abort("no") }), "aborted");
    const controller = new AbortController();
    const opening = fails(a.openStream(infoOf(b), "silent", { signal: controller.signal }), "aborted");
    const reason = new Error("too slow");
    controller.abort(reason);
    assert.is((await opening).cause, reason);
  });

  check("an opener that gives up while it is asked about has left", async ({ a, b }) => {
    const protocol = b.mountStreams("hesitant");
    const controller = new AbortController();
    const opening = fails(a.openStream(infoOf(b), "hesitant", { signal: controller.signal }), "aborted");
    const incoming = await protocol.nextIncoming();
    controller.abort();
    await opening;
    // The news may still be on its way; then the stream that is accepted ends by itself.
    try {
      const stream = await incoming.accept();
      assert.is(await stream.read(new Uint8Array(1)).catch(() => null), null);
    } catch (error) {
      assert.ok(error instanceof HostError && ["closed", "reset"].includes(error.code), String(error));
    }
  });

  check("accepting is given up, and works again", async ({ a, b }) => {
    const protocol = b.mountStreams("patient");
    await fails(protocol.acceptStream({ timeoutMs: 1 }), "timeout");
    await fails(protocol.nextIncoming({ signal: AbortSignal.abort() }), "aborted");
    const controller = new AbortController();
    const accepting = fails(protocol.acceptStream({ signal: controller.signal }), "aborted");
    controller.abort();
    await accepting;
    await Promise.all([a.openStream(infoOf(b), "patient"), protocol.acceptStream()]);
  });

  check("requests wait for whoever accepts, in their order", async ({ a, b }) => {
    const protocol = b.mountStreams("queue");
    const streams = [];
    for (let index = 0; index < 5; index++) {
      const opening = a.openStream(infoOf(b), "queue");
      const incoming = await protocol.nextIncoming();
      streams.push(opening);
      await (await incoming.accept()).write(Uint8Array.of(index));
    }
    for (const [index, stream] of (await Promise.all(streams)).entries()) {
      assert.equal([...await readSome(stream, 1)], [index]);
    }
  });

  check("more requests than may wait find the host busy", async ({ a, b }) => {
    b.mountStreams("popular", { backlogMax: 2 });
    const openings = Array.from({ length: 3 }, () => a.openStream(infoOf(b), "popular"));
    const ends = openings.map((opening) => opening.then(() => "opened", (error) => error.code));
    assert.is(await Promise.race(ends), "busy");
    await b.stop();
    assert.equal((await Promise.all(ends)).sort()[0], "busy");
  });

  check("openers that give up make room for others", async ({ a, b }) => {
    const protocol = b.mountStreams("narrow", { backlogMax: 1 });
    for (let round = 0; round < 3; round++) {
      const ends = [];
      while (ends.at(-1) !== "timeout" && ends.length < 200) {
        // The last one may not have been noticed to be gone yet; every attempt gives the news time to arrive.
        ends.push((await fails(a.openStream(infoOf(b), "narrow", { timeoutMs: 20 }), "timeout", "busy")).code);
      }
      assert.is(ends.at(-1), "timeout", `round ${round}`);
    }
    protocol.unmount();
  });

  check("a path is mounted once, and again after it was unmounted", async ({ b }) => {
    const protocol = b.mountStreams("taken");
    assert.throws(() => b.mountStreams("taken"), /mounted already/);
    protocol.unmount();
    const next = b.mountStreams("taken");
    protocol.unmount();
    assert.throws(() => b.mountStreams("taken"), /mounted already/);
    await fails(protocol.acceptStream(), "closed");
    next[Symbol.dispose]();
    b.mountStreams("taken");
  });

  check("unmounting ends what waits, and leaves open streams alone", async ({ a, b }) => {
    const protocol = b.mountStreams("short");
    const [stream, other] = await Promise.all([a.openStream(infoOf(b), "short"), protocol.acceptStream()]);
    const accepting = fails(protocol.acceptStream(), "closed");
    protocol.unmount();
    await accepting;
    await fails(a.openStream(infoOf(b), "short"), "unknown-protocol");
    await stream.write(utf8("still here"));
    sameBytes(await readSome(other, 10), utf8("still here"));
  });

  check("unmounting refuses those who wait to be accepted", async ({ a, b }) => {
    const protocol = b.mountStreams("leaving");
    const opened = a.openStream(infoOf(b), "leaving").then(() => "opened", (error) => error.code);
    // The first request is taken out, so that the second one is in the queue when another stream proves it is there.
    const first = await protocol.nextIncoming();
    const waiting = a.openStream(infoOf(b), "leaving").then(() => "opened", (error) => error.code);
    await a.connect(infoOf(b));
    protocol.unmount();
    assert.is(await waiting, "unknown-protocol");
    await first.accept();
    assert.is(await opened, "opened");
  });

  check("connecting twice is as good as once, and then the id suffices", async ({ a, b }) => {
    const protocol = b.mountStreams("test");
    const found = await a.connect(infoOf(b));
    assert.is(found.peerId, b.peerId);
    assert.is((await a.connect(infoOf(b))).peerId, b.peerId);
    await Promise.all([a.connect({ peerId: b.peerId }), a.connect({ peerId: b.peerId })]);
    await Promise.all([a.openStream({ peerId: b.peerId }, "test"), protocol.acceptStream()]);
  });

  check("an address alone leads to a peer, and says who it is", async ({ a, b }) => {
    const protocol = b.mountStreams("test");
    const known = await a.connect({ peerId: "", addresses: b.addresses() });
    assert.is(known.peerId, b.peerId);
    const where = { peerId: "", addresses: b.addresses() };
    const [stream] = await Promise.all([a.openStream(where, "test"), protocol.acceptStream()]);
    assert.is(stream.peerInfo.peerId, b.peerId);
  });

  check("connecting is given up", async ({ a, b }) => {
    await fails(a.connect(infoOf(b), { signal: AbortSignal.abort("no") }), "aborted");
  });
}

async function accepted(incoming: IncomingStream): Promise<IncomingStream> {
  await incoming.accept();
  return incoming;
}

async function acceptTwice(next: Promise<IncomingStream>) {
  const incoming = await next;
  const stream = await incoming.accept();
  await fails(incoming.accept(), "closed");
  incoming.reject(9);
  return stream;
}
