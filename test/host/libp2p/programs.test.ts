import type { Connection, Stream as MuxedStream } from "@libp2p/interface";
import { identify } from "@libp2p/identify";
import { noise } from "@libp2p/noise";
import { ping } from "@libp2p/ping";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { PeerInfo } from "../../../src/host/host.ts";
import { LIBP2P_PROTOCOL, type Libp2pHost, libp2pHost, type Libp2pHostOptions } from "../../../src/host/libp2p/host.ts";
import { toMultiaddrText } from "../../../src/host/libp2p/names.ts";
import { answerPings, PING_PROTOCOL } from "../../../src/host/libp2p/ping.ts";
import { SimNetwork } from "../../../src/host/sim/mod.ts";
import type { HostStream } from "../../../src/host/streams/mod.ts";
import { nextMacrotask, systemClock } from "../../../src/host/timing/system.ts";
import { Identity } from "../../../src/identity/mod.ts";
import { fails, infoOf, pattern, readAll, readSome, sameBytes, utf8, writeUntilFails } from "../pair.ts";

const test = suite("libp2p host among programs of libp2p");

const X = "/x/1.0.0";

/** A node as any program of libp2p has it, which knows nothing of warpwire. */
function plainNode() {
  return createLibp2p({
    addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify(), ping: ping({ maxOutboundStreams: 3 }) },
  });
}

type PlainNode = Awaited<ReturnType<typeof plainNode>>;

/** A host, a node, and the node's connection to the host. */
interface Scene {
  readonly host: Libp2pHost;
  readonly node: PlainNode;
  readonly info: PeerInfo;
  readonly connection: Connection;
}

async function withBoth(body: (scene: Scene) => Promise<void>, options: Partial<Libp2pHostOptions> = {}) {
  const host = await libp2pHost({ identity: Identity.generate(), ...options });
  const node = await plainNode();
  try {
    const info = { peerId: node.peerId.toString(), addresses: node.getMultiaddrs().map(String) };
    await body({ host, node, info, connection: await node.dial(addressOf(host)) });
  } finally {
    await node.stop();
    await host.stop();
    assert.is(host.openHandles, 0);
  }
}

function addressOf(host: Libp2pHost) {
  return multiaddr(toMultiaddrText(host.addresses()[0])!);
}

/** Sends back what comes on every stream of a path. */
async function serveEcho(host: Libp2pHost, path: string): Promise<void> {
  for await (const incoming of host.mountStreams(path)) {
    const stream = await incoming.accept();
    void stream.readable.pipeTo(stream.writable).catch(() => {});
  }
}

/** Sends everything, ends the direction, and reads the answer up to its end. */
async function exchange(stream: MuxedStream, bytes: Uint8Array): Promise<Uint8Array> {
  const answer = collect(stream);
  if (!stream.send(bytes)) await stream.onDrain();
  await stream.close();
  return await answer;
}

async function collect(stream: MuxedStream): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part.subarray());
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}

async function until(condition: () => boolean): Promise<void> {
  for (const startMs = systemClock.now(); !condition() && systemClock.now() < startMs + 10_000;) await nextMacrotask();
  assert.ok(condition(), "It has not happened within 10 s");
}

/** What a node has heard of the protocols of a host. */
async function protocolsOf({ node, connection }: Scene): Promise<string[]> {
  // A node answers one at a time, and the other side has asked by itself when the connection was new.
  for (let attempt = 1;; attempt++) {
    try {
      return (await node.services.identify.identify(connection)).protocols;
    } catch (error) {
      if (attempt === 100) throw error;
      await nextMacrotask();
    }
  }
}

test("a plain node pings us, again and again", () =>
  withBoth(async ({ host, node }) => {
    for (let count = 0; count < 10; count++) assert.ok(await node.services.ping.ping(addressOf(host)) >= 0);
    await until(() => host.openHandles === 1);
  }));

