/**
 * Where guests come in, how many, and what they may register.
 *
 * @module
 */

import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encode, formatHex } from "../../codec/mod.ts";
import {
  answer,
  authRequest,
  type CommandRequest,
  commandRequest2023,
  inboundQuery,
  ZERO_IDENTITY,
} from "../../codec/protocols/astral/mod.ts";
import { Identity } from "../../src/identity/mod.ts";
import type { Connection } from "../../src/astral/channels/connection.ts";
import { astralService, LocalService, type ServiceEvent, type ServiceOptions } from "../../src/astral/mod.ts";
import { activeHandles } from "../host/handles.ts";
import { fails, utf8 } from "../host/pair.ts";
import { Bench, echo, ID_ONE, ID_TWO, ObjectGuest, take, takeAll } from "./guests.ts";

const test = suite("astral: service");

const AUTO = { identity: ID_ONE, alias: "one", listen: ["tcp:127.0.0.1:0"], tokens: { own: "localnode", two: ID_TWO } };

/** A guest of 2023 that has shown its token and said its command. */
async function say(bench: Bench, service: LocalService, request: CommandRequest, token = "own"): Promise<Connection> {
  const guest = bench.dial(service.addresses()[0]);
  await guest.stream.write(encode(authRequest, { token }));
  assert.is(formatHex(await take(guest, 1)), "00");
  await guest.stream.write(encode(commandRequest2023, request));
  return guest;
}

/** What a command is answered with, up to the end. */
async function answerOf(bench: Bench, service: LocalService, request: CommandRequest, token = "own"): Promise<string> {
  return formatHex(await takeAll(await say(bench, service, request, token)));
}

function query(name: string, target = ZERO_IDENTITY): CommandRequest {
  return { command: "query", target, query: name };
}

test("an auto address takes guests of both years", async () => {
  await using service = await astralService(AUTO);
  await using bench = new Bench();
  void echo(service.host.mountStreams("echo"));
  for (let round = 0; round < 3; round++) {
    const old = await say(bench, service, query("echo"));
    assert.is(formatHex(await take(old, 1)), "00");
    await old.stream.write(utf8("hi"));
    assert.equal(await take(old, 2), utf8("hi"));
    const guest = await ObjectGuest.enter(bench, service.addresses()[0], "own");
    await guest.open("echo");
  }
  // A guest of 2026 that does not wait for the greeting is known by what it says.
  const eager = new ObjectGuest(bench.dial(service.addresses()[0]));
  await eager.send("mod.apphost.auth_token_msg", { token: "two" });
  await eager.expect("mod.apphost.host_info_msg");
  await eager.expect("mod.apphost.auth_success_msg");
});

test("a token opens what its identity may, and nothing else does", async () => {
  await using service = await astralService(AUTO);
  await using bench = new Bench();
  for (const token of ["", "ow", "own2", "OWN", "localnode"]) {
    const guest = bench.dial(service.addresses()[0]);
    await guest.stream.write(encode(authRequest, { token }));
    assert.is(formatHex(await takeAll(guest)), "10");
  }
  const protocol = service.host.mountStreams("who");
  const guest = await say(bench, service, query("who"), "two");
  const incoming = await protocol.nextIncoming();
  assert.is(incoming.peerInfo.peerId, ID_TWO);
  incoming.reject(200);
  assert.is(formatHex(await takeAll(guest)), "01");
});

test("guests of 2023 without a token are let in where that is allowed", async () => {
  await using service = await astralService({ ...AUTO, allowAnonymous: true });
  await using bench = new Bench();
  assert.is(await answerOf(bench, service, { command: "resolve", name: "one" }, ""), `00${ID_ONE}`);
  const protocol = service.host.mountStreams("who");
  const guest = await say(bench, service, query("who"), "");
  const incoming = await protocol.nextIncoming();
  assert.is(incoming.peerInfo.peerId, "");
  await incoming.accept();
  assert.is(formatHex(await take(guest, 1)), "00");
  assert.is(await answerOf(bench, service, query("warpwire.status"), ""), "01");
  // Nor are they known to other nodes.
  assert.is(await answerOf(bench, service, query("x", ID_TWO), ""), "ff");
});

