/**
 * The astral host and nodes that lie, stammer, or are none: whatever they send, the host goes on.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { type AstralObject, encodeObject, WEBSOCKET_PROTOCOLS } from "../../../codec/protocols/astral/mod.ts";
import { astralHost, newAstralHost } from "../../../src/host/astral/mod.ts";
import { joinBytes } from "../../../src/bytes.ts";
import { HostError } from "../../../src/host/error.ts";
import { SeededRandom } from "../../../src/host/sim/random.ts";
import { nextMacrotask, systemClock } from "../../../src/host/timing/system.ts";
import { seed } from "../../codec/seed.ts";
import { type Guest, type Scene, scriptedNode } from "./script.ts";
import { fails, readSome, sameBytes, utf8 } from "../pair.ts";

const test = suite("astral host and hostile nodes");

const NODE = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const OTHER = "03e0cb786fc4f727d2d7f135741d81e5ad0e005c0e70d97131bf13e3359012e527";

const greeting: AstralObject = { type: "mod.apphost.host_info_msg", value: { identity: NODE, alias: "" } };
const success: AstralObject = { type: "mod.apphost.auth_success_msg", value: { guestId: NODE } };
/** The token is not the node's own. */
const successOther: AstralObject = { type: "mod.apphost.auth_success_msg", value: { guestId: OTHER } };
const accepted: AstralObject = { type: "mod.apphost.query_accepted_msg", value: {} };
const ack: AstralObject = { type: "ack", value: {} };

/** How opening a stream may end when the node does whatever it likes. */
const ENDS = ["opened", "rejected", "unknown-protocol", "busy", "unreachable", "timeout", "aborted"];

const objects: AstralObject[] = [
  greeting,
  success,
  accepted,
  ack,
  { type: "mod.apphost.error_msg", value: { code: "internal_error" } },
  { type: "mod.apphost.query_rejected_msg", value: { code: 200 } },
  {
    type: "mod.apphost.incoming_query_msg",
    value: { queryId: "00000000000000aa", caller: null, target: null, query: "x".repeat(3000) },
  },
  { type: "bytes32", value: new Uint8Array(5000) },
];

/** Mostly begins well; then sends some messages, of which any may be cut or spoilt, and ends in one of three ways. */
function spiteful(random: SeededRandom, beginning: Uint8Array, pieces: readonly Uint8Array[]): Scene {
  const pick = (count: number) => Math.floor(random.next() * count);
  return (guest: Guest) => {
    if (pick(4) > 0) guest.send(beginning);
    for (let count = pick(5); count >= 0; count--) {
      const bytes = pieces[pick(pieces.length)].slice();
      if (pick(3) === 0) bytes[pick(bytes.length)] ^= 1 << pick(8);
      guest.send(pick(4) === 0 ? bytes.subarray(0, pick(bytes.length)) : bytes);
      if (pick(4) === 0) guest.send(random.bytes(pick(300)));
    }
    if (pick(3) > 0) guest.end();
    return guest.gone();
  };
}

const identify2023: Scene = async (guest) => {
  await guest.read(4);
  guest.send("00");
  await guest.read(18);
  guest.send(`00${NODE}`);
  guest.end();
};

const identify2026: Scene = async (guest) => {
  guest.send(greeting);
  guest.send(success);
  await guest.gone();
};

const greeted = Uint8Array.from([...encodeObject(greeting), ...encodeObject(success)]);

const PROTOCOLS = [
  {
    protocol: "2023",
    identify: identify2023,
    fair: (guest: Guest) => {
      guest.send("0000");
      return guest.gone();
    },
    beginning: Uint8Array.of(0),
    pieces: [0, 1, 2, 3, 7, 0x10, 0xff].map((code) => Uint8Array.of(code)),
  },
  {
    protocol: "2026",
    identify: identify2026,
    fair: (guest: Guest) => {
      guest.send(greeted);
      guest.send(accepted);
      return guest.gone();
    },
    beginning: greeted,
    pieces: objects.map((object) => encodeObject(object)),
  },
] as const;

