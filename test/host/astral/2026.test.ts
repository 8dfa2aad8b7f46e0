/**
 * The astral host against nodes of 2026 that follow a script, and finding out which of the two protocols a node speaks.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex } from "../../../codec/mod.ts";
import {
  type AstralObject,
  decodeObject,
  decodeObjectJson,
  encodeObject,
  type RouteQuery,
} from "../../../codec/protocols/astral/mod.ts";
import { astralHost, newAstralHost, type NodeAstralHostOptions } from "../../../src/host/astral/mod.ts";
import type { HostErrorCode } from "../../../src/host/error.ts";
import { nextMacrotask } from "../../../src/host/timing/system.ts";
import { fixture } from "../../fixture.ts";
import { type Guest, recordedClock, type Scene, scriptedNode, withNode } from "./script.ts";
import { fails, readAll, readSome, sameBytes, utf8 } from "../pair.ts";

const test = suite("astral host and scripted nodes of 2026");

/** The recorded session with the official client in JSON: its objects, by connection, in binary. */
const session = (fixture("apphost-2026-websocket-json-session.json") as [string, string, string][])
  .filter(([, direction]) => direction.includes(">"))
  .map(([connection, direction, text]) => ({ connection, direction, text: text.trim() }));

const NODE = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const GUEST = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";
const OTHER = "03e0cb786fc4f727d2d7f135741d81e5ad0e005c0e70d97131bf13e3359012e527";

const greeting: AstralObject = { type: "mod.apphost.host_info_msg", value: { identity: NODE, alias: "node-a" } };
const ack: AstralObject = { type: "ack", value: {} };
const accepted: AstralObject = { type: "mod.apphost.query_accepted_msg", value: {} };
const errorOf = (code: string): AstralObject => ({ type: "mod.apphost.error_msg", value: { code } });

/** The object of the recorded session with this place on its connection. */
function recordedObject(connection: string, index: number): AstralObject {
  const { text } = session.filter((event) => event.connection === connection)[index];
  return decodeObjectJson(text).object;
}

async function nextObject(guest: Guest): Promise<AstralObject> {
  const head = await guest.read(1);
  const rest = await guest.read(head[0] + 4);
  const payload = await guest.read(new DataView(rest.buffer, head[0]).getUint32(0));
  return decodeObject(Uint8Array.from([...head, ...rest, ...payload])).object;
}

/** Greets and accepts the token, as recorded. */
async function greet(guest: Guest): Promise<void> {
  guest.send(recordedObject("conn1", 0));
  await guest.expect(recordedObject("conn1", 1));
  guest.send(recordedObject("conn1", 2));
}

const identify: Scene = async (guest) => {
  await greet(guest);
  await guest.ended();
};

/** Reads a query, which is the recorded one but for its random nonce. */
async function expectQuery(guest: Guest, connection: string): Promise<void> {
  const asked = await nextObject(guest);
  const expected = recordedObject(connection, 3);
  assert.is(asked.type, "mod.apphost.route_query_msg");
  const { nonce, ...rest } = asked.value as RouteQuery;
  assert.match(nonce, /^[0-9a-f]{16}$/);
  const { nonce: _, ...expectedRest } = expected.value as RouteQuery;
  assert.equal(rest, expectedRest);
}

function hostAt(address: string, options: NodeAstralHostOptions = {}) {
  return astralHost({ address, token: "tok", protocol: "2026", ...options });
}

test("a host has the identity of its token", () =>
  withNode([identify], async (address) => {
    await using host = await hostAt(address);
    assert.is(host.peerId, GUEST);
    assert.is(host.nodeId, NODE);
    assert.is(host.protocol, "2026");
    assert.equal(host.addresses(), [`astral:${GUEST}`]);
  }));

test("a token that the node does not accept ends the start", () =>
  withNode([async (guest) => {
    guest.send(recordedObject("conn2", 0));
    await guest.expect(recordedObject("conn2", 1));
    guest.send(recordedObject("conn2", 2));
    await guest.ended();
  }], async (address) => {
    const error = await fails(hostAt(address, { token: "bad" }), "unreachable");
    assert.match(error.message, /does not accept the token.*auth_failed/);
  }));

