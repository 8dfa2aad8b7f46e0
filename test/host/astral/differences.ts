/**
 * Where nodes tell less than the conformance suite asks for, and what holds there instead.
 *
 * @module
 */

import * as assert from "uvu/assert";
import type { HostErrorCode } from "../../../src/host/error.ts";
import type { Stream } from "../../../src/host/host.ts";
import { fails, type HostPair, infoOf, openPair, readSome, sameBytes, utf8, writeUntilFails } from "../pair.ts";

/** What a test of the suite, named by its title, is replaced by. */
export type Differences = ReadonlyMap<string, (pair: HostPair) => Promise<void>>;

/** A refused query is refused, with the number 1: 2023 has one code for services that reject, are missing, or are busy. */
export const DIFFERENCES_2023: Differences = new Map(Object.entries({
  "a stream is rejected with the code 7": (pair) => rejects(pair, 7),
  "a stream is rejected with the code 255": (pair) => rejects(pair, 255),

  async "a request is answered once"({ a, b }) {
    const protocol = b.mountStreams("once");
    const opening = fails(a.openStream(infoOf(b), "once"), "rejected");
    const refused = await protocol.nextIncoming();
    refused.reject(3);
    await fails(refused.accept(), "closed");
    refused.reject(4);
    assert.is((await opening).rejectCode, 1);
    const streaming = a.openStream(infoOf(b), "once");
    const incoming = await protocol.nextIncoming();
    const accepted = await incoming.accept();
    await fails(incoming.accept(), "closed");
    incoming.reject(9);
    await (await streaming).write(utf8("fine"));
    sameBytes(await readSome(accepted, 4), utf8("fine"));
  },

  async "a path that nobody mounted is an unknown protocol"({ a, b }) {
    b.mountStreams("known");
    await fails(a.openStream(infoOf(b), "unknown"), "rejected");
    await fails(a.openStream(infoOf(b), "known/more"), "rejected");
  },

  async "more requests than may wait find the host busy"({ a, b }) {
    b.mountStreams("popular", { backlogMax: 2 });
    const ends = Array.from(
      { length: 3 },
      () => a.openStream(infoOf(b), "popular").then(() => "opened", (e) => e.code),
    );
    assert.is(await Promise.race(ends), "rejected");
    await b.stop();
    assert.not((await Promise.all(ends)).includes("opened"));
  },

  "unmounting ends what waits, and leaves open streams alone": (pair) => unmountsShort(pair, "rejected"),
  "unmounting refuses those who wait to be accepted": (pair) => unmountsWaiting(pair, "rejected"),

  "a host that stops ends the streams of its peers": (pair) => endsStreams(pair, "rejected"),
  "a host that stops leaves nobody waiting for its answer": (pair) => leavesNobody(pair, "rejected"),
  "a stopped host starts again, with nothing mounted": (pair) => startsAgain(pair, "rejected"),
}));

/** The node does not tell a program that whoever asked has given up: requests wait until they are decided about. */
const NOT_TOLD: Differences = new Map(Object.entries({
  async "openers that give up make room for others"({ a, b }) {
    const protocol = b.mountStreams("narrow", { backlogMax: 1 });
    const controller = new AbortController();
    const open = () => a.openStream(infoOf(b), "narrow", { signal: controller.signal }).catch((error) => error.code);
    const openings = [open(), open()];
    assert.is(await Promise.race(openings), "busy");
    controller.abort();
    assert.equal((await Promise.all(openings)).sort(), ["aborted", "busy"]);
    await fails(a.openStream(infoOf(b), "narrow"), "busy");
    (await protocol.nextIncoming()).reject();
    await Promise.all([a.openStream(infoOf(b), "narrow"), protocol.acceptStream()]);
  },
}));

/** What a program learns late, or not at all, since it has one connection for all of its queries. */
export const DIFFERENCES_2026: Differences = new Map([
  ...NOT_TOLD,
  /** A program that has mounted nothing is not registered, so that it takes no queries from others of its identity. */
  ["a stopped host starts again, with nothing mounted", (pair) => startsAgain(pair, "unreachable")],
]);

/** A program that is dialled leaves queries that are not for it to others: of another node nobody takes them. */
export const DIFFERENCES_DIALLED: Differences = new Map(Object.entries({
  async "a path that nobody mounted is an unknown protocol"({ a, b }) {
    b.mountStreams("known");
    await fails(a.openStream(infoOf(b), "unknown"), "unreachable");
    await fails(a.openStream(infoOf(b), "known/more"), "unreachable");
  },

  "unmounting ends what waits, and leaves open streams alone": (pair) => unmountsShort(pair, "unreachable"),
  "unmounting refuses those who wait to be accepted": (pair) => unmountsWaiting(pair, "unreachable"),
  "a stopped host starts again, with nothing mounted": (pair) => startsAgain(pair, "unreachable"),
}));

