import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encode } from "../../codec/mod.ts";
import {
  DatagramFrame,
  LINK_IDLE_MS,
  LINK_QUEUE_BYTES_MAX,
  STREAM_DATAGRAM_BYTES_MAX,
} from "../../src/host/connect/datagram-link.ts";
import { DATAGRAMS_SUFFIX, LINKS_MAX, StreamDatagrams } from "../../src/host/connect/datagrams-over-streams.ts";
import type { Datagram, PeerInfo, Stream } from "../../src/host/host.ts";
import type { LocalHost } from "../../src/host/local/host.ts";
import { memoryHost, MemoryNetwork } from "../../src/host/local/memory.ts";
import { type SimHost, SimNetwork } from "../../src/host/sim/mod.ts";
import { socketHost } from "../../src/host/socket/host.ts";
import { nextMacrotask } from "../../src/host/timing/system.ts";
import { checkDatagrams } from "./conformance/datagrams.ts";
import { activeHandles } from "./handles.ts";
import { fails, type HostPair, infoOf, readAll, readSome, sameBytes, utf8 } from "./pair.ts";
import { StreamsOnlyHost } from "./streams-only.ts";

/** The datagrams of the conformance suite. */
function conformance(name: string, makePair: () => Promise<HostPair>): void {
  const test = suite(`datagrams over the streams of a ${name}`);
  checkDatagrams((title, body) =>
    test(title, async () => {
      const before = await activeHandles();
      const { a, b, nobody, settle } = await makePair();
      const pair = { a: new StreamsOnlyHost(a), b: new StreamsOnlyHost(b), nobody };
      try {
        await (settle ?? ((work) => work))(body(pair));
      } finally {
        await (settle ?? ((work) => work))(Promise.all([pair.a.stop(), pair.b.stop()]));
      }
      assert.is(await activeHandles(), before);
    })
  );
  test.run();
}

conformance("memory host", async () => {
  const network = new MemoryNetwork();
  const [a, b] = [await memoryHost({ network, peerId: "alice" }), await memoryHost({ network, peerId: "bob" })];
  return { a, b, nobody: { peerId: "nobody" } };
});

conformance("socket host", async () => {
  const listen = ["tcp:127.0.0.1:0"];
  const [a, b] = [await socketHost({ peerId: "alice", listen }), await socketHost({ peerId: "bob", listen })];
  return { a, b, nobody: { peerId: "", addresses: ["tcp:127.0.0.1:1"] } };
});

conformance("simulated host", async () => {
  const network = new SimNetwork({ seed: 3, link: { latencyMs: 5, jitterMs: 5 } });
  const [a, b] = [network.addHost(), network.addHost()];
  await Promise.all([a.start(), b.start()]);
  return { a, b, nobody: { peerId: "nobody" }, settle: (work) => network.drive(work) };
});

const test = suite("datagrams over streams");

const STREAMS_PATH = "news" + DATAGRAMS_SUFFIX;

/** Two hosts in memory, with datagrams over their streams. */
interface MemoryPair {
  readonly a: LocalHost;
  readonly b: LocalHost;
  readonly atA: StreamDatagrams;
  readonly atB: StreamDatagrams;
  /** How the second one is reached. */
  readonly peer: PeerInfo;
}

/** Adds a test with two hosts, which hold nothing once they are stopped. */
function testPair(title: string, body: (pair: MemoryPair) => Promise<void>): void {
  test(title, async () => {
    const before = await activeHandles();
    const network = new MemoryNetwork();
    const [a, b] = [await memoryHost({ network, peerId: "alice" }), await memoryHost({ network, peerId: "bob" })];
    try {
      await body({ a, b, atA: new StreamDatagrams(a), atB: new StreamDatagrams(b), peer: infoOf(b) });
    } finally {
      await Promise.all([a.stop(), b.stop()]);
    }
    assert.is(await activeHandles(), before);
  });
}

testPair("a datagram in a stream is its length and its bytes", async ({ a, atB, peer }) => {
  const mount = atB.mountDatagrams("news");
  assert.is(mount.datagramBytesMax, 65507);
  const stream = await a.openStream(peer, STREAMS_PATH);
  for (const byte of [0, 2, 0xab, 0xcd, 0, 0]) await stream.write(Uint8Array.of(byte));
  const first = await mount.acceptDatagram();
  sameBytes(first.bytes, Uint8Array.of(0xab, 0xcd));
  assert.is(first.peerInfo.peerId, "alice");
  assert.is((await mount.acceptDatagram()).bytes.length, 0);
  await mount.sendDatagram(utf8("back"), first.peerInfo);
  sameBytes(await readSome(stream, 6), Uint8Array.of(0, 4, ...utf8("back")));
});

