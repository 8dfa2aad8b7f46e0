/**
 * Programs behind a node of 2026 over TCP and unix sockets, which the node dials: handlers that go and come back,
 * several programs with one token, strangers at the listener, and the node's own operations beside all that.
 *
 * @module
 */

import { statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { dirname } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type AstralObject, decodeObject, encodeObject, parseQuery } from "../../../codec/protocols/astral/mod.ts";
import { draft, unified } from "../../../codec/protocols/warpdrive/mod.ts";
import { astralService } from "../../../src/astral/mod.ts";
import {
  type AstralHost,
  astralHost,
  newAstralHost,
  type NodeAstralHostOptions,
} from "../../../src/host/astral/mod.ts";
import type { HostErrorCode } from "../../../src/host/error.ts";
import type { Stream, StreamProtocol } from "../../../src/host/host.ts";
import { nextMacrotask } from "../../../src/host/timing/system.ts";
import { warpdriveClient } from "../../../src/warpdrive/mod.ts";
import { OldNode } from "../../warpdrive/old-node.ts";
import { Node2026, Wire } from "./node-2026.ts";
import { recordedClock } from "./script.ts";
import { fails, readAll, readSome, sameBytes, utf8 } from "../pair.ts";

const test = suite("astral host and the handlers of a node of 2026");

const NODE = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const ALICE = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";
const TOKENS = { own: NODE, alice: ALICE };
/** How long a caller may take to say what it wants, in milliseconds. */
const PATIENCE_MS = 5000;
/** What takes longer than this does not happen. */
const WAIT_MS_MAX = 20_000;

function nodeOf(where: readonly string[] = ["tcp"]): Promise<Node2026> {
  return Node2026.start({ identity: NODE, alias: "node-a", tokens: TOKENS, where });
}

function hostAt(address: string, options: NodeAstralHostOptions = {}): Promise<AstralHost> {
  return astralHost({ address, token: "own", ...options });
}

/** Waits until something is so; fails if that takes very long. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const startMs = performance.now();
  while (!await isSo()) {
    assert.ok(performance.now() - startMs < WAIT_MS_MAX, `It is not so after ${WAIT_MS_MAX} ms: ${isSo}`);
    await nextMacrotask();
  }
}

/** Waits until a host is registered, however often that fails before. */
function comesBack(host: AstralHost): Promise<void> {
  return until(() => host.ready().then(() => true, () => false));
}

/** Opens a stream to a mounted path, and sends a word each way. */
async function talk(from: AstralHost, protocol: StreamProtocol, peerId = NODE): Promise<[Stream, Stream]> {
  const [here, there] = await Promise.all([from.openStream({ peerId }, protocol.path), protocol.acceptStream()]);
  assert.is(there.peerInfo.peerId, from.peerId);
  await here.write(utf8("there"));
  sameBytes(await readSome(there, 5), utf8("there"));
  await there.write(utf8("back"));
  sameBytes(await readSome(here, 4), utf8("back"));
  return [here, there];
}

/** What the node answers a query for something of its own. */
async function operation(host: AstralHost, query: string): Promise<AstralObject> {
  return decodeObject(await readAll(await host.openStream({ peerId: NODE }, query))).object;
}

/** A connection to a program, as a node begins one. */
async function dialled(endpoint: string, token: string, query: string): Promise<Wire> {
  const wire = await Wire.dial(endpoint);
  const value = { ipcToken: token, id: "00000000000000aa", caller: ALICE, target: NODE, query };
  wire.send({ type: "mod.apphost.handle_query_msg", value });
  return wire;
}

test("two programs with one token, one over TCP and one over a unix socket, leave the node its own", async () => {
  await using node = await nodeOf(["tcp", "unix"]);
  const [tcp, unix] = node.addresses;
  await using one = await hostAt(tcp);
  await using two = await hostAt(unix);
  await using alice = await hostAt(tcp, { token: "alice" });
  assert.equal([one.peerId, two.peerId, alice.peerId], [NODE, NODE, ALICE]);
  const [first, second] = [one.mountStreams("first"), two.mountStreams("second")];
  await Promise.all([one.ready(), two.ready()]);
  for (let round = 0; round < 3; round++) {
    for (const protocol of [first, second]) {
      for (const caller of [alice, one, two]) {
        await Promise.all((await talk(caller, protocol)).map((end) => end.close()));
      }
    }
    assert.equal(await operation(alice, "apphost.whoami"), { type: "identity", value: ALICE });
    assert.equal(await operation(two, "apphost.whoami"), { type: "identity", value: NODE });
    assert.equal(await operation(alice, "dir.resolve?name=node-a"), { type: "identity", value: NODE });
    await fails(alice.openStream({ peerId: NODE }, "third"), "unknown-protocol");
    assert.is(node.asked.at(-1)?.query, "third");
  }
  const endpoints = node.handlers.map(({ endpoint }) => endpoint).sort();
  assert.match(endpoints[0], /^tcp:127\.0\.0\.1:\d+$/);
  const path = endpoints[1].slice("unix:".length);
  assert.is(statSync(path).mode & 0o777, 0o600);
  assert.is(statSync(dirname(path)).mode & 0o777, 0o700);
  const tokens = node.handlers.map(({ token }) => token);
  assert.ok(tokens.every((token) => /^[0-9a-f]{16}$/.test(token)) && tokens[0] !== tokens[1], tokens.join(" "));
});