/** A node is there when its program is not. */
export const DIFFERENCES_NODE: Differences = new Map([
  ...NOT_TOLD,
  ["a host that stops ends the streams of its peers", (pair) => endsStreams(pair, "unknown-protocol")],
  ["a host that stops leaves nobody waiting for its answer", (pair) => leavesNobody(pair, "unknown-protocol")],
]);

/** Browsers cannot slow a WebSocket down: what is not read takes memory, up to a bound at which the stream breaks. */
export const DIFFERENCES_WEB: Differences = new Map([
  ...DIFFERENCES_2026,
  ["a reader that does not read bounds what a writer can write", async (pair) => {
    const [here, there] = await openPair(pair);
    await writeUntilFails(here, "closed", "reset");
    const reading = (async () => {
      while (await there.read(new Uint8Array(65536)) !== null);
    })();
    await fails(reading, "reset");
  }],
  ["a write that is given up breaks the stream", async (pair) => {
    const [here] = await openPair(pair);
    const controller = new AbortController();
    const writing = fails(here.write(new Uint8Array(8 * 1024 * 1024), { signal: controller.signal }), "aborted");
    controller.abort();
    await writing;
    await fails(here.write(utf8("x")), "aborted");
  }],
  // A browser cannot cut a connection, only ask for its end: the other side learns of it when that has gone through.
  ["an abort while the other side writes makes its writes fail", async (pair) => {
    const [here, there] = await openPair(pair);
    await there.write(new Uint8Array(1_000_000));
    await readSome(here, 1000);
    here.abort();
    await endOf(there);
    await writeUntilFails(there, "closed", "reset");
  }],
  ["cancelling a web stream aborts, closing one closes", async (pair) => {
    const [here, there] = await openPair(pair);
    await there.writable.close();
    assert.is(await here.read(new Uint8Array(1)), null);
    const [more, others] = await openPair(pair, "another");
    await more.readable.cancel("not needed");
    await fails(more.write(utf8("x")), "aborted");
    await endOf(others);
    await writeUntilFails(others, "closed", "reset");
  }],
]);

async function endOf(stream: Stream): Promise<void> {
  assert.is(await stream.read(new Uint8Array(1)).catch((error) => error.code === "reset" ? null : error), null);
}

async function rejects({ a, b }: HostPair, code: number): Promise<void> {
  const protocol = b.mountStreams("strict");
  const opening = fails(a.openStream(infoOf(b), "strict"), "rejected");
  const incoming = await protocol.nextIncoming();
  assert.is(incoming.path, "strict");
  assert.is(incoming.peerInfo.peerId, a.peerId);
  incoming.reject(code);
  assert.is((await opening).rejectCode, 1);
}

async function unmountsShort({ a, b }: HostPair, code: HostErrorCode): Promise<void> {
  const protocol = b.mountStreams("short");
  const [stream, other] = await Promise.all([a.openStream(infoOf(b), "short"), protocol.acceptStream()]);
  const accepting = fails(protocol.acceptStream(), "closed");
  protocol.unmount();
  await accepting;
  await fails(a.openStream(infoOf(b), "short"), code);
  await stream.write(utf8("still here"));
  sameBytes(await readSome(other, 10), utf8("still here"));
}

async function unmountsWaiting({ a, b }: HostPair, code: HostErrorCode): Promise<void> {
  const protocol = b.mountStreams("leaving");
  const opened = a.openStream(infoOf(b), "leaving").then(() => "opened", (error) => error.code);
  const first = await protocol.nextIncoming();
  const waiting = a.openStream(infoOf(b), "leaving").then(() => "opened", (error) => error.code);
  protocol.unmount();
  assert.is(await waiting, code);
  await first.accept();
  assert.is(await opened, "opened");
}

async function endsStreams(pair: HostPair, code: HostErrorCode): Promise<void> {
  const [here] = await openPair(pair);
  const [idle] = await openPair(pair, "idle");
  const reading = idle.read(new Uint8Array(1)).catch((error) => error);
  await pair.b.stop();
  const end = await reading;
  assert.ok(end === null || end.code === "reset", String(end));
  await writeUntilFails(here, "closed", "reset");
  await fails(pair.a.openStream({ peerId: pair.b.peerId }, "test"), code);
}

async function leavesNobody({ a, b }: HostPair, code: HostErrorCode): Promise<void> {
  const protocol = b.mountStreams("unanswered");
  const opening = fails(a.openStream(infoOf(b), "unanswered"), code);
  const incoming = await protocol.nextIncoming();
  await b.stop();
  await opening;
  await fails(incoming.accept(), "closed", "reset");
}

async function startsAgain({ a, b }: HostPair, code: HostErrorCode): Promise<void> {
  b.mountStreams("before");
  await b.stop();
  await b.start();
  await fails(a.openStream(infoOf(b), "before"), code);
  const protocol = b.mountStreams("before");
  const [stream, other] = await Promise.all([a.openStream(infoOf(b), "before"), protocol.acceptStream()]);
  await stream.write(utf8("again"));
  sameBytes(await readSome(other, 5), utf8("again"));
}
