import { generateKeyPairSync } from "node:crypto";
import { connect as connectTcp, createServer as createTcpServer, type Socket } from "node:net";
import { connect, type ConnectionOptions, createServer, type TlsOptions } from "node:tls";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseTlsAddress, UnreachedError } from "../../../src/host/connect/mod.ts";
import { type TlsHost, tlsHost, type TlsHostOptions } from "../../../src/host/tls/host.ts";
import { type Certificate, certificateOf, makeCertificate } from "../../../src/host/tls/certificate.ts";
import { nextMacrotask } from "../../../src/host/timing/system.ts";
import { Identity } from "../../../src/identity/mod.ts";
import { fails, infoOf, readSome, sameBytes, utf8 } from "../pair.ts";

const test = suite("the TLS host among strangers");
const [alice, bob, mallory] = [Identity.generate(), Identity.generate(), Identity.generate()];
const ALPNProtocols = ["warpwire/1"];

/** A host with an echo, which still works after what a test does with it. */
async function withHost(body: (host: TlsHost, port: number) => Promise<void>, options?: Partial<TlsHostOptions>) {
  const host = await tlsHost({ identity: bob, ...options });
  const protocol = host.mountStreams("echo");
  const serving = (async () => {
    for await (const incoming of protocol) {
      const stream = await incoming.accept();
      void stream.readable.pipeTo(stream.writable).catch(() => {});
    }
  })();
  try {
    await body(host, portOf(host));
    await using caller = await tlsHost({ identity: alice, listen: [] });
    const stream = await caller.openStream(infoOf(host), "echo");
    await stream.write(utf8("still here"));
    sameBytes(await readSome(stream, 10), utf8("still here"));
  } finally {
    await host.stop();
    await serving;
    assert.is(host.openHandles, 0);
  }
}

function portOf(host: TlsHost): number {
  return (parseTlsAddress(host.addresses()[0]) as { port: number }).port;
}

/** A server that is not ours, and what a host gets that connects to it. */
async function reachStranger(options: TlsOptions, wanted = ""): Promise<UnreachedError> {
  const seen: Socket[] = [];
  let said = 0;
  const server = createServer({ requestCert: true, rejectUnauthorized: false, ALPNProtocols, ...options }, (socket) => {
    socket.on("data", (piece) => said += piece.length).on("error", () => {});
  });
  server.on("connection", (socket) => seen.push(socket)).on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  const { port } = server.address() as { port: number };
  await using host = await tlsHost({ identity: alice, listen: [] });
  const error = await fails(
    host.openStream({ peerId: wanted, addresses: [`tls:127.0.0.1:${port}`] }, "secret path"),
    "unreachable",
  );
  for (const socket of seen) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  assert.is(said, 0, "Something was written before the other side had proven who it is");
  return error as UnreachedError;
}

/** A caller that is not ours; resolves when it is cut off. */
async function callAsStranger(port: number, options: ConnectionOptions, opening = new Uint8Array()): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ALPNProtocols, ...options });
  let said = "";
  socket.on("data", (piece) => said += piece.toString("latin1")).on("error", () => {});
  socket.on("secureConnect", () => socket.write(opening));
  await new Promise((resolve) => socket.once("close", resolve));
  return said;
}

/** An opening that asks who is there. */
const WHO = Uint8Array.of(...utf8("wwh"), 1, 0, 5, 1, 0x61, 0, 0, 0);

function pemOf(bytes: Uint8Array): string {
  return `-----BEGIN CERTIFICATE-----\n${btoa(String.fromCharCode(...bytes))}\n-----END CERTIFICATE-----\n`;
}

/** A certificate with the key that it is for, as others make them. */
function made(change: Parameters<typeof certificateOf>[3], identity = bob): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
  const key = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  return { cert: pemOf(certificateOf(identity, spki, privateKey, change)), key };
}

test("a peer with another identity learns nothing but who calls", async () => {
  const { failures } = await reachStranger(await makeCertificate(mallory), bob.astralIdentity);
  assert.is(failures[0].code, "other-peer");
});

const EXPIRED = { valid: ["200101000000Z", "210101000000Z"] } as const;
const EARLY = { valid: ["490101000000Z", "20600101000000Z"] } as const;

test("certificates that prove nothing are refused, with the reason", async () => {
  const cases: [TlsOptions, RegExp][] = [
    [made(EXPIRED), /it has expired/],
    [made(EARLY), /it is not valid yet/],
  ];
  for (const [options, reason] of cases) {
    const { cause } = await reachStranger(options, bob.astralIdentity);
    assert.match((cause as Error).message, reason);
  }
  await reachStranger({ ...await makeCertificate(bob), ALPNProtocols: ["h2"] }, bob.astralIdentity);
  await reachStranger({ ...await makeCertificate(bob), maxVersion: "TLSv1.2" }, bob.astralIdentity);
});

