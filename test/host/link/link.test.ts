import { connect, createServer, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseSocketAddress, type SocketAddress, UnreachedError } from "../../../src/host/connect/mod.ts";
import type { PeerInfo } from "../../../src/host/host.ts";
import { linkHost } from "../../../src/host/link/host.ts";
import { TlsWays } from "../../../src/host/link/ways.ts";
import { libp2pHost } from "../../../src/host/libp2p/host.ts";
import { nextMacrotask } from "../../../src/host/timing/system.ts";
import { Identity } from "../../../src/identity/mod.ts";
import { ManualClock } from "../manual-clock.ts";
import { fails, infoOf, readSome, sameBytes, utf8 } from "../pair.ts";

const test = suite("a host on TLS and libp2p");
const [alice, bob] = [Identity.generate(), Identity.generate()];
type SocketAddressOfTcp = SocketAddress & { readonly kind: "tcp" };
/** The first bytes of a record of TLS, and of a negotiation of libp2p. */
const [TLS, LIBP2P] = [0x16, 0x13];

/** A port that leads to a peer's, and the first byte of each connection that went through it. */
async function tap(peer: PeerInfo, first: (socket: Socket, byte: number) => boolean = () => true) {
  const { port } = parseSocketAddress(peer.addresses![0]) as { port: number };
  const seen: number[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {}).once("data", (piece) => {
      seen.push(piece[0]);
      if (!first(socket, piece[0])) return void socket.destroy();
      const on = connect({ host: "127.0.0.1", port }).on("error", () => socket.destroy());
      on.write(piece);
      socket.on("close", () => on.destroy());
      on.on("close", () => socket.destroy());
      socket.pipe(on).pipe(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  const at = server.address() as { port: number };
  return {
    seen,
    peer: { peerId: peer.peerId, addresses: [`tcp:127.0.0.1:${at.port}`] },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

test("streams go over TLS between hosts that know it, and libp2p is not needed", async () => {
  await using there = await linkHost({ identity: bob });
  await using way = await tap(infoOf(there));
  await using here = await linkHost({ identity: alice, listen: [] });
  const mount = there.mountStreams("test");
  for (let count = 0; count < 3; count++) {
    const [stream, other] = await Promise.all([here.openStream(way.peer, "test"), mount.acceptStream()]);
    await stream.write(utf8("hello"));
    sameBytes(await readSome(other, 5), utf8("hello"));
    assert.equal([stream.peerInfo.peerId, other.peerInfo.peerId], [there.peerId, here.peerId]);
    assert.is(stream.peerInfo.addresses?.[0], way.peer.addresses[0]);
    await stream.close();
  }
  assert.equal(way.seen, [TLS, TLS, TLS]);
  assert.equal([here.peers(), there.peers()], [[], []]);
});

test("a peer that knows libp2p only is asked over TLS once", async () => {
  await using there = await libp2pHost({ identity: bob });
  await using way = await tap(infoOf(there));
  await using here = await linkHost({ identity: alice, listen: [] });
  const mount = there.mountStreams("test");
  for (let count = 0; count < 3; count++) {
    const [stream, other] = await Promise.all([here.openStream(way.peer, "test"), mount.acceptStream()]);
    await other.write(utf8("hello"));
    sameBytes(await readSome(stream, 5), utf8("hello"));
  }
  assert.equal(way.seen, [TLS, LIBP2P]);
});

test("a peer that knows libp2p only reaches the same port", async () => {
  await using there = await linkHost({ identity: bob });
  await using here = await libp2pHost({ identity: alice });
  const mount = there.mountStreams("test");
  const [stream, other] = await Promise.all([here.openStream(infoOf(there), "test"), mount.acceptStream()]);
  await stream.write(utf8("hello"));
  sameBytes(await readSome(other, 5), utf8("hello"));
  assert.is(other.peerInfo.peerId, here.peerId);
  // It has found the host, which does not come back over TLS where nobody answers it.
  const back = here.mountStreams("back");
  const [from] = await Promise.all([there.openStream({ peerId: here.peerId }, "back"), back.acceptStream()]);
  assert.is(from.peerInfo.peerId, here.peerId);
});

test("who has opened a stream is found where it says it is, at once", async () => {
  await using there = await linkHost({ identity: bob });
  await using here = await linkHost({ identity: alice });
  const [mount, back] = [there.mountStreams("test"), here.mountStreams("back")];
  await Promise.all([here.openStream(infoOf(there), "test"), mount.acceptStream()]);
  await Promise.all([there.openStream({ peerId: here.peerId }, "back"), back.acceptStream()]);
});

test("a peer that nobody can connect to is reached by the connection that it has made", async () => {
  await using there = await linkHost({ identity: bob });
  await using here = await linkHost({ identity: alice, listen: [] });
  const [mount, back] = [there.mountStreams("test"), here.mountStreams("back")];
  await Promise.all([here.openStream(infoOf(there), "test"), mount.acceptStream()]);
  while (there.peers().length === 0) await nextMacrotask();
  const [stream, other] = await Promise.all([there.openStream({ peerId: here.peerId }, "back"), back.acceptStream()]);
  await stream.write(utf8("hello"));
  sameBytes(await readSome(other, 5), utf8("hello"));
});

test("after connecting, streams go over TLS", async () => {
  await using there = await linkHost({ identity: bob });
  await using way = await tap(infoOf(there));
  await using here = await linkHost({ identity: alice });
  const mount = there.mountStreams("test");
  const found = await here.connect({ peerId: "", addresses: way.peer.addresses });
  assert.is(found.peerId, there.peerId);
  await Promise.all([here.openStream({ peerId: there.peerId }, "test"), mount.acceptStream()]);
  // The trial, and the stream.
  assert.equal(way.seen, [LIBP2P, TLS, TLS]);
});

test("where TLS breaks, libp2p goes on, and TLS is tried again later", async () => {
  await using there = await linkHost({ identity: bob });
  let isBroken = true;
  await using way = await tap(infoOf(there), (_socket, byte) => !isBroken || byte !== TLS);
  await using here = await linkHost({ identity: alice, listen: [] });
  const mount = there.mountStreams("test");
  const open = () => Promise.all([here.openStream(way.peer, "test"), mount.acceptStream()]);
  await open();
  await open();
  assert.equal(way.seen, [TLS, LIBP2P]);
  isBroken = false;
  here.remember(way.peer);
  await open();
  assert.equal(way.seen.slice(2), [TLS, TLS]);
});

test("what the peer refuses is not asked again over libp2p", async () => {
  await using there = await linkHost({ identity: bob });
  await using way = await tap(infoOf(there));
  await using here = await linkHost({ identity: alice, listen: [] });
  await fails(here.openStream(way.peer, "nothing"), "unknown-protocol");
  const mount = there.mountStreams("test");
  const asking = fails(here.openStream(way.peer, "test"), "rejected");
  (await mount.nextIncoming()).reject(7);
  assert.is((await asking).rejectCode, 7);
  assert.equal(way.seen, [TLS, TLS]);
});

test("errors name the addresses as they were given", async () => {
  await using here = await linkHost({ identity: alice, listen: [] });
  const nowhere = { peerId: bob.astralIdentity, addresses: ["/ip4/127.0.0.1/tcp/1", "tcp:127.0.0.1:2"] };
  const refused = await fails(here.openStream(nowhere, "test"), "unreachable");
  assert.instance(refused, UnreachedError);
  assert.equal((refused as UnreachedError).failures, [
    { address: "tcp:127.0.0.1:1", code: "refused" },
    { address: "tcp:127.0.0.1:2", code: "refused" },
  ]);
  await using other = await linkHost({ identity: Identity.generate() });
  const wrong = await fails(
    here.openStream({ peerId: bob.astralIdentity, addresses: other.addresses() }, "test"),
    "unreachable",
  );
  assert.equal((wrong as UnreachedError).failures, [{ address: other.addresses()[0], code: "other-peer" }]);
});

test("whoever needs it gets libp2p, also several who come at once", async () => {
  await using there = await linkHost({ identity: bob, listen: ["/ip4/127.0.0.1/tcp/0", "tcp:[::1]:0"] });
  const mount = there.mountStreams("test");
  const callers = await Promise.all([0, 1, 2, 3].map(() => libp2pHost({ identity: Identity.generate(), listen: [] })));
  const streams = await Promise.all(callers.map(async (caller, index) => {
    const addresses = there.addresses().slice(index % 2, index % 2 + 1);
    const [stream] = await Promise.all([caller.openStream({ peerId: "", addresses }, "test"), mount.acceptStream()]);
    return stream;
  }));
  assert.equal(streams.map(({ peerInfo }) => peerInfo.peerId), callers.map(() => there.peerId));
  // They are told where the host is.
  const [{ addresses = [] }] = await Promise.all([callers[0].connect({ peerId: there.peerId }), nextMacrotask()]);
  assert.ok(there.addresses().every((address) => addresses.includes(address)), addresses.join(" "));
  await Promise.all(callers.map((caller) => caller.stop()));
});

test("on all interfaces, it is at the addresses of each", async () => {
  await using there = await linkHost({ identity: bob, listen: ["tcp:0.0.0.0:0", "tcp:[::]:0"] });
  const [{ port }, ...others] = there.addresses().map((text) => parseSocketAddress(text) as SocketAddressOfTcp);
  const own = Object.values(networkInterfaces()).flatMap((several) => several ?? []);
  const v4 = own.filter(({ family }) => family === "IPv4").map(({ address }) => `tcp:${address}:${port}`);
  assert.equal(there.addresses().slice(0, v4.length), v4);
  // One for each version of IP.
  assert.ok(others.some((other) => other.port !== port));
  await using here = await linkHost({ identity: alice, listen: [] });
  const mount = there.mountStreams("test");
  for (const address of [v4[0], "tcp:[::1]:" + others.at(-1)!.port]) {
    const peer = { peerId: there.peerId, addresses: [address] };
    await Promise.all([here.openStream(peer, "test"), mount.acceptStream()]);
  }
});

test("connections that say nothing, or begin with anything else, are cut off", async () => {
  await using there = await linkHost({ identity: bob, openingTimeoutMs: 300 });
  const { port } = parseSocketAddress(there.addresses()[0]) as { port: number };
  for (const bytes of [[], [TLS], [TLS, 3, 1, 0, 5, 1], [LIBP2P], [0], [...utf8("GET / HTTP/1.1\r\n\r\n")]]) {
    const socket = connect({ host: "127.0.0.1", port }).on("error", () => {}).resume();
    socket.write(Uint8Array.from(bytes));
    await new Promise((resolve) => socket.once("close", resolve));
  }
  await using here = await linkHost({ identity: alice, listen: [] });
  const mount = there.mountStreams("test");
  await Promise.all([here.openStream(infoOf(there), "test"), mount.acceptStream()]);
});

test("a host that stops leaves no connection behind, whatever is under way", async () => {
  const there = await linkHost({ identity: bob });
  const { port } = parseSocketAddress(there.addresses()[0]) as { port: number };
  const silent = connect({ host: "127.0.0.1", port }).on("error", () => {}).resume();
  const closed = new Promise((resolve) => silent.once("close", resolve));
  while (there.openHandles === 0) await nextMacrotask();
  const here = await linkHost({ identity: alice, listen: [] });
  const mount = there.mountStreams("test");
  here.mountStreams("back");
  await Promise.all([here.openStream(infoOf(there), "test"), mount.acceptStream()]);
  await Promise.all([here.stop(), there.stop()]);
  await closed;
  assert.equal([here.openHandles, there.openHandles], [0, 0]);
});

test("what is known of peers ends some time", () => {
  const clock = new ManualClock();
  const ways = new TlsWays(clock);
  assert.is(ways.of("a"), null);
  ways.set("a", []);
  ways.set("b", ["tcp:1.2.3.4:5"]);
  ways.set("", ["tcp:1.2.3.4:5"]);
  assert.equal([ways.of("a"), ways.of("b"), ways.of("")], [[], ["tcp:1.2.3.4:5"], null]);
  clock.advance(299_999);
  assert.equal(ways.of("a"), []);
  clock.advance(1);
  assert.equal([ways.of("a"), ways.of("b")], [null, ["tcp:1.2.3.4:5"]]);
  for (let count = 0; count < 1024; count++) ways.set(`peer ${count}`, []);
  assert.equal([ways.of("b"), ways.of("peer 0")], [null, []]);
});

test.run();
