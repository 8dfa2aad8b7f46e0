/**
 * The astral host against nodes of 2023 that say what was recorded.
 *
 * @module
 */

import { existsSync, statSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decodePrefix, encode, formatHex, parseHex } from "../../../codec/mod.ts";
import {
  commandRequest,
  inboundQuery,
  type RegisterParameters,
  ZERO_IDENTITY,
} from "../../../codec/protocols/astral/mod.ts";
import type { HostErrorCode } from "../../../src/host/error.ts";
import type { IncomingStream } from "../../../src/host/host.ts";
import { astralHost, newAstralHost, type NodeAstralHostOptions } from "../../../src/host/astral/mod.ts";
import { nextMacrotask } from "../../../src/host/timing/system.ts";
import { fixture } from "../../fixture.ts";
import { type Guest, guestOf, recordedClock, type Scene, scriptedNode, withNode } from "./script.ts";
import { fails, readAll, readSome, sameBytes, utf8 } from "../pair.ts";

const test = suite("astral host and recorded nodes of 2023");

interface Recorded {
  readonly idA: string;
  readonly idB: string;
  readonly dumps: readonly {
    readonly name: string;
    readonly events?: readonly {
      readonly dir: "guest>host" | "host>guest";
      readonly hex: string;
      readonly end?: string;
    }[];
    readonly hex?: string;
    readonly reply?: string | null;
  }[];
}

const { idA, idB, dumps } = fixture("apphost-2023-dialogues.json") as Recorded;

/** Token "tokA" and its acceptance. */
const TOKEN = "04746f6b41";

function dump(index: number, name: string): Recorded["dumps"][number] {
  assert.is(dumps[index].name, name);
  return dumps[index];
}

/** A connection as it was recorded: the guest must send the same bytes, and gets the same answers. */
function recorded(index: number, name: string): Scene {
  const { events = [] } = dump(index, name);
  return async (guest) => {
    for (const { dir, hex, end } of events) {
      if (dir === "guest>host") await guest.expect(hex);
      else if (hex !== "") guest.send(hex);
      if (end === "EOF") guest.end();
    }
  };
}

/** What a host asks when it starts. */
const identify = recorded(1, "resolve-localnode");

function hostAt(address: string, options: NodeAstralHostOptions = {}) {
  return astralHost({ address, token: "tokA", protocol: "2023", ...options });
}

/** Reads the token and a registration, accepts both, and returns what was registered. */
async function acceptRegistration(guest: Guest): Promise<RegisterParameters> {
  await guest.expect(TOKEN);
  guest.send("00");
  const head = await guest.read(1 + 8 + 1);
  const service = await guest.read(head[9] + 1);
  const target = await guest.read(service[head[9]]);
  const request = decodePrefix(commandRequest(), Uint8Array.from([...head, ...service, ...target])).value;
  assert.is(request.command, "register");
  guest.send("00");
  return request as unknown as RegisterParameters;
}

/** The node's dial for a query. */
async function dial(target: string, query: string, caller = idB): Promise<Guest> {
  const [kind, ...rest] = target.split(":");
  const socket = kind === "unix"
    ? connect({ path: rest.join(":") })
    : connect({ host: rest[0], port: Number(rest[1]) });
  const guest = guestOf(socket);
  guest.send(encode(inboundQuery, { caller, query }));
  await new Promise((resolve) => socket.once("connect", resolve));
  return guest;
}

/** What a node of both protocols does when a guest takes its time. */
const greetsFirst: Scene = async (guest) => {
  guest.send(utf8("\x19mod.apphost.host_info_msg"));
  await guest.gone();
};

/** A host with a mounted path, and the address at which the node reaches it. */
async function withMount(
  path: string,
  body: (target: string, next: () => Promise<IncomingStream>) => Promise<void>,
  where: "tcp" | "unix" = "tcp",
  options: NodeAstralHostOptions = {},
): Promise<void> {
  let registered: (parameters: RegisterParameters) => void = () => {};
  const registering = new Promise<RegisterParameters>((resolve) => registered = resolve);
  await withNode([identify, async (guest) => {
    registered(await acceptRegistration(guest));
    await guest.ended();
  }], async (address) => {
    const host = await hostAt(address, options);
    const protocol = host.mountStreams(path);
    const { service, target } = await registering;
    assert.is(service, path);
    await host.ready();
    try {
      await body(target, () => protocol.nextIncoming());
    } finally {
      await host.stop();
    }
    assert.is(host.openHandles, 0);
  }, where);
}

