/**
 * Two thousand guests that behave badly, and one that behaves well.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encode, formatHex } from "../../codec/mod.ts";
import { authRequest, commandRequest2023, encodeObject, ZERO_IDENTITY } from "../../codec/protocols/astral/mod.ts";
import { fromSeed, pick } from "../../codec/arbitrary/random.ts";
import type { RandomSource } from "../../codec/schema/extension.ts";
import type { Connection } from "../../src/astral/channels/connection.ts";
import { astralService, type LocalService } from "../../src/astral/mod.ts";
import { nextMacrotask } from "../../src/host/timing/system.ts";
import { seed } from "../codec/seed.ts";
import { activeHandles } from "../host/handles.ts";
import { utf8 } from "../host/pair.ts";
import { Bench, echo, ID_ONE, ID_TWO, ObjectGuest, take, takeAll } from "./guests.ts";

const GUESTS = 2000;
/** So many connect at once. */
const BATCH = 50;
/** Fewer places than there are guests that stall or hold a registration. */
const GUESTS_MAX = 512;

const test = suite("astral: hostile guests");

/** What a bad guest says; each of them may stop anywhere. */
function sayings(choose: RandomSource, program: string): Uint8Array {
  const register = encode(commandRequest2023, {
    command: "register",
    service: `${choose(2 ** 32 - 1)}`,
    target: program,
  });
  const query = encode(commandRequest2023, { command: "query", target: ZERO_IDENTITY, query: "echo" });
  const unknown = encode(commandRequest2023, { command: "query", target: ID_TWO, query: "nobody" });
  const token = encode(authRequest, { token: choose(9) < 8 ? "own" : "guess" });
  const object = encodeObject({ type: "mod.apphost.auth_token_msg", value: { token: "own" } });
  const noise = Uint8Array.from({ length: choose(2000) }, () => choose(255));
  const upgrade = utf8(
    "GET /.ws HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n" +
      "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: astral.binary.v1\r\n\r\n",
  );
  const choices = [
    [upgrade, noise],
    [token, register],
    [token, query, noise],
    [token, unknown],
    [token, noise],
    [object, noise],
    [object, encodeObject({ type: "mod.apphost.register_service_msg", value: { identity: null } })],
    [noise],
    [],
  ];
  const whole = Uint8Array.from(pick(choose, choices).flatMap((part) => [...part]));
  return choose(9) < 4 ? whole.subarray(0, choose(whole.length)) : whole;
}

/** A bad guest; returns its connection if it stalls. */
async function misbehave(bench: Bench, address: string, choose: RandomSource, program: string) {
  const connection = bench.dial(address);
  const bytes = sayings(choose, program);
  const [end, cut] = [choose(9), choose(bytes.length)];
  try {
    for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
      if (part.length > 0) await connection.stream.write(part);
    }
  } catch {
    // It was cut off, as it deserves.
  }
  if (end < 4) return connection;
  if (end < 7) connection.abort();
  else await connection.close();
  return null;
}

/** A good guest, which asks in both protocols. */
async function behave(bench: Bench, service: LocalService): Promise<void> {
  const [auto, only2026] = portsOf(service);
  const old: Connection = bench.dial(auto);
  await old.stream.write(encode(authRequest, { token: "own" }));
  await old.stream.write(encode(commandRequest2023, { command: "resolve", name: "localnode" }));
  assert.is(formatHex(await takeAll(old)), `0000${ID_ONE}`);
  const guest = await ObjectGuest.enter(bench, only2026, "own");
  await guest.open("echo");
  await guest.connection.stream.write(utf8("still there?"));
  assert.equal(await take(guest.connection, 12), utf8("still there?"));
  await guest.connection.close();
}

/** Where the service is: for guests of any year, of 2026, and by WebSocket. */
function portsOf(service: LocalService): readonly string[] {
  return service.addresses().map((address) => address.replace(/^ws:\/\/(.*)\/\.ws$/, "tcp:$1"));
}

test("two thousand of them harm nobody but themselves, and leave nothing behind", async () => {
  console.log(`  hostile guests: WARPWIRE_SEED=${seed}`);
  const choose = fromSeed(seed);
  const before = await activeHandles();
  const service = await astralService({
    identity: ID_ONE,
    listen: ["tcp:127.0.0.1:0", { address: "tcp:127.0.0.1:0", protocol: "2026" }, "ws://127.0.0.1:0/.ws"],
    tokens: { own: "localnode" },
    limits: { guestsMax: GUESTS_MAX },
  });
  void echo(service.host.mountStreams("echo"));
  try {
    await using bench = new Bench();
    const program = await bench.serve();
    const stalled: Connection[] = [];
    for (let bad = 0; bad < GUESTS; bad += BATCH) {
      const addresses = portsOf(service);
      const batch = Array.from({ length: BATCH }, (_, index) => {
        return misbehave(bench, addresses[index % 3], choose, program.address);
      });
      // While they come, and while those before them are stalled, the good guest gets its answers.
      const [connections] = await Promise.all([Promise.all(batch), behave(bench, service)]);
      stalled.push(...connections.filter((connection) => connection !== null));
      assert.ok(service.status().guests <= GUESTS_MAX);
    }
    assert.ok(stalled.length > GUESTS / 4);
  } finally {
    // The guests have left with their bench; the service notices.
    for (let turns = 0; service.status().guests > 0 && turns < 100_000; turns++) await nextMacrotask();
    const left = [service.status().guests, service.status().registrations.length - 1];
    await service.stop();
    assert.equal(left, [0, 0]);
    assert.is(service.openHandles, 0);
  }
  assert.is(await activeHandles() - before, 0);
});

test.run();
