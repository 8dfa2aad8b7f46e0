/**
 * Conformance: datagrams.
 *
 * @module
 */

import * as assert from "uvu/assert";
import type { Datagram } from "../../../src/host/host.ts";
import { type Check, fails, infoOf, pattern, readSome, sameBytes, utf8 } from "../pair.ts";

/** Adds the tests, for networks that lose nothing while they have little to do. */
export function checkDatagrams(check: Check): void {
  check("a datagram arrives with its sender, and an answer goes back", async ({ a, b }) => {
    const [atA, atB] = [a.mountDatagrams("post"), b.mountDatagrams("post")];
    await atA.sendDatagram(utf8("hello"), infoOf(b));
    const { bytes, peerInfo } = await atB.acceptDatagram();
    sameBytes(bytes, utf8("hello"));
    assert.is(peerInfo.peerId, a.peerId);
    await atB.sendDatagram(utf8("back"), peerInfo);
    sameBytes((await atA.acceptDatagram()).bytes, utf8("back"));
  });

  check("datagrams have every size up to the largest one", async ({ a, b }) => {
    const [atA, atB] = [a.mountDatagrams("sizes"), b.mountDatagrams("sizes")];
    assert.is(atA.path, "sizes");
    for (const size of [0, 1, 1000, 1472, 9000, atA.datagramBytesMax]) {
      await atA.sendDatagram(pattern(size, size), infoOf(b));
      sameBytes((await atB.acceptDatagram()).bytes, pattern(size, size));
    }
    await fails(atA.sendDatagram(new Uint8Array(atA.datagramBytesMax + 1), infoOf(b)), "too-large");
  });

  check("many datagrams arrive, in any order", async ({ a, b }) => {
    const [atA, atB] = [a.mountDatagrams("many"), b.mountDatagrams("many")];
    const numbers = Array.from({ length: 200 }, (_, index) => index);
    await Promise.all(numbers.map((number) => atA.sendDatagram(Uint8Array.of(number), infoOf(b))));
    const arrived = [];
    for (const _ of numbers) arrived.push((await atB.acceptDatagram()).bytes[0]);
    assert.equal(arrived.sort((one, other) => one - other), numbers);
  });

  check("memory may be used again once it was sent, and what arrives is the receiver's", async ({ a, b }) => {
    const [atA, atB] = [a.mountDatagrams("memory"), b.mountDatagrams("memory")];
    const buf = utf8("original");
    await atA.sendDatagram(buf, infoOf(b));
    buf.fill(0);
    const { bytes } = await atB.acceptDatagram();
    sameBytes(bytes, utf8("original"));
    bytes.fill(1);
    sameBytes(bytes.slice(), new Uint8Array(8).fill(1));
    sameBytes(buf, new Uint8Array(8));
  });

  check("datagrams go to nobody without complaint", async ({ a, b, nobody }) => {
    const [atA, atB] = [a.mountDatagrams("void"), b.mountDatagrams("void")];
    await atA.sendDatagram(utf8("anybody?"), nobody);
    await a.mountDatagrams("nowhere").sendDatagram(utf8("lost"), infoOf(b));
    await atA.sendDatagram(utf8("there"), infoOf(b));
    sameBytes((await atB.acceptDatagram()).bytes, utf8("there"));
  });

  check("an engine gets datagrams by a call", async ({ a, b }) => {
    const atA = a.mountDatagrams("engine");
    const arrived = new Promise<Datagram>((resolve) => b.mountDatagrams("engine", { receive: resolve }));
    await atA.sendDatagram(utf8("direct"), infoOf(b));
    const { bytes, peerInfo } = await arrived;
    sameBytes(bytes, utf8("direct"));
    assert.is(peerInfo.peerId, a.peerId);
  });

  check("what nobody takes is bounded", async ({ a, b }) => {
    const [atA, doneAtA] = [a.mountDatagrams("flood"), a.mountDatagrams("done")];
    const atB = b.mountDatagrams("flood", { queueBytesMax: 3 * (100 + 64) });
    const done = b.mountDatagrams("done");
    for (let index = 0; index < 20; index++) await atA.sendDatagram(new Uint8Array(100), infoOf(b));
    await doneAtA.sendDatagram(utf8("done"), infoOf(b));
    await done.acceptDatagram();
    // Each path may have a way of its own, and its datagrams come later than those of the other.
    await atB.acceptDatagram();
    let kept = 1;
    while (await atB.acceptDatagram({ timeoutMs: 0 }).then(() => true, () => false)) kept += 1;
    // Some may have come later than the one that says they have come, but not all.
    assert.ok(kept < 20, `${kept} datagrams were kept`);
    await atA.sendDatagram(utf8("later"), infoOf(b));
    while ((await atB.acceptDatagram()).bytes.length !== 5);
  });

  check("accepting a datagram is given up, or ends with its mount", async ({ a, b }) => {
    const [atA, atB] = [a.mountDatagrams("wait"), b.mountDatagrams("wait")];
    await fails(atB.acceptDatagram({ timeoutMs: 1 }), "timeout");
    await fails(atB.acceptDatagram({ signal: AbortSignal.abort() }), "aborted");
    await atA.sendDatagram(utf8("x"), infoOf(b));
    await atB.acceptDatagram();
    const accepting = fails(atB.acceptDatagram(), "closed");
    atB.unmount();
    await accepting;
    await fails(atB.sendDatagram(utf8("x"), infoOf(a)), "closed");
    atB.unmount();
  });

  check("a path is mounted once for datagrams, and besides for streams", async ({ a, b }) => {
    const datagrams = b.mountDatagrams("both");
    assert.throws(() => b.mountDatagrams("both"), /mounted already/);
    const streams = b.mountStreams("both");
    const atA = a.mountDatagrams("both");
    const [stream, other] = await Promise.all([a.openStream(infoOf(b), "both"), streams.acceptStream()]);
    await atA.sendDatagram(utf8("packet"), infoOf(b));
    await stream.write(utf8("stream"));
    sameBytes((await datagrams.acceptDatagram()).bytes, utf8("packet"));
    sameBytes(await readSome(other, 6), utf8("stream"));
    datagrams[Symbol.dispose]();
    b.mountDatagrams("both");
  });

  check("stopping ends loops over datagrams", async ({ a, b }) => {
    const [atA, atB] = [a.mountDatagrams("loop"), b.mountDatagrams("loop")];
    const seen: number[] = [];
    const loop = (async () => {
      for await (const { bytes } of atB) {
        seen.push(bytes[0]);
        if (bytes[0] === 2) await b.stop();
      }
    })();
    await atA.sendDatagram(Uint8Array.of(1), infoOf(b));
    await atA.sendDatagram(Uint8Array.of(2), infoOf(b));
    await loop;
    assert.ok(seen.includes(2));
    await a.stop();
    await fails(atA.sendDatagram(Uint8Array.of(3), { peerId: b.peerId }), "closed");
  });
}

/** Adds the test for networks that have no datagrams. */
export function checkNoDatagrams(check: Check): void {
  check("datagrams are not supported", ({ a }) => {
    assert.throws(() => a.mountDatagrams("post"), (error: { code?: unknown }) => error.code === "unsupported");
    return Promise.resolve();
  });
}