for (const where of ["tcp", "unix"] as const) {
  test(`a host learns its identity over ${where}`, () =>
    withNode([identify], async (address) => {
      const host = await hostAt(address);
      assert.is(host.peerId, idA);
      assert.is(host.nodeId, idA);
      assert.is(host.protocol, "2023");
      assert.equal(host.addresses(), [`astral:${idA}`]);
      await host.stop();
      assert.is(host.openHandles, 0);
    }, where));
}

test("who was too slow to speak first and was greeted tries again", () =>
  withNode([greetsFirst, greetsFirst, identify], async (address) => {
    await using host = await hostAt(address);
    assert.is(host.protocol, "2023");
  }));

test("a node that greets each time is of another protocol", () =>
  withNode([greetsFirst, greetsFirst, greetsFirst, greetsFirst], async (address) => {
    const error = await fails(hostAt(address), "unreachable");
    assert.match(error.message, /does not speak the protocol/);
  }));

test("a token that the node does not accept ends the start", () =>
  withNode([recorded(0, "auth-bad-token")], async (address) => {
    const host = newAstralHost({ address, token: "wrong", protocol: "2023" });
    const error = await fails(host.start(), "unreachable");
    assert.match(error.message, /does not accept the token.*unauthorized/);
    assert.is(host.openHandles, 0);
  }));

/** A guest that only looks whether the node takes its token. */
const look: Scene = async (guest) => {
  await guest.expect(TOKEN);
  guest.send("00");
  await guest.ended();
};

test("a name is resolved by the node, and one that is an identity is it", () =>
  withNode([identify, recorded(2, "resolve-alias-of-node"), look, look], async (address) => {
    await using host = await hostAt(address);
    assert.equal(await host.connect({ peerId: "A" }), { peerId: idA, addresses: [`astral:${idA}`] });
    assert.equal((await host.connect({ peerId: idB.toUpperCase() })).peerId, idB);
    assert.equal((await host.connect({ peerId: "", addresses: ["tcp:x:1", `astral:${idB}`] })).peerId, idB);
  }));

test("an accepted query is a stream", () =>
  withNode([identify, recorded(8, "query-accepted")], async (address) => {
    await using host = await hostAt(address);
    const stream = await host.openStream({ peerId: "localnode" }, "test.svc");
    assert.is(stream.peerInfo.peerId, idA);
    sameBytes(await readSome(stream, 7), utf8("welcome"));
    await stream.write(utf8("hi"));
    sameBytes(await readAll(stream), utf8("echo:hi"));
    await stream.close();
  }));

test("an accepted query to another node is a stream that may end at once", () =>
  withNode([identify, recorded(16, "query-remote-accepted")], async (address) => {
    await using host = await hostAt(address);
    const stream = await host.openStream({ peerId: idB }, "test.svc");
    assert.is(stream.peerInfo.peerId, idB);
    await stream.write(utf8("hi"));
    sameBytes(await readAll(stream), utf8("welcome"));
  }));

test("a session on a stream goes sentence by sentence", () =>
  withNode([identify, recorded(14, "admin")], async (address) => {
    await using host = await hostAt(address);
    const stream = await host.openStream({ peerId: "localnode" }, "admin");
    sameBytes(await readSome(stream, 3), utf8("A> "));
    for (const { dir, hex } of dump(14, "admin").events!.slice(5)) {
      if (dir === "guest>host") await stream.write(parseHex(hex));
      else assert.is(formatHex(await readSome(stream, hex.length / 2)), hex);
    }
  }));

const REFUSALS: [index: number, name: string, peerId: string, path: string, code: HostErrorCode][] = [
  [6, "query-remote-unlinked", idB, "nope", "unreachable"],
  [11, "query-service-silent(local)", idA, "test.svc", "unreachable"],
  [18, "query-remote-rejected", idB, "test.svc", "rejected"],
  [21, "query-remote-dead-target", idB, "dead.svc", "rejected"],
];