test("without a token a host is the node, opens streams, and cannot be reached", () =>
  withNode([async (guest) => {
    guest.send(greeting);
    await guest.ended();
  }, async (guest) => {
    guest.send(greeting);
    const asked = await nextObject(guest);
    assert.is((asked.value as RouteQuery).caller, null);
    guest.send(accepted);
    guest.send(utf8("hi"));
    guest.end();
  }], async (address) => {
    await using host = await hostAt(address, { token: "" });
    assert.is(host.peerId, NODE);
    assert.throws(() => host.mountStreams("x"), /only to programs with a token/);
    sameBytes(await readAll(await host.openStream({ peerId: OTHER }, "x")), utf8("hi"));
  }));

test("something mounted before the start needs a token", () =>
  withNode([async (guest) => {
    guest.send(greeting);
    await guest.gone();
  }], async (address) => {
    const host = newAstralHost({ address, token: "", protocol: "2026" });
    host.mountStreams("x");
    await fails(host.start(), "unsupported");
    assert.is(host.openHandles, 0);
  }));

test("an accepted query is a stream", () =>
  withNode([identify, async (guest) => {
    await greet(guest);
    await expectQuery(guest, "conn3");
    // The acceptance and the first bytes of the stream come as one piece.
    guest.send(Uint8Array.from([...encodeObject(recordedObject("conn3", 4)), ...utf8("hi")]));
    await guest.expect(utf8("back"));
    guest.end();
  }], async (address) => {
    await using host = await hostAt(address);
    const stream = await host.openStream({ peerId: NODE }, "user.info?name=al+ice%26x");
    assert.is(stream.peerInfo.peerId, NODE);
    sameBytes(await readSome(stream, 2), utf8("hi"));
    await stream.write(utf8("back"));
    assert.is(await stream.read(new Uint8Array(1)), null);
  }));

test("a rejected query has the number of the rejection", () =>
  withNode([identify, async (guest) => {
    await greet(guest);
    await expectQuery(guest, "conn5");
    guest.send(recordedObject("conn5", 4));
    await guest.gone();
  }], async (address) => {
    await using host = await hostAt(address);
    assert.is((await fails(host.openStream({ peerId: NODE }, "rej"), "rejected")).rejectCode, 7);
  }));

const REFUSALS: [answer: AstralObject | string, code: HostErrorCode, target?: string][] = [
  // Nobody takes the query: a peer may be away, but neither the node nor this program is.
  [recordedObject("conn4", 4), "unreachable"],
  [recordedObject("conn4", 4), "unknown-protocol", NODE],
  [recordedObject("conn4", 4), "unknown-protocol", GUEST],
  [errorOf("denied"), "unreachable", NODE],
  [errorOf("denied"), "unreachable"],
  [errorOf("target_not_allowed"), "unreachable"],
  [errorOf("internal_error"), "unreachable"],
  [errorOf("timeout"), "timeout"],
  [errorOf("canceled"), "aborted"],
  [errorOf("toString"), "unreachable"],
  [{ type: "mod.apphost.query_rejected_msg", value: { code: 0 } }, "rejected"],
  [{ type: "mod.apphost.query_rejected_msg", value: { code: 253 } }, "busy"],
  [{ type: "mod.apphost.query_rejected_msg", value: { code: 254 } }, "unknown-protocol"],
  [greeting, "unreachable"],
  // A type that nobody knows; a payload of 4 GiB; text of another protocol; nothing.
  ["03 666f6f 00000000", "unreachable"],
  ["03 61636b ffffffff", "unreachable"],
  [formatHex(utf8("HTTP/1.1 400 Bad Request\r\n\r\n")), "unreachable"],
  ["", "unreachable"],
];

for (const [answer, code, target = OTHER] of REFUSALS) {
  const title = typeof answer === "string" ? `"${answer}"` : `${answer.type} ${JSON.stringify(answer.value)}`;
  test(`the answer ${title} to a query for ${target.slice(0, 4)} is ${code}`, () =>
    withNode([identify, async (guest) => {
      await greet(guest);
      await nextObject(guest);
      guest.send(answer);
      guest.end();
    }], async (address) => {
      await using host = await hostAt(address);
      const error = await fails(host.openStream({ peerId: target }, "x"), code);
      if (code === "rejected") assert.is(error.rejectCode, 1);
      await fails(host.openStream({ peerId: OTHER }, "x", { signal: AbortSignal.abort() }), "aborted");
    }));
}

