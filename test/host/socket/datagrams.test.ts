import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../../codec/mod.ts";
import { type SocketHost, socketHost } from "../../../src/host/socket/host.ts";
import { fails, infoOf, sameBytes, utf8 } from "../pair.ts";

const test = suite("datagrams of the socket host");

/** A plain UDP socket on the loopback interface. */
async function withSocket(
  body: (
    send: (bytes: Uint8Array, to: SocketHost) => Promise<void>,
    next: () => Promise<Uint8Array>,
    address: string,
  ) => Promise<void>,
) {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind({ address: "127.0.0.1", port: 0 }, resolve));
  const send = (bytes: Uint8Array, to: SocketHost) =>
    new Promise<void>((resolve) => socket.send(bytes, portOf(to), "127.0.0.1", () => resolve()));
  const next = () => new Promise<Uint8Array>((resolve) => socket.once("message", resolve));
  try {
    await body(send, next, `udp:127.0.0.1:${socket.address().port}`);
  } finally {
    await new Promise<void>((resolve) => socket.close(resolve));
  }
}

function portOf(host: SocketHost): number {
  return Number(host.addresses().find((address) => address.startsWith("udp:"))!.split(":")[2]);
}

test("the packet of a datagram says path and sender", async () => {
  await using host = await socketHost({ peerId: "bob" });
  const mount = host.mountDatagrams("news");
  await withSocket(async (send, next, address) => {
    const arriving = next();
    await mount.sendDatagram(Uint8Array.of(1, 2), { peerId: "", addresses: ["tcp:127.0.0.1:1", address] });
    assert.is(formatHex(await arriving), "7701" + "046e657773" + "03626f62" + "0102");
    await send(parseHex("7701" + "046e657773" + "0161" + "ff"), host);
    const { bytes, peerInfo } = await mount.acceptDatagram();
    assert.equal([...bytes], [255]);
    assert.equal(peerInfo, { peerId: "a", addresses: [address] });
    assert.is(Object.getPrototypeOf(bytes), Uint8Array.prototype);
  });
  assert.is(mount.datagramBytesMax, 65507 - 2 - 5 - 4);
});

test("packets of others are dropped", async () => {
  await using host = await socketHost({ peerId: "bob" });
  const mount = host.mountDatagrams("news");
  await withSocket(async (send) => {
    for (const hex of ["", "77", "7702046e6577730161", "7701ff", "7701046e657773", "7701046e6577730261", "77010161"]) {
      await send(parseHex(hex), host);
    }
    await send(parseHex("7701046e6577730161"), host);
  });
  assert.is((await mount.acceptDatagram()).bytes.length, 0);
  await fails(mount.acceptDatagram({ timeoutMs: 0 }), "timeout");
});

test("raw datagrams are the packets themselves", async () => {
  await using host = await socketHost({ peerId: "bob" });
  const mount = host.mountDatagrams("storj", { raw: true });
  assert.is(mount.datagramBytesMax, 65507);
  await withSocket(async (send, next, address) => {
    await send(utf8("anything"), host);
    const { bytes, peerInfo } = await mount.acceptDatagram();
    sameBytes(bytes, utf8("anything"));
    assert.equal(peerInfo, { peerId: "", addresses: [address] });
    const arriving = next();
    await mount.sendDatagram(utf8("answer"), peerInfo);
    sameBytes(new Uint8Array(await arriving), utf8("answer"));
  });
  await fails(mount.sendDatagram(new Uint8Array(65508), { peerId: "x" }), "too-large");
});

test("raw datagrams need the socket for themselves", async () => {
  await using host = await socketHost({ peerId: "bob" });
  const raw = host.mountDatagrams("storj", { raw: true });
  assert.throws(() => host.mountDatagrams("news"), /need the UDP socket for themselves/);
  raw.unmount();
  const news = host.mountDatagrams("news");
  assert.throws(() => host.mountDatagrams("storj", { raw: true }), /need the UDP socket for themselves/);
  news.unmount();
  host.mountDatagrams("storj", { raw: true });
});

