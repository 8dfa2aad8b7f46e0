/**
 * Looking for a peer at several addresses of a plain host, by a clock that the test moves.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { localStream } from "../../src/astral/channels/connection.ts";
import type { HostStream } from "../../src/host/streams/host-stream.ts";
import { UnreachedError } from "../../src/host/connect/dial-failure.ts";
import { Dialer, type DialTarget } from "../../src/host/connect/dialer.ts";
import { HostError } from "../../src/host/error.ts";
import { STAGGER_MS } from "../../src/host/timing/first-of.ts";
import type { IncomingStream } from "../../src/host/host.ts";
import { StreamMountTable } from "../../src/host/connect/mounts.ts";
import { peerOf, Responder } from "../../src/host/connect/handshake.ts";
import { fails } from "./pair.ts";

const test = suite("plain hosts at several addresses");

/** What is at an address: nothing that answers, nobody, the peer, somebody else. */
type Place = "swallows" | "refuses" | "peer" | "other";

function handClock() {
  let nowMs = 0;
  let timers: { readonly atMs: number; readonly run: () => void }[] = [];
  return {
    now: () => nowMs,
    setTimer: (delayMs: number, run: () => void) => {
      const timer = { atMs: nowMs + delayMs, run };
      timers.push(timer);
      return { clear: () => void (timers = timers.filter((each) => each !== timer)) };
    },
    async pass(ms: number): Promise<void> {
      await settled();
      nowMs += ms;
      const due = timers.filter(({ atMs }) => atMs <= nowMs);
      timers = timers.filter(({ atMs }) => atMs > nowMs);
      for (const { run } of due) run();
      await settled();
    },
  };
}

/** Everything that needs no time has happened. */
async function settled(): Promise<void> {
  for (let round = 0; round < 20; round++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** A dialer, and what is at each address. */
function lab(places: Readonly<Record<string, Place>>, accepts: (request: IncomingStream) => void) {
  const clock = handClock();
  const connected: string[] = [];
  const open = new Set<string>();
  const requests: IncomingStream[] = [];
  const answering = (peerId: string) => {
    const mounts = new StreamMountTable({ clock, openStream: () => Promise.reject(new Error("Not here")) });
    const protocol = mounts.mountStreams("echo", {});
    void (async () => {
      for await (const request of protocol) {
        requests.push(request);
        accepts(request);
      }
    })();
    return new Responder({
      ...{ clock, peerId, mounts, openingTimeoutMs: 5000, decisionTimeoutMs: 60_000, announced: () => [] },
    });
  };
  const hosts = { peer: answering("bob"), other: answering("mallory") };
  const connect = (address: string): HostStream => {
    connected.push(address);
    const place = places[address]!;
    if (place === "refuses") {
      throw new HostError("unreachable", "No", { cause: Object.assign(new Error("x"), { code: "ECONNREFUSED" }) });
    }
    const id = `${address} ${connected.length}`;
    open.add(id);
    const peerInfo = peerOf("", []);
    const [mine, theirs] = localStream(
      clock,
      { peerInfo, ended: () => open.delete(id) },
      { peerInfo, ended: () => {} },
    );
    if (place !== "swallows") {
      void hosts[place].answer({
        ...{ stream: theirs, transport: { whenEnded: null }, peerInfo: peerOf, whenUsed: () => {} },
      });
    }
    return mine;
  };
  const dialer = new Dialer({
    ...{ peerId: "alice", clock, announced: () => [] },
    targets: (addresses) =>
      addresses.map((address): DialTarget => ({ address, connect: () => connect(address), reachable: (text) => text })),
  });
  const dial = (options = {}) =>
    dialer.open(
      { action: "Opening", peer: { peerId: "bob", addresses: Object.keys(places) }, path: "echo" },
      options,
    );
  return { clock, connected, open, requests, dial };
}

const accept = (request: IncomingStream) => void request.accept();

test("addresses that swallow cost a moment each, not the whole time; they are closed", async () => {
  const { clock, connected, open, requests, dial } = lab(
    { a: "swallows", b: "swallows", c: "peer", d: "swallows" },
    accept,
  );
  const dialing = dial();
  for (let round = 0; round < 3; round++) await clock.pass(STAGGER_MS);
  const stream = await dialing;
  assert.equal(stream.peerInfo.addresses, ["c"]);
  assert.is(requests.length, 1);
  assert.not.ok(connected.includes("d"));
  assert.equal([...open].map((id) => id[0]), ["c"]);
  stream.abort();
});

test("an address that fails is followed by the next at once", async () => {
  const { connected, dial } = lab({ a: "refuses", b: "other", c: "peer" }, accept);
  assert.equal((await dial()).peerInfo.addresses, ["c"]);
  assert.equal(connected, ["a", "b", "c"]);
});

test("a program that takes its time is not asked a second time by another address", async () => {
  const { clock, requests, dial, open } = lab({ a: "peer", b: "peer", c: "swallows" }, () => {});
  const dialing = dial({ timeoutMs: 60_000 });
  for (let round = 0; round < 20; round++) await clock.pass(STAGGER_MS);
  assert.is(requests.length, 1);
  void requests[0]!.accept();
  const stream = await dialing;
  assert.equal(stream.peerInfo.addresses, ["a"]);
  await settled();
  assert.is(open.size, 1);
});

test("an answer is an answer: who refuses is not looked for elsewhere", async () => {
  const { connected, dial } = lab({ a: "peer", b: "peer" }, (request) => request.reject(7));
  const error = await fails(dial(), "rejected");
  assert.equal([error.rejectCode, connected], [7, ["a"]]);
});

test("if nobody is found, the error has what happened at every address", async () => {
  const { dial } = lab({ a: "refuses", b: "other", c: "refuses" }, accept);
  const error = await fails(dial(), "unreachable");
  assert.ok(error instanceof UnreachedError);
  assert.equal(error.failures.map(({ address, code }) => [address, code]), [
    ["a", "refused"],
    ["b", "other-peer"],
    ["c", "refused"],
  ]);
  assert.match(error.message, /^Opening failed: connection refused at a, c; somebody else, .* answers at b$/);
});

test("when the time is over, the error says where nobody has answered, and nothing stays open", async () => {
  const { clock, dial, open } = lab({ a: "swallows", b: "refuses", c: "swallows" }, accept);
  const dialing = fails(dial({ timeoutMs: 1000 }), "timeout");
  for (let round = 0; round < 4; round++) await clock.pass(STAGGER_MS);
  assert.match((await dialing).message, /^Opening took .*: no answer in time from a, c; connection refused at b$/);
  await settled();
  assert.is(open.size, 0);
});

test("one that is given up ends everything", async () => {
  const { clock, dial, open } = lab({ a: "swallows", b: "swallows" }, accept);
  const controller = new AbortController();
  const dialing = fails(dial({ signal: controller.signal }), "aborted");
  await clock.pass(STAGGER_MS);
  await clock.pass(STAGGER_MS);
  controller.abort();
  await dialing;
  await settled();
  assert.is(open.size, 0);
});

test.run();
