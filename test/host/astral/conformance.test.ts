/**
 * The astral host with local services: finding out what they speak, names, guests of several identities, services that
 * come back, and the host for browsers.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { astralService, type LocalService, type ServiceOptions } from "../../../src/astral/mod.ts";
import { astralHost, type AstralProtocol, type NodeAstralHostOptions } from "../../../src/host/astral/mod.ts";
import { webAstralHost } from "../../../src/host/astral/web.ts";
import type { Host } from "../../../src/host/host.ts";
import { nextMacrotask } from "../../../src/host/timing/system.ts";
import { fails, pattern, readSome, sameBytes, utf8 } from "../pair.ts";

const test = suite("astral host and a local service");

const NODE = "03e14ac3a4e83e435ffc6800703c7d405d2fe18762c4b7ec0674f6e7df39471a74";
const ALICE = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";
const OTHER = "03e0cb786fc4f727d2d7f135741d81e5ad0e005c0e70d97131bf13e3359012e527";
const PROTOCOLS: AstralProtocol[] = ["2023", "2026"];

function serviceWith(options: Partial<ServiceOptions> = {}): Promise<LocalService> {
  return astralService({
    identity: NODE,
    alias: "home",
    listen: ["tcp:127.0.0.1:0"],
    tokens: { tok: "localnode", alice: ALICE },
    contacts: { alice: ALICE },
    ...options,
  });
}

function hostOf(service: LocalService, options: NodeAstralHostOptions = {}) {
  return astralHost({ address: service.addresses(), token: "tok", ...options });
}

/** Sends a word from one host to another and back, over a path that is mounted for it. */
async function talk(from: Host, to: Host & { ready(): Promise<void> }, peerId = to.peerId): Promise<void> {
  using protocol = to.mountStreams("talk");
  await to.ready();
  const [here, there] = await Promise.all([from.openStream({ peerId }, "talk"), protocol.acceptStream()]);
  assert.is(there.peerInfo.peerId, from.peerId);
  await here.write(utf8("hello"));
  sameBytes(await readSome(there, 5), utf8("hello"));
  await there.write(utf8("back"));
  sameBytes(await readSome(here, 4), utf8("back"));
  await here.close();
}

test("a service that speaks both is taken for one of 2026", async () => {
  await using service = await serviceWith();
  await using host = await hostOf(service);
  assert.is(host.protocol, "2026");
  await talk(host, host);
});

for (const protocol of PROTOCOLS) {
  test(`a service that speaks only ${protocol} is recognised, and one that speaks both does so too`, async () => {
    await using service = await serviceWith({ listen: [{ address: "tcp:127.0.0.1:0", protocol }] });
    await using host = await hostOf(service);
    assert.is(host.protocol, protocol);
    await talk(host, host);
    await using both = await serviceWith();
    await using other = await hostOf(both, { protocol });
    assert.is(other.protocol, protocol);
    await talk(other, other);
  });

  test(`names, and peers that nobody knows, with ${protocol}`, async () => {
    await using service = await serviceWith({ listen: [{ address: "tcp:127.0.0.1:0", protocol }] });
    await using host = await hostOf(service);
    for (const name of ["home", "localnode", NODE, NODE.toUpperCase()]) await talk(host, host, name);
    await fails(host.openStream({ peerId: OTHER }, "x"), "unreachable");
    await fails(host.openStream({ peerId: "nobody" }, "x"), "unreachable");
    assert.is((await host.connect({ peerId: OTHER })).peerId, OTHER);
    await service.stop();
    await fails(host.connect({ peerId: OTHER }), "unreachable");
  });

  test(`a path has arguments behind it with ${protocol}`, async () => {
    await using service = await serviceWith({ listen: [{ address: "tcp:127.0.0.1:0", protocol }] });
    await using host = await hostOf(service);
    const mount = host.mountStreams("user.info");
    await host.ready();
    const [, incoming] = await Promise.all([
      host.openStream({ peerId: NODE }, "user.info?name=alice"),
      mount.nextIncoming().then(async (incoming) => {
        await incoming.accept();
        return incoming;
      }),
    ]);
    assert.is(incoming.path, "user.info?name=alice");
  });

  test(`mounts come back with a service of ${protocol} that was away, again and again`, async () => {
    const service = await serviceWith({ listen: [{ address: "tcp:127.0.0.1:0", protocol }] });
    const [address] = service.addresses();
    await using host = await hostOf(service);
    const protocols = ["one", "two", "three"].map((path) => host.mountStreams(path));
    await host.ready();
    await service.stop();
    for (let round = 0; round < 2; round++) {
      await fails(host.openStream({ peerId: NODE }, "one"), "unreachable");
      await using again = await serviceWith({ listen: [{ address, protocol }] });
      while (await host.ready().then(() => false, () => true)) await nextMacrotask();
      for (const mounted of protocols) {
        const [stream] = await Promise.all([mounted.openStream({ peerId: NODE }), mounted.acceptStream()]);
        await stream.close();
      }
      await again.stop();
      // The loss has to be noticed, so that the next round does not see the registrations of this one.
      while (await host.ready().then(() => true, () => false)) await nextMacrotask();
    }
  });

  test(`a stopped host leaves nothing with the service, with ${protocol}`, async () => {
    await using service = await serviceWith({ listen: [{ address: "tcp:127.0.0.1:0", protocol }] });
    const host = await hostOf(service);
    for (let index = 0; index < 20; index++) host.mountStreams(`path ${index}`);
    await host.ready();
    assert.ok(service.status().registrations.length >= 1);
    await host.stop();
    assert.is(host.openHandles, 0);
    const startMs = performance.now();
    while (service.status().guests > 0 && performance.now() - startMs < 5000) await nextMacrotask();
    assert.is(service.status().guests, 0);
  });
}

