import type { Connection, Stream as MuxedStream } from "@libp2p/interface";
import type { Libp2p } from "libp2p";
import { createSocket } from "node:dgram";
import { connect, createServer, type Socket } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decode, encode, framed, literal, parseHex, struct, u16 } from "../../../codec/mod.ts";
import type { PeerInfo } from "../../../src/host/host.ts";
import { LIBP2P_PROTOCOL, type Libp2pHost, libp2pHost, type Libp2pHostOptions } from "../../../src/host/libp2p/host.ts";
import { toMultiaddrText } from "../../../src/host/libp2p/names.ts";
import { createLibp2pNode } from "../../../src/host/libp2p/node.ts";
import { loadLibp2pPackages } from "../../../src/host/libp2p/packages.ts";
import { Opening, OpeningAnswer } from "../../../src/host/connect/handshake.ts";
import { systemClock } from "../../../src/host/timing/system.ts";
import { nextMacrotask } from "../../../src/host/timing/system.ts";
import { parseSocketAddress } from "../../../src/host/connect/mod.ts";
import { Identity } from "../../../src/identity/mod.ts";
import { fails, infoOf, pattern, readAll, readSome, sameBytes, utf8 } from "../pair.ts";

const test = suite("libp2p host among other nodes");

const MAGIC = literal([0x77, 0x77, 0x68, 0x01]);
const OpeningFrame = struct({ magic: MAGIC, opening: framed(u16, Opening) });
const AnswerFrame = framed(u16, OpeningAnswer);
const OPENING = encode(OpeningFrame, { opening: { caller: "mally", target: "", path: "echo", addresses: [] } });

/** A host that sends back what it gets on "echo". */
async function withHost(body: (host: Libp2pHost) => Promise<void>, options: Partial<Libp2pHostOptions> = {}) {
  const host = await libp2pHost({ identity: Identity.generate(), ...options });
  const protocol = host.mountStreams("echo");
  const serving = (async () => {
    for await (const incoming of protocol) {
      const stream = await incoming.accept();
      void stream.readable.pipeTo(stream.writable).catch(() => {});
    }
  })();
  try {
    await body(host);
  } finally {
    await host.stop();
    await serving;
    assert.is(host.openHandles, 0);
  }
}

/** A node of js-libp2p with a key of another kind, which knows nothing of warpwire. */
async function withForeigner(body: (node: Libp2p) => Promise<void>) {
  const { createLibp2p, identify, noise, tcp, yamux } = await loadLibp2pPackages();
  const node = await createLibp2p({
    addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() },
  });
  try {
    await body(node);
  } finally {
    await node.stop();
  }
}

async function dial(node: Libp2p, host: Libp2pHost): Promise<Connection> {
  const { multiaddr } = await loadLibp2pPackages();
  return await node.dial(multiaddr(toMultiaddrText(host.addresses()[0])!));
}

function infoOfNode(node: Libp2p): PeerInfo {
  return { peerId: node.peerId.toString(), addresses: node.getMultiaddrs().map(String) };
}

/** Everything that comes until the other side ends its direction; `null` if it breaks the stream off. */
async function collect(stream: MuxedStream): Promise<Uint8Array | null> {
  const parts: number[] = [];
  try {
    for await (const part of stream) parts.push(...part.subarray());
  } catch {
    return null;
  }
  return stream.status === "reset" ? null : Uint8Array.from(parts);
}

async function until(condition: () => boolean): Promise<void> {
  for (const startMs = systemClock.now(); !condition() && systemClock.now() < startMs + 10_000;) await nextMacrotask();
  assert.ok(condition(), "It has not happened within 10 s");
}