test("names are resolved by the node, and its own need not be", () =>
  withNode([
    identify,
    async (guest) => {
      await greet(guest);
      const { target, query } = (await nextObject(guest)).value as RouteQuery;
      assert.is(target, NODE);
      assert.is(query, "dir.resolve?name=al+ice");
      guest.send(accepted);
      guest.send({ type: "identity", value: OTHER });
      guest.end();
    },
    async (guest) => {
      await greet(guest);
      await nextObject(guest);
      guest.send({ type: "mod.apphost.query_rejected_msg", value: { code: 8 } });
      guest.end();
    },
    identify,
    identify,
  ], async (address) => {
    await using host = await hostAt(address);
    assert.is((await host.connect({ peerId: "al ice" })).peerId, OTHER);
    await fails(host.connect({ peerId: "nobody" }), "unreachable");
    assert.is((await host.connect({ peerId: "node-a" })).peerId, NODE);
    assert.is((await host.connect({ peerId: "localnode" })).peerId, NODE);
  }));

/** Registers the program, as recorded. */
async function acceptRegistration(guest: Guest): Promise<void> {
  await greet(guest);
  await guest.expect(recordedObject("conn6", 3));
  guest.send(recordedObject("conn6", 4));
}

test("a query is attached, another rejected, as recorded", () => {
  let rejected: () => void = () => {};
  const rejection = new Promise<void>((resolve) => rejected = resolve);
  return withNode([identify, async (guest) => {
    await acceptRegistration(guest);
    guest.send(recordedObject("conn6", 5));
    guest.send(recordedObject("conn6", 6));
    await guest.expect(recordedObject("conn6", 7));
    rejected();
    await guest.ended();
  }, async (guest) => {
    guest.send(recordedObject("conn7", 0));
    await guest.expect(recordedObject("conn7", 1));
    guest.send(recordedObject("conn7", 2));
    await guest.expect(utf8("hello"));
    await guest.ended();
    guest.end();
  }], async (address) => {
    await using host = await hostAt(address);
    const [send, forbidden] = [host.mountStreams("warpdrive.send"), host.mountStreams("forbidden")];
    await host.ready();
    const incoming = await send.nextIncoming();
    assert.is(incoming.path, "warpdrive.send?in=json&out=json");
    assert.is(incoming.peerInfo.peerId, NODE);
    const stream = await incoming.accept();
    assert.is(stream.peerInfo.peerId, NODE);
    await stream.write(utf8("hello"));
    await stream.close();
    const other = await forbidden.nextIncoming();
    assert.equal(other.peerInfo, { peerId: "" });
    other.reject();
    await rejection;
  }, "ws");
});

test("queries for other paths are refused, and those that are gone cannot be accepted", () =>
  withNode([identify, async (guest) => {
    await acceptRegistration(guest);
    const value = { queryId: "00000000000000aa", caller: OTHER, target: GUEST, query: "other" };
    guest.send({ type: "mod.apphost.incoming_query_msg", value });
    await guest.expect({ type: "mod.apphost.reject_incoming_msg", value: { queryId: value.queryId, code: 254 } });
    guest.send({ type: "mod.apphost.incoming_query_msg", value: { ...value, query: "mine" } });
    await guest.gone();
  }, async (guest) => {
    guest.send(greeting);
    await nextObject(guest);
    guest.send(errorOf("route_not_found"));
    guest.end();
  }], async (address) => {
    await using host = await hostAt(address);
    const mine = host.mountStreams("mine");
    const incoming = await mine.nextIncoming();
    await fails(incoming.accept(), "reset");
  }, "ws"));

test("a program that may not be reached is told", () =>
  withNode([identify, async (guest) => {
    await greet(guest);
    await nextObject(guest);
    guest.send(errorOf("denied"));
    await guest.gone();
  }], async (address) => {
    await using host = await hostAt(address);
    host.mountStreams("x");
    assert.match((await fails(host.ready(), "unsupported")).message, /denied/);
  }, "ws"));

test("mounts come back when the node does", async () => {
  const first = await scriptedNode([identify, async (guest) => {
    await acceptRegistration(guest);
    guest.end();
  }], "ws");
  await using host = await hostAt(first.address);
  const protocol = host.mountStreams("lasting");
  await host.ready();
  await first.stop();
  await fails(host.openStream({ peerId: OTHER }, "x"), "unreachable");
  const second = await scriptedNode([async (guest) => {
    await acceptRegistration(guest);
    const value = { queryId: "00000000000000aa", caller: OTHER, target: GUEST, query: "lasting" };
    guest.send({ type: "mod.apphost.incoming_query_msg", value });
    await guest.gone();
  }, async (guest) => {
    guest.send(greeting);
    await nextObject(guest);
    guest.send(ack);
    await guest.gone();
  }], first.address);
  assert.is((await protocol.acceptStream()).peerInfo.peerId, OTHER);
  await host.stop();
  await second.played;
  await second.stop();
});