for (const [index, name, peerId, path, code] of REFUSALS) {
  test(`${name} is ${code}`, () =>
    withNode([identify, recorded(index, name)], async (address) => {
      await using host = await hostAt(address);
      const error = await fails(host.openStream({ peerId }, path), code);
      assert.is(error.rejectCode, code === "rejected" ? 1 : 0);
    }));
}

const CODES: [answer: string, code: HostErrorCode][] = [
  ["02", "unreachable"],
  ["03", "timeout"],
  ["04", "unreachable"],
  ["10", "unreachable"],
  ["fd", "unreachable"],
  ["77", "unreachable"],
];

for (const [answer, code] of CODES) {
  test(`the result ${answer} of a query is ${code}`, () =>
    withNode([identify, async (guest) => {
      await guest.expect(`${TOKEN}`);
      guest.send("00");
      await guest.read(6 + 33 + 2);
      guest.send(answer);
      guest.end();
    }], async (address) => {
      await using host = await hostAt(address);
      await fails(host.openStream({ peerId: idB }, "x"), code);
    }));
}

for (const where of ["tcp", "unix"] as const) {
  test(`a mounted path is registered as it was recorded, over ${where}`, () =>
    withMount("test.svc", (target) => {
      const [, , { hex: register }] = dump(7, "register").events!;
      const asked = { command: "register" as const, service: "test.svc", target };
      const recordedRequest = decodePrefix(commandRequest(), parseHex(register)).value as RegisterParameters;
      assert.is(recordedRequest.service, asked.service);
      assert.match(recordedRequest.target, /^tcp:127\.0\.0\.1:\d+$/);
      if (where === "tcp") {
        assert.match(target, /^tcp:127\.0\.0\.1:\d+$/);
      } else {
        const path = target.slice("unix:".length);
        assert.is(statSync(path).mode & 0o777, 0o600);
        assert.is(statSync(dirname(path)).mode & 0o777, 0o700);
      }
      return Promise.resolve();
    }, where));

  test(`a query of the node is accepted, or rejected, over ${where}`, () =>
    withMount("test.svc", async (target, next) => {
      const { hex, reply } = dump(9, "inbound-query (node dials target)");
      assert.is(formatHex(encode(inboundQuery, { caller: idA, query: "test.svc" })), hex);
      const guest = await dial(target, "test.svc", idA);
      const incoming = await next();
      assert.is(incoming.peerInfo.peerId, idA);
      assert.is(incoming.path, "test.svc");
      const stream = await incoming.accept();
      await guest.expect(reply!);
      guest.send("6869");
      sameBytes(await readSome(stream, 2), utf8("hi"));
      await stream.close();
      await guest.ended();

      const other = await dial(target, "test.svc", idA);
      (await next()).reject();
      await other.expect(dump(10, "inbound-query (node dials target)").reply!);
      await other.ended();
    }, where));
}

test("a folder of a unix socket is gone when the host has stopped", async () => {
  let folder = "";
  await withMount("x", (target) => {
    folder = dirname(target.slice("unix:".length));
    assert.ok(existsSync(folder));
    return Promise.resolve();
  }, "unix");
  assert.not(existsSync(folder));
});

test("a query may have arguments behind the path, and other paths are refused", () =>
  withMount("user", async (target, next) => {
    const guest = await dial(target, "user?name=al+ice");
    const incoming = await next();
    assert.is(incoming.path, "user?name=al+ice");
    incoming.reject(7);
    await guest.expect("07");
    const unknown = await dial(target, "users");
    await unknown.expect("01");
    await unknown.ended();
  }));

test("the caller of a query may be nobody", () =>
  withMount("open", async (target, next) => {
    const guest = await dial(target, "open", ZERO_IDENTITY);
    const incoming = await next();
    assert.equal(incoming.peerInfo, { peerId: "" });
    await incoming.accept();
    await guest.expect("00");
  }));

test("a query that nobody decides about is refused before the node gives up", () => {
  const clock = recordedClock();
  return withMount(
    "slow",
    async (target, next) => {
      const guest = await dial(target, "slow");
      const incoming = await next();
      const decision = clock.timers.find(({ delayMs }) => delayMs === 900);
      decision?.run();
      await guest.expect("01");
      await fails(incoming.accept(), "closed");
    },
    "tcp",
    { clock },
  );
});