testPair("one stream carries what goes to a peer and what it answers", async ({ a, b, atA, atB }) => {
  let streams = 0;
  const { openStream } = a;
  a.openStream = (...args) => {
    streams += 1;
    return openStream.apply(a, args);
  };
  const [mine, theirs] = [atA.mountDatagrams("news"), atB.mountDatagrams("news")];
  // Nobody can open a stream to the sender: the answers take the way that its datagrams came.
  b.openStream = () => Promise.reject(new Error("No stream is to be opened"));
  for (let round = 0; round < 3; round++) {
    await mine.sendDatagram(utf8("question"), infoOf(b));
    const { peerInfo } = await theirs.acceptDatagram();
    await theirs.sendDatagram(utf8("answer"), peerInfo);
    sameBytes((await mine.acceptDatagram()).bytes, utf8("answer"));
  }
  assert.is(streams, 1);
});

testPair("garbage ends its stream and no other", async ({ a, atB, peer }) => {
  const mount = atB.mountDatagrams("news");
  const [bad, good] = [await a.openStream(peer, STREAMS_PATH), await a.openStream(peer, STREAMS_PATH)];
  await bad.write(encode(DatagramFrame, new Uint8Array(STREAM_DATAGRAM_BYTES_MAX + 1)));
  await fails(readAll(bad), "reset");
  await good.write(encode(DatagramFrame, utf8("fine")));
  sameBytes((await mount.acceptDatagram()).bytes, utf8("fine"));
  const cut = await a.openStream(peer, STREAMS_PATH);
  await cut.write(Uint8Array.of(0, 5, 1, 2));
  await cut.close();
  await fails(mount.acceptDatagram({ timeoutMs: 0 }), "timeout");
});

testPair(
  "a peer that takes nothing gets a bounded queue, and what is over is lost without a wait",
  async ({ b, atA, peer }) => {
    const mount = atA.mountDatagrams("news");
    const protocol = b.mountStreams(STREAMS_PATH);
    const size = 1022;
    const sends: Promise<void>[] = [];
    for (let number = 0; number < 2000; number++) sends.push(mount.sendDatagram(new Uint8Array(size), peer));
    const stream = await protocol.acceptStream();
    const ends = Promise.all(sends);
    const arrived = readAll(stream);
    await ends;
    mount.unmount();
    const bytes = await arrived;
    assert.is(bytes.length % (size + 2), 0);
    assert.ok(bytes.length >= LINK_QUEUE_BYTES_MAX / 2 && bytes.length <= LINK_QUEUE_BYTES_MAX, `${bytes.length}`);
  },
);

testPair("a sender that waits for each datagram loses none to a slow reader", async ({ atA, atB, peer }) => {
  let arrived = 0;
  atB.mountDatagrams("news", { receive: () => arrived += 1 });
  const mount = atA.mountDatagrams("news");
  for (let number = 0; number < 2000; number++) await mount.sendDatagram(new Uint8Array(1000), peer);
  for (let turns = 0; arrived < 2000 && turns < 1000; turns++) await nextMacrotask();
  assert.is(arrived, 2000);
});

/** Two hosts of a simulation, whose time does not pass by itself. */
async function makeSimulated(): Promise<{ network: SimNetwork; a: SimHost; b: SimHost }> {
  const network = new SimNetwork({ seed: 4, link: { latencyMs: 5 } });
  const [a, b] = [network.addHost(), network.addHost()];
  await Promise.all([a.start(), b.start()]);
  return { network, a, b };
}

test("a peer that stalls is given up, and nobody who sends waits for it for ever", async () => {
  const { network, a, b } = await makeSimulated();
  const mount = new StreamDatagrams(a).mountDatagrams("news");
  const protocol = b.mountStreams(STREAMS_PATH);
  const streams: Stream[] = [];
  await network.drive((async () => {
    const sending = (async () => {
      for (let number = 0; number < 1000; number++) await mount.sendDatagram(new Uint8Array(1000), infoOf(b));
    })();
    streams.push(await protocol.acceptStream());
    await sending;
  })());
  assert.ok(network.nowMs >= 10_000 && network.nowMs < 60_000, `${network.nowMs} ms`);
});

