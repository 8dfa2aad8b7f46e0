/**
 * What programs and peers may take of a service, and for how long, part by part.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encode } from "../../codec/mod.ts";
import { authRequest, commandRequest2023, ZERO_IDENTITY } from "../../codec/protocols/astral/mod.ts";
import { Connection } from "../../src/astral/channels/connection.ts";
import { Guests } from "../../src/astral/guests/guests.ts";
import { Handlers } from "../../src/astral/handlers.ts";
import { astralService, LINK_PATH } from "../../src/astral/mod.ts";
import { Names } from "../../src/astral/names.ts";
import { RegisteredNames } from "../../src/astral/registered-names.ts";
import { Router } from "../../src/astral/router.ts";
import { Sockets } from "../../src/astral/channels/sockets.ts";
import { isLoopback } from "../../src/host/connect/mod.ts";
import { LocalHost } from "../../src/host/local/host.ts";
import { memoryHost, MemoryNetwork, type Stream } from "../../src/host/mod.ts";
import { parseSocketAddress } from "../../src/host/connect/socket-address.ts";
import { systemClock, systemRandom } from "../../src/host/timing/system.ts";
import { fails } from "../host/pair.ts";
import { fastClock } from "../warpdrive/nodes.ts";
import { Bench, ID_ONE, ID_TWO, ObjectGuest, take, takeAll } from "./guests.ts";

const test = suite("astral: bounds");

const CALL = { origin: "guest", caller: ID_TWO, target: ID_ONE, query: "shop", network: true } as const;
const TOKEN = "0000000000000001";
const LISTEN = ["tcp:127.0.0.1:0"];

/** Waits for something that must not take for ever. */
async function soon<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) =>
    timer = setTimeout(() => reject(new Error("It does not end")), 10_000)
  );
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

test("only addresses of this machine are those of this machine", () => {
  const here = ["localhost", "::1", "127.0.0.1", "127.255.0.1"].filter(isLoopback);
  assert.is(here.length, 4);
  const others = [
    "127.0.0.1.example.org",
    "127.example.org",
    "127.1",
    "1.127.0.0.1",
    "localhost.example.org",
    "::",
    "",
  ];
  assert.equal(others.filter(isLoopback), []);
});

test("a guest that has said what it wants keeps its place, one that has not makes room", () => {
  const cut: string[] = [];
  const guests = new Guests(2, () => {});
  guests.admit(() => cut.push("settled"))!.settle();
  guests.admit(() => cut.push("silent"));
  guests.admit(() => cut.push("new"))!.settle();
  assert.equal(cut, ["silent"]);
  assert.is(guests.admit(() => {}), null);
});

test("a line is as long as it may be", async () => {
  let left = 1000;
  const read = (buf: Uint8Array) => {
    if (--left < 0) return Promise.resolve(null);
    buf.fill(0x61, 0, 100);
    return Promise.resolve(100);
  };
  await fails(new Connection({ read } as unknown as Stream).line(5000), "protocol");
});

test("nobody has the identity of zeros, nor a contact that is none", () => {
  const names = new Names(ID_ONE, "one", { friend: ID_TWO });
  assert.equal(["friend", "one", "localnode", ID_TWO].map((name) => names.resolve(name)), [
    ID_TWO,
    ID_ONE,
    ID_ONE,
    ID_TWO,
  ]);
  assert.equal([ZERO_IDENTITY, "", "nobody"].map((name) => names.resolve(name)), [null, null, null]);
});

test("other nodes are asked in the name of this one only", async () => {
  const router = new Router({
    ...{ identity: ID_ONE, clock: systemClock, asking: {} as never, queryTimeoutMs: 1000, answerers: [] },
    ...{ peers: { heard() {}, asked() {} } as never, isHere: () => false, emit() {} },
  });
  await fails(router.ask({ ...CALL, caller: ID_TWO, target: ID_TWO }), "unsupported");
});