test("a caller that gives up has left", () =>
  withMount("slow", async (target, next) => {
    const guest = await dial(target, "slow");
    const incoming = await next();
    guest.end();
    await fails(reAccept(incoming), "closed", "reset");
  }));

/** Accepts only when the news of the caller's end must have come: an accepted stream would end at once. */
async function reAccept(incoming: IncomingStream): Promise<void> {
  const stream = await incoming.accept();
  const count = await stream.read(new Uint8Array(1));
  if (count === null) await incoming.accept();
}

test("connections without a query, and garbage, harm nobody", () =>
  withMount("calm", async (target, next) => {
    const port = Number(target.split(":")[2]);
    const empty = connect({ host: "127.0.0.1", port });
    await new Promise((resolve) => empty.once("connect", resolve));
    empty.destroy();
    const garbage = guestOf(connect({ host: "127.0.0.1", port }));
    garbage.send(new Uint8Array(34 + 255).fill(0xff));
    await garbage.ended();
    const guest = await dial(target, "calm");
    await (await next()).accept();
    await guest.expect("00");
  }));

test("what another program has registered is not mounted, until that lets go of it", () =>
  withNode([identify, async (guest) => {
    await guest.expect(TOKEN);
    guest.send("00");
    await guest.read(10);
    guest.send("04");
    guest.end();
  }, async (guest) => {
    await acceptRegistration(guest);
    await guest.ended();
  }], async (address) => {
    await using host = await hostAt(address);
    host.mountStreams("taken");
    assert.match((await fails(host.ready(), "mounted")).message, /another program/);
    while (await host.ready().then(() => false, () => true)) {
      await new Promise((resolve) => host.clock.setTimer(5, () => resolve(null)));
    }
  }));

test("unmounting ends the registration, and the path can be mounted again", () =>
  withNode([identify, async (guest) => {
    await acceptRegistration(guest);
    await guest.ended();
    guest.end();
  }, async (guest) => {
    await acceptRegistration(guest);
    await guest.ended();
  }], async (address) => {
    await using host = await hostAt(address);
    const protocol = host.mountStreams("again");
    await host.ready();
    protocol.unmount();
    host.mountStreams("again");
    protocol.unmount();
    await host.ready();
  }));

test("mounts come back when the node does, and nothing is reached in between", async () => {
  const first = await scriptedNode([identify, async (guest) => {
    await acceptRegistration(guest);
    guest.end();
  }]);
  await using host = await hostAt(first.address);
  const protocol = host.mountStreams("lasting");
  await host.ready();
  await first.stop();
  await fails(host.openStream({ peerId: idB }, "x"), "unreachable");
  let registered: (parameters: RegisterParameters) => void = () => {};
  const registering = new Promise<RegisterParameters>((resolve) => registered = resolve);
  const second = await scriptedNode([async (guest) => {
    registered(await acceptRegistration(guest));
    await guest.ended();
  }], first.address);
  const { target } = await registering;
  const guest = await dial(target, "lasting");
  await protocol.acceptStream();
  await guest.expect("00");
  await host.stop();
  await second.played;
  await second.stop();
});

test("a protocol mounted before the start is registered by it", () =>
  withNode([identify, async (guest) => {
    assert.is((await acceptRegistration(guest)).service, "early");
    await guest.ended();
  }], async (address) => {
    const host = newAstralHost({ address, token: "tokA", protocol: "2023" });
    await fails(host.ready(), "closed");
    host.mountStreams("early");
    await host.start();
    await host.ready();
    await host.stop();
  }));

test("a node that says nothing times out, and stopping ends a start", () =>
  withNode([identify, (guest) => guest.gone(), (guest) => guest.gone()], async (address) => {
    await using host = await hostAt(address);
    await fails(host.openStream({ peerId: idB }, "x", { timeoutMs: 30 }), "timeout");
    const silent = newAstralHost({ address, protocol: "2023", token: "" });
    const starting = fails(silent.start(), "closed");
    while (silent.openHandles === 0) await nextMacrotask();
    await silent.stop();
    await starting;
    assert.is(silent.openHandles, 0);
  }));

test.run();