test("a token of another identity takes the queries of that identity only", async () => {
  await using node = await nodeOf();
  const [address] = node.addresses;
  await using alice = await hostAt(address, { token: "alice" });
  await using host = await hostAt(address);
  const hers = alice.mountStreams("hers");
  await alice.ready();
  await talk(host, hers, ALICE);
  await fails(host.openStream({ peerId: NODE }, "hers"), "unknown-protocol");
  // A missing path of somebody else's looks like one whom nobody knows.
  await fails(host.openStream({ peerId: ALICE }, "his"), "unreachable");
  await fails(alice.openStream({ peerId: ALICE }, "his"), "unknown-protocol");
});

for (const where of ["tcp", "unix"]) {
  test(`a handler that is gone is made anew over ${where}, and streams go on`, async () => {
    await using node = await nodeOf([where]);
    await using host = await hostAt(node.addresses[0]);
    const protocol = host.mountStreams("lasting");
    await host.ready();
    let [before] = node.handlers;
    const streams = await talk(host, protocol);
    for (let round = 0; round < 3; round++) {
      node.unbind();
      await until(() => node.handlers.length === 0);
      await fails(host.openStream({ peerId: NODE }, "lasting"), "unknown-protocol");
      await until(() => node.handlers.length === 1);
      const [now] = node.handlers;
      assert.not.equal([now.token, now.endpoint], [before.token, before.endpoint]);
      assert.is.not(now.token, before.token);
      before = now;
      await talk(host, protocol);
    }
    const [here, there] = streams;
    await here.write(utf8("still here"));
    sameBytes(await readSome(there, 10), utf8("still here"));
  });

  test(`a node that restarts finds its programs again over ${where}`, async () => {
    const first = await nodeOf([where]);
    const [address] = first.addresses;
    await using host = await hostAt(address);
    const protocol = host.mountStreams("lasting");
    await host.ready();
    await talk(host, protocol);
    await first.stop();
    await fails(host.openStream({ peerId: NODE }, "lasting"), "unreachable");
    await until(() => host.openHandles === 0);
    await using _second = await nodeOf([address]);
    await comesBack(host);
    await talk(host, protocol);
  });
}

test("a handler that the node has forgotten without a word is made anew", async () => {
  const clock = recordedClock();
  await using node = await nodeOf();
  await using host = await hostAt(node.addresses[0], { clock });
  const protocol = host.mountStreams("lasting");
  await host.ready();
  const looks = () => clock.timers.filter(({ delayMs }) => delayMs === 60_000);
  const [{ endpoint, token }] = node.handlers;
  // As long as there are queries, nobody looks; and a handler that is still there is found.
  for (const asked of [0, 1]) {
    if (asked === 0) await talk(host, protocol);
    const { length } = looks();
    looks().at(-1)!.run();
    await until(() => looks().length > length);
    assert.is(node.asked.filter(({ query }) => query === "warpwire.handler").length, asked);
    assert.is(node.handlers[0].token, token);
  }
  // What happens to a program that could not be reached in one moment.
  node.handlers.length = 0;
  await fails(host.openStream({ peerId: NODE }, "lasting"), "unknown-protocol");
  looks().at(-1)!.run();
  await until(() => node.handlers.length === 1);
  assert.is.not(node.handlers[0].token, token);
  assert.is.not(node.handlers[0].endpoint, endpoint);
  await comesBack(host);
  await talk(host, protocol);
  // What another program answers says nothing about this one.
  node.handlers.length = 0;
  node.answers.set("warpwire.handler", { type: "mod.apphost.query_rejected_msg", value: { code: 3 } });
  const { length } = looks();
  looks().at(-1)!.run();
  await until(() => looks().length > length);
  assert.equal(node.handlers, []);
  node.answers.clear();
  looks().at(-1)!.run();
  await until(() => node.handlers.length === 1);
});