test("a stream over which nothing goes is closed, and the next datagram opens another", async () => {
  const { network, a, b } = await makeSimulated();
  const [mine, theirs] = [new StreamDatagrams(a), new StreamDatagrams(b)].map((host) => host.mountDatagrams("news"));
  await network.drive((async () => {
    for (const text of ["one", "two"]) {
      await mine.sendDatagram(utf8(text), infoOf(b));
      sameBytes((await theirs.acceptDatagram()).bytes, utf8(text));
      assert.is(a.openStreams, 1);
      await new Promise<void>((resolve) => a.clock.setTimer(LINK_IDLE_MS - 1000, resolve));
      assert.is(a.openStreams, 1);
      await new Promise<void>((resolve) => a.clock.setTimer(2000, resolve));
      assert.is(a.openStreams + b.openStreams, 0);
    }
  })());
});

test("many strangers share a bounded number of streams, those that are silent longest go", async () => {
  const { network, a, b } = await makeSimulated();
  let arrived: Datagram | null = null;
  new StreamDatagrams(b).mountDatagrams("news", { receive: (datagram) => arrived = datagram });
  const streams: Stream[] = [];
  await network.drive((async () => {
    for (let number = 0; number < LINKS_MAX + 10; number++) streams.push(await a.openStream(b.info, STREAMS_PATH));
    for (const stream of streams.slice(0, 10)) assert.is(await stream.read(new Uint8Array(1)).catch(() => null), null);
    await streams[LINKS_MAX].write(encode(DatagramFrame, utf8("still there")));
    while (arrived === null) await new Promise<void>((resolve) => a.clock.setTimer(5, resolve));
    assert.is(b.openStreams, LINKS_MAX);
  })());
});

test("a path has streams to a bounded number of peers, and too many that are busy lose datagrams", async () => {
  const { network, a, b } = await makeSimulated();
  const mount = new StreamDatagrams(a).mountDatagrams("news");
  let requests = 0;
  const protocol = b.mountStreams(STREAMS_PATH, { backlogMax: 10 * LINKS_MAX });
  void (async () => {
    for await (const _ of protocol) requests += 1;
  })();
  await network.drive((async () => {
    for (let number = 0; number < LINKS_MAX + 10; number++) {
      await mount.sendDatagram(utf8("x"), { peerId: b.peerId, addresses: [`udp:10.0.0.1:${number}`] });
    }
    await new Promise<void>((resolve) => a.clock.setTimer(100, resolve));
    assert.is(requests, LINKS_MAX);
    protocol.unmount();
  })());
});

testPair(
  "sending to nobody in particular is refused, and so is mounting a path that is too long",
  async ({ b, atA, atB }) => {
    const mount = atA.mountDatagrams("news");
    await fails(mount.sendDatagram(utf8("x"), { peerId: "" }), "unreachable");
    assert.instance(await mount.sendDatagram(utf8("x"), { peerId: "\ud800" }).catch((error) => error), RangeError);
    atA.mountDatagrams("x".repeat(245));
    for (const path of ["", "x".repeat(246)]) {
      assert.throws(() => atA.mountDatagrams(path), (error: unknown) => error instanceof RangeError);
    }
    b.mountStreams(STREAMS_PATH);
    assert.throws(() => atB.mountDatagrams("news"), /mounted already/);
  },
);

testPair("unmounting lets go of streams, openings and whoever sends", async ({ b, atA, atB }) => {
  const [mount, silent] = [atA.mountDatagrams("news"), atA.mountDatagrams("silent")];
  const theirs = atB.mountDatagrams("news");
  b.mountStreams("silent" + DATAGRAMS_SUFFIX);
  await mount.sendDatagram(utf8("x"), infoOf(b));
  await theirs.acceptDatagram();
  const sends = Array.from({ length: 300 }, () => silent.sendDatagram(new Uint8Array(1000), infoOf(b)));
  atA.clear();
  await Promise.all(sends);
  for (let turns = 0; turns < 10; turns++) await nextMacrotask();
  assert.is(b.openStreams, 0);
  atA.mountDatagrams("news");
});

testPair("a host that stops by itself unmounts its datagrams", async ({ b, atB }) => {
  const accepting = fails(atB.mountDatagrams("news").acceptDatagram(), "closed");
  await b.stop();
  await accepting;
});

test.run();