test("a node that greets is one of 2026, and that is remembered", () =>
  withNode([identify, async (guest) => {
    await greet(guest);
    await nextObject(guest);
    guest.send(accepted);
    await guest.gone();
  }], async (address) => {
    await using host = await hostAt(address, { protocol: "auto", greetingMs: 5000 });
    assert.is(host.protocol, "2026");
    await host.openStream({ peerId: OTHER }, "x");
  }));

const token2023 = "03 746f6b";
const identify2023: Scene = async (guest) => {
  await guest.expect(token2023);
  guest.send("00");
  await guest.expect("07 7265736f6c7665 09 6c6f63616c6e6f6465");
  guest.send(`00 ${NODE}`);
  guest.end();
};

test("a node that does not greet is one of 2023, and that is remembered", () => {
  const clock = recordedClock();
  const waits = () => clock.timers.filter(({ delayMs }) => delayMs === 33).length;
  return withNode([identify2023, async (guest) => {
    await guest.expect(token2023);
    guest.send("00");
    await guest.read(6 + 33 + 2);
    guest.send("00");
    guest.end();
  }], async (address) => {
    await using host = await hostAt(address, { protocol: "auto", greetingMs: 33, clock });
    assert.is(host.protocol, "2023");
    assert.is(waits(), 1);
    await host.openStream({ peerId: OTHER }, "x");
    assert.is(waits(), 1);
  });
});

test("a greeting that comes late is understood", () =>
  withNode([async (guest) => {
    // The guest has lost its patience and speaks first.
    await guest.expect(token2023);
    guest.send(greeting);
    await guest.gone();
  }, identify], async (address) => {
    await using host = await hostAt(address, { protocol: "auto", greetingMs: 1 });
    assert.is(host.protocol, "2026");
    assert.is(host.peerId, GUEST);
  }));

test("the addresses are tried in their order", () =>
  withNode([identify], async (address) => {
    await using host = await hostAt("", { address: ["tcp:127.0.0.1:1", "unix:/does/not/exist", address] });
    assert.is(host.peerId, GUEST);
  }));

test("an address at which nobody answers is given up for the next one", async () => {
  const silent = await scriptedNode(Array<Scene>(2).fill((guest) => guest.gone()));
  await withNode([identify, identify], async (address) => {
    for (const protocol of ["auto", "2026"] as const) {
      const addresses = [silent.address, address];
      await using host = await hostAt("", { address: addresses, addressTimeoutMs: 60, greetingMs: 20, protocol });
      assert.is(host.peerId, GUEST);
    }
  });
  await silent.stop();
});

test("no node is unreachable, and what is no address is refused", async () => {
  const addresses = ["tcp:127.0.0.1:1", "ws://127.0.0.1:1/.ws"];
  const error = await fails(hostAt("", { address: addresses }), "unreachable");
  assert.instance(error.cause, Array);
  for (const address of ["http://x", "udp:127.0.0.1:1", "tcp:127.0.0.1", "ws:127.0.0.1", ""]) {
    assert.throws(() => newAstralHost({ address }), (error: { code?: unknown }) => error.code === "address");
  }
});

test("the environment has the defaults", async () => {
  const { default: process } = await import("node:process");
  await withNode([identify], async (address) => {
    const before = { ...process.env };
    process.env.ASTRALD_APPHOST_ADDR = `tcp:127.0.0.1:1;${address}`;
    process.env.ASTRALD_APPHOST_TOKEN = "tok";
    try {
      await using host = await astralHost({ protocol: "2026" });
      assert.is(host.peerId, GUEST);
    } finally {
      for (const name of ["ASTRALD_APPHOST_ADDR", "ASTRALD_APPHOST_TOKEN"]) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });
});

test("messages are read to their last byte, in pieces of any size", () =>
  withNode([async (guest) => {
    for (const byte of encodeObject(greeting)) {
      guest.send(Uint8Array.of(byte));
      await nextMacrotask();
    }
    await guest.ended();
  }], async (address) => {
    await using host = await hostAt(address, { token: "", protocol: "auto", greetingMs: 5000 });
    assert.is(host.peerId, NODE);
  }));

test.run();