test("callers without a certificate, or with one that proves nothing, hear nothing", async () => {
  await withHost(async (_host, port) => {
    assert.ok((await callAsStranger(port, await makeCertificate(mallory), WHO)).includes(bob.astralIdentity));
    const cases: ConnectionOptions[] = [
      {},
      made(EXPIRED),
      made(EARLY),
      { ...await makeCertificate(alice), maxVersion: "TLSv1.2" },
      { ...await makeCertificate(alice), ALPNProtocols: ["h2"] },
    ];
    for (const options of cases) assert.is(await callAsStranger(port, options, WHO), "");
  });
});

test("the caller is who it proves to be, and not who it says it is", async () => {
  await withHost(async (host, port) => {
    const mount = host.mountStreams("who");
    const opening = Uint8Array.of(...utf8("wwh"), 1, 0, 11, 4, ...utf8("root"), 0, 3, ...utf8("who"), 0);
    void callAsStranger(port, await makeCertificate(mallory), opening);
    const stream = await mount.acceptStream();
    assert.is(stream.peerInfo.peerId, mallory.astralIdentity);
    stream.abort();
  });
});

test("bytes that are not TLS, and silence, are cut off", async () => {
  await withHost(async (host, port) => {
    for (const bytes of [utf8("GET / HTTP/1.1\r\n\r\n"), WHO, new Uint8Array(100_000), Uint8Array.of(0x16, 3, 1)]) {
      const socket = connectTcp({ host: "127.0.0.1", port }).on("error", () => {}).resume();
      socket.write(bytes);
      await new Promise((resolve) => socket.once("close", resolve));
    }
    for (let turns = 0; host.openHandles > 1 && turns < 1000; turns++) await nextMacrotask();
    assert.is(host.openHandles, 1);
  }, { openingTimeoutMs: 200 });
});

test("of connections that only begin, one machine has no more than its share", async () => {
  const refused: string[] = [];
  await withHost(async (host, port) => {
    const sockets: Socket[] = [];
    let closed = 0;
    for (let count = 0; count < 300; count++) {
      const socket = connectTcp({ host: "127.0.0.1", port }).on("error", () => {}).resume();
      socket.once("close", () => closed++);
      sockets.push(socket);
      await new Promise((resolve) => socket.once("connect", resolve));
    }
    while (closed < 44) await nextMacrotask();
    assert.is(refused.length, 44);
    while (host.openHandles > 1 + 256) await nextMacrotask();
    assert.is(host.openHandles, 1 + 256);
    assert.equal([...new Set(refused)], ["127.0.0.1 given way"]);
    for (const socket of sockets) socket.destroy();
    while (host.openHandles > 1) await nextMacrotask();
  }, { whenRefused: (source, reason) => refused.push(`${source} ${reason}`) });
});

test("a known peer finds a place where strangers have taken all", async () => {
  const options = { connectionsMax: 2, isKnown: (peerId: string) => peerId === alice.astralIdentity };
  await withHost(async (host) => {
    await using stranger = await tlsHost({ identity: mallory, listen: [] });
    const held = [await stranger.openStream(infoOf(host), "echo"), await stranger.openStream(infoOf(host), "echo")];
    await fails(stranger.openStream(infoOf(host), "echo"), "unreachable");
    await using friend = await tlsHost({ identity: alice, listen: [] });
    const stream = await friend.openStream(infoOf(host), "echo");
    await stream.write(utf8("x"));
    sameBytes(await readSome(stream, 1), utf8("x"));
    const ends = await Promise.all(
      held.map((each) => each.read(new Uint8Array(1), { timeoutMs: 50 }).catch((error) => error.code)),
    );
    assert.ok(ends.includes("reset") && ends.includes("timeout"), ends.join());
  }, options);
});

test("a server that says nothing keeps nobody longer than it may", async () => {
  const server = createTcpServer((socket) => socket.on("error", () => {}).resume());
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  const { port } = server.address() as { port: number };
  await using host = await tlsHost({ identity: alice, listen: [] });
  const peer = { peerId: bob.astralIdentity, addresses: [`tls:127.0.0.1:${port}`] };
  await fails(host.openStream(peer, "echo", { timeoutMs: 30 }), "timeout");
  await new Promise((resolve) => server.close(resolve));
  while (host.openHandles > 0) await nextMacrotask();
});

test("connections do not take up earlier ones", async () => {
  await withHost(async (host) => {
    await using caller = await tlsHost({ identity: alice, listen: [] });
    await using other = await tlsHost({ identity: mallory, listen: [] });
    const mount = host.mountStreams("who");
    for (const each of [caller, other, caller, other]) {
      const [stream, there] = await Promise.all([each.openStream(infoOf(host), "who"), mount.acceptStream()]);
      // What a server gives for later connections comes with the first bytes.
      await there.write(utf8("x"));
      await readSome(stream, 1);
      assert.is(there.peerInfo.peerId, each.peerId);
      await stream.close();
    }
  });
});

test.run();