test("pings come in pieces and over one stream, of which a connection has two", () =>
  withBoth(async ({ host, connection }) => {
    const [stream, other] = [await connection.newStream(PING_PROTOCOL), await connection.newStream(PING_PROTOCOL)];
    for (let round = 0; round < 3; round++) {
      const bytes = pattern(32, round);
      const answer = new Promise<Uint8Array>((resolve) => {
        stream.addEventListener("message", ({ data }) => resolve(data.subarray()), { once: true });
      });
      stream.send(bytes.slice(0, 10));
      await nextMacrotask();
      stream.send(bytes.slice(10));
      sameBytes(await answer, bytes);
    }
    const third = await connection.newStream(PING_PROTOCOL).catch(() => null);
    await until(() => third === null || third.status === "reset");
    await stream.close();
    await until(() => stream.status === "closed");
    assert.is(other.status, "open");
    assert.is(host.openHandles, 2);
  }));

test("a peer that does not wait for the answers to its pings is cut off, and so is half a ping", () =>
  withBoth(async ({ connection }) => {
    const [eager, half] = [await connection.newStream(PING_PROTOCOL), await connection.newStream(PING_PROTOCOL)];
    eager.send(new Uint8Array(32 * 100));
    half.send(new Uint8Array(31));
    await half.close();
    await until(() => eager.status === "reset" && half.status === "reset");
  }));

test("a peer that pings no more is cut off after a minute", async () => {
  const network = new SimNetwork({ seed: 1 });
  const [a, b] = [network.addHost(), network.addHost()];
  await network.drive(Promise.all([a.start(), b.start()]));
  const protocol = b.mountStreams("ping");
  const ends = network.drive(Promise.all([a.openStream(b.info, "ping"), protocol.acceptStream()]));
  const [stream, answering] = await ends;
  const answered = answerPings(answering as HostStream);
  const startMs = a.clock.now();
  await network.drive(stream.write(pattern(32)));
  sameBytes(await network.drive(readSome(stream, 32)), pattern(32));
  await network.drive(fails(stream.read(new Uint8Array(1)), "reset"));
  assert.ok(Math.abs(a.clock.now() - startMs - 60_000) < 1000);
  await answered;
});

test("a plain node opens a protocol that is mounted here, and we one that is served there", () =>
  withBoth(async (scene) => {
    const { host, node, info, connection } = scene;
    void serveEcho(host, X);
    sameBytes(await exchange(await connection.newStream(X), utf8("hello")), utf8("hello"));
    await node.handle(X, async (stream) => {
      for await (const part of stream) {
        if (!stream.send(part.subarray().map((byte) => byte ^ 0xff))) await stream.onDrain();
      }
      await stream.close();
    });
    const stream = await host.openStream(info, X);
    assert.is(stream.peerInfo.peerId, info.peerId);
    const bytes = pattern(1_000_000, 2);
    const writing = stream.write(bytes);
    sameBytes(await readSome(stream, bytes.length), bytes.map((byte) => byte ^ 0xff));
    await writing;
    await stream.close();
    await fails(host.openStream(info, "/y/1.0.0"), "unknown-protocol");
    await fails(host.openStream(info, "x"), "unknown-protocol");
  }));

test("a peer that ends its direction has not left: it gets its answer, also if it did so before it was accepted", () =>
  withBoth(async ({ host, connection }) => {
    const protocol = host.mountStreams(X);
    const stream = await connection.newStream(X);
    const answer = exchange(stream, pattern(700_000, 3));
    await until(() => stream.writeStatus === "closed" || stream.writeBufferLength > 0);
    const accepted = await protocol.acceptStream();
    sameBytes(await readAll(accepted), pattern(700_000, 3));
    await accepted.write(pattern(400_000, 4));
    await accepted.close();
    sameBytes(await answer, pattern(400_000, 4));
    await until(() => stream.status === "closed" && host.openHandles === 1);
  }));

test("a refused stream of a protocol is reset, and one whose peer has gone asks nobody", () =>
  withBoth(async ({ host, connection }) => {
    const protocol = host.mountStreams(X, { backlogMax: 1 });
    const stream = await connection.newStream(X);
    (await protocol.nextIncoming()).reject(7);
    await until(() => stream.status === "reset");
    const [first, second] = [await connection.newStream(X), await connection.newStream(X)];
    await until(() => second.status === "reset");
    first.abort(new Error("Gone"));
    await until(() => host.openHandles === 1);
    await fails(protocol.nextIncoming({ timeoutMs: 0 }), "timeout");
    const accepting = protocol.acceptStream();
    const last = await connection.newStream(X);
    const accepted = await accepting;
    last.send(utf8("x"));
    sameBytes(await readSome(accepted, 1), utf8("x"));
    last.abort(new Error("Gone"));
    await fails(accepted.read(new Uint8Array(1)), "reset");
    await writeUntilFails(accepted, "reset");
  }));