test("names resolve as far as they are known", async () => {
  await using service = await astralService({ ...AUTO, contacts: { friend: ID_TWO } });
  await using bench = new Bench();
  const rows = [["localnode", ID_ONE], ["one", ID_ONE], ["friend", ID_TWO], [ID_TWO.toUpperCase(), ID_TWO]];
  for (const [name, identity] of rows) {
    assert.is(await answerOf(bench, service, { command: "resolve", name }), `00${identity}`);
  }
  for (const name of ["", "stranger", "00", ZERO_IDENTITY]) {
    assert.is(await answerOf(bench, service, { command: "resolve", name }), "02");
  }
  const info = { code: "ok", data: { identity: ID_TWO, name: "friend" } } as const;
  const asked = await answerOf(bench, service, { command: "nodeInfo", identity: ID_TWO });
  assert.is(asked, formatHex(encode(answer("nodeInfo"), info)));
});

test("no program is started", async () => {
  await using service = await astralService(AUTO);
  await using bench = new Bench();
  const exec = { command: "exec", identity: ZERO_IDENTITY, path: "/bin/true", args: ["-v"], env: ["A=B"] } as const;
  assert.is(await answerOf(bench, service, exec), "02");
});

test("a name is registered once, for as long as its connection is open", async () => {
  const events: ServiceEvent[] = [];
  let wake = () => {};
  await using service = await astralService({
    ...AUTO,
    onEvent: (event) => {
      events.push(event);
      if (event.type === "unregistered") wake();
    },
  });
  await using bench = new Bench();
  const program = await bench.serve();
  const register = { command: "register", service: "shop", target: program.address } as const;
  const first = await say(bench, service, register);
  assert.is(formatHex(await take(first, 1)), "00");
  assert.equal(service.status().registrations, [{ kind: "name", name: "shop", address: program.address }]);
  assert.is(await answerOf(bench, service, register), "04");
  await fails(new Promise((_, reject) => reject(mountError(service, "shop"))), "mounted");
  service.host.mountStreams("inside");
  assert.is(await answerOf(bench, service, { ...register, service: "inside" }), "04");
  assert.is(await answerOf(bench, service, { ...register, service: "warpwire.status" }), "04");

  // The program is told the whole query, and asked by its name.
  const asking = say(bench, service, query("shop?a=1"), "two");
  const dialled = await program.next();
  assert.equal(await dialled.nextMessage(inboundQuery, { bytesMax: 512 }), { caller: ID_TWO, query: "shop?a=1" });
  await dialled.stream.write(Uint8Array.from([0, ...utf8("tea")]));
  assert.is(formatHex(await take(await asking, 4)), `00${formatHex(utf8("tea"))}`);

  const gone = new Promise<void>((resolve) => wake = resolve);
  first.abort();
  await gone;
  assert.is(await answerOf(bench, service, query("shop")), "01");
  const again = await say(bench, service, register);
  assert.is(formatHex(await take(again, 1)), "00");
});

function mountError(service: LocalService, path: string): unknown {
  try {
    return service.host.mountStreams(path);
  } catch (error) {
    return error;
  }
}

test("addresses outside this machine are neither registered nor listened on", async () => {
  await using service = await astralService(AUTO);
  await using bench = new Bench();
  for (const target of ["tcp:192.0.2.1:80", "tcp:example.org:80", "udp:127.0.0.1:9", "", "tcp:127.0.0.1:99999"]) {
    assert.is(await answerOf(bench, service, { command: "register", service: "x", target }), "02", target);
  }
  for (
    const address of ["tcp:0.0.0.0:0", "tcp:[::]:0", "ws://0.0.0.0:0/.ws", "ws://127.0.0.1:0/", "udp:127.0.0.1:0", "?"]
  ) {
    const error = serviceError({ listen: [address] });
    assert.is((error as { code?: string }).code, "address", address);
  }
  assert.instance(
    new LocalService({ ...AUTO, listen: ["tcp:0.0.0.0:0", "ws://0.0.0.0:0/.ws"], allowRemote: true }),
    LocalService,
  );
});