test("nothing is left when the host has stopped, at the node neither", async () => {
  await using node = await nodeOf(["unix"]);
  const host = await hostAt(node.addresses[0]);
  host.mountStreams("x");
  await host.ready();
  const [{ endpoint }] = node.handlers;
  await host.stop();
  assert.is(host.openHandles, 0);
  assert.throws(() => statSync(dirname(endpoint.slice("unix:".length))), /ENOENT/);
  await until(() => node.handlers.length === 0);
});

test("a caller without the right token is cut off, and reaches nobody", async () => {
  await using node = await nodeOf();
  await using host = await hostAt(node.addresses[0]);
  const protocol = host.mountStreams("private");
  await host.ready();
  const [{ endpoint, token }] = node.handlers;
  const others = ["0000000000000000", `${token.slice(0, -1)}${token.endsWith("0") ? "1" : "0"}`];
  for (const other of others) {
    const wire = await dialled(endpoint, other, "private");
    assert.is(await wire.piece(), null);
  }
  const right = await dialled(endpoint, token, "private?n=7");
  const incoming = await protocol.nextIncoming();
  assert.is(incoming.path, "private?n=7");
  assert.is(incoming.peerInfo.peerId, ALICE);
  await incoming.accept();
  assert.equal(await right.object(), { type: "ack", value: {} });
});

test("refusals are told in the words of the node", async () => {
  await using node = await nodeOf();
  await using host = await hostAt(node.addresses[0]);
  const protocol = host.mountStreams("here", { backlogMax: 1 });
  await host.ready();
  const [{ endpoint, token }] = node.handlers;
  const missing = await dialled(endpoint, token, "elsewhere");
  assert.equal(await missing.object(), { type: "mod.apphost.error_msg", value: { code: "route_not_found" } });
  assert.is(await missing.object(), null);
  const rejected = await dialled(endpoint, token, "here");
  (await protocol.nextIncoming()).reject(9);
  assert.equal(await rejected.object(), { type: "mod.apphost.query_rejected_msg", value: { code: 9 } });
  assert.is(await rejected.object(), null);
  const wires = await Promise.all([0, 1].map(() => dialled(endpoint, token, "here")));
  const answers = wires.map((wire) => wire.object());
  const busy = { type: "mod.apphost.query_rejected_msg", value: { code: 253 } };
  assert.equal(await Promise.race(answers), busy);
  protocol.unmount();
  const left = (await Promise.all(answers)).filter((object) => object?.type !== busy.type);
  assert.equal(left, [{ type: "mod.apphost.error_msg", value: { code: "route_not_found" } }]);
});

test("a query that nobody decides about is busy before the node gives up, and a caller that leaves is noticed", async () => {
  const clock = recordedClock();
  await using node = await nodeOf();
  await using host = await hostAt(node.addresses[0], { clock });
  const protocol = host.mountStreams("slow");
  await host.ready();
  const [{ endpoint, token }] = node.handlers;
  const wire = await dialled(endpoint, token, "slow");
  const incoming = await protocol.nextIncoming();
  clock.timers.find(({ delayMs }) => delayMs === 0.9 * PATIENCE_MS)!.run();
  assert.equal(await wire.object(), { type: "mod.apphost.query_rejected_msg", value: { code: 253 } });
  await fails(incoming.accept(), "closed");
  const other = await dialled(endpoint, token, "slow");
  const left = await protocol.nextIncoming();
  other.end();
  const accepting = async () => {
    const stream = await left.accept();
    assert.is(await stream.read(new Uint8Array(1)), null);
    await left.accept();
  };
  await fails(accepting(), "closed", "reset");
});