test("a program that does not answer is waited for only so long", async () => {
  await using bench = new Bench();
  const sockets = new Sockets(systemClock, false);
  const address = parseSocketAddress((await bench.serve()).address)!;
  assert.ok(address.kind === "tcp");
  const parts = { clock: systemClock, random: systemRandom, sockets, pendingMax: 8, timeoutMs: 30, removed() {} };
  const names = new RegisteredNames({ ...parts, identity: ID_ONE });
  names.add("shop", address);
  await soon(fails(names.ask(CALL, {})!, "timeout"));
  const handlers = new Handlers(parts);
  handlers.add(ID_ONE, address, TOKEN);
  await soon(fails(handlers.ask(CALL, {})!, "timeout"));
  await sockets.close();
});

test("a handler has as many queries to answer as it may", async () => {
  await using bench = new Bench();
  const sockets = new Sockets(systemClock, false);
  const address = parseSocketAddress((await bench.serve()).address)!;
  assert.ok(address.kind === "tcp");
  const parts = { clock: systemClock, random: systemRandom, sockets, pendingMax: 1, timeoutMs: 100_000, removed() {} };
  const handlers = new Handlers(parts);
  handlers.add(ID_ONE, address, TOKEN);
  const first = handlers.ask(CALL, {})!.catch(() => null);
  assert.is(await soon(handlers.ask(CALL, {})!), null);
  await sockets.close();
  await first;
});

test("a guest removes its own handlers, and nobody else's", () => {
  const handlers = new Handlers({
    ...{ clock: systemClock, random: systemRandom, sockets: new Sockets(systemClock, false) },
    ...{ pendingMax: 8, timeoutMs: 30, removed() {} },
  });
  const address = { kind: "tcp", host: "127.0.0.1", port: 1 } as const;
  handlers.add(ID_ONE, address, TOKEN);
  handlers.add(ID_TWO, address, TOKEN);
  handlers.removeBound(ID_ONE, TOKEN);
  assert.equal(handlers.list().map(({ name }) => name), [ID_TWO]);
});

test("guests take half of the tokens, and a guest has 32 handlers", async () => {
  await using service = await astralService({
    ...{ identity: ID_ONE, allowAnonymous: true, tokens: { two: ID_TWO }, limits: { tokensMax: 4 } },
    listen: [{ address: LISTEN[0], protocol: "2026" }],
  });
  await using bench = new Bench();
  const [address] = service.addresses();
  await (await ObjectGuest.enter(bench, address)).open("apphost.register");
  const late = await ObjectGuest.enter(bench, address);
  await late.query("apphost.register");
  await late.expect("mod.apphost.query_rejected_msg");
  const handler = `apphost.register_handler?endpoint=${encodeURIComponent("tcp:127.0.0.1:1")}&token=${TOKEN}`;
  for (let n = 0; n < 32; n++) await (await ObjectGuest.enter(bench, address, "two")).open(handler);
  const last = await ObjectGuest.enter(bench, address, "two");
  await last.query(handler);
  await last.expect("mod.apphost.query_rejected_msg");
});

test("the connection that keeps a name takes some bytes, and not any number", async () => {
  await using service = await astralService({ identity: ID_ONE, listen: LISTEN, tokens: { own: ID_TWO } });
  await using bench = new Bench();
  const guest = bench.dial(service.addresses()[0]);
  await guest.stream.write(Uint8Array.of(
    ...encode(authRequest, { token: "own" }),
    ...encode(commandRequest2023, { command: "register", service: "shop", target: "tcp:127.0.0.1:1" }),
  ));
  await take(guest, 2);
  await guest.stream.write(new Uint8Array(4000));
  assert.is(service.status().registrations.length, 1);
  await guest.stream.write(new Uint8Array(4000));
  await soon(takeAll(guest).catch(() => {}));
  assert.is(service.status().registrations.length, 0);
});

test("a peer that sends no query is cut off", async () => {
  const fabric = new MemoryNetwork();
  const link = new LocalHost({ peerId: ID_ONE, addresses: [], fabric, clock: fastClock, random: systemRandom });
  fabric.add(link);
  await link.start();
  await using peer = await memoryHost({ network: fabric, peerId: ID_TWO });
  const service = await astralService({ identity: ID_ONE, link, listen: [] });
  const stream = await peer.openStream({ peerId: ID_ONE }, LINK_PATH);
  await soon(stream.read(new Uint8Array(1)).catch(() => null));
  await service.stop();
  await link.stop();
});

test.run();