test("a foreign node opens a stream, and is who its key says, not who it says", async () => {
  await withHost((host) =>
    withForeigner(async (node) => {
      const protocol = host.mountStreams("who");
      const stream = await (await dial(node, host)).newStream(LIBP2P_PROTOCOL);
      const opening = { caller: host.peerId, target: host.peerId, path: "who", addresses: ["tcp:192.0.2.1:1"] };
      stream.send(encode(OpeningFrame, { opening }));
      const incoming = await protocol.nextIncoming();
      assert.is(incoming.peerInfo.peerId, node.peerId.toString());
      assert.equal(incoming.peerInfo.addresses, ["tcp:192.0.2.1:1"]);
      const accepted = await incoming.accept();
      await accepted.write(utf8("welcome"));
      await accepted.close();
      const bytes = (await collect(stream))!;
      const said = decode(AnswerFrame, bytes.subarray(0, -7));
      assert.equal(said, { answer: "accepted", peerId: host.peerId, addresses: [...host.addresses()] });
      sameBytes(bytes.subarray(-7), utf8("welcome"));
    })
  );
});

test("a peer that ends its direction has closed: all it sent is read, what was written before still reaches it", async () => {
  await withHost((host) =>
    withForeigner(async (node) => {
      const protocol = host.mountStreams("half");
      const stream = await (await dial(node, host)).newStream(LIBP2P_PROTOCOL);
      const collecting = collect(stream);
      stream.send(encode(OpeningFrame, { opening: { caller: "x", target: "", path: "half", addresses: [] } }));
      const accepted = await protocol.acceptStream();
      await accepted.write(pattern(50_000, 1));
      stream.send(pattern(300_000, 2));
      await stream.close();
      sameBytes(await readAll(accepted), pattern(300_000, 2));
      await fails(accepted.write(utf8("late")), "closed");
      const bytes = (await collecting)!;
      sameBytes(bytes.subarray(-50_000), pattern(50_000, 1));
      await until(() => stream.status === "closed");
    })
  );
});