test("what is no query harms nobody", async () => {
  const clock = recordedClock();
  await using node = await nodeOf();
  await using host = await hostAt(node.addresses[0], { clock, closeTimeoutMs: 4000 });
  const protocol = host.mountStreams("calm");
  await host.ready();
  const [{ endpoint, token }] = node.handlers;
  const handle = { ipcToken: token, id: "00000000000000aa", caller: null, target: NODE, query: "calm" };
  const pieces = [
    utf8("GET / HTTP/1.1\r\n\r\n".repeat(9)),
    encodeObject({ type: "ack", value: {} }),
    encodeObject({ type: "mod.apphost.auth_token_msg", value: { token } }),
    // A payload of 4 GiB, and one with half of a query.
    Uint8Array.of(3, 0x61, 0x63, 0x6b, 255, 255, 255, 255),
    encodeObject({ type: "bytes32", value: new Uint8Array(200_000) }),
  ];
  for (const bytes of pieces) {
    const wire = await Wire.dial(endpoint);
    void wire.write(bytes);
    assert.is(await wire.piece(), null);
  }
  const half = await Wire.dial(endpoint);
  void half.write(encodeObject({ type: "mod.apphost.handle_query_msg", value: handle }).subarray(0, 40));
  half.end();
  assert.is(await half.piece(), null);
  const silent = await Wire.dial(endpoint);
  const timers = () => clock.timers.filter(({ delayMs }) => delayMs === PATIENCE_MS);
  await until(() => timers().length === pieces.length + 2);
  timers().at(-1)!.run();
  assert.is(await Promise.race([silent.piece(), talk(host, protocol)]), null);
});

test("an address that somebody else had before is still asked for that one", async () => {
  await using node = await nodeOf();
  await using host = await hostAt(node.addresses[0]);
  const protocol = host.mountStreams("mine");
  await host.ready();
  const [{ endpoint }] = node.handlers;
  // Its owner went away without a word, and the system gave the port to this host.
  node.handlers.unshift({ identity: NODE, endpoint, token: "00000000000000aa" });
  await talk(host, protocol);
  assert.is(node.handlers.length, 2);
  // And another one's address leads to nobody any more: the node forgets it, and goes on.
  node.handlers.unshift({ identity: NODE, endpoint: "tcp:127.0.0.1:1", token: "00000000000000bb" });
  await talk(host, protocol);
  assert.is(node.handlers.length, 2);
});

const errorMessage: AstralObject = { type: "error_message", value: "endpoint is taken" };
const REFUSALS: [operation: string, answer: AstralObject, code: HostErrorCode, reason: RegExp][] = [
  ["apphost.register_handler", errorMessage, "unsupported", /refuses "apphost\.register_handler".*endpoint is taken/],
  ["apphost.bind", errorMessage, "unsupported", /refuses "apphost\.bind".*endpoint is taken/],
  [
    "apphost.register_handler",
    { type: "mod.apphost.query_rejected_msg", value: { code: 2 } },
    "unsupported",
    /refuses "apphost\.register_handler"/,
  ],
  // A node that does not have such a thing.
  [
    "apphost.bind",
    { type: "mod.apphost.error_msg", value: { code: "route_not_found" } },
    "unsupported",
    /refuses "apphost\.bind"/,
  ],
  ["apphost.bind", { type: "mod.apphost.error_msg", value: { code: "denied" } }, "unreachable", /denied/],
  ["apphost.bind", { type: "identity", value: NODE }, "protocol", /"identity" in place of .*apphost\.bind/],
];

for (const [path, answer, code, reason] of REFUSALS) {
  test(`a node that answers "${path}" with ${JSON.stringify(answer)} is asked again, each time for a new address`, async () => {
    await using node = await nodeOf();
    node.answers.set(path, answer);
    await using host = await hostAt(node.addresses[0]);
    const protocol = host.mountStreams("wanted");
    assert.match((await fails(host.ready(), code)).message, reason);
    const asked = () => node.asked.filter(({ query }) => query.startsWith(path));
    await until(() => asked().length === 2);
    assert.equal(node.handlers, []);
    const endpoints = asked().map(({ query }) => parseQuery(query).params.get("endpoint"));
    if (path === "apphost.register_handler") assert.is.not(endpoints[0], endpoints[1]);
    node.answers.clear();
    await comesBack(host);
    await talk(host, protocol);
    assert.is(node.handlers.length, 1);
  });
}

for (const where of ["tcp", "unix"]) {
  test(`2,000 connections that say nothing, over ${where}, keep nobody from being served`, async () => {
    await using node = await nodeOf([where]);
    const host = await hostAt(node.addresses[0]);
    await using alice = await hostAt(node.addresses[0], { token: "alice" });
    const protocol = host.mountStreams("busy place");
    await host.ready();
    const [{ endpoint }] = node.handlers;
    const at = where === "unix"
      ? { path: endpoint.slice("unix:".length) }
      : { host: "127.0.0.1", port: Number(endpoint.split(":").at(-1)) };
    const hostile: Socket[] = [];
    const friend = await talk(alice, protocol);
    for (let count = 0; count < 2000; count++) {
      const socket = connect(at);
      socket.on("error", () => {});
      hostile.push(socket);
      // Some say something, and stop in the middle of it.
      if (count % 3 === 0) socket.write(Uint8Array.of(0x1c, 0x6d));
      if (count % 200 !== 199) continue;
      await new Promise((resolve) => socket.once("connect", resolve).once("close", resolve));
      const [here] = await talk(alice, protocol);
      await here.close();
    }
    assert.ok(host.openHandles < 1100, `${host.openHandles} handles`);
    await friend[0].write(utf8("still here"));
    sameBytes(await readSome(friend[1], 10), utf8("still here"));
    assert.equal(await operation(alice, "apphost.whoami"), { type: "identity", value: ALICE });
    for (const socket of hostile) socket.destroy();
    await until(() => host.openHandles < 50);
    await talk(alice, protocol);
    await host.stop();
    assert.is(host.openHandles, 0);
  });
}