test("a path that another program has is not mounted until that lets go of it (2023)", async () => {
  await using service = await serviceWith();
  const [first, second] = [await hostOf(service, { protocol: "2023" }), await hostOf(service, { protocol: "2023" })];
  const mount = first.mountStreams("wanted");
  await first.ready();
  second.mountStreams("wanted");
  await fails(second.ready(), "mounted");
  mount.unmount();
  while (await second.ready().then(() => false, () => true)) await nextMacrotask();
  await Promise.all([first.stop(), second.stop()]);
});

test("programs of several identities behind one node reach each other (2026)", async () => {
  await using service = await serviceWith();
  await using alice = await hostOf(service, { token: "alice" });
  await using home = await hostOf(service);
  assert.is(alice.peerId, ALICE);
  assert.is(alice.nodeId, NODE);
  await talk(home, alice);
  await talk(alice, home);
});

test("a token that is unknown, or none where one is needed", async () => {
  await using service = await serviceWith();
  for (const protocol of PROTOCOLS) {
    await fails(hostOf(service, { protocol, token: "wrong" }), "unreachable");
  }
  assert.instance(await hostOf(service, { token: "x".repeat(256) }).catch((error) => error), RangeError);
});

const { WebSocket: platform } = globalThis;
const ifPlatform: typeof test.skip = platform === undefined ? test.skip : test;

ifPlatform("a browser reaches the node, and is reached", async () => {
  await using service = await serviceWith({ listen: ["ws://127.0.0.1:0/.ws", "tcp:127.0.0.1:0"] });
  const [tcp] = service.addresses().filter((address) => address.startsWith("tcp:"));
  const web = service.addresses().filter((address) => address.startsWith("ws:"));
  await using browser = await webAstralHost({ address: web, token: "alice" });
  await using host = await hostOf(service, { address: tcp });
  assert.is(browser.peerId, ALICE);
  await talk(browser, host);
  await talk(host, browser);
});

ifPlatform("a browser's streams carry megabytes, in messages of any size", async () => {
  await using service = await serviceWith({ listen: ["ws://127.0.0.1:0/.ws"] });
  await using browser = await webAstralHost({ address: service.addresses(), token: "alice" });
  const protocol = browser.mountStreams("big");
  await browser.ready();
  const [here, there] = await Promise.all([browser.openStream({ peerId: ALICE }, "big"), protocol.acceptStream()]);
  const sent = pattern(3_000_000);
  const [arrived] = await Promise.all([readSome(there, sent.length), here.write(sent)]);
  sameBytes(arrived, sent);
  await here.close();
  assert.is(await there.read(new Uint8Array(1)), null);
  await there.close();
});

ifPlatform("a browser that does not read what it gets loses the stream", async () => {
  await using service = await serviceWith({ listen: ["ws://127.0.0.1:0/.ws"] });
  await using browser = await webAstralHost({ address: service.addresses(), token: "alice" });
  await using host = await hostOf(service);
  const protocol = browser.mountStreams("much");
  await browser.ready();
  const [here, there] = await Promise.all([host.openStream({ peerId: ALICE }, "much"), protocol.acceptStream()]);
  const piece = new Uint8Array(1024 * 1024);
  const pouring = (async () => {
    for (let count = 0; count < 200; count++) await here.write(piece);
  })();
  await fails(pouring, "closed", "reset");
  // What had arrived can be read, and then the reason.
  const reading = (async () => {
    while (await there.read(piece) !== null);
  })();
  await fails(reading, "reset");
});

test("only WebSockets are for browsers", async () => {
  const error = await fails(webAstralHost({ address: "tcp:127.0.0.1:8625" }), "unreachable");
  assert.match(error.message, /browsers have only WebSockets/);
});

test.run();