test("peers see what is mounted, from the beginning and until it is unmounted; open streams stay", async () => {
  const identity = Identity.generate();
  await withBoth(async (scene) => {
    const { host } = scene;
    await host.stop();
    const before = host.mountStreams("/before/1.0.0");
    await host.start();
    const again = { ...scene, connection: await scene.node.dial(addressOf(host)) };
    const protocol = host.mountStreams(X);
    host.mountStreams("not a protocol");
    const listed = [LIBP2P_PROTOCOL, PING_PROTOCOL, "/ipfs/id/1.0.0", X, "/before/1.0.0"];
    assert.equal((await protocolsOf(again)).sort(), listed.sort());
    const [stream, accepted] = await Promise.all([again.connection.newStream(X), protocol.acceptStream()]);
    protocol.unmount();
    before.unmount();
    assert.is((await again.connection.newStream(X).catch((error) => error)).name, "UnsupportedProtocolError");
    assert.not((await protocolsOf(again)).some((each) => each === X || each === "/before/1.0.0"));
    stream.send(utf8("still here"));
    sameBytes(await readSome(accepted, 10), utf8("still here"));
  }, { identity });
});

test("between hosts such a path is as any other, and what every node answers cannot be mounted", () =>
  withBoth(async ({ host }) => {
    const caller = await libp2pHost({ identity: Identity.generate(), listen: [] });
    const protocol = host.mountStreams(X);
    const opening = fails(caller.openStream(infoOf(host), X), "rejected");
    const incoming = await protocol.nextIncoming();
    assert.is(incoming.path, X);
    incoming.reject(9);
    assert.is((await opening).rejectCode, 9);
    for (const path of [LIBP2P_PROTOCOL, PING_PROTOCOL, "/ipfs/id/1.0.0"]) {
      assert.throws(() => host.mountStreams(path), /host itself/);
    }
    assert.throws(() => host.mountStreams(X), /mounted already/);
    const pinging = await caller.openStream(infoOf(host), PING_PROTOCOL);
    await pinging.write(pattern(32));
    sameBytes(await readSome(pinging, 32), pattern(32));
    await pinging.close();
    await caller.stop();
  }));

test("strangers with many streams of a protocol cost a friend nothing", async () => {
  const friend = Identity.generate();
  await withBoth(async ({ host, connection }) => {
    const protocol = host.mountStreams(X);
    const opened: (MuxedStream | null)[] = [];
    for (let count = 0; count < 4; count++) opened.push(await connection.newStream(X).catch(() => null));
    const first = await protocol.acceptStream();
    const caller = await libp2pHost({ identity: friend, listen: [] });
    const openings = [1, 2].map(() => caller.openStream(infoOf(host), X));
    const accepted = (async () => {
      for (let friends = 0; friends < 2;) {
        const { peerInfo } = await protocol.acceptStream();
        if (peerInfo.peerId === friend.astralIdentity) friends += 1;
      }
    })();
    await Promise.all([...openings, accepted]);
    await until(() => opened.every((each) => each?.status !== "open"));
    await fails(first.read(new Uint8Array(1)), "aborted");
    await caller.stop();
  }, { streamsMax: 2, isKnown: (peerId) => peerId === friend.astralIdentity });
});

test("datagrams of such a path go over a protocol, too", () =>
  withBoth(async ({ host, connection }) => {
    const news = host.mountDatagrams("/news");
    const stream = await connection.newStream("/news/datagrams");
    stream.send(Uint8Array.of(0, 2, 7, 8));
    const { bytes, peerInfo } = await news.acceptDatagram();
    sameBytes(bytes, Uint8Array.of(7, 8));
    const answer = new Promise<Uint8Array>((resolve) => {
      stream.addEventListener("message", ({ data }) => resolve(data.subarray()), { once: true });
    });
    await news.sendDatagram(Uint8Array.of(9), peerInfo);
    sameBytes(await answer, Uint8Array.of(0, 1, 9));
  }));

test.run();
