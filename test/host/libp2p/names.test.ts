import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  canonicalPeerId,
  fromLibp2pId,
  fromMultiaddrText,
  peerIdOfMultiaddr,
  toLibp2pId,
  toMultiaddrText,
} from "../../../src/host/libp2p/names.ts";
import {
  closeLockChannels,
  LIBP2P_PACKAGES,
  load,
  providePromiseWithResolvers,
  withResolvers,
} from "../../../src/host/libp2p/packages.ts";
import { Identity } from "../../../src/identity/mod.ts";
import { readJson } from "../../../tasks/project.ts";
import { fails } from "../pair.ts";

const test = suite("names and packages of libp2p");

test("addresses have a form here and one there", () => {
  const rows = [
    ["tcp:127.0.0.1:4001", "/ip4/127.0.0.1/tcp/4001"],
    ["tcp:[::1]:4001", "/ip6/::1/tcp/4001"],
    ["tcp:[fe80::1%eth0]:1", "/ip6zone/eth0/ip6/fe80::1/tcp/1"],
    ["tcp:example.org:80", "/dns/example.org/tcp/80"],
  ];
  for (const [address, text] of rows) {
    assert.is(toMultiaddrText(address), text);
    assert.is(fromMultiaddrText(text), address);
    assert.is(fromMultiaddrText(`${text}/p2p/16Uiu2HAm`), address);
    assert.is(peerIdOfMultiaddr(`${text}/p2p/16Uiu2HAm`), "16Uiu2HAm");
    assert.is(peerIdOfMultiaddr(text), null);
  }
});

test("what TCP alone does not reach stays a multiaddr, and other kinds are none", () => {
  for (const text of ["/ip4/192.0.2.1/udp/1/quic-v1", "/ip4/192.0.2.1/tcp/1/ws", "/dnsaddr/example.org", "/"]) {
    assert.is(toMultiaddrText(text), text);
    assert.is(fromMultiaddrText(text), text);
  }
  for (const text of ["udp:127.0.0.1:1", "unix:/x", "memory:x", "tcp:1", "", `/${"x".repeat(600)}`]) {
    assert.is(toMultiaddrText(text), null);
  }
});

test("peers are called by their key, or else as libp2p calls them", () => {
  const { astralIdentity, peerId } = Identity.generate();
  assert.is(fromLibp2pId(peerId), astralIdentity);
  assert.is(toLibp2pId(astralIdentity), peerId);
  assert.is(toLibp2pId(astralIdentity.toUpperCase()), peerId);
  for (const id of [peerId, astralIdentity.toUpperCase()]) assert.is(canonicalPeerId(id), astralIdentity);
  for (const id of ["", "somebody", "00".repeat(33)]) assert.is(canonicalPeerId(id), id);
  const other = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";
  assert.is(fromLibp2pId(other), other);
  assert.is(toLibp2pId(other), other);
  assert.is(toLibp2pId("00".repeat(33)), null);
});

test("a package that is missing is named, with the reason", async () => {
  const missing = new Error("Cannot find package");
  const error = await fails(load("@libp2p/tcp", () => Promise.reject(missing)), "unsupported");
  assert.match(error.message, /"@libp2p\/tcp": Cannot find package/);
  assert.is(error.cause, missing);
});

test("the versions that fit together are those that are installed with the package", () => {
  const { dependencies } = readJson<{ dependencies: Record<string, string> }>("package.json");
  for (const [name, major] of Object.entries(LIBP2P_PACKAGES)) {
    assert.is(dependencies[name].split(".")[0], `^${major}`, name);
  }
});

test("channels are as before, but for those that libp2p leaves open", () => {
  closeLockChannels();
  closeLockChannels();
  const [channel, other] = [new BroadcastChannel("test"), new BroadcastChannel("mortice")];
  assert.is(channel.name, "test");
  assert.instance(channel, BroadcastChannel);
  channel.postMessage("nobody listens");
  // Where a channel can be unreferenced, as on Node, libp2p does that itself.
  if ("unref" in BroadcastChannel.prototype) other.postMessage("open");
  else assert.throws(() => other.postMessage("closed"));
  channel.close();
  other.close();
});

test("promises with their resolvers", async () => {
  providePromiseWithResolvers();
  const { withResolvers: provided } = Promise as unknown as { withResolvers: typeof withResolvers };
  for (const make of [withResolvers, provided]) {
    const [kept, broken] = [make.call(Promise), make.call(Promise)];
    kept.resolve(1);
    assert.is(await kept.promise, 1);
    broken.reject("no");
    assert.is(await broken.promise.catch((reason) => reason), "no");
  }
});

test.run();