test("options that cannot be are refused", () => {
  assert.instance(serviceError({ tokens: { secret: "stranger" } }), RangeError);
  assert.instance(serviceError({ tokens: { "": "localnode" } }), RangeError);
  assert.instance(serviceError({ tokens: { ["x".repeat(256)]: "localnode" } }), RangeError);
  assert.instance(serviceError({ alias: "x".repeat(256) }), RangeError);
  assert.instance(serviceError({ limits: { guestsMax: 0 } }), RangeError);
  assert.instance(serviceError({ limits: { guestsMax: NaN } }), RangeError);
  assert.is((serviceError({ identity: "00" }) as { code?: string }).code, "syntax");
  assert.is(
    (serviceError({ listen: [{ address: "ws://127.0.0.1:0/.ws", protocol: "2023" }] }) as { code?: string }).code,
    "address",
  );
  const identity = Identity.generate();
  assert.is(new LocalService({ identity }).identity, identity.astralIdentity);
});

function serviceError(options: Partial<ServiceOptions>): unknown {
  try {
    return new LocalService({ ...AUTO, ...options });
  } catch (error) {
    return error;
  }
}

test("a unix socket is for its owner alone, and replaces what a crash has left", async () => {
  const root = mkdtempSync(join(tmpdir(), "warpwire-"));
  const path = join(root, "inner", "apphost.sock");
  const options = { ...AUTO, listen: [`unix:${path}`] };
  {
    await using service = await astralService(options);
    await using bench = new Bench();
    assert.is(await answerOf(bench, service, { command: "resolve", name: "localnode" }), `00${ID_ONE}`);
    assert.is(statSync(join(root, "inner")).mode & 0o777, 0o700);
    assert.is(statSync(path).mode & 0o777, 0o600);
    // Somebody is there: another service stays away.
    await fails(astralService(options), "address");
  }
  assert.not.ok(existsSync(path));
  await leaveSocket(path);
  assert.ok(existsSync(path));
  await (await astralService(options)).stop();
  writeFileSync(path, "a file");
  await fails(astralService(options), "address");
  const open = join(root, "open");
  mkdirSync(open);
  chmodSync(open, 0o755);
  await fails(astralService({ ...AUTO, listen: [`unix:${join(open, "sock")}`] }), "address");
  if (process.getuid?.() === 0) {
    chmodSync(open, 0o700);
    chownSync(open, 65534, 65534);
    await fails(astralService({ ...AUTO, listen: [`unix:${join(open, "sock")}`] }), "address");
  }
  rmSync(root, { recursive: true });
});

/** Leaves a socket behind on which nobody listens, as a crash does. */
async function leaveSocket(path: string): Promise<void> {
  const { linkSync, unlinkSync } = await import("node:fs");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  // Closing removes the file by its name; a second name stays.
  linkSync(path, `${path}.kept`);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  linkSync(`${path}.kept`, path);
  unlinkSync(`${path}.kept`);
}

test("when there is no place left, a silent guest makes room for a new one", async () => {
  await using service = await astralService({ ...AUTO, limits: { guestsMax: 4 } });
  await using bench = new Bench();
  void echo(service.host.mountStreams("echo"));
  const [address] = service.addresses();
  const settled = [];
  for (let index = 0; index < 3; index++) {
    const guest = await say(bench, service, query("echo"));
    assert.is(formatHex(await take(guest, 1)), "00");
    settled.push(guest);
  }
  const silent = bench.dial(address);
  await silent.stream.write(Uint8Array.of(9));
  for (let index = 0; index < 5; index++) {
    assert.is(await answerOf(bench, service, { command: "resolve", name: "localnode" }), `00${ID_ONE}`);
  }
  assert.is(await silent.piece().catch(() => null), null);
  const last = await say(bench, service, query("echo"));
  assert.is(formatHex(await take(last, 1)), "00");
  // All have said what they want now, and keep their places.
  const late = bench.dial(address);
  assert.is(await late.piece().catch(() => null), null);
  for (const guest of [...settled, last]) {
    await guest.stream.write(utf8("here"));
    assert.equal(await take(guest, 4), utf8("here"));
  }
});