test("garbage is broken off, and harms nobody else", async () => {
  await withHost(async (host) => {
    const other = await libp2pHost({ identity: Identity.generate() });
    const echo = await other.openStream(infoOf(host), "echo");
    await withForeigner(async (node) => {
      const connection = await dial(node, host);
      const garbage = [
        utf8("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        new Uint8Array(100_000).fill(0xff),
        parseHex("77776802001405616c69636503626f62046563686f0103782f79"),
        parseHex("777768010005000001610000"),
      ];
      for (const bytes of garbage) {
        const stream = await connection.newStream(LIBP2P_PROTOCOL);
        stream.send(bytes);
        assert.is(await collect(stream), null);
      }
      const stream = await connection.newStream(LIBP2P_PROTOCOL);
      const wanted = { caller: "x", target: "somebody else", path: "echo", addresses: [] };
      stream.send(encode(OpeningFrame, { opening: wanted }));
      assert.equal(decode(AnswerFrame, (await collect(stream))!), { answer: "other-peer", peerId: host.peerId });
    });
    await echo.write(utf8("unharmed"));
    sameBytes(await readSome(echo, 8), utf8("unharmed"));
    await other.stop();
  });
});

test("a caller that says nothing, or too slowly, is broken off", async () => {
  await withHost((host) =>
    withForeigner(async (node) => {
      const connection = await dial(node, host);
      for (const bytes of [new Uint8Array(0), OPENING.subarray(0, 5)]) {
        const stream = await connection.newStream(LIBP2P_PROTOCOL);
        stream.send(bytes);
        assert.is(await collect(stream), null);
      }
    }), { openingTimeoutMs: 200 });
});

test("a caller that floods what nobody reads is held up", async () => {
  await withHost((host) =>
    withForeigner(async (node) => {
      const protocol = host.mountStreams("deaf");
      const stream = await (await dial(node, host)).newStream(LIBP2P_PROTOCOL);
      stream.send(encode(OpeningFrame, { opening: { caller: "x", target: "", path: "deaf", addresses: [] } }));
      const accepted = await protocol.acceptStream();
      let sent = 0;
      const sentMax = 16 * 1024 * 1024;
      for (let turns = 0; turns < 5000 && sent < sentMax; turns++) {
        for (; !stream.writableNeedsDrain && sent < sentMax; sent += 65536) stream.send(new Uint8Array(65536));
        await nextMacrotask();
      }
      assert.ok(sent < 4 * 1024 * 1024, `${sent} bytes were taken`);
      assert.is((await readSome(accepted, sent)).length, sent);
    })
  );
});

test("a caller that has gone before anybody looks has left", async () => {
  await withHost((host) =>
    withForeigner(async (node) => {
      const protocol = host.mountStreams("late");
      const connection = await dial(node, host);
      for (
        const gone of [(stream: MuxedStream) => stream.close(), (stream: MuxedStream) => stream.abort(new Error())]
      ) {
        const stream = await connection.newStream(LIBP2P_PROTOCOL);
        stream.send(encode(OpeningFrame, { opening: { caller: "x", target: "", path: "late", addresses: [] } }));
        await gone(stream);
        await until(() => stream.status !== "open" && host.openHandles === 1);
      }
      await fails(protocol.nextIncoming({ timeoutMs: 0 }), "timeout");
    })
  );
});

test("a node that does not speak warpwire is reached, but has no protocol", async () => {
  await withHost((host) =>
    withForeigner(async (node) => {
      const known = await host.connect({ peerId: "", addresses: infoOfNode(node).addresses });
      assert.is(known.peerId, node.peerId.toString());
      await fails(host.openStream(infoOfNode(node), "echo"), "unknown-protocol");
      assert.equal(host.peers().map(({ peerId }) => peerId), [known.peerId]);
    })
  );
});

test("what a peer answers is checked, and who it says it is does not count", async () => {
  await withHost((host) =>
    withForeigner(async (node) => {
      const answers: [Uint8Array, string][] = [
        [encode(AnswerFrame, { answer: "accepted", peerId: host.peerId, addresses: [] }), "opened"],
        [encode(AnswerFrame, { answer: "rejected", code: 9 }), "rejected"],
        [encode(AnswerFrame, { answer: "busy" }), "busy"],
        [encode(AnswerFrame, { answer: "other-peer", peerId: "mally" }), "unreachable"],
        [utf8("220 smtp.example.org ESMTP\r\n"), "unreachable"],
        [parseHex("ffff00"), "unreachable"],
      ];
      let next = 0;
      await node.handle(LIBP2P_PROTOCOL, (stream) => void stream.send(answers[next++][0]));
      for (const [, outcome] of answers) {
        const opening = host.openStream(infoOfNode(node), "any");
        assert.is(await opening.then(() => "opened", (error) => error.code), outcome);
        if (outcome === "opened") assert.is((await opening).peerInfo.peerId, node.peerId.toString());
      }
      await node.unhandle(LIBP2P_PROTOCOL);
      await node.handle(LIBP2P_PROTOCOL, () => {});
      await fails(host.openStream(infoOfNode(node), "any", { timeoutMs: 50 }), "timeout");
    })
  );
});

test("somebody else at the address is not the peer", async () => {
  await withHost(async (host) => {
    const caller = await libp2pHost({ identity: Identity.generate(), listen: [] });
    const { peerId } = Identity.generate();
    for (const wrong of [Identity.generate().astralIdentity, peerId, "no id at all", `02${"ff".repeat(32)}`]) {
      await fails(caller.openStream({ peerId: wrong, addresses: host.addresses() }, "echo"), "unreachable");
      await fails(caller.connect({ peerId: wrong, addresses: host.addresses() }), "unreachable");
    }
    const multiaddr = `${toMultiaddrText(host.addresses()[0])}/p2p/${host.libp2pPeerId}`;
    await fails(caller.connect({ peerId, addresses: [multiaddr] }), "unreachable");
    await fails(host.connect(infoOf(host)), "unreachable");
    assert.equal(caller.peers(), []);
    assert.is((await caller.connect({ peerId: "", addresses: [multiaddr] })).peerId, host.peerId);
    assert.is((await caller.connect({ peerId: host.libp2pPeerId })).peerId, host.peerId);
    await caller.stop();
  });
});

test("a connection that breaks during its handshake is made again", () =>
  withHost(async (host) => {
    const { port } = parseSocketAddress(host.addresses()[0]) as { port: number };
    const sockets = new Set<Socket>();
    let broken = 0;
    const proxy = createServer((socket) => {
      const onwards = connect({ host: "127.0.0.1", port });
      for (const each of [socket, onwards]) {
        sockets.add(each.on("error", () => {}).once("close", () => onwards.destroy()));
      }
      if (broken < 3) socket.once("data", () => (broken++, socket.destroy()));
      else socket.pipe(onwards).pipe(socket);
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const caller = await libp2pHost({ identity: Identity.generate(), listen: [] });
    try {
      const address = `tcp:127.0.0.1:${(proxy.address() as { port: number }).port}`;
      const stream = await caller.openStream({ peerId: host.peerId, addresses: [address] }, "echo");
      assert.is(broken, 3);
      stream.abort();
    } finally {
      await caller.stop();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    }
  }));

test("addresses are tried in their order, multiaddrs too, and connections are shared", async () => {
  await withHost(async (host) => {
    const caller = await libp2pHost({ identity: Identity.generate(), listen: [] });
    const [address] = host.addresses();
    const addresses = ["udp:127.0.0.1:1", "tcp:127.0.0.1:1", "/dns4/", "unix:/x", toMultiaddrText(address)!];
    const stream = await caller.openStream({ peerId: host.peerId, addresses }, "echo");
    assert.is(stream.peerInfo.addresses?.[0], address);
    await caller.connect({ peerId: host.peerId, addresses: ["tcp:127.0.0.1:1"] });
    await caller.connect({ peerId: "", addresses: [address] });
    assert.is(caller.peers().length, 1);
    assert.is(host.peers().length, 1);
    assert.is(caller.openHandles, 2);
    await caller.stop();
  });
});

test("peers that are known need no address, nor those that have come by themselves", async () => {
  await withHost(async (host) => {
    const identity = Identity.generate();
    const caller = await libp2pHost({ identity, peers: [{ ...infoOf(host), peerId: host.libp2pPeerId }] });
    await (await caller.openStream({ peerId: host.peerId }, "echo")).close();
    const addressesOf = () => host.peers().flatMap(({ addresses = [] }) => addresses);
    await until(() => addressesOf().length > 0);
    assert.equal(addressesOf(), [...caller.addresses()]);
    const protocol = caller.mountStreams("back");
    await Promise.all([host.openStream({ peerId: caller.peerId }, "back"), protocol.acceptStream()]);
    await caller.stop();
    await until(() => host.peers().length === 0);
    // The address is still known, and nobody is there any more.
    await fails(host.connect({ peerId: caller.peerId }), "unreachable");
  });
});

test("what was written before a close arrives, though the host stops at once", async () => {
  await withHost(async (host) => {
    const caller = await libp2pHost({ identity: Identity.generate() });
    const [atHost, atCaller] = [host.mountStreams("last"), caller.mountStreams("last")];
    const [out, there] = await Promise.all([caller.openStream(infoOf(host), "last"), atHost.acceptStream()]);
    const [back, here] = await Promise.all([host.openStream(infoOf(caller), "last"), atCaller.acceptStream()]);
    for (const stream of [out, here]) await stream.write(pattern(200_000));
    const reading = Promise.all([readAll(there), readAll(back)]);
    await Promise.all([out.close(), here.close()]);
    await caller.stop();
    for (const bytes of await reading) sameBytes(bytes, pattern(200_000));
  });
});

test("more streams than allowed are broken off, and more connections refused", async () => {
  const refused: string[] = [];
  await withHost(async (host) => {
    const caller = await libp2pHost({ identity: Identity.generate(), listen: [] });
    const streams = [await caller.openStream(infoOf(host), "echo"), await caller.openStream(infoOf(host), "echo")];
    await fails(caller.openStream(infoOf(host), "echo"), "unreachable");
    await streams[0].close();
    await until(() => host.openHandles === 2);
    await (await caller.openStream(infoOf(host), "echo")).close();
    const other = await libp2pHost({ identity: Identity.generate(), listen: [] });
    // Who comes is known after the handshake only, and then cut off: another one's stream is used.
    await fails(other.openStream(infoOf(host), "echo"), "unreachable");
    assert.is(refused[0], `${other.peerId} over the limit`);
    await Promise.all([caller.stop(), other.stop()]);
  }, { streamsMax: 2, connectionsMax: 1, whenRefused: (source, reason) => refused.push(`${source} ${reason}`) });
});

test("streams of all peers together have a number", async () => {
  await withHost(async (host) => {
    const one = await libp2pHost({ identity: Identity.generate(), listen: [] });
    const other = await libp2pHost({ identity: Identity.generate(), listen: [] });
    const streams = [await one.openStream(infoOf(host), "echo"), await one.openStream(infoOf(host), "echo")];
    await fails(other.openStream(infoOf(host), "echo"), "unreachable");
    for (const stream of streams) stream.abort();
    await Promise.all([one, other].map((each) => each.stop()));
  }, { streamsMax: 2 });
});

test("idle strangers give way to new ones, and those in use to known peers", async () => {
  const friend = Identity.generate();
  const refused: string[] = [];
  const open = (identity = Identity.generate()) => libp2pHost({ identity, listen: [] });
  await withHost(async (host) => {
    const used = await open();
    const stream = await used.openStream(infoOf(host), "echo");
    const [first, second] = [await open(), await open()];
    await first.connect(infoOf(host));
    await second.openStream(infoOf(host), "echo");
    await until(() => first.peers().length === 0);
    assert.is(used.peers().length, 1);
    // Both strangers are in use now: another one finds no place, somebody whom the program knows does.
    const third = await open();
    await fails(third.openStream(infoOf(host), "echo"), "unreachable");
    const known = await open(friend);
    await known.openStream(infoOf(host), "echo");
    await until(() => used.peers().length + second.peers().length === 1);
    assert.ok(refused.includes(`${first.peerId} given way`) && refused.includes(`${third.peerId} over the limit`));
    stream.abort();
    await Promise.all([used, first, second, third, known].map((each) => each.stop()));
  }, {
    connectionsMax: 2,
    isKnown: (peerId) => peerId === friend.astralIdentity,
    whenRefused: (source, reason) => refused.push(`${source} ${reason}`),
  });
});

test("streams that say nothing give way to others", async () => {
  await withHost(async (host) => {
    await withForeigner(async (node) => {
      const { multiaddr } = await loadLibp2pPackages();
      const connection = await node.dial(multiaddr(toMultiaddrText(host.addresses()[0])!));
      // One peer has half of the places: the others of its streams give way at once.
      await Promise.allSettled([1, 2, 3, 4].map(() => connection.newStream(LIBP2P_PROTOCOL)));
      const caller = await libp2pHost({ identity: Identity.generate(), listen: [] });
      await (await caller.openStream(infoOf(host), "echo")).close();
      await caller.stop();
    });
  }, { streamsMax: 4 });
});

test("a host listens where it can, or not at all", async () => {
  const first = await libp2pHost({ identity: Identity.generate(), listen: ["/ip4/127.0.0.1/tcp/0"] });
  await fails(libp2pHost({ identity: Identity.generate(), listen: first.addresses() }), "address");
  await first.stop();
  for (const text of ["tcp:127.0.0.1", "udp:127.0.0.1:0", "unix:/x", "", "/ip4/x/tcp/1", "/ip4/127.0.0.1/udp/0"]) {
    await fails(libp2pHost({ identity: Identity.generate(), listen: [text] }), "address");
  }
});

test("hosts find each other in the local network", async () => {
  const mdns = { port: await freeUdpPort(), intervalMs: 100, serviceTag: "_warpwire-test._udp.local" };
  const b = await libp2pHost({ identity: Identity.generate(), mdns });
  const found = new Map<string, PeerInfo>();
  const whenDiscovered = (peer: PeerInfo) => void found.set(peer.peerId, peer);
  const a = await libp2pHost({ identity: Identity.generate(), mdns, whenDiscovered });
  await until(() => found.has(b.peerId));
  assert.equal(found.get(b.peerId)?.addresses, [...b.addresses()]);
  assert.is((await a.connect({ peerId: b.peerId })).peerId, b.peerId);
  await Promise.all([a.stop(), b.stop()]);
});

test("a node has the identity's key", async () => {
  const identity = Identity.generate();
  const packages = await loadLibp2pPackages();
  const limits = { connectionsMax: 1, streamsMax: 1, openingTimeoutMs: 1000, mdns: null };
  const node = await createLibp2pNode(packages, { secret: identity.toSecret(), listen: [], ...limits });
  assert.is(node.peerId.toString(), identity.peerId);
});

async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

test.run();