for (const { protocol, identify, fair, beginning, pieces } of PROTOCOLS) {
  test(`whatever a node of ${protocol} answers, opening ends, with a stream or an error`, async () => {
    console.log(`  WARPWIRE_SEED=${seed}`);
    const random = new SeededRandom(seed, Number(protocol));
    const rounds = 200;
    const spite = spiteful(random, beginning, pieces);
    let isFair = true;
    const scene: Scene = (guest) => isFair ? fair(guest) : spite(guest);
    const node = await scriptedNode([identify, ...Array<Scene>(3 * rounds).fill(scene)]);
    const host = await astralHost({ address: node.address, token: "tok", protocol });
    const ends = new Map<string, number>();
    const open = async (peerId: string, timeoutMs: number) => {
      const end = await host.openStream({ peerId }, "x", { timeoutMs }).then((stream) => {
        stream.abort();
        return "opened";
      }, (error) => error instanceof HostError ? error.code : Promise.reject(error));
      ends.set(end, 1 + (ends.get(end) ?? 0));
      return end;
    };
    for (let round = 0; round < rounds; round++) {
      isFair = false;
      const end = await open(round % 5 === 0 ? "name" : OTHER, 100);
      assert.ok(ENDS.includes(end), `${end} in round ${round}`);
      isFair = true;
      if (round % 10 === 0) assert.is(await open(OTHER, 10_000), "opened", `after round ${round}`);
    }
    assert.ok((ends.get("unreachable") ?? 0) > 0 && ends.size > 2, JSON.stringify([...ends]));
    await host.stop();
    assert.is(host.openHandles, 0);
    await node.stop();
  });
}

test("a registration with a node that sends garbage is made again, and harms nobody", async () => {
  let registrations = 0;
  const register: Scene = async (guest) => {
    await identify2026Register(guest);
    registrations += 1;
    guest.send(registrations % 2 === 0 ? greeting : "ff".repeat(300));
    await guest.gone();
  };
  const node = await scriptedNode([identifyOther, register, register, register], "ws");
  const host = await astralHost({ address: node.address, token: "tok", protocol: "2026" });
  host.mountStreams("x");
  while (registrations < 3) await nextMacrotask();
  await host.stop();
  await node.stop();
  assert.is(host.openHandles, 0);
});

const identifyOther: Scene = async (guest) => {
  guest.send(greeting);
  guest.send(successOther);
  await guest.gone();
};

async function identify2026Register(guest: Guest): Promise<void> {
  guest.send(greeting);
  guest.send(successOther);
  await guest.read(encodeObject({ type: "mod.apphost.auth_token_msg", value: { token: "tok" } }).length);
  await guest.read(encodeObject({ type: "mod.apphost.register_service_msg", value: { identity: OTHER } }).length);
  guest.send(ack);
}

for (const where of ["tcp", "unix"] as const) {
  test(`whatever a node does while a handler is made, over ${where}, nothing is left of it`, async () => {
    console.log(`  WARPWIRE_SEED=${seed}`);
    const random = new SeededRandom(seed, where.length);
    const rounds = 60;
    let played = 0;
    const pieces = [
      ...objects.map((object) => encodeObject(object)),
      encodeObject({ type: "error_message", value: "" }),
    ];
    const beginnings = [greeted, joinBytes([greeted, encodeObject(accepted), encodeObject(ack)])];
    const scene: Scene = (guest) => {
      played += 1;
      return spiteful(random, beginnings[played % 2], pieces)(guest);
    };
    const node = await scriptedNode([identify2026, ...Array<Scene>(2 * rounds).fill(scene)], where);
    // Pauses and limits are those of the host, only shorter.
    const clock = {
      now: systemClock.now,
      setTimer: (ms: number, run: () => void) => systemClock.setTimer(ms / 100, run),
    };
    const host = await astralHost({ address: node.address, token: "tok", protocol: "2026", clock });
    host.mountStreams("x");
    while (played < rounds) await nextMacrotask();
    assert.ok(host.openHandles < 10, `${host.openHandles} handles`);
    await host.stop();
    assert.is(host.openHandles, 0);
    await node.stop();
  });
}