test("a half-sent command is waited for only so long", async () => {
  const hellos = [[], [3], [3, 0x6f, 0x77, 0x6e], [3, 0x6f, 0x77, 0x6e, 5, 0x71]];
  let left = 0;
  let wake = () => {};
  const gone = new Promise<void>((resolve) => wake = resolve);
  await using service = await astralService({
    ...AUTO,
    limits: { commandTimeoutMs: 50 },
    onEvent: ({ type }) => type === "guest-left" && ++left === hellos.length && wake(),
  });
  await using bench = new Bench();
  for (const hello of hellos) {
    const guest = bench.dial(service.addresses()[0]);
    if (hello.length > 0) await guest.stream.write(Uint8Array.from(hello));
    // What comes before the end is an answer to the token, or a greeting.
    await takeAll(guest).catch(() => {});
  }
  await gone;
  assert.is(service.status().guests, 0);
});

test("a program has no more to answer than it may, and loses nobody else's queries", async () => {
  await using service = await astralService({ ...AUTO, limits: { pendingMax: 2 } });
  await using bench = new Bench();
  const program = await bench.serve();
  const holder = await say(bench, service, { command: "register", service: "slow", target: program.address });
  await take(holder, 1);
  const waiting = [await say(bench, service, query("slow")), await say(bench, service, query("slow"))];
  await Promise.all([program.next(), program.next()]);
  assert.is(await answerOf(bench, service, query("slow")), "01");
  for (const guest of waiting) assert.is(formatHex(await takeAll(guest)), "03");
});

test("names are the node's, and mean nothing at another identity of this machine", async () => {
  await using service = await astralService(AUTO);
  await using bench = new Bench();
  const program = await bench.serve();
  const holder = await say(bench, service, { command: "register", service: "shop", target: program.address });
  await take(holder, 1);
  service.host.mountStreams("inside");
  const app = await ObjectGuest.enter(bench, service.addresses()[0], "two");
  await app.send("mod.apphost.register_service_msg", { identity: null });
  await app.expect("ack");
  for (const name of ["shop", "inside", "apphost.whoami"]) {
    const guest = await say(bench, service, query(name, ID_TWO));
    const { queryId, query: asked } = await app.expect("mod.apphost.incoming_query_msg");
    assert.is(asked, name);
    await app.send("mod.apphost.reject_incoming_msg", { queryId, code: 1 });
    assert.is(formatHex(await takeAll(guest)), "01");
  }
});

test("there are no more registrations than may be", async () => {
  await using service = await astralService({ ...AUTO, limits: { registrationsMax: 2 } });
  await using bench = new Bench();
  const register = (name: string) =>
    say(bench, service, { command: "register", service: name, target: "tcp:127.0.0.1:1" });
  const codes = [];
  for (const name of ["a", "b", "c"]) codes.push(formatHex(await take(await register(name), 1)));
  assert.equal(codes, ["00", "00", "02"]);
});

test("stopping with guests, programs and streams leaves nothing behind", async () => {
  const before = await activeHandles();
  const service = await astralService({ ...AUTO, listen: ["tcp:127.0.0.1:0", "ws://127.0.0.1:0/.ws"] });
  {
    await using bench = new Bench();
    const program = await bench.serve();
    void echo(service.host.mountStreams("echo"));
    const guests = [
      await say(bench, service, query("echo")),
      await say(bench, service, { command: "register", service: "slow", target: program.address }),
      bench.dial(service.addresses()[0]),
    ];
    await take(guests[1], 1);
    guests.push(await say(bench, service, query("slow")));
    await program.next();
    const app = await ObjectGuest.enter(bench, service.addresses()[0], "two");
    await app.send("mod.apphost.register_service_msg", { identity: null });
    await app.expect("ack");
    const asked = service.host.openStream({ peerId: ID_TWO }, "x").catch((error) => error.code);
    await app.expect("mod.apphost.incoming_query_msg");
    assert.ok(service.openHandles >= 7);
    await service.stop();
    assert.is(service.openHandles, 0);
    assert.is(await asked, "closed");
    for (const guest of guests) await takeAll(guest).catch(() => {});
    assert.equal(service.addresses(), []);
    assert.equal(service.status().registrations, []);
  }
  assert.is(await activeHandles() - before, 0);
  await service.start();
  await service.start();
  assert.is(service.addresses().length, 2);
  await service.stop();
  await service.stop();
});

test.run();