test("a peer that was connected to gets datagrams by its id", async () => {
  await using a = await socketHost({ peerId: "alice" });
  await using b = await socketHost({ peerId: "bob" });
  const [atA, atB] = [a.mountDatagrams("news"), b.mountDatagrams("news")];
  await fails(atA.sendDatagram(utf8("x"), { peerId: "bob" }), "unreachable");
  await a.connect({ peerId: "", addresses: [b.addresses()[0]] });
  await atA.sendDatagram(utf8("found"), { peerId: "bob" });
  sameBytes((await atB.acceptDatagram()).bytes, utf8("found"));
});

test("what UDP cannot reach is unreachable", async () => {
  await using host = await socketHost({ peerId: "bob" });
  const mount = host.mountDatagrams("news");
  for (const address of ["tcp:127.0.0.1:5", "udp:localhost:5", "udp:[::1]:5", "udp:127.0.0.1:0", "udp:300.1.1.1:5"]) {
    await fails(mount.sendDatagram(utf8("x"), { peerId: "", addresses: [address] }), "unreachable");
  }
  await fails(mount.sendDatagram(utf8("x"), { peerId: "" }), "unreachable");
});

const hasIPv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"));

(hasIPv6 ? test : test.skip)("a socket of each IP version sends what fits it", async () => {
  await using host = await socketHost({ peerId: "bob", listen: ["udp:127.0.0.1:0", "udp:[::1]:0"] });
  await using other = await socketHost({ peerId: "carol", listen: ["tcp:[::1]:0", "udp:[::1]:0"] });
  const [mount, theirs] = [host.mountDatagrams("news"), other.mountDatagrams("news")];
  const found = await host.connect({ peerId: "", addresses: [other.addresses()[0]] });
  assert.is(found.peerId, "carol");
  await mount.sendDatagram(utf8("six"), infoOf(other));
  const { bytes, peerInfo } = await theirs.acceptDatagram();
  sameBytes(bytes, utf8("six"));
  assert.match(peerInfo.addresses?.[0] ?? "", /^udp:\[::1\]:\d+$/);
  assert.match(found.addresses?.[0] ?? "", /^tcp:\[::1\]:\d+$/);
});

/** Whether a socket gets as much memory as the host asks for: Deno 2.9 says so, but does not ask the system. */
function hasLargeBuffers(): boolean {
  if ("Deno" in globalThis) return false;
  try {
    return Number(readFileSync("/proc/sys/net/core/rmem_max", "utf8")) >= 4 * 1024 * 1024;
  } catch {
    return false;
  }
}

for (const bytes of [77, 830]) {
  const name = `2,000 datagrams of ${bytes} bytes that are sent in one turn all arrive`;
  (hasLargeBuffers() ? test : test.skip)(name, async () => {
    await using sender = await socketHost({ peerId: "alice" });
    await using receiver = await socketHost({ peerId: "bob" });
    const out = sender.mountDatagrams("storj", { raw: true });
    const seen = new Set<number>();
    let resolve = () => {};
    const all = new Promise<void>((done) => resolve = done);
    receiver.mountDatagrams("storj", {
      raw: true,
      receive: (datagram) => {
        seen.add(new DataView(datagram.bytes.buffer, datagram.bytes.byteOffset).getUint32(0));
        if (seen.size === 2000) resolve();
      },
    });
    const late = sender.clock.setTimer(10_000, () => resolve());
    for (let index = 0; index < 2000; index++) {
      const datagram = new Uint8Array(bytes);
      new DataView(datagram.buffer).setUint32(0, index);
      void out.sendDatagram(datagram, infoOf(receiver));
    }
    await all;
    late.clear();
    assert.is(seen.size, 2000);
  });
}

test("datagrams under way when the host stops do not keep anybody waiting", async () => {
  const host = await socketHost({ peerId: "bob" });
  const mount = host.mountDatagrams("news");
  const sending = Array.from(
    { length: 50 },
    () =>
      mount.sendDatagram(new Uint8Array(1000), { peerId: "", addresses: ["udp:127.0.0.1:1"] }).catch((error) =>
        error.code
      ),
  );
  await host.stop();
  for (const end of await Promise.all(sending)) assert.ok(end === undefined || end === "unreachable", String(end));
});

test.run();