test("over a WebSocket nothing is mounted in the place of the node", async () => {
  await using node = await nodeOf(["ws", "tcp"]);
  const [web, tcp] = node.addresses;
  await using host = await hostAt(web);
  assert.throws(() => host.mountStreams("x"), /node's own identity.*TCP port or unix socket/);
  const early = newAstralHost({ address: web, token: "own" });
  early.mountStreams("x");
  await fails(early.start(), "unsupported");
  assert.is(early.openHandles, 0);
  // It opens streams, and is reached with an identity of its own.
  assert.equal(await operation(host, "apphost.whoami"), { type: "identity", value: NODE });
  await using alice = await hostAt(web, { token: "alice" });
  await using other = await hostAt(tcp);
  const [hers, theirs] = [alice.mountStreams("hers"), other.mountStreams("theirs")];
  await Promise.all([alice.ready(), other.ready()]);
  await talk(host, hers, ALICE);
  await talk(host, theirs);
  assert.equal(await operation(alice, "apphost.whoami"), { type: "identity", value: ALICE });
});

test("a host that finds another node at its WebSocket mounts nothing in the place of that", async () => {
  await using service = await astralService({
    identity: NODE,
    listen: ["ws://127.0.0.1:0/.ws"],
    tokens: { own: "localnode" },
  });
  const [address] = service.addresses();
  await using host = await hostAt(address);
  const protocol = host.mountStreams("x");
  await host.ready();
  await talk(host, protocol);
  await service.stop();
  await using node = await Node2026.start({ identity: NODE, alias: "", tokens: TOKENS, where: [address] });
  let error: { readonly code?: string } | null = null;
  await until(async () => {
    error = await host.ready().then(() => null, (error) => error);
    return error?.code === "unsupported";
  });
  assert.match(String(error), /node's own identity/);
  assert.equal(await operation(host, "apphost.whoami"), { type: "identity", value: NODE });
  await node.stop();
});

test("our own service answers its own operations, whoever is mounted, over every transport and in both protocols", async () => {
  await using service = await astralService({
    identity: NODE,
    listen: ["tcp:127.0.0.1:0", "ws://127.0.0.1:0/.ws"],
    tokens: { own: "localnode", alice: ALICE },
  });
  const [tcp, web] = service.addresses();
  const options = [{ address: tcp, protocol: "2023" }, { address: tcp, protocol: "2026" }, { address: web }] as const;
  const hosts = await Promise.all(options.map((each) => astralHost({ ...each, token: "own" })));
  await using alice = await hostAt(tcp, { token: "alice", protocol: "2026" });
  const mounts = hosts.map((host, index) => host.mountStreams(`path ${index}`));
  await Promise.all(hosts.map((host) => host.ready()));
  for (const protocol of mounts) await talk(alice, protocol);
  assert.equal(await operation(alice, "apphost.whoami"), { type: "identity", value: ALICE });
  assert.equal(await operation(hosts[2], "apphost.whoami"), { type: "identity", value: NODE });
  await Promise.all(hosts.map((host) => host.stop()));
});

for (const dialect of [unified, draft]) {
  test(`a warpdrive of the dialect "${dialect.name}" is found where the node says that the other has no route`, async () => {
    await using node = await nodeOf();
    await using program = await hostAt(node.addresses[0]);
    new OldNode(program, dialect);
    await program.ready();
    await using host = await hostAt(node.addresses[0], { token: "alice" });
    const client = warpdriveClient({ host, peer: { peerId: "localnode" }, timeoutMs: 30 });
    // It was recorded not to answer for an offer that it does not know.
    await fails(client.download("nope"), "timeout");
    const wasAsked = node.asked.some(({ query }) => unified.ports.some(({ name }) => name === query));
    assert.is(wasAsked, dialect === draft);
  });
}

test.run();