/** A node of WebSockets; each connection is handed to `onConnection`. */
async function withWebSockets(
  onConnection: (socket: WebSocket) => void,
  body: (address: string) => Promise<void>,
  protocol: string | false = WEBSOCKET_PROTOCOLS.binary,
): Promise<void> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, path: "/.ws", handleProtocols: () => protocol });
  server.on("connection", (socket) => onConnection(socket.on("error", () => {})));
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    await body(`ws://127.0.0.1:${(server.address() as { port: number }).port}/.ws`);
  } finally {
    for (const socket of server.clients) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("objects come in messages of any size over a WebSocket", () =>
  withWebSockets((socket) => {
    for (const byte of encodeObject(greeting)) socket.send(Uint8Array.of(byte));
    socket.send(Uint8Array.from([...encodeObject(successOther), ...encodeObject(accepted), ...utf8("early")]));
  }, async (address) => {
    await using host = await astralHost({ address, token: "tok" });
    assert.is(host.protocol, "2026");
    const stream = await host.openStream({ peerId: OTHER }, "x");
    sameBytes(await readSome(stream, 5), utf8("early"));
  }));

for (const protocol of [false, WEBSOCKET_PROTOCOLS.json] as const) {
  test(`a WebSocket of the sub-protocol ${protocol} is no node's`, () =>
    withWebSockets((socket) => socket.send("{}"), async (address) => {
      await fails(astralHost({ address, token: "tok" }), "unreachable");
    }, protocol));
}

test("text on a WebSocket breaks the stream, and so does every end but an orderly one", () => {
  const ends: ((socket: WebSocket) => void)[] = [
    (socket) => socket.send("text"),
    (socket) => socket.close(1008),
    (socket) => socket.terminate(),
    (socket) => socket.close(1000),
    (socket) => socket.close(1001),
  ];
  let opened = -1;
  return withWebSockets((socket) => {
    socket.send(encodeObject(greeting));
    socket.send(encodeObject(successOther));
    const end = ends[opened++];
    if (end === undefined) return;
    let asked = false;
    socket.on("message", (data: RawData) => {
      // The token comes first, and then the query.
      if (!asked && (data as Uint8Array).length > 40) {
        asked = true;
        socket.send(encodeObject(accepted));
      } else if (asked) end(socket);
    });
  }, async (address) => {
    await using host = await astralHost({ address, token: "tok" });
    for (let round = 0; round < ends.length; round++) {
      const stream = await host.openStream({ peerId: OTHER }, "x");
      await stream.write(utf8("go"));
      if (round < 3) await fails(stream.read(new Uint8Array(1)), "reset");
      else assert.is(await stream.read(new Uint8Array(1)), null);
    }
  });
});

test("a node of WebSockets that does not answer the end is cut off", () => {
  const paused: WebSocket[] = [];
  return withWebSockets((socket) => {
    socket.send(encodeObject(greeting));
    socket.send(encodeObject(successOther));
    // It does not read, and so does not see the end.
    if (paused.push(socket) > 1) socket.pause();
    socket.send(encodeObject(accepted));
  }, async (address) => {
    const host = newAstralHost({ address, token: "tok", closeTimeoutMs: 50 });
    await host.start();
    const stream = await host.openStream({ peerId: OTHER }, "x");
    await stream.close();
    const startMs = performance.now();
    while (host.openHandles > 0 && performance.now() - startMs < 5000) await nextMacrotask();
    assert.is(host.openHandles, 0);
    await host.stop();
  });
});

test.run();
